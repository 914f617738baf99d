#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

static void store_room(struct agent *agent, const struct signal_room *room)
{
    g_free(agent->room_state);
    g_free(agent->room_host);
    g_free(agent->room_host_name);
    agent->room_state = g_strdup(room->state);
    agent->room_host = g_strdup(room->host);
    agent->room_host_name = g_strdup(room->host_name);
    agent->room_viewers = room->viewers;
}

static void show_room(struct agent *agent, const struct signal_room *room)
{
    store_room(agent, room);
    if (agent->listener->room)
        agent->listener->room(agent->user_data, room);
}

void agent_on_room(void *user_data, const struct signal_room *room)
{
    struct agent *agent = user_data;
    if (g_strcmp0(room->room, agent->room)) {
        agent_zap_room(agent, room);
        return;
    }
    show_room(agent, room);
}

/* One that nobody has opened yet: it is away, and asked for again. */
static void on_room_missing(struct agent *agent)
{
    struct signal_room away = { .room = agent->room, .host = "", .state = "away" };
    agent_say(agent, AGENT_STATUS_WELL, NULL);
    if (!g_strcmp0(agent->room_state, away.state))
        return;
    g_message("nobody broadcasts in the room %s yet", agent->room);
    show_room(agent, &away);
}

static void on_room_refused(struct agent *agent, const cJSON *reply)
{
    if (!g_strcmp0(json_string(reply, "error"), "not-found"))
        on_room_missing(agent);
    else
        agent_say(agent, AGENT_STATUS_ROOM_REFUSED, json_string(reply, "message"));
    agent->join_at_us = g_get_monotonic_time() + RETRY_US;
}

static void on_room_result(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct agent *agent = user_data;
    if (result == SIGNAL_DELIVERED) {
        agent->room_open = agent->party == CALL_PARTY_BROADCASTER;
        agent->room_camera = ROOM_CAMERA_UNKNOWN;
        agent_say(agent, AGENT_STATUS_WELL, NULL);
    } else if (result == SIGNAL_REFUSED) {
        on_room_refused(agent, reply);
    }
}

void agent_enter_room(struct agent *agent)
{
    agent->join_at_us = INT64_MAX;
    if (agent->party == CALL_PARTY_BROADCASTER) {
        signal_room_open(agent->signal, agent->room, on_room_result, agent);
    } else {
        if (!agent->live) /* so that the broadcaster sees us come, and offers */
            signal_room_leave(agent->signal, agent->room, NULL, NULL);
        signal_room_join(agent->signal, agent->room, on_room_result, agent);
    }
}

static void offer_live(struct agent *agent, const char *viewer)
{
    struct session *known = agent_find_session_to(agent, viewer);
    if (known && peer_current_state(session_peer(known)) < PEER_FAILED)
        return; /* only the signalling was away */
    if (!attempts_take(&agent->joins, viewer, agent_now_ms(agent)))
        return;
    struct session *session = agent_add_session(agent, NULL, viewer, true);
    if (session && !session_send_offer(session, agent->room))
        agent_drop_session(agent, session);
}

static void viewer_left(struct agent *agent, const char *viewer)
{
    struct session *session = agent_find_session_to(agent, viewer);
    if (!session)
        return;
    if (session != agent->call_session) {
        agent_drop_session(agent, session);
        return;
    }
    agent_watch_gone(agent);
}

void agent_on_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct agent *agent = user_data;
    if (g_strcmp0(room, agent->room))
        return;
    if (joined)
        offer_live(agent, viewer);
    else
        viewer_left(agent, viewer);
}

static struct session *answer_live(struct agent *agent, const char *from, const char *id, const char *offer)
{
    struct session *session = agent_add_session(agent, id, from, false);
    g_autofree char *error = NULL;
    if (!session || session_answer(session, offer, &error))
        return session;
    complain(&agent->complaints, "the broadcaster's offer cannot be answered: %s", error);
    agent_drop_session(agent, session);
    return NULL;
}

static void watch_live(struct agent *agent, struct session *session)
{
    struct session *old = agent->live;
    agent->live = session;
    agent->live_connected_us = 0;
    if (old && old != agent->call_session)
        agent_drop_session(agent, old);
    if (!agent->call_session) {
        agent_play(agent, session);
        player_set_muted(agent->player, false);
    }
}

void agent_accept_live_offer(struct agent *agent, const char *from, const char *id, const char *offer, const char *room)
{
    bool watched = agent->room_host && address_same_user(from, agent->room_host) &&
                   (!room || !g_strcmp0(room, agent->room));
    if (agent->party != CALL_PARTY_AUDIENCE || agent_find_session(agent, id, NULL) ||
        (!watched && !agent_zap_expects(agent, from, room))) {
        g_info("%s: an offer from %s that nobody asked for was ignored", agent->user, from);
        return;
    }
    struct session *session = answer_live(agent, from, id, offer);
    if (!session && watched)
        agent_say(agent, AGENT_STATUS_ROOM_UNPLAYABLE, NULL);
    else if (session && watched)
        watch_live(agent, session);
    else if (session)
        agent_zap_answered(agent, session, from, room);
}

void agent_set_room_state(struct agent *agent, const char *state)
{
    if (agent->party == CALL_PARTY_BROADCASTER)
        signal_room_set_state(agent->signal, agent->room, state, NULL, NULL);
}

/* Who looks for a room is told where no picture is to be had, before it is entered. */
void agent_room_poll(struct agent *agent)
{
    bool off = agent_own_media(agent).camera_off;
    if (!agent->room_open || agent->room_camera == (off ? ROOM_CAMERA_OFF : ROOM_CAMERA_ON))
        return;
    agent->room_camera = off ? ROOM_CAMERA_OFF : ROOM_CAMERA_ON;
    signal_room_set_camera(agent->signal, agent->room, !off, NULL, NULL);
}

/* Its own end knows first that the room is no longer in a private call: the hub's word is still on its way. */
void agent_leave_private(struct agent *agent)
{
    agent_set_room_state(agent, "live");
    if (agent->party != CALL_PARTY_AUDIENCE || g_strcmp0(agent->room_state, "private"))
        return;
    g_free(agent->room_state);
    agent->room_state = g_strdup("live");
}
