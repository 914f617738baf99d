#include "engine/picture/scaler.h"

#include <glib.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "engine/media/colour.h"

struct side {
    int width, height;
    enum AVPixelFormat format;
    struct colour colour;
};

struct picture_scaler {
    struct SwsContext *context; /* for these sides; NULL before the first picture */
    struct side from, to;
};

struct picture_scaler *picture_scaler_create(void)
{
    return g_new0(struct picture_scaler, 1);
}

void picture_scaler_destroy(struct picture_scaler *scaler)
{
    if (!scaler)
        return;
    sws_freeContext(scaler->context);
    g_free(scaler);
}

static struct side side_of(const AVFrame *frame)
{
    return (struct side){ frame->width, frame->height, colour_plain_format(frame->format), colour_of_picture(frame) };
}

static bool is_same(const struct side *a, const struct side *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           colour_equal(a->colour, b->colour);
}

static void describe(struct SwsContext *context, const struct side *from, const struct side *to)
{
    av_opt_set_int(context, "srcw", from->width, 0);
    av_opt_set_int(context, "srch", from->height, 0);
    av_opt_set_int(context, "src_format", from->format, 0);
    av_opt_set_int(context, "src_range", from->colour.full, 0);
    av_opt_set_int(context, "dstw", to->width, 0);
    av_opt_set_int(context, "dsth", to->height, 0);
    av_opt_set_int(context, "dst_format", to->format, 0);
    av_opt_set_int(context, "dst_range", to->colour.full, 0);
    av_opt_set_int(context, "sws_flags", SWS_FAST_BILINEAR, 0);
}

/* The ranges are there before it begins: of more than 8 bits libswscale takes no other later. */
static struct SwsContext *open_context(const struct side *from, const struct side *to)
{
    struct SwsContext *context = sws_alloc_context();
    if (!context)
        return NULL;
    describe(context, from, to);
    if (sws_init_context(context, NULL, NULL) < 0) {
        sws_freeContext(context);
        return NULL;
    }
    int to_matrix = (int)to->colour.matrix;
    int from_matrix = from->colour.matrix == AVCOL_SPC_RGB ? to_matrix : (int)from->colour.matrix;
    sws_setColorspaceDetails(context, sws_getCoefficients(from_matrix), from->colour.full,
                             sws_getCoefficients(to_matrix), to->colour.full, 0, 1 << 16, 1 << 16);
    return context;
}

bool picture_scale(struct picture_scaler *scaler, const AVFrame *from, AVFrame *to)
{
    struct side from_side = side_of(from), to_side = side_of(to);
    if (!scaler->context || !is_same(&scaler->from, &from_side) || !is_same(&scaler->to, &to_side)) {
        sws_freeContext(scaler->context);
        scaler->context = open_context(&from_side, &to_side);
        scaler->from = from_side;
        scaler->to = to_side;
    }
    return scaler->context && sws_scale(scaler->context, (const uint8_t *const *)from->data, from->linesize, 0,
                                        from->height, to->data, to->linesize) > 0;
}
