/* Hundreds of calls, viewers and changes of room beside each other, with whole agents and one hub: what is there after
 * the first tenth is all that there is at the end. tests/app/library.c does the same with the library's calls. */
#include <libavutil/log.h>

#include "agent_rig.h"
#include "footprint.h"

enum { EACH = ROUNDS / 2, AT_FIRST = EACH / 10 };

/* One that does the same again and again; `party` and `other` as the kind has them. */
struct activity {
    bool (*step)(struct world *world, struct activity *activity); /* true: a round is over */
    const char *user;
    struct party *party, *other;
    bool under_way;
    int rounds;
};

static bool call(struct world *world, struct activity *pair)
{
    (void)world;
    if (!pair->under_way && both_are(pair->party, pair->other, CALL_PREPARED)) {
        pair->under_way = true;
        pair->party->ended = CALL_REASON_NONE;
        g_assert_cmpint(agent_call(agent_of(pair->party), pair->other->user), ==, CALL_OK);
    } else if (pair->under_way && both_are(pair->party, pair->other, CALL_CONNECTED)) {
        pair->under_way = false;
        agent_hang_up(agent_of(pair->party));
        return true;
    } else if (pair->under_way) {
        g_assert_cmpint(pair->party->ended, ==, CALL_REASON_NONE); /* it would be waited for in vain */
    }
    return false;
}

static bool view(struct world *world, struct activity *viewer)
{
    if (!viewer->party)
        viewer->party = join(world, viewer->user, "a", CALL_PARTY_AUDIENCE, -1);
    if (!decoded(viewer->party))
        return false;
    leave(viewer->party);
    viewer->party = NULL;
    return true;
}

static bool change_room(struct world *world, struct activity *viewer)
{
    (void)world;
    if (!viewer->under_way)
        viewer->under_way = agent_go_to_room_beside(agent_of(viewer->party), 1);
    else if (agent_describe(agent_of(viewer->party)).room.zap.first_picture_us)
        viewer->under_way = false;
    else
        return false;
    return !viewer->under_way;
}

static bool go_on(struct world *world, struct activity *activities, int n, int rounds)
{
    int done = 0;
    for (int i = 0; i < n; i++)
        if (activities[i].rounds == rounds)
            done++;
        else
            activities[i].rounds += activities[i].step(world, &activities[i]);
    return done == n;
}

/* The patience is for each round: what a busy machine takes for many of them says nothing. */
static void all_go_on(struct world *world, struct activity *activities, int n, int from, int to)
{
    for (int rounds = from; rounds <= to; rounds++)
        WAIT_FOR(world, go_on(world, activities, n, rounds));
}

static void idle(void *world, int ms)
{
    run_for(world, ms);
}

static struct activity pair(struct world *world, const char *caller, const char *callee)
{
    struct party *party = join(world, caller, NULL, CALL_PARTY_ANYONE, 0),
                 *other = join(world, callee, NULL, CALL_PARTY_ANYONE, 0);
    WAIT_FOR(world, agent_describe(agent_of(party)).online && agent_describe(agent_of(other)).online);
    return (struct activity){ .step = call, .party = party, .other = other };
}

static struct activity traveller(struct world *world, const char *user)
{
    struct party *party = join(world, user, "a", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, party, 1);
    return (struct activity){ .step = change_room, .party = party };
}

/* So many in a minute are more than a hub lets one user do. */
static void patient_hub(struct world *world, gconstpointer data)
{
    static struct hub_limits limits = HUB_LIMITS;
    set_up(world, data);
    limits.invites.burst = limits.joins.burst = 100000;
    hub_destroy(world->hub);
    world->hub_config.limits = &limits;
    open_hub(world);
}

static void calls_viewers_and_rooms(struct world *world, gconstpointer data)
{
    (void)data;
    join(world, "anna", "a", CALL_PARTY_BROADCASTER, 0);
    join(world, "bert", "b", CALL_PARTY_BROADCASTER, 0);
    struct activity activities[] = {
        pair(world, "cleo", "dora"), pair(world, "emil", "fritz"),    traveller(world, "gerd"),
        traveller(world, "hans"),    { .step = view, .user = "ida" }, { .step = view, .user = "jan" },
    };
    all_go_on(world, activities, G_N_ELEMENTS(activities), 1, AT_FIRST);
    struct footprint before = look(idle, world);
    all_go_on(world, activities, G_N_ELEMENTS(activities), AT_FIRST + 1, EACH);
    struct footprint now = look(idle, world);
    assert_no_more(&now, &before);
}

int main(int argc, char **argv)
{
    av_log_set_level(AV_LOG_QUIET);
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/endurance/agents", struct world, NULL, patient_hub, calls_viewers_and_rooms, tear_down);
    return g_test_run();
}
