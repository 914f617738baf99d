#include "engine/video/h264.h"

enum {
    NAL_SLICE = 1,
    NAL_IDR_SLICE = 5,
    NAL_SEI = 6,
    NAL_SPS = 7,
    NAL_PPS = 8,
    SEI_RECOVERY_POINT = 6,
};

/* The byte after the next start code, or NULL where no NAL unit follows. */
static const uint8_t *next_nal(const uint8_t *at, const uint8_t *end)
{
    for (; end - at > 3; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1)
            return at + 3;
    return NULL;
}

/* SEI payload types and sizes are sums of 0xFF bytes and one last byte (7.3.2.3.1). False at the end of the data. */
static bool read_sei_number(const uint8_t **at, const uint8_t *end, size_t *number)
{
    *number = 0;
    while (*at < end) {
        uint8_t byte = *(*at)++;
        *number += byte;
        if (byte != 0xFF)
            return true;
    }
    return false;
}

/* Reads each message's head only, so an emulation prevention byte can merely make it miss a message. */
static bool sei_has_recovery_point(const uint8_t *at, const uint8_t *end)
{
    size_t type, size;
    while (read_sei_number(&at, end, &type) && read_sei_number(&at, end, &size)) {
        if (type == SEI_RECOVERY_POINT)
            return true;
        if (size >= (size_t)(end - at))
            return false;
        at += size;
    }
    return false;
}

bool h264_starts_decoding(const uint8_t *data, size_t size)
{
    if (!data)
        return false;
    const uint8_t *end = data + size;
    bool recovery = false;
    for (const uint8_t *nal = next_nal(data, end); nal; nal = next_nal(nal, end)) {
        int type = nal[0] & 0x1F;
        if (type >= NAL_SLICE && type <= NAL_IDR_SLICE)
            return type == NAL_IDR_SLICE || recovery;
        if (type == NAL_SEI) {
            const uint8_t *next = next_nal(nal, end);
            recovery = recovery || sei_has_recovery_point(nal + 1, next ? next - 3 : end);
        }
    }
    return false;
}

unsigned h264_contents(const uint8_t *data, size_t size)
{
    static const unsigned contents[32] = {
        [NAL_SLICE] = H264_SLICE,
        [NAL_IDR_SLICE] = H264_SLICE | H264_IDR,
        [NAL_SPS] = H264_SPS,
        [NAL_PPS] = H264_PPS,
    };
    unsigned found = 0;
    if (!data)
        return 0;
    for (const uint8_t *nal = next_nal(data, data + size); nal; nal = next_nal(nal, data + size))
        found |= contents[nal[0] & 0x1F];
    return found;
}
