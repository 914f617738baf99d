/* Two users and their hub in one process, while sockets fail, each call once: both log in, a message of a call arrives
 * and is answered, if not at once then at the next try, and nothing is left behind. */
#include <cjson/cJSON.h>
#include <gio/gio.h>
#include <string.h>

#include "each_fault.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/signal/signal.h"

enum {
    SECONDS = 2,
    PATIENCE_US = 25 * G_USEC_PER_SEC,
    PACE_US = 200000,
    LEAVING_US = 10 * G_USEC_PER_SEC,
};

struct world {
    struct reactor *reactor;
    struct hub *hub;
};

struct user {
    struct signal_client *client;
    const char *partner;
    bool waits; /* for the answer to what was sent last */
    int64_t said_us;
    int heard;
};

static void on_offline(void *user_data, const char *why)
{
    (void)user_data;
    g_assert_nonnull(why);
    fault_told();
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    struct user *user = user_data;
    g_assert_true(g_str_has_prefix(from, user->partner));
    g_assert_true(cJSON_HasObjectItem(body, "type"));
    user->heard++;
}

static void on_sent(void *user_data, enum signal_result result, const cJSON *reply)
{
    (void)result;
    (void)reply;
    ((struct user *)user_data)->waits = false;
}

static const struct signal_listener listener = { .offline = on_offline, .message = on_message };

static bool enter(struct world *world, struct user *user, const char *name, const char *partner)
{
    *user = (struct user){ .partner = partner };
    user->client = signal_client_create(
        world->reactor,
        &(struct signal_config){ .url = hub_url(world->hub), .user = name, .listener = &listener, .user_data = user });
    return user->client;
}

/* As an invite is sent until there is an answer. */
static void say(struct user *user)
{
    if (user->waits || !signal_client_is_online(user->client) || g_get_monotonic_time() < user->said_us + PACE_US)
        return;
    user->said_us = g_get_monotonic_time();
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "trial");
    user->waits = true;
    signal_send(user->client, user->partner, body, on_sent, user);
    cJSON_Delete(body);
}

/* Each says something until the other has heard it. */
static void talk(struct world *world, struct user *anna, struct user *bert)
{
    int64_t limit = g_get_monotonic_time() + PATIENCE_US;
    while (!anna->heard || !bert->heard) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        if (!bert->heard)
            say(anna);
        if (!anna->heard)
            say(bert);
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    }
}

/* The hub sees them go. */
static void await_departures(struct world *world)
{
    const struct hub_counts *counts = hub_counts(world->hub);
    int64_t limit = g_get_monotonic_time() + LEAVING_US;
    while (counts->sockets && g_get_monotonic_time() < limit)
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    g_assert_cmpint(counts->sockets, ==, 0);
    g_assert_cmpint(counts->connections, ==, 0);
}

static bool run(void *user_data)
{
    struct world *world = user_data;
    struct user anna = { 0 }, bert = { 0 };
    bool good = enter(world, &anna, "anna", "bert") && enter(world, &bert, "bert", "anna");
    if (good)
        talk(world, &anna, &bert);
    signal_client_destroy(anna.client);
    signal_client_destroy(bert.client);
    await_departures(world);
    return good;
}

static void open_hub(struct world *world)
{
    char *error = NULL;
    world->hub = hub_create(world->reactor, &(struct hub_config){ .listen = "127.0.0.1:0" }, &error);
    if (!world->hub)
        g_error("%s", error);
}

static void each_call_fails(gconstpointer data)
{
    const struct fault_kind *kind = data;
    struct world world = { .reactor = reactor_create() };
    open_hub(&world);
    fault_each(&(struct fault_scenario){ run, &world }, kind, SECONDS);
    hub_destroy(world.hub);
    reactor_destroy(world.reactor);
}

int main(int argc, char **argv)
{
    static const struct fault_kind kinds[] = {
        { "/faults/call/socket", FAIL_SOCKET, FAIL_ERROR, false },
        { "/faults/call/socket/interrupted", FAIL_SOCKET, FAIL_INTERRUPTED, false },
        { "/faults/call/socket/again", FAIL_SOCKET, FAIL_AGAIN, false },
        { "/faults/call/send", FAIL_SEND, FAIL_ERROR, false },
        { "/faults/call/send/interrupted", FAIL_SEND, FAIL_INTERRUPTED, false },
        { "/faults/call/send/again", FAIL_SEND, FAIL_AGAIN, false },
        { "/faults/call/receive", FAIL_RECEIVE, FAIL_ERROR, false },
        { "/faults/call/receive/interrupted", FAIL_RECEIVE, FAIL_INTERRUPTED, false },
        { "/faults/call/receive/again", FAIL_RECEIVE, FAIL_AGAIN, false },
    };
    return fault_main(argc, argv, kinds, G_N_ELEMENTS(kinds), each_call_fails);
}
