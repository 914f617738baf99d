/* A sender, a receiver and the wire between them, with made-up time: what the tests of both share. */
#ifndef CALLAPI_TESTS_RTP_LINK_H
#define CALLAPI_TESTS_RTP_LINK_H

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "net/rtp/receiver.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"

enum { MS = 1000, ROUND_TRIP = 50 * MS, FRAME_US = 40 * MS, SSRC = 0x1234 };

/* What the sink was called with: "o" open, "K3" key frame with id 3, "p4" another one, "l" lose. */
struct recorder {
    struct packet_sink sink;
    GString *log;
    int width, height;
    int64_t pts; /* of the last packet */
    size_t size;
};

/* The frames' ids are their last byte but one. */
static inline void record_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct recorder *recorder = container_of(sink, struct recorder, sink);
    g_string_append_printf(recorder->log, "%c%d ", packet->flags & AV_PKT_FLAG_KEY ? 'K' : 'p',
                           packet->data[packet->size - 2]);
    recorder->pts = packet->pts;
    recorder->size = (size_t)packet->size;
    g_assert_nonnull(packet->buf);
    g_assert_cmpint(packet->time_base.num, ==, 1);
}

static inline void record_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct recorder *recorder = container_of(sink, struct recorder, sink);
    g_string_append(recorder->log, "o ");
    recorder->width = parameters->width;
    recorder->height = parameters->height;
    if (parameters->codec_id == AV_CODEC_ID_OPUS) {
        g_assert_cmpint(parameters->codec_type, ==, AVMEDIA_TYPE_AUDIO);
        g_assert_cmpint(parameters->sample_rate, ==, 48000);
        g_assert_cmpint(parameters->ch_layout.nb_channels, ==, 2);
    }
}

static inline void record_lose(struct packet_sink *sink)
{
    g_string_append(container_of(sink, struct recorder, sink)->log, "l ");
}

static const struct packet_sink_ops RECORD = { record_open, record_push, record_lose };

/* A sender and a receiver; what is sent waits in `wire` until a test delivers, drops or reorders it. */
struct link {
    struct rtp_sender *sender;
    struct rtp_receiver *receiver;
    struct recorder recorder;
    GPtrArray *wire; /* GBytes, in order of sending */
    enum AVCodecID codec;
    int64_t now_us;
    int frame;
    guint delivered;
    uint16_t shift; /* added to all sequence numbers, so that a test can choose where they begin */
};

static inline void to_wire(void *user_data, const uint8_t *packet, size_t size, bool retransmission)
{
    struct link *link = user_data;
    (void)retransmission;
    g_assert_cmpuint(size, <=, RTP_MTU);
    g_autofree uint8_t *copy = g_memdup2(packet, size);
    rtp_write16(copy + 2, (uint16_t)(rtp_read16(copy + 2) + link->shift));
    g_ptr_array_add(link->wire, g_bytes_new(copy, size));
}

static inline struct rtp_sender *sender_new(struct link *link, uint32_t ssrc)
{
    struct rtp_sender_config config = {
        .codec = link->codec,
        .payload_type = 96,
        .ssrc = ssrc,
        .send = to_wire,
        .user_data = link,
        .clock_rate = link->codec == AV_CODEC_ID_OPUS ? 48000 : 90000,
    };
    return rtp_sender_create(&config);
}

static inline struct link *link_new(enum AVCodecID codec)
{
    struct link *link = g_new0(struct link, 1);
    link->codec = codec;
    link->now_us = 1000000;
    link->wire = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    link->sender = sender_new(link, SSRC);
    link->receiver = rtp_receiver_create(codec == AV_CODEC_ID_OPUS ? 48000 : 90000);
    link->recorder = (struct recorder){ .sink.ops = &RECORD, .log = g_string_new(NULL) };
    rtp_receiver_set_sink(link->receiver, &link->recorder.sink);
    return link;
}

static inline void link_free(struct link *link)
{
    rtp_sender_destroy(link->sender);
    rtp_receiver_destroy(link->receiver);
    g_ptr_array_unref(link->wire);
    g_string_free(link->recorder.log, TRUE);
    g_free(link);
}

static const uint8_t PARAMETER_SETS[] = {
    0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11, 0, 0, 0, 1, 0x68, 0xce, 0x3c
};
static const uint8_t VP8_KEY[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01 };
static const uint8_t VP8_INTER[] = { 0x11, 0, 0 };

static inline void append_head(const struct link *link, GByteArray *unit, bool key, bool parameter_sets)
{
    if (link->codec == AV_CODEC_ID_VP8)
        g_byte_array_append(unit, key ? VP8_KEY : VP8_INTER, key ? sizeof VP8_KEY : sizeof VP8_INTER);
    if (link->codec != AV_CODEC_ID_H264)
        return;
    if (parameter_sets)
        g_byte_array_append(unit, PARAMETER_SETS, sizeof PARAMETER_SETS);
    g_byte_array_append(unit, (const uint8_t[]){ 0, 0, 0, 1, key ? 0x65 : 0x41, 0x88 }, 6);
}

/* Sends a frame that takes `packets` packets, `size` bytes each. Its id counts up. */
static inline void send_unit(struct link *link, bool key, bool parameter_sets, int packets)
{
    g_autoptr(GByteArray) unit = g_byte_array_new();
    append_head(link, unit, key, parameter_sets);
    guint total = packets == 1 ? 100 : (guint)packets * 1000;
    while (unit->len < total)
        g_byte_array_append(unit, (const uint8_t[]){ (uint8_t)(1 + unit->len % 250) }, 1);
    link->frame++;
    g_byte_array_append(unit, (const uint8_t[]){ (uint8_t)link->frame, 0x80 }, 2);
    guint before = link->wire->len;
    int sent = rtp_sender_push(link->sender, unit->data, unit->len, key, (int64_t)link->frame * FRAME_US);
    g_assert_cmpuint(link->wire->len - before, ==, sent);
}

static inline void send_frame(struct link *link, bool key, int packets)
{
    send_unit(link, key, key, packets);
}

static inline void deliver(struct link *link, guint i)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(g_ptr_array_index(link->wire, i), &size);
    g_autofree uint8_t *copy = g_memdup2(data, size);
    rtp_receiver_push(link->receiver, copy, size, link->codec, link->now_us);
}

/* All that was sent since the last time, but (where it is not negative) packet `without`. */
static inline void deliver_but(struct link *link, int without)
{
    for (; link->delivered < link->wire->len; link->delivered++) {
        if ((int)link->delivered != without)
            deliver(link, link->delivered);
    }
}

static inline void deliver_all(struct link *link)
{
    deliver_but(link, -1);
}

static inline struct rtp_feedback poll_after(struct link *link, int64_t us)
{
    struct rtp_feedback feedback;
    link->now_us += us;
    rtp_receiver_poll(link->receiver, link->now_us, ROUND_TRIP, &feedback);
    return feedback;
}

static inline void assert_log(const struct link *link, const char *expected)
{
    g_assert_cmpstr(link->recorder.log->str, ==, expected);
}

static inline uint16_t sequence_of(const struct link *link, guint i)
{
    return rtp_read16((const uint8_t *)g_bytes_get_data(g_ptr_array_index(link->wire, i), NULL) + 2);
}

#endif
