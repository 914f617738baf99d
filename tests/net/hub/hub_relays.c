/* The ICE servers that a hub names to who logs in. */
#include "net/hub/service/relays.h"

#include <glib.h>

static void none(void)
{
    char *nothing[] = { NULL };
    g_assert_null(hub_relays_create(NULL, NULL, NULL, NULL, 0));
    g_assert_null(hub_relays_create(nothing, "bert", "secret", NULL, 0));
    g_assert_null(hub_relays_describe(NULL, "bob", 0));
}

static void expect(char *const *urls, const char *user, const char *credential, const char *secret, const char *wanted)
{
    struct hub_relays *relays = hub_relays_create(urls, user, credential, secret, 0);
    cJSON *servers = hub_relays_describe(relays, "bob", 1700000000);
    g_autofree char *text = cJSON_PrintUnformatted(servers);
    g_assert_cmpstr(text, ==, wanted);
    cJSON_Delete(servers);
    hub_relays_destroy(relays);
}

static void one_credential(void)
{
    char *urls[] = { "stun:stun.example", "turns:turn.example", NULL };
    expect(
        urls, "bert", "open sesame", NULL,
        "[{\"urls\":[\"stun:stun.example\"]},{\"urls\":[\"turns:turn.example\"],\"username\":\"bert\",\"credential\":"
        "\"open sesame\"}]");
    expect(urls, NULL, NULL, NULL, "[{\"urls\":[\"stun:stun.example\"]},{\"urls\":[\"turns:turn.example\"]}]");
}

/* As 'printf %s 1700086400:bob | openssl dgst -sha1 -hmac "north wind" -binary | base64' has it. */
static void a_credential_each(void)
{
    char *urls[] = { "turn:turn.example?transport=tcp", NULL };
    expect(urls, "bert", "open sesame", "north wind",
           "[{\"urls\":[\"turn:turn.example?transport=tcp\"],"
           "\"username\":\"1700086400:bob\",\"credential\":\"F1GJH5TR7D72p8KJRinGpFvULDs=\"}]");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub/relays/none", none);
    g_test_add_func("/hub/relays/one-credential", one_credential);
    g_test_add_func("/hub/relays/a-credential-each", a_credential_each);
    return g_test_run();
}
