/* VP8 payloads: their descriptor and the frame's header; the rest is cut into payloads again. */
#include "fuzz.h"
#include "net/rtp/vp8_payload.h"

struct payloads {
    size_t limit, bytes;
    int n, picture_id;
    bool ended;
};

static void check(void *user_data, const uint8_t *payload, size_t size, bool last)
{
    struct payloads *payloads = user_data;
    struct vp8_descriptor descriptor;
    g_assert_true(size && size <= payloads->limit && !payloads->ended);
    g_assert_true(vp8_parse_descriptor(payload, size, &descriptor));
    g_assert_true(descriptor.start_of_partition == !payloads->n);
    g_assert_cmpint(descriptor.picture_id, ==, payloads->picture_id);
    payloads->bytes += size - descriptor.size;
    payloads->ended = last;
    payloads->n++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    size_t limit = 20 + fuzz_number(&input, 2) % (RTP_PAYLOAD_MAX - 20);
    struct vp8_descriptor descriptor;
    if (!vp8_parse_descriptor(input.data, input.size, &descriptor))
        return 0;
    g_assert_cmpuint(descriptor.size, <, input.size);
    const uint8_t *frame = input.data + descriptor.size;
    size_t frame_size = input.size - descriptor.size;
    int width = 0, height = 0;
    if (vp8_key_frame_size(frame, frame_size, &width, &height)) {
        g_assert_true(vp8_is_key_frame(frame, frame_size));
        g_assert_true(width >= 0 && width <= 0x3fff && height >= 0 && height <= 0x3fff);
    }
    struct payloads payloads = { .limit = limit, .picture_id = MAX(descriptor.picture_id, 0) };
    int n = vp8_packetise(frame, frame_size, (uint16_t)payloads.picture_id, limit, check, &payloads);
    g_assert_true(n == payloads.n && payloads.ended && payloads.bytes == frame_size);
    return 0;
}
