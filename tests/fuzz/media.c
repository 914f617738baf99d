/* What comes over a connection once it is decrypted: RTP of every agreed format, retransmissions, RED and redundancy,
 * RTCP, in any order and at any time, while we send, too. Or both ends of one, with a network between them that loses,
 * repeats and delays; the first byte says so, and what they agreed upon.
 *
 * What must hold: who was polled is not due at once; where nobody forged anything, a picture that comes out is one that
 * went in; no end hears of more than the other sent. */
#include "net/peer/media.h"
#include "clock.h"
#include "fuzz.h"
#include "net/transport/srtp.h"

#include <string.h>

/* The first byte. */
enum {
    TWO_ENDS = 1,
    PREFERS_H264 = 2,
    OWN_REDUNDANCY = 4,
    NO_TRANSPORT_CC = 8,
    SINGLE_NAL = 16,
    ANSWERS = 32,
    FAR = 64
};
/* A step, at the first end: a packet that is forged, and what is done beside; or with NETWORK one of those below, at
 * the second end where it is SECOND. */
enum { RTCP = 1, SEND = 2, POLL = 4, KEY = 8, PAUSE = 16, LATE = 32, SECOND = 64, NETWORK = 128 };
enum what {
    RUN,
    RUN_LOSSY,
    DROP,
    OVERTAKE,
    REPEAT,
    PICTURE,
    KEY_PICTURE,
    SOUND,
    MESSAGE,
    ASK_KEY,
    LIMIT,
    LOSE,
    OTHER_CODEC,
    SINKS,
    HOLD,
    LET_GO,
};
enum { ENDS = 2, MAX_STEPS = 200, MOST_BYTES = 5 << 20, MAX_WAITING = 2000, TICK_US = 5000, MAX_POLLS = 20 };
enum { WAY_US = 100000 }; /* to an end that is FAR */

struct datagram {
    int64_t sent_us;
    bool rtcp;
    GBytes *bytes;
};

struct end {
    struct peer_media *media;
    struct end *other;
    struct packet_sink video, audio;
    GQueue inbox;     /* struct datagram: on the way here */
    GHashTable *sent; /* GBytes: pictures */
    guint shown, pushed;
    enum AVCodecID opened[2]; /* of what it sends, by its type */
};

static struct {
    struct end ends[ENDS];
    unsigned how;
    bool forged;
    uint8_t number; /* of pictures, so that they differ */
} world;

static struct datagram *datagram_new(GBytes *bytes, bool rtcp)
{
    struct datagram *datagram = g_new(struct datagram, 1);
    *datagram = (struct datagram){ .sent_us = fuzz_clock_now(), .rtcp = rtcp, .bytes = bytes };
    return datagram;
}

static void datagram_free(void *data)
{
    struct datagram *datagram = data;
    g_bytes_unref(datagram->bytes);
    g_free(datagram);
}

/* ---- what an end says ---- */

static void on_send(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    g_assert_cmpuint(size, <=, 1500);
    if (world.how & TWO_ENDS && end->other->inbox.length < MAX_WAITING)
        g_queue_push_tail(&end->other->inbox, datagram_new(g_bytes_new(packet, size), rtcp));
    memset(packet + size, 0xee, SRTP_OVERHEAD); /* the room that was promised */
}

static void on_event(void *user_data, const struct peer_event *event)
{
    (void)user_data;
    if (event->type == PEER_EVENT_BIT_RATE)
        g_assert_cmpint(event->bit_rate, >, 0);
    if (event->type == PEER_EVENT_MESSAGE)
        g_assert_nonnull(event->message);
}

static void on_deadline_moved(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener LISTENER = { on_send, on_event, on_deadline_moved };

static void opened(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_true(parameters->codec_id == AV_CODEC_ID_H264 || parameters->codec_id == AV_CODEC_ID_VP8 ||
                  parameters->codec_id == AV_CODEC_ID_OPUS);
}

static void pushed(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    g_assert_true(packet->size > 0 && packet->size < MOST_BYTES);
    g_assert_cmpint(packet->pts, >=, 0);
}

static void shown(struct packet_sink *sink, const AVPacket *packet)
{
    struct end *end = container_of(sink, struct end, video);
    pushed(sink, packet);
    if (world.forged || world.how & PREFERS_H264)
        return;
    g_autoptr(GBytes) picture = g_bytes_new(packet->data, (gsize)packet->size);
    g_assert_true(g_hash_table_contains(end->other->sent, picture));
    g_assert_cmpuint(++end->shown, <=, end->other->pushed);
}

static void lost(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops SOUND_SINK = { opened, pushed, lost };
static const struct packet_sink_ops PICTURE_SINK = { opened, shown, lost };

/* ---- both ends ---- */

static struct sdp *describe(struct peer_media *media)
{
    struct sdp *sdp = sdp_offer(world.how & PREFERS_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8);
    peer_media_describe(media, sdp);
    for (int i = 0; i < sdp->n_media; i++) {
        struct sdp_media *each = &sdp->media[i];
        if (!(world.how & OWN_REDUNDANCY))
            each->fec_ssrc = 0;
        if (world.how & NO_TRANSPORT_CC)
            each->transport_cc = 0;
        for (int c = 0; c < each->n_codecs && world.how & SINGLE_NAL; c++)
            each->codecs[c].packetization_mode = 0;
    }
    return sdp;
}

/* Of one who is not there. */
static void name_ssrcs(struct sdp *remote)
{
    for (int i = 0; i < remote->n_media; i++) {
        remote->media[i].ssrc = 0x01020304u + (unsigned)i;
        remote->media[i].rtx_ssrc = remote->media[i].kind == SDP_VIDEO ? 0x02020304u : 0;
    }
}

static void negotiate(struct end *end, bool answers)
{
    struct sdp *remote = describe(end->other->media);
    if (!(world.how & TWO_ENDS))
        name_ssrcs(remote);
    peer_media_negotiated(end->media, remote, remote, answers);
    peer_media_start(end->media, fuzz_clock_now());
    struct source *source = peer_media_source(end->media);
    source->ops->start(source, &end->video, &end->audio);
    sdp_free(remote);
}

static void connect_ends(void)
{
    for (int i = 0; i < ENDS; i++) {
        struct end *end = &world.ends[i];
        *end = (struct end){ .other = &world.ends[!i], .video.ops = &PICTURE_SINK, .audio.ops = &SOUND_SINK };
        end->media = peer_media_create(&LISTENER, end);
        end->sent = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
        g_queue_init(&end->inbox);
    }
    for (int i = 0; i < ENDS; i++)
        negotiate(&world.ends[i], !i == !!(world.how & ANSWERS));
}

static void stop(struct end *end)
{
    peer_media_stop(end->media);
    g_assert_cmpint(peer_media_deadline(end->media), ==, INT64_MAX);
    g_assert_false(peer_media_send_message(end->media, "late"));
}

static void destroy(struct end *end)
{
    peer_media_destroy(end->media);
    g_queue_clear_full(&end->inbox, datagram_free);
    g_hash_table_destroy(end->sent);
}

/* ---- what an end sends ---- */

static void open_sink(struct end *end, enum AVMediaType type, enum AVCodecID codec)
{
    struct packet_sink *sink = peer_media_sink(end->media, type);
    if (end->opened[type] == codec)
        return;
    end->opened[type] = codec;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = type;
    parameters->codec_id = codec;
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void push(struct end *end, enum AVMediaType type, enum AVCodecID codec, const uint8_t *data, size_t size,
                 bool key)
{
    struct packet_sink *sink = peer_media_sink(end->media, type);
    AVPacket *packet = av_packet_alloc();
    open_sink(end, type, codec);
    g_assert_cmpint(av_new_packet(packet, (int)size), ==, 0);
    memcpy(packet->data, data, size);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = fuzz_clock_now();
    packet->time_base = (AVRational){ 1, G_USEC_PER_SEC };
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static GByteArray *make_h264(bool key, size_t size)
{
    static const uint8_t parameters[] = { 0,    0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xda, 2,   0x80,
                                          0xf6, 0, 0, 0, 1,    0x68, 0xce, 0x3c, 0x80, 0x55 };
    static const uint8_t begin[] = { 0, 0, 0, 1 };
    uint8_t slice = key ? 0x65 : 0x41;
    GByteArray *picture = g_byte_array_new();
    if (key)
        g_byte_array_append(picture, parameters, sizeof parameters);
    g_byte_array_append(picture, begin, sizeof begin);
    g_byte_array_append(picture, &slice, 1);
    guint at = picture->len;
    g_byte_array_set_size(picture, at + (guint)size);
    memset(picture->data + at, 0x55, size);
    return picture;
}

static GByteArray *make_vp8(bool key, size_t size)
{
    static const uint8_t key_frame[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 1, 2, 3 };
    GByteArray *picture = g_byte_array_new();
    g_byte_array_set_size(picture, (guint)(sizeof key_frame + size));
    memset(picture->data, 0x55, picture->len);
    memcpy(picture->data, key_frame, sizeof key_frame);
    picture->data[0] |= !key;
    picture->data[sizeof key_frame] = world.number++;
    return picture;
}

static void send_picture(struct end *end, bool key, size_t size)
{
    enum AVCodecID codec = peer_media_video_codec(end->media);
    GByteArray *picture = codec == AV_CODEC_ID_H264 ? make_h264(key, size) : make_vp8(key, size);
    g_hash_table_add(end->sent, g_bytes_new(picture->data, picture->len));
    end->pushed++;
    push(end, AVMEDIA_TYPE_VIDEO, codec, picture->data, picture->len, key);
    g_byte_array_unref(picture);
}

static void send_sound(struct end *end, size_t size)
{
    g_autofree uint8_t *sound = g_malloc0(size);
    push(end, AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_OPUS, sound, size, true);
}

/* ---- the network ---- */

/* Who is due for ever holds the loop. */
static void poll_end(struct end *end)
{
    int64_t now_us = fuzz_clock_now();
    for (int i = 0; i < MAX_POLLS && peer_media_deadline(end->media) <= now_us; i++)
        peer_media_poll(end->media, now_us);
    g_assert_cmpint(peer_media_deadline(end->media), >, now_us);
}

static void deliver(struct end *end, const struct datagram *datagram)
{
    gsize size = g_bytes_get_size(datagram->bytes);
    g_autofree uint8_t *exact = g_memdup2(g_bytes_get_data(datagram->bytes, NULL),
                                          size); /* to see a read past its end */
    peer_media_receive(end->media, exact, size, datagram->rtcp, fuzz_clock_now());
}

/* Takes what is here by now; every so many datagrams one is lost; 0: none is. */
static void empty_inbox(struct end *end, unsigned loss, unsigned *came)
{
    int64_t until_us = fuzz_clock_now() - (world.how & FAR ? WAY_US : 0);
    struct datagram *first;
    while ((first = g_queue_peek_head(&end->inbox)) && first->sent_us <= until_us) {
        g_queue_pop_head(&end->inbox);
        if (!loss || ++*came % loss)
            deliver(end, first);
        datagram_free(first);
    }
}

static void run(unsigned ticks, unsigned loss)
{
    unsigned came = 0;
    for (; ticks; ticks--) {
        fuzz_clock_pass(TICK_US);
        for (int i = 0; i < ENDS; i++) {
            poll_end(&world.ends[i]);
            empty_inbox(&world.ends[i], loss, &came);
        }
    }
}

static void change_inbox(struct end *end, enum what what, unsigned n)
{
    for (n %= 16; n && end->inbox.length; n--) {
        struct datagram *first = g_queue_pop_head(&end->inbox);
        if (what == REPEAT)
            deliver(end, first);
        if (what == DROP)
            datagram_free(first);
        else
            g_queue_push_tail(&end->inbox, first);
    }
}

/* ---- what else an end is asked ---- */

static void look(struct end *end)
{
    struct source *source = peer_media_source(end->media);
    struct peer_milestones milestones = { 0 };
    struct peer_stats stats = peer_media_stats(end->media);
    int64_t time_us;
    for (int type = AVMEDIA_TYPE_VIDEO; type <= AVMEDIA_TYPE_AUDIO; type++) {
        source->ops->capture_time(source, (enum AVMediaType)type, 0, &time_us);
        peer_media_far_end_sends(end->media, (enum AVMediaType)type);
        peer_media_is_paused(end->media, (enum AVMediaType)type);
    }
    peer_media_milestones(end->media, &milestones);
    g_assert_cmpint(milestones.first_frame_received_us, <=, fuzz_clock_now());
    g_assert_true(peer_media_sends_single_nal_units(end->media) <= !!(world.how & SINGLE_NAL));
    g_assert_cmpfloat(stats.round_trip_ms, >=, 0);
}

static void change_sinks(struct end *end, unsigned n)
{
    struct source *source = peer_media_source(end->media);
    source->ops->stop(source);
    if (n & 1)
        source->ops->start(source, &end->video, &end->audio);
}

static void lose(struct end *end)
{
    struct packet_sink *sink = peer_media_sink(end->media, AVMEDIA_TYPE_VIDEO);
    sink->ops->lose(sink);
}

static void ask_for_key(struct end *end)
{
    struct source *source = peer_media_source(end->media);
    source->ops->request_key_frame(source);
}

static void do_at(struct end *end, enum what what, unsigned n)
{
    static const uint8_t frame[] = { 0, 0, 1, 2 };
    if (what == RUN || what == RUN_LOSSY)
        run(n, what == RUN_LOSSY ? 2 + n % 20 : 0);
    else if (what == PICTURE || what == KEY_PICTURE)
        send_picture(end, what == KEY_PICTURE, 10 + n * 40);
    else if (what == SOUND)
        send_sound(end, 1 + n);
    else if (what == MESSAGE)
        peer_media_send_message(end->media, "{\"type\":\"call\"}");
    else if (what == ASK_KEY)
        ask_for_key(end);
    else if (what == LIMIT)
        peer_media_set_max_bit_rate(end->media, 1 + (int64_t)n * 20000);
    else if (what == LOSE)
        lose(end);
    else if (what == OTHER_CODEC)
        push(end, AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_MPEG2VIDEO, frame, sizeof frame, true);
    else if (what == SINKS)
        change_sinks(end, n);
    else if (what == HOLD || what == LET_GO)
        peer_media_set_paused(end->media, what == HOLD);
    else
        change_inbox(end, what, n);
}

static void forge(struct end *end, unsigned flags, struct fuzz_input *input)
{
    fuzz_clock_pass((int64_t)fuzz_byte(input) * (flags & LATE ? 10000 : 500));
    size_t size;
    g_autofree uint8_t *packet = fuzz_piece(input, &size);
    world.forged |= size > 0;
    if (flags & SEND)
        send_picture(end, flags & KEY, 2000);
    if (flags & PAUSE)
        peer_media_set_paused(end->media, flags & KEY);
    peer_media_receive(end->media, packet, size, flags & RTCP, fuzz_clock_now());
    if (flags & POLL)
        peer_media_poll(end->media, fuzz_clock_now());
}

static void step(struct fuzz_input *input)
{
    unsigned flags = fuzz_byte(input);
    struct end *end = &world.ends[!!(flags & SECOND)];
    if (flags & NETWORK && world.how & TWO_ENDS)
        do_at(end, (enum what)(flags & 15), fuzz_byte(input));
    else
        forge(&world.ends[0], flags, input);
    look(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    world.how = fuzz_byte(&input);
    world.forged = false;
    world.number = 0;
    fuzz_clock_start();
    g_random_set_seed(1); /* SSRCs, sequence numbers */
    connect_ends();
    for (int i = 0; input.size && i < MAX_STEPS; i++)
        step(&input);
    for (int i = 0; i < ENDS; i++)
        stop(&world.ends[i]);
    for (int i = 0; i < ENDS; i++)
        destroy(&world.ends[i]);
    return 0;
}
