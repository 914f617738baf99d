/* Calls are told over TLS to whom the webhook's address names, and to nobody else. */
#include <libsoup/soup.h>

#include "certificate.h"
#include "left_behind.h"
#include "net/hub/service/calls.h"
#include "net/hub/webhook.h"

enum { PATIENCE_US = 60 * G_USEC_PER_SEC };

struct world {
    struct reactor *reactor;
    struct belongings before;
    struct certificate certificate; /* the server's */
    SoupServer *server;
    struct hub_webhook *webhook;
    GString *told;   /* what the server got */
    GString *logged; /* of what was not told */
};

static void handle(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
                   gpointer user_data)
{
    struct world *world = user_data;
    SoupMessageBody *body = soup_server_message_get_request_body(message);
    (void)server;
    (void)path;
    (void)query;
    g_string_append_len(world->told, body->data, (gssize)body->length);
    soup_server_message_set_status(message, 204, NULL);
}

static int serve(struct world *world)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GTlsCertificate)
        both = g_tls_certificate_new_from_files(world->certificate.cert, world->certificate.key, &error);
    g_assert_no_error(error);
    g_main_context_push_thread_default(reactor_context(world->reactor));
    world->server = soup_server_new(NULL, NULL);
    soup_server_set_tls_certificate(world->server, both);
    soup_server_add_handler(world->server, NULL, handle, world, NULL);
    soup_server_listen_local(world->server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
    g_assert_no_error(error);
    g_main_context_pop_thread_default(reactor_context(world->reactor));
    GSList *uris = soup_server_get_uris(world->server);
    int port = g_uri_get_port(uris->data);
    g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
    return port;
}

static const char refused[] = "was not told: its certificate is not to be trusted";

static void note(const char *domain, GLogLevelFlags level, const char *line, void *user_data)
{
    struct world *world = user_data;
    (void)domain;
    (void)level;
    g_string_append_printf(world->logged, "%s\n", line);
}

/* A server that bears the certificate for `name`, and a webhook for localhost there; until it is told, or not. */
static void tell(struct world *world, const char *name, bool trusted)
{
    g_autofree char *error = NULL;
    *world = (struct world){ .reactor = reactor_create(),
                             .certificate = certificate_make(name),
                             .told = g_string_new(NULL),
                             .logged = g_string_new(NULL) };
    struct certificate other = certificate_make("localhost");
    g_setenv("SSL_CERT_FILE", trusted ? world->certificate.cert : other.cert, true);
    world->before = belongings_now();
    g_autofree char *url = g_strdup_printf("https://localhost:%d/calls", serve(world));
    world->webhook = hub_webhook_create(world->reactor, url, "secret", &error);
    g_assert_cmpstr(error, ==, NULL);
    guint handler = g_log_set_handler("net", G_LOG_LEVEL_DEBUG, note, world);
    struct hub_call call = { .id = "one", .from = "anna/1", .to = "bert/1" };
    hub_webhook_tell(world->webhook, HUB_CALL_STARTED, &call, g_get_real_time());
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (!hub_webhook_is_done(world->webhook) && !strstr(world->logged->str, refused)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end_us);
        reactor_wait(world->reactor, g_get_monotonic_time() + 100000);
    }
    g_log_remove_handler("net", handler);
    certificate_remove(&other);
}

static void close_world(struct world *world)
{
    hub_webhook_destroy(world->webhook);
    soup_server_disconnect(world->server);
    g_object_unref(world->server);
    end_reactor(world->reactor, &world->before);
    certificate_remove(&world->certificate);
    g_string_free(world->told, TRUE);
    g_string_free(world->logged, TRUE);
}

static void it_is_told(void)
{
    struct world world;
    tell(&world, "localhost", true);
    g_assert_nonnull(strstr(world.told->str, "\"event\":\"started\",\"call\":\"one\""));
    close_world(&world);
}

/* Why stands in the log. */
static void assert_refused(struct world *world)
{
    g_assert_cmpstr(world->told->str, ==, "");
    g_assert_false(hub_webhook_is_done(world->webhook));
    close_world(world);
}

static void another_name_is_not(void)
{
    struct world world;
    tell(&world, "elsewhere.test", true);
    assert_refused(&world);
}

static void an_unknown_authority_is_not(void)
{
    struct world world;
    tell(&world, "localhost", false);
    assert_refused(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-webhook/told", it_is_told);
    g_test_add_func("/hub-webhook/another-name", another_name_is_not);
    g_test_add_func("/hub-webhook/unknown-authority", an_unknown_authority_is_not);
    return g_test_run();
}
