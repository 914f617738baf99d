/* Signal clients over a real Mosquitto, under the access list that net/mqtt/MQTT.md asks for; over two that are
 * bridged; and with neighbours who publish what they should not. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <string.h>

#include "certificate.h"
#include "engine/text/json.h"
#include "left_behind.h"
#include "mqtt_broker.h"
#include "net/mqtt/clocks.h"
#include "net/mqtt/senders.h"
#include "net/mqtt/topics.h"
#include "net/signal/signal.h"

/* Generous: it ends a test that hangs, and says nothing about speed. */
enum { PATIENCE_US = 60 * G_USEC_PER_SEC };

static const char *const users[] = { "alice", "bob", "carol", "mallory", "bridge", NULL };

struct person {
    struct signal_client *client;
    int online, offline, joined, left, done, messages;
    int64_t sent_at; /* of the last message; 0: it had none */
    enum signal_result result;
    int results[SIGNAL_LOST + 1]; /* how often each */
    char *error, *reply, *from, *text, *viewer, *host, *state, *why;
    int viewers;
    GHashTable *users, *rooms; /* the directory: who is online; room -> state */
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
    set(&person->why, why);
}

static void person_message(void *user_data, const char *from, const cJSON *body)
{
    struct person *person = user_data;
    person->messages++;
    set(&person->from, from);
    set(&person->text, string(body, "text"));
    const cJSON *sent_at = cJSON_GetObjectItemCaseSensitive(body, "sent_at");
    person->sent_at = cJSON_IsNumber(sent_at) ? (int64_t)sent_at->valuedouble : 0;
}

static void person_room(void *user_data, const struct signal_room *room)
{
    struct person *person = user_data;
    set(&person->host, room->host);
    set(&person->state, room->state);
    person->viewers = room->viewers;
    g_hash_table_replace(person->rooms, g_strdup(room->room), g_strdup(room->state));
}

static void person_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct person *person = user_data;
    g_assert_nonnull(room);
    set(&person->viewer, viewer);
    *(joined ? &person->joined : &person->left) += 1;
}

static void person_user(void *user_data, const char *user, const char *name, bool online)
{
    (void)name;
    struct person *person = user_data;
    if (online)
        g_hash_table_add(person->users, g_strdup(user));
    else
        g_hash_table_remove(person->users, user);
}

static const struct signal_listener listener = {
    .online = person_online,
    .offline = person_offline,
    .message = person_message,
    .room = person_room,
    .viewer = person_viewer,
    .user = person_user,
};

static void person_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct person *person = user_data;
    char *text = reply ? cJSON_PrintUnformatted(reply) : NULL;
    person->done++;
    person->result = result;
    person->results[result]++;
    set(&person->error, reply ? string(reply, "error") : NULL);
    set(&person->reply, text);
    cJSON_free(text);
}

#define until(reactor, condition)                                                                                      \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + PATIENCE_US;                                                           \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > end_)                                                                         \
                g_error("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                              \
            reactor_wait(reactor, g_get_monotonic_time() + 100000);                                                    \
        }                                                                                                              \
    } while (0)

static void begin_as(struct reactor *reactor, struct person *person, struct signal_config config)
{
    *person = (struct person){ 0 };
    person->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    person->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    config.listener = &listener;
    config.user_data = person;
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
}

static void begin_at(struct reactor *reactor, struct person *person, const char *url, const char *user,
                     const char *password, const char *ca)
{
    begin_as(reactor, person, (struct signal_config){ .url = url, .user = user, .token = password, .ca_file = ca });
}

static void begin(struct reactor *reactor, struct person *person, const struct mqtt_broker *broker, const char *user,
                  const char *password)
{
    begin_at(reactor, person, mqtt_broker_url(broker), user, password, NULL);
}

static void enter(struct reactor *reactor, struct person *person, const struct mqtt_broker *broker, const char *user)
{
    begin(reactor, person, broker, user, MQTT_BROKER_PASSWORD);
    until(reactor, person->online);
}

static void leave(struct person *person)
{
    signal_client_destroy(person->client);
    char **texts[] = { &person->error,  &person->reply, &person->from,  &person->text,
                       &person->viewer, &person->host,  &person->state, &person->why };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&person->users, g_hash_table_unref);
    g_clear_pointer(&person->rooms, g_hash_table_unref);
    person->client = NULL;
}

static void answered(struct reactor *reactor, struct person *person, enum signal_result result, const char *error)
{
    until(reactor, person->done);
    g_assert_cmpint(person->done, ==, 1);
    g_assert_cmpstr(person->error, ==, error);
    g_assert_cmpint(person->result, ==, result);
    person->done = 0;
}

static void say(struct person *person, const char *to, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "text", text);
    signal_send(person->client, to, body, person_done, person);
    cJSON_Delete(body);
}

static void wait_a_while(struct reactor *reactor, int ms)
{
    for (int64_t end = g_get_monotonic_time() + ms * 1000; g_get_monotonic_time() < end;)
        reactor_wait(reactor, end);
}

/* ---- the fixture ---- */

struct world {
    struct reactor *reactor;
    struct belongings before;
    struct mqtt_broker *broker;
    struct person alice, bob, carol;
};

static void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    *world = (struct world){ .reactor = reactor_create(), .before = belongings_now() };
    world->broker = mqtt_broker_start(users, NULL);
    enter(world->reactor, &world->alice, world->broker, "alice");
    enter(world->reactor, &world->bob, world->broker, "bob");
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *all[] = { &world->alice, &world->bob, &world->carol };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i]->client)
            leave(all[i]);
    mqtt_broker_stop(world->broker);
    end_reactor(world->reactor, &world->before);
}

static enum signal_result answer(struct reactor *reactor, struct person *person)
{
    until(reactor, person->done);
    person->done = 0;
    return person->result;
}

/* ---- messages ---- */

static void messages(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *alice = &world->alice, *bob = &world->bob, *second = &world->carol;
    say(alice, "carol", "?");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
    say(alice, "bob", "hello");
    g_assert_cmpint(alice->done, ==, 0);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob->messages == 1);
    g_assert_cmpstr(bob->text, ==, "hello");
    g_assert_cmpstr(bob->from, ==, signal_client_address(alice->client));
    g_autofree char *back = g_strdup(bob->from);
    say(bob, back, "and back");
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    until(reactor, alice->messages == 1);

    g_autofree char *large = g_strnfill(60000, 'l'), *too_large = g_strnfill(70000, 'l');
    say(alice, "bob", large);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob->messages == 2);
    g_assert_cmpstr(bob->text, ==, large);
    say(alice, "bob", too_large);
    answered(reactor, alice, SIGNAL_REFUSED, "too-large");

    enter(reactor, second, world->broker, "bob");
    until(reactor, (say(alice, "bob", "both"), answered(reactor, alice, SIGNAL_DELIVERED, NULL), second->messages));
    say(alice, signal_client_address(second->client), "one");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(second->text, "one"));
    g_assert_cmpstr(bob->text, ==, "both");
    leave(second);
    leave(bob);
    until(reactor, (say(alice, "bob", "gone?"),
                    answer(reactor, alice) == SIGNAL_OFFLINE)); /* once the broker has read that he is */
    say(alice, "bob", "and stays so");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
    say(alice, "bob/../+/#", "no address");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
}

/* More than may wait for the broker at once, and more than a receiver takes of one sender. */
static void too_many_messages(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    enum { MESSAGES = 1200 };
    say(alice, "bob", "so that he is known");
    answered(world->reactor, alice, SIGNAL_DELIVERED, NULL);
    for (int i = 0; i < MESSAGES; i++)
        say(alice, "bob", "too many");
    until(world->reactor, alice->done == MESSAGES);
    g_assert_cmpint(alice->results[SIGNAL_REFUSED], >, 0);
    g_assert_cmpint(alice->results[SIGNAL_REFUSED] + alice->results[SIGNAL_DELIVERED], ==, MESSAGES + 1);
    g_assert_cmpint(bob->messages, >, 0);
    g_assert_cmpint(alice->offline + bob->offline, ==, 0);
}

static void senders_are_limited(void)
{
    struct mqtt_senders *senders = mqtt_senders_create();
    int64_t now_us = G_USEC_PER_SEC;
    int taken = 0;
    for (int i = 0; i < 2000; i++) {
        g_autofree char *address = g_strdup_printf("mallory/%04x", i);
        taken += mqtt_senders_take(senders, address, now_us);
    }
    g_assert_cmpint(taken, ==, 400);
    g_assert_true(mqtt_senders_take(senders, "alice/0000", now_us));
    now_us += G_USEC_PER_SEC / 2;
    for (taken = 0; mqtt_senders_take(senders, "mallory/0000", now_us); taken++)
        ;
    g_assert_cmpint(taken, ==, 50);
    mqtt_senders_sweep(senders, now_us);
    g_assert_false(mqtt_senders_take(senders, "mallory/0000", now_us));
    now_us += 20 * G_USEC_PER_SEC;
    mqtt_senders_sweep(senders, now_us);
    for (taken = 0; mqtt_senders_take(senders, "mallory/0000", now_us); taken++)
        ;
    g_assert_cmpint(taken, ==, 400);
    mqtt_senders_destroy(senders);
}

/* What is said just before the end arrives, and the broker is told of the end. */
static void last_words(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    say(alice, "bob", "so that he is known");
    answered(world->reactor, alice, SIGNAL_DELIVERED, NULL);
    g_autofree char *end = g_strdup_printf("*callapi-%s*disconnected.",
                                           strrchr(signal_client_address(alice->client), '/') + 1);
    for (int i = 0; i < 60; i++) {
        say(alice, "bob", i == 59 ? "bye" : "words");
        say(bob, "alice", "and an answer that she does not read any more");
    }
    leave(alice);
    until(world->reactor, !g_strcmp0(bob->text, "bye"));
    g_assert_cmpint(bob->messages, ==, 61);
    until(world->reactor, mqtt_broker_logged(world->broker, end));
}

/* ---- rooms ---- */

static void rooms(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *host = &world->alice, *rival = &world->bob, *viewer = &world->carol;
    enter(reactor, viewer, world->broker, "carol");
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_REFUSED, "not-found");
    signal_room_open(host->client, "room", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    signal_room_open(rival->client, "room", person_done, rival);
    answered(reactor, rival, SIGNAL_REFUSED, "not-allowed");
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, host->joined == 1 && host->viewers == 1 && viewer->viewers == 1);
    g_assert_cmpstr(host->viewer, ==, signal_client_address(viewer->client));
    signal_room_set_state(rival->client, "room", "private", person_done, rival);
    answered(reactor, rival, SIGNAL_REFUSED, "not-allowed");
    signal_room_set_state(host->client, "room", "private", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(viewer->state, "private"));
    signal_room_list(rival->client, person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(rival->reply, "\"room\":\"room\",\"host\":\"alice\",\"state\":\"private\",\"viewers\":1"));
    leave(host);
    until(reactor, !g_strcmp0(viewer->state, "away"));
    g_assert_cmpstr(viewer->host, ==, "");
    signal_room_join(rival->client, "room", person_done, rival); /* while somebody waits in it */
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(rival->state, "away"));
    signal_room_open(rival->client, "room", person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor, rival->joined == 1 && !g_strcmp0(viewer->state, "live"));
    g_assert_cmpstr(viewer->host, ==, "bob");
    signal_room_leave(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, rival->left == 1 && rival->viewers == 0);
    signal_room_close(rival->client, "room", person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor,
          (signal_room_leave(viewer->client, "room", NULL, NULL),
           signal_room_join(viewer->client, "room", person_done, viewer), answer(reactor, viewer) == SIGNAL_REFUSED));
    g_assert_cmpstr(viewer->error, ==, "not-found");
}

/* Two who open at the same time: one of them broadcasts, both know who. */
static void two_open_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    for (int round = 0; round < 5; round++) {
        g_autofree char *room = g_strdup_printf("room %d %%+#", round);
        signal_room_open(alice->client, room, person_done, alice);
        signal_room_open(bob->client, room, person_done, bob);
        until(world->reactor, alice->done && bob->done);
        g_assert_cmpint((alice->result == SIGNAL_DELIVERED) + (bob->result == SIGNAL_DELIVERED), ==, 1);
        struct person *winner = alice->result == SIGNAL_DELIVERED ? alice : bob;
        alice->done = bob->done = 0;
        signal_room_close(winner->client, room, person_done, winner);
        answered(world->reactor, winner, SIGNAL_DELIVERED, NULL);
    }
}

static void directory(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *alice = &world->alice, *bob = &world->bob, *carol = &world->carol;
    signal_room_open(alice->client, "first", NULL, NULL);
    signal_watch(bob->client, true, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    until(reactor, g_hash_table_contains(bob->users, "alice") && g_hash_table_contains(bob->users, "bob"));
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "first"), "live"));
    enter(reactor, carol, world->broker, "carol");
    until(reactor, g_hash_table_contains(bob->users, "carol"));
    signal_room_open(carol->client, "second", NULL, NULL);
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "second"), "live"));
    signal_user_list(bob->client, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(bob->reply, "\"carol\""));
    leave(carol);
    until(reactor, !g_hash_table_contains(bob->users, "carol"));
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "second"), "closed"));
    signal_watch(bob->client, false, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    signal_user_list(bob->client, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(bob->reply, "\"alice\""));
    g_assert_null(strstr(bob->reply, "\"carol\""));
}

/* ---- the broker goes ---- */

static void broker_killed(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *host = &world->alice, *viewer = &world->bob;
    g_autofree char *address = g_strdup(signal_client_address(host->client));
    signal_watch(viewer->client, true, person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    signal_room_open(host->client, "room", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    signal_room_set_state(host->client, "room", "private", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, host->joined == 1);
    say(host, "bob", "on its way");
    mqtt_broker_kill(world->broker);
    until(reactor, host->offline && viewer->offline && host->done);
    g_assert_false(signal_client_is_online(host->client));
    host->done = 0;
    say(host, "bob", "into nothing");
    answered(reactor, host, SIGNAL_LOST, NULL);
    mqtt_broker_restart(world->broker);
    until(reactor, host->online == 2 && viewer->online == 2);
    g_assert_cmpstr(signal_client_address(host->client), ==, address);
    until(reactor, host->joined == 2 && !g_strcmp0(viewer->state, "private") && !strcmp(viewer->host, "alice"));
    until(reactor, g_hash_table_contains(viewer->users, "alice"));
    say(host, "bob", "again");
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(viewer->text, "again"));
}

static void wrong_password(struct world *world, gconstpointer data)
{
    (void)data;
    begin(world->reactor, &world->carol, world->broker, "carol", "wrong");
    until(world->reactor, world->carol.offline >= 2); /* and it goes on trying */
    g_assert_cmpint(world->carol.online, ==, 0);
    signal_renew_token(world->carol.client, MQTT_BROKER_PASSWORD, NULL, NULL);
}

/* A password is good for a day: whoever makes them puts the next one into the file. It is taken for the next
 * connection, and without one at once. */
static void a_file_has_new_tokens(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *carol = &world->carol;
    g_autofree char *folder = g_dir_make_tmp("token-XXXXXX", NULL), *file = g_build_filename(folder, "token", NULL);
    g_assert_true(g_file_set_contents(file, "yesterday's\n", -1, NULL));
    begin_as(reactor, carol,
             (struct signal_config){
                 .url = mqtt_broker_url(world->broker), .user = "carol", .token = "yesterday's", .token_file = file });
    until(reactor, carol->offline);
    g_assert_cmpint(carol->online, ==, 0);
    g_assert_true(g_file_set_contents(file, MQTT_BROKER_PASSWORD "\n", -1, NULL));
    until(reactor, carol->online == 1);
    int lost = carol->offline;
    g_assert_true(g_file_set_contents(file, "tomorrow's\n", -1, NULL));
    wait_a_while(reactor, 1500);
    g_assert_cmpint(carol->offline, ==, lost); /* the open connection stays */
    mqtt_broker_kill(world->broker);
    mqtt_broker_set_password(world->broker, "carol", "tomorrow's");
    mqtt_broker_restart(world->broker);
    until(reactor, carol->offline > lost && carol->online == 2);
    leave(carol);
    g_assert_cmpint(g_remove(file), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* The host's name is verified, though the connection goes to its address. */
static void tls_is_verified(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate ours = certificate_make("localhost"), other = certificate_make("localhost"),
                       named = certificate_make("example.org");
    struct mqtt_broker *broker = mqtt_broker_start_secure(&ours), *misnamed = mqtt_broker_start_secure(&named);
    struct person good, friend, stranger, distrustful, misled;
    const char *url = mqtt_broker_url(broker);
    begin_at(reactor, &good, url, "good", NULL, ours.cert);
    begin_at(reactor, &friend, url, "friend", NULL, ours.cert);
    until(reactor, good.online && friend.online);
    g_autofree char *large = g_strnfill(60000, 'l');
    say(&good, "friend", large);
    answered(reactor, &good, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(friend.text, large));
    begin_at(reactor, &stranger, url, "stranger", NULL, NULL);
    begin_at(reactor, &distrustful, url, "distrustful", NULL, other.cert);
    begin_at(reactor, &misled, mqtt_broker_url(misnamed), "misled", NULL, named.cert);
    struct person *refusing[] = { &stranger, &distrustful, &misled };
    for (size_t i = 0; i < G_N_ELEMENTS(refusing); i++) {
        until(reactor, refusing[i]->why &&
                           strstr(refusing[i]->why, "certificate is refused")); /* localhost is ::1 first, perhaps */
        g_assert_cmpint(refusing[i]->online, ==, 0);
        leave(refusing[i]);
    }
    struct signal_config unreadable = { .url = url, .user = "nobody", .ca_file = "/nowhere" };
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*cannot be prepared: /nowhere*");
    g_assert_null(signal_client_create(reactor, &unreadable));
    g_test_assert_expected_messages();
    leave(&good);
    leave(&friend);
    mqtt_broker_stop(broker);
    mqtt_broker_stop(misnamed);
    certificate_remove(&ours);
    certificate_remove(&other);
    certificate_remove(&named);
    end_reactor(reactor, &before);
}

static bool holds(const char *bytes, gssize length, const char *part, gssize part_length)
{
    for (gssize i = 0; i + part_length <= length; i++)
        if (!memcmp(bytes + i, part, (size_t)part_length))
            return true;
    return false;
}

/* libmosquitto has no documented way to connect without waiting and with properties: they do stand in the CONNECT. */
static void connect_has_properties(void)
{
    struct reactor *reactor = reactor_create();
    g_autoptr(GSocketListener) server = g_socket_listener_new();
    uint16_t port = g_socket_listener_add_any_inet_port(server, NULL, NULL);
    struct belongings before = belongings_now();
    g_autofree char *url = g_strdup_printf("mqtt://127.0.0.1:%d", port);
    struct person person;
    char packet[512];
    gssize length = 0;
    begin_at(reactor, &person, url, "anna", NULL, NULL);
    wait_a_while(reactor, 50);
    g_autoptr(GSocket) socket = g_socket_listener_accept_socket(server, NULL, NULL, NULL);
    g_socket_set_blocking(socket, FALSE);
    until(reactor, (length = g_socket_receive(socket, packet, sizeof packet, NULL, NULL)) > 0);
    g_assert_true(holds(packet, length, "MQTT\5", 5));
    g_assert_true(holds(packet, length, "\x11\0\0\0\x0a", 5)); /* Session Expiry Interval 10 s */
    g_assert_true(holds(packet, length, "\x27\0\1\x08\0", 5)); /* Maximum Packet Size 67584 */
    g_assert_true(holds(packet, length, "\x18\0\0\0\2", 5));   /* Will Delay Interval 2 s */
    leave(&person);
    g_socket_close(socket, NULL);
    end_reactor(reactor, &before);
}

/* ---- neighbours ---- */

struct raw {
    struct mosquitto *mosquitto;
    int acknowledged, reason, overheard;
};

static void raw_published(struct mosquitto *mosquitto, void *user_data, int id, int reason,
                          const mosquitto_property *properties)
{
    struct raw *raw = user_data;
    (void)mosquitto;
    (void)id;
    (void)properties;
    raw->acknowledged++;
    raw->reason = reason;
}

static void raw_message(struct mosquitto *mosquitto, void *user_data, const struct mosquitto_message *message)
{
    struct raw *raw = user_data;
    (void)mosquitto;
    raw->overheard += strstr(message->topic, "/inbox/") || strstr(message->topic, "/call/");
}

/* A client of the broker that is none of ours. */
static void raw_open(struct raw *raw, const struct mqtt_broker *broker, const char *user)
{
    mosquitto_lib_init();
    *raw = (struct raw){ .mosquitto = mosquitto_new(NULL, true, raw) };
    mosquitto_int_option(raw->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_publish_v5_callback_set(raw->mosquitto, raw_published);
    mosquitto_message_callback_set(raw->mosquitto, raw_message);
    if (user)
        mosquitto_username_pw_set(raw->mosquitto, user, MQTT_BROKER_PASSWORD);
    g_assert_cmpint(mosquitto_connect(raw->mosquitto, "127.0.0.1", mqtt_broker_port(broker), 60), ==, MOSQ_ERR_SUCCESS);
}

static void raw_close(struct raw *raw)
{
    mosquitto_destroy(raw->mosquitto);
    mosquitto_lib_cleanup();
}

/* The broker's reason code. */
static int raw_publish(struct raw *raw, const char *topic, const char *payload, int length, bool retain)
{
    int before = raw->acknowledged;
    g_assert_cmpint(mosquitto_publish_v5(raw->mosquitto, NULL, topic, length, payload, 1, retain, NULL), ==,
                    MOSQ_ERR_SUCCESS);
    while (raw->acknowledged == before)
        g_assert_cmpint(mosquitto_loop(raw->mosquitto, 1000, 1), ==, MOSQ_ERR_SUCCESS);
    return raw->reason;
}

static void nobody_speaks_for_others(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *alice = &world->alice, *bob = &world->bob;
    struct raw mallory;
    raw_open(&mallory, world->broker, "mallory");
    mosquitto_subscribe(mallory.mosquitto, NULL, "callapi/#", 1);
    g_autofree char *forged = mqtt_topics_inbox(signal_client_address(bob->client),
                                                signal_client_address(alice->client));
    g_autofree char *honest = mqtt_topics_inbox(signal_client_address(bob->client), "mallory/0123");
    g_autofree char *gone = g_strdup_printf("callapi/1/presence/%s", signal_client_address(bob->client));
    g_assert_cmpint(raw_publish(&mallory, forged, "{\"text\":\"forged\"}", 17, false), ==, MQTT_RC_NOT_AUTHORIZED);
    g_assert_cmpint(raw_publish(&mallory, gone, "", 0, true), ==, MQTT_RC_NOT_AUTHORIZED);
    g_assert_cmpint(
        raw_publish(&mallory, "callapi/1/room/r/host/alice/0123", "{\"state\":\"live\",\"since\":1}", 27, true), ==,
        MQTT_RC_NOT_AUTHORIZED);
    g_assert_cmpint(raw_publish(&mallory, honest, "{\"text\":\"honest\"}", 17, false), ==, MQTT_RC_SUCCESS);
    until(reactor, bob->messages == 1);
    g_assert_cmpstr(bob->from, ==, "mallory/0123");
    say(alice, "bob", "private");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob->messages == 2);
    g_assert_cmpint(raw_publish(&mallory, honest, "{}", 2, false), ==, MQTT_RC_SUCCESS);
    g_assert_cmpint(mallory.overheard, ==, 0);
    raw_close(&mallory);
}

/* On a broker without an access list anybody may publish anything. */
static void nonsense(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct mqtt_broker *open = mqtt_broker_start(NULL, NULL);
    struct person dora, emil;
    struct raw mallory;
    unsigned seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    begin(reactor, &dora, open, "dora", NULL);
    begin(reactor, &emil, open, "emil", NULL);
    until(reactor, dora.online && emil.online);
    signal_watch(dora.client, true, person_done, &dora);
    answered(reactor, &dora, SIGNAL_DELIVERED, NULL);
    signal_room_open(dora.client, "room", person_done, &dora);
    answered(reactor, &dora, SIGNAL_DELIVERED, NULL);
    raw_open(&mallory, open, NULL);
    const char *address = signal_client_address(dora.client);
    g_autofree char *inbox = mqtt_topics_inbox(address, "x/0000"), *self = mqtt_topics_inbox(address, address);
    g_autofree char *too_many = g_strdup_printf("callapi/1/inbox/%s/a/b/c", address),
                    *nobody = g_strdup_printf("callapi/1/inbox/%s/%%2/0000", address);
    const char *topics[] = {
        inbox,
        self,
        too_many,
        nobody,
        "callapi/1/presence/x/NOHEX",
        "callapi/1/presence/x/0000",
        "callapi/1/presence//0000",
        "callapi/1/room/room/host/x/0000",
        "callapi/1/room/room/viewer/x/0000",
        "callapi/1/room/room/viewer/dora/0000",
        "callapi/1/room/\xc2\xa0/host/x/0000",
        "callapi/1/room/r2/host/x/0000",
        "callapi/1/room//host/x/0000",
    };
    static const char *const payloads[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"marker\":1e300}",
        "{\"marker\":-1}",
        "{\"marker\":99999}",
        "{\"state\":\"live\",\"since\":1e308}",
        "{\"state\":\"live\",\"since\":1,\"viewers\":1e300}",
        "{\"state\":7}",
        "{\"state\":\"away\",\"since\":1}",
        "\xff\xfe",
    };
    for (int i = 0; i < 400; i++) {
        const char *topic = topics[g_rand_int_range(random, 0, G_N_ELEMENTS(topics))];
        const char *payload = payloads[g_rand_int_range(random, 0, G_N_ELEMENTS(payloads))];
        raw_publish(&mallory, topic, payload, (int)strlen(payload), g_rand_boolean(random));
        reactor_wait(reactor, g_get_monotonic_time());
    }
    g_autofree char *large = g_strnfill(200000, ' ');
    raw_publish(&mallory, inbox, large, 200000, false);
    int before = dora.messages;
    until(reactor, (say(&emil, "dora", "still there"), answered(reactor, &emil, SIGNAL_DELIVERED, NULL),
                    !g_strcmp0(dora.text, "still there")));
    g_assert_cmpint(dora.messages, >, before);
    g_assert_cmpint(dora.offline, ==, 0);
    raw_close(&mallory);
    leave(&dora);
    leave(&emil);
    mqtt_broker_stop(open);
}

/* A machine whose clock is 40 s off, or a year: its messages have the age that they have. */
static void clocks(struct world *world, gconstpointer data)
{
    (void)data;
    static const int64_t offsets_ms[] = { 0, -40000, 40000, G_GINT64_CONSTANT(31536000000), 40000 };
    struct mqtt_broker *open = mqtt_broker_start(NULL, NULL);
    struct person dora;
    struct raw other;
    begin(world->reactor, &dora, open, "dora", NULL);
    until(world->reactor, dora.online);
    raw_open(&other, open, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(offsets_ms); i++) {
        int64_t now_ms = g_get_real_time() / 1000, published_ms = now_ms + offsets_ms[i], age_ms = 1500;
        g_autofree char *inbox = mqtt_topics_inbox(signal_client_address(dora.client), "pi/0123");
        g_autofree char *text = g_strdup_printf("{\"text\":\"x\",\"sent_at\":%" PRId64
                                                ",\"lifetime\":15000,\"published_at\":%" PRId64 "}",
                                                published_ms - age_ms, published_ms);
        int before = dora.messages;
        raw_publish(&other, inbox, text, (int)strlen(text), false);
        until(world->reactor, dora.messages > before);
        int64_t took_ms = g_get_real_time() / 1000 - now_ms;
        g_assert_cmpint(dora.sent_at, >=, now_ms - age_ms - 1000); /* one measure of a clock serves for a while */
        g_assert_cmpint(dora.sent_at, <=, now_ms - age_ms + took_ms + 1000);
    }
    raw_close(&other);
    leave(&dora);
    mqtt_broker_stop(open);
}

/* The broker kept it for a while: that counts to its age. */
static void held_by_the_broker(void)
{
    struct mqtt_clocks *clocks = mqtt_clocks_create();
    cJSON *body = cJSON_Parse("{\"sent_at\":5000000,\"lifetime\":15000}");
    cJSON *stamped = mqtt_clocks_stamp(body, 5002000);
    g_assert_cmpint(mqtt_clocks_expiry(body, 5002000), ==, 14);
    mqtt_clocks_translate(clocks, "pi/0123", stamped, 14 - 6, 9000000);
    g_assert_cmpint(cJSON_GetObjectItem(stamped, "sent_at")->valuedouble, ==, 9000000 - 6000 - 2000);
    cJSON_Delete(stamped);
    cJSON_Delete(body);
    mqtt_clocks_destroy(clocks);
}

/* ---- two brokers ---- */

static void bridged(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct mqtt_broker *other = mqtt_broker_start(users, world->broker);
    struct person *alice = &world->alice, *bob = &world->bob, *carol = &world->carol;
    enter(reactor, carol, other, "carol");
    signal_room_open(alice->client, "room", person_done, alice);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    signal_room_join(carol->client, "room", person_done, carol);
    until(reactor, carol->done);
    for (int tries = 0; carol->result != SIGNAL_DELIVERED && tries < 100;
         tries++) { /* the bridge comes up in its own time */
        carol->done = 0;
        wait_a_while(reactor, 200);
        signal_room_join(carol->client, "room", person_done, carol);
        until(reactor, carol->done);
    }
    answered(reactor, carol, SIGNAL_DELIVERED, NULL);
    until(reactor, alice->joined == 1);
    g_assert_cmpstr(alice->viewer, ==, signal_client_address(carol->client));
    say(carol, "alice", "from there");
    answered(reactor, carol, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(alice->text, "from there"));
    say(alice, alice->from, "from here");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(carol->text, "from here"));

    mqtt_broker_kill(other);
    until(reactor, carol->offline);
    say(alice, "bob", "we two go on");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(bob->text, "we two go on"));
    mqtt_broker_restart(other);
    until(reactor, carol->online == 2);
    until(reactor, !g_strcmp0(carol->state, "live") && !g_strcmp0(carol->host, "alice"));
    until(reactor, (say(carol, "alice", "back"), wait_a_while(reactor, 100), !g_strcmp0(alice->text, "back")));
    mqtt_broker_stop(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    static const struct {
        const char *path;
        void (*run)(struct world *world, gconstpointer data);
    } tests[] = {
        { "/mqtt/messages", messages },
        { "/mqtt/too-many-messages", too_many_messages },
        { "/mqtt/last-words", last_words },
        { "/mqtt/rooms", rooms },
        { "/mqtt/two-open-at-once", two_open_at_once },
        { "/mqtt/directory", directory },
        { "/mqtt/broker-killed", broker_killed },
        { "/mqtt/wrong-password", wrong_password },
        { "/mqtt/token-file", a_file_has_new_tokens },
        { "/mqtt/nobody-speaks-for-others", nobody_speaks_for_others },
        { "/mqtt/clocks", clocks },
        { "/mqtt/nonsense", nonsense },
        { "/mqtt/bridged", bridged },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct world, NULL, set_up, tests[i].run, tear_down);
    g_test_add_func("/mqtt/held", held_by_the_broker);
    g_test_add_func("/mqtt/senders-are-limited", senders_are_limited);
    g_test_add_func("/mqtt/tls", tls_is_verified);
    g_test_add_func("/mqtt/connect-has-properties", connect_has_properties);
    return g_test_run();
}
