/* What rooms.c (the rooms, entered and connected), rooms_streams.c (watched by a stream), rooms_local.c (that are no
 * hub's) and rooms_zap.c (from one to another) share. Private to them. */
#ifndef CALLAPI_APP_AGENT_ROOMS_PARTS_H
#define CALLAPI_APP_AGENT_ROOMS_PARTS_H

#include "app/agent/room_ring.h"
#include "app/agent/rooms.h"
#include "platform/deadline.h"

enum { RETRY_US = 1000000 }; /* between attempts to get (back) into a room */

struct zap {                      /* going from room to room */
    struct room_ring *ring;       /* what is live, to step around in */
    int64_t listed_us;            /* when that was told; 0: never */
    bool listing;                 /* asked for, not yet told */
    int steps;                    /* pressed, and waiting for the list */
    bool backwards;               /* the last press */
    struct live_room *target;     /* gone to, not yet there; NULL: none */
    struct live_room *left;       /* seen until the new one has a picture; NULL: none */
    int64_t give_up_at_us;        /* the target */
    struct agent_zap_times times; /* of the last press */
};

enum own_room { OWN_ROOM_CLOSED, OWN_ROOM_OPEN, OWN_ROOM_CAMERA_ON, OWN_ROOM_CAMERA_OFF };

struct rooms {
    struct signal_client *signal;
    struct sessions *sessions;
    enum call_party party;
    const struct rooms_ops *ops;
    void *user_data;

    GPtrArray *all;            /* struct live_room, owned */
    struct live_room *watched; /* one of them; NULL: pure 1v1 */
    int warm;                  /* so many beside it are kept connected */
    struct zap zap;
    GStrv urls; /* of local rooms, and what they are called, one by one; NULL: they are a hub's */
    GStrv names;
    char *call, *ca_file, *token;
    struct feed_config feed;     /* what all streams have */
    struct room_streams carried; /* by a broadcaster's own */
    /* Broadcaster: granted by the signalling, on this connection; and what it was told then. */
    enum own_room own;
};

/* ---- rooms.c ---- */

struct live_room *rooms_add(struct rooms *rooms, const char *name); /* to be entered */
struct live_room *rooms_find(const struct rooms *rooms, const char *name);
void rooms_enter(struct rooms *rooms, struct live_room *room);
/* Leaves it, and forgets all about it: one that is not watched. */
void rooms_leave(struct rooms *rooms, struct live_room *room);
void rooms_tell_watched(struct rooms *rooms);

/* ---- rooms_local.c ---- */

/* The rooms are these streams; the first one is watched. */
void rooms_open_streams(struct rooms *rooms, const struct agent_streams *streams);
/* A room that was just made is that stream, where there is one of its name. */
void rooms_make_local(struct live_room *room);

/* ---- rooms_streams.c ---- */

/* What the signalling says of its streams. */
void rooms_take_streams(struct live_room *room, const struct signal_room *news);
/* When it is due: a stream of it is opened, or the next one tried. */
void rooms_pull(struct live_room *room, int64_t now_us);
/* There is no connection, or not any more. */
void rooms_pull_now(struct live_room *room);
void rooms_close_feed(struct live_room *room);

/* ---- rooms_zap.c ---- */

/* Rooms that are to be kept beside the watched one are entered, others left. */
void rooms_choose_beside(struct rooms *rooms);

/* A room beside the watched one was connected, or its stream is there: it waits, unless it was gone to. */
void rooms_beside_connected(struct rooms *rooms, struct live_room *room);
void rooms_give_up(struct rooms *rooms, struct live_room *room, const char *why);
void rooms_zap_poll(struct rooms *rooms, int64_t now_us);
int64_t rooms_zap_deadline(const struct rooms *rooms);

#endif
