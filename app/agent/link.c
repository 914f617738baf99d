/* How the call's connection is doing, and what each side says of its own media: muted, camera off. */
#include "app/agent/parts.h"

#include <string.h>

enum {
    QUALITY_US = 2000000,
};

/* ---- muted, camera off ---- */

struct session_media agent_own_media(const struct agent *agent)
{
    const struct outgoing *outgoing = agent->outgoing;
    return (struct session_media){
        .muted = outgoing_is_muted(outgoing) || !outgoing_microphone_is_there(outgoing),
        .camera_off = !outgoing_camera_is_on(outgoing) || outgoing_camera_trouble(outgoing),
    };
}

/* Who watches the room knows why there is no picture, as the call's other side does. */
static bool is_to_know(const struct agent *agent, struct session *session)
{
    bool watches = agent->party == CALL_PARTY_BROADCASTER &&
                   peer_current_state(session_peer(session)) == PEER_CONNECTED;
    return watches || (session == agent->call_session && agent->released);
}

void agent_tell_media(struct agent *agent)
{
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = 0; i < all->len; i++)
        if (is_to_know(agent, all->pdata[i]))
            session_tell_media(all->pdata[i], agent_own_media(agent));
}

static void on_switched(void *user_data, const char *error)
{
    const struct agent *agent = user_data;
    if (error)
        g_warning("%s: the camera stays as it was: %s", agent->user, error);
}

void agent_set_muted(struct agent *agent, bool muted)
{
    if (muted == outgoing_is_muted(agent->outgoing))
        return;
    outgoing_set_muted(agent->outgoing, muted);
    agent_tell_media(agent);
}

void agent_set_camera(struct agent *agent, bool on)
{
    if (on == outgoing_camera_is_on(agent->outgoing))
        return;
    outgoing_set_camera(agent->outgoing, on);
    agent_tell_media(agent);
}

void agent_switch_camera(struct agent *agent, const struct capture_config *camera)
{
    outgoing_switch_capture(agent->outgoing, reactor_context(agent->reactor), camera, on_switched, agent);
}

void agent_receive_media_state(struct agent *agent, struct session *session, const cJSON *body)
{
    bool news = session_take_media(session, body);
    struct session_media media = session_remote_media(session);
    if (news && (session == agent->call_session || session == rooms_live(agent->rooms)) &&
        agent->listener->remote_media)
        agent->listener->remote_media(agent->user_data, media.muted, !media.camera_off);
}

static struct session_media remote_media(const struct agent *agent)
{
    return agent->call_session ? session_remote_media(agent->call_session) : (struct session_media){ 0 };
}

/* By what it says and, once it is connected, by what was negotiated. */
static bool comes(const struct agent *agent, enum AVMediaType type)
{
    struct peer *peer = session_peer(agent->call_session);
    struct session_media media = remote_media(agent);
    bool said = type == AVMEDIA_TYPE_VIDEO ? call_current_video(agent->call) && !media.camera_off : !media.muted;
    return said && (peer_current_state(peer) != PEER_CONNECTED || peer_far_end_sends(peer, type));
}

/* Where no picture comes, the first sound is what the call is connected with; where neither does, there is nothing to
 * wait for. */
void agent_hear_first(struct agent *agent)
{
    if (call_current_state(agent->call) != CALL_CONNECTING || !agent->call_session || comes(agent, AVMEDIA_TYPE_VIDEO))
        return;
    bool heard = player_stats(agent->player).audio.played > agent->link.sounds_before;
    if (heard || !comes(agent, AVMEDIA_TYPE_AUDIO))
        call_first_frame(agent->call, agent_now_ms(agent));
}

bool agent_host_is_muted(const struct agent *agent)
{
    struct session *live = rooms_live(agent->rooms);
    return live && session_remote_media(live).muted;
}

bool agent_host_camera_is_on(const struct agent *agent)
{
    struct session *live = rooms_live(agent->rooms);
    return !live || !session_remote_media(live).camera_off;
}

bool agent_remote_is_muted(const struct agent *agent)
{
    return remote_media(agent).muted;
}

bool agent_remote_camera_is_on(const struct agent *agent)
{
    return !remote_media(agent).camera_off;
}

bool agent_room_flows(const struct agent *agent)
{
    if (agent->party == CALL_PARTY_BROADCASTER)
        return outgoing_recipients(agent->outgoing) > 0;
    return rooms_is_live(agent->rooms) && !session_is_silent(rooms_live(agent->rooms));
}

bool agent_is_reconnecting(const struct agent *agent)
{
    struct session *shown = agent->call_session && agent->released ? agent->call_session : rooms_live(agent->rooms);
    return shown && session_is_silent(shown);
}

/* ---- life of the link ---- */

void agent_link_begin(struct agent *agent)
{
    agent->link = (struct agent_link_watch){ .checked_us = g_get_monotonic_time() };
    agent->link.judged_us = agent->link.checked_us;
    agent->link.sounds_before = player_stats(agent->player).audio.played;
    if (agent->call_session) /* else it comes with the answer, and has been told nothing */
        session_forget_told(agent->call_session);
    agent_tell_media(agent);
    struct session_media remote = remote_media(agent); /* as invite or accept said */
    if ((remote.muted || remote.camera_off) && agent->listener->remote_media)
        agent->listener->remote_media(agent->user_data, remote.muted, !remote.camera_off);
}

void agent_tell_link(struct agent *agent, enum agent_link link, const char *why)
{
    if (agent->listener->link)
        agent->listener->link(agent->user_data, link, why);
}

void agent_link_silence(void *user_data, struct session *session, bool silent)
{
    struct agent *agent = user_data;
    if (session != agent->call_session || call_current_state(agent->call) != CALL_CONNECTED)
        return;
    if (silent)
        agent_tell_link(agent, AGENT_LINK_RECONNECTING, "nothing comes from the other side");
    else
        agent_tell_link(agent, AGENT_LINK_RECONNECTED, "");
}

/* Perhaps only its signalling broke: the call goes on while media come. */
void agent_watch_gone(struct agent *agent)
{
    if (agent->gone_since_us)
        return;
    agent->gone_since_us = g_get_monotonic_time();
    agent->gone_packets = peer_stats(session_peer(agent->call_session)).packets_received;
}

void agent_on_gone(void *user_data, const char *device)
{
    struct agent *agent = user_data;
    call_device_gone(agent->call, device, agent_now_ms(agent));
    if (agent->call_session && agent->released && !strcmp(device, session_remote(agent->call_session)))
        agent_watch_gone(agent);
}

static void for_each_session(struct agent *agent, void (*function)(struct session *session))
{
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = 0; i < all->len; i++)
        function(all->pdata[i]);
}

void agent_network_changed(void *user_data)
{
    struct agent *agent = user_data;
    g_info("%s: the network changed", agent->user);
    signal_client_network_changed(agent->signal);
    for_each_session(agent, session_network_changed);
    agent->link.checked_us = 0; /* at once */
}

void agent_signalling_restored(struct agent *agent)
{
    for_each_session(agent, session_signalling_restored);
    for_each_session(agent, session_forget_told);
    agent->link.checked_us = 0;
}

static int level(const struct agent_quality *quality, bool silent)
{
    static const struct {
        double round_trip_ms, loss;
    } limits[] = { { 150, 0.01 }, { 300, 0.03 }, { 500, 0.08 } };
    if (silent)
        return 5;
    for (int i = 0; i < (int)G_N_ELEMENTS(limits); i++)
        if (quality->round_trip_ms < limits[i].round_trip_ms && quality->loss < limits[i].loss)
            return i + 1;
    return 4;
}

/* The call's connection, else the live room's. */
static void judge(struct agent *agent, struct session *session, bool in_call, int64_t now_us)
{
    struct agent_link_watch *link = &agent->link;
    struct peer_stats shown = peer_stats(session_peer(session)), *stats = &shown;
    if (now_us - link->judged_us < QUALITY_US)
        return;
    if (stats->packets_received < link->judged_received) /* another one */
        link->judged_received = link->judged_lost = 0;
    guint64 received = stats->packets_received - link->judged_received, lost = stats->packets_lost - link->judged_lost;
    struct agent_quality quality = {
        .round_trip_ms = stats->round_trip_ms,
        .loss = stats->packets_lost > link->judged_lost && received + lost ? (double)lost / (double)(received + lost)
                                                                           : 0,
    };
    quality.level = link->level = level(&quality, session_is_silent(session));
    link->judged_us = now_us;
    link->judged_received = stats->packets_received;
    link->judged_lost = stats->packets_lost;
    if (in_call && agent->listener->quality)
        agent->listener->quality(agent->user_data, &quality);
}

void agent_link_poll(struct agent *agent, int64_t now_us)
{
    if (now_us < agent_link_deadline(agent))
        return;
    agent->link.checked_us = now_us;
    sessions_poll(agent->sessions, now_us);
    bool in_call = agent->call_session && agent->released;
    struct session *shown = in_call                       ? agent->call_session
                            : rooms_is_live(agent->rooms) ? rooms_live(agent->rooms)
                                                          : NULL;
    if (shown)
        judge(agent, shown, in_call, now_us);
    agent_tell_media(agent); /* devices come and go */
}

int agent_quality_level(const struct agent *agent)
{
    return agent->link.level;
}

int64_t agent_link_deadline(const struct agent *agent)
{
    return sessions_all(agent->sessions)->len ? agent->link.checked_us + SESSION_PATH_CHECK_US : INT64_MAX;
}
