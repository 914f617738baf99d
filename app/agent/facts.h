/* What an agent has to say of itself: plain data that its parts make, and that whoever listens to it is given. */
#ifndef CALLAPI_APP_AGENT_FACTS_H
#define CALLAPI_APP_AGENT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

enum agent_link {
    AGENT_LINK_SIGNALLING_LOST,
    AGENT_LINK_SIGNALLING_BACK,
    AGENT_LINK_RECONNECTING, /* connected, and nothing comes from the other side */
    AGENT_LINK_RECONNECTED,
};

enum agent_status {
    AGENT_STATUS_WELL,
    AGENT_STATUS_NOT_ADMITTED, /* the hub does not let us in; it is tried again */
    AGENT_STATUS_OFFLINE,      /* no signalling; it is tried again */
    AGENT_STATUS_ROOM_REFUSED, /* by the hub, in its words; it is tried again */
    AGENT_STATUS_ROOM_UNPLAYABLE,
};

struct agent_quality {
    int level;                  /* 1 excellent, 2 good, 3 fair, 4 poor, 5 nothing comes */
    double round_trip_ms, loss; /* 0: unknown; of the packets of the last 2 s, 0 to 1 */
};

struct agent_person {  /* who is online */
    char *user, *name; /* name: "" where there is none, and the id is shown */
};

/* Going from room to room, the last time: g_get_monotonic_time, 0: not yet. */
struct agent_zap_times {
    int64_t pressed_us, gone_us, first_picture_us; /* gone: the new room is asked for its picture */
    bool warm;                                     /* it was connected already */
};

/* Live streams to watch that are no hub's rooms: a ring of rooms in this order. All borrowed. */
struct agent_streams {
    char **urls;       /* as stream_address_parse; at least one */
    const char *call;  /* whom the call button calls; NULL: nobody */
    const char *token; /* bearer token for those that are WHEP; NULL: none */
};

enum {
    AGENT_MAX_WARM = 8, /* a hub lets one connection join 16 rooms */
    AGENT_MAX_STEPS = 1000,
};

#endif
