/* Two whole agents over a real Mosquitto, with real media, while the broker is killed at bad moments. Behaviour is
 * asserted, time is not: PATIENCE_S only ends a test that hangs. */
#include <inttypes.h>
#include <libavutil/log.h>
#include <string.h>

#include "app/options/options.h"
#include "app/station/station.h"
#include "app/view/view.h"
#include "left_behind.h"
#include "mqtt_broker.h"
#include "net/transport/dtls.h"

enum { PATIENCE_S = 60 };

struct party {
    struct station *station;
    enum call_reason ended;          /* why the last call ended */
    char ended_with[CALL_NAME_SIZE]; /* and what its other side was called */
    int connected;
    enum call_policy policy; /* for its next call */
};

struct world {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct mqtt_broker *broker, *other; /* bert's, where there are two; or NULL */
    struct options options;
    struct belongings before;
    struct party anna, bert, tablet; /* tablet: bert's, too */
};

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct party *party = user_data;
    if (notice->previous > CALL_PREPARED && notice->state == CALL_PREPARED)
        party->ended = notice->reason;
    if (notice->previous > CALL_PREPARED && notice->state == CALL_PREPARED)
        g_strlcpy(party->ended_with, notice->name, CALL_NAME_SIZE);
    if (notice->state == CALL_CONNECTED && notice->previous != CALL_CONNECTED)
        party->connected++;
}

static enum call_policy on_policy(void *user_data, enum call_role role, const char *remote, const cJSON *extension)
{
    const struct party *party = user_data;
    (void)role;
    (void)remote;
    (void)extension;
    return party->policy;
}

static const struct agent_listener listener = { .call = on_call, .policy = on_policy };

static void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    int status;
    char *argv[] = { "test", "--size", "320x180", "--software", NULL };
    *world = (struct world){ .reactor = reactor_create(),
                             .identity = dtls_identity_create(),
                             .broker = mqtt_broker_start(NULL, NULL) };
    world->anna.policy = world->bert.policy = world->tablet.policy = CALL_POLICY_CONNECT_ONLY;
    g_assert_true(options_parse(&world->options, "test", 4, argv, &status));
    world->before = belongings_now();
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    station_close(world->anna.station);
    station_close(world->bert.station);
    station_close(world->tablet.station);
    assert_nothing_left_behind(world->reactor, &world->before);
    mqtt_broker_stop(world->other);
    mqtt_broker_stop(world->broker);
    dtls_identity_destroy(world->identity);
    reactor_destroy(world->reactor);
    options_clear(&world->options);
}

static void join(struct world *world, struct party *party, const char *user, const char *room, enum call_party role,
                 int auto_accept_ms)
{
    const struct mqtt_broker *broker = party == &world->bert && world->other ? world->other : world->broker;
    struct station_config config = {
        .options = &world->options,
        .reactor = world->reactor,
        .identity = world->identity,
        .hub_url = mqtt_broker_url(broker),
        .user = user,
        .name = world->options.name,
        .room = room,
        .party = role,
        .auto_accept_ms = auto_accept_ms,
        .listener = &listener,
        .user_data = party,
    };
    config.capture = station_capture(&world->options, party == &world->anna, &config.microphone);
    party->station = station_open(&config);
    g_assert_nonnull(party->station);
}

static void tick(struct world *world)
{
    struct station *stations[] = { world->anna.station, world->bert.station, world->tablet.station };
    int64_t due = g_get_monotonic_time() + 20000;
    for (size_t i = 0; i < G_N_ELEMENTS(stations); i++)
        due = stations[i] ? MIN(due, station_deadline(stations[i])) : due;
    reactor_wait(world->reactor, due);
    for (size_t i = 0; i < G_N_ELEMENTS(stations); i++)
        if (stations[i])
            station_tick(stations[i], g_get_monotonic_time());
}

#define WAIT_FOR(world, condition)                                                                                     \
    do {                                                                                                               \
        int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;                                        \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > give_up)                                                                      \
                g_error("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                              \
            tick(world);                                                                                               \
        }                                                                                                              \
    } while (0)

static struct agent *agent_of(const struct party *party)
{
    return station_agent(party->station);
}

static void play_pictures(struct world *world, const struct party *party, unsigned n)
{
    uint64_t goal = player_stats(agent_player(agent_of(party))).video.decoded + n;
    WAIT_FOR(world, player_stats(agent_player(agent_of(party))).video.decoded >= goal);
}

static bool both_are(const struct world *world, enum call_state state)
{
    return agent_call_state(agent_of(&world->anna)) == state && agent_call_state(agent_of(&world->bert)) == state;
}

static bool both_online(const struct world *world, bool online)
{
    return agent_describe(agent_of(&world->anna)).online == online &&
           agent_describe(agent_of(&world->bert)).online == online;
}

static void live_call_live(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna, *bert = &world->bert;
    join(world, bert, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "away")); /* nobody has opened it yet */
    join(world, anna, "anna", "studio", CALL_PARTY_BROADCASTER, 50);
    play_pictures(world, bert, 5);
    agent_set_camera(agent_of(anna), false);
    WAIT_FOR(world, !agent_describe(agent_of(bert)).room.host_camera_on);
    agent_set_camera(agent_of(anna), true);
    WAIT_FOR(world, agent_describe(agent_of(bert)).room.host_camera_on);
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
    WAIT_FOR(world, both_are(world, CALL_CONNECTED));
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "private"));
    play_pictures(world, anna, 5);
    mqtt_broker_kill(world->broker);
    WAIT_FOR(world, both_online(world, false));
    play_pictures(world, bert, 10);
    g_assert_true(both_are(world, CALL_CONNECTED)); /* the call needs no broker */
    mqtt_broker_restart(world->broker);
    WAIT_FOR(world, both_online(world, true));
    g_assert_true(both_are(world, CALL_CONNECTED));
    g_assert_cmpint(bert->connected, ==, 1);
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(world, CALL_PREPARED));
    g_assert_cmpint(anna->ended, ==, CALL_REASON_REMOTE_HANGUP);
    play_pictures(world, bert, 5);
}

static void killed_while_ringing(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna, *bert = &world->bert;
    join(world, anna, "anna", NULL, CALL_PARTY_ANYONE, -1);
    join(world, bert, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, both_online(world, true));
    agent_call(agent_of(anna), "nobody");
    WAIT_FOR(world, anna->ended == CALL_REASON_OFFLINE);
    g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
    WAIT_FOR(world, both_are(world, CALL_CALLING));
    mqtt_broker_kill(world->broker);
    WAIT_FOR(world, both_online(world, false));
    g_assert_true(both_are(world, CALL_CALLING));
    mqtt_broker_restart(world->broker);
    WAIT_FOR(world, both_online(world, true));
    agent_accept(agent_of(bert)); /* in time, or after the caller's clock has ended it: never stuck */
    WAIT_FOR(world, both_are(world, CALL_CONNECTED) || both_are(world, CALL_PREPARED));
    if (both_are(world, CALL_PREPARED)) {
        g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
        WAIT_FOR(world, both_are(world, CALL_CALLING));
        agent_accept(agent_of(bert));
        WAIT_FOR(world, both_are(world, CALL_CONNECTED));
    }
    play_pictures(world, anna, 5);
    agent_hang_up(agent_of(anna));
    WAIT_FOR(world, both_are(world, CALL_PREPARED));
}

/* Until it rings at both: a bridge comes up in its own time, and what was called before is answered as offline or rings
 * out. */
static void ring_over_the_bridge(struct world *world)
{
    WAIT_FOR(world, ({
                 struct agent *anna = agent_of(&world->anna);
                 if (agent_call_state(anna) == CALL_PREPARED)
                     agent_call(anna, "bert");
                 both_are(world, CALL_CALLING);
             }));
}

/* Each on a broker of his own; the callee's is killed while it rings, and again in the call. */
static void bridged(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna, *bert = &world->bert;
    world->other = mqtt_broker_start(NULL, world->broker);
    world->options.timeout = 5; /* what rings at nobody is over soon */
    join(world, anna, "anna", NULL, CALL_PARTY_ANYONE, -1);
    join(world, bert, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, both_online(world, true));
    ring_over_the_bridge(world);
    mqtt_broker_kill(world->other);
    WAIT_FOR(world, !agent_describe(agent_of(bert)).online);
    g_assert_true(agent_describe(agent_of(anna)).online);
    WAIT_FOR(world, both_are(world, CALL_PREPARED)); /* each by its own clock */
    mqtt_broker_restart(world->other);
    WAIT_FOR(world, both_online(world, true));

    ring_over_the_bridge(world);
    agent_accept(agent_of(bert));
    WAIT_FOR(world, both_are(world, CALL_CONNECTED));
    mqtt_broker_kill(world->other);
    WAIT_FOR(world, !agent_describe(agent_of(bert)).online);
    play_pictures(world, anna, 10);
    play_pictures(world, bert, 10);
    g_assert_true(both_are(world, CALL_CONNECTED));
    mqtt_broker_restart(world->other);
    WAIT_FOR(world, both_online(world, true));
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(world, CALL_PREPARED));
}

static void two_devices(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna, *bert = &world->bert, *tablet = &world->tablet;
    join(world, anna, "anna", NULL, CALL_PARTY_ANYONE, -1);
    join(world, bert, "bert", NULL, CALL_PARTY_ANYONE, -1);
    join(world, tablet, "bert", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, both_online(world, true) && agent_describe(agent_of(tablet)).online);
    for (int round = 0; round < 2; round++) {
        struct party *taker = round ? tablet : bert, *other = round ? bert : tablet;
        g_assert_cmpint(agent_call(agent_of(anna), "bert"), ==, CALL_OK);
        WAIT_FOR(world, both_are(world, CALL_CALLING) && agent_call_state(agent_of(tablet)) == CALL_CALLING);
        g_assert_cmpint(agent_accept(agent_of(taker)), ==, CALL_OK);
        WAIT_FOR(world, agent_call_state(agent_of(anna)) == CALL_CONNECTED &&
                            agent_call_state(agent_of(taker)) == CALL_CONNECTED);
        WAIT_FOR(world, other->ended == CALL_REASON_ACCEPTED_ELSEWHERE);
        play_pictures(world, anna, 5);
        play_pictures(world, taker, 5);
        agent_hang_up(agent_of(anna));
        WAIT_FOR(world, both_are(world, CALL_PREPARED) && agent_call_state(agent_of(taker)) == CALL_PREPARED);
    }
}

/* A user without agent, who goes without a word. */
static struct signal_client *come(struct world *world, const char *user)
{
    static const struct signal_listener deaf = { 0 };
    struct signal_config config = { .url = mqtt_broker_url(world->broker), .user = user, .listener = &deaf };
    struct signal_client *client = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(client));
    return client;
}

/* ---- names ---- */

static void join_named(struct world *world, struct party *party, const char *user, const char *name, const char *room,
                       enum call_party role)
{
    world->options.name = g_strdup(name);
    join(world, party, user, room, role, -1);
    g_clear_pointer(&world->options.name, g_free);
}

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

static void names_are_shown(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna, *bert = &world->bert, *tablet = &world->tablet;
    join_named(world, anna, "anna", "Anna Berg", "studio", CALL_PARTY_BROADCASTER);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(anna)).room.state, "live"));
    join_named(world, bert, "bert", "Bert Öz", "studio", CALL_PARTY_AUDIENCE);
    join(world, tablet, "tablet", NULL, CALL_PARTY_ANYONE, -1);
    play_pictures(world, bert, 3);
    g_assert_cmpstr(seen_by(bert).host, ==, "Anna Berg");
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
    g_assert_true(sees(bert, "Anna Berg"));
    WAIT_FOR(world, both_are(world, CALL_CALLING));
    g_assert_true(sees(anna, "Bert Öz"));
    agent_cancel(agent_of(bert));
    WAIT_FOR(world, both_are(world, CALL_PREPARED));
    g_assert_cmpstr(anna->ended_with, ==, "Bert Öz");
    g_assert_cmpint(agent_call(agent_of(tablet), "bert"), ==, CALL_OK); /* who has none calls one who has */
    WAIT_FOR(world, sees(tablet, "Bert Öz"));
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
    } while (!strstr(list, part));
}

static void lists_tell_of_the_camera(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = &world->anna;
    join_named(world, anna, "anna", "Anna Berg", "studio", CALL_PARTY_BROADCASTER);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(anna)).room.state, "live"));
    struct signal_client *visitor = come(world, "visitor");
    expect_list(world, visitor, "\"camera\":true,\"host_name\":\"Anna Berg\"");
    agent_set_camera(agent_of(anna), false);
    expect_list(world, visitor, "\"camera\":false");
    mqtt_broker_kill(world->broker);
    WAIT_FOR(world, !signal_client_is_online(visitor) && !agent_describe(agent_of(anna)).online);
    mqtt_broker_restart(world->broker);
    WAIT_FOR(world, signal_client_is_online(visitor) && agent_describe(agent_of(anna)).online);
    expect_list(world, visitor, "\"camera\":false");
    agent_set_camera(agent_of(anna), true);
    expect_list(world, visitor, "\"camera\":true");
    signal_client_destroy(visitor);
}

/* Nobody's time-out has a part in it: there is none. */
static void who_rings_dies(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.timeout = 0;
    struct party *anna = &world->anna;
    join(world, anna, "anna", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(anna)).online);
    struct signal_client *dora = come(world, "dora");
    g_assert_cmpint(agent_call(agent_of(anna), "dora"), ==, CALL_OK);
    WAIT_FOR(world, agent_describe(agent_of(anna)).call.ring_ms >= 0 &&
                        call_timing_us(agent_timing(agent_of(anna)), CALL_MILESTONE_DELIVERED));
    signal_client_destroy(dora);
    WAIT_FOR(world, anna->ended == CALL_REASON_REMOTE_GONE);

    dora = come(world, "dora");
    g_autofree char *text = g_strdup_printf(
        "{\"type\":\"call\",\"action\":\"invite\",\"call\":\"33333333-3333-3333-3333-333333333333\",\"seq\":1,"
        "\"sent_at\":%" PRId64 ",\"lifetime\":3600000,\"video\":true,\"media\":{\"session\":\"s\"}}",
        signal_client_now_ms(dora));
    cJSON *invite = cJSON_Parse(text);
    anna->ended = CALL_REASON_NONE;
    anna->policy = CALL_POLICY_NOTHING;
    signal_send(dora, "anna", invite, NULL, NULL);
    cJSON_Delete(invite);
    WAIT_FOR(world, agent_call_state(agent_of(anna)) == CALL_CALLING);
    signal_client_destroy(dora);
    WAIT_FOR(world, anna->ended == CALL_REASON_REMOTE_GONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/mqtt-agents/live-call-live", struct world, NULL, set_up, live_call_live, tear_down);
    g_test_add("/mqtt-agents/killed-while-ringing", struct world, NULL, set_up, killed_while_ringing, tear_down);
    g_test_add("/mqtt-agents/two-devices", struct world, NULL, set_up, two_devices, tear_down);
    g_test_add("/mqtt-agents/who-rings-dies", struct world, NULL, set_up, who_rings_dies, tear_down);
    g_test_add("/mqtt-agents/names", struct world, NULL, set_up, names_are_shown, tear_down);
    g_test_add("/mqtt-agents/camera", struct world, NULL, set_up, lists_tell_of_the_camera, tear_down);
    g_test_add("/mqtt-agents/bridged", struct world, NULL, set_up, bridged, tear_down);
    return g_test_run();
}
