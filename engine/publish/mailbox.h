/* What a publisher's thread is to write: encoded packets in the order in which they came, bounded. Where the network
 * does not take them, all that waits is dropped, and pictures go on with the next key frame: what a player gets late is
 * worth nothing to it, and pictures in between refer to those that are gone. */
#ifndef CALLAPI_ENGINE_PUBLISH_MAILBOX_H
#define CALLAPI_ENGINE_PUBLISH_MAILBOX_H

#include <glib.h>
#include <libavcodec/packet.h>
#include <stdbool.h>

/* The two streams of a publishing, as libavformat numbers them. */
enum publish_stream { PUBLISH_VIDEO, PUBLISH_AUDIO, PUBLISH_STREAMS };

enum {
    MAILBOX_US = 3000000, /* of time: more than a group of pictures */
    MAILBOX_BYTES = 8 << 20,
};

/* Not locked by itself: its owner's lock guards it. */
struct mailbox {
    GQueue packets; /* AVPacket *, owned; stream_index is set */
    size_t bytes;
    bool open;      /* false: what comes is dropped */
    bool begun;     /* a key frame has come since it was opened: sound before it is of no use */
    bool skips;     /* until the next key frame */
    unsigned drops; /* how often it overflowed since it was opened */
};

/* Empty, and takes what comes from the next key frame on; or takes nothing. */
void mailbox_set_open(struct mailbox *mailbox, bool open);
/* Keeps a reference to `packet`. */
void mailbox_post(struct mailbox *mailbox, enum publish_stream stream, const AVPacket *packet);
/* The caller's to free; NULL: there is none. */
AVPacket *mailbox_take(struct mailbox *mailbox);

#endif
