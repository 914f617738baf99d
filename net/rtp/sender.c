#include "net/rtp/sender.h"

#include <assert.h>
#include <string.h>

#include "net/rtp/fec_encoder.h"
#include "net/rtp/h264_payload.h"
#include "net/rtp/red.h"
#include "net/rtp/rtcp.h"
#include "net/rtp/rtp.h"
#include "net/rtp/ulpfec.h"
#include "net/rtp/vp8_payload.h"
#include "platform/unix_time.h"

enum {
    RING = 1024,
    KEEP_US = 1000000,
    MAX_PAYLOAD = RTP_MTU - RTP_HEADER_SIZE - RTP_TRANSPORT_CC - RTP_RTX_HEADER,
    /* Redundancy is as long as what it protects, with its own headers before the other's extension. */
    MAX_PROTECTED = RTP_MTU - RTP_HEADER_SIZE - 2 * RTP_TRANSPORT_CC - RED_HEADER - ULPFEC_OVERHEAD,
    MAX_PADDING = 224
};

static_assert((int)MAX_PROTECTED >= (int)RTP_LEAST_PAYLOAD, "what is protected has the least room");

struct sent_packet {
    uint16_t sequence, size; /* size 0: empty slot */
    int64_t sent_us;         /* the capture time of its frame: the clock is the same */
    int64_t resent_us;       /* of the last retransmission, 0: none */
    uint8_t data[RTP_MTU];
};

struct rtp_sender {
    struct rtp_sender_config config;
    struct rtp_packet header; /* of the next packet: sequence, and the current frame's time stamp */
    uint32_t timestamp_offset;
    uint16_t picture_id;
    int64_t frame_us;         /* capture time of the frame being sent */
    uint32_t packets, octets; /* of this SSRC; octets: payload only (RFC 3550, 6.4.1) */
    uint16_t rtx_sequence;    /* of the next packet of the retransmission stream */
    uint16_t fec_sequence;    /* of the next packet of a stream of redundancy */
    size_t header_size;       /* with the extension */
    size_t max_payload;
    struct rtp_sender_stats stats;
    struct sent_packet *ring; /* [sequence % RING] */
};

struct rtp_sender *rtp_sender_create(const struct rtp_sender_config *config)
{
    assert(config->send && config->clock_rate);
    struct rtp_sender *sender = g_new0(struct rtp_sender, 1);
    sender->config = *config;
    sender->header = (struct rtp_packet){
        .payload_type = config->payload_type,
        .ssrc = config->ssrc,
        .sequence = (uint16_t)g_random_int(),
    };
    sender->timestamp_offset = g_random_int();
    sender->rtx_sequence = (uint16_t)g_random_int();
    sender->fec_sequence = (uint16_t)g_random_int();
    sender->max_payload = config->fec ? MAX_PROTECTED : MAX_PAYLOAD;
    sender->picture_id = (uint16_t)(g_random_int() & 0x7fff);
    sender->header_size = RTP_HEADER_SIZE + (config->transport_cc ? RTP_TRANSPORT_CC : 0);
    sender->ring = g_new0(struct sent_packet, RING);
    return sender;
}

void rtp_sender_destroy(struct rtp_sender *sender)
{
    if (!sender)
        return;
    g_free(sender->ring);
    g_free(sender);
}

/* Whole seconds apart from the rest: nothing overflows, and rounding never adds up. */
static uint32_t timestamp_at(const struct rtp_sender *sender, int64_t us)
{
    int64_t seconds = us / G_USEC_PER_SEC, rest = us % G_USEC_PER_SEC;
    uint64_t clock_rate = sender->config.clock_rate;
    uint64_t ticks = (uint64_t)seconds * clock_rate + (uint64_t)(rest * (int64_t)clock_rate / G_USEC_PER_SEC);
    return sender->timestamp_offset + (uint32_t)ticks;
}

static void write_header(const struct rtp_sender *sender, uint8_t *out, const struct rtp_packet *header)
{
    rtp_write_header(out, header);
    if (sender->config.transport_cc)
        rtp_reserve_transport_cc(out, sender->config.transport_cc);
}

/* Makes the packet one of RED with a single block (RFC 2198, 3); returns its new size. */
static size_t wrap_in_red(const struct rtp_sender *sender, uint8_t *packet, size_t size)
{
    uint8_t *payload = packet + sender->header_size;
    memmove(payload + RED_HEADER, payload, size - sender->header_size);
    payload[0] = packet[1] & 0x7f;
    packet[1] = (uint8_t)((packet[1] & 0x80) | sender->config.red_payload_type);
    return size + RED_HEADER;
}

static bool uses_red(const struct rtp_sender *sender)
{
    return sender->config.fec && !sender->config.fec_ssrc;
}

static void count_sent(struct rtp_sender *sender, size_t size, size_t payload)
{
    sender->packets++;
    sender->octets += (uint32_t)(size - sender->header_size);
    sender->stats.packets++;
    sender->stats.bytes += size;
    sender->stats.header_bytes += size - payload;
}

static void emit(void *user_data, const uint8_t *payload, size_t size, bool last)
{
    struct rtp_sender *sender = user_data;
    struct sent_packet *slot = &sender->ring[sender->header.sequence % RING];
    sender->header.marker = last && sender->config.codec != AV_CODEC_ID_OPUS; /* there: talk spurts */
    write_header(sender, slot->data, &sender->header);
    memcpy(slot->data + sender->header_size, payload, size);
    slot->sequence = sender->header.sequence++;
    slot->size = (uint16_t)(sender->header_size + size);
    slot->sent_us = sender->frame_us;
    slot->resent_us = 0;
    if (sender->config.fec)
        fec_encoder_add(sender->config.fec, slot->data, slot->size);
    if (uses_red(sender))
        slot->size = (uint16_t)wrap_in_red(sender, slot->data, slot->size);
    count_sent(sender, slot->size, size);
    sender->config.send(sender->config.user_data, slot->data, slot->size, false);
}

static int push_opus(struct rtp_sender *sender, const uint8_t *data, size_t size)
{
    if (size > MAX_PAYLOAD) {
        g_debug("an Opus packet of %zu bytes does not fit into one RTP packet: dropped", size);
        return 0;
    }
    emit(sender, data, size, true);
    return 1;
}

static int packetise(struct rtp_sender *sender, const uint8_t *data, size_t size)
{
    switch (sender->config.codec) {
    case AV_CODEC_ID_H264:
        if (sender->config.single_nal)
            return h264_packetise_single(data, size, sender->max_payload, emit, sender);
        return h264_packetise(data, size, sender->max_payload, emit, sender);
    case AV_CODEC_ID_VP8:
        return vp8_packetise(data, size, sender->picture_id++, sender->max_payload, emit, sender);
    case AV_CODEC_ID_OPUS:
        return push_opus(sender, data, size);
    default:
        return 0;
    }
}

int rtp_sender_push(struct rtp_sender *sender, const uint8_t *data, size_t size, bool key, int64_t capture_us)
{
    (void)key; /* none of the three formats marks key frames outside of the frame itself */
    if (!size)
        return 0;
    sender->frame_us = capture_us;
    sender->header.timestamp = timestamp_at(sender, capture_us);
    int packets = packetise(sender, data, size);
    sender->stats.frames += packets > 0;
    return packets;
}

/* In RED it takes a sequence number of the media, but its slot in the ring stays empty: it is not worth a second
 * journey. */
void rtp_sender_push_fec(struct rtp_sender *sender, const uint8_t *payload, size_t size)
{
    uint8_t packet[RTP_MTU];
    bool red = uses_red(sender);
    assert(sender->config.fec && sender->header_size + size + RED_HEADER <= sizeof packet);
    struct rtp_packet header = sender->header;
    header.marker = false;
    header.payload_type = sender->config.fec_payload_type;
    if (red) {
        sender->ring[sender->header.sequence++ % RING].size = 0;
    } else {
        header.ssrc = sender->config.fec_ssrc;
        header.sequence = sender->fec_sequence++;
    }
    write_header(sender, packet, &header);
    memcpy(packet + sender->header_size, payload, size);
    size += sender->header_size;
    if (red)
        size = wrap_in_red(sender, packet, size);
    sender->stats.fec_packets++;
    sender->stats.packets++;
    sender->stats.bytes += size;
    sender->stats.header_bytes += size;
    sender->packets += red;
    sender->octets += red ? (uint32_t)(size - sender->header_size) : 0;
    sender->config.send(sender->config.user_data, packet, size, false);
}

/* The packet once more, unchanged. Returns its size. */
static size_t repeat(struct rtp_sender *sender, const struct sent_packet *sent)
{
    sender->packets++;
    sender->octets += (uint32_t)(sent->size - sender->header_size);
    sender->config.send(sender->config.user_data, sent->data, sent->size, true);
    return sent->size;
}

/* The packet in a stream of its own, with its sequence number before its payload (RFC 4588, 4). */
static size_t repeat_as_rtx(struct rtp_sender *sender, const struct sent_packet *sent)
{
    uint8_t packet[RTP_MTU];
    size_t header = sender->header_size, payload = (size_t)sent->size - header;
    memcpy(packet, sent->data, header);
    packet[1] = (uint8_t)((sent->data[1] & 0x80) | sender->config.rtx_payload_type);
    rtp_write16(packet + 2, sender->rtx_sequence++);
    rtp_write32(packet + 8, sender->config.rtx_ssrc);
    rtp_write16(packet + header, sent->sequence);
    memcpy(packet + header + RTP_RTX_HEADER, sent->data + header, payload);
    sender->config.send(sender->config.user_data, packet, sent->size + RTP_RTX_HEADER, true);
    return sent->size + RTP_RTX_HEADER;
}

static void count_retransmission(struct rtp_sender *sender, const struct sent_packet *sent, size_t size)
{
    size_t payload = sent->size - sender->header_size;
    sender->stats.packets++;
    sender->stats.bytes += size;
    sender->stats.header_bytes += size - payload;
    sender->stats.retransmitted_bytes += payload;
    sender->stats.retransmitted++;
}

bool rtp_sender_retransmit(struct rtp_sender *sender, uint16_t sequence, int64_t now_us, int64_t round_trip_us)
{
    struct sent_packet *slot = &sender->ring[sequence % RING];
    sender->stats.nacked++;
    if (!slot->size || slot->sequence != sequence || now_us - slot->sent_us > KEEP_US)
        return false;
    if (slot->resent_us && now_us - slot->resent_us < round_trip_us / 2 - 5000)
        return false;
    int copies = slot->resent_us ? 2 : 1; /* the first one was lost as well, and time is short */
    slot->resent_us = now_us;
    for (; copies; copies--)
        count_retransmission(sender, slot,
                             sender->config.rtx_payload_type ? repeat_as_rtx(sender, slot) : repeat(sender, slot));
    return true;
}

/* RFC 3550, 5.1: the last octet of the padding counts it. */
static size_t send_padding(struct rtp_sender *sender, size_t size)
{
    uint8_t packet[RTP_MTU] = { 0 };
    size_t padding = CLAMP(size, 4, MAX_PADDING);
    write_header(sender, packet,
                 &(struct rtp_packet){
                     .payload_type = sender->config.rtx_payload_type,
                     .sequence = sender->rtx_sequence++,
                     .timestamp = sender->header.timestamp,
                     .ssrc = sender->config.rtx_ssrc,
                 });
    packet[0] |= RTP_PADDING_BIT;
    packet[sender->header_size + padding - 1] = (uint8_t)padding;
    sender->config.send(sender->config.user_data, packet, sender->header_size + padding, true);
    return sender->header_size + padding;
}

size_t rtp_sender_pad(struct rtp_sender *sender, size_t size)
{
    if (!sender->config.rtx_payload_type)
        return 0;
    const struct sent_packet *last = &sender->ring[(uint16_t)(sender->header.sequence - 1) % RING];
    size_t sent = last->size && last->size <= size + MAX_PADDING ? repeat_as_rtx(sender, last)
                                                                 : send_padding(sender, size);
    sender->stats.packets++;
    sender->stats.bytes += sent;
    sender->stats.header_bytes += sent;
    return sent;
}

bool rtp_sender_info(const struct rtp_sender *sender, int64_t now_us, uint64_t *ntp, uint32_t *rtp_timestamp,
                     uint32_t *packets, uint32_t *octets)
{
    if (!sender->stats.packets)
        return false;
    *ntp = ntp_from_unix_us(unix_time_us(now_us));
    *rtp_timestamp = timestamp_at(sender, now_us);
    *packets = sender->packets;
    *octets = sender->octets;
    return true;
}

struct rtp_sender_stats rtp_sender_stats(const struct rtp_sender *sender)
{
    return sender->stats;
}
