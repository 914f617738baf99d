#include "net/rtp/rtcp.h"

#include <string.h>

#include "net/rtp/rtcp_format.h"
#include "net/rtp/rtp.h"

void rtcp_begin(struct rtcp_writer *writer)
{
    writer->size = 0;
}

/* Room for a packet of `size` bytes, a multiple of 4, zeroed, its header written; NULL: it does not fit. */
static uint8_t *add_packet(struct rtcp_writer *writer, int count, enum rtcp_packet_type type, size_t size)
{
    if (size > sizeof writer->data - writer->size)
        return NULL;
    uint8_t *out = writer->data + writer->size;
    memset(out, 0, size);
    out[0] = (uint8_t)(0x80 | count);
    out[1] = (uint8_t)type;
    rtp_write16(out + 2, (uint16_t)(size / 4 - 1));
    writer->size += size;
    return out;
}

static void write_blocks(uint8_t *out, const struct rtcp_block *blocks, int n)
{
    for (int i = 0; i < n; i++, out += RTCP_REPORT_BLOCK) {
        const struct rtp_report *report = &blocks[i].report;
        rtp_write32(out, blocks[i].ssrc);
        rtp_write32(out + 4, (uint32_t)report->fraction_lost << 24 | ((uint32_t)report->cumulative_lost & 0xffffff));
        rtp_write32(out + 8, report->highest_sequence);
        rtp_write32(out + 12, report->jitter);
        rtp_write32(out + 16, report->last_sr);
        rtp_write32(out + 20, report->delay_since_last_sr);
    }
}

bool rtcp_add_sender_report(struct rtcp_writer *writer, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp,
                            uint32_t packets, uint32_t octets, const struct rtcp_block *blocks, int n_blocks)
{
    if (n_blocks < 0 || n_blocks > RTCP_MAX_COUNT)
        return false;
    size_t fixed = RTCP_HEADER + RTCP_SSRC + RTCP_SENDER_INFO;
    uint8_t *out = add_packet(writer, n_blocks, RTCP_SENDER_REPORT, fixed + (size_t)n_blocks * RTCP_REPORT_BLOCK);
    if (!out)
        return false;
    rtp_write32(out + 4, ssrc);
    rtp_write32(out + 8, (uint32_t)(ntp >> 32));
    rtp_write32(out + 12, (uint32_t)ntp);
    rtp_write32(out + 16, rtp_timestamp);
    rtp_write32(out + 20, packets);
    rtp_write32(out + 24, octets);
    write_blocks(out + fixed, blocks, n_blocks);
    return true;
}

bool rtcp_add_receiver_report(struct rtcp_writer *writer, uint32_t ssrc, const struct rtcp_block *blocks, int n_blocks)
{
    if (n_blocks < 0 || n_blocks > RTCP_MAX_COUNT)
        return false;
    size_t fixed = RTCP_HEADER + RTCP_SSRC;
    uint8_t *out = add_packet(writer, n_blocks, RTCP_RECEIVER_REPORT, fixed + (size_t)n_blocks * RTCP_REPORT_BLOCK);
    if (!out)
        return false;
    rtp_write32(out + 4, ssrc);
    write_blocks(out + fixed, blocks, n_blocks);
    return true;
}

bool rtcp_add_cname(struct rtcp_writer *writer, uint32_t ssrc, const char *cname)
{
    size_t length = strlen(cname);
    if (length > RTCP_MAX_CNAME)
        return false;
    size_t items = 2 + length + 1; /* at least one zero byte ends the list (RFC 3550, 6.5) */
    uint8_t *out = add_packet(writer, 1, RTCP_SDES, RTCP_HEADER + RTCP_SSRC + (items + 3) / 4 * 4);
    if (!out)
        return false;
    rtp_write32(out + 4, ssrc);
    out[8] = RTCP_SDES_CNAME;
    out[9] = (uint8_t)length;
    memcpy(out + 10, cname, length);
    return true;
}

static uint8_t *add_feedback(struct rtcp_writer *writer, int format, enum rtcp_packet_type type, uint32_t sender_ssrc,
                             uint32_t media_ssrc, size_t information)
{
    uint8_t *out = add_packet(writer, format, type, RTCP_FEEDBACK_HEADER + information);
    if (!out)
        return NULL;
    rtp_write32(out + 4, sender_ssrc);
    rtp_write32(out + 8, media_ssrc);
    return out + RTCP_FEEDBACK_HEADER;
}

/* Writes the entry that begins with sequences[0] (RFC 4585, 6.2.1); returns how many of `sequences` it covers. */
static int write_nack_entry(uint8_t *out, const uint16_t *sequences, int n)
{
    uint16_t mask = 0;
    int covered = 1;
    for (; covered < n; covered++) {
        int ahead = rtp_sequence_difference(sequences[covered], sequences[0]);
        if (ahead < 1 || ahead > RTCP_NACK_SPAN)
            break;
        mask |= (uint16_t)(1u << (ahead - 1));
    }
    rtp_write16(out, sequences[0]);
    rtp_write16(out + 2, mask);
    return covered;
}

bool rtcp_add_nack(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *sequences,
                   int n)
{
    uint8_t entries[sizeof writer->data];
    size_t size = 0;
    while (n > 0) {
        if (size + RTCP_NACK_ENTRY > sizeof entries)
            return false;
        int covered = write_nack_entry(entries + size, sequences, n);
        size += RTCP_NACK_ENTRY;
        sequences += covered;
        n -= covered;
    }
    if (!size)
        return false;
    uint8_t *out = add_feedback(writer, RTCP_FORMAT_NACK, RTCP_TRANSPORT_FEEDBACK, sender_ssrc, media_ssrc, size);
    if (!out)
        return false;
    memcpy(out, entries, size);
    return true;
}

bool rtcp_add_pli(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    return add_feedback(writer, RTCP_FORMAT_PLI, RTCP_PAYLOAD_FEEDBACK, sender_ssrc, media_ssrc, 0) != NULL;
}

bool rtcp_add_remb(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bit_rate, const uint32_t *ssrcs, int n)
{
    if (n < 0 || n > 255)
        return false;
    size_t size = RTCP_REMB_FIXED + RTCP_SSRC * (size_t)n;
    uint8_t *out = add_feedback(writer, RTCP_FORMAT_APPLICATION, RTCP_PAYLOAD_FEEDBACK, sender_ssrc, 0, size);
    if (!out)
        return false;
    uint32_t exponent = 0;
    for (; bit_rate >> 18; bit_rate >>= 1)
        exponent++;
    memcpy(out, "REMB", 4);
    rtp_write32(out + 4, (uint32_t)n << 24 | exponent << 18 | (uint32_t)bit_rate);
    for (int i = 0; i < n; i++)
        rtp_write32(out + RTCP_REMB_FIXED + 4 * i, ssrcs[i]);
    return true;
}

bool rtcp_add_transport_cc(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                           const uint8_t *information, size_t size)
{
    uint8_t *out = add_feedback(writer, RTCP_FORMAT_TRANSPORT_CC, RTCP_TRANSPORT_FEEDBACK, sender_ssrc, media_ssrc,
                                size);
    if (!out)
        return false;
    memcpy(out, information, size);
    return true;
}

bool rtcp_add_pause(struct rtcp_writer *writer, uint32_t sender_ssrc, enum rtcp_pause what, uint32_t media_ssrc,
                    uint16_t pause_id)
{
    uint8_t *out = add_feedback(writer, RTCP_FORMAT_PAUSE, RTCP_TRANSPORT_FEEDBACK, sender_ssrc, 0, RTCP_PAUSE_ENTRY);
    if (!out)
        return false;
    rtp_write32(out, media_ssrc);
    rtp_write32(out + 4, (uint32_t)what << 28 | pause_id);
    return true;
}

bool rtcp_add_app(struct rtcp_writer *writer, uint32_t ssrc, const char *name, const char *text)
{
    size_t length = strlen(text), fixed = RTCP_HEADER + RTCP_SSRC + RTCP_APP_NAME;
    if (length > sizeof writer->data)
        return false;
    uint8_t *out = add_packet(writer, 0, RTCP_APP, fixed + (length + 3) / 4 * 4);
    if (!out)
        return false;
    rtp_write32(out + 4, ssrc);
    memcpy(out + 8, name, RTCP_APP_NAME);
    memcpy(out + fixed, text, length);
    return true;
}

bool rtcp_add_bye(struct rtcp_writer *writer, uint32_t ssrc)
{
    uint8_t *out = add_packet(writer, 1, RTCP_BYE, RTCP_HEADER + RTCP_SSRC);
    if (!out)
        return false;
    rtp_write32(out + 4, ssrc);
    return true;
}
