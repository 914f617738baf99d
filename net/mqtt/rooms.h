/* The rooms over MQTT: those that we broadcast or watch, and with the directory all. Nobody keeps a room's state but
 * its members: each retains a record of its own (host or viewer), which counts while its device's presence is there.
 * Everything else is derived from these records, and listeners hear of what differs from what they were told. */
#ifndef CALLAPI_NET_MQTT_ROOMS_H
#define CALLAPI_NET_MQTT_ROOMS_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/mqtt/presence.h"
#include "net/mqtt/topics.h"

struct mqtt_rooms;

struct mqtt_rooms_config {
    struct mqtt_subscriber subscriber;
    struct mqtt_presence *presence; /* borrowed */
    const char *self;               /* own address; copied */
    const char *name;               /* what we are called; borrowed; NULL: nothing */
    /* Retains `payload` (NULL: deletes what is retained). */
    void (*publish)(void *user_data, const char *topic, const char *payload);
    /* {"notice":...}, for the front; takes it. */
    void (*tell)(void *user_data, cJSON *notice);
    void *user_data;
};

enum mqtt_role { MQTT_ROLE_NONE, MQTT_ROLE_HOST, MQTT_ROLE_VIEWER };

struct mqtt_rooms *mqtt_rooms_create(const struct mqtt_rooms_config *config);
void mqtt_rooms_destroy(struct mqtt_rooms *rooms); /* takes NULL; deletes no records */
void mqtt_rooms_clear(struct mqtt_rooms *rooms);   /* the connection is gone */

/* The marker to wait for until the room's host is known; one that has come back already where it is. 0: too many rooms.
 */
uint64_t mqtt_rooms_look(struct mqtt_rooms *rooms, const char *name);
/* Whether anybody watches a room without a broadcaster, which was looked at: marker to wait for, and then what was
 * found. */
uint64_t mqtt_rooms_look_for_viewers(struct mqtt_rooms *rooms, const char *name);
bool mqtt_rooms_found_viewers(struct mqtt_rooms *rooms, const char *name);
enum mqtt_role mqtt_rooms_role(const struct mqtt_rooms *rooms, const char *name);
guint mqtt_rooms_count(const struct mqtt_rooms *rooms, enum mqtt_role role);
/* The broadcaster's device address, or NULL. Borrowed until anything changes. */
const char *mqtt_rooms_host(const struct mqtt_rooms *rooms, const char *name);
/* Takes a role in a room that was looked at; as broadcaster with what `said` says of it ("state", "camera", "streams"):
 * nothing is told of that room until it is confirmed. */
void mqtt_rooms_enter(struct mqtt_rooms *rooms, const char *name, enum mqtt_role role, const cJSON *said);
/* Once a marker behind mqtt_rooms_enter has come back: false where somebody else was quicker, and the room is given up.
 */
bool mqtt_rooms_confirm(struct mqtt_rooms *rooms, const char *name);
void mqtt_rooms_leave(struct mqtt_rooms *rooms, const char *name);
void mqtt_rooms_leave_all(struct mqtt_rooms *rooms);
/* NULL: the state as it is. */
void mqtt_rooms_change(struct mqtt_rooms *rooms, const char *name, const char *state, bool camera_off);
bool mqtt_rooms_camera_is_off(const struct mqtt_rooms *rooms, const char *name); /* of a room that is ours */
/* {"room","host","host_name","state","camera","viewers","streams","direct"}; NULL where there is none. */
cJSON *mqtt_rooms_describe(const struct mqtt_rooms *rooms, const char *name);

/* The directory: all rooms. Marker to wait for. */
uint64_t mqtt_rooms_watch_all(struct mqtt_rooms *rooms);
void mqtt_rooms_unwatch_all(struct mqtt_rooms *rooms);
/* Whether all rooms are told of, and not only those that we are in; begins anew with all there are. */
void mqtt_rooms_tell_all(struct mqtt_rooms *rooms, bool on);
cJSON *mqtt_rooms_list(const struct mqtt_rooms *rooms); /* at most HUB_LIST_MAX */

/* A host or viewer record. */
void mqtt_rooms_receive(struct mqtt_rooms *rooms, const struct mqtt_topic *topic, const char *payload, size_t length,
                        int expires_s);
void mqtt_rooms_user_changed(struct mqtt_rooms *rooms, const char *user);
/* Derives what has changed and tells it. */
void mqtt_rooms_flush(struct mqtt_rooms *rooms);
/* Every MQTT_RECORD_REFRESH_S: retains own records anew. */
void mqtt_rooms_refresh(struct mqtt_rooms *rooms);
/* Now and then: forgets old records and rooms that nobody looks at. */
void mqtt_rooms_sweep(struct mqtt_rooms *rooms);

#endif
