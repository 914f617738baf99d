/* Redundancy of a connection: for its video both ways, what net/peer/media.c needs of fec_encoder, fec_decoder and
 * fec_policy; for its sound what browsers send in RED (RFC 2198). Ours carries Opus' own. */
#ifndef CALLAPI_NET_PEER_FEC_H
#define CALLAPI_NET_PEER_FEC_H

#include "net/peer/streams.h"

/* What was agreed upon; `remote`: the other side's m-line. Where it knows of a stream of redundancy, ours is one. Else,
 * as with browsers, it goes into the video's own in RED, and only for VP8: the loss of such a packet leaves a gap in
 * H.264 that looks like a lost frame. */
void peer_fec_negotiated(struct stream *stream, const struct sdp_media *agreed, const struct sdp_media *remote);
/* Completes what the sender is created with. */
void peer_fec_configure(const struct stream *stream, struct rtp_sender_config *config);
void peer_fec_destroy(struct stream *stream);

/* A frame was sent. `first`: key frame of a connection or after a switch. */
void peer_fec_protect(struct stream *stream, bool key, bool first);

/* A packet of media came, which is not in RED, and was handed on. */
void peer_fec_media_came(struct stream *stream, const uint8_t *packet, size_t size);
/* A packet of one of the two formats came. */
void peer_fec_receive_red(struct stream *stream, const uint8_t *packet, size_t size);
void peer_fec_receive_ulpfec(struct stream *stream, const uint8_t *packet, size_t size);

#endif
