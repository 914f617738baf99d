#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

enum { CLOCK_IS_OFF_MS = 5000 };

bool agent_is_viewer(const struct agent *agent, const struct session *session)
{
    return agent->party == CALL_PARTY_BROADCASTER && session_was_offered(session);
}

/* The one place that decides it. Nobody gets anything before the connection is there: the first picture is encoded for
 * it then. A call in progress gets everything, or sound only where it is an audio call, and one that rings if the
 * policy says so (on each of the callee's devices); else the broadcaster's viewers do, as far as they do not pause it.
 */
static enum outgoing_share share(const struct agent *agent, struct session *session)
{
    if (peer_current_state(session_peer(session)) != PEER_CONNECTED)
        return OUTGOING_NOTHING;
    bool is_call = leg_has(agent->leg, session);
    if (leg_is_released(agent->leg) || (leg_sends(agent->leg) && is_call))
        return !is_call ? OUTGOING_NOTHING : call_current_video(agent->call) ? OUTGOING_ALL : OUTGOING_SOUND;
    if (!agent_is_viewer(agent, session) || peer_is_paused(session_peer(session), AVMEDIA_TYPE_AUDIO))
        return OUTGOING_NOTHING;
    return peer_is_paused(session_peer(session), AVMEDIA_TYPE_VIDEO) ? OUTGOING_SOUND : OUTGOING_ALL;
}

static void update_recipient(struct agent *agent, struct session *session)
{
    outgoing_set_recipient(agent->outgoing, session_peer(session), share(agent, session), session_key_frames(session));
}

void agent_update_recipients(struct agent *agent)
{
    outgoing_set_private(agent->outgoing, leg_is_released(agent->leg)); /* first: nothing of the call is public */
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = 0; i < all->len; i++)
        update_recipient(agent, all->pdata[i]);
}

/* What plays goes on until the other one has a picture, unless that will have none. */
void agent_play(struct agent *agent)
{
    struct session *call = leg_session(agent->leg);
    struct source *room = rooms_source(agent->rooms);
    bool shows_call = call && (leg_is_released(agent->leg) || !room);
    if (shows_call && agent_expects(agent, AVMEDIA_TYPE_VIDEO))
        player_switch(agent->player, peer_source(session_peer(call)));
    else if (shows_call)
        player_attach(agent->player, peer_source(session_peer(call)));
    else
        player_switch(agent->player, room);
}

void agent_session_leaves(void *user_data, struct session *session)
{
    struct agent *agent = user_data;
    player_detach(agent->player, peer_source(session_peer(session)));
    outgoing_set_recipient(agent->outgoing, session_peer(session), OUTGOING_NOTHING, NULL);
    rooms_forget(agent->rooms, session);
    leg_forget(agent->leg, session);
}

static void on_connected(struct agent *agent, struct session *session)
{
    attempts_forgive(&agent->joins, session_remote(session));
    agent_update_recipients(agent);
    agent_tell_media(agent);
    rooms_connected(agent->rooms, session);
}

static void on_lost(struct agent *agent, struct session *session, enum peer_state state)
{
    bool lost_call = session == leg_session(agent->leg);
    if (lost_call)
        timing_tell(agent->timing, CALL_EVENT_REMOTE_LEFT);
    rooms_lost(agent->rooms, session);
    sessions_drop(agent->sessions, session);
    if (lost_call && state == PEER_CLOSED)
        leg_note_closed(agent->leg);
    else if (lost_call)
        call_media_lost(agent->call, agent_now_ms(agent));
}

void agent_session_state(struct agent *agent, struct session *session, enum peer_state state, const char *why)
{
    if (state == PEER_CONNECTED)
        on_connected(agent, session);
    if (state != PEER_FAILED && state != PEER_CLOSED)
        return;
    if (state == PEER_FAILED)
        complain(&agent->complaints, "%s: the connection to %s failed: %s", agent->user, session_remote(session), why);
    else
        g_info("%s: the connection to %s is gone: %s", agent->user, session_remote(session), why);
    on_lost(agent, session, state);
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
    /* Another clock, where the signalling has none: it came the direct way, just now. */
    if (cJSON_IsNumber(sent_at) && ABS(sent_at->valuedouble - (double)now_ms) > CLOCK_IS_OFF_MS)
        cJSON_SetNumberValue(sent_at, (double)now_ms);
    while (cJSON_HasObjectItem(body, "name")) /* what it is called the hub tells */
        cJSON_DeleteItemFromObject(body, "name");
    if (leg_has(agent->leg, session) && action && strcmp(action, "invite"))
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
        player_attach(agent->player, peer_source(session_peer(session)));
    if (session == leg_session(agent->leg) && leg_sends(agent->leg))
        outgoing_watch(agent->outgoing, session_peer(session));
    agent_update_recipients(agent);
}

const struct session_listener agent_session_events = {
    .silence = agent_link_silence,
    .replaced = on_replaced,
    .event = on_event,
};

static bool may_go(void *user_data)
{
    const struct agent *agent = user_data;
    return !leg_session(agent->leg) && call_current_state(agent->call) == CALL_PREPARED;
}

static void play_room(void *user_data)
{
    struct agent *agent = user_data;
    if (leg_is_released(agent->leg) || player_source(agent->player) == rooms_source(agent->rooms))
        return;
    agent_play(agent);
    player_set_muted(agent->player, false);
}

static void detach_room(void *user_data, const struct source *source)
{
    struct agent *agent = user_data;
    player_detach(agent->player, source);
}

static void drop_of_room(void *user_data, struct session *session)
{
    struct agent *agent = user_data;
    if (session != leg_session(agent->leg))
        sessions_drop(agent->sessions, session);
}

static void tell_status(void *user_data, enum agent_status status, const char *why)
{
    agent_say(user_data, status, why);
}

static void tell_room(void *user_data, const struct signal_room *room)
{
    struct agent *agent = user_data;
    if (agent->listener->room)
        agent->listener->room(agent->user_data, room);
}

const struct rooms_ops agent_rooms_events = {
    .may_go = may_go,
    .play = play_room,
    .detach = detach_room,
    .drop = drop_of_room,
    .status = tell_status,
    .news = tell_room,
};
