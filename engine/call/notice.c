/* What the application is told. */
#include "engine/call/parts.h"

#include <string.h>

enum call_reason call_reason_of_kind(enum call_reason reason, bool video)
{
    if (reason == CALL_REASON_LOCAL_VIDEO_CALL && !video)
        return CALL_REASON_LOCAL_AUDIO_CALL;
    if (reason == CALL_REASON_REMOTE_VIDEO_CALL && !video)
        return CALL_REASON_REMOTE_AUDIO_CALL;
    return reason;
}

static enum call_event event_of(const struct call_rule *rule, const struct call_incoming *incoming,
                                enum call_reason reason)
{
    bool video = incoming->message.video;
    switch (rule->event) {
    case CALL_EVENT_LOCAL_VIDEO_CALL:
        return video ? rule->event : CALL_EVENT_LOCAL_AUDIO_CALL;
    case CALL_EVENT_REMOTE_VIDEO_CALL:
        return video ? rule->event : CALL_EVENT_REMOTE_AUDIO_CALL;
    case CALL_EVENT_REMOTE_REJECTED:
        return reason == CALL_REASON_REMOTE_BUSY ? CALL_EVENT_REMOTE_BUSY : rule->event;
    case CALL_EVENT_NONE:
        return incoming->event;
    default:
        return rule->event;
    }
}

static bool is_of_ended_call(const struct call *call, const struct call_incoming *incoming)
{
    return incoming->input == CALL_INPUT_MEDIA_EVENT && strcmp(incoming->message.call_id, call->session.id);
}

bool call_note_media_event(struct call *call, const struct call_incoming *incoming)
{
    bool left = incoming->event == CALL_EVENT_LOCAL_LEFT || incoming->event == CALL_EVENT_REMOTE_LEFT;
    uint32_t bit = 1u << (incoming->event - CALL_EVENT_LOCAL_JOINING);
    uint32_t *told = &call->session.told;
    if (!incoming->message.call_id[0])
        return false;
    if (is_of_ended_call(call, incoming)) {
        if (!left || strcmp(incoming->message.call_id, call->ended.id))
            return false;
        told = &call->ended.told;
    }
    if (*told & bit)
        return false;
    *told |= bit;
    return true;
}

static void notify(struct call *call, const struct call_notice *notice)
{
    g_debug("%s: %s: %s -> %s (%s)", call->user, call_event_name(notice->event), call_state_name(notice->previous),
            call_state_name(notice->state), call_reason_name(notice->reason));
    call->config.ops->notify(call->config.user_data, notice);
}

void call_notify(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                 enum call_reason reason, enum call_state previous, const struct call_session *old)
{
    bool ended = rule->actions & CALL_DO_END && !(rule->actions & CALL_DO_BEGIN);
    const struct call_session *session = ended ? old : &call->session;
    struct call_notice notice = {
        .state = call->state,
        .previous = previous,
        .role = session->role,
        .event = event_of(rule, incoming, reason),
        .reason = reason,
        .call_id = session->id,
        .remote = session->remote,
        .name = session->name,
        .video = session->video,
        .extension = rule->input >= CALL_INPUT_MESSAGE ? incoming->message.extension : NULL,
        .connected_at_ms = session->connected_at_ms,
        .duration_ms = session->connected_at_ms ? MAX(incoming->now_ms - session->connected_at_ms, 0) : 0,
    };
    if (rule->actions & CALL_DO_REFUSE) { /* a stranger's call */
        notice.call_id = incoming->message.call_id;
        notice.remote = incoming->address;
        notice.name = incoming->message.name;
        notice.video = incoming->message.video;
        notice.connected_at_ms = notice.duration_ms = 0;
    } else if (is_of_ended_call(call, incoming)) {
        notice.call_id = call->ended.id;
        notice.remote = call->ended.remote;
        notice.name = call->ended.name;
        notice.role = call->ended.role;
        notice.video = call->ended.video;
        notice.connected_at_ms = notice.duration_ms = 0;
    }
    notify(call, &notice);
}

void call_report_mismatch(struct call *call, const struct call_incoming *incoming)
{
    bool message = incoming->input == CALL_INPUT_MESSAGE;
    struct call_notice notice = {
        .state = call->state,
        .previous = call->state,
        .role = call->session.role,
        .event = CALL_EVENT_STATE_MISMATCH,
        .call_id = message ? incoming->message.call_id : call->session.id,
        .remote = message ? incoming->address : call->session.remote,
        .name = message ? incoming->message.name : call->session.name,
        .video = call->session.video,
        .extension = message ? incoming->message.extension : NULL,
    };
    call->counters.mismatch += message;
    g_info("%s: not possible while %s", call->user, call_state_name(call->state));
    notify(call, &notice);
}
