/* One RTP packet: header, header extensions of either form, padding. The first byte is the id of the extension that is
 * looked for. */
#include "net/rtp/rtp.h"
#include "fuzz.h"

#include <string.h>

static void check_header(const struct rtp_packet *packet)
{
    uint8_t header[RTP_HEADER_SIZE];
    struct rtp_packet again;
    rtp_write_header(header, packet);
    g_assert_true(rtp_parse(header, sizeof header, &again));
    g_assert_true(again.marker == packet->marker && again.payload_type == packet->payload_type);
    g_assert_true(again.sequence == packet->sequence && again.ssrc == packet->ssrc);
    g_assert_true(again.timestamp == packet->timestamp);
}

/* A packet of our own making carries its transport-wide number whatever it is. */
static void check_stamp(const struct rtp_packet *packet, uint8_t id)
{
    uint8_t stamped[RTP_HEADER_SIZE + RTP_TRANSPORT_CC];
    uint16_t number;
    rtp_write_header(stamped, packet);
    rtp_reserve_transport_cc(stamped, id);
    rtp_stamp_transport_cc(stamped, packet->sequence);
    g_assert_true(rtp_read_transport_cc(stamped, sizeof stamped, id, &number));
    g_assert_cmpuint(number, ==, packet->sequence);
}

static bool lies_within(const uint8_t *data, size_t size, const uint8_t *part, size_t length)
{
    return part >= data && part <= data + size && length <= (size_t)(data + size - part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    uint8_t id = fuzz_byte(&input);
    struct rtp_packet packet;
    bool good = rtp_parse(input.data, input.size, &packet);
    if (good) {
        g_assert_true(lies_within(input.data, input.size, packet.payload, packet.payload_size));
        check_header(&packet);
        if (id >= 1 && id <= 14)
            check_stamp(&packet, id);
    }
    const uint8_t *extension;
    size_t length;
    uint16_t number;
    if (rtp_read_extension(input.data, input.size, id, &extension, &length)) {
        g_assert_true(lies_within(input.data, input.size, extension, length));
        for (size_t i = 0; i < length; i++)
            (void)*(const volatile uint8_t *)&extension[i];
    }
    rtp_read_transport_cc(input.data, input.size, id, &number);
    return 0;
}
