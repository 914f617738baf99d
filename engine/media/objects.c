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

AVPacket *packet_new(void)
{
    return need(av_packet_alloc(), sizeof(AVPacket));
}

AVCodecParameters *parameters_new(void)
{
    return need(avcodec_parameters_alloc(), sizeof(AVCodecParameters));
}
