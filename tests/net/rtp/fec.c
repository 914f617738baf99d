/* Forward error correction: what is lost of a group comes back, in whatever order the rest arrives; what nobody should
 * send does no harm; and how much redundancy which conditions ask for. */
#include "net/rtp/fec_encoder.h"

#include <string.h>

#include <glib.h>

#include "net/rtp/fec_decoder.h"
#include "net/rtp/fec_policy.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "net/rtp/ulpfec.h"

enum { SSRC = 0x12345678, MOST = FEC_MAX_GROUP };

/* A group of packets and the redundancy for it. */
struct group {
    GPtrArray *media, *fec; /* GBytes */
};

static GBytes *make_packet(uint16_t sequence)
{
    uint8_t packet[RTP_MTU];
    size_t size = RTP_HEADER_SIZE + (size_t)g_test_rand_int_range(1, 1100);
    for (size_t i = 0; i < size; i++)
        packet[i] = (uint8_t)g_test_rand_int();
    rtp_write_header(packet, &(struct rtp_packet){
                                 .marker = sequence & 1,
                                 .payload_type = 96,
                                 .sequence = sequence,
                                 .timestamp = sequence * 3000u,
                                 .ssrc = SSRC,
                             });
    return g_bytes_new(packet, size);
}

static void keep_fec(void *user_data, const uint8_t *payload, size_t size)
{
    struct group *group = user_data;
    g_ptr_array_add(group->fec, g_bytes_new(payload, size));
}

static struct group make_group(uint16_t first, int n, int redundancy, enum fec_mask mask)
{
    struct group group = {
        g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
        g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
    };
    struct fec_encoder *encoder = fec_encoder_create();
    for (int i = 0; i < n; i++) {
        GBytes *packet = make_packet((uint16_t)(first + i));
        fec_encoder_add(encoder, g_bytes_get_data(packet, NULL), g_bytes_get_size(packet));
        g_ptr_array_add(group.media, packet);
    }
    g_assert_cmpint(fec_encoder_count(encoder), ==, n);
    g_assert_cmpint(fec_encoder_finish(encoder, redundancy, mask, keep_fec, &group), ==, (int)group.fec->len);
    g_assert_cmpint(fec_encoder_count(encoder), ==, 0);
    fec_encoder_destroy(encoder);
    return group;
}

static void free_group(struct group *group)
{
    g_ptr_array_unref(group->media);
    g_ptr_array_unref(group->fec);
}

static void add_media(struct fec_decoder *decoder, GBytes *packet)
{
    fec_decoder_add_media(decoder, g_bytes_get_data(packet, NULL), g_bytes_get_size(packet));
}

static void add_fec(struct fec_decoder *decoder, GBytes *payload)
{
    fec_decoder_add_fec(decoder, SSRC, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
}

/* Takes what was recovered and returns how much that was; each has to be one of the group that was lost. */
static int take_all(struct fec_decoder *decoder, const struct group *group, const bool *lost)
{
    int n = 0;
    GBytes *recovered;
    while ((recovered = fec_decoder_take(decoder))) {
        bool known = false;
        for (guint i = 0; i < group->media->len; i++)
            known |= lost[i] && g_bytes_equal(group->media->pdata[i], recovered);
        g_assert_true(known);
        g_bytes_unref(recovered);
        n++;
    }
    return n;
}

/* The packet before the group tells the decoder where the stream is. */
static int recovered_of(const struct group *group, const bool *lost, uint16_t first)
{
    struct fec_decoder *decoder = fec_decoder_create();
    GBytes *before = make_packet((uint16_t)(first - 1));
    add_media(decoder, before);
    g_bytes_unref(before);
    for (guint i = 0; i < group->media->len; i++)
        if (!lost[i])
            add_media(decoder, group->media->pdata[i]);
    for (guint i = 0; i < group->fec->len; i++)
        add_fec(decoder, group->fec->pdata[i]);
    int n = take_all(decoder, group, lost);
    g_assert_cmpuint(fec_decoder_stats(decoder).recovered, ==, (uint64_t)n);
    g_assert_cmpuint(fec_decoder_stats(decoder).received, ==, group->fec->len);
    fec_decoder_destroy(decoder);
    return n;
}

static void any_single_loss(void)
{
    static const struct {
        int n, redundancy;
    } cases[] = {
        { 1, 1 }, { 2, 1 }, { 3, 2 }, { 16, 1 }, { 17, 3 }, { 48, 1 }, { 48, 7 }, { 100, 6 }, { 192, 20 },
    };
    for (size_t c = 0; c < G_N_ELEMENTS(cases); c++)
        for (int mask = FEC_MASK_SINGLE; mask <= FEC_MASK_BURST; mask++) {
            uint16_t first = (uint16_t)(65536 - cases[c].n / 2); /* over the wrap */
            struct group group = make_group(first, cases[c].n, cases[c].redundancy, (enum fec_mask)mask);
            g_assert_cmpuint(group.fec->len, >=, (guint)cases[c].redundancy);
            for (int i = 0; i < cases[c].n; i++) {
                bool lost[MOST] = { 0 };
                lost[i] = true;
                g_assert_cmpint(recovered_of(&group, lost, first), ==, 1);
            }
            free_group(&group);
        }
}

/* Two packets of redundancy: any two neighbours come back, and most pairs, though three masks only are there to tell
 * them apart. */
static void two_losses(void)
{
    enum { N = 6 };
    struct group group = make_group(10, N, 2, FEC_MASK_SINGLE);
    int pairs = 0, mended = 0;
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++) {
            bool lost[MOST] = { 0 };
            lost[i] = lost[j] = true;
            pairs++;
            mended += recovered_of(&group, lost, 10) == 2;
        }
    g_assert_cmpint(mended, >, pairs / 2);
    for (int i = 0; i < 2; i++) {
        bool lost[MOST] = { 0 };
        lost[i] = lost[i + 1] = true;
        g_assert_cmpint(recovered_of(&group, lost, 10), ==, 2);
    }
    free_group(&group);
}

static void bursts(void)
{
    for (int n = 4; n < 140; n += 9) {
        struct group group = make_group(65500, n, 4 * ((n + 47) / 48), FEC_MASK_BURST);
        for (int first = 0; first + 4 <= n; first++) {
            bool lost[MOST] = { 0 };
            for (int i = 0; i < 4; i++)
                lost[first + i] = true;
            g_assert_cmpint(recovered_of(&group, lost, 65500), ==, 4);
        }
        free_group(&group);
    }
}

/* Whatever the order: each packet that is missing at the end and can be had is had, once. */
static void any_order(void)
{
    for (int round = 0; round < 500; round++) {
        int n = g_test_rand_int_range(1, 40);
        uint16_t first = (uint16_t)g_test_rand_int();
        struct group group = make_group(first, n, 1, FEC_MASK_SINGLE);
        int missing = g_test_rand_int_range(0, n);
        bool lost[MOST] = { 0 };
        lost[missing] = true;
        g_autoptr(GPtrArray) order = g_ptr_array_new();
        for (int i = 0; i < n; i++)
            for (int copies = i == missing ? 0 : g_test_rand_int_range(1, 3); copies; copies--)
                g_ptr_array_insert(order, g_test_rand_int_range(0, (int32_t)order->len + 1), group.media->pdata[i]);
        int fec_at = g_test_rand_int_range(0, (int32_t)order->len + 1);
        struct fec_decoder *decoder = fec_decoder_create();
        GBytes *before = make_packet((uint16_t)(first - 1));
        add_media(decoder, before);
        g_bytes_unref(before);
        int got = 0;
        bool none[MOST];
        memset(none, true, sizeof none); /* before all has come others count as lost, too */
        for (int i = 0; i <= (int)order->len; i++) {
            if (i == fec_at)
                add_fec(decoder, group.fec->pdata[0]);
            if (i < (int)order->len)
                add_media(decoder, order->pdata[i]);
            got += take_all(decoder, &group, none);
        }
        g_assert_cmpint(got, ==, 1);
        add_media(decoder, group.media->pdata[missing]); /* late: no more to be had */
        add_fec(decoder, group.fec->pdata[0]);
        g_assert_cmpint(take_all(decoder, &group, lost), ==, 0);
        g_assert_cmpuint(fec_decoder_stats(decoder).discarded, ==, 1);
        fec_decoder_destroy(decoder);
        free_group(&group);
    }
}

/* Nothing is made of what belongs to another source, to packets long gone, or to a stream that began anew. */
static void what_does_not_fit(void)
{
    struct group group = make_group(1000, 4, 1, FEC_MASK_SINGLE);
    struct fec_decoder *decoder = fec_decoder_create();
    GBytes *fec = group.fec->pdata[0];
    add_fec(decoder, fec); /* before any media */
    for (int i = 0; i < 3; i++)
        add_media(decoder, group.media->pdata[i]);
    fec_decoder_add_fec(decoder, SSRC + 1, g_bytes_get_data(fec, NULL), g_bytes_get_size(fec));
    g_assert_null(fec_decoder_take(decoder));
    for (int i = 0; i < FEC_WINDOW; i++) {
        GBytes *packet = make_packet((uint16_t)(1004 + i));
        add_media(decoder, packet);
        g_bytes_unref(packet);
    }
    add_fec(decoder, fec);
    g_assert_null(fec_decoder_take(decoder));
    g_assert_cmpuint(fec_decoder_stats(decoder).discarded, ==, 3);
    GBytes *far = make_packet(30000);
    add_media(decoder, far);
    g_bytes_unref(far);
    for (int i = 0; i < 3; i++)
        add_media(decoder, group.media->pdata[i]); /* back again: another beginning */
    add_fec(decoder, fec);
    GBytes *recovered = fec_decoder_take(decoder);
    g_assert_true(g_bytes_equal(recovered, group.media->pdata[3]));
    g_bytes_unref(recovered);
    fec_decoder_destroy(decoder);
    free_group(&group);
}

static void expect_nothing(struct fec_decoder *decoder, const uint8_t *payload, size_t size)
{
    uint64_t discarded = fec_decoder_stats(decoder).discarded;
    g_autofree uint8_t *exact = g_memdup2(payload, size);
    fec_decoder_add_fec(decoder, SSRC, exact, size);
    g_assert_null(fec_decoder_take(decoder));
    g_assert_cmpuint(fec_decoder_stats(decoder).discarded, ==, discarded + 1);
}

static void hostile_redundancy(void)
{
    struct group group = make_group(500, 3, 1, FEC_MASK_SINGLE);
    struct fec_decoder *decoder = fec_decoder_create();
    add_media(decoder, group.media->pdata[0]);
    add_media(decoder, group.media->pdata[2]);
    size_t size;
    const uint8_t *good = g_bytes_get_data(group.fec->pdata[0], &size);
    uint8_t bad[RTP_MTU + ULPFEC_OVERHEAD];
    for (size_t cut = 0; cut < size; cut += cut < 20 ? 1 : 37)
        expect_nothing(decoder, good, cut);
    memcpy(bad, good, size);
    memset(bad + ULPFEC_HEADER + ULPFEC_LEVEL, 0, 2); /* covers nothing */
    expect_nothing(decoder, bad, size);
    memcpy(bad, good, size);
    rtp_write16(bad + ULPFEC_HEADER, 0xffff); /* protects more than there is */
    expect_nothing(decoder, bad, size);
    memcpy(bad, good, size);
    rtp_write16(bad + 8, rtp_read16(bad + 8) ^ 0x8000); /* recovers more than it protects */
    expect_nothing(decoder, bad, size);
    memcpy(bad, good, size);
    bad[0] ^= 0x10; /* recovers a header that does not fit */
    rtp_write16(bad + 8, rtp_read16(bad + 8) ^ (uint16_t)(g_bytes_get_size(group.media->pdata[1]) - RTP_HEADER_SIZE));
    expect_nothing(decoder, bad, size);
    add_fec(decoder, group.fec->pdata[0]);
    GBytes *recovered = fec_decoder_take(decoder);
    g_assert_true(g_bytes_equal(recovered, group.media->pdata[1]));
    g_bytes_unref(recovered);
    fec_decoder_destroy(decoder);
    free_group(&group);
}

/* Redundancy that never can be used does not pile up. */
static void memory_is_bounded(void)
{
    struct fec_decoder *decoder = fec_decoder_create();
    GBytes *first = make_packet(0);
    add_media(decoder, first);
    g_bytes_unref(first);
    uint8_t payload[ULPFEC_OVERHEAD] = { ULPFEC_LONG_MASK };
    memset(payload + ULPFEC_HEADER + ULPFEC_LEVEL, 0xff, ULPFEC_LONG / 8);
    for (int i = 0; i < 5000; i++) {
        rtp_write16(payload + 2, (uint16_t)g_test_rand_int_range(0, 100));
        fec_decoder_add_fec(decoder, SSRC, payload, sizeof payload);
    }
    struct fec_decoder_stats stats = fec_decoder_stats(decoder);
    g_assert_cmpuint(stats.received - stats.discarded, <=, FEC_MOST_WAITING);
    g_assert_cmpuint(stats.recovered, ==, 0);
    fec_decoder_destroy(decoder);
}

static void policy(void)
{
    static const struct {
        const char *what;
        struct fec_conditions conditions;
        struct fec_protection expected;
    } table[] = {
        /* loss, burst, round trip, packets, key, first */
        { "no loss: nothing", { 0, 1, 100000, 8, false, false }, { 0, FEC_MASK_SINGLE } },
        { "hardly any loss: retransmission will do", { 0.02, 1, 100000, 8, false, false }, { 0, FEC_MASK_SINGLE } },
        { "short round trip: so it will", { 0.2, 1, 30000, 8, false, false }, { 0, FEC_MASK_SINGLE } },
        { "no packets", { 0.2, 1, 100000, 0, true, true }, { 0, FEC_MASK_SINGLE } },
        { "key frame without loss", { 0, 1, 20000, 20, true, false }, { 2, FEC_MASK_SINGLE } },
        { "the first one twice as much", { 0, 1, 20000, 20, true, true }, { 4, FEC_MASK_SINGLE } },
        { "a small first one", { 0, 1, 20000, 1, true, true }, { 1, FEC_MASK_SINGLE } },
        { "key frame with loss, short round trip", { 0.1, 1, 20000, 20, true, false }, { 7, FEC_MASK_SINGLE } },
        { "5 %", { 0.05, 1, 60000, 4, false, false }, { 1, FEC_MASK_SINGLE } },
        { "10 %", { 0.1, 1, 60000, 8, false, false }, { 2, FEC_MASK_SINGLE } },
        { "20 %", { 0.2, 1, 60000, 4, false, false }, { 2, FEC_MASK_SINGLE } },
        { "20 %, longer frame", { 0.2, 1, 60000, 12, false, false }, { 6, FEC_MASK_SINGLE } },
        { "longer round trip: more", { 0.1, 1, 150000, 8, false, false }, { 3, FEC_MASK_SINGLE } },
        { "never more than half", { 0.5, 1, 300000, 8, false, false }, { 4, FEC_MASK_SINGLE } },
        { "all is lost", { 1, 50, 300000, 8, false, false }, { 4, FEC_MASK_BURST } },
        { "a single packet", { 0.2, 1, 60000, 1, false, false }, { 1, FEC_MASK_SINGLE } },
        { "bursts of 4", { 0.1, 4, 60000, 12, false, false }, { 4, FEC_MASK_BURST } },
        { "bursts of 4, small frame", { 0.1, 4, 60000, 4, false, false }, { 0, FEC_MASK_BURST } },
        { "the same, far away", { 0.1, 4, 150000, 4, false, false }, { 2, FEC_MASK_BURST } },
        { "once there were bursts", { 0, 4, 150000, 4, true, false }, { 1, FEC_MASK_SINGLE } },
        { "bursts of 4, key frame", { 0.1, 4, 60000, 20, true, false }, { 7, FEC_MASK_BURST } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct fec_protection protection = fec_policy_decide(&table[i].conditions);
        g_test_message("%s: %d", table[i].what, protection.packets);
        g_assert_cmpint(protection.packets, ==, table[i].expected.packets);
        g_assert_cmpint(protection.mask, ==, table[i].expected.mask);
    }
}

static void groups(void)
{
    static const struct {
        struct fec_conditions conditions;
        int frames;
        bool waits;
    } table[] = {
        { { 0.1, 1, 60000, 1, false, false }, 1, true },
        { { 0.1, 1, 60000, 1, false, false }, 2, false },
        { { 0.1, 1, 60000, 2, false, false }, 1, false },
        { { 0.1, 4, 60000, 2, false, false }, 1, false }, /* a retransmission is here before the next frame */
        { { 0.1, 4, 100000, 3, false, false }, 1, true },
        { { 0.1, 4, 150000, 6, false, false }, 2, true },
        { { 0.1, 4, 150000, 6, false, false }, 3, false },
        { { 0.1, 4, 150000, 9, false, false }, 1, false },
        { { 0.0, 4, 150000, 3, false, false }, 1, false },
        { { 0.1, 4, 150000, 3, true, false }, 1, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_true(fec_policy_waits(&table[i].conditions, table[i].frames) == table[i].waits);
}

/* Loss and its bursts are told apart, and forgotten when they end. */
static void measures_loss(void)
{
    struct fec_loss single = { 0 }, burst = { 0 };
    for (int i = 0; i < 2000; i++) {
        fec_loss_add(&single, i % 10 == 0);
        fec_loss_add(&burst, i % 40 < 4);
    }
    g_assert_cmpfloat_with_epsilon(single.loss, 0.1, 0.02);
    g_assert_cmpfloat_with_epsilon(burst.loss, 0.1, 0.03);
    g_assert_cmpfloat_with_epsilon(fec_loss_burst(&single), 1, 0.1);
    g_assert_cmpfloat_with_epsilon(fec_loss_burst(&burst), 4, 0.5);
    for (int i = 0; i < 400; i++)
        fec_loss_add(&burst, false);
    g_assert_cmpfloat(burst.loss, <, 0.03);
    g_assert_cmpfloat(fec_loss_burst(&(struct fec_loss){ 0 }), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fec/single", any_single_loss);
    g_test_add_func("/fec/two", two_losses);
    g_test_add_func("/fec/bursts", bursts);
    g_test_add_func("/fec/order", any_order);
    g_test_add_func("/fec/foreign", what_does_not_fit);
    g_test_add_func("/fec/hostile", hostile_redundancy);
    g_test_add_func("/fec/bounded", memory_is_bounded);
    g_test_add_func("/fec/policy", policy);
    g_test_add_func("/fec/groups", groups);
    g_test_add_func("/fec/loss", measures_loss);
    return g_test_run();
}
