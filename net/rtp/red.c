#include "net/rtp/red.h"

#include "net/rtp/rtp.h"

/* RFC 2198 section 3: F, payload type, 14 bits of time stamp offset, 10 of length; the last block has the first octet
 * alone. */
enum { BLOCK_HEADER = 4, LENGTH_BITS = 10 };

static int read_headers(const uint8_t *payload, size_t size, struct red_block *blocks, size_t *headers)
{
    size_t at = 0;
    for (int n = 0; n < RED_MOST_BLOCKS && at < size; n++) {
        blocks[n] = (struct red_block){ .payload_type = payload[at] & 0x7f };
        if (!(payload[at] & RED_MORE_BLOCKS)) {
            *headers = at + RED_HEADER;
            return n + 1;
        }
        if (size - at < BLOCK_HEADER)
            return 0;
        uint32_t rest = (uint32_t)payload[at + 1] << 16 | rtp_read16(payload + at + 2);
        blocks[n].timestamp_offset = (uint16_t)(rest >> LENGTH_BITS);
        blocks[n].size = rest & ((1 << LENGTH_BITS) - 1);
        at += BLOCK_HEADER;
    }
    return 0;
}

int red_parse(const uint8_t *payload, size_t size, struct red_block blocks[RED_MOST_BLOCKS])
{
    size_t at;
    int n = read_headers(payload, size, blocks, &at);
    for (int i = 0; i < n; i++) {
        if (i == n - 1)
            blocks[i].size = size - at;
        if (blocks[i].size > size - at)
            return 0;
        blocks[i].data = payload + at;
        at += blocks[i].size;
    }
    return n;
}
