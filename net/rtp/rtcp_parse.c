#include "net/rtp/rtcp.h"

#include <string.h>

#include <glib.h>

#include "net/rtp/rtcp_format.h"
#include "net/rtp/rtp.h"

static const int64_t UNIX_EPOCH_IN_NTP = 2208988800; /* seconds from 1900 to 1970 */

/* One packet of the compound: header, body and what the header says. */
struct packet {
    const uint8_t *data;
    size_t size; /* header included, padding not */
    int count;   /* report count, source count or feedback format */
    int type;
};

static bool read_packet(const uint8_t *data, size_t length, struct packet *packet)
{
    if (data[0] >> 6 != 2)
        return false;
    *packet = (struct packet){ .data = data, .size = length, .count = data[0] & 0x1f, .type = data[1] };
    if (data[0] & 0x20) {
        /* Transport-wide feedback is filled up to the word with one to three octets (its draft, 3.1). */
        size_t padding = data[length - 1];
        bool odd = packet->type == RTCP_TRANSPORT_FEEDBACK && packet->count == RTCP_FORMAT_TRANSPORT_CC;
        if (!padding || (padding % 4 && !odd) || padding > length - RTCP_HEADER)
            return false;
        packet->size -= padding;
    }
    return true;
}

/* 24 bits, signed (RFC 3550, 6.4.1). */
static int32_t read_cumulative(uint32_t word)
{
    return (int32_t)((word & 0xffffff) ^ 0x800000) - 0x800000;
}

static bool parse_blocks(const struct packet *packet, size_t offset, const struct rtcp_handler *handler)
{
    uint32_t reporter = rtp_read32(packet->data + RTCP_HEADER);
    if ((size_t)packet->count * RTCP_REPORT_BLOCK > packet->size - offset)
        return false;
    for (int i = 0; i < packet->count && handler->report_block; i++) {
        const uint8_t *in = packet->data + offset + (size_t)i * RTCP_REPORT_BLOCK;
        uint32_t lost = rtp_read32(in + 4);
        struct rtcp_block block = {
            .ssrc = rtp_read32(in),
            .report = {
                .fraction_lost = (uint8_t)(lost >> 24),
                .cumulative_lost = read_cumulative(lost),
                .highest_sequence = rtp_read32(in + 8),
                .jitter = rtp_read32(in + 12),
                .last_sr = rtp_read32(in + 16),
                .delay_since_last_sr = rtp_read32(in + 20),
            },
        };
        handler->report_block(handler->user_data, reporter, &block);
    }
    return true;
}

static bool parse_sender_report(const struct packet *packet, const struct rtcp_handler *handler)
{
    size_t fixed = RTCP_HEADER + RTCP_SSRC + RTCP_SENDER_INFO;
    if (packet->size < fixed)
        return false;
    const uint8_t *in = packet->data;
    if (handler->sender_report)
        handler->sender_report(handler->user_data, rtp_read32(in + 4),
                               (uint64_t)rtp_read32(in + 8) << 32 | rtp_read32(in + 12), rtp_read32(in + 16));
    return parse_blocks(packet, fixed, handler);
}

static bool parse_receiver_report(const struct packet *packet, const struct rtcp_handler *handler)
{
    size_t fixed = RTCP_HEADER + RTCP_SSRC;
    return packet->size >= fixed && parse_blocks(packet, fixed, handler);
}

static bool parse_bye(const struct packet *packet, const struct rtcp_handler *handler)
{
    if ((size_t)packet->count * RTCP_SSRC > packet->size - RTCP_HEADER)
        return false;
    for (int i = 0; i < packet->count && handler->bye; i++)
        handler->bye(handler->user_data, rtp_read32(packet->data + RTCP_HEADER + i * RTCP_SSRC));
    return true;
}

static bool parse_nack(const struct packet *packet, const struct rtcp_handler *handler)
{
    uint32_t media_ssrc = rtp_read32(packet->data + RTCP_HEADER + RTCP_SSRC);
    size_t at = RTCP_FEEDBACK_HEADER;
    for (; at + RTCP_NACK_ENTRY <= packet->size && handler->nack; at += RTCP_NACK_ENTRY) {
        uint16_t first = rtp_read16(packet->data + at), mask = rtp_read16(packet->data + at + 2);
        handler->nack(handler->user_data, media_ssrc, first);
        for (int i = 0; i < RTCP_NACK_SPAN; i++) {
            if (mask >> i & 1)
                handler->nack(handler->user_data, media_ssrc, (uint16_t)(first + i + 1));
        }
    }
    return packet->size > RTCP_FEEDBACK_HEADER;
}

static bool fir_is_new(struct rtcp_fir_state *state, uint32_t sender, uint32_t media, uint8_t sequence)
{
    if (!state)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(state->last); i++) {
        if (!state->last[i].known || state->last[i].sender != sender || state->last[i].media != media)
            continue;
        bool is_new = state->last[i].sequence != sequence;
        state->last[i].sequence = sequence;
        return is_new;
    }
    unsigned at = state->next++ % G_N_ELEMENTS(state->last);
    state->last[at].known = true;
    state->last[at].sender = sender;
    state->last[at].media = media;
    state->last[at].sequence = sequence;
    return true;
}

static bool parse_fir(const struct packet *packet, const struct rtcp_handler *handler)
{
    uint32_t sender = rtp_read32(packet->data + RTCP_HEADER);
    for (size_t at = RTCP_FEEDBACK_HEADER; at + RTCP_FIR_ENTRY <= packet->size; at += RTCP_FIR_ENTRY) {
        uint32_t media = rtp_read32(packet->data + at);
        if (!fir_is_new(handler->fir, sender, media, packet->data[at + 4]))
            continue;
        if (handler->key_frame_request)
            handler->key_frame_request(handler->user_data, media);
        if (handler->fir_received)
            handler->fir_received(handler->user_data, media);
    }
    return packet->size >= RTCP_FEEDBACK_HEADER + RTCP_FIR_ENTRY;
}

/* Application layer feedback of another kind than REMB is none of ours, but not malformed. */
static bool parse_remb(const struct packet *packet, const struct rtcp_handler *handler)
{
    const uint8_t *in = packet->data + RTCP_FEEDBACK_HEADER;
    size_t size = packet->size - RTCP_FEEDBACK_HEADER;
    if (size < 4 || memcmp(in, "REMB", 4))
        return true;
    if (size < RTCP_REMB_FIXED || size < RTCP_REMB_FIXED + RTCP_SSRC * (size_t)in[4])
        return false;
    uint32_t word = rtp_read32(in + 4);
    unsigned exponent = word >> 18 & 0x3f;
    uint64_t mantissa = word & 0x3ffff;
    if (mantissa > UINT64_MAX >> exponent)
        return false;
    if (handler->remb)
        handler->remb(handler->user_data, mantissa << exponent);
    return true;
}

/* An entry may have parameters of its own behind it. */
static bool parse_pause(const struct packet *packet, const struct rtcp_handler *handler)
{
    size_t at = RTCP_FEEDBACK_HEADER;
    while (at + RTCP_PAUSE_ENTRY <= packet->size) {
        const uint8_t *entry = packet->data + at;
        unsigned what = entry[4] >> 4;
        if (what <= RTCP_REFUSED && handler->pause)
            handler->pause(handler->user_data, (enum rtcp_pause)what, rtp_read32(entry), rtp_read16(entry + 6));
        at += RTCP_PAUSE_ENTRY + 4 * (size_t)entry[5];
    }
    return at == packet->size;
}

static bool parse_feedback(const struct packet *packet, const struct rtcp_handler *handler)
{
    if (packet->size < RTCP_FEEDBACK_HEADER)
        return false;
    if (packet->type == RTCP_TRANSPORT_FEEDBACK && packet->count == RTCP_FORMAT_TRANSPORT_CC && handler->transport_cc &&
        packet->size > RTCP_FEEDBACK_HEADER)
        handler->transport_cc(handler->user_data, packet->data + RTCP_FEEDBACK_HEADER,
                              packet->size - RTCP_FEEDBACK_HEADER);
    if (packet->type == RTCP_TRANSPORT_FEEDBACK && packet->count == RTCP_FORMAT_PAUSE)
        return parse_pause(packet, handler);
    if (packet->type == RTCP_TRANSPORT_FEEDBACK)
        return packet->count != RTCP_FORMAT_NACK || parse_nack(packet, handler);
    switch (packet->count) {
    case RTCP_FORMAT_PLI:
        if (handler->key_frame_request)
            handler->key_frame_request(handler->user_data, rtp_read32(packet->data + RTCP_HEADER + RTCP_SSRC));
        return true;
    case RTCP_FORMAT_FIR:
        return parse_fir(packet, handler);
    case RTCP_FORMAT_APPLICATION:
        return parse_remb(packet, handler);
    default:
        return true;
    }
}

static bool parse_app(const struct packet *packet, const struct rtcp_handler *handler)
{
    size_t fixed = RTCP_HEADER + RTCP_SSRC + RTCP_APP_NAME;
    if (packet->size < fixed)
        return false;
    if (!handler->app)
        return true;
    g_autofree char *text = g_strndup((const char *)packet->data + fixed, packet->size - fixed);
    handler->app(handler->user_data, (const char *)packet->data + RTCP_HEADER + RTCP_SSRC, text);
    return true;
}

static bool parse_packet(const struct packet *packet, const struct rtcp_handler *handler)
{
    switch (packet->type) {
    case RTCP_SENDER_REPORT:
        return parse_sender_report(packet, handler);
    case RTCP_RECEIVER_REPORT:
        return parse_receiver_report(packet, handler);
    case RTCP_BYE:
        return parse_bye(packet, handler);
    case RTCP_APP:
        return parse_app(packet, handler);
    case RTCP_TRANSPORT_FEEDBACK:
    case RTCP_PAYLOAD_FEEDBACK:
        return parse_feedback(packet, handler);
    default:
        return true; /* SDES, XR ...: nothing in there for us */
    }
}

bool rtcp_parse(const uint8_t *data, size_t size, const struct rtcp_handler *handler)
{
    bool good = size;
    for (size_t length; size; data += length, size -= length) {
        struct packet packet;
        if (size < RTCP_HEADER || (length = 4 * ((size_t)rtp_read16(data + 2) + 1)) > size)
            return false;
        good &= read_packet(data, length, &packet) && parse_packet(&packet, handler);
    }
    return good;
}

uint64_t ntp_from_unix_us(int64_t us)
{
    int64_t seconds = us / 1000000, rest = us % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    uint64_t fraction = (((uint64_t)rest << 32) + 500000) / 1000000;
    return ((uint64_t)(seconds + UNIX_EPOCH_IN_NTP) << 32) + fraction;
}

/* Era 1 begins in 2036: what has the highest bit unset is read as a time after it (RFC 4330, 3). */
int64_t ntp_to_unix_us(uint64_t ntp)
{
    int64_t seconds = (int64_t)(ntp >> 32) - UNIX_EPOCH_IN_NTP;
    if (!(ntp >> 63))
        seconds += (int64_t)1 << 32;
    return seconds * 1000000 + (int64_t)(((ntp & 0xffffffff) * 1000000 + 0x80000000) >> 32);
}
