/* SPS and PPS (ITU-T H.264, 7.3.2) before every IDR, whatever the encoder does: many of hardware tell them once, in a
 * packet of their own, or only beside the stream. Who joins later could decode nothing. */
#ifndef CALLAPI_ENGINE_VIDEO_H264_HEADERS_H
#define CALLAPI_ENGINE_VIDEO_H264_HEADERS_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct h264_headers;

enum h264_headers_result {
    H264_HEADERS_THERE, /* the packet is to be sent */
    H264_HEADERS_ALONE, /* there was nothing else in it: they will stand before the next picture */
    H264_HEADERS_MISSING,
};

struct h264_headers *h264_headers_create(void);
void h264_headers_destroy(struct h264_headers *headers); /* takes NULL */

/* The encoder was opened: what it says beside the stream (extradata as Annex B, or none) holds from now on. */
void h264_headers_open(struct h264_headers *headers, const AVCodecContext *encoder);
/* The next packet: gets them where it begins with an IDR and has none, and is marked as a key frame. */
enum h264_headers_result h264_headers_put(struct h264_headers *headers, AVPacket *packet);

#endif
