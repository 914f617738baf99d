/* The part of net/peer/media.c that pauses streams. Private to net/peer/media.c and its RTCP half. */
#ifndef CALLAPI_NET_PEER_PAUSE_H
#define CALLAPI_NET_PEER_PAUSE_H

#include "net/peer/streams.h"
#include "net/rtp/rtcp.h"

/* What is still to be asked for, into a compound that is about to leave. `wake`: a resume as well that seems to be
 * done, since what came after it may have been sent before the pause. */
void peer_pause_add_requests(struct peer_media *media, struct rtcp_writer *writer, bool wake);
/* As in rtcp_handler. */
void peer_pause_receive(struct peer_media *media, enum rtcp_pause what, uint32_t media_ssrc, uint16_t id);

#endif
