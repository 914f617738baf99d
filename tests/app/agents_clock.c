/* A machine's wall clock is set while its programs run: a Raspberry Pi has none of its own and begins in the past, an
 * operator sets another year. Calls, with whole agents, over a hub and over a broker. */
#include "agent_rig.h"
#include "mqtt_broker.h"

static const int64_t YEAR_US = 365 * G_TIME_SPAN_DAY;

/* ---- the clock ---- */

/* What asks for the time has nothing to hand a clock over with. */
static int64_t step_us;

/* In the place of GLib's, in this program. */
gint64 g_get_real_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + step_us;
}

/* Forwards or backwards. */
static int64_t step_of(gconstpointer data)
{
    return GPOINTER_TO_INT(data) * YEAR_US;
}

/* ---- the tests ---- */

static void call_and_hang_up(struct world *world, struct party *caller, struct party *callee)
{
    g_assert_cmpint(agent_call(agent_of(caller), callee->user), ==, CALL_OK);
    WAIT_FOR(world, state_of(callee) == CALL_CALLING || state_of(caller) == CALL_PREPARED);
    g_assert_cmpint(state_of(callee), ==, CALL_CALLING);
    g_assert_cmpint(agent_accept(agent_of(callee)), ==, CALL_OK);
    WAIT_FOR(world, both_are(caller, callee, CALL_CONNECTED));
    play_pictures(world, caller, 3);
    play_pictures(world, callee, 3);
    agent_hang_up(agent_of(callee));
    WAIT_FOR(world, both_are(caller, callee, CALL_PREPARED));
    g_assert_cmpint(caller->ended, ==, CALL_REASON_REMOTE_HANGUP);
}

/* Who logged in before and who did after can call each other. */
static void between_two_logins(struct world *world, gconstpointer data)
{
    step_us = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online);
    step_us = step_of(data);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(bert)).online);
    call_and_hang_up(world, anna, bert);
    call_and_hang_up(world, bert, anna);
}

/* The live room's connection is the call's: its pictures are taken for the call's own. */
static void in_the_room(struct world *world, gconstpointer data)
{
    step_us = 0;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, -1);
    struct party *vera = join(world, "vera", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, vera, 5);
    run_for(world, 1500); /* reports say by now when pictures were captured */
    step_us = step_of(data);
    g_assert_cmpint(agent_call(agent_of(vera), NULL), ==, CALL_OK);
    WAIT_FOR(world, state_of(anna) == CALL_CALLING);
    g_assert_cmpint(agent_accept(agent_of(anna)), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, vera, CALL_CONNECTED));
    play_pictures(world, anna, 3);
    agent_hang_up(agent_of(vera));
    WAIT_FOR(world, both_are(anna, vera, CALL_PREPARED));
}

/* While it rings, and in the call: nobody's time is over. */
static void in_the_call(struct world *world, gconstpointer data)
{
    step_us = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    step_us = step_of(data);
    run_for(world, 300);
    g_assert_cmpint(agent_accept(agent_of(bert)), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, anna, 3);
    step_us *= 2;
    play_pictures(world, bert, 3);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    agent_hang_up(agent_of(anna));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
}

/* The same where the broker is all that they share. */
static void over_a_broker(struct world *world, gconstpointer data)
{
    struct mqtt_broker *broker = mqtt_broker_start(NULL, NULL);
    g_free(world->url);
    world->url = g_strdup(mqtt_broker_url(broker));
    between_two_logins(world, data);
    for (int i = 0; i < STATIONS; i++)
        leave(&world->parties[i]);
    in_the_call(world, data);
    for (int i = 0; i < STATIONS; i++)
        leave(&world->parties[i]);
    mqtt_broker_stop(broker);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/clock/forwards/logins", between_two_logins, 1 }, { "/clock/backwards/logins", between_two_logins, -1 },
        { "/clock/forwards/room", in_the_room, 1 },          { "/clock/backwards/room", in_the_room, -1 },
        { "/clock/forwards/call", in_the_call, 1 },          { "/clock/backwards/call", in_the_call, -1 },
        { "/clock/forwards/broker", over_a_broker, 1 },      { "/clock/backwards/broker", over_a_broker, -1 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
