#define _GNU_SOURCE /* RTLD_NEXT */
#include "fake_codecs.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST = 64, ASYNCHRONOUS_US = 12000, SLOW_US = 9000, ROOM = 16 };

struct held { /* a picture or a packet that came out of the software */
    AVFrame *frame;
    AVPacket *packet;
    int64_t at_us;
    int number; /* of what went in, when it came */
};

struct fake {
    AVCodecContext *context;
    struct fake_codecs settings;
    int in, out; /* how many went in, and came out */
    GQueue held;
    bool draining;
    GBytes *headers; /* that its context does not have; NULL: none */
    int descriptor;  /* -1: none */
};

static GMutex lock; /* of: */
static struct fake_codecs settings;
static struct fake_seen seen;
static struct fake *fakes[MOST];
static _Thread_local bool next_is_fake;

/* FFmpeg's own, below this program. */
#define REAL(name) ((__typeof__(&name))real(#name)) /* NOLINT */

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    g_assert_nonnull(found);
    return found;
}

void fake_codecs_set(struct fake_codecs wanted)
{
    g_mutex_lock(&lock);
    settings = wanted;
    seen = (struct fake_seen){ 0 };
    g_mutex_unlock(&lock);
}

struct fake_seen fake_codecs_seen(void)
{
    g_mutex_lock(&lock);
    struct fake_seen copy = seen;
    g_mutex_unlock(&lock);
    return copy;
}

static enum fake_behaviour behaviour(void)
{
    g_mutex_lock(&lock);
    enum fake_behaviour is = settings.behaviour;
    g_mutex_unlock(&lock);
    return is;
}

static void note(int *what, int value)
{
    g_mutex_lock(&lock);
    *what = value;
    g_mutex_unlock(&lock);
}

static void count(int *what)
{
    g_mutex_lock(&lock);
    ++*what;
    g_mutex_unlock(&lock);
}

static struct fake *find(const AVCodecContext *context)
{
    struct fake *found = NULL;
    g_mutex_lock(&lock);
    for (int i = 0; i < MOST; i++)
        if (fakes[i] && fakes[i]->context == context)
            found = fakes[i];
    g_mutex_unlock(&lock);
    return found;
}

static void add(AVCodecContext *context)
{
    struct fake *fake = g_new0(struct fake, 1);
    fake->context = context;
    fake->descriptor = -1;
    g_mutex_lock(&lock);
    fake->settings = settings;
    int i = 0;
    while (fakes[i])
        i++;
    g_assert_cmpint(i, <, MOST);
    fakes[i] = fake;
    g_mutex_unlock(&lock);
}

static G_GNUC_NORETURN void hang(void)
{
    for (;;)
        g_usleep(G_USEC_PER_SEC);
}

static bool does(const struct fake *fake, enum fake_behaviour wanted)
{
    return fake->settings.behaviour == wanted && fake->out >= fake->settings.after;
}

static void free_held(gpointer user_data)
{
    struct held *held = user_data;
    av_frame_free(&held->frame);
    av_packet_free(&held->packet);
    g_free(held);
}

/* ---- opening ---- */

const AVCodec *avcodec_find_decoder_by_name(const char *name)
{
    if (strcmp(name, "h264_v4l2m2m") != 0)
        return REAL(avcodec_find_decoder_by_name)(name);
    next_is_fake = behaviour() != FAKE_MISSING;
    return next_is_fake ? avcodec_find_decoder(AV_CODEC_ID_H264) : NULL;
}

const AVCodec *avcodec_find_encoder_by_name(const char *name)
{
    g_mutex_lock(&lock);
    const char *fake = settings.nvenc ? "h264_nvenc" : "h264_v4l2m2m";
    g_mutex_unlock(&lock);
    if (strcmp(name, fake) != 0)
        return REAL(avcodec_find_encoder_by_name)(name);
    next_is_fake = behaviour() != FAKE_MISSING;
    return next_is_fake ? REAL(avcodec_find_encoder_by_name)("libx264") : NULL;
}

AVCodecContext *avcodec_alloc_context3(const AVCodec *codec)
{
    AVCodecContext *context = REAL(avcodec_alloc_context3)(codec);
    if (next_is_fake)
        add(context);
    next_is_fake = false;
    return context;
}

int avcodec_open2(AVCodecContext *context, const AVCodec *codec, AVDictionary **options)
{
    struct fake *fake = find(context);
    if (fake && fake->settings.behaviour == FAKE_OPEN_HANGS)
        hang();
    if (fake && fake->settings.behaviour == FAKE_OPEN_FAILS)
        return AVERROR(ENODEV);
    if (fake && fake->settings.behaviour >= FAKE_HEADERS_BESIDE)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (fake && fake->settings.control)
        fake->descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fake)
        count(&seen.opened);
    int result = REAL(avcodec_open2)(context, codec, options);
    if (fake && fake->settings.behaviour > FAKE_HEADERS_BESIDE) {
        fake->headers = g_bytes_new(context->extradata, (gsize)context->extradata_size);
        context->extradata_size = 0;
    }
    return result;
}

static void forget(const struct fake *fake)
{
    g_mutex_lock(&lock);
    for (int i = 0; i < MOST; i++)
        if (fakes[i] == fake)
            fakes[i] = NULL;
    g_mutex_unlock(&lock);
}

void avcodec_free_context(AVCodecContext **context)
{
    struct fake *fake = *context ? find(*context) : NULL;
    if (fake)
        forget(fake); /* its address may be another's at once */
    REAL(avcodec_free_context)(context);
    if (!fake)
        return;
    count(&seen.closed);
    g_queue_clear_full(&fake->held, free_held);
    g_clear_pointer(&fake->headers, g_bytes_unref);
    if (fake->descriptor >= 0)
        close(fake->descriptor);
    g_free(fake);
}

void avcodec_flush_buffers(AVCodecContext *context)
{
    struct fake *fake = find(context);
    if (fake) {
        g_queue_clear_full(&fake->held, free_held);
        fake->draining = false;
    }
    REAL(avcodec_flush_buffers)(context);
}

/* ---- what comes out ---- */

static void hold(struct fake *fake, AVFrame *frame, AVPacket *packet)
{
    struct held *held = g_new0(struct held, 1);
    *held = (struct held){ frame, packet, g_get_monotonic_time() + ASYNCHRONOUS_US, fake->in };
    g_queue_push_tail(&fake->held, held);
}

static bool is_ready(const struct fake *fake, const struct held *held)
{
    if (does(fake, FAKE_SWALLOWS) || does(fake, FAKE_TAKES_SIXTEEN))
        return false;
    if (does(fake, FAKE_ASYNCHRONOUS))
        return g_get_monotonic_time() >= held->at_us;
    if (does(fake, FAKE_HOLDS))
        return fake->draining || fake->in - held->number >= fake->settings.held;
    return !does(fake, FAKE_HOLDS_ALL) || fake->draining;
}

/* NULL: `*error` says why. */
static struct held *take(struct fake *fake, int *error)
{
    if (does(fake, FAKE_RECEIVE_HANGS))
        hang();
    const struct held *held = g_queue_peek_head(&fake->held);
    *error = fake->draining ? AVERROR_EOF : AVERROR(EAGAIN);
    return held && is_ready(fake, held) ? g_queue_pop_head(&fake->held) : NULL;
}

/* 0: it goes on in software. */
static int put(struct fake *fake)
{
    if (does(fake, FAKE_SEND_HANGS))
        hang();
    if (does(fake, FAKE_TAKES_SIXTEEN) && fake->held.length >= ROOM)
        return AVERROR(EAGAIN);
    if (does(fake, FAKE_FAILS))
        return AVERROR_EXTERNAL;
    if (does(fake, FAKE_SLOW))
        g_usleep(SLOW_US);
    fake->in++;
    return 0;
}

/* ---- decoders ---- */

int avcodec_send_packet(AVCodecContext *context, const AVPacket *packet)
{
    struct fake *fake = find(context);
    if (!fake)
        return REAL(avcodec_send_packet)(context, packet);
    if (!packet) {
        fake->draining = true;
        return 0;
    }
    int result = put(fake);
    if (result >= 0)
        result = REAL(avcodec_send_packet)(context, packet);
    AVFrame *frame = av_frame_alloc();
    while (result >= 0 && REAL(avcodec_receive_frame)(context, frame) >= 0) {
        hold(fake, frame, NULL);
        frame = av_frame_alloc();
    }
    av_frame_free(&frame);
    return result;
}

static void make_device_frame(AVFrame *frame, int format)
{
    frame->format = format;
    frame->hw_frames_ctx = av_buffer_alloc(1);
}

static void make_padded(AVFrame *frame)
{
    AVFrame *padded = av_frame_alloc();
    padded->format = frame->format;
    padded->width = frame->width + 8;
    padded->height = frame->height + 12;
    g_assert_cmpint(av_frame_get_buffer(padded, 0), >=, 0);
    for (int i = 0; i < 3; i++)
        memset(padded->data[i], 0, (size_t)(padded->linesize[i] * (i ? padded->height / 2 : padded->height)));
    padded->width = frame->width;
    padded->height = frame->height;
    av_frame_copy(padded, frame);
    padded->width += 8;
    padded->height += 12;
    av_frame_copy_props(padded, frame);
    av_frame_unref(frame);
    av_frame_move_ref(frame, padded);
    av_frame_free(&padded);
}

static void make_green(AVFrame *frame)
{
    g_assert_cmpint(av_frame_make_writable(frame), >=, 0);
    for (int i = 0; i < 3; i++)
        memset(frame->data[i], 0, (size_t)(frame->linesize[i] * (i ? frame->height / 2 : frame->height)));
}

static void spoil(struct fake *fake, AVFrame *frame)
{
    if (does(fake, FAKE_IN_DEVICE) || does(fake, FAKE_DOWNLOAD_HANGS) || does(fake, FAKE_DOWNLOAD_FAILS))
        make_device_frame(frame, fake->settings.device);
    if (does(fake, FAKE_PADDED))
        make_padded(frame);
    if (does(fake, FAKE_GREEN))
        make_green(frame);
    for (int i = 0; i < 3 && does(fake, FAKE_WRONG_STRIDE); i++)
        frame->linesize[i] -= i ? 8 : 16;
    for (int i = 0; i < 3 && does(fake, FAKE_WILD_STRIDE); i++)
        frame->linesize[i] *= 16;
    if (does(fake, FAKE_SIZE)) {
        frame->width /= 2;
        frame->height /= 2;
    }
}

int avcodec_receive_frame(AVCodecContext *context, AVFrame *frame)
{
    struct fake *fake = find(context);
    if (!fake)
        return REAL(avcodec_receive_frame)(context, frame);
    int error;
    struct held *held = take(fake, &error);
    if (!held)
        return error;
    av_frame_unref(frame);
    av_frame_move_ref(frame, held->frame);
    free_held(held);
    spoil(fake, frame);
    fake->out++;
    return 0;
}

/* What make_device_frame made: the pixels are where they were. */
int av_hwframe_transfer_data(AVFrame *to, const AVFrame *from, int flags)
{
    if (behaviour() == FAKE_DOWNLOAD_HANGS)
        hang();
    if (behaviour() == FAKE_DOWNLOAD_FAILS)
        return AVERROR(ENOSYS);
    if (behaviour() != FAKE_IN_DEVICE)
        return REAL(av_hwframe_transfer_data)(to, from, flags);
    if (to->format == AV_PIX_FMT_NV12) /* as some drivers: only its own format */
        return AVERROR(EINVAL);
    AVFrame *plain = av_frame_clone(from);
    plain->format = AV_PIX_FMT_YUV420P;
    av_buffer_unref(&plain->hw_frames_ctx);
    to->format = AV_PIX_FMT_YUV420P;
    to->width = from->width;
    to->height = from->height;
    int result = av_frame_get_buffer(to, 0);
    if (result >= 0)
        result = av_frame_copy(to, plain);
    av_frame_free(&plain);
    return result;
}

/* ---- encoders ---- */

/* SPS and PPS in a packet of their own, and never again. */
static void hold_headers(struct fake *fake)
{
    gsize size;
    const void *data = g_bytes_get_data(fake->headers, &size);
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, (int)size), >=, 0);
    memcpy(packet->data, data, size);
    hold(fake, NULL, packet);
}

int avcodec_send_frame(AVCodecContext *context, const AVFrame *frame)
{
    struct fake *fake = find(context);
    if (!fake)
        return REAL(avcodec_send_frame)(context, frame);
    note(&seen.context_bit_rate, (int)context->bit_rate);
    int result = put(fake);
    if (result >= 0)
        result = REAL(avcodec_send_frame)(context, frame);
    if (result >= 0 && fake->in == 1 && fake->settings.behaviour == FAKE_HEADERS_ONCE)
        hold_headers(fake);
    AVPacket *packet = av_packet_alloc();
    while (result >= 0 && REAL(avcodec_receive_packet)(context, packet) >= 0) {
        hold(fake, NULL, packet);
        packet = av_packet_alloc();
    }
    av_packet_free(&packet);
    return result;
}

int avcodec_receive_packet(AVCodecContext *context, AVPacket *packet)
{
    struct fake *fake = find(context);
    if (!fake)
        return REAL(avcodec_receive_packet)(context, packet);
    int error;
    struct held *held = take(fake, &error);
    if (!held)
        return error;
    av_packet_move_ref(packet, held->packet);
    free_held(held);
    fake->out++;
    return 0;
}

/* ---- V4L2 ---- */

static bool is_fake_descriptor(int descriptor)
{
    bool found = false;
    g_mutex_lock(&lock);
    for (int i = 0; i < MOST; i++)
        found |= fakes[i] && fakes[i]->descriptor == descriptor;
    g_mutex_unlock(&lock);
    return found;
}

static int set_control(const struct v4l2_ext_control *control)
{
    switch (control->id) {
    case V4L2_CID_MPEG_VIDEO_BITRATE:
        note(&seen.bit_rate, control->value);
        return 0;
    case V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER:
        note(&seen.repeat_headers, control->value);
        return 0;
    case V4L2_CID_MPEG_VIDEO_H264_I_PERIOD:
        note(&seen.interval, control->value);
        return 0;
    default:
        errno = EINVAL;
        return -1;
    }
}

int ioctl(int descriptor, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!is_fake_descriptor(descriptor))
        return REAL(ioctl)(descriptor, request, argument);
    switch (request) {
    case VIDIOC_QUERYCAP:
        ((struct v4l2_capability *)argument)->device_caps = V4L2_CAP_VIDEO_M2M_MPLANE;
        return 0;
    case VIDIOC_G_FMT:
        ((struct v4l2_format *)argument)->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_H264;
        return 0;
    case VIDIOC_S_EXT_CTRLS:
        return set_control(((struct v4l2_ext_controls *)argument)->controls);
    default:
        errno = ENOTTY;
        return -1;
    }
}
