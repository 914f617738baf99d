/* What is so, for who looks at the agent. */
#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"

const char *agent_known_name(const struct agent *agent, const char *user)
{
    const struct live_room *room = rooms_watched(agent->rooms);
    const char *name = directory_name(agent->directory, user);
    return name || !room || strcmp(user, room->host) ? name : room->host_name;
}

static bool is_audio_only(const struct call *call)
{
    enum call_state state = call_current_state(call);
    return state >= CALL_CALLING && state <= CALL_CONNECTED && !call_current_video(call);
}

static int64_t ring_left_ms(const struct agent *agent)
{
    int64_t deadline_ms = call_deadline(agent->call);
    int64_t left_ms = deadline_ms - agent_now_ms(agent); /* once: MAX takes it twice, and time goes on between */
    return deadline_ms == INT64_MAX ? -1 : MAX(left_ms, 0);
}

/* A connection that there is not sends both. */
static struct session_media media_of(const struct session *session)
{
    return session ? session_remote_media(session) : (struct session_media){ 0 };
}

static void describe_safety(const struct agent *agent, char code[SAFETY_CODE_SIZE])
{
    struct session *session = leg_session(agent->leg);
    struct peer_certificates certificates;
    G_STATIC_ASSERT(sizeof certificates.own == SAFETY_CODE_CERTIFICATE);
    *code = '\0';
    if (session && call_current_state(agent->call) == CALL_CONNECTED &&
        peer_certificates(session_peer(session), &certificates))
        safety_code(certificates.own, certificates.remote, call_current_id(agent->call), code);
}

void agent_note_safety_code(struct agent *agent)
{
    char code[SAFETY_CODE_SIZE];
    describe_safety(agent, code);
    if (*code)
        g_strlcpy(agent->safety_code, code, sizeof agent->safety_code);
}

static struct agent_call_description describe_call(const struct agent *agent)
{
    struct session_media media = media_of(leg_session(agent->leg));
    const char *remote = call_current_remote(agent->call), *said = call_current_name(agent->call);
    struct agent_call_description call = {
        .state = call_current_state(agent->call),
        .role = call_current_role(agent->call),
        .id = call_current_id(agent->call),
        .audio_only = is_audio_only(agent->call),
        .remote_muted = media.muted,
        .remote_camera_on = !media.camera_off,
        .ring_ms = agent->timeout_ms,
        .ring_left_ms = ring_left_ms(agent),
    };
    g_strlcpy(call.user, remote, MIN(address_user_length(remote) + 1, sizeof call.user));
    call.name = *said ? said : agent_known_name(agent, call.user);
    describe_safety(agent, call.safety_code);
    return call;
}

static bool room_flows(const struct agent *agent)
{
    if (agent->party == CALL_PARTY_BROADCASTER)
        return outgoing_recipients(agent->outgoing) > 0;
    struct session *live = rooms_live(agent->rooms);
    return rooms_is_live(agent->rooms) && (!live || !session_is_silent(live));
}

static struct agent_room_description describe_room(const struct agent *agent)
{
    static const struct agent_room_description nowhere = {
        .state = "",
        .host = "",
        .host_name = "",
        .host_camera_on = true,
    };
    const struct live_room *room = rooms_watched(agent->rooms);
    if (!room)
        return nowhere;
    struct session_media media = media_of(room->session);
    const struct feed *feed = room->direct ? NULL : room->feed; /* what is seen comes by it */
    return (struct agent_room_description){
        .name = room->name,
        .state = room->state,
        .host = room->host,
        .host_name = room->host_name ? room->host_name : room->host,
        .going_to = rooms_gone_to(agent->rooms),
        .viewers = room->viewers,
        .warm = rooms_warm(agent->rooms),
        .host_muted = media.muted,
        .host_camera_on = !media.camera_off,
        .flows = room_flows(agent),
        .only = !rooms_has_others(agent->rooms),
        .local = rooms_are_local(agent->rooms),
        .pulled = feed,
        .sound_only = feed && feed_is_sound_only(feed),
        .fault = feed ? feed_trouble(feed) : STREAM_WELL,
        .connected_us = room->connected_us,
        .zap = rooms_zap_times(agent->rooms),
    };
}

static bool is_reconnecting(const struct agent *agent)
{
    struct session *call = leg_session(agent->leg), *live = rooms_live(agent->rooms);
    struct session *shown = call && leg_is_released(agent->leg) ? call : live;
    return shown && session_is_silent(shown);
}

/* Of a connection: a stream has none to be judged. */
static int quality_shown(const struct agent *agent)
{
    bool in_call = leg_session(agent->leg) && leg_is_released(agent->leg);
    return in_call || rooms_live(agent->rooms) ? agent->link.quality.level : 0;
}

struct agent_description agent_describe(const struct agent *agent)
{
    const char *seen = signal_client_name(agent->signal), *name = seen ? seen : agent->name;
    return (struct agent_description){
        .party = agent->party,
        .user = agent->user,
        .name = name ? name : agent->user,
        .online = signal_client_is_online(agent->signal),
        .reconnecting = is_reconnecting(agent),
        .quality = quality_shown(agent),
        .call = describe_call(agent),
        .room = describe_room(agent),
    };
}

enum call_state agent_call_state(const struct agent *agent)
{
    return call_current_state(agent->call);
}

int64_t agent_now_ms(const struct agent *agent)
{
    return signal_client_now_ms(agent->signal);
}

const GPtrArray *agent_people(const struct agent *agent)
{
    return directory_people(agent->directory);
}

const struct call_timing *agent_timing(const struct agent *agent)
{
    return timing_here(agent->timing);
}

const struct call_timing *agent_remote_timing(const struct agent *agent)
{
    return timing_there(agent->timing);
}

const char *agent_safety_code(const struct agent *agent)
{
    return agent->safety_code;
}

const struct statistics *agent_statistics(const struct agent *agent)
{
    return agent->statistics;
}

struct player *agent_player(const struct agent *agent)
{
    return agent->player;
}

struct outgoing *agent_outgoing(const struct agent *agent)
{
    return agent->outgoing;
}
