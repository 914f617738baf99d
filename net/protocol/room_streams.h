/* The live streams that a room may be watched by instead of a connection from its broadcaster, as hub and clients say
 * it (net/protocol/PROTOCOL.md): members "streams" and "direct" of a JSON object. Pure. */
#ifndef CALLAPI_NET_PROTOCOL_ROOM_STREAMS_H
#define CALLAPI_NET_PROTOCOL_ROOM_STREAMS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

enum {
    ROOM_STREAMS_MAX = 4,       /* of one room */
    ROOM_STREAM_BYTES = 512,    /* of an address */
    ROOM_STREAMS_DIRECT = 8,    /* where nothing else is said */
    ROOM_STREAMS_MOST = 100000, /* that can be said */
};

struct room_streams {
    char **urls; /* addresses, best first; NULL: none, and everybody is given a connection */
    int direct;  /* to so many viewers their broadcaster offers a connection all the same */
};

/* Whether others may be given it: a scheme of the network that a player knows (rtsp, rtsps, rtmp, rtmps, http, https,
 * srt, udp, rtp, whep, wheps), printable ASCII, no file of the reader's own machine. */
bool room_stream_is_valid(const char *url);

/* NULL, or what is wrong with these members of `said`, in words. */
const char *room_streams_fault(const cJSON *said);
/* What `said` holds of them, none where that is at fault. room_streams_clear it. */
struct room_streams room_streams_read(const cJSON *said);
/* Adds them, where there are any. */
void room_streams_write(const struct room_streams *streams, cJSON *object);
struct room_streams room_streams_copy(const struct room_streams *streams);
bool room_streams_equal(const struct room_streams *a, const struct room_streams *b);
void room_streams_clear(struct room_streams *streams);

#endif
