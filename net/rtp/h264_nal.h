/* H.264 NAL unit types (ITU-T H.264, table 7-1) and the aggregates of RFC 6184, 5.2. */
#ifndef CALLAPI_NET_RTP_H264_NAL_H
#define CALLAPI_NET_RTP_H264_NAL_H

enum h264_nal_type {
    H264_SLICE = 1,
    H264_IDR = 5,
    H264_SEI = 6,
    H264_SPS = 7,
    H264_PPS = 8,
    H264_AUD = 9,
    H264_SINGLE_MAX = 23, /* the largest type that a NAL unit itself can have */
    H264_STAP_A = 24,
    H264_FU_A = 28,
};

enum {
    H264_TYPE_MASK = 0x1f,
    H264_NRI_MASK = 0x60,
    H264_F_MASK = 0x80,
    H264_FU_START = 0x80,
    H264_FU_END = 0x40,
    H264_FU_HEADER = 2,   /* indicator and header */
    H264_STAP_LENGTH = 2, /* before each unit in a STAP-A */
};

#endif
