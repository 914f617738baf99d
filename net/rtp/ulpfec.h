/* Forward error correction by XOR (RFC 5109, ULPFEC, level 0 only): the format that fec_encoder and fec_decoder share.
 * What is here called the payload of FEC begins with the FEC header; it travels either in a stream of its own (RFC
 * 5956) or, as browsers have it, within the media's stream in RED (RFC 2198). */
#ifndef CALLAPI_NET_RTP_ULPFEC_H
#define CALLAPI_NET_RTP_ULPFEC_H

enum {
    ULPFEC_HEADER = 10,
    ULPFEC_LONG_MASK = 0x40,      /* L, of the first octet */
    ULPFEC_RECOVERED_BITS = 0x3f, /* P, X and CC, of the first octet */
    ULPFEC_LEVEL = 2,             /* the protection length; the mask follows */
    ULPFEC_SHORT = 16,
    ULPFEC_LONG = 48,                                                 /* packets that a mask spans */
    ULPFEC_OVERHEAD = ULPFEC_HEADER + ULPFEC_LEVEL + ULPFEC_LONG / 8, /* at the most */
};

#endif
