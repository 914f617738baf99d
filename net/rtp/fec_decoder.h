/* Recovers lost RTP packets from the redundancy that came for them (RFC 5109, level 0). Trusts nothing of what it is
 * given; memory is bounded. Pure. */
#ifndef CALLAPI_NET_RTP_FEC_DECODER_H
#define CALLAPI_NET_RTP_FEC_DECODER_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FEC_WINDOW = 256,          /* media packets that are kept, by sequence number */
    FEC_MOST_WAITING = 64,     /* packets of redundancy that may yet be of use */
    FEC_LARGEST_PACKET = 1500, /* larger ones are neither kept nor recovered */
};

struct fec_decoder;

struct fec_decoder_stats {
    uint64_t received;  /* packets of redundancy */
    uint64_t discarded; /* of them: malformed, too late, or of packets that had all come */
    uint64_t recovered; /* media packets */
};

struct fec_decoder *fec_decoder_create(void);
void fec_decoder_destroy(struct fec_decoder *decoder); /* takes NULL */

/* A media packet came, in order or not, not in RED: copied. Another source than the last one: all is forgotten. */
void fec_decoder_add_media(struct fec_decoder *decoder, const uint8_t *packet, size_t size);
/* A packet of redundancy about the source `ssrc` came: FEC header and what follows it, copied. */
void fec_decoder_add_fec(struct fec_decoder *decoder, uint32_t ssrc, const uint8_t *payload, size_t size);

/* The next recovered packet, to be unref'd; NULL: none. What its header extensions say was never theirs: senders change
 * them after the redundancy is made. */
GBytes *fec_decoder_take(struct fec_decoder *decoder);
struct fec_decoder_stats fec_decoder_stats(const struct fec_decoder *decoder);

#endif
