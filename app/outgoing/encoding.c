#include "app/outgoing/parts.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/objects.h"
#include "net/rtp/sender.h"
#include "platform/cpu_time.h"

enum {
    VIDEO_BIT_RATE_FLOOR = 50000,
    KEY_FRAME_INTERVAL_US = 100000, /* requests closer together than this are one request */
};

static const struct {
    enum AVCodecID id;
    bool single_nal;
} formats[OUTGOING_CODECS] = {
    { AV_CODEC_ID_H264, false },
    { AV_CODEC_ID_VP8, false },
    { AV_CODEC_ID_H264, true },
};

/* ---- who gets which pictures ---- */

struct encoding *outgoing_encoding_of(struct outgoing *outgoing, const struct recipient *recipient)
{
    return &outgoing->encodings[recipient->outlier.apart ? OUTGOING_SMALL : OUTGOING_USUAL];
}

static bool is_small(const struct encoding *encoding)
{
    return encoding == &encoding->outgoing->encodings[OUTGOING_SMALL];
}

static bool is_for(const struct branch *branch, const struct recipient *recipient)
{
    if (recipient->publisher)
        return recipient->pictures && !is_small(branch->encoding) && branch->codec == AV_CODEC_ID_H264 &&
               !branch->single_nal;
    return recipient->pictures && recipient->outlier.apart == is_small(branch->encoding) &&
           peer_video_codec(recipient->peer) == branch->codec &&
           peer_sends_single_nal_units(recipient->peer) == branch->single_nal;
}

static bool has_recipients(const struct branch *branch)
{
    const struct outgoing *outgoing = branch->encoding->outgoing;
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (is_for(branch, outgoing_recipient_at(outgoing, i)))
            return true;
    return false;
}

const struct branch *outgoing_branch_of(const struct outgoing *outgoing, const struct recipient *recipient)
{
    for (int i = 0; i < OUTGOING_SIZES; i++)
        for (int c = 0; c < OUTGOING_CODECS; c++) {
            const struct branch *branch = &outgoing->encodings[i].branches[c];
            if (branch->encoder && is_for(branch, recipient))
                return branch;
        }
    return NULL;
}

/* The slowest recipient decides, but not below what is a picture at all. Who is about to be set
 * apart decides no more. */
int64_t outgoing_encoding_bit_rate(const struct encoding *encoding)
{
    const struct outgoing *outgoing = encoding->outgoing;
    int64_t bit_rate = outgoing->bit_rate;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        const struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        bool counts = is_small(encoding) ? recipient->outlier.apart : !rate_outlier_is_slow(&recipient->outlier);
        if (recipient->pictures && counts)
            bit_rate = MIN(bit_rate, recipient->bit_rate);
    }
    return MAX(bit_rate, VIDEO_BIT_RATE_FLOOR);
}

static int64_t median_bit_rate(const struct outgoing *outgoing)
{
    g_autofree int64_t *rates = g_new(int64_t, outgoing->recipients->len + 1);
    int n = 0;
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (outgoing_recipient_at(outgoing, i)->pictures)
            rates[n++] = MIN(outgoing_recipient_at(outgoing, i)->bit_rate, outgoing->bit_rate);
    return n ? rate_median(rates, n) : 0;
}

/* Its stream goes on with a key frame of the other encoder: its sink waits for one
 * (peer_video_sink). */
static void move(struct outgoing *outgoing, struct recipient *recipient)
{
    g_info("a viewer that manages %" G_GINT64_FORMAT " kbit/s gets the %s pictures",
           MIN(recipient->bit_rate, outgoing->bit_rate) / 1000, recipient->outlier.apart ? "small" : "usual");
    recipient->video_open = false;
    outgoing_encoding_of(outgoing, recipient)->key_frame_wanted = true;
}

static bool anyone_gets(const struct outgoing *outgoing, bool small)
{
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (outgoing_recipient_at(outgoing, i)->pictures && outgoing_recipient_at(outgoing, i)->outlier.apart == small)
            return true;
    return false;
}

/* The others are gone: who was an outlier among them is the measure now. */
static void take_back_the_last(struct outgoing *outgoing)
{
    if (anyone_gets(outgoing, false) || !anyone_gets(outgoing, true))
        return;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (!recipient->outlier.apart)
            continue;
        recipient->outlier = RATE_OUTLIER_NONE;
        move(outgoing, recipient);
    }
}

static void close_unused(struct encoding *encoding)
{
    for (int i = 0; i < OUTGOING_CODECS; i++)
        if (!has_recipients(&encoding->branches[i]))
            g_clear_pointer(&encoding->branches[i].encoder, video_encoder_destroy);
}

static void apply_bit_rate(struct encoding *encoding)
{
    for (int i = 0; i < OUTGOING_CODECS; i++)
        if (encoding->branches[i].encoder)
            video_encoder_set_bit_rate(encoding->branches[i].encoder, outgoing_encoding_bit_rate(encoding));
}

void outgoing_sort_recipients(struct outgoing *outgoing, int64_t now_us)
{
    int64_t median = median_bit_rate(outgoing);
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (recipient->pictures && recipient->peer &&
            rate_outlier_update(&recipient->outlier, recipient->bit_rate, median, now_us))
            move(outgoing, recipient);
    }
    take_back_the_last(outgoing);
    close_unused(&outgoing->encodings[OUTGOING_SMALL]);
    for (int i = 0; i < OUTGOING_SIZES; i++)
        apply_bit_rate(&outgoing->encodings[i]);
}

/* ---- encoders ---- */

static bool is_open(const struct encoding *encoding)
{
    bool any = false;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        any |= encoding->branches[i].encoder != NULL;
    return any;
}

static void begin_small(struct encoding *encoding, int64_t bit_rate)
{
    struct video_ladder *ladder = &encoding->ladder;
    video_ladder_init_small(ladder, ladder->width, ladder->height, ladder->fps, bit_rate);
    video_ladder_limit(ladder, encoding->outgoing->capacity.step);
}

static void open_encoder(struct branch *branch)
{
    struct encoding *encoding = branch->encoding;
    struct outgoing *outgoing = encoding->outgoing;
    struct video_ladder *ladder = &encoding->ladder;
    int64_t bit_rate = outgoing_encoding_bit_rate(encoding);
    if (is_small(encoding) && !is_open(encoding))
        begin_small(encoding, bit_rate);
    struct video_rung rung = video_ladder_rung(ladder);
    struct video_encoder_config config = {
        .codec = branch->codec,
        .loop = outgoing->loop,
        .max_slice = branch->single_nal ? RTP_LEAST_PAYLOAD : 0,
        .width = rung.width,
        .height = rung.height,
        .fps = ladder->fps / rung.divisor,
        .colour = outgoing->newest->width ? colour_of_picture(outgoing->newest) : capture_colour(outgoing->capture),
        .bit_rate = bit_rate,
        .next = &branch->sink,
    };
    branch->encoder = video_encoder_create(&config);
    branch->failed = !branch->encoder;
}

/* The next picture is a new encoder's first one, hence a key frame; where no encoder opens at the new size the old one
 * goes on. */
void outgoing_take_new_size(struct encoding *encoding)
{
    if (!is_open(encoding))
        return;
    struct video_rung rung = video_ladder_rung(&encoding->ladder);
    encoding->meter.statistics.limitation_resolution_changes++;
    g_info("pictures are sent at %dx%d, %.3g a second", rung.width, rung.height, encoding->ladder.fps / rung.divisor);
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        struct branch *branch = &encoding->branches[i];
        struct video_encoder *old = branch->encoder;
        if (!old)
            continue;
        if (video_encoder_in_hardware(old)) /* which may have but one */
            g_clear_pointer(&old, video_encoder_destroy);
        open_encoder(branch);
        if (branch->encoder)
            video_encoder_destroy(old);
        else
            branch->encoder = old;
    }
}

static void follow_bit_rate(struct encoding *encoding, int64_t now_us)
{
    if (is_open(encoding) && video_ladder_update(&encoding->ladder, outgoing_encoding_bit_rate(encoding), now_us))
        outgoing_take_new_size(encoding);
}

/* ---- the pipeline ---- */

static void encode(struct branch *branch, const AVFrame *frame)
{
    struct encoding *encoding = branch->encoding;
    double fps = encoding->ladder.fps / video_ladder_rung(&encoding->ladder).divisor;
    struct frame_sink *encoder = video_encoder_sink(branch->encoder);
    int64_t began_us = g_get_monotonic_time(), spent_us = thread_cpu_time_us();
    encoder->ops->push(encoder, frame);
    int64_t took_us = g_get_monotonic_time() - began_us;
    encoding_meter_add(&encoding->meter, took_us, fps > 0 ? (int64_t)(G_USEC_PER_SEC / fps) : 0);
    outgoing_spent(encoding->outgoing, CAPACITY_ENCODING, thread_cpu_time_us() - spent_us);
    encoding->outgoing->encoded++;
}

static void judge_encoding(struct encoding *encoding, int64_t now_us)
{
    bool any = false;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        any |= encoding->branches[i].encoder && has_recipients(&encoding->branches[i]);
    bool narrow = outgoing_encoding_bit_rate(encoding) < encoding->outgoing->bit_rate || encoding->ladder.step;
    if (any)
        encoding_meter_judge(&encoding->meter, narrow, video_ladder_is_limited(&encoding->ladder), now_us);
    else
        encoding_meter_pause(&encoding->meter);
}

/* Whoever is first to get pictures of a codec gets the newest at once; for one more the next is
 * made a key frame. */
static void encode_newest(struct encoding *encoding, int64_t now_us)
{
    bool key_frame = encoding->key_frame_wanted && now_us - encoding->last_key_frame_us >= KEY_FRAME_INTERVAL_US;
    bool any = false;
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        struct branch *branch = &encoding->branches[i];
        if (!has_recipients(branch) || branch->newest_encoded)
            continue;
        if (!branch->encoder && !branch->failed)
            open_encoder(branch);
        if (!branch->encoder)
            continue;
        if (key_frame)
            video_encoder_request_key_frame(branch->encoder);
        encode(branch, encoding->outgoing->newest);
        branch->newest_encoded = any = true;
    }
    if (!any || !key_frame)
        return;
    encoding->key_frame_wanted = false;
    encoding->last_key_frame_us = now_us;
}

void outgoing_encode_at_once(struct encoding *encoding, int64_t now_us)
{
    if (encoding->outgoing->newest->width && now_us - encoding->last_key_frame_us >= KEY_FRAME_INTERVAL_US)
        encode_newest(encoding, now_us);
}

/* False: this picture of the camera is left out. */
static bool begin_picture(struct encoding *encoding)
{
    if (encoding->outgoing->captured % (unsigned)video_ladder_rung(&encoding->ladder).divisor)
        return false;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        encoding->branches[i].newest_encoded = false;
    return true;
}

static void camera_push(struct frame_sink *sink, const AVFrame *frame)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, camera);
    if (outgoing->camera_off)
        return;
    if (outgoing->preview)
        outgoing->preview->ops->push(outgoing->preview, frame);

    int64_t now_us = g_get_monotonic_time();
    programme_note_picture(outgoing, frame, now_us);
    if (outgoing->watched && !outgoing->firsts.captured_us)
        outgoing->firsts.captured_us = now_us;
    outgoing_sort_recipients(outgoing, now_us);
    machine_poll(outgoing, now_us);
    bool due = false;
    for (int i = 0; i < OUTGOING_SIZES; i++) {
        follow_bit_rate(&outgoing->encodings[i], now_us);
        due |= begin_picture(&outgoing->encodings[i]);
    }
    outgoing->captured++;
    if (!due)
        return;
    av_frame_unref(outgoing->newest);
    if (av_frame_ref(outgoing->newest, frame) < 0)
        return;
    picture_times_mark(&outgoing->times, frame->pts, PICTURE_CAPTURED, frame->pts);
    for (int i = 0; i < OUTGOING_SIZES; i++) {
        encode_newest(&outgoing->encodings[i], now_us);
        judge_encoding(&outgoing->encodings[i], now_us);
    }
}

const struct frame_sink_ops outgoing_camera_ops = { .push = camera_push };

void outgoing_deliver(struct packet_sink *next, bool *open, const AVCodecParameters *parameters, const AVPacket *packet)
{
    if (!*open)
        next->ops->open(next, parameters);
    *open = true;
    next->ops->push(next, packet);
}

void outgoing_note_sent(const struct outgoing *outgoing, const struct peer *peer, int64_t *first_us)
{
    if (peer == outgoing->watched && !*first_us && peer_current_state(peer) == PEER_CONNECTED)
        *first_us = g_get_monotonic_time();
}

static void video_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    avcodec_parameters_copy(branch->parameters, parameters);
}

static void video_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    struct outgoing *outgoing = branch->encoding->outgoing;
    int64_t captured_us = packet->pts;
    picture_times_mark(&outgoing->times, captured_us, PICTURE_ENCODED, g_get_monotonic_time());
    branch->encoding->meter.statistics.key_frames_encoded += (packet->flags & AV_PKT_FLAG_KEY) != 0;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (!is_for(branch, recipient))
            continue;
        if (recipient->publisher) {
            programme_deliver(outgoing, recipient, branch->parameters, packet);
            continue;
        }
        if (outgoing->firsts.captured_us) /* else it is from before the call */
            outgoing_note_sent(outgoing, recipient->peer, &outgoing->firsts.video_sent_us);
        outgoing_deliver(peer_video_sink(recipient->peer), &recipient->video_open, branch->parameters, packet);
    }
    picture_times_mark(&outgoing->times, captured_us, PICTURE_SENT, g_get_monotonic_time());
}

void outgoing_ignore_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops video_ops = {
    .open = video_open,
    .push = video_push,
    .lose = outgoing_ignore_lose,
};

/* ---- life ---- */

static void init(struct encoding *encoding, struct outgoing *outgoing)
{
    int width, height;
    double fps;
    capture_format(outgoing->capture, &width, &height, &fps);
    video_ladder_init(&encoding->ladder, width, height, fps);
    encoding->outgoing = outgoing;
    encoding->last_key_frame_us = -KEY_FRAME_INTERVAL_US;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        encoding->branches[i] = (struct branch){
            .sink.ops = &video_ops,
            .encoding = encoding,
            .codec = formats[i].id,
            .single_nal = formats[i].single_nal,
            .parameters = parameters_new(),
        };
}

void outgoing_encodings_init(struct outgoing *outgoing)
{
    for (int i = 0; i < OUTGOING_SIZES; i++)
        init(&outgoing->encodings[i], outgoing);
    machine_init(outgoing);
    open_encoder(&outgoing->encodings[OUTGOING_USUAL].branches[0]);
}

static void clear(struct encoding *encoding)
{
    for (int i = 0; i < OUTGOING_CODECS; i++) {
        video_encoder_destroy(encoding->branches[i].encoder);
        avcodec_parameters_free(&encoding->branches[i].parameters);
    }
}

void outgoing_encodings_clear(struct outgoing *outgoing)
{
    for (int i = 0; i < OUTGOING_SIZES; i++)
        clear(&outgoing->encodings[i]);
}
