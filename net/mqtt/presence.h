/* Who is online, as far as we have asked: known from retained presence topics. Whom one asks for stays subscribed for a
 * minute after the last question; or everybody is watched (the directory).
 *
 * What is subscribed is known once the broker has sent what it retains. Since it sends in order, a marker that we
 * publish to ourselves behind the subscription tells when: its number is what the functions below return to wait for.
 */
#ifndef CALLAPI_NET_MQTT_PRESENCE_H
#define CALLAPI_NET_MQTT_PRESENCE_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mqtt_presence;

enum { MQTT_RECORD_EXPIRY_S = 60, MQTT_RECORD_REFRESH_S = 20 }; /* of every retained message */

/* Subscribing, for presence and rooms alike. */
struct mqtt_subscriber {
    uint64_t (*subscribe)(void *user_data, const char *filter); /* the number of the marker behind it */
    void (*unsubscribe)(void *user_data, const char *filter);
    uint64_t (*synced)(void *user_data); /* the last marker that has come back */
    void *user_data;
};

struct mqtt_presence_listener {
    void (*changed)(void *user_data, const char *user); /* the user's devices, or their names, have changed */
    void (*gone)(void *user_data, const char *device);  /* this one is gone: its address */
};

struct mqtt_presence *mqtt_presence_create(const struct mqtt_subscriber *subscriber,
                                           const struct mqtt_presence_listener *listener, void *user_data);
void mqtt_presence_destroy(struct mqtt_presence *presence); /* takes NULL */
/* The connection is gone, and with it all that was known. */
void mqtt_presence_clear(struct mqtt_presence *presence);

/* Marker to wait for until `user` is known; 0 where we ask for too many already. */
uint64_t mqtt_presence_want(struct mqtt_presence *presence, const char *user);
/* As far as known. */
bool mqtt_presence_has(const struct mqtt_presence *presence, const char *address);
/* What the device, or one of the user's, is called; NULL: nothing. Borrowed until anything changes. */
const char *mqtt_presence_name(const struct mqtt_presence *presence, const char *address);
/* Device addresses (new strings) that "user" or "user/device" names; free with g_ptr_array_unref. */
GPtrArray *mqtt_presence_devices(const struct mqtt_presence *presence, const char *address);

/* Everybody. Marker to wait for. */
uint64_t mqtt_presence_watch_all(struct mqtt_presence *presence);
void mqtt_presence_unwatch_all(struct mqtt_presence *presence);
/* [{"user","online":true,"name"}...], at most HUB_LIST_MAX. */
cJSON *mqtt_presence_list(const struct mqtt_presence *presence);

/* A presence topic: an empty payload is a device that is gone. `expires_s` -1: not said. */
void mqtt_presence_receive(struct mqtt_presence *presence, const char *address, const char *payload, size_t length,
                           int expires_s);
/* Now and then: forgets who has not been heard of, and whom nobody asks for any more. */
void mqtt_presence_sweep(struct mqtt_presence *presence);

#endif
