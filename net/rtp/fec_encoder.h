/* Makes the redundancy for groups of RTP packets (RFC 5109, level 0). Pure: what it makes is handed out at once. */
#ifndef CALLAPI_NET_RTP_FEC_ENCODER_H
#define CALLAPI_NET_RTP_FEC_ENCODER_H

#include <stddef.h>
#include <stdint.h>

enum {
    FEC_MAX_GROUP = 192, /* packets that are kept; what a frame has beyond that stays unprotected */
};

/* Which packets of a group each packet of redundancy covers. */
enum fec_mask {
    FEC_MASK_SINGLE, /* overlapping: two losses that are not covered by the same rows are mended as well */
    FEC_MASK_BURST,  /* interleaved: as many losses in a row as there are packets of redundancy */
};

struct fec_encoder;

struct fec_encoder *fec_encoder_create(void);
void fec_encoder_destroy(struct fec_encoder *encoder); /* takes NULL */

/* The next packet of the group, copied: whole, in order of sequence, all of one source, not in RED. */
void fec_encoder_add(struct fec_encoder *encoder, const uint8_t *packet, size_t size);
/* How many packets the group has. */
int fec_encoder_count(const struct fec_encoder *encoder);

/* Ends the group: about `n` packets of redundancy for it (none for 0), each to `emit`, which gets the FEC header and
 * what follows it. Returns their number: a group that is wider than a mask has at least one for each mask. */
int fec_encoder_finish(struct fec_encoder *encoder, int n, enum fec_mask mask,
                       void (*emit)(void *user_data, const uint8_t *payload, size_t size), void *user_data);

#endif
