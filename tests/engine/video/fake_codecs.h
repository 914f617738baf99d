/* Hardware codecs that misbehave, at the boundary of FFmpeg: fake_codecs.c has functions of libavcodec of its own,
 * which a program that is linked with it calls in place of FFmpeg's. Under the names of V4L2's H.264 codecs
 * (h264_v4l2m2m) they make one of software, and let it do what fake_codecs_set says; all others are passed on. */
#ifndef CALLAPI_TESTS_FAKE_CODECS_H
#define CALLAPI_TESTS_FAKE_CODECS_H

#include <stdbool.h>
#include <stdint.h>

enum fake_behaviour {
    FAKE_WELL,
    FAKE_ASYNCHRONOUS, /* each comes by itself, some milliseconds later */
    FAKE_SLOW,         /* it takes some milliseconds for each */
    FAKE_IN_DEVICE,    /* pictures are in device memory (`device`) */
    FAKE_PADDED,       /* and have rows and columns that fill blocks */
    FAKE_MISSING,      /* there is none */
    FAKE_OPEN_FAILS,
    FAKE_OPEN_HANGS,
    FAKE_SEND_HANGS,
    FAKE_RECEIVE_HANGS,
    FAKE_DOWNLOAD_HANGS,
    FAKE_DOWNLOAD_FAILS,
    FAKE_TAKES_SIXTEEN, /* then it is full */
    FAKE_SWALLOWS,      /* takes all, and gives nothing */
    FAKE_HOLDS,         /* `held` of them, until others follow */
    FAKE_HOLDS_ALL,     /* until it is drained */
    FAKE_FAILS,
    FAKE_WRONG_STRIDE,
    FAKE_WILD_STRIDE, /* beyond its memory */
    FAKE_GREEN,
    FAKE_SIZE,           /* half of it */
    FAKE_HEADERS_BESIDE, /* encoder: SPS and PPS only in its extradata */
    FAKE_HEADERS_ONCE,   /* encoder: in a packet of their own, before the first */
    FAKE_HEADERS_NEVER,
};

struct fake_codecs {
    enum fake_behaviour behaviour;
    int after;    /* pictures that come out well before it begins */
    int held;     /* FAKE_HOLDS */
    int device;   /* AVPixelFormat of FAKE_IN_DEVICE and FAKE_DOWNLOAD_...: AV_PIX_FMT_VAAPI and so on */
    bool control; /* its V4L2 controls can be set */
    bool nvenc;   /* it is h264_nvenc in place of V4L2's */
};

struct fake_seen { /* since fake_codecs_set */
    int opened, closed;
    int bit_rate, repeat_headers, interval; /* by controls */
    int context_bit_rate;                   /* of an encoder's context, at its last picture */
};

/* Of codecs that are opened from now on. */
void fake_codecs_set(struct fake_codecs settings);
struct fake_seen fake_codecs_seen(void);

#endif
