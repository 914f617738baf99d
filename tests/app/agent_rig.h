/* Whole agents in one process and one loop, for tests: hub, broadcaster, viewers, callers, with real media over real
 * WebRTC on the loopback interface. PATIENCE_S only ends a test that hangs. */
#ifndef CALLAPI_TESTS_AGENT_RIG_H
#define CALLAPI_TESTS_AGENT_RIG_H

#include <gio/gio.h>
#include <libavutil/log.h>
#include <stdint.h>
#include <string.h>

#include "app/options/options.h"
#include "app/station/station.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/transport/dtls.h"

enum { STATIONS = 12, PATIENCE_S = 60 };

struct party {
    struct station *station;
    char *user;
    enum call_reason ended;          /* why the last call ended */
    char ended_with[CALL_NAME_SIZE]; /* and what its other side was called */
    int busy;                        /* how many callers were told so */
    int connected;
    enum call_policy policy; /* for its next call */
    uint64_t events;         /* of all calls: bits of enum call_event */
    char *status;
};

struct world {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct belongings before;
    struct hub *hub;
    char *listen, *url;
    struct hub_config hub_config; /* what its hubs from now on are told besides where to listen */
    struct options options;
    const struct agent_streams *streams; /* of who joins from now on; NULL: none */
    const struct room_streams *carried;  /* likewise, by her room */
    struct party parties[STATIONS];
};

/* ---- the world ---- */

static inline void on_call(void *user_data, const struct call_notice *notice)
{
    struct party *party = user_data;
    party->events |= UINT64_C(1) << notice->event;
    if (notice->previous > CALL_PREPARED && notice->state == CALL_PREPARED)
        party->ended = notice->reason;
    if (notice->previous > CALL_PREPARED && notice->state == CALL_PREPARED)
        g_strlcpy(party->ended_with, notice->name, CALL_NAME_SIZE);
    if (notice->event == CALL_EVENT_CALL_REFUSED_BUSY)
        party->busy++;
    if (notice->state == CALL_CONNECTED && notice->previous != CALL_CONNECTED)
        party->connected++;
}

static inline void on_status(void *user_data, enum agent_status status, const char *why)
{
    struct party *party = user_data;
    g_free(party->status);
    party->status = status == AGENT_STATUS_WELL ? NULL : g_strdup(why ? why : "");
}

static inline enum call_policy on_policy(void *user_data, enum call_role role, const char *remote,
                                         const cJSON *extension)
{
    const struct party *party = user_data;
    (void)role;
    (void)remote;
    (void)extension;
    return party->policy;
}

static const struct agent_listener listener = { .call = on_call, .status = on_status, .policy = on_policy };

static inline void open_hub(struct world *world)
{
    g_autofree char *error = NULL;
    struct hub_config config = world->hub_config;
    config.listen = world->listen ? world->listen : "127.0.0.1:0";
    world->hub = hub_create(world->reactor, &config, &error);
    g_assert_nonnull(world->hub);
    if (!world->listen) {
        world->url = g_strdup(hub_url(world->hub));
        world->listen = g_strdup(strstr(world->url, "//") + 2); /* the same port again, later */
    }
}

static inline void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    int status;
    char *argv[] = { "test", "--size", "320x180", "--software", NULL };
    *world = (struct world){ .reactor = reactor_create(), .identity = dtls_identity_create() };
    g_assert_true(options_parse(&world->options, "test", 4, argv, &status));
    world->before = belongings_now();
    open_hub(world);
}

static inline void leave(struct party *party)
{
    station_close(party->station);
    g_free(party->user);
    g_free(party->status);
    *party = (struct party){ 0 };
}

static inline void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < STATIONS; i++)
        leave(&world->parties[i]);
    hub_destroy(world->hub);
    assert_nothing_left_behind(world->reactor, &world->before);
    dtls_identity_destroy(world->identity);
    reactor_destroy(world->reactor);
    options_clear(&world->options);
    g_free(world->listen);
    g_free(world->url);
}

static inline struct party *join(struct world *world, const char *user, const char *room, enum call_party role,
                                 int auto_accept_ms)
{
    struct party *party = world->parties;
    while (party->station)
        party++;
    party->user = g_strdup(user);
    struct station_config config = {
        .options = &world->options,
        .reactor = world->reactor,
        .identity = world->identity,
        .hub_url = world->url,
        .user = user,
        .name = world->options.name,
        .room = room,
        .streams = world->streams,
        .carried = world->carried,
        .party = role,
        .auto_accept_ms = auto_accept_ms,
        .listener = &listener,
        .user_data = party,
    };
    config.capture = station_capture(&world->options, (unsigned)(party - world->parties), &config.microphone);
    party->station = station_open(&config);
    g_assert_nonnull(party->station);
    return party;
}

static inline struct party *join_named(struct world *world, const char *user, const char *name, const char *room,
                                       enum call_party role)
{
    world->options.name = g_strdup(name);
    struct party *party = join(world, user, room, role, -1);
    g_clear_pointer(&world->options.name, g_free);
    return party;
}

static inline void tick(struct world *world)
{
    int64_t due = g_get_monotonic_time() + 20000;
    for (int i = 0; i < STATIONS; i++)
        if (world->parties[i].station)
            due = MIN(due, station_deadline(world->parties[i].station));
    reactor_wait(world->reactor, due);
    for (int i = 0; i < STATIONS; i++)
        if (world->parties[i].station)
            station_tick(world->parties[i].station, g_get_monotonic_time());
}

static inline struct agent *agent_of(const struct party *party)
{
    return station_agent(party->station);
}

static inline int64_t passed(const struct party *party, enum call_milestone milestone)
{
    return call_timing_us(agent_timing(agent_of(party)), milestone);
}

static inline bool told(const struct party *party, enum call_event event)
{
    return party->events >> event & 1;
}

static inline uint64_t decoded(const struct party *party)
{
    return player_stats(agent_player(agent_of(party))).video.decoded;
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

static inline void play_pictures(struct world *world, const struct party *party, unsigned n)
{
    uint64_t goal = decoded(party) + n;
    WAIT_FOR(world, decoded(party) >= goal);
}

static inline void run_for(struct world *world, int ms)
{
    for (int64_t end = g_get_monotonic_time() + ms * 1000; g_get_monotonic_time() < end;)
        tick(world);
}

static inline enum call_state state_of(const struct party *party)
{
    return agent_call_state(agent_of(party));
}

static inline bool both_are(const struct party *a, const struct party *b, enum call_state state)
{
    return state_of(a) == state && state_of(b) == state;
}

/* ---- the tests ---- */

struct agent_test {
    const char *path;
    void (*run)(struct world *world, gconstpointer data);
    int data;
};

/* Each in a world of its own. */
static inline int run_agent_tests(int argc, char **argv, const struct agent_test *tests, size_t n)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what many of these tests are about */
    for (size_t i = 0; i < n; i++)
        g_test_add(tests[i].path, struct world, GINT_TO_POINTER(tests[i].data), set_up, tests[i].run, tear_down);
    return g_test_run();
}

#endif
