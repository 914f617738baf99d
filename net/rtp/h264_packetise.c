#include "net/rtp/h264_payload.h"

#include <assert.h>
#include <string.h>

#include "net/rtp/h264_nal.h"
#include "net/rtp/rtp.h"

struct nal {
    const uint8_t *data;
    size_t size;
};

/* Offset of the next 00 00 01 at or after `offset`, `size`: there is none. */
static size_t find_start_code(const uint8_t *data, size_t size, size_t offset)
{
    for (; offset + 3 <= size; offset++)
        if (!data[offset] && !data[offset + 1] && data[offset + 2] == 1)
            return offset;
    return size;
}

static bool begins_with_start_code(const uint8_t *data, size_t size)
{
    size_t at = find_start_code(data, size, 0);
    for (size_t i = 0; i < at; i++)
        if (data[i])
            return false;
    return at < size;
}

/* A NAL unit never ends with a zero byte (H.264, 7.4.1): those before a start code belong to the byte stream. */
static GArray *split(const uint8_t *data, size_t size)
{
    GArray *nals = g_array_new(FALSE, FALSE, sizeof(struct nal));
    size_t at = find_start_code(data, size, 0);
    while (at < size) {
        size_t begin = at + 3, next = find_start_code(data, size, begin), end = next;
        while (end > begin && !data[end - 1])
            end--;
        struct nal nal = { data + begin, end - begin };
        if (nal.size && (nal.data[0] & H264_TYPE_MASK) != H264_AUD)
            g_array_append_val(nals, nal);
        at = next;
    }
    return nals;
}

/* How many of `nals` fit into one STAP-A; its size goes to `total`. */
static guint count_small(const struct nal *nals, guint n, size_t max_payload, size_t *total)
{
    guint count = 0;
    *total = 1;
    while (count < n && *total + H264_STAP_LENGTH + nals[count].size <= max_payload)
        *total += H264_STAP_LENGTH + nals[count++].size;
    return count;
}

/* RFC 6184, 5.7: F is set where any unit has it set, NRI is the highest of them. */
static void write_aggregate(uint8_t *out, const struct nal *nals, guint n)
{
    uint8_t *header = out++;
    uint8_t forbidden = 0, importance = 0;
    for (guint i = 0; i < n; i++) {
        forbidden |= nals[i].data[0] & H264_F_MASK;
        importance = MAX(importance, nals[i].data[0] & H264_NRI_MASK);
        rtp_write16(out, (uint16_t)nals[i].size);
        memcpy(out + H264_STAP_LENGTH, nals[i].data, nals[i].size);
        out += H264_STAP_LENGTH + nals[i].size;
    }
    *header = forbidden | importance | H264_STAP_A;
}

static int fragment(const struct nal *nal, size_t max_payload, bool last, rtp_payload_emit emit, void *user_data)
{
    uint8_t payload[RTP_PAYLOAD_MAX];
    size_t room = max_payload - H264_FU_HEADER, body = nal->size - 1, offset = 1;
    size_t count = (body + room - 1) / room;
    for (size_t i = 0; i < count; i++) {
        size_t part = (nal->size - offset + count - i - 1) / (count - i);
        payload[0] = (uint8_t)((nal->data[0] & ~H264_TYPE_MASK) | H264_FU_A);
        payload[1] = (i ? 0 : H264_FU_START) | (i + 1 < count ? 0 : H264_FU_END) | (nal->data[0] & H264_TYPE_MASK);
        memcpy(payload + H264_FU_HEADER, nal->data + offset, part);
        emit(user_data, payload, H264_FU_HEADER + part, last && i + 1 == count);
        offset += part;
    }
    return (int)count;
}

int h264_packetise(const uint8_t *access_unit, size_t size, size_t max_payload, rtp_payload_emit emit, void *user_data)
{
    assert(max_payload > H264_FU_HEADER && max_payload <= RTP_PAYLOAD_MAX);
    if (!begins_with_start_code(access_unit, size))
        return 0;
    g_autoptr(GArray) units = split(access_unit, size);
    const struct nal *nals = (const struct nal *)(void *)units->data;
    int payloads = 0;
    for (guint i = 0; i < units->len;) {
        size_t total;
        guint small = count_small(nals + i, units->len - i, max_payload, &total);
        if (small >= 2) {
            uint8_t payload[RTP_PAYLOAD_MAX];
            write_aggregate(payload, nals + i, small);
            i += small;
            emit(user_data, payload, total, i == units->len);
            payloads++;
            continue;
        }
        bool last = i + 1 == units->len;
        if (nals[i].size <= max_payload) {
            emit(user_data, nals[i].data, nals[i].size, last);
            payloads++;
        } else {
            payloads += fragment(&nals[i], max_payload, last, emit, user_data);
        }
        i++;
    }
    return payloads;
}

int h264_packetise_single(const uint8_t *access_unit, size_t size, size_t max_payload, rtp_payload_emit emit,
                          void *user_data)
{
    if (!begins_with_start_code(access_unit, size))
        return 0;
    g_autoptr(GArray) units = split(access_unit, size);
    const struct nal *nals = (const struct nal *)(void *)units->data;
    for (guint i = 0; i < units->len; i++)
        if (nals[i].size > max_payload)
            return 0;
    for (guint i = 0; i < units->len; i++)
        emit(user_data, nals[i].data, nals[i].size, i + 1 == units->len);
    return (int)units->len;
}
