/* What the signalling brings. */
#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

enum { GOODBYES = 5, GOODBYES_PER_SECOND = 1 };

static void call_at_start(struct agent *agent)
{
    g_autofree char *to = g_steal_pointer(&agent->call_to);
    enum call_error error = agent_call_with(agent,
                                            &(struct agent_target){ .user = to, .audio_only = agent->call_audio_only });
    if (error)
        g_warning("%s cannot be called: %s", to, call_error_text(error));
}

static void on_online(void *user_data)
{
    struct agent *agent = user_data;
    agent_say(agent, AGENT_STATUS_WELL, NULL);
    agent_tell_link(agent, AGENT_LINK_SIGNALLING_BACK, "");
    call_signalling_restored(agent->call, agent_now_ms(agent));
    agent_signalling_restored(agent);
    if (agent->watches_people)
        signal_watch(agent->signal, true, NULL, NULL);
    if (agent->call_to)
        call_at_start(agent);
    rooms_online(agent->rooms);
    if (leg_is_released(agent->leg))
        rooms_set_state(agent->rooms, "private");
}

static void on_offline(void *user_data, const char *why)
{
    struct agent *agent = user_data;
    directory_forget(agent->directory);
    rooms_offline(agent->rooms);
    audience_forget(agent->audience);
    agent_say(agent, signal_client_is_refused(agent->signal) ? AGENT_STATUS_NOT_ADMITTED : AGENT_STATUS_OFFLINE, why);
    agent_tell_link(agent, AGENT_LINK_SIGNALLING_LOST, why);
    call_signalling_lost(agent->call, agent_now_ms(agent));
}

static bool rings_here(const struct agent *agent)
{
    return call_current_state(agent->call) == CALL_CALLING && call_current_role(agent->call) == CALL_ROLE_CALLEE;
}

static void accept_match(struct agent *agent, const char *from, const cJSON *invite)
{
    if (match_take(&agent->match, from, invite) && rings_here(agent))
        agent->accept_at_us = g_get_monotonic_time();
}

void agent_receive_call(struct agent *agent, const char *from, const cJSON *body)
{
    struct call_message message;
    const char *error;
    if (!call_message_from_json(body, &message, &error)) {
        complain(&agent->complaints, "a call message from %s was ignored: %s", from, error);
        return;
    }
    if (!hub_display_name_is_valid(message.name)) /* over MQTT nobody has looked at it */
        message.name[0] = 0;
    if (message.action == CALL_INVITE)
        leg_note_invite(agent->leg, body);
    if (message.action == CALL_ACCEPT && !strcmp(message.call_id, call_current_id(agent->call)))
        timing_remote_accept(agent->timing, &message);
    if (message.action == CALL_INVITE)
        leg_answer_again(agent->leg, from, message.media);
    call_receive(agent->call, from, &message, agent_now_ms(agent));
    if (message.action == CALL_INVITE && !strcmp(message.call_id, call_current_id(agent->call)))
        accept_match(agent, from, body);
}

/* ---- a broadcaster's viewers: each is offered a connection when she comes, or may watch a stream ---- */

static void offer_live(struct agent *agent, const char *viewer)
{
    struct session *known = sessions_find_to(agent->sessions, viewer);
    if (known && peer_current_state(session_peer(known)) < PEER_FAILED)
        return; /* only the signalling was away */
    if (!attempts_take(&agent->joins, viewer, agent_now_ms(agent)))
        return;
    struct session *session = sessions_add(agent->sessions, NULL, viewer, true);
    if (session && !session_send_offer(session, rooms_watched(agent->rooms)->name))
        sessions_drop(agent->sessions, session);
}

static unsigned viewers_connected(const struct agent *agent)
{
    const GPtrArray *all = sessions_all(agent->sessions);
    unsigned n = 0;
    for (guint i = 0; i < all->len; i++)
        n += agent_is_viewer(agent, all->pdata[i]);
    return n;
}

/* No stream plays there. */
static void answer_request(struct agent *agent, const char *viewer)
{
    if (audience_ask(agent->audience, viewer, viewers_connected(agent)))
        offer_live(agent, viewer);
    else
        g_info("%s asks for a connection, and there is none to spare", viewer);
}

/* Who restarts a connection that we have no more was away when it ended: there it need not go on for its own patience.
 * Strangers may offer what they like: so many are answered. */
static void say_goodbye(struct agent *agent, const char *to, const char *id)
{
    if (!hub_bucket_take(&agent->goodbyes, GOODBYES, GOODBYES_PER_SECOND, g_get_monotonic_time()))
        return;
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", "bye");
    cJSON_AddStringToObject(body, "session", id);
    signal_send(agent->signal, to, body, NULL, NULL);
    cJSON_Delete(body);
}

static void take_offer(struct agent *agent, const char *from, const char *id, const cJSON *body)
{
    if (!rooms_take_offer(agent->rooms, from, id, json_string(body, "sdp"), json_string(body, "room")))
        say_goodbye(agent, from, id);
}

static void receive_media(struct agent *agent, const char *from, const cJSON *body)
{
    const char *id = json_string(body, "session");
    const char *kind = json_string(body, "kind");
    struct session *session = leg_find(agent->leg, id, from);
    bool asks = !g_strcmp0(kind, "ready");
    if ((asks || !g_strcmp0(kind, "answer")) && leg_takes_answer(agent->leg, from, asks, session, id))
        return;
    if (!g_strcmp0(kind, "offer-request"))
        answer_request(agent, from);
    else if (!g_strcmp0(kind, "offer") && id && json_string(body, "sdp") && !session)
        take_offer(agent, from, id, body);
    else if (session && !g_strcmp0(kind, "bye") && address_same_user(from, session_remote(session)))
        agent_session_state(agent, session, PEER_CLOSED, "the other side said goodbye");
    else if (session && !g_strcmp0(kind, "state") && address_same_user(from, session_remote(session)))
        agent_receive_media_state(agent, session, body);
    else if (session)
        session_receive(session, from, body);
}

static void on_token_expires(void *user_data, int seconds)
{
    struct agent *agent = user_data;
    if (agent->listener->token_expires)
        agent->listener->token_expires(agent->user_data, seconds);
    else
        g_warning("%s: the token ends in %d s; without a new one the hub ends the connection", agent->user, seconds);
}

static void on_room(void *user_data, const struct signal_room *room)
{
    struct agent *agent = user_data;
    rooms_note(agent->rooms, room);
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    struct agent *agent = user_data;
    const char *type = json_string(body, "type");
    if (!g_strcmp0(type, "call"))
        agent_receive_call(agent, from, body);
    else if (!g_strcmp0(type, "media"))
        receive_media(agent, from, body);
    else if (!g_strcmp0(type, "manage") && agent->listener->manage)
        agent->listener->manage(agent->user_data, from, body);
    else if (!g_strcmp0(type, "timing"))
        timing_receive(agent->timing, from, body);
    else
        g_info("%s: a message of an unknown type from %s was ignored", agent->user, from);
}

static void on_user(void *user_data, const char *user, const char *name, bool online)
{
    struct agent *agent = user_data;
    if (directory_note(agent->directory, user, name, online) && agent->listener->directory)
        agent->listener->directory(agent->user_data);
}

static void on_gone(void *user_data, const char *device)
{
    struct agent *agent = user_data;
    call_device_gone(agent->call, device, agent_now_ms(agent));
    if (leg_session(agent->leg) && leg_is_released(agent->leg) &&
        !strcmp(device, session_remote(leg_session(agent->leg))))
        leg_note_gone(agent->leg);
}

static void viewer_left(struct agent *agent, const char *viewer)
{
    audience_leave(agent->audience, viewer);
    struct session *session = sessions_find_to(agent->sessions, viewer);
    if (!session)
        return;
    if (session != leg_session(agent->leg)) {
        sessions_drop(agent->sessions, session);
        return;
    }
    leg_note_gone(agent->leg);
}

static void viewer_joined(struct agent *agent, const char *viewer)
{
    if (audience_join(agent->audience, viewer, viewers_connected(agent)))
        offer_live(agent, viewer);
}

static void on_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct agent *agent = user_data;
    const struct live_room *own = rooms_watched(agent->rooms);
    if (!own || strcmp(room, own->name))
        return;
    if (joined)
        viewer_joined(agent, viewer);
    else
        viewer_left(agent, viewer);
}

/* ---- calls that the application's server begins and ends ---- */

static void call_match(struct agent *agent, const char *match, const char *with)
{
    bool on_screen = rooms_live(agent->rooms) && rooms_is_live(agent->rooms) &&
                     !strcmp(session_remote(rooms_live(agent->rooms)), with);
    agent->match.calling = match;
    enum call_error error = agent_call(agent, on_screen ? NULL : with);
    agent->match.calling = NULL;
    if (error)
        g_warning("%s cannot be called for the application's server: %s", with, call_error_text(error));
}

static void on_match(void *user_data, const char *match, const char *with, bool caller, const char *room)
{
    struct agent *agent = user_data;
    const struct live_room *watched = rooms_watched(agent->rooms);
    if (room && (!watched || strcmp(room, watched->name)))
        g_info("%s: a match in room %s, which is not ours, was ignored", agent->user, room);
    else if (caller)
        call_match(agent, match, with);
    else
        match_await(&agent->match, match, with);
}

static void on_hang_up(void *user_data, const char *continued)
{
    struct agent *agent = user_data;
    enum call_state state = call_current_state(agent->call);
    if (continued && agent->listener->continued)
        agent->listener->continued(agent->user_data);
    if (rings_here(agent))
        agent_reject(agent);
    else if (state == CALL_CALLING)
        agent_cancel(agent);
    else if (state == CALL_CONNECTING || state == CALL_CONNECTED)
        agent_hang_up(agent);
}

const struct signal_listener agent_signal_events = {
    .online = on_online,
    .offline = on_offline,
    .message = on_message,
    .room = on_room,
    .viewer = on_viewer,
    .token_expires = on_token_expires,
    .ice_servers = agent_take_ice_servers,
    .user = on_user,
    .gone = on_gone,
    .match = on_match,
    .hang_up = on_hang_up,
};
