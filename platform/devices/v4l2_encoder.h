/* The V4L2 memory-to-memory encoders (Linux' way to hardware codecs) that this process has open: FFmpeg opens them,
 * keeps their descriptors to itself, and sets few of their controls. None on other systems. */
#ifndef CALLAPI_PLATFORM_DEVICES_V4L2_ENCODER_H
#define CALLAPI_PLATFORM_DEVICES_V4L2_ENCODER_H

#include <stdbool.h>

/* One bit for each descriptor below V4L2_ENCODERS_SEEN that is such an encoder now. */
enum { V4L2_ENCODERS_SEEN = 4096 };
struct v4l2_encoders {
    unsigned char open[V4L2_ENCODERS_SEEN / 8];
};

/* Those that are open now. */
void v4l2_encoders_find(struct v4l2_encoders *found);
/* The one that has been opened since; -1: none, or not one alone. */
int v4l2_encoder_new(const struct v4l2_encoders *before);

enum v4l2_encoder_control {
    V4L2_ENCODER_BIT_RATE,           /* bit/s */
    V4L2_ENCODER_CONSTANT_BIT_RATE,  /* 1 */
    V4L2_ENCODER_REPEAT_HEADERS,     /* 1: SPS and PPS before each IDR */
    V4L2_ENCODER_KEY_FRAME_INTERVAL, /* pictures */
    V4L2_ENCODER_CONTROLS,
};
/* False where the driver does not know it or does not take the value; and for -1. */
bool v4l2_encoder_set(int descriptor, enum v4l2_encoder_control control, int value);

#endif
