#include "engine/video/codec_item.h"

#include <glib.h>

struct codec_item *codec_item_new(AVPacket *packet, AVFrame *frame)
{
    struct codec_item *item = g_new0(struct codec_item, 1);
    item->packet = packet;
    item->frame = frame;
    return item;
}

void codec_item_free(struct codec_item *item)
{
    if (!item)
        return;
    av_packet_free(&item->packet);
    av_frame_free(&item->frame);
    avcodec_parameters_free(&item->parameters);
    g_free(item);
}
