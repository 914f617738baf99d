/* The numbers of RTCP's packet formats (RFC 3550, 6; RFC 4585, 6; RFC 5104, 4.3.1; RFC 7728, 8;
 * draft-alvestrand-rmcat-remb); sizes in bytes. */
#ifndef CALLAPI_NET_RTP_RTCP_FORMAT_H
#define CALLAPI_NET_RTP_RTCP_FORMAT_H

enum rtcp_packet_type {
    RTCP_SENDER_REPORT = 200,
    RTCP_RECEIVER_REPORT = 201,
    RTCP_SDES = 202,
    RTCP_BYE = 203,
    RTCP_APP = 204,
    RTCP_TRANSPORT_FEEDBACK = 205,
    RTCP_PAYLOAD_FEEDBACK = 206,
};

enum rtcp_feedback_format {
    RTCP_FORMAT_NACK = 1,          /* of transport feedback */
    RTCP_FORMAT_PAUSE = 9,         /* also; RFC 7728, 8 */
    RTCP_FORMAT_TRANSPORT_CC = 15, /* also; net/congestion/twcc.h */
    RTCP_FORMAT_PLI = 1,           /* the others of payload-specific feedback */
    RTCP_FORMAT_FIR = 4,
    RTCP_FORMAT_APPLICATION = 15, /* REMB */
};

enum {
    RTCP_HEADER = 4,
    RTCP_SSRC = 4,
    RTCP_SENDER_INFO = 20,
    RTCP_REPORT_BLOCK = 24,
    RTCP_FEEDBACK_HEADER = RTCP_HEADER + 2 * RTCP_SSRC,
    RTCP_NACK_ENTRY = 4,
    RTCP_NACK_SPAN = 16, /* sequence numbers after the first one that an entry's bit mask covers */
    RTCP_FIR_ENTRY = 8,
    RTCP_PAUSE_ENTRY = 8,
    RTCP_REMB_FIXED = 8,
    RTCP_APP_NAME = 4,
    RTCP_MAX_COUNT = 31, /* what the header's 5 bits hold */
    RTCP_MAX_CNAME = 255,
    RTCP_SDES_CNAME = 1,
};

#endif
