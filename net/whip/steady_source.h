/* A source that stays while the one behind it is exchanged: who started it gets the packets of whichever is there, with
 * time stamps that go on, and a loss where one ended and the next began. */
#ifndef CALLAPI_NET_WHIP_STEADY_SOURCE_H
#define CALLAPI_NET_WHIP_STEADY_SOURCE_H

#include "engine/media/media.h"

enum { STEADY_STREAMS = 2 }; /* video, audio */

struct steady_source;

struct steady_stream {
    struct packet_sink sink;  /* stands before `next` */
    struct packet_sink *next; /* whoever started us; borrowed; NULL: nobody wants it */
    bool fresh;               /* nothing of the present source has come yet */
    bool any;                 /* something has come before */
    int64_t offset;           /* of the time stamps that we give to those that come, in `time_base` */
    int64_t last_pts, last_us;
};

struct steady_source {
    struct source source;
    struct source *present; /* borrowed; NULL: none */
    bool started;
    struct steady_stream streams[STEADY_STREAMS];
    AVPacket *scratch;                /* owned */
    void (*arrived)(void *user_data); /* the first packet of the present source is there */
    void *user_data;
};

void steady_source_init(struct steady_source *steady, void (*arrived)(void *user_data), void *user_data);
void steady_source_finish(struct steady_source *steady);
/* Another source (borrowed) from now on, or NULL: none. */
void steady_source_set(struct steady_source *steady, struct source *present);

#endif
