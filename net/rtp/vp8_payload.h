/* VP8 in RTP (RFC 7741). */
#ifndef CALLAPI_NET_RTP_VP8_PAYLOAD_H
#define CALLAPI_NET_RTP_VP8_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/rtp/payload.h"

struct vp8_descriptor { /* RFC 7741, 4.2; what is absent is -1 */
    bool non_reference, start_of_partition;
    uint8_t partition;
    int picture_id, tl0_picture_index, temporal_layer, key_index;
    size_t size; /* of the descriptor: where VP8 itself begins */
};

/* False where the descriptor is malformed or nothing follows it. */
bool vp8_parse_descriptor(const uint8_t *payload, size_t size, struct vp8_descriptor *descriptor);

/* Splits one frame into payloads of at most `max_payload` bytes and of about equal size. Returns their number. */
int vp8_packetise(const uint8_t *frame, size_t size, uint16_t picture_id, size_t max_payload, rtp_payload_emit emit,
                  void *user_data);

/* RFC 6386, 9.1: `frame` may be the beginning of a frame only. */
bool vp8_is_key_frame(const uint8_t *frame, size_t size);
/* False where the frame header is not that of a key frame, or is cut off. */
bool vp8_key_frame_size(const uint8_t *frame, size_t size, int *width, int *height);

#endif
