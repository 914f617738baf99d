/* One open video decoder whose streams may change: hardware first where one was proved, on a thread of its own; else
 * software in the loop, without delay. Where hardware fails, hangs or gives other pictures than the stream has,
 * software takes over, with one line on the log. Shows only good pictures: after a loss, a flush or a start in the
 * middle nothing comes out until the next key frame. */
#ifndef CALLAPI_ENGINE_VIDEO_DECODER_H
#define CALLAPI_ENGINE_VIDEO_DECODER_H

#include <glib.h>

#include "engine/media/media.h"

struct video_decoder;

struct video_decoder_listener {
    /* Nothing can be shown until a key frame comes; called at each packet that had to be dropped for it. */
    void (*key_frame_needed)(void *user_data);
    void *user_data;
};

struct video_decoder_stats {
    uint64_t decoded, dropped, errors;
    uint64_t key_frames; /* of the packets that were decoded */
    uint64_t fallbacks;  /* how often software had to take over from hardware */
    int64_t decode_us;   /* spent on that */
    int64_t in_loop_us;  /* of the processor's time, in the loop: in software, with what is done to the pictures */
    bool
        unplayable; /* the current stream: its codec is not known here, or key frame after key frame gives no picture */
};

/* H.264 and VP8 decoders are opened here, so that no stream's first picture waits for it; another codec's with each
 * stream, by what its parameters say. `next` gets YUV420P, YUVJ420P or NV12 in main memory, colour space and range set,
 * of square pixels and whole frames (engine/picture/filter.h). `loop`: hardware that
 * was proved is tried, and its pictures come from this context's dispatch (borrowed); NULL: software alone, whose
 * pictures come while the packet is pushed. Of a packet with AV_PKT_FLAG_DISCARD no picture comes: it is decoded for
 * those that refer to it. NULL, logged, where FFmpeg lacks both decoders. */
struct video_decoder *video_decoder_create(GMainContext *loop, struct frame_sink *next,
                                           const struct video_decoder_listener *listener);
void video_decoder_destroy(struct video_decoder *decoder);

struct packet_sink *video_decoder_sink(struct video_decoder *decoder);
/* Another stream follows: what the decoder holds is forgotten (nothing of the old stream comes out any more), and it
 * waits for a key frame. The codec stays open. */
void video_decoder_flush(struct video_decoder *decoder);
/* For reports: "h264 (software)", "h264 (vaapi)". Valid until a stream of another codec begins. */
const char *video_decoder_name(const struct video_decoder *decoder);
struct video_decoder_stats video_decoder_stats(const struct video_decoder *decoder);

#endif
