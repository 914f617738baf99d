/* The packets since the last key frame, so that another decoder can take over in the middle: as long as they are few,
 * since it has to decode all of them at once. */
#ifndef CALLAPI_ENGINE_VIDEO_PACKET_KEEPER_H
#define CALLAPI_ENGINE_VIDEO_PACKET_KEEPER_H

#include <glib.h>
#include <libavcodec/packet.h>
#include <stdbool.h>

struct packet_keeper { /* zeroed: empty */
    GQueue packets;    /* AVPacket *, owned, of which the first is a key frame's; empty: none, or too many */
};

void packet_keeper_clear(struct packet_keeper *keeper);
/* Keeps a reference. */
void packet_keeper_add(struct packet_keeper *keeper, const AVPacket *packet);
/* All of them, the caller's; the keeper is empty then. */
GQueue packet_keeper_take(struct packet_keeper *keeper);

#endif
