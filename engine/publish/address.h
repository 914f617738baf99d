/* Where a stream is published: an address as people paste it, with its secrets in it. Pure. */
#ifndef CALLAPI_ENGINE_PUBLISH_ADDRESS_H
#define CALLAPI_ENGINE_PUBLISH_ADDRESS_H

#include <stdbool.h>

/* Who carries it. A kind more is a row in address.c and a case where publishers are opened
 * (app/endpoint). */
enum publish_kind {
    PUBLISH_UNKNOWN,
    PUBLISH_CONTAINER, /* libavformat: publish_writer_create */
    PUBLISH_WHIP,      /* RFC 9725: whip_publisher_create */
};

/* As help and complaints name what is known. */
#define PUBLISH_ADDRESSES                                                                                              \
    "rtmp://HOST/APP/KEY, rtmps://..., whip://HOST/PATH, whips://..., srt://HOST:PORT, rtsp://HOST/PATH, "             \
    "rtsps://..., udp://HOST:PORT or file:PATH"

enum publish_kind publish_kind_of(const char *url);
/* Of a PUBLISH_CONTAINER: libavformat's name of the container. */
const char *publish_format(const char *url);
/* Without anything that could be a secret: scheme, host and port; g_free it. A stream key is part of the path or of the
 * query, a password stands before the host. Where it can not be told where the host begins, only the scheme; where
 * there is no scheme, nothing of it. */
char *publish_words(const char *url);

#endif
