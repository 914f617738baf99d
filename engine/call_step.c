/* One step: look up, store, act, notify. */
#include "engine/call_parts.h"

#include <assert.h>
#include <string.h>

/* A message is of use as long as the call can still be ringing; without a time-out, for a minute. The call id, not
 * this, keeps a late answer from another call. */
enum { LIFETIME_WITHOUT_TIMEOUT_MS = 60000 };

static int64_t lifetime(const struct call *call)
{
    return call->config.timeout_ms ? MIN(call->config.timeout_ms, CALL_LIFETIME_MAX_MS) : LIFETIME_WITHOUT_TIMEOUT_MS;
}

static void transmit(struct call *call, const char *to, struct call_message *message, int64_t now_ms)
{
    message->sent_at_ms = now_ms;
    message->lifetime_ms = lifetime(call);
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

static void send_in(struct call *call, struct call_session *session, enum call_action action, enum call_reason reason,
                    const cJSON *media, const cJSON *extension, int64_t now_ms)
{
    struct call_message message = {
        .action = action, .sequence = ++session->sent, .reason = reason, .video = session->video,
        .media = media, .extension = extension,
    };
    g_strlcpy(message.call_id, session->id, sizeof message.call_id);
    if (session->role == CALL_ROLE_CALLEE && session->answered)
        g_strlcpy(message.accepted_by, session->accepted_by, sizeof message.accepted_by);
    transmit(call, session->remote, &message, now_ms);
}

static void command(struct call *call, const struct call_session *session, enum call_media_command what,
                    const cJSON *media)
{
    call->config.ops->media(call->config.user_data, what, session->role, session->id, session->remote, media);
}

void call_session_clear(struct call_session *session)
{
    cJSON_Delete(session->media);
    cJSON_Delete(session->extension);
    *session = (struct call_session) { .deadline_ms = INT64_MAX };
}

static void begin(struct call *call, const struct call_incoming *incoming, enum call_input input)
{
    struct call_session *session = &call->session;
    const struct call_message *message = &incoming->message;
    *session = (struct call_session) { .video = message->video, .deadline_ms = INT64_MAX };
    g_strlcpy(session->remote, incoming->address, sizeof session->remote);
    if (call->config.timeout_ms)
        session->deadline_ms = incoming->now_ms + call->config.timeout_ms;
    if (input == CALL_INPUT_START) {
        g_autofree char *id = g_uuid_string_random();
        session->role = CALL_ROLE_CALLER;
        g_strlcpy(session->id, id, sizeof session->id);
        g_strlcpy(session->dialled, incoming->address, sizeof session->dialled);
        session->media = message->media ? cJSON_Duplicate(message->media, true) : NULL;
        session->extension = message->extension ? cJSON_Duplicate(message->extension, true) : NULL;
    } else {
        session->role = CALL_ROLE_CALLEE;
        g_strlcpy(session->id, message->call_id, sizeof session->id);
        session->seen = message->sequence;
        session->remote_sent_at_ms = message->sent_at_ms;
    }
}

static void adopt(struct call *call, const struct call_incoming *incoming)
{
    struct call_session *session = &call->session;
    const char *name = incoming->message.accepted_by;
    g_strlcpy(session->remote, incoming->address, sizeof session->remote);
    g_strlcpy(session->accepted_by, name[0] ? name : incoming->address, sizeof session->accepted_by);
    session->answered = true;
}

static void remember(struct call *call, const struct call_session *session, enum call_reason reason)
{
    struct call_past past = {
        .role = session->role, .reason = reason, .sent = session->sent, .seen = session->seen, .invited = true,
    };
    g_strlcpy(past.id, session->id, sizeof past.id);
    call_address_user(session->remote, past.user);
    call_history_add(&call->history, &past);
}

static void remember_refused(struct call *call, const struct call_incoming *incoming, enum call_reason reason)
{
    struct call_past past = {
        .role = CALL_ROLE_CALLEE, .reason = reason, .sent = 1, .seen = incoming->message.sequence, .invited = true,
    };
    g_strlcpy(past.id, incoming->message.call_id, sizeof past.id);
    call_address_user(incoming->address, past.user);
    call_history_add(&call->history, &past);
}

/* Everything the step changes, before anyone is told. What was the running call is moved to `old` where it ends. */
static void store(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                  enum call_reason reason, struct call_session *old)
{
    struct call_session *session = &call->session;
    if (rule->next != CALL_STATE_SAME)
        call->state = (enum call_state)rule->next;
    if (rule->actions & CALL_DO_END) {
        *old = *session;
        session->media = session->extension = NULL;
        call_session_clear(session);
        call->ended_by = rule->input;
    }
    if (rule->actions & CALL_DO_BEGIN)
        begin(call, incoming, rule->input);
    if (rule->actions & CALL_DO_ADOPT)
        adopt(call, incoming);
    if (rule->actions & CALL_DO_SEND_ACCEPT) {
        session->answered = true;
        g_strlcpy(session->accepted_by, call->device, sizeof session->accepted_by);
    }
    if (rule->actions & CALL_DO_NOTE_FRAME)
        session->early_frame = true;
    if (call->state == CALL_CONNECTED)
        session->deadline_ms = INT64_MAX;
    if (rule->actions & CALL_DO_REFUSE || rule->input == CALL_INPUT_GLARE_WON)
        remember_refused(call, incoming, reason);
}

/* The accept of one device is news to the user's other ones, which still ring. */
static void tell_other_devices(struct call *call, int64_t now_ms)
{
    struct call_session *session = &call->session;
    if (!call_address_is_device(session->dialled))
        call_send_aside(call, session->dialled, session->id, ++session->sent, CALL_CANCEL,
                        CALL_REASON_ACCEPTED_ELSEWHERE, session->accepted_by, now_ms);
}

static void act_on_old(struct call *call, unsigned actions, enum call_reason reason, struct call_session *old,
                       int64_t now_ms)
{
    if (actions & CALL_DO_SEND_CANCEL)
        send_in(call, old, CALL_CANCEL, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_SEND_REJECT)
        send_in(call, old, CALL_REJECT, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_SEND_HANG_UP)
        send_in(call, old, CALL_HANG_UP, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_WITHDRAW && !call_address_is_device(old->remote))
        send_in(call, old, CALL_CANCEL, CALL_REASON_LOCAL_CANCELLED, NULL, NULL, now_ms);
    if (actions & CALL_DO_STOP)
        command(call, old, CALL_MEDIA_STOP, NULL);
}

static void act(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                enum call_reason reason)
{
    struct call_session *session = &call->session;
    const struct call_message *message = &incoming->message;
    bool from_remote = rule->input == CALL_INPUT_REMOTE_INVITE || rule->input == CALL_INPUT_GLARE_LOST ||
                       rule->input == CALL_INPUT_REMOTE_ACCEPT;
    const cJSON *media = from_remote ? message->media : NULL;
    if (rule->actions & CALL_DO_SEND_INVITE) {
        session->invite_sequence = session->sent + 1;
        send_in(call, session, CALL_INVITE, CALL_REASON_NONE, session->media, session->extension, incoming->now_ms);
    }
    if (rule->actions & CALL_DO_SEND_ACCEPT)
        send_in(call, session, CALL_ACCEPT, CALL_REASON_NONE, message->media, message->extension, incoming->now_ms);
    if (rule->actions & CALL_DO_SEND_ELSEWHERE)
        tell_other_devices(call, incoming->now_ms);
    if (rule->actions & CALL_DO_REFUSE)
        call_send_aside(call, incoming->address, message->call_id, 1, CALL_REJECT, reason, "", incoming->now_ms);
    if (rule->actions & CALL_DO_CONNECT)
        command(call, session, CALL_MEDIA_CONNECT, media);
    if (rule->actions & CALL_DO_RELEASE)
        command(call, session, CALL_MEDIA_RELEASE, media);
    if (rule->actions & CALL_DO_PRESENT)
        command(call, session, CALL_MEDIA_PRESENT, NULL);
}

/* Whom a notice is about: the call that ended, a stranger's call that was refused, or the running one. */
static void notify(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                   enum call_reason reason, enum call_state previous, const struct call_session *old)
{
    bool ended = rule->actions & CALL_DO_END && !(rule->actions & CALL_DO_BEGIN);
    bool refused = rule->actions & CALL_DO_REFUSE;
    const struct call_session *session = ended ? old : &call->session;
    struct call_notice notice = {
        .state = call->state, .previous = previous, .role = session->role, .event = rule->event, .reason = reason,
        .call_id = refused ? incoming->message.call_id : session->id,
        .remote = refused ? incoming->address : session->remote,
        .video = refused ? incoming->message.video : session->video,
        .extension = rule->input >= CALL_INPUT_MESSAGE ? incoming->message.extension : NULL,
    };
    g_debug("%s: %s: %s -> %s (%s)", call->user, call_event_name(notice.event), call_state_name(previous),
            call_state_name(notice.state), call_reason_name(reason));
    call->config.ops->notify(call->config.user_data, &notice);
}

void call_report_mismatch(struct call *call, const struct call_incoming *incoming)
{
    bool message = incoming->input == CALL_INPUT_MESSAGE;
    struct call_notice notice = {
        .state = call->state, .previous = call->state, .role = call->session.role, .event = CALL_EVENT_STATE_MISMATCH,
        .call_id = message ? incoming->message.call_id : call->session.id,
        .remote = message ? incoming->address : call->session.remote,
        .video = call->session.video, .extension = message ? incoming->message.extension : NULL,
    };
    call->counters.mismatch += message;
    g_info("%s: not possible while %s", call->user, call_state_name(call->state));
    call->config.ops->notify(call->config.user_data, &notice);
}

bool call_step(struct call *call, const struct call_incoming *incoming, enum call_input input, enum call_reason reason)
{
    assert(call->busy);
    const struct call_rule *rule = call_table_find(call->state, call->session.role, input);
    if (!rule) {
        call_report_mismatch(call, incoming);
        return false;
    }
    struct call_session old = { .deadline_ms = INT64_MAX };
    enum call_state previous = call->state;
    if (rule->reason != CALL_REASON_NONE)
        reason = rule->reason;
    store(call, rule, incoming, reason, &old);
    act_on_old(call, rule->actions, reason, &old, incoming->now_ms);
    if (rule->actions & CALL_DO_END)
        remember(call, &old, reason);
    act(call, rule, incoming, reason);
    if (!(rule->actions & CALL_DO_QUIETLY))
        notify(call, rule, incoming, reason, previous, &old);
    call_session_clear(&old);
    return true;
}
