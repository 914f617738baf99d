/* H.264 in RTP (RFC 6184, packetization mode 1: single NAL units, STAP-A, FU-A; or mode 0: single
 * NAL units). */
#ifndef CALLAPI_NET_RTP_H264_PAYLOAD_H
#define CALLAPI_NET_RTP_H264_PAYLOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/rtp/payload.h"

/* Packetises one access unit in Annex B form: small NAL units that follow each other share a STAP-A, those larger than
 * `max_payload` are cut into fragments of about equal size. Access unit delimiters are left out (the marker bit says
 * it). Returns the number of payloads, 0 where there is no NAL unit or the data do not begin with a start code. */
int h264_packetise(const uint8_t *access_unit, size_t size, size_t max_payload, rtp_payload_emit emit, void *user_data);

/* The same in packetization mode 0 (6.2): each NAL unit is a payload. 0, and no payload, where one
 * is larger. */
int h264_packetise_single(const uint8_t *access_unit, size_t size, size_t max_payload, rtp_payload_emit emit,
                          void *user_data);

/* What can be said of one payload by itself. */
struct h264_payload_info {
    bool random_access;  /* has (a piece of) an IDR slice, or says that decoding may begin here: a recovery point, as
                          * streams with intra-refresh have it in place of IDR pictures (H.264, D.2.8) */
    bool first_slice;    /* has the beginning of a picture's first slice, or what stands before it: SPS, PPS, SEI */
    bool parameter_sets; /* begins with an SPS or an access unit delimiter: nothing of its access unit stands before */
};

/* False where the payload is malformed or of a kind that mode 1 does not have. */
bool h264_parse_payload(const uint8_t *payload, size_t size, struct h264_payload_info *info);

/* Puts payloads together to access units, and remembers the stream's parameter sets. */
struct h264_depacketiser;

struct h264_depacketiser *h264_depacketiser_create(void);
void h264_depacketiser_destroy(struct h264_depacketiser *depacketiser);
/* Forgets everything, the parameter sets too. */
void h264_depacketiser_reset(struct h264_depacketiser *depacketiser);
/* Begins an access unit. */
void h264_depacketiser_begin(struct h264_depacketiser *depacketiser);
/* The access unit's next payload. False where it does not fit there (a fragment without its first one ...). Ends of
 * fragmented units are not looked for: the caller leaves no payload out, and senders exist that never set the bit. */
bool h264_depacketiser_add(struct h264_depacketiser *depacketiser, const uint8_t *payload, size_t size);
/* Remembers the parameter sets in a payload whose access unit will not be put together. */
void h264_depacketiser_learn(struct h264_depacketiser *depacketiser, const uint8_t *payload, size_t size);
/* The access unit in Annex B form with 4-byte start codes, borrowed until the next begin; NULL where it is empty.
 * `key`: has an IDR picture or a recovery point, and parameter sets; where its own are not complete, those remembered
 * have been put before it. */
const GByteArray *h264_depacketiser_end(struct h264_depacketiser *depacketiser, bool *key);

#endif
