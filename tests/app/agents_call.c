/* Calls between two users without a room, with whole agents: what is sent when, what is told of it, how they end. */
#include "agent_rig.h"
#include "app/agent/parts.h"
#include "app/session/path.h"

static void anyone_calls_anyone(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    for (int round = 0; round < 2; round++) {
        struct party *caller = round ? bert : anna, *callee = round ? anna : bert;
        uint64_t before_caller = decoded(caller), before_callee = decoded(callee);
        g_assert_cmpint(agent_call(agent_of(caller), callee->user), ==, CALL_OK);
        WAIT_FOR(world, state_of(callee) == CALL_CALLING);
        run_for(world, 400); /* it rings: connected, but nothing is sent */
        g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(caller))), ==, 0);
        g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(callee))), ==, 0);
        g_assert_cmpuint(decoded(caller) + decoded(callee), ==, before_caller + before_callee);
        g_assert_cmpint(agent_accept(agent_of(callee)), ==, CALL_OK);
        WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        g_assert_cmpint(passed(caller, CALL_MILESTONE_DTLS_DONE), >, 0);
        g_assert_cmpint(passed(caller, CALL_MILESTONE_DTLS_DONE), <, passed(callee, CALL_MILESTONE_ACCEPTED));
        play_pictures(world, anna, 5);
        play_pictures(world, bert, 5);
        agent_hang_up(agent_of(callee));
        WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
        g_assert_cmpint(caller->ended, ==, CALL_REASON_REMOTE_HANGUP);
        g_assert_cmpint(callee->ended, ==, CALL_REASON_LOCAL_HANGUP);
    }
}

/* Which event tells of which milestone, and that they come in their order. */
static void check_timing(const struct party *party)
{
    static const enum call_milestone order[] = {
        CALL_MILESTONE_STARTED,
        CALL_MILESTONE_ACCEPTED,
        CALL_MILESTONE_FIRST_FRAME_CAPTURED,
        CALL_MILESTONE_FIRST_FRAME_SENT,
    };
    static const enum call_milestone seen[] = {
        CALL_MILESTONE_FIRST_FRAME_RECEIVED,
        CALL_MILESTONE_FIRST_FRAME_DECODED,
        CALL_MILESTONE_FIRST_FRAME_PRESENTED,
        CALL_MILESTONE_CONNECTED,
    };
    for (size_t i = 1; i < G_N_ELEMENTS(order); i++)
        g_assert_cmpint(passed(party, order[i - 1]), <=, passed(party, order[i]));
    for (size_t i = 1; i < G_N_ELEMENTS(seen); i++)
        g_assert_cmpint(passed(party, seen[i - 1]), <=, passed(party, seen[i]));
    g_assert_cmpint(passed(party, CALL_MILESTONE_FIRST_FRAME_RECEIVED), >, 0);
    g_assert_cmpint(passed(party, CALL_MILESTONE_FIRST_AUDIO_SENT), >, 0);
    for (enum call_event event = CALL_EVENT_LOCAL_JOINING; event <= CALL_EVENT_FIRST_AUDIO_HEARD; event++)
        if (event != CALL_EVENT_REMOTE_LEFT)
            g_assert_true(told(party, event));
}

/* Every milestone of an ordinary call, at both ends, and the events with them. */
static void a_call_is_timed(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    agent_accept(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    WAIT_FOR(world, told(anna, CALL_EVENT_FIRST_AUDIO_HEARD) && told(bert, CALL_EVENT_FIRST_AUDIO_HEARD));
    agent_hang_up(agent_of(anna));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    check_timing(anna);
    check_timing(bert);
    WAIT_FOR(world, agent_remote_timing(agent_of(anna)) && agent_remote_timing(agent_of(bert)));
    const struct call_timing *there = agent_remote_timing(agent_of(anna));
    g_assert_cmpint(there->role, ==, CALL_ROLE_CALLEE);
    g_assert_cmpstr(there->call_id, ==, agent_timing(agent_of(anna))->call_id);
    for (enum call_milestone i = 0; i < CALL_MILESTONES; i++)
        g_assert_true((call_timing_us(there, i) != 0) == (passed(bert, i) != 0));
    g_assert_cmpint(passed(anna, CALL_MILESTONE_DELIVERED), >, 0);
    g_assert_cmpint(passed(anna, CALL_MILESTONE_ENDED), >, passed(anna, CALL_MILESTONE_FIRST_AUDIO_HEARD));
}

static void nothing_before_the_accept(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    bert->policy = CALL_POLICY_NOTHING;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    run_for(world, 400);
    g_assert_false(told(bert, CALL_EVENT_LOCAL_JOINING) || told(anna, CALL_EVENT_LOCAL_JOINED));
    agent_accept(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    g_assert_cmpint(passed(bert, CALL_MILESTONE_DTLS_DONE), >, passed(bert, CALL_MILESTONE_ACCEPTED));
    play_pictures(world, anna, 3);
    play_pictures(world, bert, 3);
}

static void media_while_it_rings(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    anna->policy = bert->policy = CALL_POLICY_CONNECT_AND_SEND;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, decoded(anna) > 3 && decoded(bert) > 3);
    g_assert_true(both_are(anna, bert, CALL_CALLING));
    agent_accept(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 0);
}

/* The caller shows herself while it rings; of who is called nothing leaves before the accept. */
static void nothing_of_who_is_called(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    anna->policy = CALL_POLICY_CONNECT_AND_SEND;
    bert->policy = CALL_POLICY_CONNECT_ONLY;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, decoded(bert) > 15);
    g_assert_true(both_are(anna, bert, CALL_CALLING));
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(bert))), ==, 0);
    g_assert_cmpint(decoded(anna), ==, 0);
    g_assert_cmpint(passed(anna, CALL_MILESTONE_FIRST_AUDIO_HEARD), ==, 0);
    agent_accept(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, anna, 3);
}

static void calls_that_come_to_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.timeout = 1;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);

    agent_call(agent_of(anna), "nobody");
    WAIT_FOR(world, anna->ended == CALL_REASON_OFFLINE);

    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    agent_reject(agent_of(bert));
    WAIT_FOR(world, anna->ended == CALL_REASON_REMOTE_REJECTED && state_of(bert) == CALL_PREPARED);

    agent_call(agent_of(anna), "bert");
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    agent_cancel(agent_of(anna));
    WAIT_FOR(world, bert->ended == CALL_REASON_REMOTE_CANCELLED && state_of(anna) == CALL_PREPARED);

    agent_call(agent_of(anna), "bert"); /* nobody answers */
    WAIT_FOR(world, anna->ended == CALL_REASON_CALLING_TIMEOUT && state_of(bert) == CALL_PREPARED);
    g_assert_cmpint(anna->connected + bert->connected, ==, 0);
}

static void both_call_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, 0);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, 0);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_call(agent_of(anna), "bert");
    agent_call(agent_of(bert), "anna");
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, anna, 3);
    play_pictures(world, bert, 3);
    g_assert_cmpint(agent_describe(agent_of(anna)).call.role, !=, agent_describe(agent_of(bert)).call.role);
}

/* ---- without pictures ---- */

static void a_call_by_sound(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    g_assert_cmpint(agent_call_with(agent_of(anna), &(struct agent_target){ .user = "bert", .audio_only = true }), ==,
                    CALL_OK);
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    g_assert_cmpint(agent_accept(agent_of(bert)), ==, CALL_OK);
    g_assert_cmpint(state_of(bert), ==, CALL_CONNECTING); /* nothing of anna was heard yet */
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    g_assert_cmpuint(player_stats(agent_player(agent_of(anna))).audio.played, >, 0);
    g_assert_cmpuint(player_stats(agent_player(agent_of(bert))).audio.played, >, 0);
    g_assert_cmpuint(decoded(anna) + decoded(bert), ==, 0);
}

/* Said with invite and accept: the other side does not wait for pictures that will not come. */
static void a_side_without_pictures(struct world *world, gconstpointer data)
{
    bool callee = GPOINTER_TO_INT(data);
    world->options.timeout = 0;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    struct party *blind = callee ? bert : anna, *other = callee ? anna : bert;
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    agent_set_camera(agent_of(blind), false);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, state_of(bert) == CALL_CALLING);
    g_assert_cmpint(agent_accept(agent_of(bert)), ==, CALL_OK);
    while (state_of(other) != CALL_CONNECTED) {
        g_assert_true(state_of(other) != CALL_CONNECTING || !agent_describe(agent_of(other)).call.remote_camera_on);
        tick(world);
    }
    g_assert_cmpuint(player_stats(agent_player(agent_of(other))).audio.played, >, 0);
    WAIT_FOR(world, state_of(blind) == CALL_CONNECTED);
    play_pictures(world, blind, 3);
    agent_set_camera(agent_of(blind), true);
    play_pictures(world, other, 3);
}

/* ---- another way ---- */

struct restarts {
    int begun, found;
};

static void count_restart(const char *domain, GLogLevelFlags level, const char *line, void *user_data)
{
    struct restarts *restarts = user_data;
    (void)domain;
    (void)level;
    restarts->begun += strstr(line, "(ICE restart)") != NULL;
    restarts->found += strstr(line, "goes another way now") != NULL;
}

/* Who stood still meanwhile (a suspended laptop) answers one offer after the other: the last one's answer counts. */
static void late_answers(struct world *world, gconstpointer data)
{
    enum { OFFERS = 3 };
    struct restarts restarts = { 0 };
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, 0);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    guint handler = g_log_set_handler("callapi", G_LOG_LEVEL_INFO, count_restart, &restarts);
    while (restarts.begun < OFFERS) { /* and bert, in the same loop, sees nothing of it */
        agent_network_changed(agent_of(anna));
        g_usleep(SESSION_PATH_CHECK_US);
        station_tick(anna->station, g_get_monotonic_time());
    }
    WAIT_FOR(world, restarts.found >= 2);
    play_pictures(world, anna, 5);
    play_pictures(world, bert, 5);
    g_assert_cmpint(restarts.begun, ==, OFFERS);
    g_log_remove_handler("callapi", handler);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/anyone", anyone_calls_anyone, 0 },
        { "/agents/timing", a_call_is_timed, 0 },
        { "/agents/policy/nothing", nothing_before_the_accept, 0 },
        { "/agents/policy/send", media_while_it_rings, 0 },
        { "/agents/policy/connect", nothing_of_who_is_called, 0 },
        { "/agents/nothing", calls_that_come_to_nothing, 0 },
        { "/agents/glare", both_call_at_once, 0 },
        { "/agents/late-answers", late_answers, 0 },
        { "/agents/sound/call", a_call_by_sound, 0 },
        { "/agents/sound/caller-blind", a_side_without_pictures, false },
        { "/agents/sound/callee-blind", a_side_without_pictures, true },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
