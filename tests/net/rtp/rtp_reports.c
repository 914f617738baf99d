/* Reports and clocks of the receiver, and the sender. Time is made up. */
#include "net/rtp/rtcp.h"
#include "rtp_link.h"

/* ---- reports: numbers worked out by hand from RFC 3550, A.3 and A.8 ---- */

static void push_at(struct rtp_receiver *receiver, uint16_t sequence, uint32_t timestamp, int64_t now_us)
{
    uint8_t packet[RTP_HEADER_SIZE + 4] = { 0 };
    rtp_write_header(
        packet, &(struct rtp_packet){ .payload_type = 111, .sequence = sequence, .timestamp = timestamp, .ssrc = 42 });
    rtp_receiver_push(receiver, packet, sizeof packet, AV_CODEC_ID_OPUS, now_us);
}

static void reports_loss(void)
{
    struct rtp_receiver *receiver = rtp_receiver_create(48000);
    struct rtp_report report;
    g_assert_false(rtp_receiver_report(receiver, 0, &report));
    static const uint16_t first[] = { 65530, 65531, 65533, 65534, 0, 1, 2, 3 }; /* 10 expected, 8 came */
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++)
        push_at(receiver, first[i], 0, 0);
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.fraction_lost, ==, 51); /* 2 of 10 times 256 */
    g_assert_cmpint(report.cumulative_lost, ==, 2);
    g_assert_cmpuint(report.highest_sequence, ==, 65536 + 3);
    g_assert_cmpuint(report.last_sr + report.delay_since_last_sr, ==, 0);
    push_at(receiver, 4, 0, 0);
    push_at(receiver, 65532, 0, 0); /* one came late after all: more than expected in this interval */
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.fraction_lost, ==, 0);
    g_assert_cmpint(report.cumulative_lost, ==, 1);
    push_at(receiver, 4, 0, 0);
    push_at(receiver, 4, 0, 0); /* duplicates count as received (A.3) */
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpint(report.cumulative_lost, ==, -1);
    push_at(receiver, 904, 0, 0); /* nearly all is lost: 899 of 900 */
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.fraction_lost, ==, 255);
    g_assert_cmpint(report.cumulative_lost, ==, 898);
    rtp_receiver_destroy(receiver);
}

/* Packets of 20 ms; the third one comes 10 ms (480 ticks) late, the fourth one in time:
 * J*16 = 480, then 480 + 480 - (488 >> 4) = 930; J = 58. */
static void reports_jitter(void)
{
    struct rtp_receiver *receiver = rtp_receiver_create(48000);
    struct rtp_report report;
    push_at(receiver, 1, 0xffffff00, 1000 * MS);
    push_at(receiver, 2, 0xffffff00 + 960, 1020 * MS);
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.jitter, ==, 0);
    push_at(receiver, 3, 0xffffff00 + 1920, 1050 * MS);
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.jitter, ==, 30);
    push_at(receiver, 4, 0xffffff00 + 2880, 1060 * MS);
    g_assert_true(rtp_receiver_report(receiver, 0, &report));
    g_assert_cmpuint(report.jitter, ==, 58);
    rtp_receiver_destroy(receiver);
}

/* RFC 3550, 6.4.1, figure 2: LSR 0xb705:2000, DLSR 5.25 s = 0x0005:4000. */
static void reports_round_trip(void)
{
    struct rtp_receiver *receiver = rtp_receiver_create(48000);
    struct rtp_report report;
    push_at(receiver, 1, 0, 0);
    rtp_receiver_sender_report(receiver, 0xb44db70520000000, 0, 1000 * MS);
    g_assert_true(rtp_receiver_report(receiver, 6250 * MS, &report));
    g_assert_cmphex(report.last_sr, ==, 0xb7052000);
    g_assert_cmphex(report.delay_since_last_sr, ==, 0x00054000);
    rtp_receiver_destroy(receiver);
}

/* Over the wrap of the time stamp; the report lies before or after what is asked for. */
static void capture_times(void)
{
    static const int64_t unix_us = 1700000000000000;
    struct link *link = link_new(AV_CODEC_ID_OPUS);
    int64_t time_us;
    g_assert_false(rtp_receiver_capture_time(link->receiver, 0, &time_us));
    push_at(link->receiver, 1, 0xfffffff0, 0);
    int64_t first = link->recorder.pts;
    g_assert_false(rtp_receiver_capture_time(link->receiver, first, &time_us));
    push_at(link->receiver, 2, 0xfffffff0 + 960, 0);
    g_assert_cmpint(link->recorder.pts, ==, first + 960);
    rtp_receiver_sender_report(link->receiver, ntp_from_unix_us(unix_us), 0xfffffff0 + 480, 0);
    g_assert_true(rtp_receiver_capture_time(link->receiver, first + 960, &time_us));
    g_assert_cmpint(time_us, ==, unix_us + 10 * MS);
    g_assert_true(rtp_receiver_capture_time(link->receiver, first, &time_us));
    g_assert_cmpint(time_us, ==, unix_us - 10 * MS);
    link_free(link);
}

/* ---- the sender ---- */

static void sender_retransmits(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    uint64_t ntp;
    uint32_t timestamp, packets, octets;
    g_assert_false(rtp_sender_info(link->sender, 0, &ntp, &timestamp, &packets, &octets));
    send_frame(link, true, 2);
    uint16_t sequence = sequence_of(link, 1);
    int64_t sent = FRAME_US;
    g_assert_true(rtp_sender_retransmit(link->sender, sequence, sent + 10 * MS, ROUND_TRIP));
    g_assert_true(g_bytes_equal(g_ptr_array_index(link->wire, 1), g_ptr_array_index(link->wire, link->wire->len - 1)));
    g_assert_false(rtp_sender_retransmit(link->sender, sequence, sent + 29 * MS, ROUND_TRIP));
    g_assert_true(rtp_sender_retransmit(link->sender, sequence, sent + 30 * MS,
                                        ROUND_TRIP)); /* twice: the first was lost as well */
    g_assert_false(rtp_sender_retransmit(link->sender, sequence, sent + 1001 * MS, ROUND_TRIP));
    g_assert_false(rtp_sender_retransmit(link->sender, (uint16_t)(sequence + 10), sent, ROUND_TRIP));
    g_assert_false(rtp_sender_retransmit(link->sender, (uint16_t)(sequence - 1024), sent, ROUND_TRIP));
    struct rtp_sender_stats stats = rtp_sender_stats(link->sender);
    g_assert_cmpuint(stats.retransmitted, ==, 3);
    g_assert_cmpuint(stats.nacked, ==, 6);
    g_assert_cmpuint(stats.packets, ==, link->wire->len);
    for (int i = 0; i < 1100; i++)
        send_frame(link, false, 1);
    g_assert_false(rtp_sender_retransmit(link->sender, sequence, sent + 70 * MS, ROUND_TRIP));
    link_free(link);
}

static void keep_packet(void *user_data, const uint8_t *packet, size_t size, bool retransmission)
{
    (void)retransmission;
    g_ptr_array_add(user_data, g_bytes_new(packet, size));
}

static struct rtp_packet packet_at(GPtrArray *wire, guint i)
{
    struct rtp_packet packet;
    size_t size;
    const uint8_t *data = g_bytes_get_data(g_ptr_array_index(wire, i), &size);
    g_assert_cmpuint(size, <=, RTP_MTU);
    g_assert_true(rtp_parse(data, size, &packet));
    return packet;
}

/* RFC 4588, 4: own payload type, SSRC and sequence; time stamp and marker of the original, whose sequence number leads
 * the payload. The original stream's report does not count it. */
static void sender_retransmits_in_a_stream_of_its_own(void)
{
    static uint8_t frame[3000];
    memcpy(frame, VP8_KEY, sizeof VP8_KEY);
    g_autoptr(GPtrArray) wire = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    struct rtp_sender *sender = rtp_sender_create(&(struct rtp_sender_config){
        .codec = AV_CODEC_ID_VP8,
        .payload_type = 96,
        .ssrc = 1,
        .clock_rate = 90000,
        .send = keep_packet,
        .user_data = wire,
        .rtx_payload_type = 97,
        .rtx_ssrc = 2,
    });
    guint n = (guint)rtp_sender_push(sender, frame, sizeof frame, true, 0);
    g_assert_cmpuint(n, ==, wire->len);
    for (guint i = 0; i < n; i++) {
        struct rtp_packet original = packet_at(wire, i);
        g_assert_true(rtp_sender_retransmit(sender, original.sequence, 10 * MS, ROUND_TRIP));
        struct rtp_packet rtx = packet_at(wire, n + i);
        g_assert_cmpuint(rtx.payload_type, ==, 97);
        g_assert_cmpuint(rtx.ssrc, ==, 2);
        g_assert_true(rtx.marker == original.marker && rtx.timestamp == original.timestamp);
        g_assert_cmpuint(rtx.sequence, ==, (uint16_t)(packet_at(wire, n).sequence + i));
        g_assert_cmpuint(rtp_read16(rtx.payload), ==, original.sequence);
        g_assert_cmpmem(rtx.payload + RTP_RTX_HEADER, rtx.payload_size - RTP_RTX_HEADER, original.payload,
                        original.payload_size);
    }
    uint64_t ntp;
    uint32_t timestamp, packets, octets;
    g_assert_true(rtp_sender_info(sender, 0, &ntp, &timestamp, &packets, &octets));
    g_assert_cmpuint(packets, ==, n);
    g_assert_cmpuint(rtp_sender_stats(sender).packets, ==, 2 * n);
    g_assert_cmpuint(rtp_sender_stats(sender).retransmitted, ==, n);
    rtp_sender_destroy(sender);
}

/* After years of uptime each frame is still 3600 ticks after the one before, and the report agrees with the frames. */
static void sender_clock_does_not_drift(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    int64_t begin = (int64_t)20 * 365 * 86400 * G_USEC_PER_SEC;
    uint32_t previous = 0;
    for (int i = 0; i < 100; i++) {
        int64_t capture_us = begin + i * (int64_t)FRAME_US;
        g_assert_cmpint(rtp_sender_push(link->sender, VP8_KEY, sizeof VP8_KEY, true, capture_us), ==, 1);
        const uint8_t *packet = g_bytes_get_data(g_ptr_array_index(link->wire, link->wire->len - 1), NULL);
        uint64_t ntp;
        uint32_t timestamp, packets, octets;
        g_assert_true(rtp_sender_info(link->sender, capture_us, &ntp, &timestamp, &packets, &octets));
        g_assert_cmpuint(timestamp, ==, rtp_read32(packet + 4));
        g_assert_cmpuint(packets, ==, i + 1);
        g_assert_cmpuint(octets, ==, (i + 1) * (sizeof VP8_KEY + 4));
        g_assert_true(i == 0 || timestamp - previous == 3600);
        previous = timestamp;
    }
    link_free(link);
}

static void sender_refuses(void)
{
    static const uint8_t large[RTP_MTU] = { 0 };
    struct link *link = link_new(AV_CODEC_ID_OPUS);
    g_assert_cmpint(rtp_sender_push(link->sender, large, sizeof large, false, 0), ==, 0);
    g_assert_cmpint(rtp_sender_push(link->sender, large, 0, false, 0), ==, 0);
    g_assert_cmpuint(rtp_sender_stats(link->sender).packets, ==, 0);
    link_free(link);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/loss", reports_loss);
    g_test_add_func("/report/jitter", reports_jitter);
    g_test_add_func("/report/round_trip", reports_round_trip);
    g_test_add_func("/report/capture_time", capture_times);
    g_test_add_func("/sender/retransmits", sender_retransmits);
    g_test_add_func("/sender/rtx", sender_retransmits_in_a_stream_of_its_own);
    g_test_add_func("/sender/clock", sender_clock_does_not_drift);
    g_test_add_func("/sender/refuses", sender_refuses);
    return g_test_run();
}
