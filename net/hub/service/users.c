#include "net/hub/service/users.h"

#include <string.h>

#include "engine/text/address.h"
#include "net/protocol/hub_protocol.h"

struct hub_users {
    GHashTable *by_name; /* user id -> GHashTable of device id -> device (not owned) */
};

struct hub_users *hub_users_create(void)
{
    struct hub_users *users = g_new0(struct hub_users, 1);
    users->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    return users;
}

void hub_users_destroy(struct hub_users *users)
{
    if (!users)
        return;
    g_hash_table_unref(users->by_name);
    g_free(users);
}

static GHashTable *devices_of(const struct hub_users *users, const char *address)
{
    g_autofree char *user = address_user(address);
    return g_hash_table_lookup(users->by_name, user);
}

static bool device_id_is_valid(const char *id)
{
    size_t length = id ? strlen(id) : 0;
    return length >= 4 && length <= 16 && strspn(id, "0123456789abcdef") == length;
}

static char *new_device_id(GHashTable *devices, const char *wanted)
{
    if (device_id_is_valid(wanted) && !g_hash_table_contains(devices, wanted))
        return g_strdup(wanted);
    for (;;) {
        char *id = g_strdup_printf("%06x", g_random_int() & 0xffffff);
        if (!g_hash_table_contains(devices, id))
            return id;
        g_free(id);
    }
}

char *hub_users_add(struct hub_users *users, const char *user, const char *wanted, void *device)
{
    GHashTable *devices = g_hash_table_lookup(users->by_name, user);
    if (!devices) {
        devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(users->by_name, g_strdup(user), devices);
    }
    if (g_hash_table_size(devices) >= HUB_DEVICES_MAX)
        return NULL;
    char *id = new_device_id(devices, wanted);
    g_hash_table_insert(devices, id, device);
    return g_strdup_printf("%s/%s", user, id);
}

void hub_users_remove(struct hub_users *users, const char *address)
{
    GHashTable *devices = devices_of(users, address);
    if (!devices)
        return;
    g_hash_table_remove(devices, address_device(address));
    if (!g_hash_table_size(devices)) {
        g_autofree char *user = address_user(address);
        g_hash_table_remove(users->by_name, user);
    }
}

void *hub_users_device(const struct hub_users *users, const char *address)
{
    GHashTable *devices = devices_of(users, address);
    const char *id = address_device(address);
    return devices && id ? g_hash_table_lookup(devices, id) : NULL;
}

static void add_all(GPtrArray *found, GHashTable *devices)
{
    GHashTableIter iter;
    gpointer device;
    g_hash_table_iter_init(&iter, devices);
    while (g_hash_table_iter_next(&iter, NULL, &device))
        g_ptr_array_add(found, device);
}

GPtrArray *hub_users_addressed(const struct hub_users *users, const char *address)
{
    GPtrArray *found = g_ptr_array_new();
    GHashTable *devices = devices_of(users, address);
    if (devices && !address_device(address))
        add_all(found, devices);
    else if (hub_users_device(users, address))
        g_ptr_array_add(found, hub_users_device(users, address));
    return found;
}

GPtrArray *hub_users_all(const struct hub_users *users)
{
    GPtrArray *found = g_ptr_array_new();
    GHashTableIter iter;
    gpointer devices;
    g_hash_table_iter_init(&iter, users->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &devices))
        add_all(found, devices);
    return found;
}

unsigned hub_users_count(const struct hub_users *users)
{
    return g_hash_table_size(users->by_name);
}

cJSON *hub_users_list(const struct hub_users *users)
{
    cJSON *list = cJSON_CreateArray();
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, users->by_name);
    for (int n = 0; n < HUB_LIST_MAX && g_hash_table_iter_next(&iter, &name, NULL); n++) {
        cJSON *user = cJSON_CreateObject();
        cJSON_AddStringToObject(user, "user", name);
        cJSON_AddTrueToObject(user, "online");
        cJSON_AddItemToArray(list, user);
    }
    return list;
}
