#include "render/jpeg.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

#include "engine/media/objects.h"

static AVFrame *scale(const uint8_t *argb, int width, int height, int to_width)
{
    AVFrame *frame = frame_new();
    frame->format = AV_PIX_FMT_YUVJ420P;
    frame->width = to_width & ~1;
    frame->height = MAX(height * to_width / width & ~1, 2);
    struct SwsContext *scaler = sws_getContext(width, height, AV_PIX_FMT_BGRA, frame->width, frame->height,
                                               AV_PIX_FMT_YUVJ420P, SWS_AREA, NULL, NULL, NULL);
    const uint8_t *const planes[] = { argb };
    const int pitches[] = { 4 * width };
    if (!scaler || av_frame_get_buffer(frame, 0) < 0 ||
        sws_scale(scaler, planes, pitches, 0, height, frame->data, frame->linesize) <= 0)
        av_frame_free(&frame);
    sws_freeContext(scaler);
    return frame;
}

/* `quality`: 2, the best, to 31. */
static GBytes *encode(const AVFrame *frame, int quality)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *packet = packet_new();
    GBytes *bytes = NULL;
    if (context) {
        context->width = frame->width;
        context->height = frame->height;
        context->pix_fmt = AV_PIX_FMT_YUVJ420P;
        context->time_base = (AVRational){ 1, 1 };
        context->flags |= AV_CODEC_FLAG_QSCALE;
        context->global_quality = quality * FF_QP2LAMBDA;
        AVFrame *asked = av_frame_clone(frame);
        asked->quality = context->global_quality;
        if (avcodec_open2(context, codec, NULL) == 0 && avcodec_send_frame(context, asked) == 0 &&
            avcodec_receive_packet(context, packet) == 0)
            bytes = g_bytes_new(packet->data, (size_t)packet->size);
        av_frame_free(&asked);
    }
    avcodec_free_context(&context);
    av_packet_free(&packet);
    return bytes;
}

GBytes *jpeg_encode(const uint8_t *argb, int width, int height, int max_width, size_t max_bytes)
{
    for (int to_width = MIN(width, max_width); to_width >= 64; to_width = to_width * 3 / 4) {
        AVFrame *frame = scale(argb, width, height, to_width);
        for (int quality = 4; frame && quality <= 16; quality *= 2) {
            GBytes *bytes = encode(frame, quality);
            if (bytes && g_bytes_get_size(bytes) <= max_bytes) {
                av_frame_free(&frame);
                return bytes;
            }
            if (!bytes)
                av_frame_free(&frame);
            g_clear_pointer(&bytes, g_bytes_unref);
        }
        if (!frame)
            break;
        av_frame_free(&frame);
    }
    g_warning("a picture of %d x %d cannot be made a JPEG", width, height);
    return NULL;
}
