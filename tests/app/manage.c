/* A kiosk that is managed over a broker whose users have passwords, and no access list: each can publish in the name of
 * each, and hears all that is said. What a manager asks for counts by its signature, and once. */
#include <libavutil/log.h>
#include <mosquitto.h>
#include <string.h>

#include "app/kiosk/manage.h"
#include "app/options/options.h"
#include "app/station/station.h"
#include "engine/text/json.h"
#include "left_behind.h"
#include "mqtt_broker.h"
#include "net/mqtt/topics.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/manage_token.h"
#include "net/transport/dtls.h"

enum { PATIENCE_S = 60 };

#define SECRET "0123456789abcdef0123456789abcdef"
#define ADMIN "admin/0123456789abcdef" /* a device that is nobody's */

static char *const managers[] = { (char *)"admin", NULL };
static const struct manage_config manage_config = { .managers = managers, .secret = SECRET };

struct world {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct mqtt_broker *broker;
    struct options options;
    struct belongings before;
    struct station *station; /* the kiosk */
    struct manage *manage;
    struct mosquitto *mallory;
    char *kiosk;                   /* its address, as she overheard it */
    char *request, *request_topic; /* likewise, the last one */
    int refused, statuses;         /* of the kiosk's answers, to whomever */
};

static void on_manage(void *user_data, const char *from, const cJSON *body)
{
    struct world *world = user_data;
    manage_receive(world->manage, station_agent(world->station), "directory", from, body);
}

static void overhear(struct mosquitto *mosquitto, void *user_data, const struct mosquitto_message *message)
{
    static const char presence[] = "callapi/1/presence/";
    struct world *world = user_data;
    (void)mosquitto;
    if (g_str_has_prefix(message->topic, "callapi/1/presence/kiosk/") && !world->kiosk)
        world->kiosk = g_strdup(message->topic + strlen(presence));
    cJSON *json = hub_parse(message->payload, (size_t)message->payloadlen);
    const cJSON *status = cJSON_GetObjectItem(json, "answer");
    world->refused += !g_strcmp0(json_string(json, "error"), "not allowed");
    world->statuses += cJSON_HasObjectItem(status, "uptime_s");
    if (json_string(json, "ask") && json_string(json, "token")) {
        g_free(world->request);
        g_free(world->request_topic);
        world->request = g_strndup(message->payload, (size_t)message->payloadlen);
        world->request_topic = g_strdup(message->topic);
    }
    cJSON_Delete(json);
}

static void log_in_mallory(struct world *world)
{
    mosquitto_lib_init();
    world->mallory = mosquitto_new(NULL, true, world);
    mosquitto_message_callback_set(world->mallory, overhear);
    mosquitto_username_pw_set(world->mallory, "mallory", MQTT_BROKER_PASSWORD);
    int port = mqtt_broker_port(world->broker);
    g_assert_cmpint(mosquitto_connect(world->mallory, "127.0.0.1", port, 60), ==, MOSQ_ERR_SUCCESS);
    g_assert_cmpint(mosquitto_subscribe(world->mallory, NULL, "callapi/#", 1), ==, MOSQ_ERR_SUCCESS);
}

static void open_kiosk(struct world *world)
{
    static const struct agent_listener listener = { .manage = on_manage };
    struct station_config config = {
        .options = &world->options,
        .reactor = world->reactor,
        .identity = world->identity,
        .hub_url = mqtt_broker_url(world->broker),
        .user = "kiosk",
        .party = CALL_PARTY_ANYONE,
        .auto_accept_ms = -1,
        .listener = &listener,
        .user_data = world,
    };
    config.capture = station_capture(&world->options, 0, &config.microphone);
    world->manage = manage_create(&manage_config);
    world->station = station_open(&config);
    g_assert_nonnull(world->station);
}

static void tick(struct world *world)
{
    reactor_wait(world->reactor, MIN(g_get_monotonic_time() + 20000, station_deadline(world->station)));
    station_tick(world->station, g_get_monotonic_time());
    mosquitto_loop(world->mallory, 0, 1);
}

#define WAIT_FOR(world, condition)                                                                                     \
    do {                                                                                                               \
        int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;                                        \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > give_up)                                                                      \
                g_error("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                              \
            tick(world);                                                                                               \
        }                                                                                                              \
    } while (0)

static void set_up(struct world *world, gconstpointer data)
{
    static const char *const users[] = { "kiosk", "admin", "mallory", NULL };
    (void)data;
    int status;
    char *argv[] = { "test", "--size", "320x180", "--software", NULL };
    *world = (struct world){
        .reactor = reactor_create(),
        .identity = dtls_identity_create(),
        .broker = mqtt_broker_start_without_acl(users),
    };
    g_assert_true(options_parse(&world->options, "test", 4, argv, &status));
    world->options.token = g_strdup(MQTT_BROKER_PASSWORD);
    world->before = belongings_now();
    open_kiosk(world);
    log_in_mallory(world);
    WAIT_FOR(world, agent_describe(station_agent(world->station)).online);
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    mosquitto_destroy(world->mallory);
    mosquitto_lib_cleanup();
    station_close(world->station);
    manage_destroy(world->manage);
    assert_nothing_left_behind(world->reactor, &world->before);
    mqtt_broker_stop(world->broker);
    dtls_identity_destroy(world->identity);
    reactor_destroy(world->reactor);
    options_clear(&world->options);
    g_free(world->kiosk);
    g_free(world->request);
    g_free(world->request_topic);
}

static char *write_request(struct world *world, const char *secret, const char *id, const char *ask)
{
    g_autofree char *error = NULL;
    struct manage_request request = { .manager = "admin", .kiosk = "kiosk", .ask = ask, .id = id };
    int64_t now_ms = agent_now_ms(station_agent(world->station));
    g_autofree char *token = secret ? manage_token_make(secret, NULL, &request, now_ms, &error) : NULL;
    cJSON *body = manage_request(id, ask, token ? token : "");
    char *text = cJSON_PrintUnformatted(body), *copy = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(body);
    return copy;
}

static void publish(struct world *world, const char *topic, const char *text, bool retain)
{
    int length = (int)strlen(text);
    g_assert_cmpint(mosquitto_publish(world->mallory, NULL, topic, length, text, 1, retain), ==, MOSQ_ERR_SUCCESS);
}

static void a_name_alone_manages_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    static const char *const secrets[] = { NULL, "fedcba9876543210fedcba9876543210" };
    WAIT_FOR(world, world->kiosk);
    g_autofree char *topic = mqtt_topics_inbox(world->kiosk, ADMIN);
    publish(world, "callapi/1/presence/" ADMIN, "{\"online\":true}", true); /* who is to be answered */
    for (int i = 0; i < (int)G_N_ELEMENTS(secrets); i++) {
        g_autofree char *text = write_request(world, secrets[i], i ? "b" : "a", "restart");
        publish(world, topic, text, false);
        WAIT_FOR(world, world->refused == i + 1);
        g_assert_cmpint(manage_take_wish(world->manage), ==, MANAGE_NOTHING);
    }
}

static void what_was_overheard_counts_no_more(struct world *world, gconstpointer data)
{
    (void)data;
    struct signal_config config = {
        .url = mqtt_broker_url(world->broker),
        .user = "admin",
        .token = MQTT_BROKER_PASSWORD,
    };
    struct signal_client *admin = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(admin));
    g_autofree char *text = write_request(world, SECRET, "9f3c", "status");
    cJSON *body = cJSON_Parse(text);
    signal_send(admin, "kiosk", body, NULL, NULL);
    cJSON_Delete(body);
    WAIT_FOR(world, world->statuses == 1 && world->request);
    g_autofree char *request = g_strdup(world->request), *topic = g_strdup(world->request_topic);
    publish(world, topic, request, false);
    WAIT_FOR(world, world->refused == 1);
    manage_destroy(world->manage); /* the kiosk begins anew, and remembers nothing */
    world->manage = manage_create(&manage_config);
    publish(world, topic, request, false);
    WAIT_FOR(world, world->refused == 2);
    g_assert_cmpint(world->statuses, ==, 1);
    g_autofree char *fresh = write_request(world, SECRET, "9f3d", "status");
    publish(world, topic, fresh, false);
    WAIT_FOR(world, world->statuses == 2);
    signal_client_destroy(admin);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/manage/name-alone", struct world, NULL, set_up, a_name_alone_manages_nothing, tear_down);
    g_test_add("/manage/once", struct world, NULL, set_up, what_was_overheard_counts_no_more, tear_down);
    return g_test_run();
}
