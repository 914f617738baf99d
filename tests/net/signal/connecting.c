/* Names, addresses and redirections on the way to a hub, a broker, a webhook. */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/hub/webhook.h"
#include "net/signal/signal.h"
#include "net/transport/ice.h"
#include "net/transport/ice_servers.h"
#include "test_resolver.h"

enum { PATIENCE_US = 30 * G_USEC_PER_SEC };

struct person {
    struct signal_client *client;
    int online;
    char *why;
};

#define until(reactor, condition)                                                                                      \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + PATIENCE_US;                                                           \
        while (!(condition) && g_get_monotonic_time() < end_)                                                          \
            reactor_wait(reactor, g_get_monotonic_time() + 100000);                                                    \
        g_assert_true(condition);                                                                                      \
    } while (0)

static void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static void person_offline(void *user_data, const char *why)
{
    struct person *person = user_data;
    g_free(person->why);
    person->why = g_strdup(why);
}

static void ignore_candidate(void *user_data, const char *candidate)
{
    (void)user_data;
    (void)candidate;
}

static void ignore_state(void *user_data, enum ice_state state)
{
    (void)user_data;
    (void)state;
}

static void ignore_data(void *user_data, uint8_t *data, size_t size)
{
    (void)user_data;
    (void)data;
    (void)size;
}

static void ignore_message(void *user_data, const char *from, const cJSON *body)
{
    (void)user_data;
    (void)from;
    (void)body;
}

static void ignore_room(void *user_data, const struct signal_room *room)
{
    (void)user_data;
    (void)room;
}

static void ignore_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    (void)user_data;
    (void)room;
    (void)viewer;
    (void)joined;
}

static const struct signal_listener listener = {
    .online = person_online,
    .offline = person_offline,
    .message = ignore_message,
    .room = ignore_room,
    .viewer = ignore_viewer,
};

static void begin(struct reactor *reactor, struct person *person, const char *url)
{
    *person = (struct person){ 0 };
    struct signal_config config = { url, "anna", &listener, person };
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
}

static void end(struct person *person)
{
    signal_client_destroy(person->client);
    g_free(person->why);
}

/* A web server in the reactor that answers everything with the same words; how often it was asked. */
struct server {
    GSocketService *service;
    GCancellable *stopped;
    uint16_t port;
    const char *answer;
    int asked;
    int reading; /* requests that have not come yet */
};

struct request {
    struct server *server;
    GSocketConnection *connection;
    char head[4096];
};

static void on_request(GObject *in, GAsyncResult *result, gpointer user_data)
{
    struct request *request = user_data;
    struct server *server = request->server;
    server->reading--;
    if (g_input_stream_read_finish(G_INPUT_STREAM(in), result, NULL) > 0) {
        GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(request->connection));
        server->asked++;
        g_output_stream_write_all(out, server->answer, strlen(server->answer), NULL, NULL, NULL);
    }
    g_object_unref(request->connection);
    g_free(request);
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *connection, GObject *source, gpointer user_data)
{
    struct request *request = g_new0(struct request, 1);
    (void)service;
    (void)source;
    request->server = user_data;
    request->server->reading++;
    request->connection = g_object_ref(connection);
    g_input_stream_read_async(g_io_stream_get_input_stream(G_IO_STREAM(connection)), request->head,
                              sizeof request->head, G_PRIORITY_DEFAULT, request->server->stopped, on_request, request);
    return TRUE;
}

static void serve(struct reactor *reactor, struct server *server, const char *answer)
{
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new_from_string("127.0.0.1", 0), bound = NULL;
    *server = (struct server){ .answer = answer, .stopped = g_cancellable_new() };
    g_main_context_push_thread_default(reactor_context(reactor));
    server->service = g_socket_service_new();
    g_assert_true(g_socket_listener_add_address(G_SOCKET_LISTENER(server->service), any, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
    server->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    g_signal_connect(server->service, "incoming", G_CALLBACK(on_incoming), server);
    g_socket_service_start(server->service);
    g_main_context_pop_thread_default(reactor_context(reactor));
}

static void stop(struct reactor *reactor, struct server *server)
{
    g_socket_service_stop(server->service);
    g_cancellable_cancel(server->stopped);
    until(reactor, !server->reading);
    g_object_unref(server->stopped);
    g_socket_listener_close(G_SOCKET_LISTENER(server->service));
    g_object_unref(server->service);
}

static struct hub *start_hub(struct reactor *reactor)
{
    struct hub_config config = { .listen = "127.0.0.1:0" };
    struct hub *hub = hub_create(reactor, &config, NULL);
    g_assert_nonnull(hub);
    return hub;
}

static void the_second_address_answers(void)
{
    struct reactor *reactor = reactor_create();
    struct hub *hub = start_hub(reactor);
    g_autofree char *url = g_strdup_printf("ws://two.test:%s", strrchr(hub_url(hub), ':') + 1);
    struct person anna;
    begin(reactor, &anna, url);
    until(reactor, anna.online);
    g_assert_null(anna.why); /* nothing was wrong */
    end(&anna);
    hub_destroy(hub);
    reactor_destroy(reactor);
}

/* An address where connections are neither taken nor refused: as many wait already as may. */
struct silence {
    GSocket *server;
    GPtrArray *waiting; /* GSocket */
};

static struct silence begin_silence(uint16_t port)
{
    enum { MANY = 4 };
    struct silence silence = { .server = g_socket_new(G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                                      NULL),
                               .waiting = g_ptr_array_new_with_free_func(g_object_unref) };
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("::1", port);
    g_assert_true(g_socket_bind(silence.server, address, TRUE, NULL));
    g_socket_set_listen_backlog(silence.server, 0);
    g_assert_true(g_socket_listen(silence.server, NULL));
    for (int i = 0; i < MANY; i++) {
        GSocket *client = g_socket_new(G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
        g_socket_set_blocking(client, FALSE);
        g_socket_connect(client, address, NULL, NULL);
        g_ptr_array_add(silence.waiting, client);
    }
    return silence;
}

static void end_silence(struct silence *silence)
{
    g_ptr_array_unref(silence->waiting);
    g_object_unref(silence->server);
}

static void count_failure(const char *domain, GLogLevelFlags level, const char *line, void *failures)
{
    (void)domain;
    (void)level;
    *(int *)failures += strstr(line, "trying its next address") != NULL;
}

/* The address that answers is the first that is tried, though another one stands before it (RFC 8305, 5). */
static void a_silent_address_is_not_waited_for(void)
{
    struct reactor *reactor = reactor_create();
    struct hub *hub = start_hub(reactor);
    const char *port = strrchr(hub_url(hub), ':') + 1;
    g_autofree char *url = g_strdup_printf("ws://two.test:%s", port);
    struct silence silence = begin_silence((uint16_t)atoi(port));
    struct person anna;
    int failures = 0;
    guint handler = g_log_set_handler("net", G_LOG_LEVEL_INFO, count_failure, &failures);
    begin(reactor, &anna, url);
    until(reactor, anna.online);
    g_log_remove_handler("net", handler);
    g_assert_cmpint(failures, ==, 0);
    g_assert_null(anna.why);
    end(&anna);
    end_silence(&silence);
    hub_destroy(hub);
    reactor_destroy(reactor);
}

/* It ends while addresses are raced for. */
static void a_race_is_left(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor);
    const char *port = strrchr(hub_url(hub), ':') + 1;
    g_autofree char *url = g_strdup_printf("ws://two.test:%s", port);
    struct silence silence = begin_silence((uint16_t)atoi(port));
    struct person anna;
    begin(reactor, &anna, url);
    reactor_wait(reactor, g_get_monotonic_time() + 20000);
    reactor_wait(reactor, g_get_monotonic_time() + 20000);
    end(&anna);
    end_silence(&silence);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void a_redirection_is_a_failed_attempt(void)
{
    struct reactor *reactor = reactor_create();
    struct server server;
    serve(reactor, &server, "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/hub/\r\nContent-Length: 0\r\n\r\n");
    g_autofree char *url = g_strdup_printf("ws://127.0.0.1:%u/hub", server.port);
    struct person anna;
    begin(reactor, &anna, url);
    until(reactor, server.asked > 1 && anna.why);
    g_assert_nonnull(strstr(anna.why, "http://elsewhere.test/hub/"));
    end(&anna);
    stop(reactor, &server);
    reactor_destroy(reactor);
}

static void a_silent_name_server_stops_nothing(const void *url)
{
    struct reactor *reactor = reactor_create();
    struct person anna;
    begin(reactor, &anna, url);
    until(reactor, test_resolver_waiting() == 1);
    end(&anna);
    until(reactor, test_resolver_waiting() == 0);
    reactor_destroy(reactor);
}

static void an_unknown_name_is_told(const void *url)
{
    struct reactor *reactor = reactor_create();
    struct person anna;
    begin(reactor, &anna, url);
    until(reactor, anna.why);
    g_assert_nonnull(strstr(anna.why, "nowhere.test"));
    end(&anna);
    reactor_destroy(reactor);
}

static void tell(struct hub_webhook *webhook, const char *id)
{
    struct hub_call call = { .id = (char *)id, .from = "anna/1", .to = "bert/2" };
    hub_webhook_tell(webhook, HUB_CALL_MISSED, &call, 0);
}

static void a_webhook_is_not_redirected(void)
{
    struct reactor *reactor = reactor_create();
    struct server there, here;
    serve(reactor, &there, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    g_autofree char *answer = g_strdup_printf(
        "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%u/\r\nContent-Length: 0\r\n\r\n", there.port);
    serve(reactor, &here, answer);
    g_autofree char *url = g_strdup_printf("http://two.test:%u/", here.port), *error = NULL;
    struct hub_webhook *webhook = hub_webhook_create(reactor, url, NULL, &error);
    g_assert_nonnull(webhook);
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*has moved to*");
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*has moved to*");
    tell(webhook, "one");
    until(reactor, here.asked == 2); /* told again, like after any error */
    hub_webhook_destroy(webhook);
    g_assert_cmpint(there.asked, ==, 0);
    stop(reactor, &here);
    stop(reactor, &there);
    reactor_destroy(reactor);
}

/* Each relay of the name's is one to try; of STUN servers libnice asks one. */
static void an_ice_servers_addresses_are_all_known(void)
{
    struct reactor *reactor = reactor_create();
    struct ice_servers *servers = ice_servers_create(reactor, NULL);
    g_autofree char *error = NULL;
    g_assert_true(ice_servers_add(servers, "stun:two.test", NULL, NULL, &error));
    until(reactor, ice_servers_at(servers, 1));
    g_assert_cmpstr(ice_servers_at(servers, 0)->address, ==, "127.0.0.1");
    g_assert_cmpstr(ice_servers_at(servers, 1)->address, ==, "::1");
    g_assert_true(ice_servers_add(servers, "turn:silent.test", "anna", "secret", &error));
    g_assert_null(ice_servers_at(servers, 2));
    g_assert_cmpint(test_resolver_waiting(), ==, 1);
    ice_servers_destroy(servers);
    until(reactor, test_resolver_waiting() == 0);
    reactor_destroy(reactor);
}

/* A TCP candidate without a tcptype makes libnice complain, which ends a test. */
static void tcp_candidates_are_skipped(void)
{
    static const struct ice_listener nobody = { ignore_candidate, ignore_state, ignore_data };
    struct reactor *reactor = reactor_create();
    struct ice_config config = { .reactor = reactor, .controlling = true, .listener = &nobody };
    struct ice *ice = ice_create(&config);
    g_assert_nonnull(ice);
    ice_set_remote_credentials(ice, "abcd", "0123456789012345678901");
    g_assert_false(ice_add_remote_candidate(ice, "candidate:1 1 TCP 1518280447 192.0.2.1 9 typ host"));
    g_assert_false(ice_add_remote_candidate(ice, "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host"));
    g_assert_false(ice_add_remote_candidate(ice, "candidate:1 1 TCP 1518280447 192.0.2.1 9 typ host tcptype active"));
    g_assert_false(ice_add_remote_candidate(ice, "candidate:1 1"));
    g_assert_true(ice_add_remote_candidate(ice, "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host"));
    ice_destroy(ice);
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    test_resolver_use();
    g_test_add_func("/connecting/second-address", the_second_address_answers);
    g_test_add_func("/connecting/silent-address", a_silent_address_is_not_waited_for);
    g_test_add_func("/connecting/race-left", a_race_is_left);
    g_test_add_func("/connecting/redirection", a_redirection_is_a_failed_attempt);
    g_test_add_data_func("/connecting/silent-name/hub", "ws://silent.test:1", a_silent_name_server_stops_nothing);
    g_test_add_data_func("/connecting/silent-name/broker", "mqtt://silent.test:1", a_silent_name_server_stops_nothing);
    g_test_add_data_func("/connecting/unknown-name/hub", "ws://nowhere.test:1", an_unknown_name_is_told);
    g_test_add_data_func("/connecting/unknown-name/broker", "mqtt://nowhere.test:1", an_unknown_name_is_told);
    g_test_add_func("/connecting/webhook", a_webhook_is_not_redirected);
    g_test_add_func("/connecting/ice-servers", an_ice_servers_addresses_are_all_known);
    g_test_add_func("/connecting/tcp-candidates", tcp_candidates_are_skipped);
    return g_test_run();
}
