#include "engine/video/hardware.h"

#include <glib.h>
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>

#include "engine/media/codec_context.h"

static const struct hardware_decoder decoders[] = {
    { .name = "vaapi", .device = AV_HWDEVICE_TYPE_VAAPI, .h264 = "h264", .vp8 = "vp8" },
    { .name = "cuda", .device = AV_HWDEVICE_TYPE_CUDA, .h264 = "h264", .vp8 = "vp8" },
    { .name = "drm", .device = AV_HWDEVICE_TYPE_DRM, .path = "/dev/dri/renderD128", .h264 = "h264", .vp8 = "vp8" },
    { .name = "drm-card0", .device = AV_HWDEVICE_TYPE_DRM, .path = "/dev/dri/card0", .h264 = "h264", .vp8 = "vp8" },
    { .name = "videotoolbox", .device = AV_HWDEVICE_TYPE_VIDEOTOOLBOX, .h264 = "h264" },
    { .name = "d3d11va", .device = AV_HWDEVICE_TYPE_D3D11VA, .h264 = "h264" },
    { .name = "rkmpp", .device = AV_HWDEVICE_TYPE_NONE, .h264 = "h264_rkmpp", .vp8 = "vp8_rkmpp" },
    { .name = "nvv4l2", .device = AV_HWDEVICE_TYPE_NONE, .h264 = "h264_nvv4l2dec", .vp8 = "vp8_nvv4l2dec" },
    { .name = "nvmpi", .device = AV_HWDEVICE_TYPE_NONE, .h264 = "h264_nvmpi", .vp8 = "vp8_nvmpi" },
    { .name = "v4l2m2m", .device = AV_HWDEVICE_TYPE_NONE, .h264 = "h264_v4l2m2m", .vp8 = "vp8_v4l2m2m" },
    { .name = NULL },
};

/* What FFmpeg's encoders make of a bit_rate that changes, by their source of 5.1 to 7.1: HARDWARE.md. */
static const struct hardware_encoder encoders[] = {
    { .name = "h264_vaapi", .codec = AV_CODEC_ID_H264, .device = AV_HWDEVICE_TYPE_VAAPI },
    { .name = "h264_nvenc", .codec = AV_CODEC_ID_H264, .rate = HARDWARE_RATE_WITH_KEY_FRAME },
    { .name = "h264_videotoolbox", .codec = AV_CODEC_ID_H264 },
    { .name = "h264_mf", .codec = AV_CODEC_ID_H264 },
    { .name = "h264_rkmpp", .codec = AV_CODEC_ID_H264 },
    { .name = "h264_nvmpi", .codec = AV_CODEC_ID_H264 },
    { .name = "h264_v4l2m2m", .codec = AV_CODEC_ID_H264, .rate = HARDWARE_RATE_BY_V4L2 },
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

void hardware_set_bit_rate(AVCodecContext *context, int64_t bit_rate)
{
    context->bit_rate = context->rc_max_rate = bit_rate;
    context->rc_buffer_size = (int)(bit_rate / 10);
}

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
    hardware_set_bit_rate(context, bit_rate);
    context->profile = encoder->codec == AV_CODEC_ID_H264 ? FF_PROFILE_H264_CONSTRAINED_BASELINE : FF_PROFILE_UNKNOWN;
    for (size_t i = 0; i < G_N_ELEMENTS(no_delay); i++)
        av_opt_set(context->priv_data, no_delay[i].option, no_delay[i].value, 0);
    bool good = encoder->device == AV_HWDEVICE_TYPE_NONE || add_frames(context, encoder->device);
    if (!good || avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
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

static gint given_up[G_N_ELEMENTS(encoders)]; /* atomic */

void hardware_give_up_encoder(const struct hardware_encoder *encoder)
{
    g_atomic_int_set(&given_up[encoder - encoders], 1);
}

int hardware_encoders_given_up(void)
{
    int n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(given_up); i++)
        n += g_atomic_int_get(&given_up[i]);
    return n;
}

static const struct hardware_encoder *unless_given_up(const struct hardware_encoder *encoder)
{
    return encoder && g_atomic_int_get(&given_up[encoder - encoders]) ? NULL : encoder;
}

const struct hardware_encoder *hardware_best_encoder(enum AVCodecID codec)
{
    static GOnce h264 = G_ONCE_INIT, vp8 = G_ONCE_INIT;
    if (codec == AV_CODEC_ID_VP8)
        return unless_given_up(g_once(&vp8, find_encoder, GINT_TO_POINTER(codec)));
    return codec == AV_CODEC_ID_H264 ? unless_given_up(g_once(&h264, find_encoder, GINT_TO_POINTER(codec))) : NULL;
}
