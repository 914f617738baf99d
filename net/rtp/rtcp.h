/* RTCP compound packets (RFC 3550, 4585, 5104, 7728, draft-alvestrand-rmcat-remb): one writer, one reader that trusts
 * nothing. */
#ifndef CALLAPI_NET_RTP_RTCP_H
#define CALLAPI_NET_RTP_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/rtp/receiver.h"

struct rtcp_writer {
    uint8_t data[1200];
    size_t size; /* of what was written; appends that do not fit are refused */
};

struct rtcp_block { /* a report block about `ssrc` */
    uint32_t ssrc;
    struct rtp_report report;
};

/* What is said of a stream (RFC 7728, 8.1 to 8.4); its pauses are numbered. */
enum rtcp_pause { RTCP_PAUSE, RTCP_RESUME, RTCP_PAUSED, RTCP_REFUSED };

void rtcp_begin(struct rtcp_writer *writer);
bool rtcp_add_sender_report(struct rtcp_writer *writer, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp,
                            uint32_t packets, uint32_t octets, const struct rtcp_block *blocks, int n_blocks);
bool rtcp_add_receiver_report(struct rtcp_writer *writer, uint32_t ssrc, const struct rtcp_block *blocks, int n_blocks);
bool rtcp_add_cname(struct rtcp_writer *writer, uint32_t ssrc, const char *cname);
bool rtcp_add_nack(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *sequences,
                   int n);
bool rtcp_add_pli(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc);
bool rtcp_add_remb(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bit_rate, const uint32_t *ssrcs, int n);
/* `information`: what twcc_arrivals_write wrote. */
bool rtcp_add_transport_cc(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc,
                           const uint8_t *information, size_t size);
bool rtcp_add_pause(struct rtcp_writer *writer, uint32_t sender_ssrc, enum rtcp_pause what, uint32_t media_ssrc,
                    uint16_t pause_id);
/* Application-defined (RFC 3550, 6.7): `name` has four characters, `text` is filled up with zeros. */
bool rtcp_add_app(struct rtcp_writer *writer, uint32_t ssrc, const char *name, const char *text);
bool rtcp_add_bye(struct rtcp_writer *writer, uint32_t ssrc);

/* A FIR is repeated until it is answered: its command sequence number tells the repetition from a new request (RFC
 * 5104, 4.3.1.2). Zeroed by its owner, kept as long as packets of that connection are parsed. */
struct rtcp_fir_state {
    struct {
        bool known;
        uint32_t sender, media;
        uint8_t sequence;
    } last[4];
    unsigned next; /* the entry that a new pair replaces */
};

/* What a compound packet contained, one call for each; entries may be NULL. */
struct rtcp_handler {
    void (*sender_report)(void *user_data, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp);
    void (*report_block)(void *user_data, uint32_t reporter, const struct rtcp_block *block);
    void (*nack)(void *user_data, uint32_t media_ssrc, uint16_t sequence);
    void (*key_frame_request)(void *user_data,
                              uint32_t media_ssrc);             /* PLI, or FIR with a new command sequence number */
    void (*fir_received)(void *user_data, uint32_t media_ssrc); /* after key_frame_request: that was a FIR */
    void (*remb)(void *user_data, uint64_t bit_rate);
    void (*transport_cc)(void *user_data, const uint8_t *information, size_t size); /* for twcc_sent_feedback */
    void (*pause)(void *user_data, enum rtcp_pause what, uint32_t media_ssrc, uint16_t pause_id);
    void (*bye)(void *user_data, uint32_t ssrc);
    void (*app)(void *user_data, const char *name,
                const char *text); /* `name` without an end; `text` as it came, ended */
    void *user_data;
    struct rtcp_fir_state *fir; /* borrowed; NULL: each FIR counts as a new one */
};

/* False where something in the compound packet is malformed; the rest of it was handled. */
bool rtcp_parse(const uint8_t *data, size_t size, const struct rtcp_handler *handler);

/* NTP time stamps (RFC 3550, 4). ntp_of: from microseconds since 1970. */
uint64_t ntp_from_unix_us(int64_t us);
int64_t ntp_to_unix_us(uint64_t ntp);

#endif
