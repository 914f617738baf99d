/* Who is logged in: users and their devices. Pure: a device is any pointer that its owner keeps valid while it is in
 * here. */
#ifndef CALLAPI_NET_HUB_SERVICE_USERS_H
#define CALLAPI_NET_HUB_SERVICE_USERS_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

struct hub_users;

struct hub_users *hub_users_create(void);
void hub_users_destroy(struct hub_users *users); /* takes NULL */

/* Adds a device of `user`; `wanted` is the device id to give where it is free, else (or NULL) the hub makes one.
 * The device's address ("alice/3f2a91"), g_free it; NULL where the user has too many devices. */
char *hub_users_add(struct hub_users *users, const char *user, const char *wanted, void *device);
void hub_users_remove(struct hub_users *users, const char *address);

/* The device at "user/device", or NULL. */
void *hub_users_device(const struct hub_users *users, const char *address);
/* All devices that "user" or "user/device" names; free with g_ptr_array_unref. */
GPtrArray *hub_users_addressed(const struct hub_users *users, const char *address);
/* All there are, likewise. */
GPtrArray *hub_users_all(const struct hub_users *users);
unsigned hub_users_count(const struct hub_users *users);
/* [{"user","online":true}...], at most HUB_LIST_MAX. */
cJSON *hub_users_list(const struct hub_users *users);

#endif
