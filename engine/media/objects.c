#include "engine/media/objects.h"

#include <glib.h>

static void *need(void *object, size_t size)
{
    if (!object)
        g_error("no memory for %zu bytes", size);
    return object;
}

AVFrame *frame_new(void)
{
    return need(av_frame_alloc(), sizeof(AVFrame));
}

bool frame_allocate(AVFrame *frame, enum AVPixelFormat format, int width, int height)
{
    if (frame->buf[0] && frame->format == format && frame->width == width && frame->height == height)
        return true;
    av_frame_unref(frame);
    frame->format = format;
    frame->width = width;
    frame->height = height;
    return av_frame_get_buffer(frame, 0) >= 0;
}

AVPacket *packet_new(void)
{
    return need(av_packet_alloc(), sizeof(AVPacket));
}

AVCodecParameters *parameters_new(void)
{
    return need(avcodec_parameters_alloc(), sizeof(AVCodecParameters));
}
