/* A connection's counters with the names of webrtc-stats: those of senders, receivers, rate and RTCP put together. */
#ifndef CALLAPI_NET_PEER_STATISTICS_H
#define CALLAPI_NET_PEER_STATISTICS_H

#include <stdint.h>

#include "engine/statistics/statistics.h"
#include "net/peer/streams.h"

/* All but `connected` and `transport`. */
void peer_media_statistics(const struct peer_media *media, struct connection_statistics *out);

/* What RTCP says, to be told by net/peer/rtcp.c: a report block about what we send on `stream`; the round trip that it
 * shows. */
void peer_statistics_report(struct stream *stream, const struct rtp_report *report);
void peer_statistics_round_trip(struct stream *stream, int64_t us);

#endif
