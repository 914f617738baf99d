#include "engine/picture/output.h"

#include <glib.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/filter.h"
#include "engine/picture/scaler.h"

struct picture_output {
    struct frame_sink *next;
    struct picture_filter *filter; /* of the stream; NULL: none yet */
    struct picture_scaler *scaler;
    AVFrame *filtered, *converted;
    int64_t spent_us;
};

struct picture_output *picture_output_create(struct frame_sink *next)
{
    struct picture_output *output = g_new0(struct picture_output, 1);
    output->next = next;
    output->scaler = picture_scaler_create();
    output->filtered = frame_new();
    output->converted = frame_new();
    return output;
}

void picture_output_destroy(struct picture_output *output)
{
    if (!output)
        return;
    picture_filter_destroy(output->filter);
    picture_scaler_destroy(output->scaler);
    av_frame_free(&output->filtered);
    av_frame_free(&output->converted);
    g_free(output);
}

void picture_output_open(struct picture_output *output, AVRational pixel_aspect)
{
    struct picture_shape shape = { .pixel_aspect = pixel_aspect, .turned_later = true };
    picture_filter_destroy(output->filter);
    output->filter = picture_filter_create(&shape);
}

/* 4:2:2, 10 bits, RGB and the like: comes out as YUV420P of limited range. */
static const AVFrame *convert(struct picture_output *output, const AVFrame *frame)
{
    AVFrame *to = output->converted;
    struct colour colour = colour_of_picture(frame);
    av_frame_unref(to);
    to->format = AV_PIX_FMT_YUV420P;
    to->width = frame->width;
    to->height = frame->height;
    if (av_frame_get_buffer(to, 0) < 0 || av_frame_copy_props(to, frame) < 0)
        return NULL;
    bool rgb = colour.matrix == AVCOL_SPC_RGB;
    colour_set(to, (struct colour){ rgb ? colour_by_height(frame->height).matrix : colour.matrix, false });
    return picture_scale(output->scaler, frame, to) ? to : NULL;
}

static bool is_shown_as_it_is(int format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_NV12;
}

static bool hand_on(struct picture_output *output, AVFrame *frame)
{
    colour_set(frame, colour_of_picture(frame));
    const AVFrame *shown = is_shown_as_it_is(frame->format) ? frame : convert(output, frame);
    if (!shown)
        return false;
    int64_t began_us = g_get_monotonic_time();
    output->next->ops->push(output->next, shown);
    output->spent_us += g_get_monotonic_time() - began_us;
    return true;
}

bool picture_output_push(struct picture_output *output, AVFrame *frame, AVRational time_base)
{
    bool good = true;
    picture_filter_send(output->filter, frame);
    while (picture_filter_receive(output->filter, output->filtered)) {
        output->filtered->time_base = time_base;
        good &= hand_on(output, output->filtered);
        av_frame_unref(output->filtered);
    }
    return good;
}

int64_t picture_output_spent_us(const struct picture_output *output)
{
    return output->spent_us;
}
