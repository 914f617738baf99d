#include "engine/video/encoder_work.h"

#include <libavutil/hwcontext.h>

#include "engine/media/objects.h"
#include "engine/video/h264_headers.h"
#include "platform/devices/v4l2_encoder.h"

enum {
    MOST_UNANSWERED = 16, /* a Raspberry Pi's starves its first ten */
    SILENT_US = 1000000,  /* and so long: then it gives nothing */
    WAIT_US = 500000,     /* a packet that did not come so long after its picture does not come by itself */
    RETRY_US = 1000,
    FINE_STEP = 5,    /* percent: a smaller change of the bit rate is none */
    KEY_STEP = 15,    /* where it costs a key frame: at one that is due anyway, */
    COARSE_STEP = 30, /* and else */
};

struct encoder_work {
    struct encoder_work_config config; /* with the bit rate as it is */
    AVCodecContext *context;
    AVPacket *packet;
    struct h264_headers *headers; /* NULL: not H.264 */
    int device;                   /* V4L2's descriptor, which FFmpeg owns; -1: none */
    bool announced;
    int unanswered; /* pictures since the last packet */
    int64_t sent_us, answered_us;
};

/* ---- opening ---- */

/* V4L2's controls that FFmpeg does not set. A driver that does not know one leaves it. */
static void control(struct encoder_work *work)
{
    v4l2_encoder_set(work->device, V4L2_ENCODER_REPEAT_HEADERS, 1);
    v4l2_encoder_set(work->device, V4L2_ENCODER_CONSTANT_BIT_RATE, 1);
    v4l2_encoder_set(work->device, V4L2_ENCODER_KEY_FRAME_INTERVAL, work->context->gop_size);
}

static AVCodecContext *open_context(struct encoder_work *work)
{
    const struct encoder_work_config *config = &work->config;
    struct v4l2_encoders before;
    bool v4l2 = config->row->rate == HARDWARE_RATE_BY_V4L2;
    if (v4l2)
        v4l2_encoders_find(&before);
    AVCodecContext *context = hardware_open_encoder(config->row, config->width, config->height, config->fps,
                                                    config->bit_rate, config->colour);
    work->device = v4l2 && context ? v4l2_encoder_new(&before) : -1;
    return context;
}

static enum codec_fault open_codec(void *codec)
{
    struct encoder_work *work = codec;
    work->context = open_context(work);
    if (!work->context)
        return CODEC_DOES_NOT_OPEN;
    control(work);
    if (work->headers)
        h264_headers_open(work->headers, work->context);
    work->announced = false;
    work->unanswered = 0;
    work->answered_us = g_get_monotonic_time();
    return CODEC_WELL;
}

/* Devices may have but one encoder. */
static enum codec_fault open_again(struct encoder_work *work, int64_t bit_rate)
{
    avcodec_free_context(&work->context);
    work->config.bit_rate = bit_rate;
    return open_codec(work);
}

/* ---- bit rate ---- */

static enum codec_fault follow_bit_rate(struct encoder_work *work, int64_t bit_rate, bool key)
{
    int64_t now = work->config.bit_rate, percent = ABS(bit_rate - now) * 100 / now;
    if (bit_rate <= 0 || percent < FINE_STEP)
        return CODEC_WELL;
    if (work->config.row->rate == HARDWARE_RATE_BY_V4L2 &&
        v4l2_encoder_set(work->device, V4L2_ENCODER_BIT_RATE, (int)bit_rate)) {
        work->config.bit_rate = bit_rate;
        return CODEC_WELL;
    }
    if (percent < (key ? KEY_STEP : COARSE_STEP))
        return CODEC_WELL;
    if (work->config.row->rate != HARDWARE_RATE_WITH_KEY_FRAME)
        return open_again(work, bit_rate);
    work->config.bit_rate = bit_rate;
    hardware_set_bit_rate(work->context, bit_rate);
    return CODEC_WELL;
}

/* ---- packets ---- */

static void give(struct encoder_work *work, struct codec_thread *thread)
{
    struct codec_item *item = codec_item_new(av_packet_clone(work->packet), NULL);
    item->packet->time_base = work->context->time_base;
    if (!work->announced) {
        item->parameters = parameters_new();
        avcodec_parameters_from_context(item->parameters, work->context);
    }
    work->announced = true;
    codec_thread_give(thread, item);
}

static enum codec_fault take_packet(struct encoder_work *work, struct codec_thread *thread)
{
    enum h264_headers_result headers = work->headers ? h264_headers_put(work->headers, work->packet)
                                                     : H264_HEADERS_THERE;
    if (headers == H264_HEADERS_MISSING)
        return CODEC_GIVES_WRONG;
    if (headers == H264_HEADERS_ALONE)
        return CODEC_WELL;
    work->unanswered = MAX(work->unanswered - 1, 0);
    work->answered_us = g_get_monotonic_time();
    give(work, thread);
    return CODEC_WELL;
}

static enum codec_fault take_packets(struct encoder_work *work, struct codec_thread *thread)
{
    enum codec_fault fault = CODEC_WELL;
    int result = 0;
    while (!fault && (result = avcodec_receive_packet(work->context, work->packet)) >= 0) {
        fault = take_packet(work, thread);
        av_packet_unref(work->packet);
    }
    return fault || result == AVERROR(EAGAIN) ? fault : CODEC_FAILS;
}

/* ---- pictures ---- */

/* In the device, where the encoder wants them there; NULL: it fails. */
static AVFrame *upload(struct encoder_work *work, const AVFrame *picture)
{
    AVFrame *frame = work->context->hw_frames_ctx ? frame_new() : av_frame_clone(picture);
    if (!frame || !work->context->hw_frames_ctx)
        return frame;
    bool good = av_hwframe_get_buffer(work->context->hw_frames_ctx, frame, 0) >= 0 &&
                av_hwframe_transfer_data(frame, picture, 0) >= 0;
    frame->pts = picture->pts;
    frame->pict_type = picture->pict_type;
    if (!good)
        av_frame_free(&frame);
    return frame;
}

/* An encoder that is full has packets that go first. */
static enum codec_fault send_frame(struct encoder_work *work, struct codec_thread *thread, const AVFrame *frame)
{
    enum codec_fault fault = CODEC_WELL;
    int result = avcodec_send_frame(work->context, frame);
    while (result == AVERROR(EAGAIN) && !(fault = take_packets(work, thread)) &&
           g_get_monotonic_time() < work->sent_us + SILENT_US) {
        result = avcodec_send_frame(work->context, frame);
        if (result == AVERROR(EAGAIN))
            g_usleep(RETRY_US);
    }
    if (fault)
        return fault;
    return result == AVERROR(EAGAIN) ? CODEC_GIVES_NOTHING : result < 0 ? CODEC_FAILS : CODEC_WELL;
}

static enum codec_fault encode(struct encoder_work *work, struct codec_thread *thread, const struct codec_item *item)
{
    enum codec_fault fault = follow_bit_rate(work, item->bit_rate, item->frame->pict_type == AV_PICTURE_TYPE_I);
    if (fault)
        return fault;
    AVFrame *frame = upload(work, item->frame);
    if (!frame)
        return CODEC_FAILS;
    work->sent_us = g_get_monotonic_time();
    work->answered_us = work->unanswered ? work->answered_us : work->sent_us;
    work->unanswered++;
    fault = send_frame(work, thread, frame);
    av_frame_free(&frame);
    return fault;
}

static enum codec_fault work_on(void *codec, struct codec_thread *thread, const struct codec_item *item)
{
    struct encoder_work *work = codec;
    enum codec_fault fault = item ? encode(work, thread, item) : CODEC_WELL;
    fault = fault ? fault : take_packets(work, thread);
    bool silent = work->unanswered >= MOST_UNANSWERED && g_get_monotonic_time() - work->answered_us > SILENT_US;
    return !fault && silent ? CODEC_GIVES_NOTHING : fault;
}

static bool is_waiting(const void *codec)
{
    const struct encoder_work *work = codec;
    return work->unanswered && g_get_monotonic_time() - work->sent_us < WAIT_US;
}

/* ---- life ---- */

/* Pictures are sent one after the other: nothing is taken back. */
static void flush(void *codec)
{
    (void)codec;
}

static void close_codec(void *codec)
{
    struct encoder_work *work = codec;
    avcodec_free_context(&work->context);
    av_packet_free(&work->packet);
    h264_headers_destroy(work->headers);
    g_free(work);
}

const struct codec_ops encoder_work_ops = {
    .open = open_codec,
    .work = work_on,
    .is_waiting = is_waiting,
    .flush = flush,
    .close = close_codec,
};

void *encoder_work_create(const struct encoder_work_config *config)
{
    struct encoder_work *work = g_new0(struct encoder_work, 1);
    work->config = *config;
    work->packet = packet_new();
    work->device = -1;
    work->headers = config->row->codec == AV_CODEC_ID_H264 ? h264_headers_create() : NULL;
    return work;
}
