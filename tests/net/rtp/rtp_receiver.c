/* The receiver: order, loss, recovery, joining in the middle. Time is made up. */
#include "net/rtp/frame_assembler.h"
#include "rtp_link.h"

static const enum AVCodecID VIDEO[] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };

static void in_order(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        int64_t pts[4];
        for (int frame = 0; frame < 4; frame++) {
            send_frame(link, frame == 0, frame % 2 ? 1 : 5);
            deliver_all(link);
            g_assert_cmpint(link->recorder.log->len, ==, 2 + 3 * (frame + 1)); /* nothing is held back */
            pts[frame] = link->recorder.pts;
        }
        assert_log(link, "o K1 p2 p3 p4 ");
        g_assert_cmpint(pts[0], >=, 0);
        g_assert_cmpint(pts[3] - pts[0], ==, 3 * 3600);
        g_assert_cmpint(link->recorder.width, ==, VIDEO[i] == AV_CODEC_ID_VP8 ? 640 : 0);
        g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, INT64_MAX);
        struct rtp_feedback feedback = poll_after(link, 5000 * MS);
        g_assert_true(!feedback.nacks && !feedback.key_frame);
        struct rtp_receiver_stats stats = rtp_receiver_stats(link->receiver);
        g_assert_cmpuint(stats.frames, ==, 4);
        g_assert_cmpuint(stats.packets, ==, link->wire->len);
        g_assert_cmpuint(stats.lost + stats.duplicate + stats.late, ==, 0);
        g_assert_cmpint(stats.first_frame_us, ==, 1000000);
        g_assert_cmpuint(rtp_receiver_ssrc(link->receiver), ==, SSRC);
        link_free(link);
    }
}

/* Each order of five packets over the wrap of the sequence numbers, each packet twice. */
static void any_order(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    GRand *random = g_rand_new_with_seed(seed);
    for (int round = 0; round < 200; round++) {
        struct link *link = link_new(VIDEO[round % 2]);
        send_frame(link, true, 2);
        link->shift = (uint16_t)(65536 - 1 - round % 10 - sequence_of(link, 0));
        g_ptr_array_set_size(link->wire, 0);
        link->frame = 0;
        send_frame(link, true, 2);
        deliver_all(link);
        guint begin = link->wire->len;
        send_frame(link, false, 3);
        send_frame(link, false, 1);
        send_frame(link, false, 2);
        guint n = link->wire->len - begin, order[32];
        for (guint i = 0; i < 2 * n; i++)
            order[i] = begin + i % n;
        for (guint i = 2 * n - 1; i > 0; i--) {
            guint other = (guint)g_rand_int_range(random, 0, (int32_t)i + 1), swap = order[i];
            order[i] = order[other];
            order[other] = swap;
        }
        for (guint i = 0; i < 2 * n; i++)
            deliver(link, order[i]);
        assert_log(link, "o K1 p2 p3 p4 ");
        struct rtp_receiver_stats stats = rtp_receiver_stats(link->receiver);
        g_assert_cmpuint(stats.duplicate, ==, n);
        g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, INT64_MAX);
        link_free(link);
    }
    g_rand_free(random);
}

/* The very first packets in the wrong order: the key frame they are is not thrown away. */
static void begins_out_of_order(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        for (int packets = 1; packets < 3; packets++) {
            struct link *link = link_new(VIDEO[i]);
            send_frame(link, true, packets);
            send_frame(link, false, 1);
            for (guint p = link->wire->len; p > 0; p--)
                deliver(link, p - 1);
            assert_log(link, "o K1 p2 ");
            g_assert_false(poll_after(link, 300 * MS).key_frame);
            link_free(link);
        }
    }
}

static void recovers_by_nack(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        send_frame(link, true, 2);
        deliver_all(link);
        guint lost = link->wire->len + 1;
        send_frame(link, false, 3);
        deliver_but(link, (int)lost);
        assert_log(link, "o K1 ");
        g_assert_cmpint(poll_after(link, 0).nacks, ==, 0); /* one later packet: it may only have been overtaken */
        g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, link->now_us + 5 * MS);
        send_frame(link, false, 1);
        deliver_all(link);
        struct rtp_feedback feedback = poll_after(link, 0);
        g_assert_cmpint(feedback.nacks, ==, 1);
        g_assert_cmpuint(feedback.nack[0], ==, sequence_of(link, lost));
        g_assert_false(feedback.key_frame);
        static const int64_t then[] = { ROUND_TRIP * 3 / 10, ROUND_TRIP * 8 / 10, ROUND_TRIP / 2, ROUND_TRIP / 2 };
        for (size_t n = 0; n < G_N_ELEMENTS(then); n++) { /* a backup, then after what its answer would have taken */
            g_assert_cmpint(poll_after(link, then[n] - 1).nacks, ==, 0);
            g_assert_cmpint(poll_after(link, 1).nacks, ==, 1);
        }
        deliver(link, lost);
        assert_log(link, "o K1 p2 p3 ");
        g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, INT64_MAX);
        g_assert_cmpuint(rtp_receiver_stats(link->receiver).lost, ==, 0);
        link_free(link);
    }
}

static void waits_for_reordering(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    send_frame(link, true, 1);
    send_frame(link, false, 3);
    deliver_but(link, 2);
    g_assert_cmpint(poll_after(link, 5 * MS - 1).nacks, ==, 0);
    g_assert_cmpint(poll_after(link, 1).nacks, ==, 1);
    link_free(link);
}

/* Nobody answers the NACKs. */
static void gives_up(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        send_frame(link, true, 2);
        deliver_all(link);
        send_frame(link, false, 3);
        deliver_but(link, (int)link->wire->len - 2);
        send_frame(link, false, 2);
        deliver_all(link);
        for (int elapsed = 0; elapsed < 240; elapsed += 10)
            g_assert_false(poll_after(link, 10 * MS).key_frame);
        assert_log(link, "o K1 ");
        g_assert_true(poll_after(link, 10 * MS).key_frame);
        assert_log(link, "o K1 l ");
        send_frame(link, false, 1);
        deliver_all(link);
        g_assert_false(poll_after(link, 99 * MS).key_frame);
        g_assert_true(poll_after(link, 1 * MS).key_frame); /* a PLI can be lost too */
        send_frame(link, true, 3);
        deliver_all(link);
        send_frame(link, false, 1);
        deliver_all(link);
        assert_log(link, "o K1 l K5 p6 ");
        g_assert_false(poll_after(link, 1000 * MS).key_frame);
        g_assert_cmpuint(rtp_receiver_stats(link->receiver).lost, ==, 1);
        link_free(link);
    }
}

/* A packet of the key frame itself is lost after a give-up: it is asked for like any other. */
static void recovers_the_key_frame(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    send_frame(link, true, 2);
    send_frame(link, false, 3);
    deliver_but(link, (int)link->wire->len - 2);
    poll_after(link, 200 * MS);
    send_frame(link, true, 4);
    guint lost = link->wire->len - 2;
    deliver_but(link, (int)lost);
    g_assert_cmpint(poll_after(link, 5 * MS).nacks, ==, 1);
    deliver(link, lost);
    assert_log(link, "o K1 l K3 ");
    link_free(link);
}

static void jumps_to_a_newer_key_frame(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        send_frame(link, true, 2);
        send_frame(link, false, 3);
        deliver_but(link, (int)link->wire->len - 2);
        send_frame(link, false, 2);
        send_frame(link, true, 3);
        send_frame(link, false, 1);
        deliver_all(link);
        assert_log(link, "o K1 l K4 p5 ");
        struct rtp_feedback feedback = poll_after(link, 10 * MS);
        g_assert_true(!feedback.nacks && !feedback.key_frame);
        link_free(link);
    }
}

static void joins_in_the_middle(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        send_frame(link, false, 3);
        link->delivered = 1;
        deliver_all(link);
        send_frame(link, false, 1);
        deliver_all(link);
        send_frame(link, false, 1);
        deliver_all(link);
        assert_log(link, "");
        g_assert_true(poll_after(link, 0).key_frame);
        send_frame(link, true, 3);
        deliver_all(link);
        assert_log(link, "o K4 ");
        g_assert_false(poll_after(link, 1000 * MS).key_frame);
        link_free(link);
    }
}

/* As an encoder does that writes its parameter sets once. */
static void remembers_parameter_sets(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    send_unit(link, true, false, 1);
    deliver_all(link);
    assert_log(link, ""); /* an IDR that nobody could decode */
    g_assert_true(poll_after(link, 200 * MS).key_frame);
    send_unit(link, true, true, 1);
    deliver_all(link);
    size_t with_sets = link->recorder.size;
    send_frame(link, false, 3);
    deliver_but(link, (int)link->wire->len - 2);
    poll_after(link, 300 * MS);
    send_unit(link, true, false, 1);
    deliver_all(link);
    assert_log(link, "o K2 l K4 ");
    g_assert_cmpuint(link->recorder.size, ==, with_sets + sizeof PARAMETER_SETS);
    link_free(link);
}

/* One NAL unit in one packet of its own. */
static void push_nal(struct link *link, uint16_t sequence, int frame, bool marker, const uint8_t *nal, size_t size)
{
    uint8_t packet[64];
    struct rtp_packet header = {
        .payload_type = 96, .sequence = sequence, .timestamp = (uint32_t)frame * 3000, .ssrc = 7, .marker = marker
    };
    rtp_write_header(packet, &header);
    memcpy(packet + RTP_HEADER_SIZE, nal, size);
    rtp_receiver_push(link->receiver, packet, RTP_HEADER_SIZE + size, AV_CODEC_ID_H264, link->now_us);
}

static const uint8_t SPS[] = { 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11 }, PPS[] = { 0x68, 0xce, 0x3c };

/* A marker on every NAL unit of several slices: from the second picture on, each is whole. */
static void markers_on_every_slice(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    uint16_t sequence = 0;
    for (int frame = 1; frame <= 4; frame++) {
        bool key = frame <= 2;
        if (key)
            push_nal(link, sequence++, frame, true, SPS, sizeof SPS);
        if (key)
            push_nal(link, sequence++, frame, true, PPS, sizeof PPS);
        push_nal(link, sequence++, frame, true, (const uint8_t[]){ key ? 0x65 : 0x41, 0x88, 1, 10, 0x80 }, 5);
        push_nal(link, sequence++, frame, true,
                 (const uint8_t[]){ key ? 0x65 : 0x41, 0x48, 1, (uint8_t)(10 * frame), 0x80 }, 5);
    }
    assert_log(link, "o K10 l K20 p30 ");
    g_assert_cmpuint(link->recorder.size, ==, 2 * (4 + 5));
    link_free(link);
}

/* Intra-refresh: no IDR comes any more, but a recovery point says that decoding may begin. */
static void recovery_points(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    static const uint8_t recovery[] = { 0x06, 5, 1, 0xaa, 6, 1, 0xc0, 0x80 }, other[] = { 0x06, 5, 1, 0xaa, 0x80 };
    uint16_t sequence = 0;
    for (int frame = 1; frame <= 3; frame++) {
        const uint8_t *sei = frame == 2 ? recovery : other;
        push_nal(link, sequence++, frame, false, SPS, sizeof SPS);
        push_nal(link, sequence++, frame, false, PPS, sizeof PPS);
        push_nal(link, sequence++, frame, false, sei, frame == 2 ? sizeof recovery : sizeof other);
        push_nal(link, sequence++, frame, true, (const uint8_t[]){ 0x41, 0x88, 1, (uint8_t)frame, 0x80 }, 5);
    }
    assert_log(link, "o K2 p3 ");
    link_free(link);
}

/* Another source: a restarted sender. */
static void restarts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(VIDEO); i++) {
        struct link *link = link_new(VIDEO[i]);
        send_frame(link, true, 2);
        send_frame(link, false, 2);
        deliver_all(link);
        int64_t pts = link->recorder.pts;
        rtp_sender_destroy(link->sender);
        link->sender = sender_new(link, SSRC + 1);
        link->now_us += 100 * MS;
        send_frame(link, false, 1);
        deliver_all(link);
        g_assert_true(poll_after(link, 0).key_frame);
        send_frame(link, true, 2);
        deliver_all(link);
        assert_log(link, "o K1 p2 l K4 ");
        g_assert_cmpint(link->recorder.pts - pts, ==, 9000 + 3600); /* the time that has passed */
        g_assert_cmpuint(rtp_receiver_ssrc(link->receiver), ==, SSRC + 1);
        int64_t time_us;
        g_assert_false(rtp_receiver_capture_time(link->receiver, pts, &time_us));
        g_assert_cmpuint(rtp_receiver_stats(link->receiver).lost, ==, 0);
        link_free(link);
    }
}

/* A stray packet changes nothing; two in a row are a restart. */
static void huge_jump(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    send_frame(link, true, 2);
    send_frame(link, false, 1);
    deliver_all(link);
    link->shift = 20000;
    send_frame(link, false, 1);
    deliver_all(link);
    link->shift = 0;
    assert_log(link, "o K1 p2 ");
    link->shift = 65535; /* fills the number that the stray packet took */
    send_frame(link, false, 1);
    deliver_all(link);
    assert_log(link, "o K1 p2 p4 ");
    link->shift = 30000;
    send_frame(link, true, 3);
    deliver_all(link);
    assert_log(link, "o K1 p2 p4 l ");
    send_frame(link, true, 2);
    deliver_all(link);
    assert_log(link, "o K1 p2 p4 l K6 ");
    link_free(link);
}

/* After a break of the path nobody waits for what was sent meanwhile: a key frame is asked for at once. */
static void a_break(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    send_frame(link, true, 2);
    deliver_all(link);
    for (int i = 0; i < 10; i++)
        send_frame(link, false, 2);
    link->delivered = link->wire->len;
    link->now_us += 400 * MS;
    send_frame(link, false, 1);
    deliver_all(link);
    assert_log(link, "o K1 l ");
    struct rtp_feedback feedback = poll_after(link, 0);
    g_assert_true(feedback.key_frame);
    g_assert_cmpint(feedback.nacks, ==, 0);
    send_frame(link, true, 2);
    send_frame(link, false, 1);
    deliver_all(link);
    assert_log(link, "o K1 l K13 p14 ");
    link_free(link);
}

static void without_a_sink(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    rtp_receiver_set_sink(link->receiver, NULL);
    send_frame(link, true, 2);
    send_frame(link, false, 3);
    deliver_but(link, (int)link->wire->len - 2);
    struct rtp_feedback feedback = poll_after(link, 50 * MS);
    g_assert_true(!feedback.nacks && !feedback.key_frame);
    poll_after(link, 300 * MS);
    g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, INT64_MAX);
    g_assert_cmpuint(rtp_receiver_stats(link->receiver).frames, ==, 1);
    rtp_receiver_set_sink(link->receiver, &link->recorder.sink);
    g_assert_true(poll_after(link, 0).key_frame);
    send_unit(link, true, false, 1);
    deliver_all(link);
    assert_log(link, "o K3 "); /* with the parameter sets from before */
    rtp_receiver_set_sink(link->receiver, NULL);
    send_frame(link, false, 1);
    deliver_all(link);
    assert_log(link, "o K3 ");
    link_free(link);
}

static void key_frame_on_request(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    send_frame(link, true, 1);
    deliver_all(link);
    rtp_receiver_request_key_frame(link->receiver);
    g_assert_cmpint(rtp_receiver_deadline(link->receiver), <=, link->now_us);
    g_assert_true(poll_after(link, 0).key_frame);
    send_frame(link, false, 1);
    deliver_all(link);
    assert_log(link, "o K1 p2 "); /* others go on */
    rtp_receiver_request_key_frame(link->receiver);
    g_assert_false(poll_after(link, 50 * MS).key_frame);
    g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, link->now_us + 50 * MS);
    g_assert_true(poll_after(link, 50 * MS).key_frame);
    send_frame(link, true, 1);
    deliver_all(link);
    g_assert_false(poll_after(link, 1000 * MS).key_frame);
    link_free(link);
}

/* Frames without a marker bit end where another time stamp begins; padding between them is none of them. */
static void without_markers_with_padding(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    static const uint8_t payload[][16] = {
        { 0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 2, 0xe0, 1, 1, 0 },
        { 0x10, 0x11, 0, 0, 2, 0 },
        { 0x10, 0x11, 0, 0, 3, 0 },
    };
    static const size_t sizes[] = { 13, 6, 6 };
    uint16_t sequence = 65533;
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t packet[64];
        struct rtp_packet header = {
            .payload_type = 96, .sequence = sequence++, .timestamp = 5000 + i * 3000, .ssrc = 7
        };
        rtp_write_header(packet, &header);
        memcpy(packet + RTP_HEADER_SIZE, payload[i], sizes[i]);
        rtp_receiver_push(link->receiver, packet, RTP_HEADER_SIZE + sizes[i], AV_CODEC_ID_VP8, link->now_us);
        header.sequence = sequence++;
        rtp_write_header(packet, &header);
        packet[0] |= 0x20;
        memset(packet + RTP_HEADER_SIZE, 0, 8);
        packet[RTP_HEADER_SIZE + 7] = 8;
        rtp_receiver_push(link->receiver, packet, RTP_HEADER_SIZE + 8, AV_CODEC_ID_VP8, link->now_us);
    }
    assert_log(link, "o K1 p2 ");
    link_free(link);
}

/* A payload that is malformed spoils its frame, and only a key frame helps; nothing waits for it. */
static void malformed_payload(void)
{
    struct link *link = link_new(AV_CODEC_ID_H264);
    send_frame(link, true, 1);
    deliver_all(link);
    uint8_t packet[RTP_HEADER_SIZE + 2] = { 0 };
    rtp_write_header(
        packet, &(struct rtp_packet){ .marker = true, .sequence = (uint16_t)(sequence_of(link, 0) + 1), .ssrc = SSRC });
    packet[RTP_HEADER_SIZE] = 0x7e;
    rtp_receiver_push(link->receiver, packet, sizeof packet, AV_CODEC_ID_H264, link->now_us);
    assert_log(link, "o K1 l ");
    g_assert_true(poll_after(link, 0).key_frame);
    link->shift = 1;
    send_frame(link, true, 1);
    deliver_all(link);
    assert_log(link, "o K1 l K2 ");
    link_free(link);
}

/* A frame that never ends does not fill the memory. */
static void endless_frame(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    send_frame(link, true, 1);
    deliver_all(link);
    static uint8_t packet[1200] = { 0 };
    for (int i = 1; i < 5000; i++) {
        rtp_write_header(packet,
                         &(struct rtp_packet){ .sequence = (uint16_t)(sequence_of(link, 0) + i), .ssrc = SSRC });
        rtp_receiver_push(link->receiver, packet, sizeof packet, AV_CODEC_ID_VP8, link->now_us);
    }
    assert_log(link, "o K1 l ");
    g_assert_true(poll_after(link, 0).key_frame);
    link_free(link);
}

/* Neither do huge packets. */
static void memory_is_bounded(void)
{
    static uint8_t payload[60000];
    struct frame_assembler *assembler = frame_assembler_create();
    struct video_frame frame;
    frame_assembler_restart(assembler, AV_CODEC_ID_VP8);
    for (int64_t sequence = 1; sequence < 3000; sequence += 1 + sequence % 3) {
        struct rtp_packet packet = { .payload = payload,
                                     .payload_size = sizeof payload,
                                     .sequence = (uint16_t)sequence };
        frame_assembler_insert(assembler, sequence, &packet);
        g_assert_cmpuint(frame_assembler_bytes(assembler), <=, 4 << 20);
        while (frame_assembler_next(assembler, &frame) != FRAME_NONE)
            ;
        g_assert_cmpint(sequence - frame_assembler_position(assembler), <, 1024);
    }
    g_assert_cmpuint(frame_assembler_bytes(assembler), >, 3 << 20);
    frame_assembler_destroy(assembler);
}

static void change_of_codec(void)
{
    struct link *link = link_new(AV_CODEC_ID_VP8);
    send_frame(link, true, 1);
    deliver_all(link);
    link->codec = AV_CODEC_ID_H264;
    g_autoptr(GPtrArray) first G_GNUC_UNUSED = link->wire; /* freed with its packets */
    uint16_t next = (uint16_t)(sequence_of(link, 0) + 1);
    link->wire = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    rtp_sender_destroy(link->sender);
    link->sender = sender_new(link, SSRC);
    link->delivered = 0;
    send_frame(link, true, 2);
    for (guint i = 0; i < link->wire->len; i++) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(g_ptr_array_index(link->wire, i), &size);
        g_autofree uint8_t *copy = g_memdup2(data, size);
        rtp_write16(copy + 2, (uint16_t)(next + i));
        rtp_receiver_push(link->receiver, copy, size, AV_CODEC_ID_H264, link->now_us);
    }
    assert_log(link, "o K1 l o K2 ");
    link_free(link);
}

static void audio(void)
{
    struct link *link = link_new(AV_CODEC_ID_OPUS);
    int64_t pts[6];
    for (int i = 0; i < 6; i++)
        send_frame(link, false, 1);
    static const guint order[] = { 0, 2, 1, 1, 5, 4 };
    static const int asked[] = { 0, 1, 0, 0, 2, 1 }; /* the last one: the backup */
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        deliver(link, order[i]);
        pts[order[i]] = link->recorder.pts;
        struct rtp_feedback feedback = poll_after(link, 20 * MS);
        g_assert_cmpint(feedback.nacks, ==, asked[i]);
        g_assert_false(feedback.key_frame);
    }
    assert_log(link, "o K1 K3 K2 K6 K5 ");
    poll_after(link, 400 * MS); /* the fourth will not come */
    g_assert_cmpint(pts[5] - pts[0], ==, 5 * 1920);
    g_assert_cmpint(pts[1] - pts[0], ==, 1920);
    g_assert_cmpint(rtp_receiver_deadline(link->receiver), ==, INT64_MAX);
    struct rtp_receiver_stats stats = rtp_receiver_stats(link->receiver);
    g_assert_cmpuint(stats.duplicate, ==, 1);
    link_free(link);
}

/* Ten seconds with 5 % loss, of the retransmissions too; NACKs always arrive: so do all frames, in order. */
static void lossy_path(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    GRand *random = g_rand_new_with_seed(seed);
    struct link *link = link_new(AV_CODEC_ID_H264);
    g_autoptr(GString) expected = g_string_new("o ");
    for (int frame = 1; frame <= 250; frame++) {
        send_frame(link, frame == 1, g_rand_int_range(random, 1, 8));
        g_string_append_printf(expected, "%c%d ", frame == 1 ? 'K' : 'p', frame);
        for (int64_t until = link->now_us + FRAME_US; link->now_us < until;) {
            for (; link->delivered < link->wire->len; link->delivered++) {
                if (link->delivered < 8 || g_rand_int_range(random, 0, 100) >= 5)
                    deliver(link, link->delivered);
            }
            struct rtp_feedback feedback = poll_after(link, 5 * MS);
            for (int i = 0; i < feedback.nacks; i++)
                rtp_sender_retransmit(link->sender, (uint16_t)(feedback.nack[i] - link->shift),
                                      frame * (int64_t)FRAME_US, 1);
        }
    }
    send_frame(link, false, 1); /* shows the loss of the last ones */
    g_string_append(expected, "p251 ");
    while (link->delivered < link->wire->len) {
        deliver(link, link->delivered++);
        struct rtp_feedback feedback = poll_after(link, 25 * MS);
        for (int i = 0; i < feedback.nacks; i++)
            rtp_sender_retransmit(link->sender, feedback.nack[i], 251 * (int64_t)FRAME_US, 1);
    }
    assert_log(link, expected->str);
    link_free(link);
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/receiver/markers", markers_on_every_slice);
    g_test_add_func("/receiver/recovery-points", recovery_points);
    g_test_add_func("/receiver/in_order", in_order);
    g_test_add_func("/receiver/any_order", any_order);
    g_test_add_func("/receiver/begins_out_of_order", begins_out_of_order);
    g_test_add_func("/receiver/recovers_by_nack", recovers_by_nack);
    g_test_add_func("/receiver/waits_for_reordering", waits_for_reordering);
    g_test_add_func("/receiver/gives_up", gives_up);
    g_test_add_func("/receiver/recovers_the_key_frame", recovers_the_key_frame);
    g_test_add_func("/receiver/jumps_to_a_newer_key_frame", jumps_to_a_newer_key_frame);
    g_test_add_func("/receiver/joins_in_the_middle", joins_in_the_middle);
    g_test_add_func("/receiver/remembers_parameter_sets", remembers_parameter_sets);
    g_test_add_func("/receiver/restarts", restarts);
    g_test_add_func("/receiver/huge_jump", huge_jump);
    g_test_add_func("/receiver/break", a_break);
    g_test_add_func("/receiver/without_a_sink", without_a_sink);
    g_test_add_func("/receiver/key_frame_on_request", key_frame_on_request);
    g_test_add_func("/receiver/without_markers_with_padding", without_markers_with_padding);
    g_test_add_func("/receiver/malformed_payload", malformed_payload);
    g_test_add_func("/receiver/endless_frame", endless_frame);
    g_test_add_func("/receiver/memory_is_bounded", memory_is_bounded);
    g_test_add_func("/receiver/change_of_codec", change_of_codec);
    g_test_add_func("/receiver/audio", audio);
    g_test_add_func("/receiver/lossy_path", lossy_path);
    return g_test_run();
}
