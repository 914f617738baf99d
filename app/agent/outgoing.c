#include "app/agent/outgoing_parts.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <string.h>

enum {
    AUDIO_BIT_RATE = 64000,
    VIDEO_BIT_RATE = 2000000,
    VIDEO_BIT_RATE_FLOOR = 50000,
    FIRST_BIT_RATE = 1000000,           /* for a path that nothing is known of */
    KEY_FRAME_INTERVAL_US = 100000,     /* requests closer together than this are one request */
};

static const enum AVCodecID codec_ids[OUTGOING_CODECS] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };

static struct recipient *find_recipient(const struct outgoing *outgoing, const struct peer *peer)
{
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = &g_array_index(outgoing->recipients, struct recipient, i);
        if (recipient->peer == peer)
            return recipient;
    }
    return NULL;
}

static bool is_for(const struct branch *branch, const struct recipient *recipient)
{
    return recipient->pictures && peer_video_codec(recipient->peer) == branch->codec;
}

static bool has_recipients(const struct branch *branch)
{
    const GArray *recipients = branch->outgoing->recipients;
    for (guint i = 0; i < recipients->len; i++)
        if (is_for(branch, &g_array_index(recipients, struct recipient, i)))
            return true;
    return false;
}

/* One encoder serves all: the slowest recipient decides, but not below what is a picture at all. */
static int64_t agreed_bit_rate(const struct outgoing *outgoing)
{
    int64_t bit_rate = outgoing->bit_rate;
    for (guint i = 0; i < outgoing->recipients->len; i++)
        bit_rate = MIN(bit_rate, g_array_index(outgoing->recipients, struct recipient, i).bit_rate);
    return MAX(bit_rate, VIDEO_BIT_RATE_FLOOR);
}

static void apply_bit_rate(struct outgoing *outgoing)
{
    for (int i = 0; i < OUTGOING_CODECS; i++)
        if (outgoing->branches[i].encoder)
            video_encoder_set_bit_rate(outgoing->branches[i].encoder, agreed_bit_rate(outgoing));
}

static void open_encoder(struct branch *branch)
{
    struct outgoing *outgoing = branch->outgoing;
    struct video_rung rung = video_ladder_rung(&outgoing->ladder);
    struct video_encoder_config config = {
        .codec = branch->codec, .width = rung.width, .height = rung.height, .fps = outgoing->ladder.fps / rung.divisor,
        .colour = outgoing->newest->width ? colour_of_picture(outgoing->newest) : capture_colour(outgoing->capture),
        .bit_rate = agreed_bit_rate(outgoing), .next = &branch->sink,
    };
    branch->encoder = video_encoder_create(&config);
    branch->failed = !branch->encoder;
}

/* Size and frame rate follow the bit rate. The next picture is a new encoder's first one, hence a key frame; where no encoder opens
 * at the new size the old one goes on. */
static void follow_bit_rate(struct outgoing *outgoing, int64_t now_us)
{
    if (!video_ladder_update(&outgoing->ladder, agreed_bit_rate(outgoing), now_us))
        return;
    struct video_rung rung = video_ladder_rung(&outgoing->ladder);
    outgoing->meter.statistics.limitation_resolution_changes++;
    g_info("pictures are sent at %dx%d, %.3g a second", rung.width, rung.height, outgoing->ladder.fps / rung.divisor);
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        struct branch *branch = &outgoing->branches[i];
        struct video_encoder *old = branch->encoder;
        if (!old)
            continue;
        open_encoder(branch);
        if (branch->encoder)
            video_encoder_destroy(old);
        else
            branch->encoder = old;
    }
}

/* ---- the pipeline ---- */

static void encode(struct branch *branch, const AVFrame *frame)
{
    struct outgoing *outgoing = branch->outgoing;
    double fps = outgoing->ladder.fps / video_ladder_rung(&outgoing->ladder).divisor;
    struct frame_sink *encoder = video_encoder_sink(branch->encoder);
    int64_t began_us = g_get_monotonic_time();
    encoder->ops->push(encoder, frame);
    encoding_meter_add(&outgoing->meter, g_get_monotonic_time() - began_us, fps > 0 ? (int64_t)(G_USEC_PER_SEC / fps) : 0);
    outgoing->encoded++;
}

static void judge_encoding(struct outgoing *outgoing, int64_t now_us)
{
    bool any = false;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        any |= outgoing->branches[i].encoder && has_recipients(&outgoing->branches[i]);
    if (any)
        encoding_meter_judge(&outgoing->meter, agreed_bit_rate(outgoing) < outgoing->bit_rate || outgoing->ladder.step, now_us);
    else
        encoding_meter_pause(&outgoing->meter);
}

/* Whoever is first to get pictures of a codec gets the newest at once; for one more the next is made a key frame. */
static void encode_newest(struct outgoing *outgoing, int64_t now_us)
{
    bool key_frame = outgoing->key_frame_wanted && now_us - outgoing->last_key_frame_us >= KEY_FRAME_INTERVAL_US;
    bool any = false;
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        struct branch *branch = &outgoing->branches[i];
        if (!has_recipients(branch) || branch->newest_encoded)
            continue;
        if (!branch->encoder && !branch->failed)
            open_encoder(branch);
        if (!branch->encoder)
            continue;
        if (key_frame)
            video_encoder_request_key_frame(branch->encoder);
        encode(branch, outgoing->newest);
        branch->newest_encoded = any = true;
    }
    if (!any || !key_frame)
        return;
    outgoing->key_frame_wanted = false;
    outgoing->last_key_frame_us = now_us;
}

static void camera_push(struct frame_sink *sink, const AVFrame *frame)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, camera);
    if (outgoing->camera_off)
        return;
    if (outgoing->preview)
        outgoing->preview->ops->push(outgoing->preview, frame);

    int64_t now_us = g_get_monotonic_time();
    if (outgoing->watched && !outgoing->firsts.captured_us)
        outgoing->firsts.captured_us = now_us;
    follow_bit_rate(outgoing, now_us);
    if (outgoing->captured++ % (unsigned)video_ladder_rung(&outgoing->ladder).divisor)
        return;
    av_frame_unref(outgoing->newest);
    if (av_frame_ref(outgoing->newest, frame) < 0)
        return;
    picture_times_mark(&outgoing->times, frame->pts, PICTURE_CAPTURED, frame->pts);
    for (int i = 0; i < OUTGOING_CODECS; i++)
        outgoing->branches[i].newest_encoded = false;
    encode_newest(outgoing, now_us);
    judge_encoding(outgoing, now_us);
}

static const struct frame_sink_ops camera_ops = { .push = camera_push };

/* Passes a packet on, after what the stream is where this recipient does not know yet. */
static void deliver(struct packet_sink *next, bool *open, const AVCodecParameters *parameters, const AVPacket *packet)
{
    if (!*open)
        next->ops->open(next, parameters);
    *open = true;
    next->ops->push(next, packet);
}

static void video_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    avcodec_parameters_copy(branch->parameters, parameters);
}

static void audio_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, audio);
    avcodec_parameters_copy(outgoing->audio_parameters, parameters);
}

static void note_sent(const struct outgoing *outgoing, const struct peer *peer, int64_t *first_us)
{
    if (peer == outgoing->watched && !*first_us && peer_current_state(peer) == PEER_CONNECTED)
        *first_us = g_get_monotonic_time();
}

static void video_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    GArray *recipients = branch->outgoing->recipients;
    int64_t captured_us = branch->outgoing->newest->pts;
    picture_times_mark(&branch->outgoing->times, captured_us, PICTURE_ENCODED, g_get_monotonic_time());
    branch->outgoing->meter.statistics.key_frames_encoded += (packet->flags & AV_PKT_FLAG_KEY) != 0;
    for (guint i = 0; i < recipients->len; i++) {
        struct recipient *recipient = &g_array_index(recipients, struct recipient, i);
        if (!is_for(branch, recipient))
            continue;
        if (branch->outgoing->firsts.captured_us)   /* else it is from before the call */
            note_sent(branch->outgoing, recipient->peer, &branch->outgoing->firsts.video_sent_us);
        deliver(peer_video_sink(recipient->peer), &recipient->video_open, branch->parameters, packet);
    }
    picture_times_mark(&branch->outgoing->times, captured_us, PICTURE_SENT, g_get_monotonic_time());
}

static void audio_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, audio);
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = &g_array_index(outgoing->recipients, struct recipient, i);
        note_sent(outgoing, recipient->peer, &outgoing->firsts.audio_sent_us);
        deliver(peer_audio_sink(recipient->peer), &recipient->audio_open, outgoing->audio_parameters, packet);
    }
}

/* An encoder of our own loses nothing. */
static void ignore_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops video_ops = { .open = video_open, .push = video_push, .lose = ignore_lose };
static const struct packet_sink_ops audio_ops = { .open = audio_open, .push = audio_push, .lose = ignore_lose };

/* ---- life ---- */

struct outgoing *outgoing_create(const struct outgoing_config *config, char **error)
{
    struct capture *capture = capture_open(&config->capture, error);
    if (!capture)
        return NULL;
    struct outgoing *outgoing = g_new0(struct outgoing, 1);
    outgoing->camera.ops = &camera_ops;
    outgoing->sound.ops = &outgoing_sound_ops;
    outgoing->audio.ops = &audio_ops;
    outgoing->audio_parameters = avcodec_parameters_alloc();
    outgoing->newest = av_frame_alloc();
    outgoing->recipients = g_array_new(FALSE, FALSE, sizeof(struct recipient));
    outgoing->bit_rate = config->bit_rate ? config->bit_rate : VIDEO_BIT_RATE;
    outgoing->last_key_frame_us = -KEY_FRAME_INTERVAL_US;
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    video_ladder_init(&outgoing->ladder, width, height, fps);
    for (int i = 0; i < OUTGOING_CODECS; i++)
        outgoing->branches[i] = (struct branch){ .sink.ops = &video_ops, .outgoing = outgoing, .codec = codec_ids[i],
                                                 .parameters = avcodec_parameters_alloc() };
    outgoing->audio_encoder = audio_encoder_create(AUDIO_BIT_RATE, &outgoing->audio);
    outgoing->capture = capture;
    open_encoder(&outgoing->branches[0]);
    if (config->microphone && outgoing->audio_encoder)
        outgoing_open_microphone(outgoing, config);
    outgoing->preview_shown = true;
    outgoing->own_sound = !config->microphone && outgoing->audio_encoder;
    outgoing_update_devices(outgoing);
    return outgoing;
}

void outgoing_destroy(struct outgoing *outgoing)
{
    if (!outgoing)
        return;
    capture_opener_cancel(outgoing->opener);
    microphone_destroy(outgoing->microphone);
    capture_destroy(outgoing->capture);
    audio_encoder_destroy(outgoing->audio_encoder);
    avcodec_parameters_free(&outgoing->audio_parameters);
    av_frame_free(&outgoing->newest);
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        video_encoder_destroy(outgoing->branches[i].encoder);
        avcodec_parameters_free(&outgoing->branches[i].parameters);
    }
    g_array_unref(outgoing->recipients);
    g_free(outgoing);
}

void outgoing_set_recipient(struct outgoing *outgoing, struct peer *peer, enum outgoing_share share)
{
    struct recipient *known = find_recipient(outgoing, peer);
    bool had_pictures = known && known->pictures, gets_pictures = share == OUTGOING_ALL;
    if (!known && share == OUTGOING_NOTHING)
        return;
    if (!known) {
        /* One more viewer must not make it worse for those who are there, until the path is known. */
        struct recipient recipient = { .peer = peer, .pictures = gets_pictures,
                                       .bit_rate = outgoing->recipients->len ? INT64_MAX : FIRST_BIT_RATE };
        g_array_append_val(outgoing->recipients, recipient);
        peer_set_max_bit_rate(peer, outgoing->bit_rate);
    } else if (share == OUTGOING_NOTHING) {
        guint index = (guint)(known - &g_array_index(outgoing->recipients, struct recipient, 0));
        g_array_remove_index_fast(outgoing->recipients, index);
    } else {
        known->pictures = gets_pictures;
    }
    outgoing_update_devices(outgoing);
    apply_bit_rate(outgoing);
    if (!gets_pictures || had_pictures)
        return;
    outgoing_request_key_frame(outgoing);
    int64_t now_us = g_get_monotonic_time();
    bool captured_before = peer == outgoing->watched && !outgoing->firsts.captured_us;  /* a call shows nothing from before the press */
    if (outgoing->newest->width && !captured_before && now_us - outgoing->last_key_frame_us >= KEY_FRAME_INTERVAL_US)
        encode_newest(outgoing, now_us);
}

int outgoing_recipients(const struct outgoing *outgoing)
{
    return (int)outgoing->recipients->len;
}

/* ---- what recipients wish ---- */

void outgoing_request_key_frame(struct outgoing *outgoing)
{
    outgoing->key_frame_wanted = true;
}

void outgoing_limit_bit_rate(struct outgoing *outgoing, struct peer *peer, int64_t bit_rate)
{
    struct recipient *recipient = find_recipient(outgoing, peer);
    if (!recipient)
        return;
    recipient->bit_rate = bit_rate;
    apply_bit_rate(outgoing);
}

void outgoing_poll(struct outgoing *outgoing, int64_t now_us)
{
    capture_poll(outgoing->capture, now_us);
    if (outgoing->microphone)
        microphone_poll(outgoing->microphone, now_us);
}

int64_t outgoing_deadline(const struct outgoing *outgoing)
{
    int64_t due = capture_deadline(outgoing->capture);
    return outgoing->microphone ? MIN(due, microphone_deadline(outgoing->microphone)) : due;
}

void outgoing_watch(struct outgoing *outgoing, struct peer *peer)
{
    outgoing->watched = peer;
    outgoing->firsts = (struct outgoing_firsts){ 0 };
}

struct outgoing_firsts outgoing_firsts(const struct outgoing *outgoing)
{
    return outgoing->firsts;
}

uint64_t outgoing_encoded(const struct outgoing *outgoing)
{
    return outgoing->encoded;
}

bool outgoing_statistics(const struct outgoing *outgoing, const struct peer *peer, struct encoding_statistics *out)
{
    struct video_rung rung = video_ladder_rung(&outgoing->ladder);
    const struct recipient *recipient = find_recipient(outgoing, peer);
    for (int i = 0; recipient && i < OUTGOING_CODECS; i++) {
        const struct branch *branch = &outgoing->branches[i];
        if (!branch->encoder || !is_for(branch, recipient))
            continue;
        *out = outgoing->meter.statistics;
        out->width = rung.width;
        out->height = rung.height;
        out->target_bitrate = agreed_bit_rate(outgoing);
        g_strlcpy(out->encoder, video_encoder_name(branch->encoder), sizeof out->encoder);
        return true;
    }
    return false;
}

const struct picture_times *outgoing_times(const struct outgoing *outgoing)
{
    return &outgoing->times;
}
