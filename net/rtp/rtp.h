/* RTP packets (RFC 3550, 5.1): header, sequence and time stamp arithmetic. */
#ifndef CALLAPI_NET_RTP_RTP_H
#define CALLAPI_NET_RTP_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_HEADER_SIZE = 12,   /* without contributing sources and extension */
    RTP_PADDING_BIT = 0x20, /* of the first octet */
    RTP_TRANSPORT_CC = 8,   /* a header extension that holds the transport-wide sequence number alone */
    RTP_RTX_HEADER = 2,     /* the original sequence number that leads a retransmission's payload (RFC 4588, 4) */
};

struct rtp_packet {
    bool marker;
    uint8_t payload_type; /* 7 bits */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    const uint8_t *payload; /* borrowed from what was parsed */
    size_t payload_size;    /* without padding; 0 for packets of padding only */
    int orientation;        /* RTP_ORIENTATION_*; -1: not said. rtp_parse does not know it */
};

/* How the picture lies (3GPP TS 26.114, 7.4.5, with the granularity of two bits): one octet, of
 * which these are read. */
enum { RTP_ORIENTATION_TURNS = 3, RTP_ORIENTATION_FLIP = 4 };

/* False where the packet is malformed. Contributing sources and header extensions are skipped. */
bool rtp_parse(const uint8_t *data, size_t size, struct rtp_packet *packet);
void rtp_write_header(uint8_t out[RTP_HEADER_SIZE], const struct rtp_packet *packet);

/* The transport-wide sequence number as the only header extension, of the one-byte form (RFC 8285, 4.2), with this
 * `id`: its place is kept with a number of 0 when the packet is made, right behind the header, and filled in when it is
 * sent. */
void rtp_reserve_transport_cc(uint8_t *packet, uint8_t id);
void rtp_stamp_transport_cc(uint8_t *packet, uint16_t number);
/* The element `id` of the header extension, of either form (RFC 8285, 4.2 and 4.3); `data` is
 * borrowed from the packet. False where it has none, or is malformed up to there. */
bool rtp_read_extension(const uint8_t *packet, size_t size, uint8_t id, const uint8_t **data, size_t *length);
/* False where the packet has none. */
bool rtp_read_transport_cc(const uint8_t *packet, size_t size, uint8_t id, uint16_t *number);

/* How far `a` is ahead of `b`, across the wrap. */
static inline int rtp_sequence_difference(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b);
}

static inline int64_t rtp_timestamp_difference(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline uint16_t rtp_read16(const uint8_t *data)
{
    return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t rtp_read32(const uint8_t *data)
{
    return (uint32_t)rtp_read16(data) << 16 | rtp_read16(data + 2);
}

static inline void rtp_write16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static inline void rtp_write32(uint8_t *out, uint32_t value)
{
    rtp_write16(out, (uint16_t)(value >> 16));
    rtp_write16(out + 2, (uint16_t)value);
}

#endif
