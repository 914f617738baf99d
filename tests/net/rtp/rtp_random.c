/* A sender over a path that loses, repeats, reorders and changes packets (tests/fuzz has what is invented): mutated
 * packets against the receiver and the RTCP reader for about two seconds. The sanitizers watch; what must hold is
 * checked: frames that came unharmed are in order, and none follows a loss before a key frame. RTP_RANDOM_SEED repeats
 * a run. */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net/rtp/fec_decoder.h"
#include "net/rtp/fec_encoder.h"
#include "net/rtp/receiver.h"
#include "net/rtp/rtcp.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"

enum { DURATION_US = 1000000, MAX_HELD = 64, FRAME_US = 20000, SSRC = 77 };

/* A frame ends with its number, and with what it lacks to 99999999, so that a mutated one is not taken for another: the
 * same byte may come into both. No zero bytes: no start codes. */
enum { NUMBER = 8, TAIL = 2 * NUMBER, ALL_NINES = 99999999 };

struct fuzz {
    GRand *random;
    struct packet_sink sink;
    struct rtp_sender *sender;
    struct rtp_receiver *receiver;
    enum AVCodecID codec;
    GByteArray *held[MAX_HELD]; /* packets on their way, to be reordered */
    guint n_held;
    int64_t now_us;
    uint32_t frame;
    bool wild; /* headers are mutated too: the stream may begin anew, and its order with it */
    bool opened, needs_key;
    uint32_t last_frame;
    uint64_t unharmed;
};

static void opened(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct fuzz *fuzz = container_of(sink, struct fuzz, sink);
    g_assert_true(parameters->codec_id == AV_CODEC_ID_H264 || parameters->codec_id == AV_CODEC_ID_VP8 ||
                  parameters->codec_id == AV_CODEC_ID_OPUS);
    fuzz->opened = true;
    fuzz->needs_key = true;
}

static void lost(struct packet_sink *sink)
{
    struct fuzz *fuzz = container_of(sink, struct fuzz, sink);
    g_assert_true(fuzz->opened);
    fuzz->needs_key = true;
}

/* False: not as it was sent. */
static bool read_number(const char *tail, uint32_t *number)
{
    *number = 0;
    for (int i = 0; i < NUMBER; i++) {
        if (!g_ascii_isdigit(tail[i]) || tail[i] - '0' + tail[NUMBER + i] - '0' != 9)
            return false;
        *number = 10 * *number + (uint32_t)(tail[i] - '0');
    }
    return true;
}

static void pushed(struct packet_sink *sink, const AVPacket *packet)
{
    struct fuzz *fuzz = container_of(sink, struct fuzz, sink);
    g_assert_true(fuzz->opened);
    g_assert_cmpint(packet->size, >, 0);
    g_assert_cmpint(packet->size, <, 5 << 20);
    g_assert_true(!fuzz->needs_key || packet->flags & AV_PKT_FLAG_KEY);
    fuzz->needs_key = false;
    uint32_t frame;
    if (packet->size < TAIL || !read_number((const char *)packet->data + packet->size - TAIL, &frame))
        return;
    fuzz->unharmed++;
    if (fuzz->codec != AV_CODEC_ID_OPUS && !fuzz->wild)
        g_assert_cmpuint(frame, >, fuzz->last_frame);
    fuzz->last_frame = frame;
}

static const struct packet_sink_ops OPS = { opened, pushed, lost };

static guint pick(struct fuzz *fuzz, guint below)
{
    return (guint)g_rand_int_range(fuzz->random, 0, (int32_t)below);
}

static bool chance(struct fuzz *fuzz, guint per_mille)
{
    return pick(fuzz, 1000) < per_mille;
}

static void mutate(struct fuzz *fuzz, GByteArray *packet, guint first)
{
    for (guint n = 1 + pick(fuzz, 4); n > 0 && packet->len > first; n--) {
        guint reach = chance(fuzz, 700) ? 20u : packet->len - first;
        guint at = first + pick(fuzz, MIN(packet->len - first, reach));
        switch (pick(fuzz, 4)) {
        case 0:
            packet->data[at] ^= (uint8_t)(1u << pick(fuzz, 8));
            break;
        case 1:
            packet->data[at] = (uint8_t)pick(fuzz, 256);
            break;
        case 2:
            g_byte_array_set_size(packet, at + 1);
            break;
        default:
            packet->data[at] = chance(fuzz, 500) ? 0 : 0xff;
        }
    }
}

static void arrive(struct fuzz *fuzz, const GByteArray *packet)
{
    g_autofree uint8_t *exact = g_memdup2(packet->data, packet->len);
    rtp_receiver_push(fuzz->receiver, exact, packet->len, fuzz->codec, fuzz->now_us);
}

static void send_packet(void *user_data, const uint8_t *data, size_t size, bool retransmission)
{
    struct fuzz *fuzz = user_data;
    (void)retransmission;
    GByteArray *packet = g_byte_array_append(g_byte_array_new(), data, (guint)size);
    if (chance(fuzz, 30))
        mutate(fuzz, packet, RTP_HEADER_SIZE);
    if (fuzz->wild && chance(fuzz, 3))
        mutate(fuzz, packet, 0);
    fuzz->held[fuzz->n_held++] = packet;
    while (fuzz->n_held && (fuzz->n_held == MAX_HELD || chance(fuzz, 600))) {
        guint i = chance(fuzz, 900) ? 0 : pick(fuzz, fuzz->n_held);
        GByteArray *taken = fuzz->held[i];
        if (!chance(fuzz, 20))
            arrive(fuzz, taken);
        if (!chance(fuzz, 20)) {
            g_byte_array_unref(taken);
            memmove(&fuzz->held[i], &fuzz->held[i + 1], (--fuzz->n_held - i) * sizeof fuzz->held[0]);
        }
    }
}

static void send_frame(struct fuzz *fuzz, bool key)
{
    static const uint8_t h264_key[] = { 0, 0, 0,    1,    0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11, 0,   0,
                                        0, 1, 0x68, 0xce, 0x3c, 0,    0,    0,    1,    0x65, 0x88 },
                         h264_inter[] = { 0, 0, 0, 1, 0x41, 0x9a },
                         vp8_key[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01 },
                         vp8_inter[] = { 0x11, 0, 0 };
    g_autoptr(GByteArray) unit = g_byte_array_new();
    if (fuzz->codec == AV_CODEC_ID_H264)
        g_byte_array_append(unit, key ? h264_key : h264_inter, key ? sizeof h264_key : sizeof h264_inter);
    else if (fuzz->codec == AV_CODEC_ID_VP8)
        g_byte_array_append(unit, key ? vp8_key : vp8_inter, key ? sizeof vp8_key : sizeof vp8_inter);
    guint size = chance(fuzz, 20) && fuzz->codec != AV_CODEC_ID_OPUS ? 30000 : pick(fuzz, 1000);
    for (guint i = 0; i < size; i++)
        g_byte_array_append(unit, (const uint8_t[]){ (uint8_t)(1 + i % 255) }, 1);
    fuzz->frame++;
    g_autofree char *tail = g_strdup_printf("%08u%08u", fuzz->frame, ALL_NINES - fuzz->frame);
    g_byte_array_append(unit, (const uint8_t *)tail, TAIL);
    rtp_sender_push(fuzz->sender, unit->data, unit->len, key, fuzz->now_us);
}

/* What the receiver asks for is answered, most of the time. */
static bool answer(struct fuzz *fuzz)
{
    struct rtp_feedback feedback;
    struct rtp_report report;
    int64_t time_us;
    rtp_receiver_poll(fuzz->receiver, fuzz->now_us, pick(fuzz, 300000), &feedback);
    g_assert_cmpint(feedback.nacks, <=, (int)G_N_ELEMENTS(feedback.nack));
    for (int i = 0; i < feedback.nacks; i++)
        rtp_sender_retransmit(fuzz->sender, feedback.nack[i], fuzz->now_us, 10000);
    rtp_receiver_deadline(fuzz->receiver);
    rtp_receiver_report(fuzz->receiver, fuzz->now_us, &report);
    if (chance(fuzz, 10))
        rtp_receiver_sender_report(fuzz->receiver, (uint64_t)g_rand_int(fuzz->random) << 32, g_rand_int(fuzz->random),
                                   fuzz->now_us);
    rtp_receiver_capture_time(fuzz->receiver, g_rand_int(fuzz->random), &time_us);
    return feedback.key_frame;
}

static void one_stream(struct fuzz *fuzz, enum AVCodecID codec)
{
    uint32_t clock_rate = codec == AV_CODEC_ID_OPUS ? 48000 : 90000;
    struct rtp_sender_config config = { codec, 96, SSRC, clock_rate, send_packet, fuzz };
    fuzz->codec = codec;
    fuzz->sender = rtp_sender_create(&config);
    fuzz->receiver = rtp_receiver_create(clock_rate);
    fuzz->frame = fuzz->last_frame = 0;
    fuzz->opened = fuzz->needs_key = false;
    fuzz->wild = chance(fuzz, 500);
    rtp_receiver_set_sink(fuzz->receiver, &fuzz->sink);
    bool key = true;
    for (int frame = 0; frame < 300; frame++) {
        send_frame(fuzz, key);
        fuzz->now_us += FRAME_US;
        key = answer(fuzz) || chance(fuzz, 5);
        if (chance(fuzz, 2)) {
            rtp_receiver_set_sink(fuzz->receiver, NULL);
            rtp_receiver_set_sink(fuzz->receiver, &fuzz->sink);
            fuzz->opened = false;
        }
    }
    while (fuzz->n_held)
        g_byte_array_unref(fuzz->held[--fuzz->n_held]);
    rtp_receiver_destroy(fuzz->receiver);
    rtp_sender_destroy(fuzz->sender);
}

static struct fuzz fuzz_new(void)
{
    const char *given = g_getenv("RTP_RANDOM_SEED");
    uint32_t seed = given ? (uint32_t)g_ascii_strtoull(given, NULL, 10) : g_random_int();
    g_print("# RTP_RANDOM_SEED=%u\n", seed);
    g_random_set_seed(seed); /* the senders' first sequence numbers */
    return (struct fuzz){ .random = g_rand_new_with_seed(seed), .sink.ops = &OPS, .now_us = 1000000 };
}

static void receiver(void)
{
    static const enum AVCodecID codecs[] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8, AV_CODEC_ID_OPUS };
    struct fuzz fuzz = fuzz_new();
    int64_t end = g_get_monotonic_time() + DURATION_US;
    for (guint i = 0; i < G_N_ELEMENTS(codecs) || g_get_monotonic_time() < end; i++)
        one_stream(&fuzz, codecs[i % G_N_ELEMENTS(codecs)]);
    g_test_message("%" PRIu64 " frames came unharmed", fuzz.unharmed);
    g_assert_cmpuint(fuzz.unharmed, >, 0);
    g_rand_free(fuzz.random);
}

/* ---- redundancy ---- */

struct redundancy {
    struct fuzz *fuzz;
    struct fec_decoder *decoder;
};

static void repair(void *user_data, const uint8_t *payload, size_t size)
{
    struct redundancy *redundancy = user_data;
    struct fuzz *fuzz = redundancy->fuzz;
    g_autoptr(GByteArray) packet = g_byte_array_append(g_byte_array_new(), payload, (guint)size);
    if (chance(fuzz, 600))
        mutate(fuzz, packet, 0);
    g_autofree uint8_t *exact = g_memdup2(packet->data, packet->len);
    fec_decoder_add_fec(redundancy->decoder, chance(fuzz, 950) ? SSRC : g_rand_int(fuzz->random), exact, packet->len);
    GBytes *recovered;
    while ((recovered = fec_decoder_take(redundancy->decoder))) {
        size_t recovered_size;
        const uint8_t *data = g_bytes_get_data(recovered, &recovered_size);
        struct rtp_packet parsed;
        g_assert_true(rtp_parse(data, recovered_size, &parsed));
        g_assert_cmpuint(recovered_size, <=, FEC_LARGEST_PACKET);
        rtp_receiver_push_recovered(fuzz->receiver, data, recovered_size, fuzz->codec, fuzz->now_us);
        g_bytes_unref(recovered);
    }
}

static void send_group(struct redundancy *redundancy, struct fec_encoder *encoder, uint16_t *sequence)
{
    struct fuzz *fuzz = redundancy->fuzz;
    for (guint n = 1 + pick(fuzz, 60); n; n--) {
        uint8_t data[1200];
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)pick(fuzz, 256);
        rtp_write_header(data, &(struct rtp_packet){
                                   .marker = n == 1,
                                   .payload_type = 96,
                                   .sequence = (*sequence)++,
                                   .timestamp = (uint32_t)fuzz->now_us,
                                   .ssrc = SSRC,
                               });
        g_autoptr(GByteArray)
            packet = g_byte_array_append(g_byte_array_new(), data, RTP_HEADER_SIZE + pick(fuzz, 1000));
        fec_encoder_add(encoder, packet->data, packet->len);
        if (chance(fuzz, 200))
            continue;
        if (chance(fuzz, 20))
            mutate(fuzz, packet, 0);
        g_autofree uint8_t *exact = g_memdup2(packet->data, packet->len);
        fec_decoder_add_media(redundancy->decoder, exact, packet->len);
        rtp_receiver_push(fuzz->receiver, exact, packet->len, fuzz->codec, fuzz->now_us);
    }
    fec_encoder_finish(encoder, (int)pick(fuzz, 70), chance(fuzz, 500) ? FEC_MASK_SINGLE : FEC_MASK_BURST, repair,
                       redundancy);
}

/* What is recovered from damaged redundancy is a packet at least, and no more of it than there was redundancy. */
static void redundancy(void)
{
    struct fuzz fuzz = fuzz_new();
    struct redundancy redundancy = { &fuzz, fec_decoder_create() };
    struct fec_encoder *encoder = fec_encoder_create();
    uint16_t sequence = (uint16_t)pick(&fuzz, 65536);
    int64_t end = g_get_monotonic_time() + DURATION_US / 2;
    fuzz.codec = AV_CODEC_ID_VP8;
    fuzz.receiver = rtp_receiver_create(90000);
    for (int i = 0; i < 100 || g_get_monotonic_time() < end; i++) {
        send_group(&redundancy, encoder, &sequence);
        fuzz.now_us += FRAME_US;
        if (chance(&fuzz, 20))
            sequence = (uint16_t)pick(&fuzz, 65536);
    }
    struct fec_decoder_stats stats = fec_decoder_stats(redundancy.decoder);
    g_assert_cmpuint(stats.recovered, >, 0);
    g_assert_cmpuint(stats.recovered + stats.discarded, <=, stats.received);
    g_assert_cmpuint(stats.received - stats.recovered - stats.discarded, <=, FEC_MOST_WAITING);
    rtp_receiver_destroy(fuzz.receiver);
    fec_encoder_destroy(encoder);
    fec_decoder_destroy(redundancy.decoder);
    g_rand_free(fuzz.random);
}

/* ---- RTCP ---- */

static void heard_nack(void *user_data, uint32_t media_ssrc, uint16_t sequence)
{
    (void)media_ssrc;
    (void)sequence;
    ++*(guint *)user_data;
}

static void heard_block(void *user_data, uint32_t reporter, const struct rtcp_block *block)
{
    (void)reporter;
    g_assert_cmpint(abs(block->report.cumulative_lost), <=, 0x800000);
    ++*(guint *)user_data;
}

static void heard_ssrc(void *user_data, uint32_t ssrc)
{
    (void)ssrc;
    ++*(guint *)user_data;
}

static void write_compound(struct fuzz *fuzz, struct rtcp_writer *writer)
{
    struct rtcp_block blocks[3] = { { 1 }, { 2 }, { 3 } };
    rtcp_begin(writer);
    rtcp_add_sender_report(writer, 1, 2, 3, 4, 5, blocks, (int)pick(fuzz, 4));
    rtcp_add_cname(writer, 1, "fuzz");
    rtcp_add_nack(writer, 1, 2, (uint16_t[]){ 1, 2, 9, 100 }, 4);
    rtcp_add_pli(writer, 1, 2);
    rtcp_add_remb(writer, 1, 100000, (uint32_t[]){ 1, 2 }, 2);
    rtcp_add_bye(writer, 1);
}

/* A call costs at least a bit of the packet: no small packet keeps its reader busy. */
static void rtcp(void)
{
    struct fuzz fuzz = fuzz_new();
    struct rtcp_fir_state state = { 0 };
    int64_t end = g_get_monotonic_time() + DURATION_US / 2;
    for (int i = 0; i < 1000 || g_get_monotonic_time() < end; i++) {
        struct rtcp_writer writer;
        write_compound(&fuzz, &writer);
        g_autoptr(GByteArray) packet = g_byte_array_append(g_byte_array_new(), writer.data, (guint)writer.size);
        mutate(&fuzz, packet, 0);
        g_autofree uint8_t *exact = g_memdup2(packet->data, packet->len);
        guint calls = 0;
        struct rtcp_handler handler = {
            .report_block = heard_block,
            .nack = heard_nack,
            .key_frame_request = heard_ssrc,
            .bye = heard_ssrc,
            .user_data = &calls,
            .fir = &state,
        };
        rtcp_parse(exact, packet->len, &handler);
        g_assert_cmpuint(calls, <=, packet->len * 8);
    }
    g_rand_free(fuzz.random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtp_random/receiver", receiver);
    g_test_add_func("/rtp_random/redundancy", redundancy);
    g_test_add_func("/rtp_random/rtcp", rtcp);
    return g_test_run();
}
