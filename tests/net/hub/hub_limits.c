/* The limits of each connection, with real sockets: who goes beyond one is dropped or refused with the reason, and
 * everyone else goes on. The clients are plain sockets, for they do what no honest client would. */
#include "net/hub/hub.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "left_behind.h"
#include "net/signal/signal.h"

/* Generous: it ends a test that hangs, and says nothing about speed. */
enum { PATIENCE_US = 30 * G_USEC_PER_SEC };
enum { POLICY_VIOLATION = 1008, SMALL_BUFFER = 4096, TURN_US = 2000 };
enum { FRAME_TEXT = 0x81, FRAME_CLOSE = 0x88, FRAME_PONG = 0x8a, FRAME_MASKED = 0x80 };

struct client {
    GSocket *socket;
    GByteArray *input; /* what is not taken yet */
    bool ended;        /* the hub has closed the connection */
};

struct world {
    struct reactor *reactor;
    struct belongings before;
    struct hub *hub;
};

static void world_open(struct world *world, const struct hub_limits *limits)
{
    char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0", .limits = limits };
    world->reactor = reactor_create();
    world->before = belongings_now();
    world->hub = hub_create(world->reactor, &config, &error);
    if (!world->hub)
        g_error("%s", error);
}

static void world_close(struct world *world)
{
    hub_destroy(world->hub);
    end_reactor(world->reactor, &world->before);
}

static void turn(struct world *world)
{
    reactor_wait(world->reactor, g_get_monotonic_time() + TURN_US);
}

static void read_some(struct client *client)
{
    uint8_t bytes[4096];
    g_autoptr(GError) error = NULL;
    gssize length;
    while ((length = g_socket_receive(client->socket, (gchar *)bytes, sizeof bytes, NULL, &error)) > 0)
        g_byte_array_append(client->input, bytes, (guint)length);
    client->ended |= length == 0 || !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

/* Until `size` bytes stand in the input or the connection ends. */
static bool have(struct world *world, struct client *client, size_t size)
{
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (client->input->len < size && !client->ended && g_get_monotonic_time() < end_us) {
        turn(world);
        read_some(client);
    }
    return client->input->len >= size;
}

static void send_bytes(struct world *world, struct client *client, const void *bytes, size_t length)
{
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    for (size_t sent = 0; sent < length && g_get_monotonic_time() < end_us;) {
        gssize n = g_socket_send(client->socket, (const gchar *)bytes + sent, length - sent, NULL, NULL);
        sent += n > 0 ? (size_t)n : 0;
        if (n <= 0)
            turn(world);
    }
}

/* The mask of zeros leaves the text as it is (RFC 6455 section 5.3). */
static void say(struct world *world, struct client *client, const char *text)
{
    size_t length = strlen(text);
    g_autoptr(GByteArray) frame = g_byte_array_new();
    uint8_t head[10] = { FRAME_TEXT, FRAME_MASKED | (length < 126 ? (uint8_t)length : length < 65536 ? 126 : 127) };
    size_t size = length < 126 ? 2 : length < 65536 ? 4 : 10;
    for (size_t i = 2; i < size; i++)
        head[i] = (uint8_t)(length >> (8 * (size - 1 - i)));
    g_byte_array_append(frame, head, (guint)size);
    g_byte_array_append(frame, (const uint8_t[4]){ 0 }, 4);
    g_byte_array_append(frame, (const uint8_t *)text, (guint)length);
    send_bytes(world, client, frame->data, frame->len);
}

/* The next frame's payload as a string (g_free it) and its kind; NULL where the connection has ended. */
static char *hear(struct world *world, struct client *client, uint8_t *kind)
{
    if (!have(world, client, 2))
        return NULL;
    size_t size = client->input->data[1], head = size == 126 ? 4 : 2;
    g_assert_cmpuint(size, <, 127);
    if (!have(world, client, head))
        return NULL;
    if (head == 4)
        size = (size_t)client->input->data[2] << 8 | client->input->data[3];
    if (!have(world, client, head + size))
        return NULL;
    *kind = client->input->data[0];
    char *text = g_strndup((const char *)client->input->data + head, size);
    if (*kind == FRAME_CLOSE && size >= 2) {
        g_free(text);
        const uint8_t *payload = client->input->data + head;
        text = g_strdup_printf("%d %.*s", payload[0] << 8 | payload[1], (int)size - 2, (const char *)payload + 2);
    }
    g_byte_array_remove_range(client->input, 0, (guint)(head + size));
    return text;
}

/* The next text that contains `word` comes before the connection ends. */
static void expect(struct world *world, struct client *client, const char *word)
{
    uint8_t kind;
    for (;;) {
        g_autofree char *text = hear(world, client, &kind);
        if (!text)
            g_error("the connection ended before \"%s\"", word);
        if (kind == FRAME_TEXT && strstr(text, word))
            return;
    }
}

static void expect_drop(struct world *world, struct client *client, const char *reason)
{
    uint8_t kind = 0;
    g_autofree char *expected = g_strdup_printf("%d %s", POLICY_VIOLATION, reason);
    while (kind != FRAME_CLOSE) {
        g_autofree char *text = hear(world, client, &kind);
        g_assert_nonnull(text);
        if (kind == FRAME_CLOSE)
            g_assert_cmpstr(text, ==, expected);
    }
}

/* The answer to the upgrade: its status. */
static int client_open(struct world *world, struct client *client, int receive_buffer)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Protocol: callapi\r\n\r\n";
    int port = atoi(strrchr(hub_url(world->hub), ':') + 1);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", (guint)port);
    *client = (struct client){ .input = g_byte_array_new() };
    client->socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    if (receive_buffer)
        g_assert_true(g_socket_set_option(client->socket, SOL_SOCKET, SO_RCVBUF, receive_buffer, NULL));
    g_assert_true(g_socket_connect(client->socket, address, NULL, NULL));
    g_socket_set_blocking(client->socket, FALSE);
    send_bytes(world, client, request, strlen(request));
    for (size_t size = 1; have(world, client, size); size = client->input->len + 1) {
        const char *start = (const char *)client->input->data;
        const char *end = g_strstr_len(start, client->input->len, "\r\n\r\n");
        if (!end)
            continue;
        int status = atoi(start + strlen("HTTP/1.1 "));
        g_byte_array_remove_range(client->input, 0, (guint)(end + 4 - start));
        return status;
    }
    return 0;
}

static void enter(struct world *world, struct client *client, const char *user)
{
    g_autofree char *login = g_strdup_printf("{\"id\":1,\"op\":\"login\",\"user\":\"%s\"}", user);
    g_assert_cmpint(client_open(world, client, 0), ==, 101);
    say(world, client, login);
    expect(world, client, "\"resume\"");
}

static void leave(struct client *client)
{
    g_clear_object(&client->socket);
    g_byte_array_unref(client->input);
}

/* Two others talk as if nothing had happened. */
static void others_go_on(struct world *world, struct client *one, struct client *two)
{
    say(world, one, "{\"id\":77,\"op\":\"send\",\"to\":\"two\",\"body\":{\"text\":\"as before\"}}");
    expect(world, one, "\"ack\":77,\"ok\":true");
    expect(world, two, "as before");
}

static void until_count(struct world *world, const uint64_t *count, uint64_t expected)
{
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (*count < expected && g_get_monotonic_time() < end_us)
        turn(world);
    g_assert_cmpuint(*count, ==, expected);
}

static void slow_reader(void)
{
    struct hub_limits limits = HUB_LIMITS;
    limits.queue_bytes = 128 * 1024;
    limits.requests.burst = limits.requests.per_second = 1e6;
    struct world world;
    struct client one, two, slow;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    g_assert_cmpint(client_open(&world, &slow, SMALL_BUFFER), ==, 101);
    say(&world, &slow, "{\"id\":1,\"op\":\"login\",\"user\":\"slow\"}");
    expect(&world, &slow, "\"resume\"");
    g_autofree char *filling = g_strnfill(32 * 1024, 'x');
    g_autofree char *message = g_strdup_printf("{\"id\":2,\"op\":\"send\",\"to\":\"slow\",\"body\":{\"text\":\"%s\"}}",
                                               filling);
    const struct hub_counts *counts = hub_counts(world.hub);
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (!counts->slow_readers && g_get_monotonic_time() < end_us) {
        say(&world, &one, message);
        expect(&world, &one, "\"ack\":2");
    }
    g_assert_cmpuint(counts->slow_readers, ==, 1);
    g_assert_cmpuint(counts->dropped, ==, 1);
    others_go_on(&world, &one, &two);
    while (counts->connections > 2 && g_get_monotonic_time() < end_us) /* it never reads: it is cut off */
        turn(&world);
    g_assert_cmpint(counts->connections, ==, 2);
    say(&world, &one, "{\"id\":3,\"op\":\"send\",\"to\":\"slow\",\"body\":{}}");
    expect(&world, &one, "\"offline\"");
    leave(&one);
    leave(&two);
    leave(&slow);
    world_close(&world);
}

static void flooder(void)
{
    struct hub_limits limits = HUB_LIMITS;
    limits.requests.burst = 20;
    limits.requests.per_second = 0.001;
    struct world world;
    struct client one, two, flood;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    enter(&world, &flood, "flood");
    for (int i = 0; i < 200; i++)
        say(&world, &flood, "{\"id\":5,\"op\":\"ping\"}");
    expect_drop(&world, &flood, "too many faulty requests");
    until_count(&world, &hub_counts(world.hub)->dropped, 1);
    others_go_on(&world, &one, &two);
    leave(&one);
    leave(&two);
    leave(&flood);
    world_close(&world);
}

/* Each is refused, whoever goes on is dropped, and nothing of it is kept. */
static void long_messages(void)
{
    struct hub_limits limits = HUB_LIMITS;
    limits.request_bytes = 1000;
    struct world world;
    struct client one, two, wordy;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    enter(&world, &wordy, "wordy");
    g_autofree char *filling = g_strnfill(70 * 1024, 'x');
    g_autofree char *message = g_strdup_printf("{\"id\":2,\"op\":\"send\",\"to\":\"two\",\"body\":{\"text\":\"%s\"}}",
                                               filling);
    say(&world, &wordy, message);
    expect(&world, &wordy, "\"too-large\"");
    say(&world, &wordy, "{\"id\":3,\"op\":\"ping\"}");
    expect(&world, &wordy, "\"ack\":3,\"ok\":true");
    for (int i = 0; i < 60; i++)
        say(&world, &wordy, message);
    expect_drop(&world, &wordy, "too many faulty requests");
    others_go_on(&world, &one, &two);
    leave(&one);
    leave(&two);
    leave(&wordy);
    world_close(&world);
}

static void too_many_rooms(void)
{
    struct hub_limits limits = HUB_LIMITS;
    limits.rooms_open = 2;
    limits.rooms_joined = 1;
    struct world world;
    struct client one, two;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    say(&world, &one, "{\"id\":10,\"op\":\"room-open\",\"room\":\"a\"}");
    expect(&world, &one, "\"ack\":10,\"ok\":true");
    say(&world, &one, "{\"id\":11,\"op\":\"room-open\",\"room\":\"b\"}");
    expect(&world, &one, "\"ack\":11,\"ok\":true");
    say(&world, &one, "{\"id\":12,\"op\":\"room-open\",\"room\":\"c\"}");
    expect(&world, &one, "you have 2 rooms open");
    say(&world, &two, "{\"id\":13,\"op\":\"room-join\",\"room\":\"a\"}");
    expect(&world, &two, "\"ack\":13,\"ok\":true");
    say(&world, &two, "{\"id\":14,\"op\":\"room-join\",\"room\":\"b\"}");
    expect(&world, &two, "you watch 1 rooms");
    others_go_on(&world, &one, &two);
    leave(&one);
    leave(&two);
    world_close(&world);
}

static void full_hub(void)
{
    struct hub_limits limits = HUB_LIMITS;
    limits.connections = 2;
    struct world world;
    struct client one, two, three;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    g_assert_cmpint(client_open(&world, &three, 0), ==, 503);
    g_assert_cmpuint(hub_counts(world.hub)->refused[HUB_REFUSAL_FULL], ==, 1);
    leave(&three);
    others_go_on(&world, &one, &two);
    leave(&two);
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (hub_counts(world.hub)->connections > 1 && g_get_monotonic_time() < end_us)
        turn(&world);
    enter(&world, &two, "two");
    others_go_on(&world, &one, &two);
    leave(&one);
    leave(&two);
    world_close(&world);
}

/* A fresh login with the device's secret takes the old connection's place; the old one is told why. */
static void dropped_from_elsewhere(void)
{
    struct world world;
    struct client one, again;
    world_open(&world, NULL);
    g_assert_cmpint(client_open(&world, &one, 0), ==, 101);
    say(&world, &one, "{\"id\":1,\"op\":\"login\",\"user\":\"one\"}");
    uint8_t kind;
    g_autofree char *reply = hear(&world, &one, &kind);
    g_autoptr(GRegex) pattern = g_regex_new("\"address\":\"one/([0-9a-f]+)\",\"resume\":\"([^\"]+)\"", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_assert_true(g_regex_match(pattern, reply, 0, &match));
    g_autofree char *device = g_match_info_fetch(match, 1), *resume = g_match_info_fetch(match, 2);
    g_autofree char *login = g_strdup_printf("{\"id\":1,\"op\":\"login\",\"user\":\"one\",\"device\":\"%s\","
                                             "\"resume\":\"%s\"}",
                                             device, resume);
    g_assert_cmpint(client_open(&world, &again, 0), ==, 101);
    say(&world, &again, login);
    expect(&world, &again, device);
    expect_drop(&world, &one, "the same device logged in again");
    leave(&one);
    leave(&again);
    world_close(&world);
}

static void count(void *user_data)
{
    ++*(int *)user_data;
}

static void count_loss(void *user_data, const char *why)
{
    g_test_message("offline: %s", why);
    ++*(int *)user_data;
}

/* Nobody has to speak: whoever answers pings stays, and whoever does not is given up. */
static void quiet_client(void)
{
    static const struct signal_listener counting = { .online = count, .offline = count_loss };
    struct hub_limits limits = HUB_LIMITS;
    limits.quiet_ms = 10;
    limits.answer_ms = 2000;
    struct world world;
    struct client silent;
    world_open(&world, &limits);
    g_assert_cmpint(client_open(&world, &silent, 0), ==, 101);
    say(&world, &silent, "{\"id\":1,\"op\":\"login\",\"user\":\"silent\"}");
    expect(&world, &silent, "silent");
    int news = 0;
    struct signal_client *client = signal_client_create(world.reactor, &(struct signal_config){
                                                                           .url = hub_url(world.hub),
                                                                           .user = "quiet",
                                                                           .listener = &counting,
                                                                           .user_data = &news,
                                                                       });
    expect_drop(&world, &silent, "nothing is heard from it");
    int64_t end_us = g_get_monotonic_time() + 3 * G_USEC_PER_SEC; /* another round of pings and more */
    while (g_get_monotonic_time() < end_us)
        turn(&world);
    g_assert_true(signal_client_is_online(client));
    g_assert_cmpint(news, ==, 1);
    signal_client_destroy(client);
    leave(&silent);
    world_close(&world);
}

/* Only text has to be UTF-8 (RFC 6455, 5.5.3 and 5.6): libwebsockets (4.1.6) mixes up what is in its own ping with the
 * pong that it owes, and nobody is to be sent away for that. */
static void pong_of_any_bytes(void)
{
    static const uint8_t pong[] = { FRAME_PONG, FRAME_MASKED | 4, 0, 0, 0, 0, 0xff, 0xc3, 0x28, 0x80 };
    struct hub_limits limits = HUB_LIMITS;
    struct world world;
    struct client one, two;
    world_open(&world, &limits);
    enter(&world, &one, "one");
    enter(&world, &two, "two");
    send_bytes(&world, &one, pong, sizeof pong);
    others_go_on(&world, &one, &two);
    leave(&one);
    leave(&two);
    world_close(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub_limits/slow-reader", slow_reader);
    g_test_add_func("/hub_limits/flooder", flooder);
    g_test_add_func("/hub_limits/long-messages", long_messages);
    g_test_add_func("/hub_limits/too-many-rooms", too_many_rooms);
    g_test_add_func("/hub_limits/full-hub", full_hub);
    g_test_add_func("/hub_limits/dropped-from-elsewhere", dropped_from_elsewhere);
    g_test_add_func("/hub_limits/quiet-client", quiet_client);
    g_test_add_func("/hub_limits/pong-of-any-bytes", pong_of_any_bytes);
    return g_test_run();
}
