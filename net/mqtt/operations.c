/* The hub's operations (net/protocol/PROTOCOL.md), done with topics. One that needs to know what the broker retains
 * asks for it, waits for the marker behind the subscription, and is tried again from its beginning, until all it needs
 * is known. */
#include "net/mqtt/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/room_streams.h"
#include "platform/unix_time.h"

enum { MQTT_ROOMS_OPEN_MAX = 4, MQTT_ROOMS_JOINED_MAX = 16 }; /* as the hub has it: HUB_LIMITS */
enum { WAITING_MAX = 1024, NOBODY_SUBSCRIBES = 0x10, FAILED = 0x80 };

struct mqtt_request;
/* The reply; or NULL where request->marker is to be waited for, or where the reply comes by itself (marker 0). */
typedef cJSON *(*operation)(struct mqtt_backend *backend, struct mqtt_request *request);

struct mqtt_request {
    double id;
    operation run;
    cJSON *json;
    uint64_t marker;
    bool sure;  /* no refusal is hasty any more */
    bool begun; /* its first step is done: the list's subscriptions, the room's own record */
};

/* A message on its way to several devices: one acknowledgement for all. */
struct mqtt_delivery {
    double id;
    GHashTable *outstanding; /* message id of the broker -> address, owned */
    char *name;              /* what the addressee is called, or NULL */
    cJSON *body, *reached;   /* what is sent; array of the addresses that it reached */
    bool forbidden, crowded;
};

static void delivery_free(struct mqtt_delivery *delivery)
{
    g_hash_table_unref(delivery->outstanding);
    g_free(delivery->name);
    cJSON_Delete(delivery->body);
    cJSON_Delete(delivery->reached);
    g_free(delivery);
}

static cJSON *wait_for(struct mqtt_request *request, uint64_t marker)
{
    request->marker = marker;
    return NULL;
}

/* Before a refusal: what is known may be a moment old, so it is asked once more behind a marker. False: it has been. */
static bool make_sure(struct mqtt_backend *backend, struct mqtt_request *request)
{
    bool sure = request->sure;
    request->sure = true;
    if (!sure)
        wait_for(request, mqtt_backend_mark(backend));
    return !sure;
}

static bool is_known(const struct mqtt_backend *backend, uint64_t marker)
{
    return marker <= backend->synced;
}

/* ---- messages ---- */

static cJSON *delivery_reply(const struct mqtt_delivery *delivery)
{
    bool reached = cJSON_GetArraySize(delivery->reached) > 0;
    if (!reached && delivery->forbidden)
        return hub_reply_error(delivery->id, HUB_NOT_ALLOWED, "the broker does not let us write to the addressee");
    if (!reached && delivery->crowded)
        return hub_reply_error(delivery->id, HUB_RATE, "too many messages wait for the broker; wait a second");
    if (!reached)
        return hub_reply_error(delivery->id, HUB_OFFLINE, "the addressee is not logged in");
    return hub_reply_delivered(delivery->id, delivery->body, delivery->reached, delivery->name);
}

/* Media messages (descriptions and candidates) go to the topic of their call, all others to the inbox. */
static char *topic_of(const struct mqtt_backend *backend, const char *to, const cJSON *body)
{
    const char *session = json_string(body, "session");
    if (!g_strcmp0(json_string(body, "type"), "media") && hub_name_is_valid(session))
        return mqtt_topics_call(session, to, backend->address);
    return mqtt_topics_inbox(to, backend->address);
}

static int64_t now_ms(void)
{
    return unix_time_now_us() / 1000;
}

static char *text_for(const struct mqtt_backend *backend, const cJSON *body, int devices)
{
    cJSON *marked = hub_body_for(body, devices, backend->name), *stamped = mqtt_clocks_stamp(marked, now_ms());
    char *text = cJSON_PrintUnformatted(stamped);
    cJSON_Delete(stamped);
    cJSON_Delete(marked);
    return text;
}

static struct mqtt_delivery *publish_to(struct mqtt_backend *backend, double id, GPtrArray *devices, const cJSON *body)
{
    struct mqtt_delivery *delivery = g_new0(struct mqtt_delivery, 1);
    char *text = text_for(backend, body, (int)devices->len);
    delivery->id = id;
    delivery->outstanding = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    delivery->body = cJSON_Duplicate(body, true);
    delivery->reached = cJSON_CreateArray();
    for (guint i = 0; text && i < devices->len; i++) {
        const char *to = g_ptr_array_index(devices, i);
        if (!strcmp(to, backend->address))
            continue;
        g_autofree char *topic = topic_of(backend, to, body);
        int message = mqtt_link_publish(backend->link, topic, text, strlen(text), false,
                                        mqtt_clocks_expiry(body, now_ms()));
        if (!message) {
            delivery->crowded = true;
            continue;
        }
        g_hash_table_insert(delivery->outstanding, GINT_TO_POINTER(message), g_strdup(to));
        g_hash_table_insert(backend->deliveries, GINT_TO_POINTER(message), delivery);
    }
    cJSON_free(text);
    return delivery;
}

static bool body_fits(const cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    bool fits = text && strlen(text) <= HUB_BODY_MAX;
    cJSON_free(text);
    return fits;
}

static bool address_is_valid(const char *to)
{
    g_autofree char *user = to ? address_user(to) : NULL;
    return user && hub_name_is_valid(user) && (!to[strlen(user)] || mqtt_topics_device_is_valid(to + strlen(user) + 1));
}

static cJSON *send_message(struct mqtt_backend *backend, struct mqtt_request *request)
{
    const char *to = json_string(request->json, "to");
    const cJSON *body = json_member(request->json, "body");
    if (!to || strlen(to) > HUB_ADDRESS_MAX || !cJSON_IsObject(body))
        return hub_reply_error(request->id, HUB_MALFORMED, "a message has \"to\", an address, and \"body\", an object");
    if (!address_is_valid(to))
        return hub_reply_error(request->id, HUB_OFFLINE, "the addressee is not logged in");
    if (!body_fits(body))
        return hub_reply_error(request->id, HUB_TOO_LARGE, "a message's body has at most 64 KiB as text");
    g_autofree char *user = address_user(to);
    uint64_t marker = mqtt_presence_want(backend->presence, user);
    if (!marker)
        return hub_reply_error(request->id, HUB_RATE, "too many addressees at once; wait a minute");
    if (!is_known(backend, marker))
        return wait_for(request, marker);
    GPtrArray *devices = mqtt_presence_devices(backend->presence, to);
    struct mqtt_delivery *delivery = publish_to(backend, request->id, devices, body);
    delivery->name = g_strdup(mqtt_presence_name(backend->presence, to));
    g_ptr_array_unref(devices);
    if (g_hash_table_size(delivery->outstanding))
        return NULL; /* answered when the broker has taken it */
    cJSON *reply = !delivery->crowded && make_sure(backend, request) ? NULL : delivery_reply(delivery);
    delivery_free(delivery);
    return reply;
}

void mqtt_operations_published(struct mqtt_backend *backend, int message_id, int reason)
{
    struct mqtt_delivery *delivery = g_hash_table_lookup(backend->deliveries, GINT_TO_POINTER(message_id));
    if (!delivery)
        return;
    g_hash_table_remove(backend->deliveries, GINT_TO_POINTER(message_id));
    if (reason < FAILED && reason != NOBODY_SUBSCRIBES)
        cJSON_AddItemToArray(delivery->reached, cJSON_CreateString(g_hash_table_lookup(delivery->outstanding,
                                                                                       GINT_TO_POINTER(message_id))));
    delivery->forbidden = delivery->forbidden || reason >= FAILED;
    g_hash_table_remove(delivery->outstanding, GINT_TO_POINTER(message_id));
    if (g_hash_table_size(delivery->outstanding))
        return;
    mqtt_backend_tell(backend, delivery_reply(delivery));
    delivery_free(delivery);
}

/* ---- who and what there is ---- */

static uint64_t use_directory(struct mqtt_backend *backend)
{
    uint64_t marker = mqtt_presence_watch_all(backend->presence);
    backend->directory_uses++;
    return MAX(marker, mqtt_rooms_watch_all(backend->rooms));
}

static void leave_directory(struct mqtt_backend *backend)
{
    if (--backend->directory_uses)
        return;
    mqtt_rooms_unwatch_all(backend->rooms);
    mqtt_presence_unwatch_all(backend->presence);
}

/* The list is that of one moment, unless the directory is watched anyway. */
static cJSON *list(struct mqtt_backend *backend, struct mqtt_request *request, bool users)
{
    if (!request->begun) {
        request->begun = true;
        uint64_t marker = use_directory(backend);
        if (!is_known(backend, marker))
            return wait_for(request, marker);
    }
    cJSON *reply = hub_reply_ok(request->id);
    cJSON_AddItemToObject(reply, users ? "users" : "rooms",
                          users ? mqtt_presence_list(backend->presence) : mqtt_rooms_list(backend->rooms));
    leave_directory(backend);
    return reply;
}

static cJSON *list_users(struct mqtt_backend *backend, struct mqtt_request *request)
{
    return list(backend, request, true);
}

static cJSON *list_rooms(struct mqtt_backend *backend, struct mqtt_request *request)
{
    return list(backend, request, false);
}

static cJSON *stop_watching(struct mqtt_backend *backend, struct mqtt_request *request)
{
    if (backend->watching) {
        backend->watching = false;
        mqtt_rooms_tell_all(backend->rooms, false);
        leave_directory(backend);
    }
    return hub_reply_ok(request->id);
}

static void tell_of_all_users(struct mqtt_backend *backend)
{
    cJSON *users = mqtt_presence_list(backend->presence), *user;
    g_hash_table_remove_all(backend->told_users);
    cJSON_ArrayForEach (user, users)
        g_hash_table_add(backend->changed_users, g_strdup(json_string(user, "user")));
    cJSON_Delete(users);
}

static cJSON *watch(struct mqtt_backend *backend, struct mqtt_request *request)
{
    if (!json_is_true(request->json, "on"))
        return stop_watching(backend, request);
    if (!request->begun) {
        request->begun = true;
        uint64_t marker = use_directory(backend);
        if (!is_known(backend, marker))
            return wait_for(request, marker);
    }
    if (backend->watching)
        leave_directory(backend); /* once is enough */
    backend->watching = true;
    tell_of_all_users(backend);
    mqtt_rooms_tell_all(backend->rooms, true);
    return hub_reply_ok(request->id);
}

/* ---- rooms ---- */

static cJSON *room_reply(struct mqtt_backend *backend, struct mqtt_request *request, enum hub_error error,
                         const char *message)
{
    cJSON *reply = error == HUB_OK ? hub_reply_ok(request->id) : hub_reply_error(request->id, error, message);
    cJSON *room = mqtt_rooms_describe(backend->rooms, json_string(request->json, "room"));
    if (room)
        cJSON_AddItemToObject(reply, "room", room);
    return reply;
}

/* A valid room name whose host is known; else NULL with the reply, or with none: wait. */
static const char *known_room(struct mqtt_backend *backend, struct mqtt_request *request, cJSON **reply)
{
    const char *name = json_string(request->json, "room");
    *reply = NULL;
    if (!hub_name_is_valid(name)) {
        *reply = hub_reply_error(request->id, HUB_MALFORMED,
                                 "a room id has 1 to 64 bytes of UTF-8, no '/' and no control characters");
        return NULL;
    }
    uint64_t marker = mqtt_rooms_look(backend->rooms, name);
    if (!marker)
        *reply = hub_reply_error(request->id, HUB_RATE, "too many rooms at once; wait a minute");
    else if (!is_known(backend, marker))
        wait_for(request, marker);
    return marker && is_known(backend, marker) ? name : NULL;
}

/* NULL, or what is wrong with what a request says of its room. */
static const char *find_fault(const cJSON *request)
{
    const cJSON *state = json_member(request, "state");
    const cJSON *camera = json_member(request, "camera");
    const char *text = cJSON_GetStringValue(state);
    if (state && g_strcmp0(text, "live") && g_strcmp0(text, "private"))
        return "a room's state is \"live\" or \"private\"";
    return camera && !cJSON_IsBool(camera) ? "a room's \"camera\" is true or false" : room_streams_fault(request);
}

static bool camera_is_off(const struct mqtt_request *request)
{
    return cJSON_IsFalse(json_member(request->json, "camera"));
}

static cJSON *refuse_room(struct mqtt_backend *backend, struct mqtt_request *request)
{
    return room_reply(backend, request, HUB_NOT_ALLOWED, "somebody else broadcasts in this room");
}

/* Our record is retained first, then looked at among the others: of two who open at the same time both see both, and
 * agree. */
static cJSON *open_room(struct mqtt_backend *backend, struct mqtt_request *request)
{
    cJSON *reply;
    const char *name = known_room(backend, request, &reply);
    if (!name)
        return reply;
    const char *host = mqtt_rooms_host(backend->rooms, name);
    g_autofree char *host_user = host ? address_user(host) : NULL;
    if (request->begun)
        return mqtt_rooms_confirm(backend->rooms, name) ? room_reply(backend, request, HUB_OK, NULL)
                                                        : refuse_room(backend, request);
    if (host && strcmp(host_user, backend->user))
        return make_sure(backend, request) ? NULL : refuse_room(backend, request);
    const char *fault = find_fault(request->json);
    if (fault)
        return hub_reply_error(request->id, HUB_MALFORMED, fault);
    if (mqtt_rooms_role(backend->rooms, name) == MQTT_ROLE_HOST)
        return room_reply(backend, request, HUB_OK, NULL);
    if (mqtt_rooms_count(backend->rooms, MQTT_ROLE_HOST) >= MQTT_ROOMS_OPEN_MAX)
        return room_reply(backend, request, HUB_NOT_ALLOWED, "too many rooms");
    request->begun = true;
    mqtt_rooms_enter(backend->rooms, name, MQTT_ROLE_HOST, request->json);
    return wait_for(request, mqtt_backend_mark(backend));
}

static cJSON *close_room(struct mqtt_backend *backend, struct mqtt_request *request)
{
    const char *name = json_string(request->json, "room");
    if (!name || mqtt_rooms_role(backend->rooms, name) != MQTT_ROLE_HOST)
        return room_reply(backend, request, HUB_NOT_ALLOWED, "you do not broadcast in this room");
    mqtt_rooms_leave(backend->rooms, name);
    return room_reply(backend, request, HUB_OK, NULL);
}

static cJSON *set_room_state(struct mqtt_backend *backend, struct mqtt_request *request)
{
    const char *name = json_string(request->json, "room"), *state = json_string(request->json, "state");
    bool camera = cJSON_HasObjectItem(request->json, "camera");
    const char *fault = state || camera ? find_fault(request->json) : "what changes is \"state\" or \"camera\"";
    if (fault)
        return room_reply(backend, request, HUB_MALFORMED, fault);
    if (!name || mqtt_rooms_role(backend->rooms, name) != MQTT_ROLE_HOST)
        return room_reply(backend, request, HUB_NOT_ALLOWED, "you do not broadcast in this room");
    mqtt_rooms_change(backend->rooms, name, state,
                      camera ? camera_is_off(request) : mqtt_rooms_camera_is_off(backend->rooms, name));
    return room_reply(backend, request, HUB_OK, NULL);
}

/* A room whose broadcaster is away is there while somebody watches it. */
static bool wait_for_viewers(struct mqtt_backend *backend, struct mqtt_request *request, const char *name)
{
    uint64_t marker = mqtt_rooms_look_for_viewers(backend->rooms, name);
    if (is_known(backend, marker))
        return false;
    wait_for(request, marker);
    return true;
}

static cJSON *join_room(struct mqtt_backend *backend, struct mqtt_request *request)
{
    cJSON *reply;
    const char *name = known_room(backend, request, &reply);
    if (!name)
        return reply;
    enum mqtt_role role = mqtt_rooms_role(backend->rooms, name);
    if (role == MQTT_ROLE_HOST)
        return room_reply(backend, request, HUB_NOT_ALLOWED, "you broadcast in this room");
    if (role == MQTT_ROLE_VIEWER)
        return room_reply(backend, request, HUB_OK, NULL);
    if (!mqtt_rooms_host(backend->rooms, name)) {
        if (make_sure(backend, request) || wait_for_viewers(backend, request, name))
            return NULL;
        g_autofree char *message = g_strdup_printf("There is no live room “%s” now", name);
        if (!mqtt_rooms_found_viewers(backend->rooms, name))
            return hub_reply_error(request->id, HUB_NOT_FOUND, message);
    }
    if (mqtt_rooms_count(backend->rooms, MQTT_ROLE_VIEWER) >= MQTT_ROOMS_JOINED_MAX)
        return room_reply(backend, request, HUB_NOT_ALLOWED, "too many rooms");
    mqtt_rooms_enter(backend->rooms, name, MQTT_ROLE_VIEWER, NULL);
    return room_reply(backend, request, HUB_OK, NULL);
}

static cJSON *leave_room(struct mqtt_backend *backend, struct mqtt_request *request)
{
    const char *name = json_string(request->json, "room");
    if (!name || mqtt_rooms_role(backend->rooms, name) != MQTT_ROLE_VIEWER)
        return room_reply(backend, request, HUB_NOT_FOUND, "you are not in this room");
    mqtt_rooms_leave(backend->rooms, name);
    return room_reply(backend, request, HUB_OK, NULL);
}

/* ---- the connection ---- */

/* The broker has let us in by now. There is no clock but our own: net/mqtt/MQTT.md says what that asks of the machines.
 */
static cJSON *tell_time(struct mqtt_backend *backend, struct mqtt_request *request)
{
    cJSON *reply = hub_reply_ok(request->id);
    cJSON_AddStringToObject(reply, "address", backend->address);
    hub_add_name(reply, "name", backend->name);
    cJSON_AddNumberToObject(reply, "time", (double)now_ms());
    return reply;
}

static cJSON *renew(struct mqtt_backend *backend, struct mqtt_request *request)
{
    mqtt_link_set_password(backend->link, json_string(request->json, "token"));
    return hub_reply_ok(request->id);
}

static const struct {
    const char *name;
    operation run;
} operations[] = {
    { "login", tell_time },       { "ping", tell_time },
    { "renew", renew },           { "send", send_message },
    { "users", list_users },      { "rooms", list_rooms },
    { "watch", watch },           { "room-open", open_room },
    { "room-close", close_room }, { "room-state", set_room_state },
    { "room-join", join_room },   { "room-leave", leave_room },
};

static void free_request(gpointer data)
{
    struct mqtt_request *request = data;
    cJSON_Delete(request->json);
    g_free(request);
}

static void go_on(struct mqtt_backend *backend, struct mqtt_request *request)
{
    request->marker = 0;
    cJSON *reply = request->run(backend, request);
    if (!reply && request->marker && backend->waiting.length < WAITING_MAX) {
        g_queue_push_tail(&backend->waiting, request);
        return;
    }
    if (!reply && request->marker)
        reply = hub_reply_error(request->id, HUB_RATE, "too many requests; wait a second");
    if (reply)
        mqtt_backend_tell(backend, reply);
    free_request(request);
}

void mqtt_operations_run(struct mqtt_backend *backend, const char *text, size_t length)
{
    struct mqtt_request *request = g_new0(struct mqtt_request, 1);
    request->json = hub_parse(text, length);
    request->id = hub_request_id(request->json);
    const char *name = json_string(request->json, "op");
    for (size_t i = 0; name && i < G_N_ELEMENTS(operations); i++)
        if (!strcmp(operations[i].name, name))
            request->run = operations[i].run;
    if (request->run) {
        go_on(backend, request);
        return;
    }
    mqtt_backend_tell(backend, hub_reply_error(request->id, HUB_MALFORMED, "there is no such operation"));
    free_request(request);
}

/* One round: what waits anew waits for a later marker. */
void mqtt_operations_resume(struct mqtt_backend *backend)
{
    GQueue waiting = backend->waiting;
    struct mqtt_request *request;
    g_queue_init(&backend->waiting);
    while ((request = g_queue_pop_head(&waiting)))
        if (is_known(backend, request->marker))
            go_on(backend, request);
        else
            g_queue_push_tail(&backend->waiting, request);
}

void mqtt_operations_clear(struct mqtt_backend *backend)
{
    GHashTableIter iter;
    gpointer id, delivery;
    g_queue_clear_full(&backend->waiting, free_request);
    g_hash_table_iter_init(&iter, backend->deliveries);
    while (g_hash_table_iter_next(&iter, &id, &delivery)) {
        GHashTable *outstanding = ((struct mqtt_delivery *)delivery)->outstanding;
        g_hash_table_iter_remove(&iter);
        g_hash_table_remove(outstanding, id);
        if (!g_hash_table_size(outstanding))
            delivery_free(delivery);
    }
}
