/* The signal client against a real hub over WebSocket, and the same over loopback:, in one reactor. */
#include "net/signal/signal.h"
#include "engine/text/json.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "left_behind.h"
#include "net/connection/listener.h"
#include "net/hub/hub.h"

/* Generous: it ends a test that hangs, and says nothing about speed. */
enum { PATIENCE_US = 30 * G_USEC_PER_SEC };

struct person {
    struct signal_client *client;
    int online, offline, joined, left, done, messages;
    enum signal_result result;
    char *error, *from, *text, *viewer, *host, *state;
    int viewers;
    size_t bytes;
    bool destroy_on_message;
};

static void set(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

static const char *string(const cJSON *json, const char *name)
{
    return json_string(json, name);
}

static void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static void person_offline(void *user_data, const char *why)
{
    struct person *person = user_data;
    person->offline++;
    g_assert_nonnull(why);
}

static void person_message(void *user_data, const char *from, const cJSON *body)
{
    struct person *person = user_data;
    person->messages++;
    set(&person->from, from);
    set(&person->text, string(body, "text"));
    person->bytes += person->text ? strlen(person->text) : 0;
    if (person->destroy_on_message) {
        signal_client_destroy(person->client);
        person->client = NULL;
    }
}

static void person_room(void *user_data, const struct signal_room *room)
{
    struct person *person = user_data;
    set(&person->host, room->host);
    set(&person->state, room->state);
    person->viewers = room->viewers;
}

static void person_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct person *person = user_data;
    g_assert_nonnull(room);
    set(&person->viewer, viewer);
    *(joined ? &person->joined : &person->left) += 1;
}

static const struct signal_listener listener = {
    .online = person_online,
    .offline = person_offline,
    .message = person_message,
    .room = person_room,
    .viewer = person_viewer,
};

static void person_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct person *person = user_data;
    person->done++;
    person->result = result;
    set(&person->error, reply ? string(reply, "error") : NULL);
    g_assert_true(reply || result == SIGNAL_LOST);
}

#define until(reactor, condition)                                                                                      \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + PATIENCE_US;                                                           \
        while (!(condition) && g_get_monotonic_time() < end_)                                                          \
            reactor_wait(reactor, g_get_monotonic_time() + 100000);                                                    \
        g_assert_true(condition);                                                                                      \
    } while (0)

static void enter(struct reactor *reactor, struct person *person, const char *url, const char *user)
{
    memset(person, 0, sizeof *person);
    struct signal_config config = { url, user, &listener, person };
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
    until(reactor, person->online);
    g_assert_true(signal_client_is_online(person->client));
    g_assert_cmpint(llabs(signal_client_now_ms(person->client) - g_get_real_time() / 1000), <, 60000);
}

static void leave(struct person *person)
{
    signal_client_destroy(person->client);
    person->client = NULL;
    g_free(person->error);
    g_free(person->from);
    g_free(person->text);
    g_free(person->viewer);
    g_free(person->host);
    g_free(person->state);
    person->error = person->from = person->text = person->viewer = person->host = person->state = NULL;
}

/* Waits for the answer to what was just asked. */
static void answered(struct reactor *reactor, struct person *person, enum signal_result result, const char *error)
{
    until(reactor, person->done);
    g_assert_cmpint(person->done, ==, 1);
    g_assert_cmpint(person->result, ==, result);
    g_assert_cmpstr(person->error, ==, error);
    person->done = 0;
}

static void say(struct person *person, const char *to, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "text", text);
    signal_send(person->client, to, body, person_done, person);
    cJSON_Delete(body);
}

static void talk(struct reactor *reactor, const char *url)
{
    struct person alice, bob;
    enter(reactor, &alice, url, "alice");
    enter(reactor, &bob, url, "bob");
    say(&alice, "carol", "?");
    answered(reactor, &alice, SIGNAL_OFFLINE, "offline");
    say(&alice, "bob", "hello");
    g_assert_cmpint(alice.done, ==, 0);
    answered(reactor, &alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob.messages == 1);
    g_assert_cmpstr(bob.text, ==, "hello");
    g_assert_cmpstr(bob.from, ==, signal_client_address(alice.client));
    g_autofree char *back = g_strdup(bob.from);
    say(&bob, back, "and back");
    answered(reactor, &bob, SIGNAL_DELIVERED, NULL);
    until(reactor, alice.messages == 1);
    g_autofree char *large = g_strnfill(60000, 'l'), *too_large = g_strnfill(70000, 'l');
    say(&alice, "bob", large);
    answered(reactor, &alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob.bytes > 60000);
    say(&alice, "bob", too_large);
    answered(reactor, &alice, SIGNAL_REFUSED, "too-large");
    signal_user_list(alice.client, person_done, &alice);
    answered(reactor, &alice, SIGNAL_DELIVERED, NULL);
    bob.destroy_on_message = true;
    say(&alice, "bob", "go");
    until(reactor, !bob.client);
    say(&alice, "bob", "gone?");
    until(reactor, alice.done == 2);
    g_assert_cmpint(alice.result, ==, SIGNAL_OFFLINE);
    leave(&bob);
    alice.done = 0;
    say(&alice, "bob", "unanswered");
    signal_client_destroy(alice.client);
    g_assert_cmpint(alice.done, ==, 1);
    g_assert_cmpint(alice.result, ==, SIGNAL_LOST);
    alice.client = NULL;
    leave(&alice);
}

static void broadcast(struct reactor *reactor, const char *url)
{
    struct person host, rival, viewer;
    enter(reactor, &host, url, "host");
    enter(reactor, &rival, url, "rival");
    enter(reactor, &viewer, url, "viewer");
    signal_room_join(viewer.client, "room", person_done, &viewer);
    answered(reactor, &viewer, SIGNAL_REFUSED, "not-found");
    signal_room_open(host.client, "room", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    signal_room_open(rival.client, "room", NULL, person_done, &rival);
    answered(reactor, &rival, SIGNAL_REFUSED, "not-allowed");
    signal_room_join(viewer.client, "room", person_done, &viewer);
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, host.joined == 1 && host.viewers == 1);
    g_assert_cmpstr(host.viewer, ==, signal_client_address(viewer.client));
    signal_room_set_state(host.client, "room", "private", person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(viewer.state, "private"));
    leave(&host);
    until(reactor, !g_strcmp0(viewer.state, "away"));
    g_assert_cmpstr(viewer.host, ==, "");
    signal_room_open(rival.client, "room", NULL, person_done, &rival);
    answered(reactor, &rival, SIGNAL_DELIVERED, NULL);
    until(reactor, rival.joined == 1 && !g_strcmp0(viewer.state, "live"));
    g_assert_cmpstr(viewer.host, ==, "rival");
    signal_room_list(viewer.client, person_done, &viewer);
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    leave(&viewer);
    until(reactor, rival.left == 1 && rival.viewers == 0);
    leave(&rival);
}

static void over_loopback(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    talk(reactor, "loopback:test");
    broadcast(reactor, "loopback:test");
    struct person here, there;
    enter(reactor, &here, "loopback:here", "u");
    enter(reactor, &there, "loopback:there", "v");
    say(&here, "v", "other hub");
    answered(reactor, &here, SIGNAL_OFFLINE, "offline");
    leave(&here);
    leave(&there);
    end_reactor(reactor, &before);
}

static struct hub *start_hub(struct reactor *reactor, const char *listen, const char *asset_dir)
{
    char *error = NULL;
    struct hub_config config = { listen, asset_dir };
    struct hub *hub = hub_create(reactor, &config, &error);
    if (!hub)
        g_error("%s", error);
    return hub;
}

static void over_websocket(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", NULL);
    talk(reactor, hub_url(hub));
    broadcast(reactor, hub_url(hub));
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void addresses_and_busy_ports(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "[::1]:0", NULL);
    g_assert_true(g_str_has_prefix(hub_url(hub), "ws://[::1]:"));
    talk(reactor, hub_url(hub));
    struct hub_config config = { hub_url(hub) + strlen("ws://"), NULL };
    char *error = NULL;
    g_assert_null(hub_create(reactor, &config, &error));
    g_assert_nonnull(strstr(error, "in use"));
    g_clear_pointer(&error, g_free);
    const char *const bad[] = { "", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "::1:80", "example.org:80" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        config.listen = bad[i];
        g_assert_null(hub_create(reactor, &config, &error));
        g_assert_nonnull(error);
        g_clear_pointer(&error, g_free);
    }
    hub_destroy(hub);
    hub_destroy(NULL);
    end_reactor(reactor, &before);
}

/* The hub dies and comes back: everyone is there again, at the same address, in the same rooms. */
static void hub_comes_back(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", NULL);
    g_autofree char *url = g_strdup(hub_url(hub));
    struct person host, viewer;
    enter(reactor, &host, url, "host");
    enter(reactor, &viewer, url, "viewer");
    g_autofree char *address = g_strdup(signal_client_address(viewer.client));
    signal_room_open(host.client, "room", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    signal_room_set_state(host.client, "room", "private", person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    signal_room_join(viewer.client, "room", person_done, &viewer);
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, host.joined == 1);
    hub_destroy(hub);
    until(reactor, host.offline && viewer.offline);
    say(&host, "viewer", "nobody carries this");
    answered(reactor, &host, SIGNAL_LOST, NULL);
    hub = start_hub(reactor, url + strlen("ws://"), NULL);
    until(reactor, host.online == 2 && viewer.online == 2 && host.joined == 2);
    g_assert_cmpstr(signal_client_address(viewer.client), ==, address);
    until(reactor, !g_strcmp0(viewer.state, "private") && viewer.viewers == 1);
    g_assert_cmpstr(viewer.host, ==, "host");
    leave(&host);
    leave(&viewer);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

/* Its card is there as before, but the hub may have given it up, or be slow to send again. */
static void the_machine_slept(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", NULL);
    struct person host, viewer;
    enter(reactor, &host, hub_url(hub), "host");
    enter(reactor, &viewer, hub_url(hub), "viewer");
    signal_room_open(host.client, "room", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    signal_room_join(viewer.client, "room", person_done, &viewer);
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    signal_client_network_changed(viewer.client, false);
    say(&viewer, "host", "still here");
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    g_assert_cmpint(viewer.offline, ==, 0);
    signal_client_network_changed(viewer.client, true);
    until(reactor, viewer.online == 2);
    g_assert_cmpint(viewer.offline, ==, 1);
    say(&viewer, "host", "here again");
    answered(reactor, &viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(host.text, "here again"));
    leave(&host);
    leave(&viewer);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

/* A socket without manners. Non-blocking, so that the hub in the same thread can answer. */

static GSocket *raw_socket(const char *url, int receive_buffer)
{
    g_autoptr(GSocketAddress)
        address = g_inet_socket_address_new_from_string("127.0.0.1", (guint)strtoul(strrchr(url, ':') + 1, NULL, 10));
    GSocket *raw = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    if (receive_buffer)
        g_socket_set_option(raw, SOL_SOCKET, SO_RCVBUF, receive_buffer, NULL);
    g_assert_true(g_socket_connect(raw, address, NULL, NULL));
    g_socket_set_blocking(raw, FALSE);
    return raw;
}

/* All of it, the reactor running meanwhile. False where the hub closed. */
static bool raw_send(struct reactor *reactor, GSocket *raw, const void *data, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        g_autoptr(GError) error = NULL;
        gssize n = g_socket_send(raw, (const char *)data + sent, length - sent, NULL, &error);
        if (n < 0 && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            return false;
        sent += n > 0 ? (size_t)n : 0;
        reactor_wait(reactor, g_get_monotonic_time() + 1000);
    }
    return true;
}

/* What comes until `wanted` stands in it, or the hub closes. */
static char *raw_receive(struct reactor *reactor, GSocket *raw, const char *wanted)
{
    GString *all = g_string_new(NULL);
    int64_t end = g_get_monotonic_time() + PATIENCE_US;
    while (g_get_monotonic_time() < end) {
        char buffer[4096];
        g_autoptr(GError) error = NULL;
        gssize n = g_socket_receive(raw, buffer, sizeof buffer, NULL, &error);
        if (n == 0 || (n < 0 && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
            break;
        for (gssize i = 0; i < n; i++)
            g_string_append_c(all, buffer[i] ? buffer[i] : ' ');
        if (wanted && strstr(all->str, wanted))
            break;
        reactor_wait(reactor, g_get_monotonic_time() + 1000);
    }
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    return g_string_free(all, FALSE);
}

static void raw_upgrade(struct reactor *reactor, GSocket *raw)
{
    const char *request = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Protocol: callapi\r\n\r\n";
    raw_send(reactor, raw, request, strlen(request));
    g_autofree char *answer = raw_receive(reactor, raw, "\r\n\r\n");
    g_assert_nonnull(strstr(answer, " 101 "));
}

/* A masked text frame with a mask of zeros (RFC 6455 section 5.2). */
static bool raw_frame(struct reactor *reactor, GSocket *raw, const char *text, size_t length)
{
    GByteArray *frame = g_byte_array_new();
    uint8_t head[14] = { 0x81, 0x80 | 127 };
    for (int i = 0; i < 8; i++)
        head[2 + i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
    if (length < 126) {
        head[1] = (uint8_t)(0x80 | length);
        memset(head + 2, 0, 8);
    } else if (length < 65536) {
        head[1] = 0x80 | 126;
        memmove(head + 2, head + 8, 2);
        memset(head + 4, 0, 6);
    }
    g_byte_array_append(frame, head, length < 126 ? 6 : length < 65536 ? 8 : 14);
    g_byte_array_append(frame, (const uint8_t *)text, (guint)length);
    bool sent = raw_send(reactor, raw, frame->data, frame->len);
    g_byte_array_unref(frame);
    return sent;
}

static void expect_in_answer(struct reactor *reactor, GSocket *raw, const char *wanted)
{
    g_autofree char *answer = raw_receive(reactor, raw, wanted);
    g_assert_nonnull(strstr(answer, wanted));
}

static void garbage_is_answered_then_dropped(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", NULL);
    GSocket *raw = raw_socket(hub_url(hub), 0);
    raw_upgrade(reactor, raw);
    raw_frame(reactor, raw, "{oops", 5);
    expect_in_answer(reactor, raw, "malformed");
    g_autofree char *large = g_strnfill(300000, 'x');
    raw_frame(reactor, raw, large, 300000);
    expect_in_answer(reactor, raw, "too-large");
    const char *login = "{\"id\":1,\"op\":\"login\",\"user\":\"raw\"}";
    raw_frame(reactor, raw, login, strlen(login));
    expect_in_answer(reactor, raw, "\"address\":\"raw/");
    for (int i = 0; i < 200 && raw_frame(reactor, raw, "x", 1); i++)
        ;
    g_autofree char *rest G_GNUC_UNUSED = raw_receive(reactor, raw, "too many faulty");
    g_object_unref(raw);
    raw = raw_socket(hub_url(hub), 0);
    raw_send(reactor, raw, large, 300000);
    g_object_unref(raw);
    talk(reactor, hub_url(hub));
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void slow_reader_is_dropped(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", NULL);
    struct person alice;
    enter(reactor, &alice, hub_url(hub), "alice");
    GSocket *raw = raw_socket(hub_url(hub), 4096);
    raw_upgrade(reactor, raw);
    const char *login = "{\"id\":1,\"op\":\"login\",\"user\":\"slow\"}";
    raw_frame(reactor, raw, login, strlen(login));
    expect_in_answer(reactor, raw, "\"address\":\"slow/");
    g_autofree char *large = g_strnfill(60000, 'l');
    int sent = 0;
    for (; sent < 390 && alice.result != SIGNAL_OFFLINE; sent++) {
        say(&alice, "slow", large);
        until(reactor, alice.done);
        alice.done = 0;
    }
    g_assert_cmpint(alice.result, ==, SIGNAL_OFFLINE);
    g_object_unref(raw);
    leave(&alice);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static char *fetch(struct reactor *reactor, struct hub *hub, const char *path)
{
    g_autofree char *request = g_strdup_printf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    GSocket *raw = raw_socket(hub_url(hub), 0);
    raw_send(reactor, raw, request, strlen(request));
    char *answer = raw_receive(reactor, raw, NULL);
    g_object_unref(raw);
    return answer;
}

static void page_is_served(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, "127.0.0.1:0", SOURCE_DIR "/assets");
    g_autofree char *page = fetch(reactor, hub, "/"), *script = fetch(reactor, hub, "/callapi.js");
    g_assert_nonnull(strstr(page, " 200 "));
    g_assert_nonnull(strstr(page, "</html>"));
    g_assert_nonnull(strstr(script, "javascript"));
    g_assert_nonnull(strstr(script, "export class"));
    const char *const outside[] = {
        "/../../README.md",          "/../../CMakeLists.txt", "/%2e%2e/%2e%2e/CMakeLists.txt",
        "/..%2f..%2fCMakeLists.txt", "//etc/passwd",          "/....//....//CMakeLists.txt"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
        g_autofree char *answer = fetch(reactor, hub, outside[i]);
        g_assert_null(strstr(answer, " 200 "));
        g_assert_null(strstr(answer, "cmake_minimum_required"));
    }
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void bad_addresses_are_refused(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    const char *const bad[][2] = { { NULL, "u" },         { "", "u" },
                                   { "gopher://x", "u" }, { "ws://", "u" },
                                   { "mqtt://", "u" },    { "127.0.0.1:1", "u" },
                                   { "loopback:x", "" },  { "loopback:x", "a/b" },
                                   { "loopback:x", NULL } };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct signal_config config = { bad[i][0], bad[i][1], &listener, NULL };
        g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*");
        g_assert_null(signal_client_create(reactor, &config));
        g_test_assert_expected_messages();
    }
    end_reactor(reactor, &before);
}

/* It takes the connection and says nothing: that is no connection, once. */
static void a_silent_hub_is_told(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    char *error = NULL;
    struct listener *silent = listener_create("127.0.0.1:0", &error);
    g_assert_null(error);
    g_autofree char *url = listener_url(silent, "ws");
    struct person person = { 0 };
    person.client = signal_client_create(reactor, &(struct signal_config){ url, "alice", &listener, &person });
    until(reactor, person.offline);
    g_assert_false(person.online || signal_client_is_refused(person.client));
    leave(&person);
    listener_destroy(silent);
    end_reactor(reactor, &before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signal/loopback", over_loopback);
    g_test_add_func("/signal/websocket", over_websocket);
    g_test_add_func("/signal/listen", addresses_and_busy_ports);
    g_test_add_func("/signal/reconnect", hub_comes_back);
    g_test_add_func("/signal/slept", the_machine_slept);
    g_test_add_func("/signal/silent-hub", a_silent_hub_is_told);
    g_test_add_func("/signal/garbage", garbage_is_answered_then_dropped);
    g_test_add_func("/signal/slow-reader", slow_reader_is_dropped);
    g_test_add_func("/signal/page", page_is_served);
    g_test_add_func("/signal/bad-address", bad_addresses_are_refused);
    return g_test_run();
}
