/* What goes out, and what has to go out again.
 *
 * Each message of a call of ours is kept until the signalling says what became of it, or until it has expired. When
 * the signalling was lost and is back, those that are left are sent again, as they were: the same sequence makes them
 * duplicates where they had arrived, the same time makes them expire where they would come too late. An accept of a
 * call that is over is not, nor an invite that was accepted: what came after it says it all.
 *
 * What the other side sent meanwhile did not reach us either. So a caller to whom it still rings asks again, by its
 * invite under the old sequence; a callee who has accepted takes that for the question it is, and repeats its accept.
 */
#include "engine/call/parts.h"

#include <string.h>

/* A message is of use as long as the call can still be ringing, a hang-up as long as the other side may wait for our
 * media to come back; without a time-out all are for a minute. The call id, not this, keeps a late answer from another
 * call. */
enum { LIFETIME_WITHOUT_TIMEOUT_MS = 60000 };

struct unanswered {
    char to[CALL_USER_SIZE];
    struct call_message message; /* media and extension owned */
    bool obsolete;               /* never sent again */
};

static int64_t lifetime(const struct call *call, enum call_action action)
{
    int64_t least_ms = action == CALL_HANG_UP ? LIFETIME_WITHOUT_TIMEOUT_MS : 0, timeout_ms = call->config.timeout_ms;
    return timeout_ms ? CLAMP(timeout_ms, least_ms, CALL_LIFETIME_MAX_MS) : LIFETIME_WITHOUT_TIMEOUT_MS;
}

/* --- What waits for its acknowledgement */

static void free_unanswered(void *data)
{
    struct unanswered *entry = data;
    cJSON_Delete((cJSON *)entry->message.media);
    cJSON_Delete((cJSON *)entry->message.extension);
    g_free(entry);
}

void call_outbox_clear(struct call *call)
{
    g_queue_clear_full(&call->outbox, free_unanswered);
}

static void forget(struct call *call, GList *link)
{
    free_unanswered(link->data);
    g_queue_delete_link(&call->outbox, link);
}

static GList *find(struct call *call, const char *call_id, uint32_t sequence)
{
    for (GList *link = call->outbox.head; link; link = link->next) {
        const struct unanswered *entry = link->data;
        if (entry->message.sequence == sequence && !strcmp(entry->message.call_id, call_id))
            return link;
    }
    return NULL;
}

static void keep(struct call *call, const char *to, const struct call_message *message)
{
    struct unanswered *entry = g_new0(struct unanswered, 1);
    g_strlcpy(entry->to, to, sizeof entry->to);
    entry->message = *message;
    entry->message.media = message->media ? cJSON_Duplicate(message->media, true) : NULL;
    entry->message.extension = message->extension ? cJSON_Duplicate(message->extension, true) : NULL;
    if (call->outbox.length == CALL_OUTBOX_SIZE)
        forget(call, call->outbox.head);
    g_queue_push_tail(&call->outbox, entry);
}

void call_outbox_retire(struct call *call, const char *call_id)
{
    for (GList *link = call->outbox.head; link; link = link->next) {
        struct unanswered *entry = link->data;
        bool opens = entry->message.action == CALL_INVITE || entry->message.action == CALL_ACCEPT;
        entry->obsolete |= opens && !strcmp(entry->message.call_id, call_id);
    }
}

void call_outbox_answered(struct call *call, const char *call_id, uint32_t sequence, enum call_error result)
{
    GList *link = find(call, call_id, sequence);
    if (!link)
        return;
    const struct unanswered *entry = link->data;
    struct call_completion completion = { .call_id = call_id, .action = entry->message.action, .error = result };
    if (result != CALL_ERROR_SIGNALLING_LOST)
        forget(call, link);
    if (call->config.ops->completed)
        call->config.ops->completed(call->config.user_data, &completion);
}

/* --- Sending */

static void transmit(struct call *call, const char *to, struct call_message *message, int64_t now_ms)
{
    message->sent_at_ms = now_ms;
    message->lifetime_ms = lifetime(call, message->action);
    call->config.ops->send(call->config.user_data, to, message);
}

void call_send_aside(struct call *call, const char *to, const char *call_id, uint32_t sequence, enum call_action action,
                     enum call_reason reason, const char *accepted_by, int64_t now_ms)
{
    struct call_message message = { .action = action, .sequence = sequence, .reason = reason };
    g_strlcpy(message.call_id, call_id, sizeof message.call_id);
    g_strlcpy(message.accepted_by, accepted_by, sizeof message.accepted_by);
    transmit(call, to, &message, now_ms);
}

static void prepare(const struct call_session *session, enum call_action action, uint32_t sequence,
                    struct call_message *message)
{
    *message = (struct call_message){ .action = action, .sequence = sequence, .video = session->video };
    g_strlcpy(message->call_id, session->id, sizeof message->call_id);
    if (session->role == CALL_ROLE_CALLEE && session->answered)
        g_strlcpy(message->accepted_by, session->accepted_by, sizeof message->accepted_by);
}

void call_send(struct call *call, struct call_session *session, enum call_action action, enum call_reason reason,
               const cJSON *media, const cJSON *extension, int64_t now_ms)
{
    struct call_message message;
    prepare(session, action, ++session->sent, &message);
    message.reason = reason;
    message.media = media;
    message.extension = extension;
    transmit(call, session->remote, &message, now_ms);
    keep(call, session->remote, &message);
}

void call_send_elsewhere(struct call *call, const char *to, int64_t now_ms)
{
    struct call_session *session = &call->session;
    struct call_message message;
    prepare(session, CALL_CANCEL, ++session->sent, &message);
    message.reason = CALL_REASON_ACCEPTED_ELSEWHERE;
    g_strlcpy(message.accepted_by, session->accepted_by, sizeof message.accepted_by);
    transmit(call, to, &message, now_ms);
    keep(call, to, &message);
}

/* --- Sending again */

void call_repeat_accept(struct call *call)
{
    struct call_session *session = &call->session;
    struct call_message message;
    prepare(session, CALL_ACCEPT, session->accept_sequence, &message);
    message.media = session->media;
    message.extension = session->extension;
    message.sent_at_ms = session->accepted_at_ms;
    message.lifetime_ms = lifetime(call, CALL_ACCEPT);
    call->config.ops->send(call->config.user_data, session->remote, &message);
}

static void repeat_invite(struct call *call)
{
    struct call_session *session = &call->session;
    struct call_message message;
    prepare(session, CALL_INVITE, session->invite_sequence, &message);
    message.media = session->media;
    message.extension = session->extension;
    message.sent_at_ms = session->invited_at_ms;
    message.lifetime_ms = lifetime(call, CALL_INVITE);
    call->config.ops->send(call->config.user_data, session->remote, &message);
}

void call_send_again(struct call *call, int64_t now_ms)
{
    const struct call_session *session = &call->session;
    bool rings_there = call->state == CALL_CALLING && session->role == CALL_ROLE_CALLER;
    if (rings_there && !find(call, session->id, session->invite_sequence))
        repeat_invite(call);
    for (GList *link = call->outbox.head, *next; link; link = next) {
        const struct unanswered *entry = link->data;
        next = link->next;
        if (now_ms - entry->message.sent_at_ms > entry->message.lifetime_ms)
            forget(call, link);
        else if (!entry->obsolete)
            call->config.ops->send(call->config.user_data, entry->to, &entry->message);
    }
}
