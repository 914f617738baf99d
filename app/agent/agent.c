#include "app/agent/parts.h"

#include <string.h>

#include "platform/unix_time.h"

void agent_say(struct agent *agent, enum agent_status status, const char *why)
{
    if (agent->listener->status)
        agent->listener->status(agent->user_data, status, why);
}

/* ---- life ---- */

static struct rooms *create_rooms(struct agent *agent, const struct agent_config *config)
{
    return rooms_create(&(struct rooms_config){
        .signal = agent->signal,
        .sessions = agent->sessions,
        .party = config->party,
        .watched = config->room,
        .streams = config->streams,
        .carried = config->carried,
        .ca_file = config->ca_file,
        .reactor = config->reactor,
        .identity = config->identity,
        .ice_servers = config->ice_servers,
        .warm = config->warm,
        .ops = &agent_rooms_events,
        .user_data = agent,
    });
}

static struct sessions *create_sessions(struct agent *agent, const struct agent_config *config)
{
    struct session_config common = {
        .reactor = config->reactor,
        .signal = agent->signal,
        .identity = config->identity,
        .video_codec = config->video_codec,
        .ice_servers = config->ice_servers,
        .complaints = &agent->complaints,
        .listener = &agent_session_events,
        .user_data = agent,
    };
    return sessions_create(&common, agent_session_leaves);
}

static struct signal_client *create_signal(struct agent *agent, const struct agent_config *config)
{
    struct signal_config signal = {
        .url = config->hub_url ? config->hub_url : SIGNAL_NO_HUB,
        .user = config->user,
        .name = config->name,
        .listener = &agent_signal_events,
        .user_data = agent,
        .token = config->token,
        .token_file = config->token_file,
        .ca_file = config->ca_file,
    };
    return signal_client_create(config->reactor, &signal);
}

static struct call *create_call(struct agent *agent, const struct agent_config *config)
{
    return call_create(&(struct call_config){
        .user = config->user,
        .party = config->streams ? CALL_PARTY_ANYONE : config->party, /* such calls are pure 1v1 */
        .timeout_ms = config->timeout_ms,
        .wait_first_frame = !config->skip_first_frame,
        .do_not_disturb = config->do_not_disturb,
        .first_frame_timeout_ms = config->first_frame_timeout_ms,
        .ops = &agent_call_events,
        .user_data = agent,
    });
}

static struct leg *create_leg(struct agent *agent)
{
    return leg_create(&(struct leg_config){
        .call = agent->call,
        .sessions = agent->sessions,
        .rooms = agent->rooms,
        .outgoing = agent->outgoing,
        .shown = agent_show_call,
        .user_data = agent,
    });
}

struct agent *agent_create(const struct agent_config *config)
{
    struct agent *agent = g_new0(struct agent, 1);
    *agent = (struct agent){
        .reactor = config->reactor,
        .outgoing = config->outgoing,
        .player = config->player,
        .ice_servers = config->ice_servers,
        .user = g_strdup(config->user),
        .name = g_strdup(config->name),
        .call_to = g_strdup(config->call_to),
        .party = config->party,
        .auto_accept_ms = config->auto_accept_ms,
        .listener = config->listener,
        .user_data = config->user_data,
        .watches_people = config->directory,
        .call_audio_only = config->call_audio_only,
        .directory = directory_create(config->user),
        .timeout_ms = config->timeout_ms,
        .accept_at_us = INT64_MAX,
        .decoded_us = player_stats(config->player).video.in_loop_us,
        .statistics = statistics_create(),
        .statistics_at_us = g_get_monotonic_time(),
        .link.asleep_us = unix_time_asleep_us(),
    };
    agent->signal = create_signal(agent, config);
    if (!agent->signal) {
        agent_destroy(agent);
        return NULL;
    }
    agent->sessions = create_sessions(agent, config);
    agent->rooms = create_rooms(agent, config);
    agent->audience = audience_create(rooms_carried(agent->rooms));
    agent->network = network_watch_create(reactor_context(config->reactor), agent_network_changed, agent);
    agent->call = create_call(agent, config);
    agent->leg = create_leg(agent);
    agent->timing = timing_create(agent->call, agent->signal, agent->outgoing, agent->player);
    call_prepare(agent->call, agent_now_ms(agent));
    return agent;
}

void agent_destroy(struct agent *agent)
{
    if (!agent)
        return;
    if (agent->call)
        call_fail(agent->call, CALL_REASON_DESTROYED, agent_now_ms(agent));
    call_destroy(agent->call);
    agent->call = NULL;
    network_watch_destroy(agent->network);
    sessions_destroy(agent->sessions);
    signal_client_destroy(agent->signal);
    audience_destroy(agent->audience);
    rooms_destroy(agent->rooms);
    statistics_destroy(agent->statistics);
    g_free(agent->user);
    g_free(agent->name);
    g_free(agent->call_to);
    match_clear(&agent->match);
    leg_destroy(agent->leg);
    timing_destroy(agent->timing);
    directory_destroy(agent->directory);
    g_free(agent);
}

/* ---- the five operations ---- */

static enum call_error start_call(struct agent *agent, const char *to, struct session *session, const char *offer,
                                  const struct agent_target *target)
{
    cJSON *media = cJSON_CreateObject();
    cJSON_AddStringToObject(media, "session", session_id(session));
    if (offer)
        cJSON_AddStringToObject(media, "sdp", offer);
    session_media_to_json(agent_own_media(agent), media);
    leg_begin(agent->leg, session);
    enum call_error error = call_start(agent->call, to, !target->audio_only, media, target->extension,
                                       agent_now_ms(agent));
    cJSON_Delete(media);
    return error;
}

static enum call_error call_user(struct agent *agent, const struct agent_target *target)
{
    if (!signal_client_is_online(agent->signal)) /* before the first login, too */
        return CALL_ERROR_SIGNALLING_LOST;
    struct session *session = sessions_add(agent->sessions, NULL, target->user, true);
    g_autofree char *offer = session ? session_offer(session) : NULL;
    enum call_error error = offer ? start_call(agent, target->user, session, offer, target) : CALL_ERROR_STATE;
    if (error && session)
        sessions_drop(agent->sessions, session);
    return error;
}

/* The broadcaster of a stream, or whom it names: there is no connection yet. */
static enum call_error call_host(struct agent *agent, const struct agent_target *target)
{
    struct agent_target host = *target;
    host.user = rooms_watched(agent->rooms)->host;
    return *host.user ? call_user(agent, &host) : CALL_ERROR_STATE;
}

static enum call_error call_broadcaster(struct agent *agent, const struct agent_target *target)
{
    struct session *live = rooms_live(agent->rooms);
    if (!rooms_is_live(agent->rooms))
        return CALL_ERROR_STATE;
    if (!live)
        return call_host(agent, target);
    enum call_error error = start_call(agent, session_remote(live), live, NULL, target);
    if (error)
        leg_begin(agent->leg, NULL);
    return error;
}

enum call_error agent_call_with(struct agent *agent, const struct agent_target *target)
{
    const char *to = target->user ? target->user : call_current_remote(agent->call);
    if (call_current_state(agent->call) != CALL_PREPARED) /* done already, or refused by the table */
        return call_start(agent->call, to, !target->audio_only, NULL, target->extension, agent_now_ms(agent));
    if (!target->user && rooms_are_local(agent->rooms))
        return call_host(agent, target);
    return target->user ? call_user(agent, target) : call_broadcaster(agent, target);
}

enum call_error agent_call(struct agent *agent, const char *to)
{
    return agent_call_with(agent, &(struct agent_target){ .user = to });
}

enum call_error agent_cancel(struct agent *agent)
{
    return call_cancel(agent->call, agent_now_ms(agent));
}

enum call_error agent_accept(struct agent *agent)
{
    cJSON *media = cJSON_CreateObject();
    if (leg_session(agent->leg)) /* else the policy makes it with the accept */
        cJSON_AddStringToObject(media, "session", session_id(leg_session(agent->leg)));
    session_media_to_json(agent_own_media(agent), media);
    /* Pictures captured from now on are the call's: on a connection that showed the room before, nothing else tells
     * them apart. */
    cJSON_AddNumberToObject(media, "from_us", (double)unix_time_us(g_get_monotonic_time()));
    enum call_error error = call_accept(agent->call, media, agent_now_ms(agent));
    cJSON_Delete(media);
    return error;
}

enum call_error agent_reject_because(struct agent *agent, enum call_reason reason)
{
    return call_reject(agent->call, reason, agent_now_ms(agent));
}

enum call_error agent_reject(struct agent *agent)
{
    return agent_reject_because(agent, CALL_REASON_NONE);
}

enum call_error agent_hang_up_because(struct agent *agent, enum call_reason reason)
{
    return call_hang_up(agent->call, reason, agent_now_ms(agent));
}

enum call_error agent_hang_up(struct agent *agent)
{
    return agent_hang_up_because(agent, CALL_REASON_NONE);
}

void agent_set_do_not_disturb(struct agent *agent, bool on)
{
    call_set_do_not_disturb(agent->call, on);
}

void agent_send(struct agent *agent, const char *to, const cJSON *body, signal_done done, void *user_data)
{
    signal_send(agent->signal, to, body, done, user_data);
}

void agent_ask_pass(struct agent *agent, signal_done done, void *user_data)
{
    signal_ask_pass(agent->signal, done, user_data);
}

void agent_renew_token(struct agent *agent, const char *token, signal_done done, void *user_data)
{
    signal_renew_token(agent->signal, token, done, user_data);
}

bool agent_go_to_room_beside(struct agent *agent, int steps)
{
    return rooms_go_beside(agent->rooms, steps);
}

bool agent_go_to_room(struct agent *agent, const char *room)
{
    return rooms_go(agent->rooms, room);
}
