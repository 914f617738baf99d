/* What goes into a codec on a thread of its own (codec_thread.h), and what comes out of it. */
#ifndef CALLAPI_ENGINE_VIDEO_CODEC_ITEM_H
#define CALLAPI_ENGINE_VIDEO_CODEC_ITEM_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

/* A packet or a frame, owned; neither: what went in was damaged. */
struct codec_item {
    AVPacket *packet;
    AVFrame *frame;
    AVCodecParameters *parameters; /* of an encoder: what the stream is from this packet on; NULL: as before */
    int64_t bit_rate;              /* for an encoder: to be kept from this frame on, bit/s */
    int64_t spent_us;              /* by the codec, since its last item */
    bool key;                      /* a key frame's picture */
    bool from_device;              /* it was in the device's memory */
};
struct codec_item *codec_item_new(AVPacket *packet, AVFrame *frame); /* takes them */
void codec_item_free(struct codec_item *item);                       /* takes NULL */

#endif
