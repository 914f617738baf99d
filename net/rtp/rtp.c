#include "net/rtp/rtp.h"

enum { ONE_BYTE_EXTENSIONS = 0xbede, TWO_BYTE_EXTENSIONS = 0x1000, TWO_BYTE_MASK = 0xfff0, RESERVED_ID = 15 };
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
    *packet = (struct rtp_packet){
        .marker = data[1] & MARKER_BIT,
        .payload_type = data[1] & 0x7f,
        .sequence = rtp_read16(data + 2),
        .timestamp = rtp_read32(data + 4),
        .ssrc = rtp_read32(data + 8),
        .payload = data + offset,
        .payload_size = size - offset - padding,
        .orientation = -1,
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
    rtp_write16(extension + 2, 1); /* words that follow */
    extension[4] = (uint8_t)(id << 4 | (2 - 1));
    rtp_write16(extension + 5, 0);
    extension[7] = 0;
}

void rtp_stamp_transport_cc(uint8_t *packet, uint16_t number)
{
    rtp_write16(packet + RTP_HEADER_SIZE + EXTENSION_HEADER_SIZE + 1, number);
}

/* The next element, and the way behind it. `id` 0: padding of one octet. False: the end, or it
 * reaches beyond. */
static bool next_element(bool two_byte, const uint8_t **at, const uint8_t *end, uint8_t *id, size_t *length)
{
    size_t left = (size_t)(end - *at), header = two_byte ? 2 : 1;
    if (left && !**at) /* padding */
        header = 1;
    if (left < header)
        return false;
    *id = two_byte ? **at : **at >> 4;
    *length = !**at ? 0 : two_byte ? (*at)[1] : (size_t)(**at & 0x0f) + 1;
    if (!two_byte && (*id == RESERVED_ID || (!*id && *length)))
        return false; /* whatever follows is to be ignored (4.2) */
    *at += header;
    return *length <= left - header;
}

bool rtp_read_extension(const uint8_t *packet, size_t size, uint8_t id, const uint8_t **data, size_t *length)
{
    if (!id || size < RTP_HEADER_SIZE || !(packet[0] & EXTENSION_BIT) || !header_size(packet, size))
        return false;
    const uint8_t *at = packet + RTP_HEADER_SIZE + 4 * (size_t)(packet[0] & 0x0f);
    uint16_t form = rtp_read16(at);
    bool two_byte = (form & TWO_BYTE_MASK) == TWO_BYTE_EXTENSIONS; /* the rest is the application's */
    if (!two_byte && form != ONE_BYTE_EXTENSIONS)
        return false;
    const uint8_t *end = at + EXTENSION_HEADER_SIZE + 4 * (size_t)rtp_read16(at + 2);
    at += EXTENSION_HEADER_SIZE;
    for (uint8_t found; next_element(two_byte, &at, end, &found, length); at += *length) {
        *data = at;
        if (found == id)
            return true;
    }
    return false;
}

bool rtp_read_transport_cc(const uint8_t *packet, size_t size, uint8_t id, uint16_t *number)
{
    const uint8_t *data;
    size_t length;
    if (!rtp_read_extension(packet, size, id, &data, &length) || length != sizeof *number)
        return false;
    *number = rtp_read16(data);
    return true;
}
