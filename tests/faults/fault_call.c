/* Two users and their hub in one process, while sockets fail, and with TLS between them OpenSSL and its memory, each
 * call once: both log in, a message of a call arrives and is answered, if not at once then at the next try, and nothing
 * is left behind. */
#include <cjson/cJSON.h>
#include <gio/gio.h>
#include <libwebsockets.h>
#include <string.h>

#include "certificate.h"
#include "each_fault.h"
#include "fail_call.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/signal/signal.h"

/* Where it cannot read /dev/urandom for its handshake, libwebsockets (4.1.6) writes it to NULL. Linux always reads. */
FAIL_NEVER(size_t, lws_get_random, (struct lws_context * c, void *b, size_t n), (c, b, n))

enum {
    SECONDS = 2,
    SECURE_SECONDS = 1, /* what is lost within TLS is waited for longer */
    PATIENCE_US = 25 * G_USEC_PER_SEC,
    PACE_US = 200000,
    LEAVING_US = 10 * G_USEC_PER_SEC,
};

struct world {
    struct reactor *reactor;
    struct hub *hub;
    char *url;
    struct certificate certificate;
    bool tls;
};

struct user {
    struct signal_client *client;
    const char *partner;
    bool refused;
    bool waits; /* for the answer to what was sent last */
    int64_t said_us;
    int heard;
};

static void on_offline(void *user_data, const char *why)
{
    g_assert_nonnull(why);
    ((struct user *)user_data)->refused = true;
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
        world->reactor, &(struct signal_config){ .url = world->url,
                                                 .user = name,
                                                 .listener = &listener,
                                                 .user_data = user,
                                                 .ca_file = world->tls ? world->certificate.cert : NULL });
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

/* A hub whose certificate is another host's is refused, whatever does not work meanwhile. */
static bool run_misnamed(void *user_data)
{
    struct world *world = user_data;
    struct user anna = { 0 };
    bool good = enter(world, &anna, "anna", "bert");
    int64_t limit = g_get_monotonic_time() + PATIENCE_US;
    while (good && !anna.refused) {
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        g_assert_false(signal_client_is_online(anna.client));
    }
    signal_client_destroy(anna.client);
    await_departures(world);
    return good;
}

static void open_hub(struct world *world)
{
    char *error = NULL;
    world->hub = hub_create(world->reactor,
                            &(struct hub_config){ .listen = "127.0.0.1:0",
                                                  .tls_cert = world->tls ? world->certificate.cert : NULL,
                                                  .tls_key = world->tls ? world->certificate.key : NULL },
                            &error);
    if (!world->hub)
        g_error("%s", error);
    world->url = world->tls ? g_strdup_printf("wss://localhost%s", strrchr(hub_url(world->hub), ':'))
                            : g_strdup(hub_url(world->hub));
}

static void each_call_fails(gconstpointer data)
{
    const struct fault_kind *kind = data;
    bool misnamed = g_str_has_suffix(kind->name, "/misnamed");
    struct world world = { .reactor = reactor_create(),
                           .certificate = certificate_make(misnamed ? "example.org" : "localhost"),
                           .tls = kind->tls };
    open_hub(&world);
    fault_each(&(struct fault_scenario){ misnamed ? run_misnamed : run, &world }, kind,
               kind->tls ? SECURE_SECONDS : SECONDS);
    hub_destroy(world.hub);
    reactor_destroy(world.reactor);
    certificate_remove(&world.certificate);
    g_free(world.url);
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
        { "/faults/call/secure/open", FAIL_OPEN, FAIL_ERROR, true },
        { "/faults/call/secure/read", FAIL_READ, FAIL_ERROR, true },
        { "/faults/call/secure/write", FAIL_WRITE, FAIL_ERROR, true },
        { "/faults/call/secure/tls", FAIL_TLS, FAIL_ERROR, true },
        { "/faults/call/secure/tls-memory", FAIL_TLS_MEMORY, FAIL_ERROR, true },
        { "/faults/call/secure/misnamed", FAIL_TLS, FAIL_ERROR, true },
    };
    fail_tls_prepare();
    return fault_main(argc, argv, kinds, G_N_ELEMENTS(kinds), each_call_fails);
}
