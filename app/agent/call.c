#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

struct sent { /* a call message on its way */
    struct agent *agent;
    char call_id[CALL_ID_SIZE];
    uint32_t sequence;
    char *closes; /* the session to close should this hang-up not arrive; else NULL */
};

/* A hang-up that the signalling cannot deliver is said by the connection itself: closing it is seen at once. */
static void close_instead(struct agent *agent, const char *id)
{
    struct session *session = sessions_find(agent->sessions, id, NULL);
    if (!session || session == leg_session(agent->leg))
        return;
    rooms_lost(agent->rooms, session);
    sessions_drop(agent->sessions, session);
}

static enum call_error error_of(enum signal_result result)
{
    switch (result) {
    case SIGNAL_DELIVERED:
        return CALL_OK;
    case SIGNAL_OFFLINE:
        return CALL_ERROR_OFFLINE;
    case SIGNAL_REFUSED:
        return CALL_ERROR_REFUSED;
    case SIGNAL_LOST:
        break;
    }
    return CALL_ERROR_SIGNALLING_LOST;
}

/* NULL: not known. */
static char **rung_devices(const cJSON *reply)
{
    const cJSON *rung = json_member(reply, "rung"), *device;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    cJSON_ArrayForEach (device, rung)
        if (cJSON_IsString(device))
            g_strv_builder_add(builder, device->valuestring);
    return cJSON_IsArray(rung) ? g_strv_builder_end(builder) : NULL;
}

static void on_sent(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct sent *sent = user_data;
    if (result == SIGNAL_REFUSED)
        g_warning("the hub refused a call message: %s", json_string(reply, "message"));
    if (sent->agent->call) { /* else: it is being destroyed */
        if (sent->closes && result != SIGNAL_DELIVERED)
            close_instead(sent->agent, sent->closes);
        g_auto(GStrv) devices = rung_devices(reply);
        if (devices && g_strv_length(devices) > 1)
            leg_note_devices(sent->agent->leg, sent->call_id, g_strv_length(devices));
        const char *name = json_string(reply, "name");
        if (hub_display_name_is_valid(name))
            call_name_callee(sent->agent->call, sent->call_id, name);
        call_delivered(sent->agent->call, sent->call_id, sent->sequence, error_of(result), (const char *const *)devices,
                       agent_now_ms(sent->agent));
    }
    g_free(sent->closes);
    g_free(sent);
}

static void call_send(void *user_data, const char *to, const struct call_message *message)
{
    struct agent *agent = user_data;
    struct sent *sent = g_new0(struct sent, 1);
    sent->agent = agent;
    g_strlcpy(sent->call_id, message->call_id, sizeof sent->call_id);
    sent->sequence = message->sequence;
    if (message->action == CALL_HANG_UP)
        sent->closes = g_strdup(leg_session_id(agent->leg));
    cJSON *json = call_message_to_json(message);
    if (message->action == CALL_INVITE && agent->party == CALL_PARTY_AUDIENCE && !rooms_are_local(agent->rooms))
        cJSON_AddStringToObject(json, "room", rooms_watched(agent->rooms)->name); /* whose broadcaster may be called */
    if (message->action == CALL_INVITE && agent->match.calling)
        cJSON_AddStringToObject(json, "match", agent->match.calling);
    if (message->action != CALL_INVITE)
        leg_send_beside(agent->leg, to, json);
    signal_send(agent->signal, to, json, on_sent, sent);
    cJSON_Delete(json);
}

static void connect_media(struct agent *agent, enum call_role role, const char *call_id, const char *remote,
                          const cJSON *media)
{
    if (!leg_connect(agent->leg, role, remote, media)) {
        complain(&agent->complaints, "the call of %s names no connection that can be used", remote);
        call_media_lost(agent->call, agent_now_ms(agent));
        return;
    }
    timing_connect(agent->timing, call_id, leg_session(agent->leg));
    struct session *session = leg_session(agent->leg);
    if (!rooms_source(agent->rooms)) { /* nothing else is on the screen: be ready before the first packet */
        player_set_muted(agent->player, true);
        agent_play(agent);
    } else if (session && session != rooms_live(agent->rooms)) {
        player_prepare(agent->player, peer_source(session_peer(session)));
    }
}

/* Pictures of ours before the accept: the other side keeps them back until it has been accepted. */
static void presend_media(struct agent *agent)
{
    if (!leg_session(agent->leg))
        return; /* its loss is queued behind this */
    leg_presend(agent->leg);
    agent_update_recipients(agent);
}

void agent_show_call(void *user_data)
{
    struct agent *agent = user_data;
    agent_update_recipients(agent);
    agent_play(agent);
}

static void release_media(struct agent *agent, enum call_role role, const cJSON *media)
{
    if (!leg_release(agent->leg, role, media))
        return; /* its loss is queued behind this */
    struct session *session = leg_session(agent->leg);
    player_set_muted(agent->player, true);
    agent_update_recipients(agent);
    if (session)
        agent_show_call(agent);
    if (session && role == CALL_ROLE_CALLER)
        session_take_media(session, media);
    rooms_set_state(agent->rooms, "private");
    agent_link_begin(agent);
}

static void log_stats(struct session *session)
{
    struct peer_stats stats = peer_stats(session_peer(session));
    g_info("sent %" G_GUINT64_FORMAT " packets, received %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT
           " lost), %" G_GUINT64_FORMAT " frames, asked for %" G_GUINT64_FORMAT " key frames",
           stats.packets_sent, stats.packets_received, stats.packets_lost, stats.frames_received, stats.plis_sent);
}

/* The call's, but not a room's that is still watched, here or there. */
static void drop_connection(struct agent *agent, struct session *session)
{
    bool watched = agent->party == CALL_PARTY_AUDIENCE && session == rooms_live(agent->rooms);
    if (!watched && !agent_is_viewer(agent, session))
        sessions_drop(agent->sessions, session);
}

static void stop_media(struct agent *agent, const char *call_id)
{
    timing_leave(agent->timing, call_id, leg_session(agent->leg));
    bool was_released = leg_is_released(agent->leg);
    struct session *session = leg_end(agent->leg);
    if (session) {
        log_stats(session);
        drop_connection(agent, session);
    }
    agent_update_recipients(agent);
    agent_play(agent);
    player_set_muted(agent->player, !rooms_source(agent->rooms));
    if (was_released)
        rooms_leave_private(agent->rooms);
}

static void call_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                       const char *remote, const cJSON *media)
{
    struct agent *agent = user_data;
    switch (command) {
    case CALL_MEDIA_CONNECT:
        connect_media(agent, role, call_id, remote, media);
        break;
    case CALL_MEDIA_PRESEND:
        presend_media(agent);
        break;
    case CALL_MEDIA_RELEASE:
        release_media(agent, role, media);
        break;
    case CALL_MEDIA_PRESENT:
        player_set_muted(agent->player, false);
        break;
    case CALL_MEDIA_STOP:
        stop_media(agent, call_id);
        break;
    }
}

static void call_notify(void *user_data, const struct call_notice *notice)
{
    struct agent *agent = user_data;
    g_autofree char *user = address_user(notice->remote);
    const char *known = *notice->name ? notice->name : agent_known_name(agent, user);
    struct call_notice named = *notice;
    named.name = known ? known : "";
    timing_notice(agent->timing, notice);
    if (notice->state > CALL_PREPARED && notice->previous <= CALL_PREPARED)
        agent->safety_code[0] = '\0';
    agent_note_safety_code(agent);
    bool rings_here = notice->state == CALL_CALLING && notice->role == CALL_ROLE_CALLEE;
    if (!rings_here)
        agent->accept_at_us = INT64_MAX;
    else if (agent->auto_accept_ms >= 0 && notice->previous != CALL_CALLING)
        agent->accept_at_us = g_get_monotonic_time() + (int64_t)agent->auto_accept_ms * 1000;
    if (agent->listener->call)
        agent->listener->call(agent->user_data, &named);
}

static enum call_policy call_policy(void *user_data, enum call_role role, const char *remote, const cJSON *extension)
{
    struct agent *agent = user_data;
    if (!agent->listener->policy) /* who calls shows herself, who is called does not before the accept */
        return role == CALL_ROLE_CALLER ? CALL_POLICY_CONNECT_AND_SEND : CALL_POLICY_CONNECT_ONLY;
    return agent->listener->policy(agent->user_data, role, remote, extension);
}

static void call_completed(void *user_data, const struct call_completion *completion)
{
    struct agent *agent = user_data;
    if (agent->listener->completed)
        agent->listener->completed(agent->user_data, completion);
}

const struct call_ops agent_call_events = {
    .send = call_send,
    .media = call_media,
    .notify = call_notify,
    .policy = call_policy,
    .completed = call_completed,
};
