#include "engine/picture/fit.h"

#include <glib.h>
#include <string.h>

#include "engine/media/objects.h"
#include "engine/picture/scaler.h"

struct picture_fit {
    int width, height;
    struct picture_scaler *scaler;
    AVFrame *scaled, *inside;        /* `inside`: the part of `scaled` between the bars */
    int inside_width, inside_height; /* of the last picture */
};

struct picture_fit *picture_fit_create(int width, int height)
{
    struct picture_fit *fit = g_new0(struct picture_fit, 1);
    fit->width = width;
    fit->height = height;
    fit->scaler = picture_scaler_create();
    fit->scaled = frame_new();
    fit->inside = frame_new();
    return fit;
}

void picture_fit_destroy(struct picture_fit *fit)
{
    if (!fit)
        return;
    av_frame_free(&fit->scaled);
    av_frame_free(&fit->inside);
    picture_scaler_destroy(fit->scaler);
    g_free(fit);
}

static void clear_to_black(AVFrame *frame)
{
    memset(frame->data[0], 16, (size_t)frame->linesize[0] * (size_t)frame->height);
    memset(frame->data[1], 128, (size_t)frame->linesize[1] * (size_t)(frame->height / 2));
    memset(frame->data[2], 128, (size_t)frame->linesize[2] * (size_t)(frame->height / 2));
}

static bool prepare_scaled(struct picture_fit *fit, struct colour colour)
{
    AVFrame *frame = fit->scaled;
    colour_set(frame, colour);
    if (frame->data[0])
        return av_frame_make_writable(frame) >= 0;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = fit->width;
    frame->height = fit->height;
    if (av_frame_get_buffer(frame, 0) < 0)
        return false;
    clear_to_black(frame);
    return true;
}

/* Where in the stream's picture this one goes. */
static void place(const AVFrame *frame, AVFrame *to)
{
    int w = to->width, h = to->height;
    if ((int64_t)frame->width * h > (int64_t)frame->height * w)
        h = MAX((int)((int64_t)w * frame->height / frame->width) & ~1, 2);
    else
        w = MAX((int)((int64_t)h * frame->width / frame->height) & ~1, 2);
    to->crop_left = (size_t)((to->width - w) / 2 & ~1);
    to->crop_top = (size_t)((to->height - h) / 2 & ~1);
    to->crop_right = (size_t)(to->width - w) - to->crop_left;
    to->crop_bottom = (size_t)(to->height - h) - to->crop_top;
    av_frame_apply_cropping(to, AV_FRAME_CROP_UNALIGNED);
}

static bool fits(const struct picture_fit *fit, const AVFrame *frame, struct colour colour)
{
    return frame->format == AV_PIX_FMT_YUV420P && frame->width == fit->width && frame->height == fit->height &&
           colour_equal(colour_of_picture(frame), colour);
}

const AVFrame *picture_fit(struct picture_fit *fit, const AVFrame *frame, struct colour colour)
{
    if (fits(fit, frame, colour))
        return frame;
    AVFrame *inside = fit->inside;
    bool good = prepare_scaled(fit, colour) && av_frame_ref(inside, fit->scaled) >= 0;
    if (!good)
        return NULL;
    place(frame, inside);
    if (inside->width != fit->inside_width || inside->height != fit->inside_height)
        clear_to_black(fit->scaled); /* the bars are elsewhere now */
    fit->inside_width = inside->width;
    fit->inside_height = inside->height;
    good = picture_scale(fit->scaler, frame, inside);
    av_frame_unref(inside);
    return good ? fit->scaled : NULL;
}
