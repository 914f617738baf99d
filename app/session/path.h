/* When to do something about a connection over which nothing comes any more. Pure: times and counters are passed in. */
#ifndef CALLAPI_APP_SESSION_PATH_H
#define CALLAPI_APP_SESSION_PATH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct session_path {
    int64_t heard_us;        /* when something last came */
    int64_t flowing_us;      /* when it last came as often as media do */
    int64_t counted_us;      /* of what follows */
    uint64_t received;       /* packets and reports in all */
    uint64_t media, counted; /* packets in all; at counted_us */
    bool silent;
    int64_t attempt_at_us; /* the next */
    int64_t attempted_us;  /* the last; 0: none */
    int found;             /* restarts of this silence that found a way */
};

enum session_path_news {
    SESSION_PATH_NOTHING,
    SESSION_PATH_SILENT, /* nothing comes any more */
    SESSION_PATH_BACK,
    SESSION_PATH_RESTART, /* now */
    SESSION_PATH_ANEW,    /* there is a way and still nothing comes: make the connection anew */
    SESSION_PATH_LOST,    /* for so long that nobody will come back */
};

void session_path_init(struct session_path *path, int64_t now_us);
/* `media`, `reports`: packets of media, and of what is said about ours, so far. Reports tell that there is a way, but
 * their stream dries up with ours: it is no silence when many of them came. `first`: whether this side is the one that
 * begins where both notice. To be called every SESSION_PATH_CHECK_US, and again until there is nothing. */
enum { SESSION_PATH_CHECK_US = 100000 };
enum session_path_news session_path_check(struct session_path *path, uint64_t media, uint64_t reports, bool first,
                                          int64_t now_us);
/* Before there is a connection, likewise: what the system has told of the network is not among what is tried, so that
 * it is to be made anew where it does not come about within half a second. */
enum session_path_news session_path_check_connecting(struct session_path *path, int64_t now_us);
/* The system says that the network changed: restart at once, whatever still comes. */
void session_path_changed(struct session_path *path, int64_t now_us);
/* The other side asks for a restart: at once, unless one has just begun. */
void session_path_asked(struct session_path *path, int64_t now_us);
/* A restart found a way. Before that only the network is at fault, and the old connection is back with it sooner than a
 * new one. */
void session_path_found(struct session_path *path);
/* Signalling is back: what could not be sent can be now. */
void session_path_retry(struct session_path *path, int64_t now_us);

#endif
