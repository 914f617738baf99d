/* What the pipeline needs to know of an H.264 access unit without decoding it (ITU-T H.264, 7.3.1 and Annex B). */
#ifndef CALLAPI_ENGINE_VIDEO_H264_H
#define CALLAPI_ENGINE_VIDEO_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a decoder can begin with this Annex B access unit: its picture is an IDR, or a recovery point SEI message
 * (D.1.8) stands before it. Any bytes are allowed; what is no access unit is false. */
bool h264_starts_decoding(const uint8_t *data, size_t size);

/* Which of these are in it, or'ed together. */
enum h264_content {
    H264_SLICE = 1,
    H264_IDR = 2, /* a slice of one */
    H264_SPS = 4,
    H264_PPS = 8,
};
unsigned h264_contents(const uint8_t *data, size_t size);

#endif
