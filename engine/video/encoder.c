#include "engine/video/encoder.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <string.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"
#include "engine/picture/fit.h"
#include "engine/video/encoder_work.h"

enum {
    BIT_RATE_MIN = 50000,
    BIT_RATE_MAX = 20000000,
    GROUP = 100000, /* key frames come on request only */
    KEY_FRAME_VBV_MS =
        100,           /* what a picture may take of the channel: a small first key frame is an early first picture */
    REOPEN_SHARE = 15, /* a codec that cannot change its rate is re-opened for changes over so many percent */
    MOST_WAITING = 2,  /* pictures before a hardware encoder: more are left out */
};

struct video_encoder {
    struct frame_sink sink;
    struct video_encoder_config config;
    AVCodecContext *context;                 /* in software, in the loop; or */
    struct codec_thread *thread;             /* in hardware, on a thread of its own, */
    const struct hardware_encoder *hardware; /* which is its row; NULL: software */
    bool fell_back;                          /* hardware failed: it is not tried again */
    AVPacket *packet;
    struct picture_fit *fit;
    struct colour colour; /* in which pictures are sent */
    int64_t bit_rate;     /* as asked for */
    int64_t last_pts;
    bool key_frame, announced, failed;
};

/* ---- opening ---- */

static void set_rate(AVCodecContext *context, int64_t bit_rate)
{
    context->bit_rate = bit_rate;
    context->rc_max_rate = bit_rate;
    context->rc_buffer_size = (int)(bit_rate * KEY_FRAME_VBV_MS / 1000);
}

static void set_options(AVCodecContext *context, int max_slice)
{
    if (!strcmp(context->codec->name, "libx264")) {
        av_opt_set(context->priv_data, "preset", "ultrafast", 0);
        av_opt_set(context->priv_data, "tune", "zerolatency", 0);
        av_opt_set(context->priv_data, "forced-idr", "1", 0);
        if (max_slice)
            av_opt_set_int(context->priv_data, "slice-max-size", max_slice, 0);
        context->profile = FF_PROFILE_H264_CONSTRAINED_BASELINE;
    } else if (!strcmp(context->codec->name, "libvpx")) {
        av_opt_set(context->priv_data, "deadline", "realtime", 0);
        /* Negative: this speed, whatever the time it takes. Else libvpx goes to its fastest on a busy machine, where it
         * keeps no rate any more: three times what was asked for. */
        av_opt_set(context->priv_data, "cpu-used", "-8", 0);
        av_opt_set(context->priv_data, "lag-in-frames", "0", 0);
        av_opt_set(context->priv_data, "error-resilient", "default", 0);
        av_opt_set_int(context->priv_data, "max-intra-rate",
                       (int64_t)(av_q2d(context->framerate) * KEY_FRAME_VBV_MS / 10), 0);
        context->rc_min_rate = context->bit_rate; /* constant rate: else the first key frame is of any size */
        context->keyint_min = GROUP;
        context->qmin = 4;
        context->qmax = 63;
    }
}

static AVCodecContext *open_context(const struct video_encoder_config *config, const AVCodec *codec, int64_t bit_rate,
                                    struct colour colour)
{
    AVCodecContext *context = codec_context_create(codec);
    if (!context)
        return NULL;
    context->width = config->width;
    context->height = config->height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){ 1, 1000000 };
    context->framerate = av_d2q(config->fps, 1001000);
    context->gop_size = GROUP;
    context->max_b_frames = 0;
    context->thread_count = 1;
    colour_tag(context, colour);
    set_rate(context, bit_rate);
    set_options(context, config->max_slice);
    if (avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

static const char *software_name(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_VP8 ? "libvpx" : "libx264";
}

/* The row of a hardware encoder that was named, else the best that was proved. */
static const struct hardware_encoder *choose_hardware(const struct video_encoder *encoder)
{
    const struct video_encoder_config *config = &encoder->config;
    if (config->max_slice || !config->loop || encoder->fell_back)
        return NULL;
    if (!config->name)
        return hardware_best_encoder(config->codec);
    for (const struct hardware_encoder *row = hardware_encoders(); row->name; row++)
        if (!strcmp(row->name, config->name) && row->codec == config->codec)
            return row;
    return NULL;
}

static void on_arrived(void *user_data);

static bool open_hardware(struct video_encoder *encoder, const struct hardware_encoder *row)
{
    const struct video_encoder_config *config = &encoder->config;
    void *work = encoder_work_create(&(struct encoder_work_config){ .row = row,
                                                                    .width = config->width,
                                                                    .height = config->height,
                                                                    .fps = config->fps,
                                                                    .bit_rate = encoder->bit_rate,
                                                                    .colour = encoder->colour });
    encoder->thread = codec_thread_create(&(struct codec_thread_config){ .ops = &encoder_work_ops,
                                                                         .codec = work,
                                                                         .room = MOST_WAITING,
                                                                         .loop = config->loop,
                                                                         .arrived = on_arrived,
                                                                         .user_data = encoder });
    encoder->hardware = encoder->thread ? row : NULL;
    return encoder->thread;
}

static bool open_software(struct video_encoder *encoder)
{
    const struct video_encoder_config *config = &encoder->config;
    const char *name = config->name && !encoder->fell_back ? config->name : software_name(config->codec);
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    encoder->context = codec ? open_context(config, codec, encoder->bit_rate, encoder->colour) : NULL;
    if (!encoder->context)
        g_warning("no encoder for %s opens (%s); install the full libavcodec, './run doctor' tells what works",
                  avcodec_get_name(config->codec), name);
    return encoder->context;
}

static bool open_encoder(struct video_encoder *encoder)
{
    const struct hardware_encoder *row = choose_hardware(encoder);
    return (row && open_hardware(encoder, row)) || open_software(encoder);
}

static bool is_open(const struct video_encoder *encoder)
{
    return encoder->context || encoder->thread;
}

/* ---- pictures in, packets out ---- */

static void announce(struct video_encoder *encoder)
{
    AVCodecParameters *parameters = parameters_new();
    avcodec_parameters_from_context(parameters, encoder->context);
    encoder->config.next->ops->open(encoder->config.next, parameters);
    avcodec_parameters_free(&parameters);
    encoder->announced = true;
}

/* pts and type are ours, the pixels are shared. */
static AVFrame *prepare(struct video_encoder *encoder, const AVFrame *picture, int64_t pts)
{
    AVFrame *frame = av_frame_clone(picture);
    if (!frame)
        return NULL;
    frame->pts = pts;
    frame->pict_type = encoder->key_frame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    encoder->key_frame = false;
    return frame;
}

static bool encode(struct video_encoder *encoder, AVFrame *frame)
{
    bool good = avcodec_send_frame(encoder->context, frame) >= 0;
    av_frame_free(&frame);
    while (good && avcodec_receive_packet(encoder->context, encoder->packet) >= 0) {
        encoder->packet->time_base = (AVRational){ 1, 1000000 };
        if (!encoder->announced)
            announce(encoder);
        encoder->config.next->ops->push(encoder->config.next, encoder->packet);
        av_packet_unref(encoder->packet);
    }
    return good;
}

/* ---- hardware: what its thread has to say ---- */

static bool encode_in_hardware(struct video_encoder *encoder, AVFrame *frame)
{
    struct codec_item *item = codec_item_new(NULL, frame);
    item->bit_rate = encoder->bit_rate;
    codec_thread_send(encoder->thread, item); /* a fault is told by the loop */
    return true;
}

static void take_packet(struct video_encoder *encoder, const struct codec_item *item)
{
    struct packet_sink *next = encoder->config.next;
    if (item->parameters)
        next->ops->open(next, item->parameters);
    next->ops->push(next, item->packet);
}

/* The next picture is software's first, hence a key frame. */
static void fall_back(struct video_encoder *encoder, enum codec_fault fault)
{
    g_warning("the hardware encoder %s %s; software takes over", encoder->hardware->name, codec_fault_text(fault));
    hardware_give_up_encoder(encoder->hardware);
    codec_thread_destroy(g_steal_pointer(&encoder->thread));
    encoder->hardware = NULL;
    encoder->fell_back = true;
    encoder->announced = false;
    open_software(encoder);
}

static void on_arrived(void *user_data)
{
    struct video_encoder *encoder = user_data;
    for (struct codec_item *item; (item = codec_thread_take(encoder->thread)); codec_item_free(item))
        take_packet(encoder, item);
    enum codec_fault fault = codec_thread_fault(encoder->thread);
    if (fault)
        fall_back(encoder, fault);
}

/* ---- what changes ---- */

/* The old codec works on where no new one opens; but a device may have but one, so that hardware is closed first. */
static bool reopen(struct video_encoder *encoder)
{
    AVCodecContext *old = encoder->context;
    encoder->context = NULL;
    encoder->hardware = NULL;
    codec_thread_destroy(g_steal_pointer(&encoder->thread));
    bool good = open_encoder(encoder);
    if (good)
        avcodec_free_context(&old);
    else
        encoder->context = old;
    encoder->announced &= !good;
    return good;
}

/* Another camera, another colour: the stream says so from its next picture on, a key frame. Where no encoder opens for
 * it, pictures are converted to what the old one said. */
static void follow_colour(struct video_encoder *encoder, const AVFrame *frame)
{
    struct colour wanted = colour_to_send(colour_of_picture(frame), encoder->config.codec), before = encoder->colour;
    if (colour_equal(wanted, before))
        return;
    encoder->colour = wanted;
    if (!reopen(encoder))
        encoder->colour = before;
}

static bool is_behind(struct video_encoder *encoder)
{
    return encoder->thread && !codec_thread_has_room(encoder->thread);
}

static void push(struct frame_sink *sink, const AVFrame *frame)
{
    struct video_encoder *encoder = container_of(sink, struct video_encoder, sink);
    if (!is_open(encoder) || frame->width < 1 || frame->height < 1)
        return;
    follow_colour(encoder, frame);
    if (is_behind(encoder)) /* a picture that has to wait is worth nothing */
        return;
    const AVFrame *picture = picture_fit(encoder->fit, frame, encoder->colour);
    int64_t pts = MAX(frame->pts, encoder->last_pts + 1); /* a camera's clock may step back */
    AVFrame *prepared = picture ? prepare(encoder, picture, pts) : NULL;
    encoder->last_pts = pts;
    bool good = prepared && (encoder->thread ? encode_in_hardware(encoder, prepared) : encode(encoder, prepared));
    if (!good && !encoder->failed)
        g_warning("a picture of %dx%d could not be encoded and was left out", frame->width, frame->height);
    encoder->failed = !good;
}

static const struct frame_sink_ops sink_ops = { .push = push };

/* ---- life ---- */

struct video_encoder *video_encoder_create(const struct video_encoder_config *config)
{
    struct video_encoder *encoder = g_new0(struct video_encoder, 1);
    encoder->sink.ops = &sink_ops;
    encoder->config = *config;
    encoder->bit_rate = CLAMP(config->bit_rate, BIT_RATE_MIN, BIT_RATE_MAX);
    encoder->packet = packet_new();
    encoder->fit = picture_fit_create(config->width, config->height);
    encoder->colour = colour_to_send(config->colour, config->codec);
    encoder->last_pts = INT64_MIN;
    if (!open_encoder(encoder))
        g_clear_pointer(&encoder, video_encoder_destroy);
    return encoder;
}

void video_encoder_destroy(struct video_encoder *encoder)
{
    if (!encoder)
        return;
    codec_thread_destroy(encoder->thread);
    avcodec_free_context(&encoder->context);
    av_packet_free(&encoder->packet);
    picture_fit_destroy(encoder->fit);
    g_free(encoder);
}

struct frame_sink *video_encoder_sink(struct video_encoder *encoder)
{
    return &encoder->sink;
}

void video_encoder_request_key_frame(struct video_encoder *encoder)
{
    encoder->key_frame = true;
}

void video_encoder_set_bit_rate(struct video_encoder *encoder, int64_t bit_rate)
{
    bit_rate = CLAMP(bit_rate, BIT_RATE_MIN, BIT_RATE_MAX);
    if (bit_rate == encoder->bit_rate || !is_open(encoder))
        return;
    if (encoder->thread) { /* which follows from the next picture on */
        encoder->bit_rate = bit_rate;
    } else if (!strcmp(encoder->context->codec->name, "libx264")) {
        encoder->bit_rate = bit_rate;
        set_rate(encoder->context, bit_rate);
    } else if (ABS(bit_rate - encoder->bit_rate) * 100 > encoder->bit_rate * REOPEN_SHARE) {
        encoder->bit_rate = bit_rate;
        reopen(encoder); /* begins with a key frame, so only for changes that matter */
    }
}

const char *video_encoder_name(const struct video_encoder *encoder)
{
    return encoder->hardware ? encoder->hardware->name : encoder->context ? encoder->context->codec->name : "none";
}

bool video_encoder_in_hardware(const struct video_encoder *encoder)
{
    return encoder->thread;
}
