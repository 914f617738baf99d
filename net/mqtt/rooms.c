#include "net/mqtt/rooms.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/mqtt/room.h"
#include "net/protocol/hub_protocol.h"

enum { ROOMS_MAX = 4096, KEEP_US = 30 * G_USEC_PER_SEC, RECORD_SLACK_S = 10 };

struct mqtt_rooms {
    struct mqtt_rooms_config config;
    char *self;
    GHashTable *by_name; /* room id -> struct mqtt_room */
    GHashTable *dirty;   /* room ids to derive anew */
    uint64_t all_marker; /* 0: not all are watched */
    bool tell_all;
};

struct mqtt_rooms *mqtt_rooms_create(const struct mqtt_rooms_config *config)
{
    struct mqtt_rooms *rooms = g_new0(struct mqtt_rooms, 1);
    rooms->config = *config;
    rooms->config.self = rooms->self = g_strdup(config->self);
    rooms->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, mqtt_room_destroy);
    rooms->dirty = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return rooms;
}

void mqtt_rooms_destroy(struct mqtt_rooms *rooms)
{
    if (!rooms)
        return;
    g_hash_table_unref(rooms->by_name);
    g_hash_table_unref(rooms->dirty);
    g_free(rooms->self);
    g_free(rooms);
}

void mqtt_rooms_clear(struct mqtt_rooms *rooms)
{
    g_hash_table_remove_all(rooms->by_name);
    g_hash_table_remove_all(rooms->dirty);
    rooms->all_marker = 0;
    rooms->tell_all = false;
}

static struct mqtt_room *find(const struct mqtt_rooms *rooms, const char *name)
{
    return g_hash_table_lookup(rooms->by_name, name);
}

static void touch(struct mqtt_rooms *rooms, const struct mqtt_room *room)
{
    g_hash_table_add(rooms->dirty, g_strdup(room->name));
}

static struct mqtt_room *add(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    if (room || g_hash_table_size(rooms->by_name) >= ROOMS_MAX)
        return room;
    room = mqtt_room_create(name);
    g_hash_table_insert(rooms->by_name, room->name, room);
    return room;
}

static uint64_t subscribe(struct mqtt_rooms *rooms, char *filter)
{
    uint64_t marker = rooms->config.subscriber.subscribe(rooms->config.subscriber.user_data, filter);
    g_free(filter);
    return marker;
}

static void unsubscribe(struct mqtt_rooms *rooms, uint64_t *marker, char *filter)
{
    if (*marker)
        rooms->config.subscriber.unsubscribe(rooms->config.subscriber.user_data, filter);
    *marker = 0;
    g_free(filter);
}

static bool came_back(const struct mqtt_rooms *rooms, uint64_t marker)
{
    return marker <= rooms->config.subscriber.synced(rooms->config.subscriber.user_data);
}

/* Asks for the presence of whoever has a record. The last marker to wait for. */
static uint64_t ask_for(struct mqtt_rooms *rooms, GHashTable *members)
{
    uint64_t last = 0;
    GHashTableIter iter;
    gpointer address;
    g_hash_table_iter_init(&iter, members);
    while (g_hash_table_iter_next(&iter, &address, NULL)) {
        g_autofree char *user = address_user(address);
        last = MAX(last, mqtt_presence_want(rooms->config.presence, user));
    }
    return last;
}

uint64_t mqtt_rooms_look(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = add(rooms, name);
    if (!room)
        return 0;
    room->looked_us = g_get_monotonic_time();
    bool watched = rooms->all_marker && came_back(rooms, rooms->all_marker);
    if (!room->host_marker && !watched)
        room->host_marker = subscribe(rooms, mqtt_topics_host_filter(name));
    uint64_t marker = room->host_marker ? room->host_marker : rooms->all_marker;
    return came_back(rooms, marker) ? MAX(marker, ask_for(rooms, room->hosts)) : marker;
}

uint64_t mqtt_rooms_look_for_viewers(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    if (!room->viewer_marker)
        room->viewer_marker = subscribe(rooms, mqtt_topics_viewer_filter(name));
    return room->viewer_marker;
}

bool mqtt_rooms_found_viewers(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    bool found = g_hash_table_size(room->viewers) > 0;
    g_hash_table_remove_all(room->viewers);
    unsubscribe(rooms, &room->viewer_marker, mqtt_topics_viewer_filter(name));
    return found;
}

enum mqtt_role mqtt_rooms_role(const struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    return room ? room->role : MQTT_ROLE_NONE;
}

guint mqtt_rooms_count(const struct mqtt_rooms *rooms, enum mqtt_role role)
{
    GHashTableIter iter;
    gpointer room;
    guint n = 0;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        n += ((struct mqtt_room *)room)->role == role;
    return n;
}

const char *mqtt_rooms_host(const struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    return room ? mqtt_room_find_host(room, rooms->config.presence, rooms->self) : NULL;
}

/* ---- our own records ---- */

static void publish_own(struct mqtt_rooms *rooms, const struct mqtt_room *room)
{
    cJSON *json = cJSON_CreateObject();
    struct mqtt_host *own = g_hash_table_lookup(room->hosts, rooms->self);
    if (room->role == MQTT_ROLE_HOST && own) {
        cJSON_AddStringToObject(json, "state", own->state);
        cJSON_AddNumberToObject(json, "since", (double)own->since_ms);
        cJSON_AddNumberToObject(json, "viewers", own->viewers);
        cJSON_AddBoolToObject(json, "camera", !own->camera_off);
        room_streams_write(&own->streams, json);
    }
    char *text = cJSON_PrintUnformatted(json);
    g_autofree char *topic = room->role == MQTT_ROLE_HOST ? mqtt_topics_host(room->name, rooms->self)
                                                          : mqtt_topics_viewer(room->name, rooms->self);
    rooms->config.publish(rooms->config.user_data, topic, text);
    cJSON_free(text);
    cJSON_Delete(json);
}

static void begin_to_host(struct mqtt_rooms *rooms, struct mqtt_room *room, const cJSON *said)
{
    const char *state = json_string(said, "state");
    struct mqtt_host *own = g_new0(struct mqtt_host, 1);
    own->state = g_strdup(state ? state : "live");
    own->camera_off = cJSON_IsFalse(json_member(said, "camera"));
    own->streams = room_streams_read(said);
    own->since_ms = g_get_real_time() / 1000;
    g_hash_table_replace(room->hosts, g_strdup(rooms->self), own);
    room->viewer_marker = subscribe(rooms, mqtt_topics_viewer_filter(room->name));
    room->unconfirmed = true;
    room->echoed = room->contested = false;
}

void mqtt_rooms_enter(struct mqtt_rooms *rooms, const char *name, enum mqtt_role role, const cJSON *said)
{
    struct mqtt_room *room = find(rooms, name);
    mqtt_rooms_leave(rooms, name);
    room->role = role;
    if (!room->host_marker)
        room->host_marker = subscribe(rooms, mqtt_topics_host_filter(name));
    if (role == MQTT_ROLE_HOST)
        begin_to_host(rooms, room, said);
    g_clear_pointer(&room->told, g_free);
    publish_own(rooms, room);
    touch(rooms, room);
}

bool mqtt_rooms_confirm(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    if (!room || room->role != MQTT_ROLE_HOST)
        return false;
    room->unconfirmed = false;
    touch(rooms, room);
    if (!mqtt_room_is_late(room, rooms->config.presence, rooms->self))
        return true;
    mqtt_rooms_leave(rooms, name);
    return false;
}

void mqtt_rooms_leave(struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    if (!room || room->role == MQTT_ROLE_NONE)
        return;
    g_autofree char *topic = room->role == MQTT_ROLE_HOST ? mqtt_topics_host(name, rooms->self)
                                                          : mqtt_topics_viewer(name, rooms->self);
    rooms->config.publish(rooms->config.user_data, topic, NULL);
    room->role = MQTT_ROLE_NONE;
    room->unconfirmed = false;
    g_hash_table_remove(room->hosts, rooms->self);
    g_hash_table_remove_all(room->viewers);
    g_hash_table_remove_all(room->told_viewers);
    unsubscribe(rooms, &room->viewer_marker, mqtt_topics_viewer_filter(name));
    touch(rooms, room);
}

void mqtt_rooms_leave_all(struct mqtt_rooms *rooms)
{
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        mqtt_rooms_leave(rooms, name);
}

static struct mqtt_host *own_record(const struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = find(rooms, name);
    return room ? g_hash_table_lookup(room->hosts, rooms->self) : NULL;
}

bool mqtt_rooms_camera_is_off(const struct mqtt_rooms *rooms, const char *name)
{
    const struct mqtt_host *own = own_record(rooms, name);
    return own && own->camera_off;
}

void mqtt_rooms_change(struct mqtt_rooms *rooms, const char *name, const char *state, bool camera_off)
{
    struct mqtt_room *room = find(rooms, name);
    struct mqtt_host *own = own_record(rooms, name);
    if (!own)
        return;
    if (state) {
        g_free(own->state);
        own->state = g_strdup(state);
    }
    own->camera_off = camera_off;
    publish_own(rooms, room);
    touch(rooms, room);
}

void mqtt_rooms_refresh(struct mqtt_rooms *rooms)
{
    GHashTableIter iter;
    gpointer room;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        if (((struct mqtt_room *)room)->role != MQTT_ROLE_NONE)
            publish_own(rooms, room);
}

/* ---- what is told ---- */

/* Nobody broadcasts. */
static cJSON *describe(const char *name, const char *state, int viewers)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "room", name);
    cJSON_AddStringToObject(json, "host", "");
    cJSON_AddStringToObject(json, "state", state);
    cJSON_AddNumberToObject(json, "viewers", viewers);
    cJSON_AddBoolToObject(json, "camera", true);
    return json;
}

static cJSON *describe_hosted(const struct mqtt_rooms *rooms, const char *name, const char *host,
                              const struct mqtt_host *record)
{
    g_autofree char *user = address_user(host);
    bool ours = !strcmp(host, rooms->self);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "room", name);
    cJSON_AddStringToObject(json, "host", user);
    cJSON_AddStringToObject(json, "state", record->state);
    cJSON_AddNumberToObject(json, "viewers", record->viewers);
    cJSON_AddBoolToObject(json, "camera", !record->camera_off);
    room_streams_write(&record->streams, json);
    hub_add_name(json, "host_name", ours ? rooms->config.name : mqtt_presence_name(rooms->config.presence, host));
    return json;
}

static cJSON *describe_room(const struct mqtt_rooms *rooms, const struct mqtt_room *room)
{
    const char *host = room->role == MQTT_ROLE_HOST ? rooms->self
                                                    : mqtt_room_find_host(room, rooms->config.presence, rooms->self);
    const struct mqtt_host *record = host ? g_hash_table_lookup(room->hosts, host) : NULL;
    if (record)
        return describe_hosted(rooms, room->name, host, record);
    /* Whoever is in it counts herself; only a broadcaster counts the others. */
    return room->role == MQTT_ROLE_VIEWER ? describe(room->name, "away", 1) : NULL;
}

cJSON *mqtt_rooms_describe(const struct mqtt_rooms *rooms, const char *name)
{
    struct mqtt_room *room = name ? find(rooms, name) : NULL;
    return room ? describe_room(rooms, room) : NULL;
}

cJSON *mqtt_rooms_list(const struct mqtt_rooms *rooms)
{
    cJSON *list = cJSON_CreateArray();
    GHashTableIter iter;
    gpointer room;
    int n = 0;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (n < HUB_LIST_MAX && g_hash_table_iter_next(&iter, NULL, &room)) {
        cJSON *json = describe_room(rooms, room);
        n += json != NULL;
        if (json)
            cJSON_AddItemToArray(list, json);
    }
    return list;
}

static void tell_viewer(struct mqtt_rooms *rooms, const struct mqtt_room *room, const char *viewer, bool joined)
{
    cJSON *notice = hub_notice("viewer");
    cJSON_AddStringToObject(notice, "room", room->name);
    cJSON_AddStringToObject(notice, "viewer", viewer);
    cJSON_AddBoolToObject(notice, "joined", joined);
    rooms->config.tell(rooms->config.user_data, notice);
}

/* Tells the host who has joined and left, and retains how many there are. */
static void count_viewers(struct mqtt_rooms *rooms, struct mqtt_room *room)
{
    GHashTableIter iter;
    gpointer viewer;
    g_hash_table_iter_init(&iter, room->told_viewers);
    while (g_hash_table_iter_next(&iter, &viewer, NULL))
        if (!g_hash_table_contains(room->viewers, viewer) || !mqtt_presence_has(rooms->config.presence, viewer)) {
            tell_viewer(rooms, room, viewer, false);
            g_hash_table_iter_remove(&iter);
        }
    g_hash_table_iter_init(&iter, room->viewers);
    while (g_hash_table_iter_next(&iter, &viewer, NULL))
        if (mqtt_presence_has(rooms->config.presence, viewer) && !g_hash_table_contains(room->told_viewers, viewer)) {
            g_hash_table_add(room->told_viewers, g_strdup(viewer));
            tell_viewer(rooms, room, viewer, true);
        }
    struct mqtt_host *own = g_hash_table_lookup(room->hosts, rooms->self);
    int viewers = (int)g_hash_table_size(room->told_viewers);
    if (own->viewers == viewers)
        return;
    own->viewers = viewers;
    publish_own(rooms, room);
}

static void tell_room(struct mqtt_rooms *rooms, struct mqtt_room *room)
{
    cJSON *json = describe_room(rooms, room);
    if (!json && room->told)
        json = describe(room->name, "closed", 0);
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    bool wanted = rooms->tell_all || room->role != MQTT_ROLE_NONE;
    if (text && wanted && g_strcmp0(text, room->told)) {
        cJSON *notice = hub_notice("room");
        cJSON_AddItemToObject(notice, "room", g_steal_pointer(&json));
        rooms->config.tell(rooms->config.user_data, notice);
        g_free(room->told);
        room->told = g_strdup(text);
    }
    cJSON_free(text);
    cJSON_Delete(json);
}

/* False where it is not known yet who of its members is there. */
static bool derive(struct mqtt_rooms *rooms, struct mqtt_room *room)
{
    uint64_t marker = room->role != MQTT_ROLE_NONE ? mqtt_rooms_look(rooms, room->name) : ask_for(rooms, room->hosts);
    if (!came_back(rooms, marker) || room->unconfirmed)
        return false;
    if (room->role == MQTT_ROLE_HOST) {
        if (!came_back(rooms, ask_for(rooms, room->viewers)))
            return false;
        count_viewers(rooms, room);
    }
    tell_room(rooms, room);
    return true;
}

void mqtt_rooms_flush(struct mqtt_rooms *rooms)
{
    g_autoptr(GHashTable) dirty = g_steal_pointer(&rooms->dirty);
    rooms->dirty = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, dirty);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        struct mqtt_room *room = find(rooms, name);
        if (room && !derive(rooms, room))
            touch(rooms, room);
    }
}

/* ---- what others say ---- */

/* At once, for she may come back before it is derived, and then wants to be offered anew. */
static void lose_viewer(struct mqtt_rooms *rooms, struct mqtt_room *room, const char *viewer)
{
    if (g_hash_table_remove(room->told_viewers, viewer))
        tell_viewer(rooms, room, viewer, false);
}

static bool has_subscription(const struct mqtt_rooms *rooms, const struct mqtt_room *room, enum mqtt_topic_kind kind)
{
    return kind == MQTT_TOPIC_VIEWER ? room->viewer_marker != 0 : room->host_marker || rooms->all_marker;
}

/* Our own records we know better than the broker. */
void mqtt_rooms_receive(struct mqtt_rooms *rooms, const struct mqtt_topic *topic, const char *payload, size_t length,
                        int expires_s)
{
    struct mqtt_room *room = rooms->all_marker && length ? add(rooms, topic->scope) : find(rooms, topic->scope);
    if (!room || !has_subscription(rooms, room, topic->kind))
        return;
    if (!strcmp(topic->from, rooms->self)) {
        if (topic->kind == MQTT_TOPIC_HOST)
            mqtt_room_take_echo(room, rooms->self, payload, length);
        return;
    }
    if (topic->kind == MQTT_TOPIC_VIEWER && !length)
        lose_viewer(rooms, room, topic->from);
    int seconds = expires_s < 0 ? MQTT_RECORD_EXPIRY_S : MIN(expires_s, MQTT_RECORD_EXPIRY_S);
    int64_t due_us = g_get_monotonic_time() + (seconds + RECORD_SLACK_S) * G_USEC_PER_SEC;
    bool changed = topic->kind == MQTT_TOPIC_VIEWER
                       ? mqtt_room_take_viewer(room, topic->from, length > 0, due_us)
                       : mqtt_room_take_host(room, topic->from, length ? payload : NULL, length, due_us);
    if (changed)
        touch(rooms, room);
}

void mqtt_rooms_user_changed(struct mqtt_rooms *rooms, const char *user)
{
    GHashTableIter iter;
    gpointer room;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        if (mqtt_room_concerns(room, user))
            touch(rooms, room);
}

/* ---- the directory, and what is no longer needed ---- */

uint64_t mqtt_rooms_watch_all(struct mqtt_rooms *rooms)
{
    if (!rooms->all_marker)
        rooms->all_marker = subscribe(rooms, mqtt_topics_host_filter(NULL));
    return rooms->all_marker;
}

void mqtt_rooms_unwatch_all(struct mqtt_rooms *rooms)
{
    unsubscribe(rooms, &rooms->all_marker, mqtt_topics_host_filter(NULL));
    mqtt_rooms_sweep(rooms);
}

void mqtt_rooms_tell_all(struct mqtt_rooms *rooms, bool on)
{
    GHashTableIter iter;
    gpointer room;
    rooms->tell_all = on;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (on && g_hash_table_iter_next(&iter, NULL, &room)) {
        g_clear_pointer(&((struct mqtt_room *)room)->told, g_free);
        touch(rooms, room);
    }
}

/* A room is kept while we are in it, while the directory holds a host's record of it, or when it was looked at just
 * now. */
static bool is_needed(const struct mqtt_rooms *rooms, const struct mqtt_room *room, int64_t now_us)
{
    return room->role != MQTT_ROLE_NONE || (rooms->all_marker && g_hash_table_size(room->hosts)) ||
           (room->host_marker && now_us - room->looked_us < KEEP_US);
}

/* Two brokers that find each other again may bring two broadcasters into one room, and a second device of our user
 * takes ours over: who has less right to it gives up. Not at once, since who opened it a moment too late withdraws by
 * herself. */
static void contest(struct mqtt_rooms *rooms, struct mqtt_room *room)
{
    const char *host = mqtt_room_find_host(room, rooms->config.presence, rooms->self);
    bool contested = room->role == MQTT_ROLE_HOST && !room->unconfirmed && host && strcmp(host, rooms->self);
    if (contested && room->contested) {
        g_warning("room \"%s\" is broadcast by %s: ours is given up", room->name, host);
        mqtt_rooms_leave(rooms, room->name);
        room->role = MQTT_ROLE_VIEWER; /* told once more, as to one who watches */
        tell_room(rooms, room);
        room->role = MQTT_ROLE_NONE;
    }
    room->contested = contested;
}

void mqtt_rooms_sweep(struct mqtt_rooms *rooms)
{
    int64_t now_us = g_get_monotonic_time();
    GHashTableIter iter;
    gpointer data;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &data)) {
        struct mqtt_room *room = data;
        contest(rooms, room);
        if (mqtt_room_expire(room, rooms->self, now_us) || room->role != MQTT_ROLE_NONE)
            touch(rooms, room);
        else if (!is_needed(rooms, room, now_us) && !g_hash_table_contains(rooms->dirty, room->name)) {
            unsubscribe(rooms, &room->host_marker, mqtt_topics_host_filter(room->name));
            unsubscribe(rooms, &room->viewer_marker, mqtt_topics_viewer_filter(room->name));
            g_hash_table_iter_remove(&iter);
        }
    }
}
