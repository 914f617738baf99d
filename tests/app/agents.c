/* Whole agents against each other in one process and one loop: hub, broadcaster, viewers, callers, with real media over
 * real WebRTC on the loopback interface. Behaviour is asserted, time is not: PATIENCE_S only ends a test that hangs. */
#include <gio/gio.h>
#include <inttypes.h>
#include <libavutil/log.h>
#include <string.h>
#include <unistd.h>

#include "agent_rig.h"
#include "app/agent/parts.h"
#include "app/view/view.h"
#include "engine/call/attempts.h"
#include "engine/text/json.h"
#include "platform/descriptors.h"

/* ---- live to call ---- */

static void live_call_live(struct world *world, gconstpointer data)
{
    world->options.codec = GPOINTER_TO_INT(data);
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 50);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_ERROR_STATE); /* nothing on the screen yet */
    play_pictures(world, bert, 5);
    int64_t connected_us = agent_describe(agent_of(bert)).room.connected_us;
    g_assert_cmpint(connected_us, >, 0);
    for (int round = 1; round <= 3; round++) {
        uint64_t before = decoded(anna);
        g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
        g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK); /* pressed twice */
        WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        play_pictures(world, bert, 5);
        play_pictures(world, anna, 5);
        g_assert_cmpuint(decoded(anna), >, before);
        g_assert_cmpstr(agent_describe(agent_of(bert)).room.state, ==, "private");
        agent_hang_up(agent_of(round % 2 ? bert : anna));
        WAIT_FOR(world, state_of(bert) == CALL_PREPARED);
        /* Whose call it was needs no word of the hub */
        g_assert_cmpstr(agent_describe(agent_of(bert)).room.state, ==, "live");
        WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
        play_pictures(world, bert, 5);
        g_assert_cmpint(bert->connected, ==, round);
    }
    g_assert_cmpint(agent_describe(agent_of(bert)).room.connected_us, ==, connected_us); /* no new negotiation */
    uint64_t at_rest = decoded(anna);
    run_for(world, 300);
    g_assert_cmpuint(decoded(anna), ==, at_rest); /* the viewer's camera reaches nobody after the call */
}

/* Who watches knows why there is no picture or no sound: who was there, who comes, and who calls. */
static void the_room_knows_what_is_off(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 50);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    g_assert_true(agent_describe(agent_of(bert)).room.host_camera_on &&
                  !agent_describe(agent_of(bert)).room.host_muted);
    agent_set_camera(agent_of(anna), false);
    agent_set_muted(agent_of(anna), true);
    WAIT_FOR(world,
             !agent_describe(agent_of(bert)).room.host_camera_on && agent_describe(agent_of(bert)).room.host_muted);
    agent_set_muted(agent_of(anna), false);
    WAIT_FOR(world, !agent_describe(agent_of(bert)).room.host_muted);

    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world,
             agent_describe(agent_of(cleo)).room.connected_us && !agent_describe(agent_of(cleo)).room.host_camera_on);
    g_assert_cmpint(agent_call(agent_of(cleo), NULL), ==, CALL_OK); /* without having seen a picture */
    WAIT_FOR(world, both_are(anna, cleo, CALL_CONNECTED));
    g_assert_false(agent_describe(agent_of(cleo)).call.remote_camera_on);
    agent_hang_up(agent_of(cleo));
    WAIT_FOR(world, both_are(anna, cleo, CALL_PREPARED));
    g_assert_false(agent_describe(agent_of(cleo)).room.host_camera_on);
    agent_set_camera(agent_of(anna), true);
    WAIT_FOR(world,
             agent_describe(agent_of(bert)).room.host_camera_on && agent_describe(agent_of(cleo)).room.host_camera_on);
    play_pictures(world, cleo, 3);
}

static void others_see_a_private_call(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    play_pictures(world, cleo, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(cleo)).room.state, "private"));
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 1);
    run_for(world, 100); /* what was on its way */
    uint64_t seen = decoded(cleo);
    run_for(world, 300);
    g_assert_cmpuint(decoded(cleo), ==, seen);

    agent_call(agent_of(cleo), NULL); /* she is busy */
    WAIT_FOR(world, cleo->ended == CALL_REASON_REMOTE_BUSY);
    g_assert_cmpint(anna->busy, ==, 1);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    agent_hang_up(agent_of(bert));
    play_pictures(world, cleo, 3);
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 2);
}

static void five_viewers_cost_one_encoder(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0), *viewers[5];
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("viewer %d", i);
        viewers[i] = join(world, name, "studio", CALL_PARTY_AUDIENCE, -1);
    }
    for (int i = 0; i < 5; i++)
        play_pictures(world, viewers[i], 1);
    WAIT_FOR(world, agent_describe(agent_of(viewers[0])).room.viewers == 5);
    uint64_t encoded = outgoing_encoded(agent_outgoing(agent_of(anna))), sum = 0;
    for (int i = 0; i < 5; i++)
        sum -= decoded(viewers[i]);
    play_pictures(world, viewers[4], 30);
    encoded = outgoing_encoded(agent_outgoing(agent_of(anna))) - encoded;
    for (int i = 0; i < 5; i++)
        sum += decoded(viewers[i]);
    g_assert_cmpuint(sum, >, 3 * encoded); /* one encoded picture is shown by five */
}

static void the_broadcaster_comes_and_goes(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "away")); /* who is there first waits for her */
    g_assert_cmpstr(agent_describe(agent_of(bert)).room.host, ==, "");
    g_assert_null(bert->status);
    for (int i = 0; i < 2; i++) {
        struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
        play_pictures(world, bert, 3);
        g_assert_null(bert->status);
        if (i == 0) {
            agent_call(agent_of(bert), NULL);
            WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        }
        leave(anna);
        WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "away"));
        WAIT_FOR(world, state_of(bert) == CALL_PREPARED);
    }
}

/* GLib and libnice end a process that gets no descriptor: a few are kept back, and what is new is refused. */
static void descriptors_run_out(struct world *world, gconstpointer data)
{
    (void)data;
    join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    int allowed = descriptors_allowed(), lowest = dup(0);
    close(lowest);
    descriptors_set(lowest + 50);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    run_for(world, 500);
    g_assert_cmpuint(decoded(cleo), ==, 0);
    leave(cleo);
    play_pictures(world, bert, 3);
    descriptors_set(allowed);
    cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, cleo, 3);
}

struct restless { /* joins a room, leaves it, and never looks at what it is offered */
    int answers, refusals, offers;
};

static void on_restless_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct restless *restless = user_data;
    (void)reply;
    restless->answers++;
    restless->refusals += result != SIGNAL_DELIVERED;
}

static void on_restless_message(void *user_data, const char *from, const cJSON *body)
{
    struct restless *restless = user_data;
    (void)from;
    restless->offers += !g_strcmp0(json_string(body, "kind"), "offer");
}

/* A hub that lets everybody do anything: what a host bears is the host's own. */
static void use_lenient_hub(struct world *world)
{
    static struct hub_limits limits = HUB_LIMITS;
    limits.burst = limits.joins.burst = 100000;
    hub_destroy(world->hub);
    world->limits = &limits;
    open_hub(world);
}

/* Each joining would cost the host a connection: one viewer gets only so many of those that come to nothing. */
static void a_restless_viewer_costs_little(struct world *world, gconstpointer data)
{
    (void)data;
    enum { ROUNDS = 300, FEW_CONNECTIONS = 60 };
    static const struct signal_listener listens = { .message = on_restless_message };
    use_lenient_hub(world);
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct restless restless = { 0 };
    struct signal_config config = {
        .url = world->url, .user = "mallory", .listener = &listens, .user_data = &restless
    };
    struct signal_client *mallory = signal_client_create(world->reactor, &config);
    play_pictures(world, bert, 3);
    WAIT_FOR(world, signal_client_is_online(mallory));
    struct belongings before = belongings_now();
    int64_t start_us = g_get_monotonic_time();
    for (int i = 1; i <= ROUNDS; i++) {
        signal_room_join(mallory, "studio", on_restless_done, &restless);
        signal_room_leave(mallory, "studio", on_restless_done, &restless);
        WAIT_FOR(world, restless.answers == 2 * i);
        g_assert_cmpint(belongings_now().descriptors, <, before.descriptors + FEW_CONNECTIONS);
    }
    play_pictures(world, bert, 3);
    int64_t regained = (g_get_monotonic_time() - start_us) / 1000 / ATTEMPTS_REGAIN_MS;
    g_assert_cmpint(restless.refusals, ==, 0);
    g_assert_cmpint(restless.offers, >, 0);
    g_assert_cmpint(restless.offers, <=, ATTEMPTS_AT_ONCE + regained + 1);
    signal_client_destroy(mallory);
    WAIT_FOR(world, belongings_now().descriptors <= before.descriptors);
    play_pictures(world, join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1), 3);
    g_assert_cmpint(agent_describe(agent_of(anna)).room.viewers, ==, 2);
}

static void the_viewer_dies_in_the_call(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    play_pictures(world, cleo, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    leave(bert);
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED);
    play_pictures(world, cleo, 3);
}

static void the_call_goes_on_without_the_hub(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    hub_destroy(world->hub);
    world->hub = NULL;
    WAIT_FOR(world, !agent_describe(agent_of(bert)).online && !agent_describe(agent_of(anna)).online);
    g_assert_nonnull(bert->status);
    play_pictures(world, bert, 10);
    play_pictures(world, anna, 10);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    open_hub(world);
    WAIT_FOR(world, agent_describe(agent_of(bert)).online && agent_describe(agent_of(anna)).online);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "private"));
    play_pictures(world, bert, 10);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    g_assert_cmpint(bert->connected, ==, 1);
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    play_pictures(world, bert, 3);
}

/* ---- pure 1v1 ---- */

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

/* ---- several devices of one user ---- */

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

/* A user without agent, whose socket goes without a word. */
static struct signal_client *come(struct world *world, const char *user)
{
    static const struct signal_listener deaf = { 0 };
    struct signal_config config = { .url = world->url, .user = user, .listener = &deaf };
    struct signal_client *client = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(client));
    return client;
}

static void send_invite(struct signal_client *client, const char *to)
{
    struct call_message invite = {
        .action = CALL_INVITE,
        .call_id = "33333333-3333-3333-3333-333333333333",
        .sequence = 1,
        .video = true,
        .sent_at_ms = signal_client_now_ms(client),
        .lifetime_ms = 3600000,
    };
    cJSON *media = cJSON_Parse("{\"session\":\"s\",\"sdp\":\"v=0\"}");
    invite.media = media;
    cJSON *body = call_message_to_json(&invite);
    cJSON_AddStringToObject(body, "name", "Police");
    signal_send(client, to, body, NULL, NULL);
    cJSON_Delete(body);
    cJSON_Delete(media);
}

/* ---- names ---- */

struct seen {
    char remote[VIEW_NAME], host[VIEW_NAME], self[VIEW_NAME];
};

/* As the screen would have it. */
static struct seen seen_by(const struct party *party)
{
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    struct view view = { 0 };
    struct seen seen;
    view_of_agent(&view, agent_of(party), people, g_get_monotonic_time());
    g_strlcpy(seen.remote, view.remote, VIEW_NAME);
    g_strlcpy(seen.host, view.host, VIEW_NAME);
    g_strlcpy(seen.self, view.name, VIEW_NAME);
    return seen;
}

static bool sees(const struct party *party, const char *remote)
{
    return !strcmp(seen_by(party).remote, remote);
}

static void the_room_shows_names(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join_named(world, "anna", "Anna Berg", "studio", CALL_PARTY_BROADCASTER);
    struct party *bert = join_named(world, "bert", "Bert Öz", "studio", CALL_PARTY_AUDIENCE);
    play_pictures(world, bert, 3);
    g_assert_cmpstr(seen_by(bert).host, ==, "Anna Berg");
    g_assert_cmpstr(seen_by(bert).self, ==, "Bert Öz");
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
    g_assert_true(sees(bert, "Anna Berg")); /* before anybody has answered */
    WAIT_FOR(world, state_of(anna) == CALL_CALLING);
    g_assert_true(sees(anna, "Bert Öz"));
    agent_cancel(agent_of(bert));
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED && state_of(bert) == CALL_PREPARED);
    g_assert_cmpstr(anna->ended_with, ==, "Bert Öz"); /* who called */
    g_assert_cmpstr(bert->ended_with, ==, "Anna Berg");
}

/* Without a directory, too: who is called is known once it rings there. Who has no name is shown by the id, and what a
 * caller says of himself in his invite is not looked at. */
static void calls_show_names(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *dora = join_named(world, "dora", "Dora", NULL, CALL_PARTY_ANYONE);
    struct party *emil = join(world, "emil", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(dora)).online && agent_describe(agent_of(emil)).online);
    g_assert_cmpint(agent_call(agent_of(emil), "dora"), ==, CALL_OK);
    WAIT_FOR(world, state_of(dora) == CALL_CALLING && told(emil, CALL_EVENT_DELIVERED));
    g_assert_true(sees(dora, "emil") && sees(emil, "Dora"));
    g_assert_cmpint(agent_accept(agent_of(dora)), ==, CALL_OK);
    WAIT_FOR(world, both_are(dora, emil, CALL_CONNECTED));
    g_assert_true(sees(dora, "emil") && sees(emil, "Dora"));
    agent_hang_up(agent_of(emil));
    WAIT_FOR(world, both_are(dora, emil, CALL_PREPARED));
    dora->policy = CALL_POLICY_NOTHING;
    struct signal_client *mallory = come(world, "mallory");
    send_invite(mallory, "dora");
    WAIT_FOR(world, state_of(dora) == CALL_CALLING);
    g_assert_true(sees(dora, "mallory"));
    signal_client_destroy(mallory);
}

/* The accept that comes over the connection is the other side's own word. */
static void a_name_over_the_connection_counts_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *dora = join_named(world, "dora", "Dora", NULL, CALL_PARTY_ANYONE);
    struct party *emil = join(world, "emil", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(dora)).online && agent_describe(agent_of(emil)).online);
    g_assert_cmpint(agent_call(agent_of(emil), "dora"), ==, CALL_OK);
    WAIT_FOR(world, state_of(dora) == CALL_CALLING && told(dora, CALL_EVENT_LOCAL_JOINED));
    struct agent *callee = agent_of(dora);
    struct call_message accept = {
        .action = CALL_ACCEPT,
        .sequence = 1,
        .sent_at_ms = agent_now_ms(callee),
        .lifetime_ms = 10000,
    };
    g_strlcpy(accept.call_id, agent_describe(callee).call.id, CALL_ID_SIZE);
    cJSON *body = call_message_to_json(&accept);
    cJSON_AddStringToObject(body, "name", "Police");
    while (state_of(emil) == CALL_CALLING) { /* what comes before its keys is lost */
        session_send_beside(leg_session(callee->leg), body);
        run_for(world, 50);
    }
    cJSON_Delete(body);
    g_assert_cmpint(state_of(emil), ==, CALL_CONNECTING);
    g_assert_true(sees(emil, "Dora"));
}

static void keep_reply(void *user_data, enum signal_result result, const cJSON *reply)
{
    char *text = cJSON_PrintUnformatted(reply);
    g_assert_cmpint(result, ==, SIGNAL_DELIVERED);
    g_free(*(char **)user_data);
    *(char **)user_data = g_strdup(text);
    cJSON_free(text);
}

/* Asked until it is so: the room's change is on its way. */
static void expect_list(struct world *world, struct signal_client *client, const char *part)
{
    g_autofree char *list = NULL;
    do {
        g_clear_pointer(&list, g_free);
        signal_room_list(client, keep_reply, &list);
        WAIT_FOR(world, list);
        run_for(world, 20);
    } while (!strstr(list, part));
}

/* Who chooses a room is told whether there is a picture, after the hub was away, too. */
static void lists_tell_of_the_camera(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, -1);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(anna)).room.state, "live"));
    struct signal_client *visitor = come(world, "visitor");
    expect_list(world, visitor, "\"camera\":true");
    agent_set_camera(agent_of(anna), false);
    expect_list(world, visitor, "\"camera\":false");
    hub_destroy(world->hub);
    WAIT_FOR(world, !signal_client_is_online(visitor) && !agent_describe(agent_of(anna)).online);
    open_hub(world);
    WAIT_FOR(world, signal_client_is_online(visitor) && agent_describe(agent_of(anna)).online);
    expect_list(world, visitor, "\"camera\":false");
    agent_set_camera(agent_of(anna), true);
    expect_list(world, visitor, "\"camera\":true");
    signal_client_destroy(visitor);
}

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

/* ---- hostile others ---- */

static void send_text(struct signal_client *client, const char *to, const char *text)
{
    cJSON *body = cJSON_Parse(text);
    g_assert_nonnull(body);
    signal_send(client, to, body, NULL, NULL);
    cJSON_Delete(body);
}

static void count_line(const char *domain, GLogLevelFlags level, const char *line, void *lines)
{
    (void)domain;
    (void)level;
    (void)line;
    ++*(int *)lines;
}

static void nonsense_changes_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    static const struct signal_listener deaf = { 0 };
    struct signal_config config = { .url = world->url, .user = "mallory", .listener = &deaf };
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", NULL, CALL_PARTY_ANYONE, 0);
    struct signal_client *mallory = signal_client_create(world->reactor, &config);
    play_pictures(world, bert, 3);
    WAIT_FOR(world, signal_client_is_online(mallory) && agent_describe(agent_of(cleo)).online);
    static const char *const texts[] = {
        "{}",
        "[]",
        "7",
        "{\"type\":\"call\"}",
        "{\"type\":\"media\"}",
        "{\"type\":\"media\",\"kind\":\"offer\",\"session\":\"x\",\"sdp\":\"v=0\"}",
        "{\"type\":\"media\",\"kind\":\"candidate\",\"session\":\"x\",\"candidate\":\"candidate:1\"}",
        "{\"type\":\"call\",\"action\":\"hangup\",\"call\":\"11111111-1111-1111-1111-111111111111\",\"seq\":1,"
        "\"sent_at\":1,\"lifetime\":1}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        for (int to = 0; to < 3; to++)
            send_text(mallory, (const char *[]){ "anna", "bert", "cleo" }[to], texts[i]);

    enum { MANY = 60, LINES_MAX = 30 };
    int lines = 0;
    guint handler = g_log_set_handler("callapi", G_LOG_LEVEL_WARNING, count_line, &lines);
    for (int i = 0; i < MANY; i++)
        send_text(mallory, "cleo", i % 2 ? texts[3] : texts[7]);

    /* An offer in which nothing can be spoken: the call ends, nobody else notices. */
    g_autofree char *invite = g_strdup_printf(
        "{\"type\":\"call\",\"action\":\"invite\",\"call\":\"22222222-2222-2222-2222-222222222222\",\"seq\":1,"
        "\"sent_at\":%" PRId64
        ",\"lifetime\":15000,\"video\":true,\"media\":{\"session\":\"22222222-2222-2222-2222-222222222222\","
        "\"sdp\":\"v=0\\r\\nm=video 9 "
        "UDP/TLS/RTP/SAVPF 100\\r\\na=rtpmap:100 NONSENSE/90000\\r\\n\"}}",
        signal_client_now_ms(mallory));
    send_text(mallory, "cleo", invite);
    WAIT_FOR(world, cleo->ended == CALL_REASON_MEDIA_LOST);
    g_log_remove_handler("callapi", handler);
    g_assert_cmpint(lines, >, 0);
    g_assert_cmpint(lines, <=, LINES_MAX);
    play_pictures(world, bert, 10);
    g_assert_true(both_are(anna, bert, CALL_PREPARED));
    g_assert_cmpint(state_of(cleo), ==, CALL_PREPARED);
    signal_client_destroy(mallory);
}

/* ---- the application's server ---- */

/* An HTTP request over a socket, the world going on meanwhile; the whole answer. */
static char *post(struct world *world, const char *path, const char *content)
{
    g_autoptr(GSocketConnectable) address = g_network_address_parse(world->listen, 80, NULL);
    g_autoptr(GSocketAddressEnumerator) all = g_socket_connectable_enumerate(address);
    g_autoptr(GSocketAddress) one = g_socket_address_enumerator_next(all, NULL, NULL);
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_autofree char *request = g_strdup_printf(
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        path, strlen(content), content);
    GString *answer = g_string_new(NULL);
    g_assert_true(g_socket_connect(socket, one, NULL, NULL));
    g_assert_cmpint(g_socket_send(socket, request, strlen(request), NULL, NULL), ==, strlen(request));
    g_socket_set_blocking(socket, FALSE);
    for (;;) {
        char bytes[1024];
        g_autoptr(GError) error = NULL;
        gssize n = g_socket_receive(socket, bytes, sizeof bytes, NULL, &error);
        if (n > 0)
            g_string_append_len(answer, bytes, n);
        else if (n == 0 || !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            break;
        else
            tick(world);
    }
    return g_string_free(answer, FALSE);
}

static void expect_status(struct world *world, const char *path, const char *content, const char *status)
{
    g_autofree char *answer = post(world, path, content);
    if (!g_str_has_prefix(answer + strlen("HTTP/1.1 "), status))
        g_error("%s %s: %s", path, content, answer);
}

static void the_server_brings_together(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online && agent_describe(agent_of(bert)).online);
    expect_status(world, "/v1/match", "{\"a\":\"anna\",\"b\":\"nobody\"}", "404");
    expect_status(world, "/v1/match", "{\"a\":\"anna\",\"b\":\"bert\"}", "202");
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    g_assert_cmpint(agent_describe(agent_of(anna)).call.role, ==, CALL_ROLE_CALLER);
    play_pictures(world, bert, 3);
    expect_status(world, "/v1/hangup", "{\"user\":\"bert\"}", "202");
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));

    struct party *host = join(world, "host", "studio", CALL_PARTY_BROADCASTER, -1);
    struct party *viewer = join(world, "viewer", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, viewer, 3);
    expect_status(world, "/v1/match", "{\"a\":\"anna\",\"b\":\"viewer\",\"room\":\"studio\"}", "409");
    g_autofree char *answer = post(world, "/v1/match", "{\"a\":\"host\",\"b\":\"viewer\",\"room\":\"studio\"}");
    WAIT_FOR(world, both_are(host, viewer, CALL_CONNECTED));
    g_assert_cmpint(agent_describe(agent_of(viewer)).call.role, ==, CALL_ROLE_CALLER);
    expect_status(world, "/v1/hangup", strstr(answer, "{"), "202"); /* {"call":ID} as it was given */
    WAIT_FOR(world, both_are(host, viewer, CALL_PREPARED));
    play_pictures(world, viewer, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what many of these tests are about */
    static const struct {
        const char *path;
        void (*run)(struct world *world, gconstpointer data);
        int data;
    } tests[] = {
        { "/agents/live-call-live/h264", live_call_live, AV_CODEC_ID_H264 },
        { "/agents/live-call-live/vp8", live_call_live, AV_CODEC_ID_VP8 },
        { "/agents/what-is-off", the_room_knows_what_is_off, 0 },
        { "/agents/private", others_see_a_private_call, 0 },
        { "/agents/five-viewers", five_viewers_cost_one_encoder, 0 },
        { "/agents/broadcaster-comes-and-goes", the_broadcaster_comes_and_goes, 0 },
        { "/agents/viewer-dies", the_viewer_dies_in_the_call, 0 },
        { "/agents/descriptors", descriptors_run_out, 0 },
        { "/agents/restless-viewer", a_restless_viewer_costs_little, 0 },
        { "/agents/without-hub", the_call_goes_on_without_the_hub, 0 },
        { "/agents/anyone", anyone_calls_anyone, 0 },
        { "/agents/timing", a_call_is_timed, 0 },
        { "/agents/policy/nothing", nothing_before_the_accept, 0 },
        { "/agents/policy/send", media_while_it_rings, 0 },
        { "/agents/nothing", calls_that_come_to_nothing, 0 },
        { "/agents/glare", both_call_at_once, 0 },
        { "/agents/sound/call", a_call_by_sound, 0 },
        { "/agents/sound/caller-blind", a_side_without_pictures, false },
        { "/agents/sound/callee-blind", a_side_without_pictures, true },
        { "/agents/devices/two", any_of_the_devices, 2 },
        { "/agents/devices/three", any_of_the_devices, 3 },
        { "/agents/devices/at-once", a_device_that_accepts_at_once, 0 },
        { "/agents/devices/come-and-go", devices_come_and_go, 0 },
        { "/agents/dies/caller", the_caller_dies_while_it_rings, 0 },
        { "/agents/dies/callee", the_callee_dies_while_it_rings, 0 },
        { "/agents/names/room", the_room_shows_names, 0 },
        { "/agents/names/calls", calls_show_names, 0 },
        { "/agents/names/connection", a_name_over_the_connection_counts_nothing, 0 },
        { "/agents/list/camera", lists_tell_of_the_camera, 0 },
        { "/agents/nonsense", nonsense_changes_nothing, 0 },
        { "/agents/match", the_server_brings_together, 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct world, GINT_TO_POINTER(tests[i].data), set_up, tests[i].run, tear_down);
    return g_test_run();
}
