#include "net/rtp/rtp.h"

enum { ONE_BYTE_EXTENSIONS = 0xbede };
enum { VERSION = 2, EXTENSION_BIT = 0x10, MARKER_BIT = 0x80, EXTENSION_HEADER_SIZE = 4 };

/* Where the payload begins, 0: the header does not fit. */
static size_t header_size(const uint8_t *data, size_t size)
{
    size_t offset = RTP_HEADER_SIZE + 4 * (size_t)(data[0] & 0x0f);
    if (data[0] & EXTENSION_BIT) {
        if (offset + EXTENSION_HEADER_SIZE > size)
            return 0;
        offset += EXTENSION_HEADER_SIZE + 4 * (size_t)rtp_read16(data + offset + 2);
    }
    return offset <= size ? offset : 0;
}

bool rtp_parse(const uint8_t *data, size_t size, struct rtp_packet *packet)
{
    if (size < RTP_HEADER_SIZE || data[0] >> 6 != VERSION)
        return false;
    size_t offset = header_size(data, size);
    if (!offset)
        return false;
    size_t padding = 0;
    if (data[0] & RTP_PADDING_BIT) {
        padding = data[size - 1];
        if (!padding || padding > size - offset)
            return false;
    }
    *packet = (struct rtp_packet) {
        .marker = data[1] & MARKER_BIT,
        .payload_type = data[1] & 0x7f,
        .sequence = rtp_read16(data + 2),
        .timestamp = rtp_read32(data + 4),
        .ssrc = rtp_read32(data + 8),
        .payload = data + offset,
        .payload_size = size - offset - padding,
    };
    return true;
}

void rtp_write_header(uint8_t out[RTP_HEADER_SIZE], const struct rtp_packet *packet)
{
    out[0] = VERSION << 6;
    out[1] = (uint8_t)((packet->marker ? MARKER_BIT : 0) | (packet->payload_type & 0x7f));
    rtp_write16(out + 2, packet->sequence);
    rtp_write32(out + 4, packet->timestamp);
    rtp_write32(out + 8, packet->ssrc);
}

void rtp_reserve_transport_cc(uint8_t *packet, uint8_t id)
{
    packet[0] |= EXTENSION_BIT;
    uint8_t *extension = packet + RTP_HEADER_SIZE;
    rtp_write16(extension, ONE_BYTE_EXTENSIONS);
    rtp_write16(extension + 2, 1);              /* words that follow */
    extension[4] = (uint8_t)(id << 4 | (2 - 1));
    rtp_write16(extension + 5, 0);
    extension[7] = 0;
}

void rtp_stamp_transport_cc(uint8_t *packet, uint16_t number)
{
    rtp_write16(packet + RTP_HEADER_SIZE + EXTENSION_HEADER_SIZE + 1, number);
}

bool rtp_read_transport_cc(const uint8_t *packet, size_t size, uint8_t id, uint16_t *number)
{
    if (size < RTP_HEADER_SIZE || !(packet[0] & EXTENSION_BIT) || !header_size(packet, size))
        return false;
    const uint8_t *at = packet + RTP_HEADER_SIZE + 4 * (size_t)(packet[0] & 0x0f);
    if (rtp_read16(at) != ONE_BYTE_EXTENSIONS)
        return false;
    const uint8_t *end = at + EXTENSION_HEADER_SIZE + 4 * (size_t)rtp_read16(at + 2);
    for (at += EXTENSION_HEADER_SIZE; at < end;) {
        int length = *at ? (*at & 0x0f) + 1 : 0;        /* 0: padding */
        if (*at >> 4 == 15 || at + 1 + length > end)
            return false;
        if (*at >> 4 == id && length == 2) {
            *number = rtp_read16(at + 1);
            return true;
        }
        at += 1 + length;
    }
    return false;
}
