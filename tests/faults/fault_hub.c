/* A hub with TLS, tokens and pages, while sockets, files, OpenSSL and its memory fail, each call once: it starts or
 * says why not, whoever it loses by that is served when he comes again, and it ends without leaving anything. */
#include <gio/gio.h>

#include "certificate.h"
#include "each_fault.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/protocol/hub_token.h"
#include "visitor.h"

#define SECRET "0123456789abcdef0123456789abcdef"

enum { SECONDS = 2, CLOSING_US = 5 * G_USEC_PER_SEC };

struct world {
    struct reactor *reactor;
    struct certificate certificate;
    char *token;
    bool tls;
};

static bool visit(struct world *world, struct hub *hub)
{
    struct visitor *visitor = visitor_begin(hub_url(hub), world->token);
    while (!visitor_is_done(visitor))
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    return visitor_leave(visitor);
}

/* That all have gone is seen by the hub, and not by an end of its own. */
static void await_departures(struct world *world, const struct hub *hub)
{
    int64_t limit = g_get_monotonic_time() + CLOSING_US;
    while (hub_counts(hub)->sockets && g_get_monotonic_time() < limit)
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    g_assert_cmpint(hub_counts(hub)->sockets, ==, 0);
    g_assert_cmpint(hub_counts(hub)->connections, ==, 0);
}

static bool run(void *user_data)
{
    struct world *world = user_data;
    g_autofree char *error = NULL;
    struct hub *hub = hub_create(world->reactor,
                                 &(struct hub_config){ .listen = "127.0.0.1:0",
                                                       .asset_dir = SOURCE_DIR "/assets",
                                                       .tls_cert = world->tls ? world->certificate.cert : NULL,
                                                       .tls_key = world->tls ? world->certificate.key : NULL,
                                                       .token_secret = SECRET },
                                 &error);
    g_assert_true(!hub == (error != NULL));
    if (error)
        fault_told();
    bool good = hub && visit(world, hub);
    if (hub && !good) { /* a line may break; who comes again is served */
        fault_told();
        g_assert_true(visit(world, hub));
    }
    if (hub)
        await_departures(world, hub);
    hub_destroy(hub);
    reactor_flush(world->reactor);
    return good;
}

static char *make_token(void)
{
    char *error = NULL;
    struct hub_grant grant = { .user = (char *)"anna", .expires_s = INT64_MAX };
    char *token = hub_token_make(SECRET, NULL, &grant, &error);
    g_assert_nonnull(token);
    return token;
}

static void each_call_fails(gconstpointer data)
{
    const struct fault_kind *kind = data;
    struct world world = { reactor_create(), certificate_make("localhost"), make_token(), kind->tls };
    fault_each(&(struct fault_scenario){ run, &world }, kind, SECONDS);
    reactor_destroy(world.reactor);
    certificate_remove(&world.certificate);
    g_free(world.token);
}

int main(int argc, char **argv)
{
    static const struct fault_kind kinds[] = {
        { "/faults/hub/socket", FAIL_SOCKET, FAIL_ERROR, false },
        { "/faults/hub/socket/interrupted", FAIL_SOCKET, FAIL_INTERRUPTED, false },
        { "/faults/hub/socket/again", FAIL_SOCKET, FAIL_AGAIN, false },
        { "/faults/hub/send", FAIL_SEND, FAIL_ERROR, false },
        { "/faults/hub/send/interrupted", FAIL_SEND, FAIL_INTERRUPTED, false },
        { "/faults/hub/send/again", FAIL_SEND, FAIL_AGAIN, false },
        { "/faults/hub/receive", FAIL_RECEIVE, FAIL_ERROR, false },
        { "/faults/hub/receive/interrupted", FAIL_RECEIVE, FAIL_INTERRUPTED, false },
        { "/faults/hub/receive/again", FAIL_RECEIVE, FAIL_AGAIN, false },
        { "/faults/hub/open", FAIL_OPEN, FAIL_ERROR, true },
        { "/faults/hub/open/interrupted", FAIL_OPEN, FAIL_INTERRUPTED, true },
        { "/faults/hub/read", FAIL_READ, FAIL_ERROR, true },
        { "/faults/hub/read/interrupted", FAIL_READ, FAIL_INTERRUPTED, true },
        { "/faults/hub/write", FAIL_WRITE, FAIL_ERROR, true },
        { "/faults/hub/write/interrupted", FAIL_WRITE, FAIL_INTERRUPTED, true },
        { "/faults/hub/tls", FAIL_TLS, FAIL_ERROR, true },
        { "/faults/hub/tls-memory", FAIL_TLS_MEMORY, FAIL_ERROR, true },
    };
    fail_tls_prepare();
    return fault_main(argc, argv, kinds, G_N_ELEMENTS(kinds), each_call_fails);
}
