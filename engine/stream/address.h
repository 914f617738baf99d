/* The address of a live stream, as people write it, and what libavformat has to know of it. */
#ifndef CALLAPI_ENGINE_STREAM_ADDRESS_H
#define CALLAPI_ENGINE_STREAM_ADDRESS_H

#include <libavformat/avformat.h>
#include <stdbool.h>

enum stream_pace {
    STREAM_PACE_LIVE,     /* what comes is shown at once; what turns out to come in pieces is taken as the next */
    STREAM_PACE_SEGMENTS, /* it comes in pieces of some seconds (HLS): shown at the pace of its time stamps */
    STREAM_PACE_FILE,     /* it can be read faster than it is to be shown */
};

struct stream_address {
    char *url;                   /* for libavformat; with credentials: never to be shown */
    char *shown;                 /* without them, for the log */
    char *name;                  /* for a person: its last part, or its host */
    const AVInputFormat *format; /* NULL: found out */
    enum stream_pace pace;
    bool rtsp;
};

/* rtsp(s), rtmp(s), http(s), srt, udp, rtp, file URLs, a path (of a film, or of a session's description: *.sdp), "-"
 * for standard input; "@FILE": what that file's first line says, so that a password is in no list of processes. In user
 * and password every character may stand as it is, or percent-encoded (RFC 3986, 2.1). False with words in `error`
 * (g_free it). stream_address_clear in any case. */
bool stream_address_parse(struct stream_address *address, const char *text, char **error);
void stream_address_clear(struct stream_address *address);

#endif
