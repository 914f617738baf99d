/* How the call's connection is doing, and what each side says of its own media: muted, camera off. */
#include "app/agent/parts.h"

#include <string.h>

#include "platform/unix_time.h"

enum { SLEPT_US = 2000000 }; /* for less nobody gives a connection up */

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
    return watches || (session == leg_session(agent->leg) && leg_is_released(agent->leg));
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
    if (news && (session == leg_session(agent->leg) || session == rooms_live(agent->rooms)) &&
        agent->listener->remote_media)
        agent->listener->remote_media(agent->user_data, media.muted, !media.camera_off);
}

static struct session_media remote_media(const struct agent *agent)
{
    return leg_session(agent->leg) ? session_remote_media(leg_session(agent->leg)) : (struct session_media){ 0 };
}

/* By what it says and, once it is connected, by what was negotiated. */
bool agent_expects(const struct agent *agent, enum AVMediaType type)
{
    struct peer *peer = session_peer(leg_session(agent->leg));
    struct session_media media = remote_media(agent);
    bool said = type == AVMEDIA_TYPE_VIDEO ? call_current_video(agent->call) && !media.camera_off : !media.muted;
    return said && (peer_current_state(peer) != PEER_CONNECTED || peer_far_end_sends(peer, type));
}

/* Where no picture comes, the first sound is what the call is connected with; where neither does, there is nothing to
 * wait for. */
void agent_hear_first(struct agent *agent)
{
    if (call_current_state(agent->call) != CALL_CONNECTING || !leg_session(agent->leg) ||
        agent_expects(agent, AVMEDIA_TYPE_VIDEO))
        return;
    agent_play(agent); /* it does not wait for a picture */
    bool heard = player_stats(agent->player).audio.played > agent->link.sounds_before;
    if (heard || !agent_expects(agent, AVMEDIA_TYPE_AUDIO))
        call_first_frame(agent->call, agent_now_ms(agent));
}

/* ---- life of the link ---- */

void agent_link_begin(struct agent *agent)
{
    int64_t now_us = g_get_monotonic_time();
    agent->link = (struct agent_link_watch){
        .checked_us = now_us,
        .sounds_before = player_stats(agent->player).audio.played,
        .quality.judged_us = now_us,
    };
    if (leg_session(agent->leg)) /* else it comes with the answer, and has been told nothing */
        session_forget_told(leg_session(agent->leg));
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
    if (session != leg_session(agent->leg) || call_current_state(agent->call) != CALL_CONNECTED)
        return;
    if (silent)
        agent_tell_link(agent, AGENT_LINK_RECONNECTING, "nothing comes from the other side");
    else
        agent_tell_link(agent, AGENT_LINK_RECONNECTED, "");
}

static void for_each_session(struct agent *agent, void (*function)(struct session *session))
{
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = 0; i < all->len; i++)
        function(all->pdata[i]);
}

static void find_ways(struct agent *agent, bool slept)
{
    signal_client_network_changed(agent->signal, slept);
    outgoing_network_changed(agent->outgoing);
    for_each_session(agent, session_network_changed);
    rooms_network_changed(agent->rooms, slept);
    agent->link.checked_us = 0; /* at once */
}

void agent_network_changed(void *user_data)
{
    struct agent *agent = user_data;
    g_info("%s: the network changed", agent->user);
    find_ways(agent, false);
}

void agent_poll_sleep(struct agent *agent, int64_t now_us)
{
    int64_t asleep_us = unix_time_asleep_us();
    (void)now_us;
    if (asleep_us - agent->link.asleep_us < SLEPT_US)
        return;
    g_info("%s: the machine slept for %.0f s", agent->user, (double)(asleep_us - agent->link.asleep_us) / 1e6);
    agent->link.asleep_us = asleep_us;
    find_ways(agent, true);
}

/* It is seen at the next tick; one comes each second, for the statistics. */
int64_t agent_sleep_due(const struct agent *agent)
{
    (void)agent;
    return INT64_MAX;
}

void agent_signalling_restored(struct agent *agent)
{
    for_each_session(agent, session_signalling_restored);
    for_each_session(agent, session_forget_told);
    agent->link.checked_us = 0;
}

/* The call's connection, else the live room's. */
static void judge(struct agent *agent, int64_t now_us)
{
    bool in_call = leg_session(agent->leg) && leg_is_released(agent->leg);
    struct session *shown = in_call                       ? leg_session(agent->leg)
                            : rooms_is_live(agent->rooms) ? rooms_live(agent->rooms)
                                                          : NULL;
    struct agent_quality quality;
    if (!shown)
        return;
    struct peer_stats stats = peer_stats(session_peer(shown));
    if (quality_judge(&agent->link.quality, &stats, session_is_silent(shown), now_us, &quality) && in_call &&
        agent->listener->quality)
        agent->listener->quality(agent->user_data, &quality);
}

void agent_poll_link(struct agent *agent, int64_t now_us)
{
    if (now_us < agent_link_due(agent))
        return;
    agent->link.checked_us = now_us;
    sessions_poll(agent->sessions, now_us);
    judge(agent, now_us);
    agent_tell_media(agent); /* devices come and go */
}

int64_t agent_link_due(const struct agent *agent)
{
    return sessions_all(agent->sessions)->len ? agent->link.checked_us + SESSION_PATH_CHECK_US : INT64_MAX;
}
