/* Whether the pictures of a hardware decoder are those of the stream: every key frame is decoded in software, too, and
 * both are compared. A picture in between can be of another size, have planes that do not lie in its memory, or be
 * memory that nobody wrote (green). For the thread of the codec: it takes some milliseconds for a key frame. */
#ifndef CALLAPI_ENGINE_PICTURE_CHECK_H
#define CALLAPI_ENGINE_PICTURE_CHECK_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct picture_check;

/* Of AV_CODEC_ID_H264 or AV_CODEC_ID_VP8. */
struct picture_check *picture_check_create(enum AVCodecID codec);
void picture_check_destroy(struct picture_check *check); /* takes NULL */

/* A key frame that the decoder was given: it is decoded when its picture is compared. */
void picture_check_key(struct picture_check *check, const AVPacket *packet);
void picture_check_flush(struct picture_check *check); /* its picture does not come any more */

/* Whether the planes of a picture in main memory lie in the memory that it says: before anybody reads it. */
bool picture_check_memory(const AVFrame *frame);
/* Whether it can be one of the stream. */
bool picture_check_looks(const struct picture_check *check, const AVFrame *frame);
/* Whether it is the last key frame's, and was not compared yet. */
bool picture_check_is_key(const struct picture_check *check, const AVFrame *frame);
/* No picture of this size was compared yet: this one should be before it is shown. */
bool picture_check_is_new(const struct picture_check *check, const AVFrame *frame);
/* The key frame's picture: false where software makes another one of it. `frame` is cut to the stream's size. */
bool picture_check_compare(struct picture_check *check, AVFrame *frame);
/* Cuts what the driver added to fill its blocks, as it was found by comparing. */
void picture_check_cut(const struct picture_check *check, AVFrame *frame);

#endif
