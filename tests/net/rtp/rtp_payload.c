/* RTP headers, H.264 and VP8 payloads: there and back, and what nobody should send. */
#include <glib.h>
#include <string.h>

#include "net/rtp/h264_payload.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "net/rtp/vp8_payload.h"

enum { MAX_PAYLOAD = RTP_MTU - RTP_HEADER_SIZE };

struct payloads {
    GPtrArray *all; /* GBytes */
    size_t limit;
    int last_at; /* index of the one with `last`, -1: none */
};

static void collect(void *user_data, const uint8_t *payload, size_t size, bool last)
{
    struct payloads *payloads = user_data;
    g_assert_cmpuint(size, >, 0);
    g_assert_cmpuint(size, <=, payloads->limit);
    g_assert_cmpint(payloads->last_at, ==, -1);
    if (last)
        payloads->last_at = (int)payloads->all->len;
    g_ptr_array_add(payloads->all, g_bytes_new(payload, size));
}

static struct payloads payloads_new(size_t limit)
{
    return (struct payloads){ g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref), limit, -1 };
}

static const uint8_t *payload_at(const struct payloads *payloads, guint i, size_t *size)
{
    return g_bytes_get_data(g_ptr_array_index(payloads->all, i), size);
}

/* Packetises, checks the marker's place. */
static struct payloads packetise(const GByteArray *unit, size_t limit)
{
    struct payloads payloads = payloads_new(limit);
    int n = h264_packetise(unit->data, unit->len, limit, collect, &payloads);
    g_assert_cmpint(n, ==, payloads.all->len);
    g_assert_cmpint(payloads.last_at, ==, n - 1);
    return payloads;
}

/* A NAL unit with no start code in it and no zero at its end. */
static void append_nal(GByteArray *unit, GRand *random, uint8_t header, size_t size, int start_code)
{
    static const uint8_t zeros[] = { 0, 0, 0, 1 };
    g_byte_array_append(unit, zeros + 4 - start_code, (guint)start_code);
    g_byte_array_append(unit, &header, 1);
    for (size_t i = 1; i < size; i++) {
        uint8_t byte = (uint8_t)g_rand_int_range(random, 1, 256);
        g_byte_array_append(unit, &byte, 1);
    }
}

static GByteArray *put_together(struct h264_depacketiser *depacketiser, const struct payloads *payloads, bool *key)
{
    h264_depacketiser_begin(depacketiser);
    for (guint i = 0; i < payloads->all->len; i++) {
        size_t size;
        const uint8_t *data = payload_at(payloads, i, &size);
        struct h264_payload_info info;
        g_assert_true(h264_parse_payload(data, size, &info));
        g_assert_true(h264_depacketiser_add(depacketiser, data, size));
    }
    const GByteArray *unit = h264_depacketiser_end(depacketiser, key);
    g_assert_nonnull(unit);
    GByteArray *copy = g_byte_array_new();
    return g_byte_array_append(copy, unit->data, unit->len);
}

static void assert_equal(const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

static void h264_there_and_back(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    GRand *random = g_rand_new_with_seed(seed);
    struct h264_depacketiser *depacketiser = h264_depacketiser_create();
    for (int round = 0; round < 150; round++) {
        g_autoptr(GByteArray) unit = g_byte_array_new();
        int nals = g_rand_int_range(random, 1, 9);
        for (int i = 0; i < nals; i++) {
            size_t size = (size_t)g_rand_int_range(random, 1, g_rand_boolean(random) ? 60 : 5000);
            uint8_t type = (uint8_t[]){ 1, 6, 5, 7, 8 }[g_rand_int_range(random, 0, 5)];
            append_nal(unit, random, (uint8_t)(g_rand_int_range(random, 0, 4) << 5 | type), size, 4);
        }
        struct payloads payloads = packetise(unit, (size_t)g_rand_int_range(random, 20, MAX_PAYLOAD + 1));
        bool key;
        h264_depacketiser_reset(depacketiser);
        g_autoptr(GByteArray) back = put_together(depacketiser, &payloads, &key);
        assert_equal(unit, back);
        g_ptr_array_unref(payloads.all);
    }
    h264_depacketiser_destroy(depacketiser);
    g_rand_free(random);
}

/* Around the size where a NAL unit stops fitting into one packet. */
static void h264_at_the_limit(void)
{
    GRand *random = g_rand_new_with_seed(1);
    for (size_t size = MAX_PAYLOAD - 3; size < MAX_PAYLOAD + 4; size++) {
        g_autoptr(GByteArray) unit = g_byte_array_new();
        append_nal(unit, random, 0x65, size, 4);
        struct payloads payloads = packetise(unit, MAX_PAYLOAD);
        g_assert_cmpint(payloads.all->len, ==, size <= MAX_PAYLOAD ? 1 : 2);
        size_t first;
        const uint8_t *data = payload_at(&payloads, 0, &first);
        g_assert_cmphex(data[0], ==, size <= MAX_PAYLOAD ? 0x65 : 0x7c);
        if (size > MAX_PAYLOAD) {
            g_assert_cmphex(data[1], ==, 0x85);
            g_assert_cmphex(payload_at(&payloads, 1, &first)[1], ==, 0x45);
        }
        g_ptr_array_unref(payloads.all);
    }
    g_rand_free(random);
}

/* Two NAL units of together exactly as much as a STAP-A holds, and one byte more. */
static void h264_aggregate_at_the_limit(void)
{
    GRand *random = g_rand_new_with_seed(2);
    for (size_t more = 0; more < 2; more++) {
        g_autoptr(GByteArray) unit = g_byte_array_new();
        append_nal(unit, random, 0x67, 85, 4);
        append_nal(unit, random, 0x28, MAX_PAYLOAD - 1 - 4 - 85 + more, 4);
        struct payloads payloads = packetise(unit, MAX_PAYLOAD);
        g_assert_cmpint(payloads.all->len, ==, 1 + more);
        size_t size;
        const uint8_t *data = payload_at(&payloads, 0, &size);
        g_assert_cmphex(data[0], ==, more ? 0x67 : 0x78);
        g_ptr_array_unref(payloads.all);
    }
    g_rand_free(random);
}

/* Both kinds of start codes, zeros before them, an access unit delimiter: what an encoder may write. */
static void h264_annex_b(void)
{
    static const uint8_t unit[] = { 0, 0, 0, 0,    1,    9, 0xf0, 0, 0, 1, 0x67, 1,    2,    3, 0x9f, 0, 0,
                                    0, 0, 1, 0x68, 0xce, 0, 0,    1, 0, 0, 1,    0x65, 0x88, 0, 3,    0, 0 };
    static const uint8_t expected[] = { 0x78, 0, 5, 0x67, 1, 2, 3, 0x9f, 0, 2, 0x68, 0xce, 0, 4, 0x65, 0x88, 0, 3 };
    struct payloads payloads = payloads_new(MAX_PAYLOAD);
    g_assert_cmpint(h264_packetise(unit, sizeof unit, MAX_PAYLOAD, collect, &payloads), ==, 1);
    size_t size;
    const uint8_t *data = payload_at(&payloads, 0, &size);
    g_assert_cmpmem(data, size, expected, sizeof expected);
    struct h264_payload_info info;
    g_assert_true(h264_parse_payload(data, size, &info));
    g_assert_true(info.random_access && info.first_slice && info.parameter_sets);
    g_ptr_array_unref(payloads.all);
}

static void h264_nothing_to_send(void)
{
    static const uint8_t no_start[] = { 0x65, 1, 2, 3 }, late_start[] = { 7, 0, 0, 1, 0x65, 1 },
                         only_codes[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 1 }, delimiter[] = { 0, 0, 1, 9, 0xf0 };
    struct payloads payloads = payloads_new(MAX_PAYLOAD);
    g_assert_cmpint(h264_packetise(no_start, sizeof no_start, MAX_PAYLOAD, collect, &payloads), ==, 0);
    g_assert_cmpint(h264_packetise(late_start, sizeof late_start, MAX_PAYLOAD, collect, &payloads), ==, 0);
    g_assert_cmpint(h264_packetise(only_codes, sizeof only_codes, MAX_PAYLOAD, collect, &payloads), ==, 0);
    g_assert_cmpint(h264_packetise(delimiter, sizeof delimiter, MAX_PAYLOAD, collect, &payloads), ==, 0);
    g_assert_cmpint(h264_packetise(no_start, 0, MAX_PAYLOAD, collect, &payloads), ==, 0);
    g_ptr_array_unref(payloads.all);
}

static void h264_malformed(void)
{
    static const struct {
        uint8_t data[12];
        size_t size;
    } cases[] = {
        { { 0x78 }, 1 }, /* an aggregate of nothing */
        { { 0x78, 0 }, 2 },
        { { 0x78, 0, 0, 0x67 }, 4 },       /* of a unit of size 0 */
        { { 0x78, 0, 3, 0x67, 1 }, 5 },    /* of a unit larger than it */
        { { 0x78, 0, 2, 0x67, 1, 0 }, 6 }, /* with a byte too many */
        { { 0x78, 0, 2, 0x7c, 0x85 }, 5 }, /* of a fragment */
        { { 0x7c }, 1 },
        { { 0x7c, 0x85 }, 2 },                /* a fragment of nothing */
        { { 0x7c, 0x80, 1 }, 3 },             /* of type 0 */
        { { 0x7c, 0x9c, 1 }, 3 },             /* of a fragment */
        { { 0x60, 1 }, 2 },                   /* type 0 */
        { { 0x79, 0, 0, 0, 2, 0x67, 1 }, 7 }, /* STAP-B: not in mode 1 */
        { { 0x7e, 1 }, 2 },
        { { 0 }, 0 },
    };
    struct h264_depacketiser *depacketiser = h264_depacketiser_create();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree uint8_t *data = g_memdup2(cases[i].data, MAX(cases[i].size, 1));
        struct h264_payload_info info;
        g_assert_false(h264_parse_payload(data, cases[i].size, &info));
        h264_depacketiser_begin(depacketiser);
        g_assert_false(h264_depacketiser_add(depacketiser, data, cases[i].size));
    }
    static const uint8_t middle[] = { 0x7c, 0x05, 1, 2 };
    h264_depacketiser_begin(depacketiser);
    g_assert_false(h264_depacketiser_add(depacketiser, middle, sizeof middle));
    bool key;
    g_assert_null(h264_depacketiser_end(depacketiser, &key));
    h264_depacketiser_destroy(depacketiser);
}

static void h264_remembers_parameter_sets(void)
{
    static const uint8_t sets[] = { 0x78, 0, 6, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11, 0, 3, 0x68, 0xce, 0x3c },
                         idr[] = { 0x65, 0x88, 1 }, slice[] = { 0x41, 0x9a, 1 };
    static const uint8_t expected[] = { 0, 0, 0,    1,    0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11, 0,    0,
                                        0, 1, 0x68, 0xce, 0x3c, 0,    0,    0,    1,    0x65, 0x88, 1 };
    struct h264_depacketiser *depacketiser = h264_depacketiser_create();
    bool key;
    h264_depacketiser_begin(depacketiser);
    g_assert_true(h264_depacketiser_add(depacketiser, idr, sizeof idr));
    g_assert_nonnull(h264_depacketiser_end(depacketiser, &key));
    g_assert_false(key); /* no parameter sets yet: nothing can decode it */

    h264_depacketiser_learn(depacketiser, sets, sizeof sets);
    h264_depacketiser_begin(depacketiser);
    g_assert_true(h264_depacketiser_add(depacketiser, idr, sizeof idr));
    const GByteArray *unit = h264_depacketiser_end(depacketiser, &key);
    g_assert_true(key);
    g_assert_cmpmem(unit->data, unit->len, expected, sizeof expected);

    h264_depacketiser_begin(depacketiser);
    g_assert_true(h264_depacketiser_add(depacketiser, slice, sizeof slice));
    unit = h264_depacketiser_end(depacketiser, &key);
    g_assert_false(key);
    g_assert_cmpuint(unit->len, ==, 4 + sizeof slice);
    h264_depacketiser_destroy(depacketiser);
}

static void vp8_there_and_back(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    GRand *random = g_rand_new_with_seed(seed);
    for (int round = 0; round < 100; round++) {
        size_t size = round < 6 ? (size_t)(MAX_PAYLOAD - 4 - 3 + round) : (size_t)g_rand_int_range(random, 1, 20000);
        g_autofree uint8_t *frame = g_malloc(size);
        for (size_t i = 0; i < size; i++)
            frame[i] = (uint8_t)g_rand_int(random);
        uint16_t id = (uint16_t)g_rand_int(random);
        struct payloads payloads = payloads_new(MAX_PAYLOAD);
        g_assert_cmpint(vp8_packetise(frame, size, id, MAX_PAYLOAD, collect, &payloads), ==, payloads.all->len);
        g_assert_cmpint(payloads.last_at, ==, payloads.all->len - 1);
        g_assert_cmpuint(payloads.all->len, ==, (size + MAX_PAYLOAD - 5) / (MAX_PAYLOAD - 4));
        g_autoptr(GByteArray) back = g_byte_array_new();
        for (guint i = 0; i < payloads.all->len; i++) {
            size_t length;
            const uint8_t *data = payload_at(&payloads, i, &length);
            struct vp8_descriptor descriptor;
            g_assert_true(vp8_parse_descriptor(data, length, &descriptor));
            g_assert_cmpint(descriptor.picture_id, ==, id & 0x7fff);
            g_assert_cmpint(descriptor.start_of_partition, ==, i == 0);
            g_assert_cmpint(descriptor.partition, ==, 0);
            g_byte_array_append(back, data + descriptor.size, (guint)(length - descriptor.size));
        }
        g_assert_cmpmem(back->data, back->len, frame, size);
        g_ptr_array_unref(payloads.all);
    }
    g_rand_free(random);
}

/* Each variant of the descriptor, and each of its truncations. */
static void vp8_descriptors(void)
{
    static const struct {
        uint8_t data[8];
        size_t size;
        struct vp8_descriptor expected;
    } cases[] = {
        { { 0x10, 0xaa }, 2, { false, true, 0, -1, -1, -1, -1, 1 } },
        { { 0x23, 0xaa }, 2, { true, false, 3, -1, -1, -1, -1, 1 } },
        { { 0x90, 0x00, 0xaa }, 3, { false, true, 0, -1, -1, -1, -1, 2 } },
        { { 0x90, 0x80, 0x7f, 0xaa }, 4, { false, true, 0, 127, -1, -1, -1, 3 } },
        { { 0x90, 0x80, 0xff, 0xfe, 0xaa }, 5, { false, true, 0, 0x7ffe, -1, -1, -1, 4 } },
        { { 0x90, 0xc0, 0x05, 0x42, 0xaa }, 5, { false, true, 0, 5, 0x42, -1, -1, 4 } },
        { { 0x90, 0x20, 0x80, 0xaa }, 4, { false, true, 0, -1, -1, 2, -1, 3 } },
        { { 0x90, 0x10, 0x1f, 0xaa }, 4, { false, true, 0, -1, -1, -1, 31, 3 } },
        { { 0xb1, 0xf0, 0x81, 0x02, 0x03, 0x64, 0xaa }, 7, { true, true, 1, 0x102, 3, 1, 4, 6 } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct vp8_descriptor *expected = &cases[i].expected;
        struct vp8_descriptor got;
        g_assert_true(vp8_parse_descriptor(cases[i].data, cases[i].size, &got));
        g_assert_cmpint(got.non_reference, ==, expected->non_reference);
        g_assert_cmpint(got.start_of_partition, ==, expected->start_of_partition);
        g_assert_cmpint(got.partition, ==, expected->partition);
        g_assert_cmpint(got.picture_id, ==, expected->picture_id);
        g_assert_cmpint(got.tl0_picture_index, ==, expected->tl0_picture_index);
        g_assert_cmpint(got.temporal_layer, ==, expected->temporal_layer);
        g_assert_cmpint(got.key_index, ==, expected->key_index);
        g_assert_cmpuint(got.size, ==, expected->size);
        for (size_t size = 0; size < cases[i].size; size++) {
            g_autofree uint8_t *cut = g_memdup2(cases[i].data, MAX(size, 1));
            g_assert_false(vp8_parse_descriptor(cut, size, &got));
        }
    }
}

static void vp8_key_frames(void)
{
    static const uint8_t frame[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0xe0, 0x81 };
    int width, height;
    g_assert_true(vp8_key_frame_size(frame, sizeof frame, &width, &height));
    g_assert_cmpint(width, ==, 640);
    g_assert_cmpint(height, ==, 480);
    g_assert_false(vp8_key_frame_size(frame, sizeof frame - 1, &width, &height));
    g_assert_false(vp8_is_key_frame(frame, 0));
    g_assert_false(vp8_is_key_frame(frame + 4, 1));
}

static void rtp_headers(void)
{
    static const uint8_t full[] = {
        0xb2, 0xe0, 0x12, 0x34, 1, 2, 3, 4, 5,    6,    7, 8, /* padding, extension, two contributing sources, marker,
                                                                 96 */
        0,    0,    0,    1,    0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0, /* one word of extension */
        0xaa, 0xbb, 0,    0,    3,                                              /* payload, padding */
    };
    struct rtp_packet packet;
    g_assert_true(rtp_parse(full, sizeof full, &packet));
    g_assert_true(packet.marker);
    g_assert_cmpint(packet.payload_type, ==, 96);
    g_assert_cmphex(packet.sequence, ==, 0x1234);
    g_assert_cmphex(packet.timestamp, ==, 0x01020304);
    g_assert_cmphex(packet.ssrc, ==, 0x05060708);
    static const uint8_t payload[] = { 0xaa, 0xbb };
    g_assert_cmpmem(packet.payload, packet.payload_size, payload, sizeof payload);
    for (size_t size = 0; size < 28; size++) {
        g_autofree uint8_t *cut = g_memdup2(full, MAX(size, 1));
        g_assert_false(rtp_parse(cut, size, &packet));
    }
    uint8_t header[RTP_HEADER_SIZE];
    rtp_write_header(header, &packet);
    struct rtp_packet again;
    g_assert_true(rtp_parse(header, sizeof header, &again));
    g_assert_true(again.marker && again.sequence == packet.sequence && again.timestamp == packet.timestamp &&
                  again.ssrc == packet.ssrc && again.payload_type == packet.payload_type && !again.payload_size);
    header[0] = 0x40;
    g_assert_false(rtp_parse(header, sizeof header, &again));
    g_assert_cmpint(rtp_sequence_difference(2, 65534), ==, 4);
    g_assert_cmpint(rtp_sequence_difference(65534, 2), ==, -4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtp/headers", rtp_headers);
    g_test_add_func("/h264/there_and_back", h264_there_and_back);
    g_test_add_func("/h264/at_the_limit", h264_at_the_limit);
    g_test_add_func("/h264/aggregate_at_the_limit", h264_aggregate_at_the_limit);
    g_test_add_func("/h264/annex_b", h264_annex_b);
    g_test_add_func("/h264/nothing_to_send", h264_nothing_to_send);
    g_test_add_func("/h264/malformed", h264_malformed);
    g_test_add_func("/h264/remembers_parameter_sets", h264_remembers_parameter_sets);
    g_test_add_func("/vp8/there_and_back", vp8_there_and_back);
    g_test_add_func("/vp8/descriptors", vp8_descriptors);
    g_test_add_func("/vp8/key_frames", vp8_key_frames);
    return g_test_run();
}
