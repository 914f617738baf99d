#include "engine/media/colour.h"

#include <libavutil/pixdesc.h>

enum { SD_LINES = 576 };

static const struct {
    enum AVPixelFormat named, plain;
} full_by_name[] = {
    { AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P }, { AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P },
    { AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P }, { AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P },
    { AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P },
};

enum AVPixelFormat colour_plain_format(enum AVPixelFormat format)
{
    for (size_t i = 0; i < sizeof full_by_name / sizeof *full_by_name; i++)
        if (full_by_name[i].named == format)
            return full_by_name[i].plain;
    return format;
}

struct colour colour_by_height(int height)
{
    return (struct colour){ height > SD_LINES ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M, false };
}

static bool is_rgb(int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    return descriptor && descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

struct colour colour_of_picture(const AVFrame *frame)
{
    if (is_rgb(frame->format))
        return (struct colour){ AVCOL_SPC_RGB, true };
    struct colour colour = colour_by_height(frame->height);
    colour.full = frame->color_range == AVCOL_RANGE_JPEG || colour_plain_format(frame->format) != frame->format;
    if (frame->colorspace == AVCOL_SPC_BT470BG) /* the same numbers */
        colour.matrix = AVCOL_SPC_SMPTE170M;
    else if (frame->colorspace != AVCOL_SPC_UNSPECIFIED && frame->colorspace != AVCOL_SPC_RGB)
        colour.matrix = frame->colorspace;
    return colour;
}

void colour_set(AVFrame *frame, struct colour colour)
{
    frame->colorspace = colour.matrix;
    frame->color_range = colour.full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

struct colour colour_to_send(struct colour colour, enum AVCodecID codec)
{
    bool sd = codec == AV_CODEC_ID_VP8 || colour.matrix == AVCOL_SPC_SMPTE170M;
    return (struct colour){ sd ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709, false };
}

void colour_tag(AVCodecContext *context, struct colour colour)
{
    bool hd = colour.matrix == AVCOL_SPC_BT709;
    context->color_range = colour.full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context->colorspace = colour.matrix;
    context->color_primaries = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    context->color_trc = hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
}

bool colour_equal(struct colour a, struct colour b)
{
    return a.matrix == b.matrix && a.full == b.full;
}
