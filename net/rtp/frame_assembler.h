/* Puts a video stream's packets, which may come in any order, together to access units in the order of their sending.
 */
#ifndef CALLAPI_NET_RTP_FRAME_ASSEMBLER_H
#define CALLAPI_NET_RTP_FRAME_ASSEMBLER_H

#include <libavcodec/codec_id.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/rtp/rtp.h"

struct frame_assembler;

struct video_frame {
    const uint8_t *data; /* borrowed until the next call */
    size_t size;
    uint32_t timestamp;
    bool key;
    int width, height; /* of a VP8 key frame, else 0 */
    int orientation;   /* as the last of its packets that says one says; -1: none does */
};

enum frame_event {
    FRAME_NONE, /* nothing more until the next packet */
    FRAME_READY,
    FRAME_LOST,     /* what follows the last frame is gone; the next one will be a key frame */
    FRAME_UNUSABLE, /* one was complete, but a key frame is awaited and it was none */
};

struct frame_assembler *frame_assembler_create(void);
void frame_assembler_destroy(struct frame_assembler *assembler);

/* Forgets all packets; what comes is another stream, of which the first frame must be a key frame. Not announced by
 * FRAME_LOST. */
void frame_assembler_restart(struct frame_assembler *assembler, enum AVCodecID codec);
/* The next frame must be a key frame (somebody new looks on). Not announced by FRAME_LOST. */
void frame_assembler_await_key(struct frame_assembler *assembler);

/* Copies the packet; `sequence` is extended, so that it does not wrap. False: it is too late. */
bool frame_assembler_insert(struct frame_assembler *assembler, int64_t sequence, const struct rtp_packet *packet);
/* `sequence` and what is missing before it will not come. */
void frame_assembler_give_up(struct frame_assembler *assembler, int64_t sequence);
/* Call it after each of these three until FRAME_NONE. */
enum frame_event frame_assembler_next(struct frame_assembler *assembler, struct video_frame *frame);

/* The first sequence number that still matters. */
int64_t frame_assembler_position(const struct frame_assembler *assembler);
/* What is buffered, bounded by 1024 packets and 4 MiB. */
size_t frame_assembler_bytes(const struct frame_assembler *assembler);

#endif
