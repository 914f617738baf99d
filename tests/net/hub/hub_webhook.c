/* Calls are told over TLS to whom the webhook's address names, and to nobody else. */
#include "certificate.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/hub/webhook.h"
#include "test_resolver.h"

enum { PATIENCE_US = 60 * G_USEC_PER_SEC };

static void note(const char *domain, GLogLevelFlags level, const char *line, void *user_data)
{
    GString *logged = user_data;
    (void)domain;
    (void)level;
    if (strstr(line, "was not told: "))
        g_string_append(logged, line);
}

/* A hub that bears the certificate for `name`, and takes no calls, is what two.test is: why it was not told, g_free it.
 */
static char *tell(const char *name, bool trusted)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate certificate = certificate_make(name), other = certificate_make("two.test");
    struct hub_config config = { .listen = "127.0.0.1:0", .tls_cert = certificate.cert, .tls_key = certificate.key };
    g_autofree char *error = NULL;
    g_setenv("SSL_CERT_FILE", trusted ? certificate.cert : other.cert, true);
    struct hub *server = hub_create(reactor, &config, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_autofree char *url = g_strdup_printf("https://two.test:%s/calls", strrchr(hub_url(server), ':') + 1);
    struct hub_webhook *webhook = hub_webhook_create(reactor, url, "secret", &error);
    g_assert_cmpstr(error, ==, NULL);
    GString *logged = g_string_new(NULL);
    guint handler = g_log_set_handler("net", G_LOG_LEVEL_DEBUG, note, logged);
    struct hub_call call = { .id = "one", .from = "anna/1", .to = "bert/1" };
    hub_webhook_tell(webhook, HUB_CALL_STARTED, &call, g_get_real_time());
    for (int64_t end_us = g_get_monotonic_time() + PATIENCE_US; !logged->len && g_get_monotonic_time() < end_us;)
        reactor_wait(reactor, g_get_monotonic_time() + 100000);
    g_log_remove_handler("net", handler);
    hub_webhook_destroy(webhook);
    hub_destroy(server);
    end_reactor(reactor, &before);
    certificate_remove(&certificate);
    certificate_remove(&other);
    return g_string_free(logged, FALSE);
}

static void a_trusted_one_is_asked(void)
{
    g_autofree char *why = tell("two.test", true);
    g_assert_nonnull(strstr(why, "it answers 404"));
}

static void assert_distrusted(const char *why)
{
    g_assert_nonnull(strstr(why, "its certificate is not to be trusted: "));
}

static void another_name_is_not(void)
{
    g_autofree char *why = tell("elsewhere.test", true);
    assert_distrusted(why);
}

static void an_unknown_authority_is_not(void)
{
    g_autofree char *why = tell("two.test", false);
    assert_distrusted(why);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    test_resolver_use(); /* the name is ::1, too, where nobody listens */
    g_test_add_func("/hub-webhook/trusted", a_trusted_one_is_asked);
    g_test_add_func("/hub-webhook/another-name", another_name_is_not);
    g_test_add_func("/hub-webhook/unknown-authority", an_unknown_authority_is_not);
    return g_test_run();
}
