/* A hub that ends in order: everyone connected is told, nobody of anything that is not so, and all are back at the next
 * one. */
#include <string.h>

#include "hub_request.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/signal/signal.h"

/* Eight megabytes: more than the sockets take. */
enum { PEOPLE = 12, LONG_MESSAGES = 160, LONG = 50000 };

struct person {
    struct signal_client *client;
    int online, offline, away, left, sent;
    char *why;
};

static void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static void person_offline(void *user_data, const char *why)
{
    struct person *person = user_data;
    person->offline++;
    g_free(person->why);
    person->why = g_strdup(why);
}

static void person_room(void *user_data, const struct signal_room *room)
{
    ((struct person *)user_data)->away += !strcmp(room->state, "away");
}

static void person_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    ((struct person *)user_data)->left += !joined;
    g_assert_true(room && viewer);
}

static void person_sent(void *user_data, enum signal_result result, const cJSON *reply)
{
    (void)reply;
    ((struct person *)user_data)->sent += result == SIGNAL_DELIVERED;
}

static const struct signal_listener listener = {
    .online = person_online,
    .offline = person_offline,
    .room = person_room,
    .viewer = person_viewer,
};

#define until(reactor, condition)                                                                                      \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + HUB_PATIENCE_US;                                                       \
        while (!(condition) && g_get_monotonic_time() < end_)                                                          \
            reactor_wait(reactor, g_get_monotonic_time() + 100000);                                                    \
        g_assert_true(condition);                                                                                      \
    } while (0)

static struct hub *open_hub(struct reactor *reactor, const char *listen)
{
    g_autofree char *error = NULL;
    struct hub_limits limits = HUB_LIMITS;
    limits.queue_bytes = (size_t)LONG_MESSAGES * LONG * 2;
    struct hub *hub = hub_create(reactor, &(struct hub_config){ .listen = listen, .limits = &limits }, &error);
    if (!hub)
        g_error("%s", error);
    return hub;
}

static int all_online(const struct person *people, int times)
{
    int n = 0;
    for (int i = 0; i < PEOPLE; i++)
        n += people[i].online == times;
    return n == PEOPLE;
}

static void enter(struct person *people, struct reactor *reactor, const char *url)
{
    for (int i = 0; i < PEOPLE; i++) {
        g_autofree char *user = g_strdup_printf("user %d", i);
        struct signal_config config = { url, user, &listener, &people[i] };
        people[i].client = signal_client_create(reactor, &config);
    }
    until(reactor, all_online(people, 1));
}

/* The first one broadcasts, the second one watches. */
static void they_come_back(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct person people[PEOPLE] = { 0 };
    struct hub *hub = open_hub(reactor, "127.0.0.1:0");
    g_autofree char *url = g_strdup(hub_url(hub));
    enter(people, reactor, url);
    signal_room_open(people[0].client, "studio", NULL, NULL, NULL);
    signal_room_join(people[1].client, "studio", NULL, NULL);
    until(reactor, hub_counts(hub)->connections == PEOPLE);
    reactor_wait(reactor, g_get_monotonic_time() + 10000);
    g_assert_false(hub_has_retired(hub));
    hub_retire(hub);
    hub_retire(hub); /* once is enough */
    until(reactor, hub_has_retired(hub));
    hub_destroy(hub);
    for (int i = 0; i < PEOPLE; i++) {
        until(reactor, people[i].offline > 0);
        g_assert_cmpstr(people[i].why, ==, "the hub starts anew");
    }
    hub = open_hub(reactor, strstr(url, "://") + 3);
    until(reactor, all_online(people, 2));
    for (int i = 0; i < PEOPLE; i++) {
        g_assert_cmpint(people[i].away + people[i].left, ==, 0);
        signal_client_destroy(people[i].client);
        g_free(people[i].why);
    }
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void upgrade(struct reactor *reactor, GSocket *socket, GString *answer)
{
    converse(reactor, socket,
             "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
             "AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: callapi\r\n\r\n",
             "\r\n\r\n", answer);
}

/* Byte by byte: a notice, and behind it a close frame with 1012 (RFC 6455 section 5.5.1; IANA: service restart). */
static void it_is_said_as_it_stands_there(void)
{
    static const char notice[] = "{\"notice\":\"restart\",\"within_ms\":1000}",
                      frame[] = "\x88\x15\x03\xf4the hub starts anew";
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = open_hub(reactor, "127.0.0.1:0");
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(hub)), late = connect_to_hub(hub_url(hub));
    g_autoptr(GString) answer = g_string_new(NULL), refusal = g_string_new(NULL);
    upgrade(reactor, socket, answer);
    until(reactor, hub_counts(hub)->sockets == 2);
    hub_retire(hub);
    upgrade(reactor, late, refusal);
    g_assert_true(strstr(refusal->str, " 503 ") != NULL);
    g_string_truncate(answer, 0);
    converse(reactor, socket, "", "anew", answer);
    g_assert_cmpint((unsigned char)answer->str[0], ==, 0x81);
    g_assert_cmpint(answer->str[1], ==, sizeof notice - 1);
    g_assert_true(!memcmp(answer->str + 2, notice, sizeof notice - 1));
    g_assert_true(!memcmp(answer->str + 2 + sizeof notice - 1, frame, sizeof frame - 1));
    g_socket_close(socket, NULL);
    g_socket_close(late, NULL);
    until(reactor, hub_has_retired(hub));
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

/* A text frame of less than 126 bytes; its mask of zeros leaves the text as it is (RFC 6455 section 5.3). */
static void say(GSocket *socket, const char *text)
{
    g_autoptr(GString) frame = g_string_new("\x81");
    g_string_append_c(frame, (char)(0x80 | strlen(text)));
    g_string_append_len(frame, "\0\0\0\0", 4);
    g_string_append(frame, text);
    g_assert_cmpint(g_socket_send(socket, frame->str, frame->len, NULL, NULL), ==, frame->len);
}

/* Frames' heads have zeros. */
static bool has(const GString *bytes, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= bytes->len; i++)
        if (!memcmp(bytes->str + i, text, length))
            return true;
    return false;
}

/* Until the last of what is read has `enough` in it. */
static void read_until(struct reactor *reactor, GSocket *socket, GString *bytes, const char *enough)
{
    int64_t end = g_get_monotonic_time() + HUB_PATIENCE_US;
    char some[65536];
    for (bool done = false; !done && g_get_monotonic_time() < end;) {
        gssize n = g_socket_receive(socket, some, sizeof some, NULL, NULL);
        if (n > 0)
            g_string_append_len(bytes, some, n);
        g_autoptr(GString)
            tail = g_string_new_len(bytes->str + MAX((gssize)bytes->len - 200, 0), MIN((gssize)bytes->len, 200));
        done = has(tail, enough);
        reactor_wait(reactor, g_get_monotonic_time() + (n > 0 ? 0 : 10000));
    }
    if (!has(bytes, enough))
        g_error("no \"%s\" in %zu bytes", enough, bytes->len);
}

static void send_long(struct person *from, const char *to, int n)
{
    g_autofree char *text = g_strnfill(LONG, 'x');
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "text", text);
    for (int i = 0; i < n; i++)
        signal_send(from->client, to, body, person_sent, from);
    cJSON_Delete(body);
}

/* Who reads slowly is still there when the broadcaster has left for the restart: the room is not told to be without
 * one, and everything from before arrives. */
static void who_stays_longer_hears_of_nothing_else(void)
{
    enum { AT_ONCE = 20 };
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct person host = { 0 };
    struct hub *hub = open_hub(reactor, "127.0.0.1:0");
    host.client = signal_client_create(reactor, &(struct signal_config){ hub_url(hub), "host", &listener, &host });
    until(reactor, host.online == 1);
    signal_room_open(host.client, "studio", NULL, NULL, NULL);
    g_autoptr(GSocket) slow = connect_to_hub(hub_url(hub));
    g_autoptr(GString) bytes = g_string_new(NULL);
    upgrade(reactor, slow, bytes);
    say(slow, "{\"id\":1,\"op\":\"login\",\"user\":\"slow\"}");
    say(slow, "{\"id\":2,\"op\":\"room-join\",\"room\":\"studio\"}");
    read_until(reactor, slow, bytes, "\"viewers\":1");
    for (int i = 0; i < LONG_MESSAGES; i += AT_ONCE) {
        int sent = host.sent;
        send_long(&host, "slow", AT_ONCE);
        until(reactor, host.sent == sent + AT_ONCE);
    }
    hub_retire(hub);
    until(reactor, hub_counts(hub)->connections == 1);
    read_until(reactor, slow, bytes, "the hub starts anew");
    g_assert_cmpuint(bytes->len, >, (size_t)LONG_MESSAGES * LONG);
    g_assert_true(has(bytes, "\"notice\":\"restart\""));
    g_assert_false(has(bytes, "\"away\""));
    g_socket_close(slow, NULL);
    until(reactor, hub_has_retired(hub));
    signal_client_destroy(host.client);
    g_free(host.why);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-restart/back", they_come_back);
    g_test_add_func("/hub-restart/bytes", it_is_said_as_it_stands_there);
    g_test_add_func("/hub-restart/slow", who_stays_longer_hears_of_nothing_else);
    return g_test_run();
}
