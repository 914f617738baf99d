/* A session of operations at a hub, without sockets: a line is a message on one of four connections, whose digit leads
 * it; "-" and a digit end a connection, "+" lets a second pass, and "GET /v1/..." or "POST /v1/... {...}" ask the HTTP
 * API. What must hold: each request has one acknowledgement, and all that is sent is JSON within the limit. */
#include "engine/text/json.h"
#include "fuzz.h"
#include "net/hub/http_api.h"
#include "net/hub/service.h"

#include <string.h>

enum { CONNECTIONS = 4, MAX_LINES = 200 };

struct connection {
    struct hub_session *session;
    bool dropped;
    int acknowledged;
};

struct hub_under_test {
    struct hub_service *service;
    struct connection connections[CONNECTIONS];
    int64_t now_us;
};

static bool carry(void *user_data, const char *text, size_t length)
{
    struct connection *connection = user_data;
    cJSON *json = hub_parse(text, length);
    g_assert_nonnull(json);
    g_assert_cmpuint(length, <=, HUB_REPLY_MAX);
    connection->acknowledged += json_member(json, "ack") != NULL;
    cJSON_Delete(json);
    return true;
}

static void drop(void *user_data, const char *reason)
{
    struct connection *connection = user_data;
    g_assert_nonnull(reason);
    connection->dropped = true;
}

static const struct hub_service_ops OPS = { .send = carry, .drop = drop };

static void close_connection(struct connection *connection)
{
    hub_session_close(connection->session);
    *connection = (struct connection){ 0 };
}

static void close_dropped(struct hub_under_test *hub)
{
    for (int i = 0; i < CONNECTIONS; i++)
        if (hub->connections[i].dropped)
            close_connection(&hub->connections[i]);
}

static void receive(struct hub_under_test *hub, struct connection *connection, const char *text)
{
    if (!connection->session)
        connection->session = hub_session_open(hub->service, connection);
    connection->acknowledged = 0;
    hub_session_receive(connection->session, text, strlen(text), hub->now_us);
    g_assert_cmpint(connection->acknowledged, ==, 1);
}

static void ask(struct hub_under_test *hub, char *line)
{
    char *path = strchr(line, ' '), *content = path ? strchr(path + 1, ' ') : NULL;
    if (!path)
        return;
    *path++ = '\0';
    if (content)
        *content++ = '\0';
    g_autoptr(GString) body = content ? g_string_new(content) : NULL;
    struct http_request request = { .method = line, .path = path, .body = body, .status = 200 };
    struct http_answer answer = { 0 };
    hub_http_answer(hub->service, &(struct hub_counts){ .connections = CONNECTIONS }, &request, &answer);
    g_assert_true(answer.status >= 200 && answer.status < 500);
    g_assert_true(answer.body && g_utf8_validate(answer.body, -1, NULL));
    if (!answer.text) {
        cJSON *json = cJSON_Parse(answer.body);
        g_assert_nonnull(json);
        cJSON_Delete(json);
    }
    g_free(answer.body);
}

static void do_line(struct hub_under_test *hub, char *line)
{
    struct connection *connection = &hub->connections[(uint8_t)(line[0] == '-' ? line[1] : line[0]) % CONNECTIONS];
    if (line[0] == '-' && connection->session)
        close_connection(connection);
    else if (line[0] == '+')
        hub->now_us += G_USEC_PER_SEC;
    else if (line[0] == 'G' || line[0] == 'P' || line[0] == 'D')
        ask(hub, line);
    else if (g_ascii_isdigit(line[0]))
        receive(hub, connection, line + 1);
    close_dropped(hub);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    GMainContext *context = g_main_context_new();
    struct hub_under_test hub = { .service = hub_service_create(&OPS, context), .now_us = 1000000 };
    char *line;
    for (int i = 0; i < MAX_LINES && (line = fuzz_line(&input)); i++) {
        do_line(&hub, line);
        g_free(line);
    }
    while (g_main_context_iteration(context, FALSE))
        ;
    close_dropped(&hub);
    for (int i = 0; i < CONNECTIONS; i++)
        close_connection(&hub.connections[i]);
    while (g_main_context_iteration(context, FALSE))
        ;
    hub_service_destroy(hub.service);
    g_main_context_unref(context);
    return 0;
}
