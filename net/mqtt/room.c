#include "net/mqtt/room.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

enum { HOSTS_MAX = 8, VIEWERS_MAX = 1000 };

static void free_host(gpointer data)
{
    struct mqtt_host *host = data;
    g_free(host->state);
    room_streams_clear(&host->streams);
    g_free(host);
}

struct mqtt_room *mqtt_room_create(const char *name)
{
    struct mqtt_room *room = g_new0(struct mqtt_room, 1);
    room->name = g_strdup(name);
    room->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_host);
    room->viewers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    room->told_viewers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return room;
}

void mqtt_room_destroy(gpointer data)
{
    struct mqtt_room *room = data;
    g_hash_table_unref(room->hosts);
    g_hash_table_unref(room->viewers);
    g_hash_table_unref(room->told_viewers);
    g_free(room->told);
    g_free(room->name);
    g_free(room);
}

static bool goes_before(const char *a, const struct mqtt_host *of_a, const char *b, const struct mqtt_host *of_b)
{
    if (of_a->since_ms != of_b->since_ms)
        return address_same_user(a, b) ? of_a->since_ms > of_b->since_ms : of_a->since_ms < of_b->since_ms;
    return strcmp(a, b) < 0;
}

const char *mqtt_room_find_host(const struct mqtt_room *room, const struct mqtt_presence *presence, const char *self)
{
    GHashTableIter iter;
    gpointer address, record;
    const char *found = NULL;
    g_hash_table_iter_init(&iter, room->hosts);
    while (g_hash_table_iter_next(&iter, &address, &record)) {
        if (strcmp(address, self) && !mqtt_presence_has(presence, address))
            continue;
        if (!found || goes_before(address, record, found, g_hash_table_lookup(room->hosts, found)))
            found = address;
    }
    return found;
}

static struct mqtt_host *parse_host(const char *text, size_t length)
{
    cJSON *json = hub_parse(text, length);
    const char *state = json_string(json, "state");
    const cJSON *viewers = json_member(json, "viewers");
    struct mqtt_host *host = NULL;
    bool known = !g_strcmp0(state, "live") || !g_strcmp0(state, "private");
    int64_t since_ms;
    if (known && json_integer(json, "since", 0, JSON_INTEGER_MAX, &since_ms)) {
        host = g_new0(struct mqtt_host, 1);
        host->state = g_strdup(state);
        host->since_ms = since_ms;
        host->camera_off = cJSON_IsFalse(json_member(json, "camera"));
        host->streams = room_streams_read(json);
        host->viewers = cJSON_IsNumber(viewers) ? CLAMP(viewers->valueint, 0, 1000000) : 0;
    }
    cJSON_Delete(json);
    return host;
}

static bool same_host(const struct mqtt_host *a, const struct mqtt_host *b)
{
    return a && !strcmp(a->state, b->state) && a->since_ms == b->since_ms && a->viewers == b->viewers &&
           a->camera_off == b->camera_off && room_streams_equal(&a->streams, &b->streams);
}

bool mqtt_room_take_host(struct mqtt_room *room, const char *address, const char *text, size_t length, int64_t due_us)
{
    struct mqtt_host *known = g_hash_table_lookup(room->hosts, address), *said = text ? parse_host(text, length) : NULL;
    if (!said)
        return g_hash_table_remove(room->hosts, address);
    said->due_us = due_us;
    said->earlier = known ? known->earlier : room->role == MQTT_ROLE_HOST && !room->echoed;
    if (!known && g_hash_table_size(room->hosts) >= HOSTS_MAX) {
        free_host(said);
        return false;
    }
    bool changed = !same_host(known, said);
    g_hash_table_replace(room->hosts, g_strdup(address), said);
    return changed;
}

bool mqtt_room_is_late(const struct mqtt_room *room, const struct mqtt_presence *presence, const char *self)
{
    GHashTableIter iter;
    gpointer address, record;
    g_hash_table_iter_init(&iter, room->hosts);
    while (g_hash_table_iter_next(&iter, &address, &record))
        if (((struct mqtt_host *)record)->earlier && !address_same_user(address, self) &&
            mqtt_presence_has(presence, address))
            return true;
    return false;
}

void mqtt_room_take_echo(struct mqtt_room *room, const char *self, const char *text, size_t length)
{
    const struct mqtt_host *own = g_hash_table_lookup(room->hosts, self);
    struct mqtt_host *said = parse_host(text, length);
    if (own && said && own->since_ms == said->since_ms)
        room->echoed = true;
    if (said)
        free_host(said);
}

bool mqtt_room_take_viewer(struct mqtt_room *room, const char *address, bool there, int64_t due_us)
{
    int64_t *known = g_hash_table_lookup(room->viewers, address);
    if (!there)
        return g_hash_table_remove(room->viewers, address);
    if (known) {
        *known = due_us;
        return false;
    }
    if (g_hash_table_size(room->viewers) >= VIEWERS_MAX)
        return false;
    known = g_new(int64_t, 1);
    *known = due_us;
    g_hash_table_insert(room->viewers, g_strdup(address), known);
    return true;
}

bool mqtt_room_expire(struct mqtt_room *room, const char *self, int64_t now_us)
{
    GHashTableIter iter;
    gpointer address, record;
    bool changed = false;
    g_hash_table_iter_init(&iter, room->hosts);
    while (g_hash_table_iter_next(&iter, &address, &record))
        if (strcmp(address, self) && ((struct mqtt_host *)record)->due_us < now_us) {
            g_hash_table_iter_remove(&iter);
            changed = true;
        }
    g_hash_table_iter_init(&iter, room->viewers);
    while (g_hash_table_iter_next(&iter, NULL, &record))
        if (*(int64_t *)record < now_us) {
            g_hash_table_iter_remove(&iter);
            changed = true;
        }
    return changed;
}

static bool has_member(GHashTable *members, const char *user)
{
    GHashTableIter iter;
    gpointer address;
    g_hash_table_iter_init(&iter, members);
    while (g_hash_table_iter_next(&iter, &address, NULL))
        if (address_same_user(address, user))
            return true;
    return false;
}

bool mqtt_room_concerns(const struct mqtt_room *room, const char *user)
{
    return has_member(room->hosts, user) || has_member(room->viewers, user);
}
