/* Calls to a user with several devices, and devices that die while it rings, with whole agents. */
#include "agent_rig.h"
#include "bare_user.h"

enum { DEVICES = 3 };

static void join_devices(struct world *world, struct party *devices[DEVICES], int n)
{
    for (int i = 0; i < n; i++) {
        devices[i] = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
        WAIT_FOR(world, agent_describe(agent_of(devices[i])).online);
    }
}

static bool all_are(struct party *devices[], int n, enum call_state state)
{
    for (int i = 0; i < n; i++)
        if (state_of(devices[i]) != state)
            return false;
    return true;
}

/* Each device rings with a connection of its own; whichever accepts has the call, with pictures, and the others are
 * free. */
static void any_of_the_devices(struct world *world, gconstpointer data)
{
    int n = GPOINTER_TO_INT(data);
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1), *devices[DEVICES];
    anna->policy = CALL_POLICY_CONNECT_AND_SEND;
    join_devices(world, devices, n);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online);
    for (int taker = 0; taker < n; taker++) {
        struct party *bert = devices[taker];
        g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
        WAIT_FOR(world, all_are(devices, n, CALL_CALLING));
        for (int i = 0; i < n; i++)
            play_pictures(world, devices[i], 3); /* connected: anna shows herself while it rings, to each */
        g_assert_cmpint(agent_accept(agent_of(bert)), ==, CALL_OK);
        WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        play_pictures(world, anna, 5);
        play_pictures(world, bert, 5);
        for (int i = 0; i < n; i++)
            if (i != taker)
                WAIT_FOR(world,
                         state_of(devices[i]) == CALL_PREPARED && devices[i]->ended == CALL_REASON_ACCEPTED_ELSEWHERE);
        g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 1);
        agent_hang_up(agent_of(taker % 2 ? anna : bert));
        WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
        g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 0);
    }
}

/* The hub goes while it rings: the accept comes over the connection, and so does the word to the others that they may
 * be quiet. Nobody's time-out has a part in it. */
static void the_hub_goes_while_it_rings(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.timeout = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1), *devices[DEVICES];
    anna->policy = CALL_POLICY_CONNECT_AND_SEND;
    join_devices(world, devices, 3);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, all_are(devices, 3, CALL_CALLING));
    for (int i = 0; i < 3; i++)
        play_pictures(world, devices[i], 3);
    g_clear_pointer(&world->hub, hub_destroy);
    g_assert_cmpint(agent_accept(agent_of(devices[1])), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, devices[1], CALL_CONNECTED));
    for (int i = 0; i < 3; i += 2) {
        WAIT_FOR(world, state_of(devices[i]) == CALL_PREPARED);
        g_assert_cmpint(devices[i]->ended, ==, CALL_REASON_ACCEPTED_ELSEWHERE);
    }
    play_pictures(world, devices[1], 5);
    open_hub(world);
}

/* Accepted at once, before any of the connections could be made. */
static void a_device_that_accepts_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1), *devices[DEVICES];
    join_devices(world, devices, 2);
    struct party *quick = join(world, "bert", NULL, CALL_PARTY_ANYONE, 0);
    quick->policy = CALL_POLICY_NOTHING;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(quick)).online);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, quick, CALL_CONNECTED));
    play_pictures(world, anna, 5);
    play_pictures(world, quick, 5);
    WAIT_FOR(world, all_are(devices, 2, CALL_PREPARED));
}

/* One is busy, one dies while it rings, one says no at last. */
static void devices_come_and_go(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1), *devices[DEVICES];
    join_devices(world, devices, 3);
    struct party *cleo = join(world, "cleo", NULL, CALL_PARTY_ANYONE, 0);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(cleo)).online);
    g_assert_cmpint(agent_call(agent_of(devices[0]), "cleo"), ==, CALL_OK);
    WAIT_FOR(world, both_are(devices[0], cleo, CALL_CONNECTED));
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, devices[0]->busy == 1 && all_are(devices + 1, 2, CALL_CALLING));
    leave(devices[1]);
    struct party *late = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(late)).online);
    run_for(world, 200);
    g_assert_true(both_are(anna, devices[2], CALL_CALLING));
    agent_accept(agent_of(devices[2]));
    WAIT_FOR(world, both_are(anna, devices[2], CALL_CONNECTED));
    play_pictures(world, anna, 5);
    g_assert_true(both_are(devices[0], cleo, CALL_CONNECTED));
    agent_hang_up(agent_of(anna));
    WAIT_FOR(world, both_are(anna, devices[2], CALL_PREPARED));
    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, state_of(devices[2]) == CALL_CALLING && state_of(late) == CALL_CALLING);
    agent_reject(agent_of(late));
    WAIT_FOR(world, anna->ended == CALL_REASON_REMOTE_REJECTED && state_of(devices[2]) == CALL_PREPARED);
}

/* ---- those who die ---- */

/* Nobody's time-out has a part in it: there is none. */
static void the_caller_dies_while_it_rings(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.timeout = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    anna->policy = CALL_POLICY_NOTHING;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online);
    struct signal_client *dora = come(world, "dora"), *other = come(world, "dora");
    send_invite(dora, "anna");
    WAIT_FOR(world, state_of(anna) == CALL_CALLING);
    signal_client_destroy(other); /* another device of hers, which has no part in it */
    run_for(world, 2500);
    g_assert_cmpint(state_of(anna), ==, CALL_CALLING);
    signal_client_destroy(dora);
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED);
    g_assert_cmpint(anna->ended, ==, CALL_REASON_REMOTE_GONE);
}

static void the_callee_dies_while_it_rings(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.timeout = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    struct signal_client *tablet = come(world, "bert");
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, state_of(bert) == CALL_CALLING && told(anna, CALL_EVENT_DELIVERED));
    signal_client_destroy(tablet);
    run_for(world, 2500);
    g_assert_true(both_are(anna, bert, CALL_CALLING)); /* it rings on at the other one */
    agent_cancel(agent_of(anna));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    leave(bert);
    tablet = come(world, "bert");
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    run_for(world, 200);
    g_assert_cmpint(state_of(anna), ==, CALL_CALLING);
    signal_client_destroy(tablet);
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED);
    g_assert_cmpint(anna->ended, ==, CALL_REASON_REMOTE_GONE);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/devices/two", any_of_the_devices, 2 },
        { "/agents/devices/three", any_of_the_devices, 3 },
        { "/agents/devices/hub-goes", the_hub_goes_while_it_rings, 0 },
        { "/agents/devices/at-once", a_device_that_accepts_at_once, 0 },
        { "/agents/devices/come-and-go", devices_come_and_go, 0 },
        { "/agents/dies/caller", the_caller_dies_while_it_rings, 0 },
        { "/agents/dies/callee", the_callee_dies_while_it_rings, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
