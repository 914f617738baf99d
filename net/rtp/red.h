/* Redundant data (RFC 2198): a packet's payload that has what earlier packets carried as well, or what repairs them.
 * Pure. */
#ifndef CALLAPI_NET_RTP_RED_H
#define CALLAPI_NET_RTP_RED_H

#include <stddef.h>
#include <stdint.h>

enum {
    RED_HEADER = 1,         /* of the last block, the packet's own */
    RED_MORE_BLOCKS = 0x80, /* F, of a block's first octet: another follows */
    RED_MOST_BLOCKS = 8,
};

struct red_block {
    uint8_t payload_type;
    uint16_t timestamp_offset; /* how much earlier than the packet's time stamp; 0 for the last block */
    const uint8_t *data;       /* borrowed from the payload */
    size_t size;
};

/* The blocks in their order: redundant ones, the oldest first, then the packet's own. How many there are; 0 where the
 * payload is malformed or has more. */
int red_parse(const uint8_t *payload, size_t size, struct red_block blocks[RED_MOST_BLOCKS]);

#endif
