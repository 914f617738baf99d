/* The packets of a live stream, read by a thread of its own, because libavformat's reads block. The thread opens the
 * stream, reads it, and opens it again whenever it ends, with patience in between; what it has goes into a bounded
 * mailbox. Destroying a reader never waits for it: a thread that hangs frees what is left when it comes back. */
#ifndef CALLAPI_ENGINE_STREAM_READER_H
#define CALLAPI_ENGINE_STREAM_READER_H

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

#include "engine/stream/address.h"
#include "engine/stream/timeline.h"
#include "engine/stream/trouble.h"

struct stream_reader;

struct stream_reader_config {
    const struct stream_address *address; /* copied */
    const char *ca_file;                  /* authorities to trust in place of the system's; NULL: the system's */
    /* There is something to take; from the reader's thread. It is called no more once stream_reader_destroy returns. */
    void (*posted)(void *user_data);
    void *user_data;
};

enum stream_news {
    STREAM_OPENED,     /* the stream begins, perhaps anew: its times may be any */
    STREAM_PARAMETERS, /* what the packets of `track` are from now on */
    STREAM_PACKET,     /* H.264 as Annex B; pts and dts in microseconds of the container's clock */
    STREAM_OVERRUN,    /* packets were left out, since nobody took them: the next picture's is a key frame */
    STREAM_FAILED,     /* it ended, or could not be opened; it is tried again */
};

struct stream_item {
    enum stream_news news;
    enum stream_track track;
    AVPacket *packet;
    AVCodecParameters *parameters;
    int64_t came_us; /* g_get_monotonic_time */
    bool in_pieces;  /* of STREAM_OPENED: it comes in pieces of some seconds */
    struct stream_trouble trouble;
};

/* Begins at once. */
struct stream_reader *stream_reader_create(const struct stream_reader_config *config);
void stream_reader_destroy(struct stream_reader *reader); /* takes NULL */

/* The next one, to be freed by stream_item_free; NULL: nothing there. */
struct stream_item *stream_reader_take(struct stream_reader *reader);
void stream_item_free(struct stream_item *item); /* takes NULL */

/* What is to be tried again is tried now: the network is another one. */
void stream_reader_retry(struct stream_reader *reader);
/* Opens the stream anew, so that it begins where the server lets it begin. */
void stream_reader_reopen(struct stream_reader *reader);
/* The machine slept: what there was of a connection is dead, and old. */
void stream_reader_awoke(struct stream_reader *reader);

#endif
