/* One room: the records of its members, and who is its broadcaster by them. Pure, but for the presence that it asks. */
#ifndef CALLAPI_NET_MQTT_ROOM_H
#define CALLAPI_NET_MQTT_ROOM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/mqtt/rooms.h"
#include "net/protocol/room_streams.h"

/* What a host says of itself. */
struct mqtt_host {
    char *state;      /* "live" or "private" */
    int64_t since_ms; /* since when it broadcasts, by its own clock */
    int viewers;
    bool camera_off;
    struct room_streams streams;
    int64_t due_us; /* when it counts as gone */
    bool earlier;   /* than our own record, in the broker's order */
};

struct mqtt_room {
    char *name;
    enum mqtt_role role;                 /* ours */
    bool unconfirmed;                    /* we are broadcaster, if nobody was quicker */
    bool echoed;                         /* our own record has come back */
    bool contested;                      /* at the last sweep there was somebody with more right to it */
    GHashTable *hosts;                   /* address -> struct mqtt_host */
    GHashTable *viewers;                 /* address -> int64_t *, when it counts as gone; only for the host */
    uint64_t host_marker, viewer_marker; /* of the subscriptions; 0: none of its own */
    int64_t looked_us;
    GHashTable *told_viewers; /* addresses of whom the host was told */
    char *told;               /* the view that was last told, as text, or NULL */
};

struct mqtt_room *mqtt_room_create(const char *name);
void mqtt_room_destroy(gpointer room);

/* The host by the records of those that are present: of two users the one who came first, of one user's devices the one
 * that came last. NULL: none. */
const char *mqtt_room_find_host(const struct mqtt_room *room, const struct mqtt_presence *presence, const char *self);
/* Whether another user's record came before ours: of two who open at the same time, one finds that. */
bool mqtt_room_is_late(const struct mqtt_room *room, const struct mqtt_presence *presence, const char *self);
/* Our own record has come back. */
void mqtt_room_take_echo(struct mqtt_room *room, const char *self, const char *text, size_t length);
/* Takes in another's record, if it is one and not too many; NULL text: it is deleted. Whether something changed. */
bool mqtt_room_take_host(struct mqtt_room *room, const char *address, const char *text, size_t length, int64_t due_us);
bool mqtt_room_take_viewer(struct mqtt_room *room, const char *address, bool there, int64_t due_us);
/* Forgets overdue records, except those of `self`. Whether there were any. */
bool mqtt_room_expire(struct mqtt_room *room, const char *self, int64_t now_us);
bool mqtt_room_concerns(const struct mqtt_room *room, const char *user);

#endif
