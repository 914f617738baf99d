/* mqtt:// and mqtts://: signalling over any MQTT 5 broker. There is no hub: this backend answers the front's requests
 * itself, out of what it publishes and what the topics of the others say (net/mqtt/MQTT.md). */
#include "net/mqtt/signal_mqtt.h"

#include <inttypes.h>
#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/mqtt/parts.h"
#include "net/protocol/hub_protocol.h"
#include "platform/unix_time.h"

enum { TICK_US = 5 * G_USEC_PER_SEC, LOGIN_US = 10 * G_USEC_PER_SEC };

void mqtt_backend_tell(struct mqtt_backend *backend, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    if (text)
        backend->config.events->received(backend->config.front, text, strlen(text));
    cJSON_free(text);
    cJSON_Delete(json);
}

static void publish_retained(void *user_data, const char *topic, const char *payload)
{
    struct mqtt_backend *backend = user_data;
    mqtt_link_publish(backend->link, topic, payload, payload ? strlen(payload) : 0, true,
                      payload ? MQTT_RECORD_EXPIRY_S : 0);
}

static void publish_presence(struct mqtt_backend *backend, bool online)
{
    g_autofree char *topic = mqtt_topics_presence(backend->user, strrchr(backend->address, '/') + 1);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddTrueToObject(json, "online");
    hub_add_name(json, "name", backend->name);
    char *text = cJSON_PrintUnformatted(json);
    publish_retained(backend, topic, online ? text : NULL);
    cJSON_free(text);
    cJSON_Delete(json);
}

/* ---- markers ---- */

uint64_t mqtt_backend_mark(struct mqtt_backend *backend)
{
    g_autofree char *topic = mqtt_topics_inbox(backend->address, backend->address);
    g_autofree char *text = g_strdup_printf("{\"marker\":%" PRIu64 "}", ++backend->sent);
    mqtt_link_publish(backend->link, topic, text, strlen(text), false, 0);
    return backend->sent;
}

static uint64_t subscribe(void *user_data, const char *filter)
{
    struct mqtt_backend *backend = user_data;
    mqtt_link_subscribe(backend->link, filter);
    return mqtt_backend_mark(backend);
}

static void unsubscribe(void *user_data, const char *filter)
{
    struct mqtt_backend *backend = user_data;
    mqtt_link_unsubscribe(backend->link, filter);
}

static uint64_t synced(void *user_data)
{
    return ((struct mqtt_backend *)user_data)->synced;
}

static void receive_marker(struct mqtt_backend *backend, const char *payload, size_t length)
{
    cJSON *json = hub_parse(payload, length);
    const cJSON *number = json_member(json, "marker");
    double marker = cJSON_IsNumber(number) ? number->valuedouble : 0;
    cJSON_Delete(json);
    if (marker <= (double)backend->synced || marker > (double)backend->sent)
        return;
    backend->synced = (uint64_t)marker;
    if (backend->login_marker && backend->login_marker <= backend->synced) {
        backend->login_marker = 0;
        backend->config.events->up(backend->config.front);
    }
    mqtt_operations_resume(backend);
}

/* ---- what the front is told ---- */

static void presence_changed(void *user_data, const char *user)
{
    struct mqtt_backend *backend = user_data;
    mqtt_rooms_user_changed(backend->rooms, user);
    if (backend->watching)
        g_hash_table_add(backend->changed_users, g_strdup(user));
}

/* Whoever it is: those whose call it has no part in ignore it. */
static void device_gone(void *user_data, const char *device)
{
    cJSON *notice = hub_notice("gone");
    cJSON_AddStringToObject(notice, "device", device);
    mqtt_backend_tell(user_data, notice);
}

static const struct mqtt_presence_listener presence_events = { .changed = presence_changed, .gone = device_gone };

static void rooms_tell(void *user_data, cJSON *notice)
{
    mqtt_backend_tell(user_data, notice);
}

static void tell_user(struct mqtt_backend *backend, const char *user)
{
    GPtrArray *devices = mqtt_presence_devices(backend->presence, user);
    bool online = devices->len > 0;
    const char *name = mqtt_presence_name(backend->presence, user), *now = !online ? NULL : name ? name : "";
    g_ptr_array_unref(devices);
    if (!g_strcmp0(now, g_hash_table_lookup(backend->told_users, user)))
        return;
    if (online)
        g_hash_table_replace(backend->told_users, g_strdup(user), g_strdup(now));
    else
        g_hash_table_remove(backend->told_users, user);
    cJSON *notice = hub_notice("user");
    cJSON_AddStringToObject(notice, "user", user);
    cJSON_AddBoolToObject(notice, "online", online);
    hub_add_name(notice, "name", name);
    mqtt_backend_tell(backend, notice);
}

/* Tells what has changed, behind the acknowledgements. */
static void flush(struct mqtt_backend *backend)
{
    GHashTableIter iter;
    gpointer user;
    mqtt_rooms_flush(backend->rooms);
    g_hash_table_iter_init(&iter, backend->changed_users);
    while (g_hash_table_iter_next(&iter, &user, NULL)) {
        tell_user(backend, user);
        g_hash_table_iter_remove(&iter);
    }
}

/* ---- what comes in ---- */

static void receive_message(struct mqtt_backend *backend, const struct mqtt_topic *topic, const char *payload,
                            size_t length, int expires_s)
{
    if (strcmp(topic->to, backend->address))
        return;
    if (!strcmp(topic->from, backend->address)) {
        receive_marker(backend, payload, length);
        return;
    }
    cJSON *body = length <= HUB_BODY_MAX ? hub_parse(payload, length) : NULL;
    if (!body) {
        g_info("%s sent what is no message", topic->from);
        return;
    }
    mqtt_clocks_translate(backend->clocks, topic->from, body, expires_s, unix_time_now_us() / 1000);
    if (hub_is_invite(body)) { /* so that it is known when the caller is gone */
        g_autofree char *caller = address_user(topic->from);
        mqtt_presence_want(backend->presence, caller);
    }
    cJSON *notice = hub_notice("message");
    cJSON_AddStringToObject(notice, "from", topic->from);
    cJSON_AddItemToObject(notice, "body", body);
    mqtt_backend_tell(backend, notice);
}

static void link_received(void *user_data, const char *name, const char *payload, size_t length, int expires_s)
{
    struct mqtt_backend *backend = user_data;
    struct mqtt_topic topic;
    if (!mqtt_topics_parse(&topic, name)) {
        g_info("the broker sent what we do not know: %.80s", name);
        return;
    }
    bool in_time = !strcmp(topic.from, backend->address) ||
                   mqtt_senders_take(backend->senders, topic.from, g_get_monotonic_time());
    switch (topic.kind) {
    case MQTT_TOPIC_INBOX:
    case MQTT_TOPIC_CALL:
        if (in_time)
            receive_message(backend, &topic, payload, length, expires_s);
        break;
    case MQTT_TOPIC_PRESENCE:
        mqtt_presence_receive(backend->presence, topic.from, payload, length, expires_s);
        break;
    case MQTT_TOPIC_HOST:
    case MQTT_TOPIC_VIEWER:
        mqtt_rooms_receive(backend->rooms, &topic, payload, length, expires_s);
        break;
    }
    mqtt_topics_clear(&topic);
    if (in_time) /* else what the records say is told with the next tick at the latest */
        flush(backend);
}

static void link_published(void *user_data, int message_id, int reason)
{
    mqtt_operations_published(user_data, message_id, reason);
}

/* ---- the connection ---- */

static void link_up(void *user_data)
{
    struct mqtt_backend *backend = user_data;
    g_autofree char *inbox = mqtt_topics_inbox_filter(backend->address),
                    *calls = mqtt_topics_call_filter(backend->address);
    int64_t now_us = g_get_monotonic_time();
    mqtt_link_subscribe(backend->link, inbox);
    mqtt_link_subscribe(backend->link, calls);
    publish_presence(backend, true);
    backend->login_marker = mqtt_backend_mark(backend);
    backend->login_until_us = now_us + LOGIN_US;
    backend->refresh_us = now_us + MQTT_RECORD_REFRESH_S * G_USEC_PER_SEC;
    deadline_set(backend->tick, now_us + TICK_US);
}

static void forget(struct mqtt_backend *backend)
{
    mqtt_operations_clear(backend);
    mqtt_rooms_clear(backend->rooms);
    mqtt_presence_clear(backend->presence);
    g_hash_table_remove_all(backend->told_users);
    g_hash_table_remove_all(backend->changed_users);
    backend->watching = false;
    backend->directory_uses = 0;
    backend->login_marker = 0;
}

static void link_down(void *user_data, const char *why)
{
    struct mqtt_backend *backend = user_data;
    deadline_set(backend->tick, INT64_MAX);
    forget(backend);
    backend->config.events->down(backend->config.front, why);
}

static void tick(void *user_data)
{
    struct mqtt_backend *backend = user_data;
    int64_t now_us = g_get_monotonic_time();
    deadline_set(backend->tick, now_us + TICK_US);
    if (backend->login_marker && now_us > backend->login_until_us) {
        g_warning(
            "the broker does not let %s use its own inbox; does its access list hold what net/mqtt/MQTT.md asks for?",
            backend->user);
        backend->config.events->down(backend->config.front, "the broker does not let us in");
        backend->login_until_us = INT64_MAX;
    }
    if (now_us >= backend->refresh_us) {
        backend->refresh_us = now_us + MQTT_RECORD_REFRESH_S * G_USEC_PER_SEC;
        publish_presence(backend, true);
        mqtt_rooms_refresh(backend->rooms);
    }
    if (backend->sent > backend->synced)
        mqtt_backend_mark(backend); /* a broker may have dropped the last one: whoever waits for it goes on with this */
    mqtt_senders_sweep(backend->senders, now_us);
    mqtt_presence_sweep(backend->presence);
    mqtt_rooms_sweep(backend->rooms);
    flush(backend);
}

static const struct mqtt_link_events link_events = {
    .up = link_up,
    .down = link_down,
    .received = link_received,
    .published = link_published,
};

/* ---- the backend ---- */

static void mqtt_free(struct mqtt_backend *backend)
{
    mqtt_link_destroy(backend->link);
    mqtt_operations_clear(backend);
    mqtt_rooms_destroy(backend->rooms);
    mqtt_presence_destroy(backend->presence);
    mqtt_senders_destroy(backend->senders);
    mqtt_clocks_destroy(backend->clocks);
    deadline_destroy(backend->tick);
    g_hash_table_unref(backend->deliveries);
    g_hash_table_unref(backend->told_users);
    g_hash_table_unref(backend->changed_users);
    g_free(backend->user);
    g_free(backend->name);
    g_free(backend->address);
    g_free(backend);
}

/* The broker takes the rooms away with the presence; deleting both spares the others the wait for the expiry. */
static void mqtt_destroy(struct signal_backend *base)
{
    struct mqtt_backend *backend = (struct mqtt_backend *)base;
    mqtt_rooms_leave_all(backend->rooms);
    publish_presence(backend, false);
    mqtt_free(backend);
}

static struct mqtt_link *open_link(struct mqtt_backend *backend, const struct signal_backend_config *config)
{
    const char *device = strrchr(backend->address, '/') + 1;
    g_autofree char *will = mqtt_topics_presence(backend->user, device);
    g_autofree char *client_id = g_strdup_printf("callapi-%s", device);
    struct mqtt_link_config link = {
        .context = reactor_context(config->reactor),
        .url = config->url,
        .client_id = client_id,
        .user = config->user,
        .password = config->token,
        .ca_file = config->ca_file,
        .will_topic = will,
        .events = &link_events,
        .user_data = backend,
    };
    return mqtt_link_create(&link);
}

static struct signal_backend *mqtt_create(const struct signal_backend_config *config)
{
    struct mqtt_backend *backend = g_new0(struct mqtt_backend, 1);
    backend->base.ops = &signal_backend_mqtt;
    backend->config = (struct signal_backend_config){ .reactor = config->reactor,
                                                      .events = config->events,
                                                      .front = config->front };
    backend->user = g_strdup(config->user);
    backend->name = g_strdup(config->name);
    backend->address = g_strdup_printf("%s/%08x%08x", config->user, g_random_int(), g_random_int());
    backend->deliveries = g_hash_table_new(NULL, NULL);
    backend->told_users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    backend->changed_users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    backend->senders = mqtt_senders_create();
    backend->clocks = mqtt_clocks_create();
    struct mqtt_subscriber subscriber = { subscribe, unsubscribe, synced, backend };
    backend->presence = mqtt_presence_create(&subscriber, &presence_events, backend);
    struct mqtt_rooms_config rooms = { subscriber,       backend->presence, backend->address, backend->name,
                                       publish_retained, rooms_tell,        backend };
    backend->rooms = mqtt_rooms_create(&rooms);
    backend->tick = deadline_create(reactor_context(config->reactor), tick, backend);
    backend->link = open_link(backend, config);
    if (backend->link)
        return &backend->base;
    mqtt_free(backend);
    return NULL;
}

static bool mqtt_send(struct signal_backend *base, const char *text, size_t length)
{
    struct mqtt_backend *backend = (struct mqtt_backend *)base;
    if (!mqtt_link_is_up(backend->link) || backend->login_marker)
        return false;
    mqtt_operations_run(backend, text, length);
    flush(backend);
    return true;
}

static void mqtt_set_token(struct signal_backend *base, const char *token)
{
    struct mqtt_backend *backend = (struct mqtt_backend *)base;
    mqtt_link_set_password(backend->link, token);
}

static void mqtt_network_changed(struct signal_backend *base, bool slept)
{
    mqtt_link_network_changed(((struct mqtt_backend *)base)->link, slept);
}

const struct signal_backend_ops signal_backend_mqtt = {
    .schemes = { "mqtt", "mqtts" },
    .create = mqtt_create,
    .destroy = mqtt_destroy,
    .send = mqtt_send,
    .network_changed = mqtt_network_changed,
    .set_token = mqtt_set_token,
};
