/* Signal clients over a real Mosquitto, for tests: what each was told, and a broker with two of them, under the access
 * list that net/mqtt/MQTT.md asks for. PATIENCE_US only ends a test that hangs. */
#ifndef CALLAPI_TESTS_MQTT_RIG_H
#define CALLAPI_TESTS_MQTT_RIG_H

#include <string.h>

#include "engine/text/json.h"
#include "left_behind.h"
#include "mqtt_broker.h"
#include "net/signal/signal.h"

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

static inline void set(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

static inline const char *string(const cJSON *json, const char *name)
{
    return json_string(json, name);
}

static inline void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static inline void person_offline(void *user_data, const char *why)
{
    struct person *person = user_data;
    person->offline++;
    set(&person->why, why);
}

static inline void person_message(void *user_data, const char *from, const cJSON *body)
{
    struct person *person = user_data;
    person->messages++;
    set(&person->from, from);
    set(&person->text, string(body, "text"));
    const cJSON *sent_at = cJSON_GetObjectItemCaseSensitive(body, "sent_at");
    person->sent_at = cJSON_IsNumber(sent_at) ? (int64_t)sent_at->valuedouble : 0;
}

static inline void person_room(void *user_data, const struct signal_room *room)
{
    struct person *person = user_data;
    set(&person->host, room->host);
    set(&person->state, room->state);
    person->viewers = room->viewers;
    g_hash_table_replace(person->rooms, g_strdup(room->room), g_strdup(room->state));
}

static inline void person_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct person *person = user_data;
    g_assert_nonnull(room);
    set(&person->viewer, viewer);
    *(joined ? &person->joined : &person->left) += 1;
}

static inline void person_user(void *user_data, const char *user, const char *name, bool online)
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

static inline void person_done(void *user_data, enum signal_result result, const cJSON *reply)
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

static inline void begin_as(struct reactor *reactor, struct person *person, struct signal_config config)
{
    *person = (struct person){ 0 };
    person->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    person->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    config.listener = &listener;
    config.user_data = person;
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
}

static inline void begin_at(struct reactor *reactor, struct person *person, const char *url, const char *user,
                            const char *password, const char *ca)
{
    begin_as(reactor, person, (struct signal_config){ .url = url, .user = user, .token = password, .ca_file = ca });
}

static inline void begin(struct reactor *reactor, struct person *person, const struct mqtt_broker *broker,
                         const char *user, const char *password)
{
    begin_at(reactor, person, mqtt_broker_url(broker), user, password, NULL);
}

static inline void enter(struct reactor *reactor, struct person *person, const struct mqtt_broker *broker,
                         const char *user)
{
    begin(reactor, person, broker, user, MQTT_BROKER_PASSWORD);
    until(reactor, person->online);
}

static inline void leave(struct person *person)
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

static inline void answered(struct reactor *reactor, struct person *person, enum signal_result result,
                            const char *error)
{
    until(reactor, person->done);
    g_assert_cmpint(person->done, ==, 1);
    g_assert_cmpstr(person->error, ==, error);
    g_assert_cmpint(person->result, ==, result);
    person->done = 0;
}

static inline void say(struct person *person, const char *to, const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "text", text);
    signal_send(person->client, to, body, person_done, person);
    cJSON_Delete(body);
}

static inline void wait_a_while(struct reactor *reactor, int ms)
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

static inline void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    *world = (struct world){ .reactor = reactor_create(), .before = belongings_now() };
    world->broker = mqtt_broker_start(users, NULL);
    enter(world->reactor, &world->alice, world->broker, "alice");
    enter(world->reactor, &world->bob, world->broker, "bob");
}

static inline void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *all[] = { &world->alice, &world->bob, &world->carol };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i]->client)
            leave(all[i]);
    mqtt_broker_stop(world->broker);
    end_reactor(world->reactor, &world->before);
}

static inline enum signal_result answer(struct reactor *reactor, struct person *person)
{
    until(reactor, person->done);
    person->done = 0;
    return person->result;
}

#endif
