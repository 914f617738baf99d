/* Once a second: the counters of the connection that matters, of the player, the encoder and the loop. */
#include "app/agent/parts.h"

#include <math.h>
#include <string.h>

enum { SECOND_US = 1000000 };

#define MUCH_LESS 0.75 /* another viewer's rate, for the broadcaster to look at that one instead */

static double available(struct session *session)
{
    int64_t bit_rate = peer_stats(session_peer(session)).available_bit_rate;
    return bit_rate ? (double)bit_rate : (double)INT64_MAX;
}

/* Outliers come last: the others' pictures do not follow them. */
static double heeded(const struct agent *agent, struct session *session)
{
    return outgoing_is_apart(agent->outgoing, session_peer(session)) ? INFINITY : available(session);
}

/* A broadcaster's encoder follows the slowest viewer. The one that was looked at stays unless another is much slower.
 */
static struct session *slowest_viewer(const struct agent *agent)
{
    const struct statistics_snapshot *last = statistics_last(agent->statistics);
    struct session *slowest = NULL, *known = last ? sessions_find_to(agent->sessions, last->remote) : NULL;
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = 0; i < all->len; i++)
        if (!slowest || heeded(agent, all->pdata[i]) < heeded(agent, slowest))
            slowest = all->pdata[i];
    return known && heeded(agent, slowest) >= heeded(agent, known) * MUCH_LESS ? known : slowest;
}

static struct session *session_that_matters(const struct agent *agent)
{
    if (leg_session(agent->leg))
        return leg_session(agent->leg);
    struct session *live = rooms_live(agent->rooms);
    return live ? live : slowest_viewer(agent);
}

static void take_loop(const struct agent *agent, struct loop_statistics *out)
{
    const struct reactor_stalls *stalls = reactor_stalls(agent->reactor);
    G_STATIC_ASSERT(sizeof out->stalls == sizeof stalls->buckets);
    memcpy(out->stalls, stalls->buckets, sizeof out->stalls);
    out->max_us = stalls->max_us;
}

static void take_connection(struct agent *agent, struct session *session, struct statistics_snapshot *out)
{
    struct peer *peer = session_peer(session);
    out->has_connection = true;
    g_strlcpy(out->remote, session_remote(session), sizeof out->remote);
    agent_note_safety_code(agent);
    if (session == leg_session(agent->leg) && call_current_state(agent->call) == CALL_CONNECTED)
        g_strlcpy(out->safety_code, agent->safety_code, sizeof out->safety_code);
    peer_statistics(peer, &out->connection);
    out->plays = player_source(agent->player) == peer_source(peer);
    if (out->plays)
        player_statistics(agent->player, &out->playback);
    out->encodes = outgoing_statistics(agent->outgoing, peer, &out->encoding);
}

int64_t agent_statistics_due(const struct agent *agent)
{
    return agent->statistics_at_us;
}

void agent_poll_statistics(struct agent *agent, int64_t now_us)
{
    if (now_us < agent->statistics_at_us)
        return;
    /* Keeps the beat; after a long pause it begins a new one. */
    agent->statistics_at_us += SECOND_US;
    if (agent->statistics_at_us <= now_us)
        agent->statistics_at_us = now_us + SECOND_US;
    struct statistics_snapshot snapshot = { .at_us = now_us, .unix_us = g_get_real_time() };
    struct session *session = session_that_matters(agent);
    take_loop(agent, &snapshot.loop);
    if (session)
        take_connection(agent, session, &snapshot);
    statistics_add(agent->statistics, &snapshot);
    if (session && session == leg_session(agent->leg))
        timing_add_second(agent->timing, statistics_second(agent->statistics, 0));
}
