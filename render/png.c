#include "render/png.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/objects.h"

static AVFrame *to_rgb(const uint8_t *argb, int width, int height, int pitch)
{
    AVFrame *frame = frame_new();
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    for (int y = 0; frame && y < height; y++) {
        const uint32_t *from = (const uint32_t *)(const void *)(argb + (ptrdiff_t)y * pitch);
        uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < width; x++, to += 3) {
            to[0] = (uint8_t)(from[x] >> 16);
            to[1] = (uint8_t)(from[x] >> 8);
            to[2] = (uint8_t)from[x];
        }
    }
    return frame;
}

static AVPacket *encode(const AVFrame *frame)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *packet = packet_new();
    bool good = false;
    if (context) {
        context->width = frame->width;
        context->height = frame->height;
        context->pix_fmt = AV_PIX_FMT_RGB24;
        context->time_base = (AVRational){ 1, 1 };
        good = avcodec_open2(context, codec, NULL) == 0 && avcodec_send_frame(context, frame) == 0 &&
               avcodec_send_frame(context, NULL) == 0 && avcodec_receive_packet(context, packet) == 0;
    }
    avcodec_free_context(&context);
    if (!good)
        av_packet_free(&packet);
    return packet;
}

bool png_save(const char *path, const uint8_t *argb, int width, int height, int pitch)
{
    g_autoptr(GError) error = NULL;
    AVFrame *frame = to_rgb(argb, width, height, pitch);
    AVPacket *packet = frame ? encode(frame) : NULL;
    bool good = packet && g_file_set_contents(path, (const char *)packet->data, packet->size, &error);
    if (!good)
        g_warning("the picture %s cannot be written: %s", path,
                  error ? error->message : "this FFmpeg has no PNG encoder");
    av_packet_free(&packet);
    av_frame_free(&frame);
    return good;
}
