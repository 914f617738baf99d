/* The live rooms: who broadcasts, who watches. Pure: members are device addresses; who is to be told what comes out
 * through hub_rooms_tell, after the change is stored. That callback must not change the rooms. */
#ifndef CALLAPI_NET_HUB_SERVICE_ROOMS_H
#define CALLAPI_NET_HUB_SERVICE_ROOMS_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

#include "net/protocol/hub_protocol.h"
#include "net/protocol/room_streams.h"

struct hub_rooms;

/* Tells the device at `to`, or, where it is NULL, whoever watches the directory: {"notice":"room","room":{...}} or
 * {"notice":"viewer",...} (borrowed). */
typedef void (*hub_rooms_tell)(void *user_data, const char *to, const cJSON *notice);

/* What an operation says: HUB_OK, or an error and `message`, its words (g_free it). */
struct hub_outcome {
    enum hub_error error;
    char *message;
};

/* What the device at `address` is called, borrowed; NULL: nothing. */
typedef const char *(*hub_rooms_namer)(void *user_data, const char *address);

/* What a broadcaster says of her room: members of her request, NULL where it has none. */
struct hub_room_news {
    const cJSON *state;  /* "live" or "private" */
    const cJSON *camera; /* false: it is off */
    const cJSON *said;   /* all of it, for the streams that it carries (room_streams.h) */
};

struct hub_rooms *hub_rooms_create(hub_rooms_tell tell, void *user_data);
/* Asked whenever a room is described, with the user_data above; else rooms tell no names. */
void hub_rooms_name_hosts(struct hub_rooms *rooms, hub_rooms_namer namer);
/* How many rooms one device may have open and watch; before it is said, the defaults of HUB_LIMITS. */
void hub_rooms_limit(struct hub_rooms *rooms, int open, int joined);
void hub_rooms_destroy(struct hub_rooms *rooms); /* takes NULL; tells nobody */

/* `who` is a device address; a room of which nothing else is said is live, its camera on. Room names are checked here.
 * Notices wait for hub_rooms_flush, so that the acknowledgement can be sent first. */
struct hub_outcome hub_rooms_open(struct hub_rooms *rooms, const char *room, const char *who,
                                  struct hub_room_news news);
struct hub_outcome hub_rooms_close(struct hub_rooms *rooms, const char *room, const char *who);
/* What is not said stays as it is. */
struct hub_outcome hub_rooms_change(struct hub_rooms *rooms, const char *room, const char *who,
                                    struct hub_room_news news);
struct hub_outcome hub_rooms_join(struct hub_rooms *rooms, const char *room, const char *who);
struct hub_outcome hub_rooms_leave(struct hub_rooms *rooms, const char *room, const char *who);
bool hub_rooms_watches(const struct hub_rooms *rooms, const char *room, const char *who);
/* Its broadcaster's device address, borrowed; NULL while there is none, or no such room. */
const char *hub_rooms_host(const struct hub_rooms *rooms, const char *room);
/* Is the device in any room, as broadcaster or audience? */
bool hub_rooms_has_member(const struct hub_rooms *rooms, const char *who);
/* May the device `from` call the device `to`? Of a live room the audience calls, and only its broadcaster is called;
 * who is in no room calls whoever is in none. */
bool hub_rooms_may_call(const struct hub_rooms *rooms, const char *from, const char *to);
/* What the device is called is another name now. */
void hub_rooms_host_renamed(struct hub_rooms *rooms, const char *who);
/* The device is gone: closes and leaves everything. */
void hub_rooms_forget(struct hub_rooms *rooms, const char *who);

/* Tells everybody what the operations since the last flush changed, in their order. How many watch a crowded room waits
 * for hub_rooms_count_crowds: a thousand who come one after the other would be a million messages. */
void hub_rooms_flush(struct hub_rooms *rooms);
bool hub_rooms_crowd_waits(const struct hub_rooms *rooms);
/* Once in a while: tells the crowds how many they are. */
void hub_rooms_count_crowds(struct hub_rooms *rooms);

/* New object, or NULL where there is no such room. */
cJSON *hub_rooms_describe(const struct hub_rooms *rooms, const char *room);
unsigned hub_rooms_count(const struct hub_rooms *rooms);
cJSON *hub_rooms_list(const struct hub_rooms *rooms); /* at most HUB_LIST_MAX */

#endif
