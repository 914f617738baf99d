/* The application's server brings whole agents together and ends their calls, over the hub's HTTP interface. */
#include "agent_rig.h"
#include "hub_request.h"

/* An HTTP request over a socket, the world going on meanwhile; the whole answer. */
static char *post(struct world *world, const char *path, const char *content)
{
    g_autofree char *request = g_strdup_printf(
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        path, strlen(content), content);
    g_autoptr(GSocket) socket = connect_to_hub(world->url);
    GString *answer = g_string_new(NULL);
    converse(world->reactor, socket, request, NULL, answer);
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
    static const struct agent_test tests[] = {
        { "/agents/match", the_server_brings_together, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
