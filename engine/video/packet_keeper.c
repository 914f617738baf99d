#include "engine/video/packet_keeper.h"

enum { MOST = 24 }; /* of 720p: decoded within 50 ms */

void packet_keeper_clear(struct packet_keeper *keeper)
{
    for (AVPacket *packet; (packet = g_queue_pop_head(&keeper->packets));)
        av_packet_free(&packet);
}

void packet_keeper_add(struct packet_keeper *keeper, const AVPacket *packet)
{
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (key || keeper->packets.length == MOST)
        packet_keeper_clear(keeper);
    AVPacket *kept = key || keeper->packets.length ? av_packet_clone(packet) : NULL;
    if (kept)
        g_queue_push_tail(&keeper->packets, kept);
}

GQueue packet_keeper_take(struct packet_keeper *keeper)
{
    GQueue packets = keeper->packets;
    g_queue_init(&keeper->packets);
    return packets;
}
