#include "net/rtp/vp8_payload.h"

#include <assert.h>
#include <string.h>

#include "net/rtp/rtp.h"

enum {
    EXTENDED = 0x80,
    NON_REFERENCE = 0x20,
    START = 0x10,
    PARTITION = 0x07, /* first byte */
    HAS_PICTURE_ID = 0x80,
    HAS_TL0 = 0x40,
    HAS_TEMPORAL_LAYER = 0x20,
    HAS_KEY_INDEX = 0x10, /* its extension */
    LONG_PICTURE_ID = 0x80,
    SENT_DESCRIPTOR = 4, /* first byte, extension, 15-bit picture id */
    KEY_HEADER = 10,     /* frame tag, start code, width, height */
};

struct reader {
    const uint8_t *at, *end;
};

/* The next byte, -1: there is none. */
static int read_byte(struct reader *reader)
{
    return reader->at < reader->end ? *reader->at++ : -1;
}

static bool read_picture_id(struct reader *reader, struct vp8_descriptor *descriptor)
{
    int high = read_byte(reader);
    if (high < 0)
        return false;
    descriptor->picture_id = high;
    if (high & LONG_PICTURE_ID) {
        int low = read_byte(reader);
        descriptor->picture_id = (high & 0x7f) << 8 | low;
        return low >= 0;
    }
    return true;
}

static bool read_extension(struct reader *reader, struct vp8_descriptor *descriptor)
{
    int present = read_byte(reader);
    if (present < 0)
        return false;
    if (present & HAS_PICTURE_ID && !read_picture_id(reader, descriptor))
        return false;
    if (present & HAS_TL0 && (descriptor->tl0_picture_index = read_byte(reader)) < 0)
        return false;
    if (present & (HAS_TEMPORAL_LAYER | HAS_KEY_INDEX)) {
        int byte = read_byte(reader);
        if (byte < 0)
            return false;
        if (present & HAS_TEMPORAL_LAYER)
            descriptor->temporal_layer = byte >> 6;
        if (present & HAS_KEY_INDEX)
            descriptor->key_index = byte & 0x1f;
    }
    return true;
}

bool vp8_parse_descriptor(const uint8_t *payload, size_t size, struct vp8_descriptor *descriptor)
{
    struct reader reader = { payload, payload + size };
    int first = read_byte(&reader);
    if (first < 0)
        return false;
    *descriptor = (struct vp8_descriptor){
        .non_reference = first & NON_REFERENCE,
        .start_of_partition = first & START,
        .partition = first & PARTITION,
        .picture_id = -1,
        .tl0_picture_index = -1,
        .temporal_layer = -1,
        .key_index = -1,
    };
    if (first & EXTENDED && !read_extension(&reader, descriptor))
        return false;
    descriptor->size = (size_t)(reader.at - payload);
    return reader.at < reader.end;
}

int vp8_packetise(const uint8_t *frame, size_t size, uint16_t picture_id, size_t max_payload, rtp_payload_emit emit,
                  void *user_data)
{
    uint8_t payload[RTP_PAYLOAD_MAX];
    assert(max_payload > SENT_DESCRIPTOR && max_payload <= sizeof payload);
    size_t room = max_payload - SENT_DESCRIPTOR;
    size_t count = (size + room - 1) / room, offset = 0;
    for (size_t i = 0; i < count; i++) {
        size_t part = (size - offset + count - i - 1) / (count - i);
        payload[0] = EXTENDED | (i ? 0 : START);
        payload[1] = HAS_PICTURE_ID;
        rtp_write16(payload + 2, LONG_PICTURE_ID << 8 | (picture_id & 0x7fff));
        memcpy(payload + SENT_DESCRIPTOR, frame + offset, part);
        emit(user_data, payload, SENT_DESCRIPTOR + part, i + 1 == count);
        offset += part;
    }
    return (int)count;
}

bool vp8_is_key_frame(const uint8_t *frame, size_t size)
{
    return size && !(frame[0] & 1);
}

bool vp8_key_frame_size(const uint8_t *frame, size_t size, int *width, int *height)
{
    static const uint8_t start_code[] = { 0x9d, 0x01, 0x2a };
    if (size < KEY_HEADER || !vp8_is_key_frame(frame, size) || memcmp(frame + 3, start_code, sizeof start_code))
        return false;
    *width = (frame[6] | frame[7] << 8) & 0x3fff;
    *height = (frame[8] | frame[9] << 8) & 0x3fff;
    return true;
}
