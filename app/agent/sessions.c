#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

enum { CLOCK_IS_OFF_MS = 5000 };

/* The one place that decides it. Nobody gets anything before the connection is there: the first picture is encoded for
 * it then. A call in progress gets everything, or sound only where it is an audio call, and one that rings if the
 * policy says so (on each of the callee's devices); else the broadcaster's viewers do, as far as they do not pause it.
 */
static enum outgoing_share share(const struct agent *agent, struct session *session)
{
    if (peer_current_state(session_peer(session)) != PEER_CONNECTED)
        return OUTGOING_NOTHING;
    bool is_call = agent_is_of_call(agent, session);
    if (agent->released || (agent->presends && is_call))
        return !is_call ? OUTGOING_NOTHING : call_current_video(agent->call) ? OUTGOING_ALL : OUTGOING_SOUND;
    if (agent->party != CALL_PARTY_BROADCASTER || peer_is_paused(session_peer(session), AVMEDIA_TYPE_AUDIO))
        return OUTGOING_NOTHING;
    return peer_is_paused(session_peer(session), AVMEDIA_TYPE_VIDEO) ? OUTGOING_SOUND : OUTGOING_ALL;
}

static void update_recipient(struct agent *agent, struct session *session)
{
    outgoing_set_recipient(agent->outgoing, session_peer(session), share(agent, session), session_key_frames(session));
}

void agent_update_recipients(struct agent *agent)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        update_recipient(agent, session);
}

void agent_play(struct agent *agent, struct session *session)
{
    player_attach(agent->player, session ? peer_source(session_peer(session)) : NULL);
}

void agent_drop_session(struct agent *agent, struct session *session)
{
    if (player_source(agent->player) == peer_source(session_peer(session)))
        player_attach(agent->player, NULL);
    outgoing_set_recipient(agent->outgoing, session_peer(session), OUTGOING_NOTHING, NULL);
    agent_zap_forget(agent, session);
    if (agent->live == session) {
        agent->live = NULL;
        agent->live_connected_us = 0;
    }
    if (agent->call_session == session) {
        outgoing_watch(agent->outgoing, NULL);
        agent->call_session = NULL;
    }
    g_hash_table_remove(agent->sessions, session);
}

static void live_connected(struct agent *agent, struct session *session)
{
    if (session != agent->live || agent->live_connected_us)
        return;
    agent->live_connected_us = g_get_monotonic_time();
    g_info("%s: live room connected", agent->user);
}

void agent_session_state(struct agent *agent, struct session *session, enum peer_state state, const char *why)
{
    if (state == PEER_CONNECTED) {
        attempts_forgive(&agent->joins, session_remote(session));
        live_connected(agent, session);
        agent_update_recipients(agent);
        agent_tell_media(agent);
        agent_zap_connected(agent, session);
    }
    if (state != PEER_FAILED && state != PEER_CLOSED)
        return;
    if (state == PEER_FAILED)
        complain(&agent->complaints, "%s: the connection to %s failed: %s", agent->user, session_remote(session), why);
    else
        g_info("%s: the connection to %s is gone: %s", agent->user, session_remote(session), why);
    bool lost_room = session == agent->live, lost_call = session == agent->call_session;
    if (lost_call)
        call_media_event(agent->call, agent->timing.call_id, CALL_EVENT_REMOTE_LEFT, agent_now_ms(agent));
    agent_zap_lost(agent, session);
    agent_drop_session(agent, session);
    if (lost_call && state == PEER_CLOSED)
        agent->lost_at_us = g_get_monotonic_time() + GOODBYE_US;
    else if (lost_call)
        call_media_lost(agent->call, agent_now_ms(agent));
    if (lost_room)
        agent->join_at_us = g_get_monotonic_time() + RETRY_US;
}

static void request_key_frame(struct agent *agent, struct session *session)
{
    if (share(agent, session) == OUTGOING_ALL)
        outgoing_request_key_frame(agent->outgoing, session_peer(session));
}

/* The call's messages come by the hub as well, which may be the longer way; what came first counts. Invites are the
 * hub's alone: it knows who may call whom. */
static void receive_message(struct agent *agent, struct session *session, const char *text)
{
    cJSON *body = cJSON_Parse(text);
    const char *action = json_string(body, "action");
    cJSON *sent_at = json_member(body, "sent_at");
    int64_t now_ms = agent_now_ms(agent);
    if (cJSON_IsNumber(sent_at) && ABS(sent_at->valuedouble - (double)now_ms) > CLOCK_IS_OFF_MS)
        cJSON_SetNumberValue(
            sent_at,
            (double)now_ms); /* another clock, where the signalling has none: it came the direct way, just now */
    while (cJSON_HasObjectItem(body, "name")) /* what it is called the hub tells */
        cJSON_DeleteItemFromObject(body, "name");
    if (agent_is_of_call(agent, session) && action && strcmp(action, "invite"))
        agent_receive_call(agent, session_remote(session), body);
    cJSON_Delete(body);
}

static void on_event(void *user_data, struct session *session, const struct peer_event *event)
{
    struct agent *agent = user_data;
    switch (event->type) {
    case PEER_EVENT_STATE:
        agent_session_state(agent, session, event->state, event->why);
        break;
    case PEER_EVENT_KEY_FRAME:
        request_key_frame(agent, session);
        break;
    case PEER_EVENT_PAUSED:
        update_recipient(agent, session);
        break;
    case PEER_EVENT_MESSAGE:
        receive_message(agent, session, event->message);
        break;
    case PEER_EVENT_BIT_RATE:
        outgoing_limit_bit_rate(agent->outgoing, session_peer(session), event->bit_rate);
        break;
    case PEER_EVENT_CANDIDATE:
    case PEER_EVENT_RESTARTED:
        break; /* the session's own */
    }
}

/* The picture stays on the screen until the new connection's first one. */
static void on_replaced(void *user_data, struct session *session, struct peer *old)
{
    struct agent *agent = user_data;
    outgoing_set_recipient(agent->outgoing, old, OUTGOING_NOTHING, NULL);
    if (player_source(agent->player) == peer_source(old))
        agent_play(agent, session);
    if (session == agent->call_session && (agent->released || agent->presends))
        agent_time_send(agent);
    agent_update_recipients(agent);
}

static const struct session_listener session_events = {
    .silence = agent_link_silence,
    .replaced = on_replaced,
    .event = on_event,
};

struct session *agent_add_session(struct agent *agent, const char *id, const char *remote, bool offerer)
{
    struct session_config config = {
        .reactor = agent->reactor,
        .signal = agent->signal,
        .identity = agent->identity,
        .id = id,
        .remote = remote,
        .offerer = offerer,
        .video_codec = agent->video_codec,
        .ice_servers = agent->ice_servers,
        .complaints = &agent->complaints,
        .listener = &session_events,
        .user_data = agent,
    };
    struct session *session = session_create(&config);
    if (session)
        g_hash_table_add(agent->sessions, session);
    return session;
}

struct session *agent_find_session(const struct agent *agent, const char *id, const char *from)
{
    GHashTableIter iter;
    gpointer session;
    struct session *found = NULL;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session)) {
        if (g_strcmp0(session_id(session), id))
            continue;
        if (!from || !strcmp(session_remote(session), from))
            return session;
        if (address_same_user(session_remote(session), from) && !agent_rings_at_several(agent, id))
            found = session;
    }
    return found;
}

GPtrArray *agent_all_sessions(const struct agent *agent)
{
    GPtrArray *all = g_ptr_array_new();
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        g_ptr_array_add(all, session);
    return all;
}

struct session *agent_find_session_to(const struct agent *agent, const char *address)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        if (!strcmp(session_remote(session), address))
            return session;
    return NULL;
}
