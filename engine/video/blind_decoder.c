#include "engine/video/blind_decoder.h"

#include <glib.h>
#include <string.h>

#include "engine/media/objects.h"

enum { SIZE = 16 };

struct blind_decoder {
    struct packet_sink sink;
    struct frame_sink *next;
    struct video_decoder_listener listener;
    AVFrame *picture; /* the one that all are; its pixels are shared */
    bool waits_for_key;
    struct video_decoder_stats stats;
};

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)parameters;
    container_of(sink, struct blind_decoder, sink)->waits_for_key = true;
}

static void push(struct packet_sink *sink, const AVPacket *packet)
{
    struct blind_decoder *decoder = container_of(sink, struct blind_decoder, sink);
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (decoder->waits_for_key && !key) {
        decoder->stats.dropped++;
        decoder->listener.key_frame_needed(decoder->listener.user_data);
        return;
    }
    decoder->waits_for_key = false;
    decoder->stats.decoded++;
    decoder->stats.key_frames += key;
    if (packet->flags & AV_PKT_FLAG_DISCARD)
        return;
    decoder->picture->pts = packet->pts;
    decoder->picture->time_base = packet->time_base;
    decoder->next->ops->push(decoder->next, decoder->picture);
}

static void lose(struct packet_sink *sink)
{
    container_of(sink, struct blind_decoder, sink)->waits_for_key = true;
}

static const struct packet_sink_ops sink_ops = { .open = open_stream, .push = push, .lose = lose };

static AVFrame *black_picture(void)
{
    AVFrame *picture = frame_new();
    picture->format = AV_PIX_FMT_YUV420P;
    picture->width = picture->height = SIZE;
    if (av_frame_get_buffer(picture, 0) < 0) {
        av_frame_free(&picture);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        memset(picture->data[i], i ? 128 : 16, (size_t)(picture->linesize[i] * (i ? SIZE / 2 : SIZE)));
    return picture;
}

struct blind_decoder *blind_decoder_create(struct frame_sink *next, const struct video_decoder_listener *listener)
{
    AVFrame *picture = black_picture();
    if (!picture)
        return NULL;
    struct blind_decoder *decoder = g_new0(struct blind_decoder, 1);
    *decoder = (struct blind_decoder){
        .sink.ops = &sink_ops,
        .next = next,
        .listener = *listener,
        .picture = picture,
        .waits_for_key = true,
    };
    return decoder;
}

void blind_decoder_destroy(struct blind_decoder *decoder)
{
    if (!decoder)
        return;
    av_frame_free(&decoder->picture);
    g_free(decoder);
}

struct packet_sink *blind_decoder_sink(struct blind_decoder *decoder)
{
    return &decoder->sink;
}

void blind_decoder_flush(struct blind_decoder *decoder)
{
    decoder->waits_for_key = true;
}

struct video_decoder_stats blind_decoder_stats(const struct blind_decoder *decoder)
{
    return decoder->stats;
}
