/* The tick. What is due at a time stands in one list, beside what is done then. */
#include "app/agent/parts.h"

static int64_t outgoing_due(const struct agent *agent)
{
    return outgoing_deadline(agent->outgoing);
}

static void poll_outgoing(struct agent *agent, int64_t now_us)
{
    outgoing_poll(agent->outgoing, now_us);
}

static int64_t player_due(const struct agent *agent)
{
    return player_deadline(agent->player);
}

static void poll_player(struct agent *agent, int64_t now_us)
{
    player_poll(agent->player, now_us);
    struct player_stats stats = player_stats(agent->player);
    outgoing_spent(agent->outgoing, CAPACITY_DECODING, stats.video.in_loop_us - agent->decoded_us);
    agent->decoded_us = stats.video.in_loop_us;
    struct source *source = player_source(agent->player);
    if (source && source->ops->limit_bit_rate)
        source->ops->limit_bit_rate(
            source, outgoing_manageable_bit_rate(agent->outgoing, stats.screen.width, stats.screen.height, now_us));
}

static int64_t accept_due(const struct agent *agent)
{
    return agent->accept_at_us;
}

static void poll_accept(struct agent *agent, int64_t now_us)
{
    if (now_us < agent->accept_at_us)
        return;
    agent->accept_at_us = INT64_MAX;
    agent_accept(agent);
}

static int64_t rooms_due(const struct agent *agent)
{
    return rooms_deadline(agent->rooms);
}

static void poll_rooms(struct agent *agent, int64_t now_us)
{
    rooms_set_camera(agent->rooms, !agent_own_media(agent).camera_off);
    rooms_poll(agent->rooms, now_us);
}

static int64_t leg_due(const struct agent *agent)
{
    return leg_deadline(agent->leg);
}

static void poll_leg(struct agent *agent, int64_t now_us)
{
    if (leg_is_gone(agent->leg, now_us))
        agent_session_state(agent, leg_session(agent->leg), PEER_FAILED, "the other side left and is silent");
    if (leg_is_lost(agent->leg, now_us))
        call_media_lost(agent->call, agent_now_ms(agent));
    agent_hear_first(agent);
    timing_poll(agent->timing, leg_session(agent->leg), leg_sends(agent->leg), now_us);
}

/* The call counts on the signalling's clock, in milliseconds. */
static int64_t call_due(const struct agent *agent)
{
    int64_t due_ms = call_deadline(agent->call);
    if (due_ms == INT64_MAX)
        return INT64_MAX;
    int64_t left_ms = due_ms - agent_now_ms(agent); /* once: MAX takes it twice, and time goes on between */
    return g_get_monotonic_time() + MAX(left_ms, 0) * 1000;
}

static void poll_call(struct agent *agent, int64_t now_us)
{
    (void)now_us;
    if (call_deadline(agent->call) <= agent_now_ms(agent))
        call_poll(agent->call, agent_now_ms(agent));
}

static const struct {
    int64_t (*due)(const struct agent *agent);
    void (*poll)(struct agent *agent, int64_t now_us); /* at each tick: other things happened, too */
} parts[] = {
    { outgoing_due, poll_outgoing },
    { player_due, poll_player },
    { accept_due, poll_accept },
    { rooms_due, poll_rooms },
    { leg_due, poll_leg },
    { agent_sleep_due, agent_poll_sleep },
    { agent_link_due, agent_poll_link },
    { agent_statistics_due, agent_poll_statistics },
    { call_due, poll_call },
};

void agent_poll(struct agent *agent, int64_t now_us)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        parts[i].poll(agent, now_us);
}

int64_t agent_deadline(const struct agent *agent)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        int64_t part = parts[i].due(agent);
        due = MIN(due, part);
    }
    return due;
}

void agent_presented(struct agent *agent, int64_t pts, int64_t now_us)
{
    enum call_state state = call_current_state(agent->call);
    bool of_room = player_source(agent->player) == rooms_source(agent->rooms);
    if (of_room && player_decoded_us(agent->player, pts)) /* else: of what was on the screen before */
        rooms_presented(agent->rooms, now_us);
    if ((state != CALL_CALLING && state != CALL_CONNECTING) ||
        !leg_shows(agent->leg, player_source(agent->player), pts))
        return;
    timing_presented(agent->timing, pts, now_us);
    call_first_frame(agent->call, agent_now_ms(agent));
}
