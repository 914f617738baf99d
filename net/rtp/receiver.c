#include "net/rtp/receiver.h"

#include <assert.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/objects.h"
#include "engine/media/orientation.h"
#include "net/rtp/frame_assembler.h"
#include "net/rtp/nack_list.h"
#include "net/rtp/reception.h"
#include "net/rtp/rtcp.h"
#include "net/rtp/rtp.h"

enum {
    KEY_FRAME_GRACE_US = 200000, /* streams begin with a key frame: it may be on its way */
    KEY_FRAME_REPEAT_US = 100000,
    BREAK_US = 300000,
    BREAK_LOSSES = 8,             /* so long nothing, and then so much missing: a break */
    BREAK_PACKETS = 128,          /* or so much missing at once */
    MAX_AUDIO_GAP = 25,           /* packets: half a second */
    MAX_ROUND_TRIP_US = 10000000, /* what is told beyond that is no measurement */
};

static const int64_t MAX_PAUSE_US = (int64_t)3600 * G_USEC_PER_SEC; /* longer ones count as this long */
static const int64_t FIRST_PTS = (int64_t)1 << 32; /* so that packets before the first one have none below 0 */

/* The last sender report. */
struct sender_clock {
    bool known;
    uint64_t ntp;
    int64_t pts, arrival_us;
};

/* Whether a key frame is to be asked for, and when. */
struct key_frame_request {
    bool wanted;
    int64_t due_us, asked_us; /* asked_us: 0: never */
};

struct rtp_receiver {
    uint32_t clock_rate;
    struct packet_sink *sink;
    enum AVCodecID opened; /* what the sink was told */
    bool started;
    enum AVCodecID codec;
    uint32_t ssrc;
    struct rtp_reception reception;
    uint64_t lost_before; /* by sources before this one */
    int64_t pts;          /* of `timestamp`: the newest packet's */
    uint32_t timestamp;
    int64_t last_packet_us;
    int64_t round_trip_us;  /* as last told */
    uint8_t orientation_id; /* 0: none */
    int orientation;        /* of the newest picture: RTP_ORIENTATION_* */
    struct sender_clock sender_clock;
    struct key_frame_request key_frame;
    struct nack_list *nacks;
    struct frame_assembler *assembler;
    struct rtp_receiver_stats stats;
};

struct rtp_receiver *rtp_receiver_create(uint32_t clock_rate)
{
    assert(clock_rate);
    struct rtp_receiver *receiver = g_new0(struct rtp_receiver, 1);
    receiver->clock_rate = clock_rate;
    receiver->nacks = nack_list_create();
    receiver->assembler = frame_assembler_create();
    return receiver;
}

void rtp_receiver_destroy(struct rtp_receiver *receiver)
{
    if (!receiver)
        return;
    nack_list_destroy(receiver->nacks);
    frame_assembler_destroy(receiver->assembler);
    g_free(receiver);
}

static bool is_video(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_VP8;
}

static int64_t key_frame_repeat_us(const struct rtp_receiver *receiver)
{
    return MAX(KEY_FRAME_REPEAT_US, 2 * receiver->round_trip_us);
}

/* Not before `at_us`, and not sooner after the last request than its answer can be here. */
static void want_key_frame(struct rtp_receiver *receiver, int64_t at_us)
{
    struct key_frame_request *request = &receiver->key_frame;
    if (request->asked_us)
        at_us = MAX(at_us, request->asked_us + key_frame_repeat_us(receiver));
    request->due_us = request->wanted ? MIN(request->due_us, at_us) : at_us;
    request->wanted = true;
}

void rtp_receiver_request_key_frame(struct rtp_receiver *receiver)
{
    want_key_frame(receiver, 0);
}

void rtp_receiver_set_sink(struct rtp_receiver *receiver, struct packet_sink *sink)
{
    if (sink == receiver->sink)
        return;
    receiver->sink = sink;
    receiver->opened = AV_CODEC_ID_NONE;
    if (sink && receiver->started && is_video(receiver->codec)) {
        frame_assembler_await_key(receiver->assembler);
        want_key_frame(receiver, 0);
    }
}

void rtp_receiver_set_orientation_id(struct rtp_receiver *receiver, uint8_t id)
{
    receiver->orientation_id = id;
}

/* ---- to the sink ---- */

static void open_sink(struct rtp_receiver *receiver, int width, int height)
{
    if (receiver->opened == receiver->codec)
        return;
    receiver->opened = receiver->codec;
    AVCodecParameters *parameters = parameters_new();
    parameters->codec_id = receiver->codec;
    if (is_video(receiver->codec)) {
        parameters->codec_type = AVMEDIA_TYPE_VIDEO;
        parameters->width = width;
        parameters->height = height;
    } else {
        parameters->codec_type = AVMEDIA_TYPE_AUDIO;
        parameters->sample_rate = AUDIO_RATE;
        av_channel_layout_default(&parameters->ch_layout, AUDIO_CHANNELS);
    }
    receiver->sink->ops->open(receiver->sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void lose(struct rtp_receiver *receiver)
{
    if (receiver->sink && receiver->opened == receiver->codec)
        receiver->sink->ops->lose(receiver->sink);
}

static void attach_orientation(struct rtp_receiver *receiver, const struct video_frame *frame, AVPacket *packet)
{
    if (frame->orientation >= 0)
        receiver->orientation = frame->orientation;
    struct orientation orientation = {
        .quarter_turns = receiver->orientation & RTP_ORIENTATION_TURNS,
        .flipped = receiver->orientation & RTP_ORIENTATION_FLIP,
    };
    bool upright = !orientation.quarter_turns && !orientation.flipped;
    if (!upright && !orientation_attach(packet, orientation))
        g_warning("no memory for how a picture lies");
}

static int64_t unwrap(const struct rtp_receiver *receiver, uint32_t timestamp)
{
    return receiver->pts + rtp_timestamp_difference(timestamp, receiver->timestamp);
}

/* NULL where nobody listens, or, logged, where there is no memory. */
static AVPacket *new_packet(struct rtp_receiver *receiver, const uint8_t *data, size_t size, uint32_t timestamp,
                            int64_t now_us)
{
    receiver->stats.frames++;
    if (!receiver->stats.first_frame_us)
        receiver->stats.first_frame_us = now_us;
    if (!receiver->sink)
        return NULL;
    AVPacket *packet = packet_new();
    if (av_new_packet(packet, (int)size) < 0) {
        g_warning("no memory for a frame of %zu bytes", size);
        av_packet_free(&packet);
        return NULL;
    }
    memcpy(packet->data, data, size);
    packet->pts = packet->dts = unwrap(receiver, timestamp);
    packet->time_base = (AVRational){ 1, (int)receiver->clock_rate };
    return packet;
}

/* Takes the packet. */
static void deliver(struct rtp_receiver *receiver, AVPacket *packet, int width, int height)
{
    open_sink(receiver, width, height);
    if (receiver->sink)
        receiver->sink->ops->push(receiver->sink, packet);
    av_packet_free(&packet);
}

static void deliver_picture(struct rtp_receiver *receiver, const struct video_frame *frame, int64_t now_us)
{
    AVPacket *packet = new_packet(receiver, frame->data, frame->size, frame->timestamp, now_us);
    if (!packet)
        return;
    packet->flags = frame->key ? AV_PKT_FLAG_KEY : 0;
    attach_orientation(receiver, frame, packet);
    deliver(receiver, packet, frame->width, frame->height);
}

static void deliver_sound(struct rtp_receiver *receiver, const struct rtp_packet *sound, int64_t now_us)
{
    AVPacket *packet = new_packet(receiver, sound->payload, sound->payload_size, sound->timestamp, now_us);
    if (!packet)
        return;
    packet->flags = AV_PKT_FLAG_KEY;
    deliver(receiver, packet, 0, 0);
}

/* Hands over what is complete by now. */
static void deliver_frames(struct rtp_receiver *receiver, int64_t now_us)
{
    struct video_frame frame;
    enum frame_event event;
    while ((event = frame_assembler_next(receiver->assembler, &frame)) != FRAME_NONE) {
        switch (event) {
        case FRAME_READY:
            if (frame.key && receiver->sink)
                receiver->key_frame.wanted = false;
            deliver_picture(receiver, &frame, now_us);
            break;
        case FRAME_LOST:
            want_key_frame(receiver, now_us);
            lose(receiver);
            break;
        default:
            want_key_frame(receiver, now_us);
        }
    }
    nack_list_settle(receiver->nacks, frame_assembler_position(receiver->assembler));
}

/* ---- packets ---- */

/* A source's first packet. After a former source pts go on from where they were, by the time that has passed. */
static void start(struct rtp_receiver *receiver, const struct rtp_packet *packet, enum AVCodecID codec, int64_t now_us)
{
    bool again = receiver->started, same_source = again && packet->ssrc == receiver->ssrc;
    if (!again) {
        receiver->pts = FIRST_PTS;
    } else if (same_source) {
        receiver->pts = unwrap(receiver, packet->timestamp);
    } else {
        int64_t passed_us = CLAMP(now_us - receiver->last_packet_us, 0, MAX_PAUSE_US);
        receiver->pts += MAX(1, passed_us * receiver->clock_rate / G_USEC_PER_SEC);
        receiver->sender_clock.known = false;
        receiver->orientation = 0;
    }
    if (again)
        receiver->lost_before += (uint64_t)MAX(rtp_reception_lost(&receiver->reception), 0);
    receiver->timestamp = packet->timestamp;
    rtp_reception_start(&receiver->reception, receiver->clock_rate, packet, now_us);
    if (again && is_video(receiver->codec))
        lose(receiver);
    receiver->started = true;
    receiver->ssrc = packet->ssrc;
    receiver->codec = codec;
    nack_list_clear(receiver->nacks);
    frame_assembler_restart(receiver->assembler, codec);
    if (is_video(codec))
        want_key_frame(receiver, again ? now_us : now_us + KEY_FRAME_GRACE_US);
}

/* The same source goes on in another codec. */
static void change_codec(struct rtp_receiver *receiver, enum AVCodecID codec, int64_t now_us)
{
    if (is_video(receiver->codec))
        lose(receiver);
    receiver->codec = codec;
    nack_list_clear(receiver->nacks);
    frame_assembler_restart(receiver->assembler, codec);
    if (is_video(codec))
        want_key_frame(receiver, now_us + KEY_FRAME_GRACE_US);
}

static void push_video(struct rtp_receiver *receiver, int64_t sequence, const struct rtp_packet *packet, int64_t now_us)
{
    nack_list_add_gap(receiver->nacks, sequence, receiver->reception.skipped, now_us);
    nack_list_remove(receiver->nacks, sequence);
    if (!frame_assembler_insert(receiver->assembler, sequence, packet))
        receiver->stats.late++;
    deliver_frames(receiver, now_us);
}

/* A long gap is a pause of the sender's, or a break: nobody wants to hear it afterwards. */
static void push_audio(struct rtp_receiver *receiver, int64_t sequence, const struct rtp_packet *packet, int64_t now_us)
{
    if (receiver->reception.skipped > 0 && receiver->reception.skipped <= MAX_AUDIO_GAP)
        nack_list_add_gap(receiver->nacks, sequence, receiver->reception.skipped, now_us);
    nack_list_remove(receiver->nacks, sequence);
    if (packet->payload_size)
        deliver_sound(receiver, packet, now_us);
}

/* The path was gone for a while: a key frame is here before all of that could be sent once more. */
static bool is_break(const struct rtp_receiver *receiver, int64_t now_us)
{
    int missing = receiver->reception.skipped;
    return is_video(receiver->codec) &&
           (missing > BREAK_PACKETS || (missing > BREAK_LOSSES && now_us - receiver->last_packet_us > BREAK_US));
}

/* Sequence and time of a packet of the known source. True: `sequence` is set, and the packet is to be used. */
static bool register_packet(struct rtp_receiver *receiver, const struct rtp_packet *packet, enum AVCodecID codec,
                            int64_t now_us, int64_t *sequence)
{
    int64_t highest = receiver->reception.highest;
    switch (rtp_reception_add(&receiver->reception, packet, now_us, sequence)) {
    case RTP_NEW:
        if (!is_break(receiver, now_us))
            break;
        start(receiver, packet, codec, now_us);
        *sequence = packet->sequence;
        return true;
    case RTP_DUPLICATE:
        receiver->stats.duplicate++;
        return false;
    case RTP_SUSPECT:
        receiver->stats.late++;
        return false;
    case RTP_JUMPED:
        start(receiver, packet, codec, now_us);
        *sequence = packet->sequence;
        return true;
    }
    if (*sequence > highest) {
        receiver->pts = unwrap(receiver, packet->timestamp);
        receiver->timestamp = packet->timestamp;
    }
    if (codec == receiver->codec)
        return true;
    if (*sequence < highest) {
        receiver->stats.late++;
        return false;
    }
    change_codec(receiver, codec, now_us);
    return true;
}

static bool parse(const struct rtp_receiver *receiver, const uint8_t *data, size_t size, struct rtp_packet *packet)
{
    const uint8_t *orientation;
    size_t length;
    if (!rtp_parse(data, size, packet))
        return false;
    if (rtp_read_extension(data, size, receiver->orientation_id, &orientation, &length) && length == 1)
        packet->orientation = *orientation;
    return true;
}

static bool is_ours(enum AVCodecID codec)
{
    return is_video(codec) || codec == AV_CODEC_ID_OPUS;
}

static void take(struct rtp_receiver *receiver, const struct rtp_packet *packet, enum AVCodecID codec, int64_t now_us)
{
    int64_t sequence = packet->sequence;
    if (!receiver->started || packet->ssrc != receiver->ssrc)
        start(receiver, packet, codec, now_us);
    else if (!register_packet(receiver, packet, codec, now_us, &sequence))
        return;
    receiver->last_packet_us = now_us;
    if (is_video(codec))
        push_video(receiver, sequence, packet, now_us);
    else
        push_audio(receiver, sequence, packet, now_us);
}

void rtp_receiver_push(struct rtp_receiver *receiver, const uint8_t *data, size_t size, enum AVCodecID codec,
                       int64_t now_us)
{
    struct rtp_packet packet;
    receiver->stats.packets++;
    receiver->stats.bytes += size;
    if (!parse(receiver, data, size, &packet) || !is_ours(codec))
        return;
    receiver->stats.header_bytes += size - packet.payload_size;
    if (!receiver->stats.first_packet_us)
        receiver->stats.first_packet_us = now_us;
    take(receiver, &packet, codec, now_us);
}

void rtp_receiver_push_redundancy(struct rtp_receiver *receiver, const uint8_t *data, size_t size, int64_t now_us)
{
    struct rtp_packet packet;
    receiver->stats.packets++;
    receiver->stats.bytes += size;
    receiver->stats.header_bytes += size;
    if (!rtp_parse(data, size, &packet) || !receiver->started || packet.ssrc != receiver->ssrc)
        return;
    packet.payload_size = 0;
    packet.marker = false;
    take(receiver, &packet, receiver->codec, now_us);
}

/* The reports are to tell what the path loses, or who sends redundancy would take it for needless. */
void rtp_receiver_push_recovered(struct rtp_receiver *receiver, const uint8_t *data, size_t size, enum AVCodecID codec,
                                 int64_t now_us)
{
    struct rtp_packet packet;
    if (!parse(receiver, data, size, &packet) || !is_ours(codec) || !receiver->started ||
        packet.ssrc != receiver->ssrc ||
        abs(rtp_sequence_difference(packet.sequence, (uint16_t)receiver->reception.highest)) > RTP_MAX_JUMP ||
        rtp_reception_has(&receiver->reception, packet.sequence))
        return;
    rtp_reception_expect_lost(&receiver->reception);
    take(receiver, &packet, codec, now_us);
}

bool rtp_receiver_misses(const struct rtp_receiver *receiver, uint16_t sequence)
{
    int64_t highest = receiver->reception.highest;
    return receiver->started &&
           nack_list_contains(receiver->nacks, highest + rtp_sequence_difference(sequence, (uint16_t)highest));
}

/* ---- feedback ---- */

void rtp_receiver_poll(struct rtp_receiver *receiver, int64_t now_us, int64_t round_trip_us,
                       struct rtp_feedback *feedback)
{
    *feedback = (struct rtp_feedback){ 0 };
    receiver->round_trip_us = CLAMP(round_trip_us, 0, MAX_ROUND_TRIP_US);
    if (!receiver->started)
        return;
    int64_t expired;
    if (nack_list_expire(receiver->nacks, now_us, receiver->round_trip_us, &expired) && is_video(receiver->codec)) {
        frame_assembler_give_up(receiver->assembler, expired);
        deliver_frames(receiver, now_us);
    }
    if (!receiver->sink)
        return;
    nack_list_collect(receiver->nacks, receiver->reception.highest, now_us, receiver->round_trip_us, feedback);
    struct key_frame_request *request = &receiver->key_frame;
    if (request->wanted && request->due_us <= now_us) {
        request->asked_us = now_us;
        request->due_us = now_us + key_frame_repeat_us(receiver);
        feedback->key_frame = true;
    }
}

int64_t rtp_receiver_deadline(const struct rtp_receiver *receiver)
{
    if (!receiver->started)
        return INT64_MAX;
    int64_t deadline = nack_list_deadline(receiver->nacks, receiver->reception.highest, receiver->round_trip_us,
                                          receiver->sink != NULL);
    return receiver->sink && receiver->key_frame.wanted ? MIN(deadline, receiver->key_frame.due_us) : deadline;
}

void rtp_receiver_sender_report(struct rtp_receiver *receiver, uint64_t ntp, uint32_t rtp_timestamp, int64_t now_us)
{
    if (!receiver->started)
        return;
    receiver->sender_clock = (struct sender_clock){
        .known = true,
        .ntp = ntp,
        .pts = unwrap(receiver, rtp_timestamp),
        .arrival_us = now_us,
    };
}

bool rtp_receiver_capture_time(const struct rtp_receiver *receiver, int64_t pts, int64_t *time_us)
{
    const struct sender_clock *clock = &receiver->sender_clock;
    if (!clock->known || pts == AV_NOPTS_VALUE)
        return false;
    *time_us = ntp_to_unix_us(clock->ntp) + av_rescale(pts - clock->pts, G_USEC_PER_SEC, receiver->clock_rate);
    return true;
}

bool rtp_receiver_report(struct rtp_receiver *receiver, int64_t now_us, struct rtp_report *report)
{
    if (!receiver->started)
        return false;
    rtp_reception_report(&receiver->reception, report);
    if (receiver->sender_clock.known) {
        int64_t delay_us = CLAMP(now_us - receiver->sender_clock.arrival_us, 0, MAX_PAUSE_US);
        report->last_sr = (uint32_t)(receiver->sender_clock.ntp >> 16);
        report->delay_since_last_sr = (uint32_t)(delay_us * 65536 / G_USEC_PER_SEC);
    }
    return true;
}

uint32_t rtp_receiver_ssrc(const struct rtp_receiver *receiver)
{
    return receiver->ssrc;
}

struct rtp_receiver_stats rtp_receiver_stats(const struct rtp_receiver *receiver)
{
    struct rtp_receiver_stats stats = receiver->stats;
    stats.lost = receiver->lost_before;
    if (receiver->started) {
        stats.lost += (uint64_t)MAX(rtp_reception_lost(&receiver->reception), 0);
        stats.jitter = (uint32_t)(receiver->reception.jitter >> 4);
    }
    return stats;
}
