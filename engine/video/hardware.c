#include "engine/video/hardware.h"

#include <glib.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/codec_context.h"

enum {
    PROOF_WIDTH = 320,
    PROOF_HEIGHT = 240,
    PROOF_FPS = 30,
    PROOF_BIT_RATE = 1000000,
    PROOF_PICTURES = 24,   /* a codec may hold some back; a Raspberry Pi's encoder starves its first ten */
    PROOF_DIFFERENCE = 12, /* of 255: the mean error a lossy codec may make on a smooth picture */
};

static const struct hardware_decoder decoders[] = {
    { .name = "vaapi", .device = AV_HWDEVICE_TYPE_VAAPI, .h264 = "h264", .vp8 = "vp8" },
    { .name = "cuda", .device = AV_HWDEVICE_TYPE_CUDA, .h264 = "h264", .vp8 = "vp8" },
    { .name = "drm", .device = AV_HWDEVICE_TYPE_DRM, .path = "/dev/dri/renderD128", .h264 = "h264", .vp8 = "vp8" },
    { .name = "drm-card0", .device = AV_HWDEVICE_TYPE_DRM, .path = "/dev/dri/card0", .h264 = "h264", .vp8 = "vp8" },
    { .name = "videotoolbox", .device = AV_HWDEVICE_TYPE_VIDEOTOOLBOX, .h264 = "h264" },
    { .name = "d3d11va", .device = AV_HWDEVICE_TYPE_D3D11VA, .h264 = "h264" },
    { .name = "v4l2m2m", .device = AV_HWDEVICE_TYPE_NONE, .h264 = "h264_v4l2m2m", .vp8 = "vp8_v4l2m2m" },
    { .name = NULL },
};

static const struct hardware_encoder encoders[] = {
    { .name = "h264_vaapi", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_VAAPI },
    { .name = "h264_nvenc", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_NONE },
    { .name = "h264_videotoolbox", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_NONE },
    { .name = "h264_mf", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_NONE },
    { .name = "h264_v4l2m2m", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_NONE },
    { .name = "vp8_vaapi", .codec = AV_CODEC_ID_VP8, .device = AV_HWDEVICE_TYPE_VAAPI },
    { .name = NULL },
};

const struct hardware_decoder *hardware_decoders(void)
{
    return decoders;
}

const struct hardware_encoder *hardware_encoders(void)
{
    return encoders;
}

/* ---- opening ---- */

/* The context's device decides: FFmpeg offers its format first where the stream suits it. */
static enum AVPixelFormat choose_format(AVCodecContext *context, const enum AVPixelFormat *formats)
{
    const AVHWDeviceContext *device = (const AVHWDeviceContext *)(const void *)context->hw_device_ctx->data;
    for (int i = 0;; i++) {
        const AVCodecHWConfig *config = avcodec_get_hw_config(context->codec, i);
        if (!config)
            return avcodec_default_get_format(context, formats);
        for (const enum AVPixelFormat *format = formats; *format != AV_PIX_FMT_NONE; format++)
            if (config->device_type == device->type && config->pix_fmt == *format)
                return *format;
    }
}

AVCodecContext *hardware_open_decoder(const struct hardware_decoder *decoder, enum AVCodecID id)
{
    const char *name = id == AV_CODEC_ID_VP8 ? decoder->vp8 : decoder->h264;
    const AVCodec *codec = name ? avcodec_find_decoder_by_name(name) : NULL;
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return NULL;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    bool good = true;
    if (decoder->device != AV_HWDEVICE_TYPE_NONE) {
        good = av_hwdevice_ctx_create(&context->hw_device_ctx, decoder->device, decoder->path, NULL, 0) >= 0;
        context->get_format = choose_format;
    }
    if (!good || avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

static bool add_frames(AVCodecContext *context, enum AVHWDeviceType type)
{
    AVBufferRef *device = NULL;
    if (av_hwdevice_ctx_create(&device, type, NULL, NULL, 0) < 0)
        return false;
    AVBufferRef *reference = av_hwframe_ctx_alloc(device);
    av_buffer_unref(&device);
    if (!reference)
        return false;
    AVHWFramesContext *frames = (AVHWFramesContext *)(void *)reference->data;
    frames->format = AV_PIX_FMT_VAAPI;
    frames->sw_format = AV_PIX_FMT_NV12;
    frames->width = context->width;
    frames->height = context->height;
    frames->initial_pool_size = 8;
    bool good = av_hwframe_ctx_init(reference) >= 0;
    if (good) {
        context->hw_frames_ctx = av_buffer_ref(reference);
        context->pix_fmt = AV_PIX_FMT_VAAPI;
    }
    av_buffer_unref(&reference);
    return good;
}

/* Each encoder has its own words for "hold nothing back"; one that does not know an option leaves it. */
static const struct {
    const char *option, *value;
} no_delay[] = {
    { "forced-idr", "1" },      /* nvenc, libx264 */
    { "delay", "0" },           /* nvenc */
    { "zerolatency", "1" },     /* nvenc */
    { "async_depth", "1" },     /* vaapi: 2 is its default, one picture late */
    { "realtime", "1" },        /* videotoolbox */
    { "preset", "ultrafast" },  /* libx264, which makes the streams that decoders are proved with */
    { "tune", "zerolatency" },  /* libx264, likewise */
    { "deadline", "realtime" }, /* libvpx, likewise */
    { "lag-in-frames", "0" },
};

AVCodecContext *hardware_open_encoder(const struct hardware_encoder *encoder, int width, int height, double fps,
                                      int64_t bit_rate, struct colour colour)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(encoder->name);
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return NULL;
    context->width = width;
    context->height = height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){ 1, 1000000 };
    context->framerate = av_d2q(fps, 1001000);
    context->gop_size = 100000;
    colour_tag(context, colour);
    context->max_b_frames = 0;
    context->bit_rate = context->rc_max_rate = bit_rate;
    context->rc_buffer_size = (int)(bit_rate / 10);
    context->profile = encoder->codec == AV_CODEC_ID_H264 ? FF_PROFILE_H264_CONSTRAINED_BASELINE : FF_PROFILE_UNKNOWN;
    for (size_t i = 0; i < G_N_ELEMENTS(no_delay); i++)
        av_opt_set(context->priv_data, no_delay[i].option, no_delay[i].value, 0);
    bool good = encoder->device == AV_HWDEVICE_TYPE_NONE || add_frames(context, encoder->device);
    if (!good || avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

/* ---- proving: smooth pictures there and back ---- */

static AVFrame *proof_picture(int number)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = PROOF_WIDTH;
    frame->height = PROOF_HEIGHT;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < PROOF_HEIGHT; y++)
        for (int x = 0; x < PROOF_WIDTH; x++)
            frame->data[0][y * frame->linesize[0] + x] = (uint8_t)(40 + (x + y) * 160 / (PROOF_WIDTH + PROOF_HEIGHT));
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * (PROOF_HEIGHT / 2));
    frame->pts = (int64_t)number * 1000000 / PROOF_FPS;
    frame->pict_type = number == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return frame;
}

/* A row with a device that quietly decodes in software has proved nothing. */
static bool is_from_hardware(const AVCodecContext *decoder, const AVFrame *frame)
{
    return !decoder->hw_device_ctx || frame->hw_frames_ctx;
}

/* The luma is the first plane of every format that comes back (YUV420P, NV12). */
static bool looks_right(const AVFrame *frame)
{
    if (frame->width != PROOF_WIDTH || frame->height != PROOF_HEIGHT)
        return false;
    int64_t difference = 0;
    for (int y = 0; y < PROOF_HEIGHT; y++)
        for (int x = 0; x < PROOF_WIDTH; x++)
            difference += abs(frame->data[0][y * frame->linesize[0] + x] -
                              (40 + (x + y) * 160 / (PROOF_WIDTH + PROOF_HEIGHT)));
    return difference < (int64_t)PROOF_DIFFERENCE * PROOF_WIDTH * PROOF_HEIGHT;
}

static bool any_picture_right(AVCodecContext *decoder, AVFrame *frame)
{
    bool right = false;
    while (avcodec_receive_frame(decoder, frame) >= 0) {
        AVFrame *downloaded = av_frame_alloc();
        bool here = !frame->hw_frames_ctx || av_hwframe_transfer_data(downloaded, frame, 0) >= 0;
        right |= here && is_from_hardware(decoder, frame) && looks_right(frame->hw_frames_ctx ? downloaded : frame);
        av_frame_free(&downloaded);
        av_frame_unref(frame);
    }
    return right;
}

static bool send_picture(AVCodecContext *encoder, AVFrame *picture)
{
    if (!encoder->hw_frames_ctx)
        return avcodec_send_frame(encoder, picture) >= 0;
    AVFrame *uploaded = av_frame_alloc();
    bool good = av_hwframe_get_buffer(encoder->hw_frames_ctx, uploaded, 0) >= 0 &&
                av_hwframe_transfer_data(uploaded, picture, 0) >= 0;
    uploaded->pts = picture->pts;
    uploaded->pict_type = picture->pict_type;
    good = good && avcodec_send_frame(encoder, uploaded) >= 0;
    av_frame_free(&uploaded);
    return good;
}

/* Without draining at the end: what comes out only then would come too late in a call. */
static bool prove(AVCodecContext *encoder, AVCodecContext *decoder)
{
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    bool right = false, good = true;
    for (int i = 0; i < PROOF_PICTURES && good && !right; i++) {
        AVFrame *picture = proof_picture(i);
        good = picture && send_picture(encoder, picture);
        av_frame_free(&picture);
        while (good && avcodec_receive_packet(encoder, packet) >= 0) {
            good = avcodec_send_packet(decoder, packet) >= 0;
            av_packet_unref(packet);
            right |= any_picture_right(decoder, frame);
        }
    }
    av_packet_free(&packet);
    av_frame_free(&frame);
    return right;
}

static AVCodecContext *open_plain_encoder(enum AVCodecID id)
{
    const struct hardware_encoder plain = { .name = id == AV_CODEC_ID_VP8 ? "libvpx" : "libx264", .codec = id };
    return hardware_open_encoder(&plain, PROOF_WIDTH, PROOF_HEIGHT, PROOF_FPS, PROOF_BIT_RATE,
                                 colour_by_height(PROOF_HEIGHT));
}

static AVCodecContext *open_plain_decoder(enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_decoder(id);
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (context && avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

/* Proving what is not there makes FFmpeg and the drivers complain about it: that is the expected case. */
static bool prove_quietly(AVCodecContext *encoder, AVCodecContext *decoder, const char *missing, char **why)
{
    bool works = encoder && decoder && prove(encoder, decoder);
    if (!works && why)
        *why = g_strdup(encoder && decoder ? "it opens, but real pictures do not come out right" : missing);
    avcodec_free_context(&encoder);
    avcodec_free_context(&decoder);
    return works;
}

bool hardware_prove_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec, char **why)
{
    int level = av_log_get_level();
    av_log_set_level(AV_LOG_QUIET);
    AVCodecContext *context = hardware_open_decoder(decoder, codec);
    bool works = prove_quietly(context ? open_plain_encoder(codec) : NULL, context,
                               "it does not open: no such device or driver here", why);
    av_log_set_level(level);
    return works;
}

bool hardware_prove_encoder(const struct hardware_encoder *encoder, char **why)
{
    int level = av_log_get_level();
    av_log_set_level(AV_LOG_QUIET);
    AVCodecContext *context = hardware_open_encoder(encoder, PROOF_WIDTH, PROOF_HEIGHT, PROOF_FPS, PROOF_BIT_RATE,
                                                    colour_by_height(PROOF_HEIGHT));
    bool works = prove_quietly(context, context ? open_plain_decoder(encoder->codec) : NULL,
                               "it does not open: no such device or driver here", why);
    av_log_set_level(level);
    return works;
}

/* ---- the best, proved once for each process: a proof is too slow to be repeated when a codec is opened again ---- */

static void *find_decoder(void *codec)
{
    enum AVCodecID id = GPOINTER_TO_INT(codec);
    for (const struct hardware_decoder *row = decoders; row->name; row++)
        if ((id == AV_CODEC_ID_VP8 ? row->vp8 : row->h264) && hardware_prove_decoder(row, id, NULL))
            return (void *)row;
    return NULL;
}

static void *find_encoder(void *codec)
{
    enum AVCodecID id = GPOINTER_TO_INT(codec);
    for (const struct hardware_encoder *row = encoders; row->name; row++)
        if (row->codec == id && hardware_prove_encoder(row, NULL))
            return (void *)row;
    return NULL;
}

const struct hardware_decoder *hardware_best_decoder(enum AVCodecID codec)
{
    static GOnce h264 = G_ONCE_INIT, vp8 = G_ONCE_INIT;
    if (codec == AV_CODEC_ID_VP8)
        return g_once(&vp8, find_decoder, GINT_TO_POINTER(codec));
    return codec == AV_CODEC_ID_H264 ? g_once(&h264, find_decoder, GINT_TO_POINTER(codec)) : NULL;
}

const struct hardware_encoder *hardware_best_encoder(enum AVCodecID codec)
{
    static GOnce h264 = G_ONCE_INIT, vp8 = G_ONCE_INIT;
    if (codec == AV_CODEC_ID_VP8)
        return g_once(&vp8, find_encoder, GINT_TO_POINTER(codec));
    return codec == AV_CODEC_ID_H264 ? g_once(&h264, find_encoder, GINT_TO_POINTER(codec)) : NULL;
}
