/* From room to room, with whole agents: cold, warm, around the end of the list, and when a room ends or is in a private
 * call. */
#include <libavutil/log.h>

#include "agent_rig.h"

static struct party *watch_warm(struct world *world, const char *user, const char *room, int warm)
{
    world->options.warm = warm;
    struct party *party = join(world, user, room, CALL_PARTY_AUDIENCE, -1);
    world->options.warm = 0;
    play_pictures(world, party, 3);
    return party;
}

static struct party *broadcast(struct world *world, const char *user, const char *room)
{
    return join(world, user, room, CALL_PARTY_BROADCASTER, 0);
}

static bool is_in(const struct party *party, const char *room)
{
    return !strcmp(agent_describe(agent_of(party)).room.name, room);
}

static bool first_picture_came(const struct party *party)
{
    return agent_describe(agent_of(party)).room.zap.first_picture_us != 0;
}

static void zap(struct world *world, const struct party *party, int steps, const char *room)
{
    uint64_t before = decoded(party);
    g_assert_true(agent_go_to_room_beside(agent_of(party), steps));
    WAIT_FOR(world, is_in(party, room) && first_picture_came(party));
    g_assert_cmpuint(decoded(party), >, before);
    g_assert_null(agent_describe(agent_of(party)).room.going_to);
    play_pictures(world, party, 3);
}

static int recipients(const struct party *party)
{
    return outgoing_recipients(agent_outgoing(agent_of(party)));
}

static void around_the_end_without_a_warm_room(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = broadcast(world, "anna", "a"), *bert = broadcast(world, "bert", "b"),
                 *cleo = broadcast(world, "cleo", "c");
    run_for(world, 100);
    struct party *viewer = watch_warm(world, "viewer", "b", 0);
    zap(world, viewer, 1, "c");
    zap(world, viewer, 1, "a");
    zap(world, viewer, -1, "c");
    zap(world, viewer, -2, "a");
    g_assert_false(agent_describe(agent_of(viewer)).room.zap.warm);
    g_assert_cmpint(agent_describe(agent_of(viewer)).room.warm, ==, 0);
    WAIT_FOR(world, recipients(anna) == 1 && recipients(bert) == 0 && recipients(cleo) == 0);
    WAIT_FOR(world, agent_describe(agent_of(bert)).room.viewers == 0 &&
                        agent_describe(agent_of(cleo)).room.viewers == 0); /* left, not only silent */
    g_assert_cmpstr(agent_describe(agent_of(viewer)).room.host, ==, "anna");
}

static void a_warm_room_costs_nothing_until_it_is_watched(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = broadcast(world, "anna", "a"), *bert = broadcast(world, "bert", "b");
    run_for(world, 100);
    struct party *viewer = watch_warm(world, "viewer", "a", 1);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1);
    for (int round = 0; round < 3; round++) {
        struct party *watched = round % 2 ? bert : anna, *warm = round % 2 ? anna : bert;
        run_for(world, 100); /* so that it is paused rather than not connected yet */
        WAIT_FOR(world, recipients(watched) == 1 && recipients(warm) == 0);
        uint64_t encoded = outgoing_encoded(agent_outgoing(agent_of(warm)));
        play_pictures(world, viewer, 5);
        g_assert_cmpuint(outgoing_encoded(agent_outgoing(agent_of(warm))), ==, encoded);
        zap(world, viewer, 1, round % 2 ? "a" : "b");
        g_assert_true(agent_describe(agent_of(viewer)).room.zap.warm);
        g_assert_cmpint(agent_describe(agent_of(viewer)).room.warm, ==, 1);
    }
    run_for(world, 4000); /* longer than a silent connection is left alone */
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1 && recipients(anna) == 0);
    zap(world, viewer, 1, "a");
    g_assert_true(agent_describe(agent_of(viewer)).room.zap.warm);
    agent_call(agent_of(viewer), NULL); /* the call goes to the room's broadcaster */
    WAIT_FOR(world, both_are(anna, viewer, CALL_CONNECTED));
    g_assert_false(agent_go_to_room_beside(agent_of(viewer), 1));
    agent_hang_up(agent_of(viewer));
    WAIT_FOR(world, both_are(anna, viewer, CALL_PREPARED));
    zap(world, viewer, 1, "b");
}

static void a_warm_room_ends(struct world *world, gconstpointer data)
{
    (void)data;
    broadcast(world, "anna", "a");
    struct party *bert = broadcast(world, "bert", "b");
    broadcast(world, "cleo", "c");
    run_for(world, 100);
    struct party *viewer = watch_warm(world, "viewer", "a", 2);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 2);
    leave(bert);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1);
    zap(world, viewer, 1, "c");
    zap(world, viewer, 1, "a");
    broadcast(world, "bert", "b");
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 2); /* found again */
    zap(world, viewer, 1, "b");
}

static void the_watched_room_ends(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = broadcast(world, "anna", "a");
    broadcast(world, "bert", "b");
    run_for(world, 100);
    struct party *viewer = watch_warm(world, "viewer", "a", 1);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1);
    leave(anna);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(viewer)).room.state, "away"));
    zap(world, viewer, 1, "b");
}

static void the_only_room_is_its_own_neighbour(struct world *world, gconstpointer data)
{
    (void)data;
    broadcast(world, "anna", "a");
    struct party *viewer = watch_warm(world, "viewer", "a", 3);
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), 1));
    run_for(world, 300);
    play_pictures(world, viewer, 3);
    g_assert_true(is_in(viewer, "a"));
    g_assert_null(agent_describe(agent_of(viewer)).room.going_to);
    g_assert_cmpint(agent_describe(agent_of(viewer)).room.warm, ==, 0);
}

/* Its pictures go to the call alone: it is gone to once it is live again. */
static void a_room_in_a_private_call(struct world *world, gconstpointer data)
{
    (void)data;
    broadcast(world, "anna", "a");
    struct party *bert = broadcast(world, "bert", "b"), *caller = watch_warm(world, "caller", "b", 0);
    struct party *viewer = watch_warm(world, "viewer", "a", 1);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1);
    agent_call(agent_of(caller), NULL);
    WAIT_FOR(world, both_are(bert, caller, CALL_CONNECTED));
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), 1));
    WAIT_FOR(world, is_in(viewer, "b"));
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(viewer)).room.state, "private"));
    run_for(world, 200);
    g_assert_false(first_picture_came(viewer));
    agent_hang_up(agent_of(caller));
    WAIT_FOR(world, first_picture_came(viewer));
}

static void pressed_many_times(struct world *world, gconstpointer data)
{
    (void)data;
    broadcast(world, "anna", "a");
    broadcast(world, "bert", "b");
    broadcast(world, "cleo", "c");
    run_for(world, 100);
    struct party *viewer = watch_warm(world, "viewer", "a", 1);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).room.warm == 1);
    for (int i = 0; i < 30; i++) {
        agent_go_to_room_beside(agent_of(viewer), g_test_rand_bit() ? 1 : -1);
        run_for(world, g_test_rand_int_range(0, 20));
    }
    WAIT_FOR(world, !agent_describe(agent_of(viewer)).room.going_to);
    play_pictures(world, viewer, 3);
    const char *room = agent_describe(agent_of(viewer)).room.name;
    zap(world, viewer, 1, !strcmp(room, "a") ? "b" : !strcmp(room, "b") ? "c" : "a");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_ERROR);
#define ADD(name) g_test_add("/zap/" #name, struct world, NULL, set_up, name, tear_down)
    ADD(around_the_end_without_a_warm_room);
    ADD(a_warm_room_costs_nothing_until_it_is_watched);
    ADD(a_warm_room_ends);
    ADD(the_watched_room_ends);
    ADD(the_only_room_is_its_own_neighbour);
    ADD(a_room_in_a_private_call);
    ADD(pressed_many_times);
    return g_test_run();
}
