/* What the thread of a hardware encoder does: pictures in, packets out, one for each. */
#ifndef CALLAPI_ENGINE_VIDEO_ENCODER_WORK_H
#define CALLAPI_ENGINE_VIDEO_ENCODER_WORK_H

#include "engine/video/codec_thread.h"
#include "engine/video/hardware.h"

struct encoder_work_config {
    const struct hardware_encoder *row;
    int width, height;
    double fps;
    int64_t bit_rate; /* bit/s, as long as no picture says otherwise */
    struct colour colour;
};

/* For codec_thread_config. Items: frames in, YUV420P of that size with pts in microseconds, AV_PICTURE_TYPE_I for a key
 * frame, and the bit rate that is wanted from it on; packets out, in 1/1000000, H.264 with SPS and PPS before each IDR,
 * and what the stream is before the first of each opening.
 *
 * An encoder follows another bit rate as its row says; where that begins with a key frame, or it has to be opened for
 * it, by large steps only, and by smaller ones where a key frame is due anyway. */
extern const struct codec_ops encoder_work_ops;
void *encoder_work_create(const struct encoder_work_config *config);

#endif
