/* The streams of two peers over a link that loses packets: NACK and PLI mend what is lost. */
#include "net/peer/media.h"

#include <string.h>

#include "net/congestion/twcc.h"
#include "net/peer/rate.h"
#include "net/rtp/pause.h"
#include "net/rtp/rtp.h"
#include "net/transport/srtp.h"

enum { FRAMES = 150, FRAME_SIZE = 3000 };

struct end {
    struct peer_media *media;
    struct end *other;
    struct packet_sink sink;
    int loss_percent;
    GPtrArray *received; /* GBytes */
    int key_frame_requests, losses, pauses;
    bool turns; /* what it sends says in its header that it lies on its side */
    int turned; /* so many pictures came as such */
};

/* One more element behind the transport-wide number, the header's only one until then. */
static size_t say_turned(uint8_t *packet, size_t size)
{
    enum { BEHIND = RTP_HEADER_SIZE + RTP_TRANSPORT_CC, ORIENTATION_ID = 4 };
    memmove(packet + BEHIND + 4, packet + BEHIND, size - BEHIND);
    rtp_write16(packet + RTP_HEADER_SIZE + 2, 2);
    memcpy(packet + BEHIND, (const uint8_t[]){ ORIENTATION_ID << 4, 1, 0, 0 }, 4);
    return size + 4;
}

static void deliver(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    memset(packet + size, 0xee, SRTP_OVERHEAD); /* the room that was promised */
    if (end->turns && !rtcp && packet[0] & 0x10)
        size = say_turned(packet, size);
    if (g_test_rand_int_range(0, 100) >= end->loss_percent)
        peer_media_receive(end->other->media, packet, size, rtcp, g_get_monotonic_time());
}

static void on_event(void *user_data, const struct peer_event *event)
{
    struct end *end = user_data;
    end->key_frame_requests += event->type == PEER_EVENT_KEY_FRAME;
    end->pauses += event->type == PEER_EVENT_PAUSED;
    if (event->type == PEER_EVENT_BIT_RATE)
        g_assert_cmpint(event->bit_rate, >, 0);
}

static void on_deadline_moved(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener listener = {
    .send = deliver,
    .event = on_event,
    .deadline_moved = on_deadline_moved,
};

static void sink_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_cmpint(parameters->codec_id, ==, AV_CODEC_ID_H264);
}

static void sink_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct end *end = container_of(sink, struct end, sink);
    g_ptr_array_add(end->received, g_bytes_new(packet->data, (size_t)packet->size));
    end->turned += av_packet_get_side_data(packet, AV_PKT_DATA_DISPLAYMATRIX, NULL) != NULL;
}

static void sink_lose(struct packet_sink *sink)
{
    container_of(sink, struct end, sink)->losses++;
}

static const struct packet_sink_ops sink_ops = { .open = sink_open, .push = sink_push, .lose = sink_lose };

/* `rtx`: whether the answerer takes retransmissions in a stream of their own. */
static void open_ends(struct end *sender, struct end *receiver, bool rtx)
{
    *sender = (struct end){ .media = peer_media_create(&listener, sender), .other = receiver };
    *receiver = (struct end){ .media = peer_media_create(&listener, receiver), .other = sender, .sink.ops = &sink_ops };
    receiver->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264), *answer = sdp_offer(AV_CODEC_ID_H264);
    for (int i = 0; i < sdp_find(answer, SDP_VIDEO)->n_codecs && !rtx; i++)
        sdp_find(answer, SDP_VIDEO)->codecs[i].rtx = 0;
    peer_media_describe(sender->media, offer);
    peer_media_describe(receiver->media, answer);
    peer_media_negotiated(sender->media, answer, answer, false);
    peer_media_negotiated(receiver->media, answer, offer, true);
    sdp_free(offer);
    sdp_free(answer);
    peer_media_start(sender->media, g_get_monotonic_time());
    peer_media_start(receiver->media, g_get_monotonic_time());
    struct source *source = peer_media_source(receiver->media);
    source->ops->start(source, &receiver->sink, NULL);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = AV_CODEC_ID_H264;
    struct packet_sink *sink = peer_media_sink(sender->media, AVMEDIA_TYPE_VIDEO);
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void close_ends(struct end *sender, struct end *receiver)
{
    peer_media_stop(sender->media);
    peer_media_stop(receiver->media);
    peer_media_destroy(sender->media);
    peer_media_destroy(receiver->media);
    g_ptr_array_unref(receiver->received);
}

static void poll_both(struct end *sender, struct end *receiver)
{
    g_usleep(1000);
    peer_media_poll(sender->media, g_get_monotonic_time());
    peer_media_poll(receiver->media, g_get_monotonic_time());
}

static GBytes *make_frame(bool key)
{
    uint8_t *data = g_malloc(FRAME_SIZE);
    for (int i = 0; i < FRAME_SIZE; i++)
        data[i] = (uint8_t)g_test_rand_int_range(1, 256);
    static const uint8_t slice[] = { 0, 0, 0, 1, 0x41 };
    static const uint8_t parameters_and_idr[] = {
        0,    0,    0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x06, 0xd0,
        0xa1, 0x35, 0, 0, 0,    1,    0x68, 0xce, 0x3c, 0x80, 0,    0,    0,    1,    0x65,
    };
    if (key)
        memcpy(data, parameters_and_idr, sizeof parameters_and_idr);
    else
        memcpy(data, slice, sizeof slice);
    return g_bytes_new_take(data, FRAME_SIZE);
}

static void push(struct end *end, GBytes *frame, bool key)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, FRAME_SIZE), ==, 0);
    memcpy(packet->data, g_bytes_get_data(frame, NULL), FRAME_SIZE);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = g_get_monotonic_time();
    packet->time_base = (AVRational){ 1, 1000000 };
    struct packet_sink *sink = peer_media_sink(end->media, AVMEDIA_TYPE_VIDEO);
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static bool contains(GPtrArray *frames, GBytes *frame)
{
    for (guint i = 0; i < frames->len; i++)
        if (g_bytes_equal(frames->pdata[i], frame))
            return true;
    return false;
}

/* What arrives is unchanged; nearly all of it does, though without resending every seventh frame would be broken. */
static void resend(bool rtx)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, rtx);
    GPtrArray *sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (int i = 0; i < FRAMES; i++) {
        bool key = i == 0 || sender.key_frame_requests;
        sender.key_frame_requests = 0;
        g_ptr_array_add(sent, make_frame(key));
        push(&sender, sent->pdata[i], key);
        sender.loss_percent = receiver.loss_percent = 5; /* a gap needs something before it to be seen */
        for (int step = 0; step < 5; step++)
            poll_both(&sender, &receiver);
    }
    sender.loss_percent = receiver.loss_percent = 0;
    for (int step = 0; step < 500 && receiver.received->len < FRAMES; step++)
        poll_both(&sender, &receiver);
    struct peer_stats sent_stats = peer_media_stats(sender.media), received_stats = peer_media_stats(receiver.media);
    g_assert_cmpuint(received_stats.nacks_sent, >, 0);
    g_assert_cmpuint(sent_stats.nacks_received, >, 0);
    g_assert_cmpuint(sent_stats.packets_retransmitted, >, 0);
    g_assert_true(rtx == (received_stats.retransmissions_received > 0));
    g_assert_cmpuint(receiver.received->len, >, FRAMES * 3 / 4);
    for (guint i = 0; i < receiver.received->len; i++)
        g_assert_true(contains(sent, receiver.received->pdata[i]));
    g_ptr_array_unref(sent);
    close_ends(&sender, &receiver);
}

static void resends_what_was_lost(void)
{
    resend(true);
}

static void resends_unchanged_where_the_other_side_knows_no_rtx(void)
{
    resend(false);
}

static void stopped_means_silent(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, true);
    GBytes *frame = make_frame(true);
    push(&sender, frame, true);
    g_assert_cmpuint(receiver.received->len, ==, 1);
    peer_media_stop(receiver.media);
    push(&sender, frame, true);
    g_assert_cmpuint(receiver.received->len, ==, 1);
    g_bytes_unref(frame);
    close_ends(&sender, &receiver);
}

static bool is_paused(const struct end *end)
{
    return peer_media_is_paused(end->media, AVMEDIA_TYPE_VIDEO) && peer_media_is_paused(end->media, AVMEDIA_TYPE_AUDIO);
}

/* Requests are lost, and asked for until they are there. */
static void settle(struct end *sender, struct end *receiver, bool paused)
{
    for (int step = 0; step < 20000 && is_paused(sender) != paused; step++)
        poll_both(sender, receiver);
    g_assert_true(is_paused(sender) == paused);
}

static void paused_means_silent_until_woken(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, true);
    g_assert_true(peer_media_can_pause(receiver.media));
    GBytes *key = make_frame(true), *delta = make_frame(false);
    push(&sender, key, true);
    for (int round = 0; round < 3; round++) {
        g_ptr_array_set_size(receiver.received, 0);
        receiver.loss_percent = round * 30;
        peer_media_set_paused(receiver.media, true);
        settle(&sender, &receiver, true);
        uint64_t sent = peer_media_stats(sender.media).packets_sent;
        push(&sender, delta, false);
        push(&sender, key, true);
        g_assert_cmpuint(peer_media_stats(sender.media).packets_sent, ==, sent);
        peer_media_set_paused(receiver.media, false);
        settle(&sender, &receiver, false);
        receiver.loss_percent = 0;
        push(&sender, delta, false); /* refers to what was never sent */
        g_assert_cmpuint(peer_media_stats(sender.media).packets_sent, ==, sent);
        push(&sender, key, true);
        for (int step = 0; step < 500 && !receiver.received->len; step++)
            poll_both(&sender, &receiver);
        g_assert_cmpuint(receiver.received->len, ==, 1);
    }
    g_assert_cmpuint(peer_media_stats(sender.media).reports_received, >,
                     0);                    /* a sign of life from who sends no media */
    g_assert_cmpint(sender.pauses, ==, 12); /* two streams, there and back */
    g_bytes_unref(key);
    g_bytes_unref(delta);
    close_ends(&sender, &receiver);
}

/* The pause travels longer than the resume that follows it. */
static void requests_may_overtake(void)
{
    struct rtp_pause_sender sender = { 0 };
    struct rtp_pause_receiver receiver = { .id = 65534 };
    sender.id = 65534;
    for (int round = 0; round < 4; round++) { /* over the wrap of the numbers */
        g_assert_true(rtp_pause_receiver_want(&receiver, true));
        g_assert_false(rtp_pause_receiver_want(&receiver, true));
        uint16_t id = receiver.id;
        rtp_pause_receiver_confirmed(&receiver, (uint16_t)(id - 1));
        g_assert_cmpint(receiver.state, ==, RTP_PAUSE_ASKED);
        g_assert_true(rtp_pause_receiver_want(&receiver, false));
        g_assert_false(rtp_pause_sender_resume(&sender, id));
        g_assert_false(rtp_pause_sender_pause(&sender, id));
        g_assert_false(sender.paused);
        rtp_pause_receiver_flows(&receiver);
        g_assert_cmpint(receiver.state, ==, RTP_PAUSE_FLOWING);

        g_assert_true(rtp_pause_receiver_want(&receiver, true));
        g_assert_true(rtp_pause_sender_pause(&sender, receiver.id));
        g_assert_false(rtp_pause_sender_pause(&sender, receiver.id));
        g_assert_false(rtp_pause_sender_resume(&sender, id)); /* of the one before */
        rtp_pause_receiver_confirmed(&receiver, receiver.id);
        rtp_pause_receiver_flows(&receiver); /* was on its way */
        g_assert_cmpint(receiver.state, ==, RTP_PAUSE_PAUSED);
        g_assert_true(rtp_pause_receiver_want(&receiver, false));
        g_assert_true(rtp_pause_sender_resume(&sender, receiver.id));
        g_assert_false(rtp_pause_sender_pause(&sender, receiver.id));
    }
}

static void any_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_cmpint(parameters->codec_id, ==, AV_CODEC_ID_OPUS);
}

/* Sound `number` as a browser sends it: in RED (RFC 2198), behind what the one before had. */
static size_t make_sound_in_red(uint8_t packet[64], uint16_t number)
{
    enum { OPUS = 111, RED = 63, SAMPLES = 960, SIZE = 4 };
    rtp_write_header(packet, &(struct rtp_packet){ .payload_type = RED,
                                                   .sequence = (uint16_t)(65530 + number),
                                                   .timestamp = number * SAMPLES,
                                                   .ssrc = 77 });
    const uint8_t red[] = { 0x80 | OPUS,
                            SAMPLES >> 6,
                            (uint8_t)(SAMPLES << 2) | SIZE >> 8,
                            SIZE,
                            OPUS, /* here its own begins, the blocks follow */
                            0xf8,
                            0,
                            0,
                            (uint8_t)(number - 1),
                            0xf8,
                            0,
                            0,
                            (uint8_t)number };
    memcpy(packet + RTP_HEADER_SIZE, red, sizeof red);
    return RTP_HEADER_SIZE + sizeof red;
}

/* Of three packets one is lost: each sound is there once, whichever packet brought it; of two in a row one is. */
static void sound_in_red_mends_loss(void)
{
    enum { SOUNDS = 30, GAP = 20 };
    static const struct packet_sink_ops ops = { .open = any_open, .push = sink_push, .lose = sink_lose };
    struct end sender, receiver;
    open_ends(&sender, &receiver, true);
    receiver.sink.ops = &ops;
    struct source *source = peer_media_source(receiver.media);
    source->ops->start(source, NULL, &receiver.sink);
    int heard[SOUNDS] = { 0 };
    for (uint16_t i = 0; i < SOUNDS; i++) {
        uint8_t packet[64 + SRTP_OVERHEAD];
        size_t size = make_sound_in_red(packet, i);
        if (i % 3 != 1 && i != GAP)
            peer_media_receive(receiver.media, packet, size, false, g_get_monotonic_time());
    }
    for (guint i = 0; i < receiver.received->len; i++) {
        size_t size;
        const uint8_t *sound = g_bytes_get_data(receiver.received->pdata[i], &size);
        g_assert_cmpuint(size, ==, 4);
        g_assert_cmpint(sound[3], <, SOUNDS);
        heard[sound[3]]++;
    }
    for (int i = 0; i < SOUNDS; i++)
        g_assert_cmpint(heard[i], ==, i != GAP - 1);
    close_ends(&sender, &receiver);
}

/* By the id that was agreed upon, beside the other extension; the last word holds. */
static void says_how_pictures_lie(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, true);
    GBytes *key = make_frame(true), *delta = make_frame(false);
    push(&sender, key, true);
    g_assert_cmpint(receiver.turned, ==, 0);
    sender.turns = true;
    push(&sender, delta, false);
    sender.turns = false;
    push(&sender, delta, false);
    g_assert_cmpuint(receiver.received->len, ==, 3);
    g_assert_cmpint(receiver.turned, ==, 2);
    g_bytes_unref(key);
    g_bytes_unref(delta);
    close_ends(&sender, &receiver);
}

/* Where video is refused, its m-line names no feedback and the other side numbers its sound all the same. */
static void feedback_is_due_though_none_comes(void)
{
    static const struct peer_rate_listener nobody = { 0 };
    uint8_t information[TWCC_FEEDBACK_SIZE];
    struct peer_rate *rate = peer_rate_create(&nobody, NULL);
    peer_rate_start(rate, false, 1);
    g_assert_cmpint(peer_rate_deadline(rate), ==, INT64_MAX);
    peer_rate_received(rate, 1, 1);
    int64_t due_us = peer_rate_deadline(rate);
    g_assert_cmpint(due_us, <, INT64_MAX);
    g_assert_cmpuint(peer_rate_write_feedback(rate, information, due_us - 1), ==, 0);
    g_assert_cmpuint(peer_rate_write_feedback(rate, information, due_us), >, 0);
    g_assert_cmpuint(peer_rate_write_feedback(rate, information, due_us), ==, 0);
    g_assert_cmpint(peer_rate_deadline(rate), ==, INT64_MAX);
    peer_rate_destroy(rate);
}

/* Authentic does not mean sound. */
static void garbage_does_no_harm(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, true);
    for (int i = 0; i < 5000; i++) {
        uint8_t garbage[200];
        for (size_t b = 0; b < sizeof garbage; b++)
            garbage[b] = (uint8_t)g_test_rand_int();
        bool rtcp = i & 1;
        garbage[0] = 0x80 | (garbage[0] & 0x3f);
        garbage[1] = rtcp ? (uint8_t)g_test_rand_int_range(199, 208)
                          : (uint8_t)(i & 8   ? 63
                                      : i & 4 ? 103
                                      : i & 2 ? 102
                                              : 111);
        peer_media_receive(receiver.media, garbage, (size_t)g_test_rand_int_range(0, sizeof garbage), rtcp,
                           g_get_monotonic_time());
        peer_media_poll(receiver.media, g_get_monotonic_time());
    }
    close_ends(&sender, &receiver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-media/resends", resends_what_was_lost);
    g_test_add_func("/peer-media/resends-without-rtx", resends_unchanged_where_the_other_side_knows_no_rtx);
    g_test_add_func("/peer-media/stopped", stopped_means_silent);
    g_test_add_func("/peer-media/paused", paused_means_silent_until_woken);
    g_test_add_func("/peer-media/pause-overtaken", requests_may_overtake);
    g_test_add_func("/peer-media/orientation", says_how_pictures_lie);
    g_test_add_func("/peer-media/sound-in-red", sound_in_red_mends_loss);
    g_test_add_func("/peer-media/feedback-due", feedback_is_due_though_none_comes);
    g_test_add_func("/peer-media/garbage", garbage_does_no_harm);
    return g_test_run();
}
