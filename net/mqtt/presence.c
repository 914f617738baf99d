#include "net/mqtt/presence.h"

#include <string.h>

#include "engine/text/address.h"
#include "net/mqtt/topics.h"
#include "net/protocol/hub_protocol.h"

enum { USERS_MAX = 10000, WANTED_MAX = 2048, KEEP_US = 60 * G_USEC_PER_SEC, RECORD_SLACK_S = 10 };

struct user {
    GHashTable *devices;        /* device id -> gint64 *, when it counts as gone */
    guint64 marker;             /* of the subscription; 0: none of its own */
    gint64 used_us;
};

struct mqtt_presence {
    struct mqtt_subscriber subscriber;
    const struct mqtt_presence_listener *listener;
    void *user_data;
    GHashTable *users;          /* user id -> struct user */
    guint wanted;               /* how many of them have a subscription of their own */
    guint64 all_marker;         /* 0: not everybody is watched */
};

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
    user->devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(presence->users, g_strdup(name), user);
    return user;
}

guint64 mqtt_presence_want(struct mqtt_presence *presence, const char *name)
{
    guint64 synced = presence->subscriber.synced(presence->subscriber.user_data);
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

guint64 mqtt_presence_watch_all(struct mqtt_presence *presence)
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
        cJSON_AddItemToArray(list, entry);
        n++;
    }
    return list;
}

static void add_device(struct mqtt_presence *presence, const char *name, const char *device, int expires_s)
{
    struct user *user = g_hash_table_lookup(presence->users, name);
    if (!user && presence->all_marker)
        user = add_user(presence, name);
    if (!user)
        return;
    gint64 *due = g_hash_table_lookup(user->devices, device);
    bool known = due != NULL;
    if (!known && g_hash_table_size(user->devices) >= HUB_DEVICES_MAX)
        return;
    if (!known) {
        due = g_new0(gint64, 1);
        g_hash_table_insert(user->devices, g_strdup(device), due);
    }
    int seconds = expires_s < 0 ? MQTT_RECORD_EXPIRY_S : MIN(expires_s, MQTT_RECORD_EXPIRY_S);
    *due = g_get_monotonic_time() + (seconds + RECORD_SLACK_S) * G_USEC_PER_SEC;
    if (!known)
        presence->listener->changed(presence->user_data, name);
}

void mqtt_presence_receive(struct mqtt_presence *presence, const char *address, bool online, int expires_s)
{
    g_autofree char *name = address_user(address);
    const char *device = address + strlen(name) + 1;
    if (online) {
        add_device(presence, name, device, expires_s);
        return;
    }
    struct user *user = g_hash_table_lookup(presence->users, name);
    if (!user || !g_hash_table_remove(user->devices, device))
        return;
    presence->listener->changed(presence->user_data, name);
    presence->listener->gone(presence->user_data, address);
}

static bool drop_silent_devices(struct user *user, gint64 now_us)
{
    GHashTableIter iter;
    gpointer due;
    bool dropped = false;
    g_hash_table_iter_init(&iter, user->devices);
    while (g_hash_table_iter_next(&iter, NULL, &due))
        if (*(gint64 *)due < now_us) {
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
    gint64 now_us = g_get_monotonic_time();
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
