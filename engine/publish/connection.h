/* One connection of a publisher's thread: libavformat's muxer and what is under it. Each call blocks, but no longer
 * than the interrupt callback lets it, and returns 0 or libavformat's error, after which it can only be closed. */
#ifndef CALLAPI_ENGINE_PUBLISH_CONNECTION_H
#define CALLAPI_ENGINE_PUBLISH_CONNECTION_H

#include <libavformat/avformat.h>

#include "engine/publish/mailbox.h"

struct connection_config {
    const char *url;
    const char *ca_file; /* NULL: the system's */
    AVIOInterruptCB interrupt;
};

struct connection;

/* Whether the server is told what the stream is when it is connected to (RTSP's ANNOUNCE, RFC 2326, 10.3): by
 * connection_begin, then, and connection_open does nothing yet. */
bool connection_announces(const char *url);

/* Connects. */
int connection_open(const struct connection_config *config, struct connection **connection);
/* What is published; the video's extradata are its parameter sets. parameters[PUBLISH_AUDIO] may be NULL: no sound.
 * They are copied. */
int connection_begin(struct connection *connection, AVCodecParameters *const parameters[PUBLISH_STREAMS]);
/* Of the first picture, a key frame, the time becomes the stream's zero; sound from before is left out. Times are in
 * microseconds. Takes the packet's data. */
int connection_write(struct connection *connection, AVPacket *packet);
/* Says goodbye, where the interrupt callback still lets it. Takes NULL. */
void connection_close(struct connection *connection);

#endif
