/* The hub's HTTP API over real sockets: every answer, and every path of net/hub/openapi.yaml. */
#include <libwebsockets.h>

#include "engine/text/json.h"
#include "hub_request.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/protocol/hub_token.h"
#include "net/signal/signal.h"

#define SECRET "0123456789abcdef0123456789abcdef"

struct person {
    struct signal_client *client;
    int online, messages, matches, hang_ups;
    char *match, *with, *room;
    bool caller;
};

struct world {
    struct reactor *reactor;
    struct belongings before;
    struct hub *hub;
    char *token; /* NULL: none is sent */
};

static void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static void person_message(void *user_data, const char *from, const cJSON *body)
{
    ((struct person *)user_data)->messages++;
    g_assert_true(from && body);
}

static void person_match(void *user_data, const char *match, const char *with, bool caller, const char *room)
{
    struct person *person = user_data;
    person->matches++;
    person->match = g_strdup(match);
    person->with = g_strdup(with);
    person->room = g_strdup(room);
    person->caller = caller;
}

static void person_hang_up(void *user_data, const char *continued)
{
    g_assert_null(continued);
    ((struct person *)user_data)->hang_ups++;
}

static const struct signal_listener listener = {
    .online = person_online,
    .message = person_message,
    .match = person_match,
    .hang_up = person_hang_up,
};

#define until(world, condition)                                                                                        \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + HUB_PATIENCE_US;                                                       \
        while (!(condition) && g_get_monotonic_time() < end_)                                                          \
            reactor_wait((world)->reactor, g_get_monotonic_time() + 100000);                                           \
        g_assert_true(condition);                                                                                      \
    } while (0)

static char *make_token(const char *user, bool server)
{
    char *error = NULL;
    struct hub_grant grant = { .user = (char *)user, .server = server, .expires_s = INT64_MAX };
    char *token = hub_token_make(SECRET, NULL, &grant, &error);
    g_assert_nonnull(token);
    return token;
}

static struct world new_world(void)
{
    return (struct world){ .reactor = reactor_create(), .before = belongings_now() };
}

static void open_world(struct world *world, bool keys)
{
    char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0",
                                 .asset_dir = SOURCE_DIR "/assets",
                                 .token_secret = keys ? SECRET : NULL };
    *world = new_world();
    world->token = keys ? make_token("", true) : NULL;
    world->hub = hub_create(world->reactor, &config, &error);
    if (!world->hub)
        g_error("%s", error);
}

static void close_world(struct world *world)
{
    hub_destroy(world->hub);
    end_reactor(world->reactor, &world->before);
    g_free(world->token);
}

static void enter(struct world *world, struct person *person, const char *user)
{
    *person = (struct person){ 0 };
    g_autofree char *token = make_token(user, false);
    g_autofree char *name = g_ascii_strup(user, -1);
    struct signal_config config = { hub_url(world->hub), user, &listener, person, token, .name = name };
    person->client = signal_client_create(world->reactor, &config);
    until(world, person->online);
}

static void leave(struct person *person)
{
    signal_client_destroy(person->client);
    g_free(person->match);
    g_free(person->with);
    g_free(person->room);
}

/* `reason`: NULL, none. */
static void say_why(struct person *person, const char *to, const char *action, const char *id, const char *reason)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "call");
    cJSON_AddStringToObject(body, "action", action);
    cJSON_AddStringToObject(body, "call", id);
    if (reason)
        cJSON_AddStringToObject(body, "reason", reason);
    signal_send(person->client, to, body, NULL, NULL);
    cJSON_Delete(body);
}

static void say_call(struct person *person, const char *to, const char *action, const char *id)
{
    say_why(person, to, action, id, NULL);
}

static char *exchange(struct world *world, const char *request)
{
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(world->hub));
    GString *answer = g_string_new(NULL);
    converse(world->reactor, socket, request, NULL, answer);
    return g_string_free(answer, FALSE);
}

/* `content` NULL: none, and no length. */
static char *ask(struct world *world, const char *method, const char *path, const char *extra, const char *content)
{
    g_autofree char *authorization = world->token ? g_strdup_printf("Authorization: Bearer %s\r\n", world->token)
                                                  : g_strdup("");
    g_autofree char *length = content ? g_strdup_printf("Content-Type: application/json\r\nContent-Length: %zu\r\n",
                                                        strlen(content))
                                      : g_strdup("");
    g_autofree char *request = g_strdup_printf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s%s%s\r\n%s",
                                               method, path, authorization, extra, length, content ? content : "");
    return exchange(world, request);
}

static int status_of(const char *answer)
{
    return g_str_has_prefix(answer, "HTTP/1.1 ") ? atoi(answer + strlen("HTTP/1.1 ")) : 0;
}

static void expect(struct world *world, int status, const char *method, const char *path, const char *content,
                   const char *word)
{
    g_autofree char *answer = ask(world, method, path, "", content);
    const char *body = strstr(answer, "\r\n\r\n");
    if (status_of(answer) != status || !body || !strstr(answer, word))
        g_error("%s %s %s: wanted %d and \"%s\", got %s", method, path, content ? content : "", status, word, answer);
    g_autoptr(GError) error G_GNUC_UNUSED = NULL;
    cJSON *json = cJSON_Parse(body + 4);
    g_assert_true(json || !strcmp(path, "/metrics"));
    g_assert_true(status < 400 || (cJSON_HasObjectItem(json, "error") && cJSON_HasObjectItem(json, "message")));
    cJSON_Delete(json);
}

static void the_server_looks(void)
{
    struct world world;
    struct person anna;
    open_world(&world, true);
    enter(&world, &anna, "anna b\303\274");
    expect(&world, 200, "GET", "/v1/rooms", NULL, "{\"rooms\":[]}");
    expect(&world, 200, "GET", "/v1/users/anna%20b%C3%BC", NULL, "\"online\":true,\"devices\":1");
    expect(&world, 200, "GET", "/v1/users/nobody", NULL, "\"online\":false,\"devices\":0");
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_users 1\n");
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_refused_total{reason=\"not-allowed\"} 0\n");
    expect(&world, 404, "GET", "/v1/users/", NULL, "not-found");
    expect(&world, 404, "GET", "/v1/users/a/b", NULL, "not-found");
    expect(&world, 404, "GET", "/v1", NULL, "not-found");
    expect(&world, 404, "GET", "/v1/nothing", NULL, "not-found");
    leave(&anna);
    close_world(&world);
}

/* While it rings, while it goes on, and what is counted of it. */
static void calls_are_listed(void)
{
    struct world world;
    struct person anna, bert;
    open_world(&world, true);
    enter(&world, &anna, "anna");
    enter(&world, &bert, "bert");
    expect(&world, 200, "GET", "/v1/calls", NULL, "{\"calls\":[]}");
    say_call(&anna, "bert", "invite", "first");
    until(&world, bert.messages == 1);
    expect(&world, 200, "GET", "/v1/calls", NULL, "{\"call\":\"first\",\"state\":\"ringing\",\"from\":\"anna/");
    say_call(&bert, "anna", "accept", "first");
    until(&world, anna.messages == 1);
    expect(&world, 200, "GET", "/v1/calls", NULL, "\"state\":\"connected\"");
    expect(&world, 200, "GET", "/v1/calls", NULL, "\"from_name\":\"ANNA\",\"to_name\":\"BERT\"");
    say_call(&anna, "bert", "hangup", "first");
    say_call(&anna, "bert", "invite", "second");
    say_call(&anna, "bert", "cancel", "second");
    until(&world, bert.messages == 4);
    expect(&world, 200, "GET", "/v1/calls", NULL, "{\"calls\":[]}");
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_calls_started_total 1\n");
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_calls_ended_total 1\n");
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_calls_missed_total 1\n");
    leave(&anna);
    leave(&bert);
    close_world(&world);
}

/* It goes over the connection as well, which may be the shorter way: the caller takes the call from the callee's other
 * devices before the hub has heard of the accept. */
static void an_accept_comes_late(void)
{
    struct world world;
    struct person anna, bert;
    open_world(&world, true);
    enter(&world, &anna, "anna");
    enter(&world, &bert, "bert");
    say_call(&anna, "bert", "invite", "late");
    say_why(&anna, "bert", "cancel", "late", "accepted elsewhere");
    until(&world, bert.messages == 2);
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_calls_missed_total 0\n");
    say_call(&bert, "anna", "accept", "late");
    until(&world, anna.messages == 1);
    expect(&world, 200, "GET", "/v1/calls", NULL, "{\"call\":\"late\",\"state\":\"connected\"");
    say_call(&anna, "bert", "hangup", "late");
    until(&world, bert.messages == 3);
    expect(&world, 200, "GET", "/metrics", NULL, "callapi_calls_ended_total 1\n");
    leave(&anna);
    leave(&bert);
    close_world(&world);
}

static void wrong_requests_are_answered(void)
{
    struct world world;
    open_world(&world, true);
    expect(&world, 405, "GET", "/v1/match", NULL, "POST");
    expect(&world, 405, "POST", "/v1/rooms", "{}", "GET");
    expect(&world, 405, "POST", "/metrics", "{}", "GET");
    expect(&world, 405, "POST", "/healthz", "{}", "GET");
    expect(&world, 404, "GET", "/healthz/more", NULL, "not-found");
    expect(&world, 405, "DELETE", "/v1/users/anna", NULL, "GET");
    const char *const bad[] = { "{",
                                "[]",
                                "7",
                                "{}",
                                "{\"a\":1,\"b\":\"b\"}",
                                "{\"a\":\"a\"}",
                                "{\"a\":\"a\",\"b\":\"a\"}",
                                "{\"a\":\"a/1\",\"b\":\"b\"}" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        expect(&world, 400, "POST", "/v1/match", bad[i], "malformed");
    expect(&world, 400, "POST", "/v1/hangup", "{}", "malformed");
    expect(&world, 400, "POST", "/v1/hangup", "{\"user\":\"a\",\"call\":\"b\"}", "malformed");
    expect(&world, 400, "POST", "/v1/match", "", "malformed");
    expect(&world, 404, "POST", "/v1/match", "{\"a\":\"a\",\"b\":\"b\"}", "not logged in");
    expect(&world, 404, "POST", "/v1/hangup", "{\"user\":\"a\"}", "not-found");
    expect(&world, 404, "POST", "/v1/hangup", "{\"call\":\"a\"}", "no such call");
    g_autofree char *large = g_strnfill(5000, 'x');
    expect(&world, 413, "POST", "/v1/match", large, "too-large");
    g_autofree char *untyped = ask(&world, "POST", "/v1/match", "Content-Type: text/plain\r\nContent-Length: 0\r\n",
                                   NULL);
    g_assert_cmpint(status_of(untyped), ==, 415);
    g_autofree char *unsized = ask(&world, "POST", "/v1/match", "Content-Type: application/json\r\n", NULL);
    g_assert_cmpint(status_of(unsized), ==, 400);
    close_world(&world);
}

static void only_the_server_is_let_in(void)
{
    struct world world;
    open_world(&world, true);
    char *server = world.token;
    world.token = NULL;
    expect(&world, 401, "GET", "/v1/rooms", NULL, "unauthorized");
    expect(&world, 401, "POST", "/v1/match", "{\"a\":\"a\",\"b\":\"b\"}", "ww-authenticate");
    expect(&world, 401, "GET", "/metrics", NULL, "unauthorized");
    expect(&world, 200, "GET", "/healthz", NULL, "{\"status\":\"ok\"}");
    world.token = (char *)"nonsense";
    expect(&world, 401, "GET", "/v1/rooms", NULL, "unauthorized");
    world.token = make_token("anna", false);
    expect(&world, 403, "GET", "/v1/rooms", NULL, "not-allowed");
    g_free(world.token);
    world.token = server;
    expect(&world, 200, "GET", "/v1/rooms", NULL, "rooms");
    close_world(&world);
}

static void an_open_hub_answers_its_own_machine(void)
{
    struct world world;
    open_world(&world, false);
    expect(&world, 200, "GET", "/v1/rooms", NULL, "rooms");
    g_autofree char *page = ask(&world, "GET", "/v1/rooms", "Origin: http://evil.example\r\n", NULL);
    g_assert_cmpint(status_of(page), ==, 403);
    g_autofree char *rebound = exchange(&world,
                                        "GET /v1/rooms HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    g_assert_cmpint(status_of(rebound), ==, 403);
    g_autofree char *balancer = ask(&world, "GET", "/healthz", "Origin: http://evil.example\r\n", NULL);
    g_assert_cmpint(status_of(balancer), ==, 200);
    g_autofree char *client = ask(&world, "GET", "/", "", NULL);
    g_assert_cmpint(status_of(client), ==, 200); /* the web client is still there */
    g_assert_nonnull(strstr(client, "</html>"));
    g_assert_null(strstr(client, "unsafe-inline"));
    close_world(&world);
}

static int upgrade(struct world *world, const char *host, const char *origin)
{
    g_autofree char *named = origin ? g_strdup_printf("Origin: %s\r\n", origin) : g_strdup("");
    g_autofree char *request = g_strdup_printf(
        "GET / HTTP/1.1\r\nHost: %s\r\n%sUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: "
        "callapi\r\n\r\n",
        host, named);
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(world->hub));
    g_autoptr(GString) answer = g_string_new(NULL);
    converse(world->reactor, socket, request, "\r\n\r\n", answer);
    return status_of(answer->str);
}

/* A page of another site has no business here; by DNS rebinding it has the hub's address, but its own name. */
static void foreign_pages_are_refused(void)
{
    struct world world = new_world();
    char *origins[] = { (char *)"https://calls.example", NULL };
    struct hub_config config = { .listen = "127.0.0.1:0", .origins = origins };
    world.hub = hub_create(world.reactor, &config, NULL);
    g_assert_nonnull(world.hub);
    const struct {
        const char *host, *origin;
        bool allowed;
    } cases[] = {
        { "127.0.0.1:8080", NULL, true },
        { "hub.lan", NULL, true },
        { "127.0.0.1:8080", "http://127.0.0.1:8080", true },
        { "localhost:8080", "http://localhost:8080", true },
        { "[::1]:8080", "http://[::1]:8080", true },
        { "127.0.0.1:8080", "https://calls.example", true },
        { "127.0.0.1:8080", "http://evil.example", false },
        { "127.0.0.1:8080", "null", false },
        { "127.0.0.1:8080", "http://127.0.0.1:9090", false },
        { "evil.example:8080", "http://evil.example:8080", false },
        { "127.0.0.1:8080", "http://calls.example", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(upgrade(&world, cases[i].host, cases[i].origin) == 101, ==, cases[i].allowed);
    close_world(&world);
}

static bool has_ended(GSocket *socket)
{
    char byte;
    g_autoptr(GError) error = NULL;
    return g_socket_receive(socket, &byte, 1, NULL, &error) <= 0 &&
           !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static int count_ended(GPtrArray *sockets)
{
    int n = 0;
    for (guint i = 0; i < sockets->len; i++)
        n += has_ended(sockets->pdata[i]);
    return n;
}

/* Whoever connects and asks nothing holds a socket of the hub's: only so many may, and not for long. */
static void idle_sockets_are_limited(void)
{
    enum { SOCKETS = 40 };
    struct hub_limits limits = HUB_LIMITS;
    limits.connections = 1;
    struct hub_config config = { .listen = "127.0.0.1:0", .asset_dir = SOURCE_DIR "/assets", .limits = &limits };
    struct world world = new_world();
    world.hub = hub_create(world.reactor, &config, NULL);
    expect(&world, 200, "GET", "/v1/rooms", NULL, "rooms");
    expect(&world, 404, "POST", "/v1/hangup", "{\"user\":\"a\"}", "not-found");
    g_autofree char *page = ask(&world, "GET", "/", "", NULL), *none = ask(&world, "GET", "/none", "", NULL);
    g_assert_true(status_of(page) == 200 && status_of(none) == 404);
    until(&world, hub_counts(world.hub)->sockets == 0);
    g_autoptr(GPtrArray) sockets = g_ptr_array_new_with_free_func(g_object_unref);
    for (int i = 0; i < SOCKETS; i++)
        g_ptr_array_add(sockets, connect_to_hub(hub_url(world.hub)));
    until(&world, hub_counts(world.hub)->sockets == hub_counts(world.hub)->sockets_max);
    g_assert_cmpint(hub_counts(world.hub)->sockets_max, <, SOCKETS);
    until(&world, count_ended(sockets) == SOCKETS);
    until(&world, hub_counts(world.hub)->sockets == 0);
    g_ptr_array_set_size(sockets, 0);
    g_assert_cmpint(upgrade(&world, "127.0.0.1", NULL), ==, 101);
    close_world(&world);
}

/* RFC 6455, 8.1: text that is no UTF-8 ends the connection, with 1007. */
static void text_is_utf8(void)
{
    struct world world;
    open_world(&world, false);
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(world.hub));
    g_autoptr(GString) answer = g_string_new(NULL);
    converse(world.reactor, socket,
             "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
             "AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: callapi\r\n\r\n",
             "\r\n\r\n", answer);
    g_string_truncate(answer, 0);
    converse(world.reactor, socket, "\x81\x82\x01\x01\x01\x01\xc2\x29", "\x03\xef", answer); /* C3 28, masked */
    g_assert_cmpint((unsigned char)answer->str[0], ==, 0x88);
    g_assert_true(!memcmp(answer->str + 2, "\x03\xef", 2));
    g_socket_close(socket, NULL);
    close_world(&world);
}

static void two_are_brought_together(void)
{
    struct world world;
    struct person anna, bert;
    open_world(&world, true);
    enter(&world, &anna, "anna");
    enter(&world, &bert, "bert");
    expect(&world, 202, "POST", "/v1/match", "{\"a\":\"anna\",\"b\":\"bert\"}", "\"call\":\"");
    until(&world, anna.matches == 1 && bert.matches == 1);
    g_assert_cmpstr(anna.match, ==, bert.match);
    g_assert_true(anna.caller && !bert.caller);
    g_assert_cmpstr(anna.with, ==, signal_client_address(bert.client));
    g_assert_cmpstr(bert.with, ==, signal_client_address(anna.client));
    g_assert_null(anna.room);
    expect(&world, 409, "POST", "/v1/match", "{\"a\":\"anna\",\"b\":\"bert\",\"room\":\"studio\"}", "not-allowed");
    expect(&world, 404, "POST", "/v1/hangup", "{\"user\":\"bert\"}", "has no call");
    say_call(&anna, "bert", "invite", "a call");
    until(&world, bert.messages == 1);
    expect(&world, 202, "POST", "/v1/hangup", "{\"user\":\"bert\"}", "{}");
    until(&world, bert.hang_ups == 1);
    g_assert_cmpint(anna.hang_ups, ==, 0);
    leave(&anna);
    leave(&bert);
    close_world(&world);
}

/* Two requests on one connection, one after the other (libwebsockets 4.3 does not take a second before it has
 * answered). */
static void connections_are_kept(void)
{
    struct world world;
    open_world(&world, false);
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(world.hub));
    g_autoptr(GString) answer = g_string_new(NULL);
    converse(world.reactor, socket, "GET /v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "{\"rooms\":[]}", answer);
    g_assert_nonnull(strstr(answer->str, "{\"rooms\":[]}"));
    converse(world.reactor, socket, "GET /v1/users/a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", NULL,
             answer);
    g_assert_nonnull(strstr(answer->str, "\"user\":\"a\""));
    g_socket_close(socket, NULL);
    close_world(&world);
}

static int count(const char *text, const char *word)
{
    int n = 0;
    while ((text = strstr(text, word))) {
        text += strlen(word);
        n++;
    }
    return n;
}

/* libwebsockets 4.3 says nothing more where bytes stand behind a request, and drops the connection, at once or after
 * the time-out. */
static bool stalls_where_more_is_there(void)
{
    return g_str_has_prefix(lws_get_library_version(), "4.3.");
}

/* A body ends where its length says (RFC 9112, 6.3): what stands behind it never runs its request again, and the
 * connection ends with the answer, so that no two can be mixed up (9.3.2). */
static void a_request_runs_once(void)
{
    struct world world;
    open_world(&world, false);
    const char *const head =
        "POST /v1/match HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n";
    const char *const body = "{\"a\":\"a\",\"b\":\"b\"}", *get = "GET /v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const char *const behind[] = { "", "garbage that nobody asked for", head, get, "\r\n\r\n\r\n" };
    for (size_t i = 0; i < G_N_ELEMENTS(behind); i++) {
        g_autofree char *request = g_strconcat(head, body, behind[i], NULL);
        g_autofree char *answer = exchange(&world, request);
        g_assert_cmpint(count(answer, "HTTP/1.1 "), <=, 1);
        if (*behind[i] && !*answer && stalls_where_more_is_there())
            continue;
        g_assert_cmpint(status_of(answer), ==, 404);
        g_assert_cmpint(count(answer, "HTTP/1.1 "), ==, 1);
        g_assert_cmpint(count(answer, "not logged in"), ==, 1);
        g_assert_nonnull(strstr(answer, "connection: close"));
    }
    g_autofree char *heads = g_strconcat(head, head, head, body, NULL), *mixed = exchange(&world, heads);
    g_assert_cmpint(count(mixed, "HTTP/1.1 "), <=, 1);
    g_assert_null(strstr(mixed, "not logged in")); /* the second head is the first one's content */
    close_world(&world);
}

/* Whatever of the heads that came at once is answered, each has its own answer, and in their order. */
static void answers_are_never_mixed(void)
{
    struct world world;
    open_world(&world, false);
    const char *const gets = "GET /v1/rooms HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                             "GET /v1/users/a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    g_autofree char *answer = exchange(&world, gets);
    int users = count(answer, "\"user\":\"a\""), rooms = count(answer, "{\"rooms\":[]}");
    g_assert_true(rooms == 1 || (!rooms && !users && stalls_where_more_is_there()));
    g_assert_cmpint(count(answer, "HTTP/1.1 200"), ==, 1 + users);
    g_assert_true(!users || strstr(answer, "rooms") < strstr(answer, "\"user\""));
    close_world(&world);
}

/* What the description promises is there: each "  /path:" and the "    get:" or "    post:" under it. */
static void the_description_is_true(void)
{
    struct world world;
    open_world(&world, true);
    g_autofree char *text = NULL, *path = NULL;
    int checked = 0;
    g_assert_true(g_file_get_contents(SOURCE_DIR "/net/hub/openapi.yaml", &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        bool get = !strcmp(*line, "    get:"), post = !strcmp(*line, "    post:");
        if (g_str_has_prefix(*line, "  /")) {
            g_free(path);
            path = g_strndup(*line + 2, strcspn(*line, "{:") - 2);
            if (g_str_has_suffix(path, "/")) {
                g_autofree char *user = g_strconcat(path, "anna", NULL);
                g_free(path);
                path = g_steal_pointer(&user);
            }
        }
        if (!get && !post)
            continue;
        g_autofree char *answer = ask(&world, get ? "GET" : "POST", path, "", post ? "{}" : NULL);
        g_assert_cmpint(status_of(answer), ==, get ? 200 : 400);
        checked++;
    }
    g_assert_cmpint(checked, ==, 7);
    close_world(&world);
}

/* ---- webhooks ---- */

/* A server that answers each POST as it is told; gives the content of the next one. */
static char *serve(struct world *world, GSocket *server, const char *status, char **head)
{
    g_autoptr(GSocket) client = NULL;
    until(world, client || (client = g_socket_accept(server, NULL, NULL)));
    g_socket_set_blocking(client, FALSE);
    GString *text = g_string_new(NULL);
    char *body = NULL;
    int64_t end = g_get_monotonic_time() + HUB_PATIENCE_US;
    while ((!body || !strchr(body, '}')) && g_get_monotonic_time() < end) {
        char bytes[1024];
        gssize n = g_socket_receive(client, bytes, sizeof bytes, NULL, NULL);
        if (n > 0)
            g_string_append_len(text, bytes, n);
        body = strstr(text->str, "\r\n\r\n");
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    }
    g_assert_nonnull(body);
    g_autofree char *answer = g_strdup_printf("HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok", status);
    g_assert_cmpint(g_socket_send(client, answer, strlen(answer), NULL, NULL), ==, strlen(answer));
    char *content = g_strdup(body + 4);
    *head = g_strndup(text->str, (size_t)(body - text->str));
    g_string_free(text, TRUE);
    return content;
}

static void expect_event(struct world *world, GSocket *server, const char *status, const char *event, const char *id)
{
    g_autofree char *head = NULL, *content = serve(world, server, status, &head);
    cJSON *json = cJSON_Parse(content);
    g_assert_true(g_str_has_prefix(head, "POST /calls?x=1 "));
    g_autofree char *signature = g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)"hook", 4, content, -1);
    g_assert_nonnull(strstr(head, signature));
    g_assert_cmpstr(json_string(json, "event"), ==, event);
    g_assert_cmpstr(json_string(json, "call"), ==, id);
    g_assert_true(g_str_has_prefix(json_string(json, "from"), "anna/"));
    g_assert_cmpstr(json_string(json, "from_name"), ==, "ANNA");
    const char *callee = strcmp(event, "missed") ? "BERT" : NULL;
    g_assert_cmpstr(json_string(json, "to_name"), ==, callee);
    g_assert_cmpint(cJSON_HasObjectItem(json, "duration_ms"), ==, !strcmp(event, "ended"));
    cJSON_Delete(json);
}

static void calls_are_told(void)
{
    g_autoptr(GSocket) server = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_assert_true(g_socket_bind(server, any, TRUE, NULL) && g_socket_listen(server, NULL));
    g_socket_set_blocking(server, FALSE);
    struct world world = new_world();
    g_autoptr(GSocketAddress) bound = g_socket_get_local_address(server, NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/calls?x=1",
                                           g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)));
    g_autofree char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0", .webhook = "mailto:me" };
    g_assert_null(hub_create(world.reactor, &config, &error));
    g_assert_nonnull(strstr(error, "mailto:me"));
    config.webhook = url;
    config.webhook_secret = "hook\n";
    world.hub = hub_create(world.reactor, &config, NULL);
    g_assert_nonnull(world.hub);
    struct person anna, bert;
    enter(&world, &anna, "anna");
    enter(&world, &bert, "bert");
    say_call(&anna, "bert", "invite", "one");
    say_call(&anna, "bert", "cancel", "one");
    expect_event(&world, server, "500 No", "missed", "one");
    expect_event(&world, server, "200 OK", "missed", "one"); /* told again */
    say_call(&anna, "bert", "invite", "two");
    until(&world, bert.messages == 3); /* the invite has passed by */
    say_call(&bert, "anna", "accept", "two");
    expect_event(&world, server, "201 Made", "started", "two");
    say_call(&bert, "anna", "hangup", "two");
    expect_event(&world, server, "200 OK", "ended", "two");
    leave(&anna);
    leave(&bert);
    close_world(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-http/looks", the_server_looks);
    g_test_add_func("/hub-http/calls", calls_are_listed);
    g_test_add_func("/hub-http/late-accept", an_accept_comes_late);
    g_test_add_func("/hub-http/wrong", wrong_requests_are_answered);
    g_test_add_func("/hub-http/authorised", only_the_server_is_let_in);
    g_test_add_func("/hub-http/open", an_open_hub_answers_its_own_machine);
    g_test_add_func("/hub-http/foreign-pages", foreign_pages_are_refused);
    g_test_add_func("/hub-http/match", two_are_brought_together);
    g_test_add_func("/hub-http/kept", connections_are_kept);
    g_test_add_func("/hub-http/idle", idle_sockets_are_limited);
    g_test_add_func("/hub-http/utf8", text_is_utf8);
    g_test_add_func("/hub-http/once", a_request_runs_once);
    g_test_add_func("/hub-http/pipelined", answers_are_never_mixed);
    g_test_add_func("/hub-http/webhook", calls_are_told);
    g_test_add_func("/hub-http/description", the_description_is_true);
    return g_test_run();
}
