#include "net/mqtt/presence.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/mqtt/topics.h"
#include "net/protocol/hub_protocol.h"

enum { USERS_MAX = 10000, WANTED_MAX = 2048, KEEP_US = 60 * G_USEC_PER_SEC, RECORD_SLACK_S = 10 };

struct device {
    int64_t due_us; /* when it counts as gone */
    char *name;     /* what it calls itself, or NULL */
};

struct user {
    GHashTable *devices; /* device id -> struct device */
    uint64_t marker;     /* of the subscription; 0: none of its own */
    int64_t used_us;
};

struct mqtt_presence {
    struct mqtt_subscriber subscriber;
    const struct mqtt_presence_listener *listener;
    void *user_data;
    GHashTable *users;   /* user id -> struct user */
    guint wanted;        /* how many of them have a subscription of their own */
    uint64_t all_marker; /* 0: not everybody is watched */
};

static void free_device(gpointer data)
{
    struct device *device = data;
    g_free(device->name);
    g_free(device);
}

static void free_user(gpointer data)
{
    struct user *user = data;
    g_hash_table_unref(user->devices);
    g_free(user);
}

struct mqtt_presence *mqtt_presence_create(const struct mqtt_subscriber *subscriber,
                                           const struct mqtt_presence_listener *listener, void *user_data)
{
    struct mqtt_presence *presence = g_new0(struct mqtt_presence, 1);
    presence->subscriber = *subscriber;
    presence->listener = listener;
    presence->user_data = user_data;
    presence->users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_user);
    return presence;
}

void mqtt_presence_destroy(struct mqtt_presence *presence)
{
    if (!presence)
        return;
    g_hash_table_unref(presence->users);
    g_free(presence);
}

void mqtt_presence_clear(struct mqtt_presence *presence)
{
    g_hash_table_remove_all(presence->users);
    presence->wanted = 0;
    presence->all_marker = 0;
}

static struct user *add_user(struct mqtt_presence *presence, const char *name)
{
    struct user *user = g_hash_table_lookup(presence->users, name);
    if (user || g_hash_table_size(presence->users) >= USERS_MAX)
        return user;
    user = g_new0(struct user, 1);
    user->devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_device);
    g_hash_table_insert(presence->users, g_strdup(name), user);
    return user;
}

uint64_t mqtt_presence_want(struct mqtt_presence *presence, const char *name)
{
    uint64_t synced = presence->subscriber.synced(presence->subscriber.user_data);
    if (presence->all_marker && presence->all_marker <= synced)
        return presence->all_marker;
    struct user *user = add_user(presence, name);
    if (!user || (!user->marker && presence->wanted >= WANTED_MAX))
        return 0;
    user->used_us = g_get_monotonic_time();
    if (user->marker)
        return user->marker;
    g_autofree char *filter = mqtt_topics_presence_filter(name);
    user->marker = presence->subscriber.subscribe(presence->subscriber.user_data, filter);
    presence->wanted++;
    return user->marker;
}

bool mqtt_presence_has(const struct mqtt_presence *presence, const char *address)
{
    g_autofree char *name = address_user(address);
    struct user *user = g_hash_table_lookup(presence->users, name);
    return user && g_hash_table_contains(user->devices, address + strlen(name) + (address[strlen(name)] == '/'));
}

/* Of several the one whose id comes first: they do not say who came last. */
static const char *name_of_user(const struct user *user)
{
    GHashTableIter iter;
    gpointer id, data;
    const char *first = NULL, *name = NULL;
    g_hash_table_iter_init(&iter, user->devices);
    while (g_hash_table_iter_next(&iter, &id, &data)) {
        const struct device *device = data;
        if (!device->name || (first && strcmp(first, id) < 0))
            continue;
        first = id;
        name = device->name;
    }
    return name;
}

const char *mqtt_presence_name(const struct mqtt_presence *presence, const char *address)
{
    g_autofree char *name = address_user(address);
    const struct user *user = g_hash_table_lookup(presence->users, name);
    const char *id = strchr(address, '/');
    if (!user || !id)
        return user ? name_of_user(user) : NULL;
    const struct device *device = g_hash_table_lookup(user->devices, id + 1);
    return device ? device->name : NULL;
}

GPtrArray *mqtt_presence_devices(const struct mqtt_presence *presence, const char *address)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *name = address_user(address);
    struct user *user = g_hash_table_lookup(presence->users, name);
    GHashTableIter iter;
    gpointer device;
    if (!user)
        return found;
    g_hash_table_iter_init(&iter, user->devices);
    while (g_hash_table_iter_next(&iter, &device, NULL)) {
        g_autofree char *full = g_strdup_printf("%s/%s", name, (char *)device);
        if (!strcmp(address, name) || !strcmp(address, full))
            g_ptr_array_add(found, g_steal_pointer(&full));
    }
    return found;
}

uint64_t mqtt_presence_watch_all(struct mqtt_presence *presence)
{
    g_autofree char *filter = mqtt_topics_presence_filter(NULL);
    if (!presence->all_marker)
        presence->all_marker = presence->subscriber.subscribe(presence->subscriber.user_data, filter);
    return presence->all_marker;
}

void mqtt_presence_unwatch_all(struct mqtt_presence *presence)
{
    g_autofree char *filter = mqtt_topics_presence_filter(NULL);
    GHashTableIter iter;
    gpointer user;
    if (!presence->all_marker)
        return;
    presence->all_marker = 0;
    presence->subscriber.unsubscribe(presence->subscriber.user_data, filter);
    g_hash_table_iter_init(&iter, presence->users);
    while (g_hash_table_iter_next(&iter, NULL, &user))
        if (!((struct user *)user)->marker)
            g_hash_table_iter_remove(&iter);
}

cJSON *mqtt_presence_list(const struct mqtt_presence *presence)
{
    cJSON *list = cJSON_CreateArray();
    GHashTableIter iter;
    gpointer name, user;
    int n = 0;
    g_hash_table_iter_init(&iter, presence->users);
    while (n < HUB_LIST_MAX && g_hash_table_iter_next(&iter, &name, &user)) {
        if (!g_hash_table_size(((struct user *)user)->devices))
            continue;
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "user", name);
        cJSON_AddTrueToObject(entry, "online");
        hub_add_name(entry, "name", name_of_user(user));
        cJSON_AddItemToArray(list, entry);
        n++;
    }
    return list;
}

/* NULL where there is no place for one more. */
static struct device *add_device(struct user *user, const char *id)
{
    if (g_hash_table_size(user->devices) >= HUB_DEVICES_MAX)
        return NULL;
    struct device *device = g_new0(struct device, 1);
    g_hash_table_insert(user->devices, g_strdup(id), device);
    return device;
}

/* What it says of itself; a name that cannot be shown is none. Whether it is another than before. */
static bool take_name(struct device *device, const char *payload, size_t length)
{
    cJSON *json = hub_parse(payload, length);
    const char *name = json_string(json, "name");
    name = hub_display_name_is_valid(name) ? name : NULL;
    bool other = g_strcmp0(name, device->name);
    g_free(device->name);
    device->name = g_strdup(name);
    cJSON_Delete(json);
    return other;
}

static void meet_device(struct mqtt_presence *presence, const char *name, const char *id, const char *payload,
                        size_t length, int expires_s)
{
    struct user *user = g_hash_table_lookup(presence->users, name);
    if (!user && presence->all_marker)
        user = add_user(presence, name);
    struct device *known = user ? g_hash_table_lookup(user->devices, id) : NULL;
    struct device *device = known || !user ? known : add_device(user, id);
    if (!device)
        return;
    int seconds = expires_s < 0 ? MQTT_RECORD_EXPIRY_S : MIN(expires_s, MQTT_RECORD_EXPIRY_S);
    device->due_us = g_get_monotonic_time() + (seconds + RECORD_SLACK_S) * G_USEC_PER_SEC;
    if (take_name(device, payload, length) || !known)
        presence->listener->changed(presence->user_data, name);
}

void mqtt_presence_receive(struct mqtt_presence *presence, const char *address, const char *payload, size_t length,
                           int expires_s)
{
    g_autofree char *name = address_user(address);
    const char *device = address + strlen(name) + 1;
    if (length) {
        meet_device(presence, name, device, payload, length, expires_s);
        return;
    }
    struct user *user = g_hash_table_lookup(presence->users, name);
    if (!user || !g_hash_table_remove(user->devices, device))
        return;
    presence->listener->changed(presence->user_data, name);
    presence->listener->gone(presence->user_data, address);
}

static bool drop_silent_devices(struct user *user, int64_t now_us)
{
    GHashTableIter iter;
    gpointer device;
    bool dropped = false;
    g_hash_table_iter_init(&iter, user->devices);
    while (g_hash_table_iter_next(&iter, NULL, &device))
        if (((struct device *)device)->due_us < now_us) {
            g_hash_table_iter_remove(&iter);
            dropped = true;
        }
    return dropped;
}

static void unsubscribe(struct mqtt_presence *presence, const char *name, struct user *user)
{
    g_autofree char *filter = mqtt_topics_presence_filter(name);
    presence->subscriber.unsubscribe(presence->subscriber.user_data, filter);
    presence->wanted--;
    user->marker = 0;
}

void mqtt_presence_sweep(struct mqtt_presence *presence)
{
    int64_t now_us = g_get_monotonic_time();
    GHashTableIter iter;
    gpointer name, data;
    g_autoptr(GPtrArray) changed = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_iter_init(&iter, presence->users);
    while (g_hash_table_iter_next(&iter, &name, &data)) {
        struct user *user = data;
        if (drop_silent_devices(user, now_us))
            g_ptr_array_add(changed, g_strdup(name));
        if (user->marker && now_us - user->used_us > KEEP_US)
            unsubscribe(presence, name, user);
        if (!user->marker && (!presence->all_marker || !g_hash_table_size(user->devices)))
            g_hash_table_iter_remove(&iter);
    }
    for (guint i = 0; i < changed->len; i++)
        presence->listener->changed(presence->user_data, g_ptr_array_index(changed, i));
}
