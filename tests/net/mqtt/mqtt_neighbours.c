/* Neighbours at the broker who publish what they should not, too much, or with a clock of their own. */
#include <inttypes.h>
#include <math.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <string.h>

#include "engine/text/json.h"
#include "mqtt_rig.h"
#include "net/mqtt/clocks.h"
#include "net/mqtt/senders.h"
#include "net/mqtt/topics.h"

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
    signal_room_open(dora.client, "room", NULL, person_done, &dora);
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

/* ---- clocks ---- */

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
    /* What is no time changes nothing. */
    cJSON *absurd = cJSON_Parse("{\"sent_at\":1e999,\"lifetime\":-1e999,\"published_at\":1e999}");
    g_assert_cmpint(mqtt_clocks_expiry(absurd, 5002000), ==, mqtt_clocks_expiry(NULL, 5002000));
    mqtt_clocks_translate(clocks, "pi/0123", absurd, 8, 9000000);
    g_assert_true(isinf(json_number(absurd, "sent_at")));
    cJSON_Delete(absurd);
    mqtt_clocks_destroy(clocks);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/mqtt/nobody-speaks-for-others", struct world, NULL, set_up, nobody_speaks_for_others, tear_down);
    g_test_add("/mqtt/clocks", struct world, NULL, set_up, clocks, tear_down);
    g_test_add("/mqtt/nonsense", struct world, NULL, set_up, nonsense, tear_down);
    g_test_add_func("/mqtt/held", held_by_the_broker);
    g_test_add_func("/mqtt/senders-are-limited", senders_are_limited);
    return g_test_run();
}
