/* One step: look up, store, act; then it is told. */
#include "engine/call/parts.h"

#include <assert.h>
#include <string.h>

#include "engine/text/address.h"

static void command(struct call *call, const struct call_session *session, enum call_media_command what,
                    const cJSON *media)
{
    call->config.ops->media(call->config.user_data, what, session->role, session->id, session->remote, media);
}

void call_session_clear(struct call_session *session)
{
    cJSON_Delete(session->media);
    cJSON_Delete(session->extension);
    g_clear_pointer(&session->ringing, g_ptr_array_unref);
    *session = (struct call_session){ .deadline_ms = INT64_MAX, .frame_deadline_ms = INT64_MAX };
}

static cJSON *copy(const cJSON *json)
{
    return json ? cJSON_Duplicate(json, true) : NULL;
}

static void begin(struct call *call, const struct call_incoming *incoming, enum call_input input)
{
    struct call_session *session = &call->session;
    const struct call_message *message = &incoming->message;
    *session = (struct call_session){
        .video = message->video,
        .deadline_ms = INT64_MAX,
        .frame_deadline_ms = INT64_MAX,
        .media = copy(message->media),
    };
    g_strlcpy(session->remote, incoming->address, sizeof session->remote);
    g_strlcpy(session->name, message->name, sizeof session->name);
    if (call->config.timeout_ms)
        session->deadline_ms = incoming->now_ms + call->config.timeout_ms;
    if (input == CALL_INPUT_START) {
        g_autofree char *id = g_uuid_string_random();
        session->role = CALL_ROLE_CALLER;
        g_strlcpy(session->id, id, sizeof session->id);
        g_strlcpy(session->dialled, incoming->address, sizeof session->dialled);
        session->extension = copy(message->extension);
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
    const char *device = incoming->message.accepted_by;
    g_strlcpy(session->remote, incoming->address, sizeof session->remote);
    if (incoming->message.name[0])
        g_strlcpy(session->name, incoming->message.name, sizeof session->name);
    g_strlcpy(session->accepted_by, device[0] ? device : incoming->address, sizeof session->accepted_by);
    session->answered = true;
}

static void remember(struct call *call, const struct call_session *session, enum call_reason reason)
{
    struct call_past past = {
        .role = session->role,
        .reason = reason,
        .sent = session->sent,
        .seen = session->seen,
        .invited = true,
    };
    g_strlcpy(past.id, session->id, sizeof past.id);
    call_address_user(session->remote, past.user);
    call_history_add(&call->history, &past);
}

static void remember_refused(struct call *call, const struct call_incoming *incoming, enum call_reason reason)
{
    struct call_past past = {
        .role = CALL_ROLE_CALLEE,
        .reason = reason,
        .sent = 1,
        .seen = incoming->message.sequence,
        .invited = true,
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
        session->ringing = NULL;
        call_session_clear(session);
        call->ended_by = rule->input;
        call->ended = (struct call_ended){ .role = old->role, .video = old->video, .told = old->told };
        g_strlcpy(call->ended.id, old->id, sizeof call->ended.id);
        g_strlcpy(call->ended.remote, old->remote, sizeof call->ended.remote);
        g_strlcpy(call->ended.name, old->name, sizeof call->ended.name);
        call_outbox_retire(call, old->id);
    }
    if (rule->actions & CALL_DO_BEGIN)
        begin(call, incoming, rule->input);
    if (rule->actions & CALL_DO_ADOPT) {
        adopt(call, incoming);
        call_outbox_retire(call, session->id);
    }
    if (rule->actions & CALL_DO_SEND_ACCEPT) {
        session->answered = true;
        g_strlcpy(session->accepted_by, call->device, sizeof session->accepted_by);
    }
    if (rule->actions & CALL_DO_NOTE_FRAME)
        session->early_frame = true;
    if (rule->next == CALL_CONNECTING && call_waits_for_frame(call) && call->config.first_frame_timeout_ms)
        session->frame_deadline_ms = incoming->now_ms + call->config.first_frame_timeout_ms;
    if (rule->next == CALL_CONNECTED) {
        session->deadline_ms = session->frame_deadline_ms = INT64_MAX;
        session->connected_at_ms = incoming->now_ms;
        attempts_forgive(&call->invites, session->remote);
    }
    if (rule->actions & CALL_DO_REFUSE || rule->input == CALL_INPUT_GLARE_WON)
        remember_refused(call, incoming, reason);
}

static void act_on_old(struct call *call, unsigned actions, enum call_reason reason, struct call_session *old,
                       int64_t now_ms)
{
    if (actions & CALL_DO_SEND_CANCEL)
        call_send(call, old, CALL_CANCEL, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_SEND_REJECT)
        call_send(call, old, CALL_REJECT, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_SEND_HANG_UP)
        call_send(call, old, CALL_HANG_UP, reason, NULL, NULL, now_ms);
    if (actions & CALL_DO_WITHDRAW && !address_device(old->remote))
        call_send(call, old, CALL_CANCEL, CALL_REASON_LOCAL_CANCELLED, NULL, NULL, now_ms);
    if (actions & CALL_DO_STOP && old->media_connected)
        command(call, old, CALL_MEDIA_STOP, NULL);
}

static void send_accept(struct call *call, const struct call_message *accept, int64_t now_ms)
{
    struct call_session *session = &call->session;
    session->accept_sequence = session->sent + 1;
    session->accepted_at_ms = now_ms;
    call_send(call, session, CALL_ACCEPT, CALL_REASON_NONE, accept->media, accept->extension, now_ms);
}

static void act_by_messages(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                            enum call_reason reason)
{
    struct call_session *session = &call->session;
    const struct call_message *message = &incoming->message;
    if (rule->actions & CALL_DO_SEND_INVITE) {
        session->invite_sequence = session->sent + 1;
        session->invited_at_ms = incoming->now_ms;
        call_send(call, session, CALL_INVITE, CALL_REASON_NONE, session->media, session->extension, incoming->now_ms);
    }
    if (rule->actions & CALL_DO_SEND_ACCEPT)
        send_accept(call, message, incoming->now_ms);
    if (rule->actions & CALL_DO_SEND_ELSEWHERE && !address_device(session->dialled))
        call_send_elsewhere(call, session->dialled, incoming->now_ms);
    if (rule->actions & CALL_DO_REFUSE)
        call_send_aside(call, incoming->address, message->call_id, 1, CALL_REJECT, reason, "", incoming->now_ms);
    if (rule->actions & CALL_DO_SEND_AGAIN)
        call_send_again(call, incoming->now_ms);
}

static void connect_media(struct call *call)
{
    struct call_session *session = &call->session;
    if (session->media_connected)
        return;
    session->media_connected = true;
    command(call, session, CALL_MEDIA_CONNECT, session->role == CALL_ROLE_CALLEE ? session->media : NULL);
}

/* As much of the media as may be while it rings. */
static void connect_as_allowed(struct call *call, const cJSON *extension)
{
    const struct call_ops *ops = call->config.ops;
    const struct call_session *session = &call->session;
    enum call_policy policy = CALL_POLICY_CONNECT_ONLY;
    if (ops->policy)
        policy = ops->policy(call->config.user_data, session->role, session->remote, extension);
    if (policy != CALL_POLICY_NOTHING)
        connect_media(call);
    if (policy == CALL_POLICY_CONNECT_AND_SEND)
        command(call, session, CALL_MEDIA_PRESEND, NULL);
}

static void act_by_media(struct call *call, const struct call_rule *rule, const struct call_message *message)
{
    if (rule->actions & CALL_DO_CONNECT)
        connect_as_allowed(call, message->extension);
    if (rule->actions & CALL_DO_RELEASE) {
        connect_media(call);
        command(call, &call->session, CALL_MEDIA_RELEASE,
                rule->input == CALL_INPUT_REMOTE_ACCEPT ? message->media : NULL);
    }
    if (rule->actions & CALL_DO_PRESENT)
        command(call, &call->session, CALL_MEDIA_PRESENT, NULL);
}

/* From the accept on, its media and extension are what may have to be sent again. */
static void keep_accept(struct call *call, const struct call_message *accept)
{
    struct call_session *session = &call->session;
    cJSON_Delete(session->media);
    cJSON_Delete(session->extension);
    session->media = copy(accept->media);
    session->extension = copy(accept->extension);
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
        reason = call_reason_of_kind(rule->reason, incoming->message.video);
    store(call, rule, incoming, reason, &old);
    act_on_old(call, rule->actions, reason, &old, incoming->now_ms);
    if (rule->actions & CALL_DO_END)
        remember(call, &old, reason);
    act_by_messages(call, rule, incoming, reason);
    act_by_media(call, rule, &incoming->message);
    if (rule->actions & CALL_DO_SEND_ACCEPT)
        keep_accept(call, &incoming->message);
    if (!(rule->actions & CALL_DO_QUIETLY))
        call_notify(call, rule, incoming, reason, previous, &old);
    call_session_clear(&old);
    return true;
}
