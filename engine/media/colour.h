/* What the numbers of a picture mean, its matrix and its range (ITU-T H.273): it travels with each picture from the
 * capture to the texture, in AVFrame's `colorspace` and `color_range`; this fills in what they leave open. */
#ifndef CALLAPI_ENGINE_MEDIA_COLOUR_H
#define CALLAPI_ENGINE_MEDIA_COLOUR_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct colour {
    enum AVColorSpace matrix; /* AVCOL_SPC_RGB of RGB; never unspecified */
    bool full;                /* range: 0 to 255, not 16 to 235 */
};

struct colour colour_of_picture(const AVFrame *frame);
void colour_set(AVFrame *frame, struct colour colour);
/* Of what nobody tags: BT.601 up to 576 lines, BT.709 above, as browsers take it. Limited range. */
struct colour colour_by_height(int height);
/* In which pictures of `colour` are sent, the same at every size: limited range; in H.264 their own matrix, BT.709
 * where that is neither of the two usual ones; in VP8 BT.601, which is all that it has (RFC 6386, 9.2). */
struct colour colour_to_send(struct colour colour, enum AVCodecID codec);
/* Tells an encoder that is not open yet. */
void colour_tag(AVCodecContext *context, struct colour colour);
bool colour_equal(struct colour a, struct colour b);

/* The format without the range in its name: YUVJ420P is YUV420P. */
enum AVPixelFormat colour_plain_format(enum AVPixelFormat format);

#endif
