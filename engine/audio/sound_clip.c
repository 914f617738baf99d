#include "engine/audio/sound_clip.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "engine/audio/resampler.h"
#include "engine/media/codec_context.h"
#include "engine/media/media.h"
#include "engine/media/objects.h"

enum { MAX_SAMPLES = 60 * AUDIO_RATE };

struct loader {
    AVFormatContext *format;
    AVCodecContext *decoder;
    struct sound_resampler *resampler;
    AVFrame *frame;
    GArray *pcm; /* as sound_resampler_pcm */
};

static int take_frames(struct loader *loader)
{
    int error;
    while ((error = avcodec_receive_frame(loader->decoder, loader->frame)) >= 0) {
        if (sound_resampler_add(loader->resampler, loader->frame, loader->pcm) < 0)
            return AVERROR_INVALIDDATA;
        if (loader->pcm->len > MAX_SAMPLES)
            return AVERROR(EFBIG);
    }
    return error == AVERROR(EAGAIN) || error == AVERROR_EOF ? 0 : error;
}

static int decode(struct loader *loader, int stream)
{
    AVPacket *packet = packet_new();
    int error = 0;
    while (error >= 0 && av_read_frame(loader->format, packet) >= 0) {
        if (packet->stream_index == stream && (error = avcodec_send_packet(loader->decoder, packet)) >= 0)
            error = take_frames(loader);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (error >= 0 && (error = avcodec_send_packet(loader->decoder, NULL)) >= 0)
        error = take_frames(loader);
    if (error >= 0 && sound_resampler_add(loader->resampler, NULL, loader->pcm) < 0)
        error = AVERROR_INVALIDDATA;
    return error;
}

static int load(struct loader *loader, const char *path)
{
    const AVCodec *codec;
    int error = avformat_open_input(&loader->format, path, NULL, NULL);
    if (error < 0 || (error = avformat_find_stream_info(loader->format, NULL)) < 0)
        return error;
    int stream = av_find_best_stream(loader->format, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
    if (stream < 0)
        return stream;
    loader->decoder = codec_context_create(codec);
    error = avcodec_parameters_to_context(loader->decoder, loader->format->streams[stream]->codecpar);
    loader->decoder->pkt_timebase = loader->format->streams[stream]->time_base;
    if (error >= 0)
        error = avcodec_open2(loader->decoder, codec, NULL);
    return error < 0 ? error : decode(loader, stream);
}

struct sound_clip *sound_clip_load(const char *path, char **error)
{
    struct loader loader = {
        .resampler = sound_resampler_create(),
        .frame = frame_new(),
        .pcm = sound_resampler_pcm(),
    };
    int failure = load(&loader, path);
    struct sound_clip *tone = NULL;
    if (failure >= 0 && loader.pcm->len) {
        tone = g_new0(struct sound_clip, 1);
        tone->samples = (int)loader.pcm->len;
        tone->pcm = (int16_t *)(void *)g_array_free(g_steal_pointer(&loader.pcm), FALSE);
    } else {
        *error = g_strdup_printf("the sound %s cannot be played: %s", path,
                                 failure < 0 ? av_err2str(failure) : "it is empty");
    }
    g_clear_pointer(&loader.pcm, g_array_unref);
    av_frame_free(&loader.frame);
    sound_resampler_destroy(loader.resampler);
    avcodec_free_context(&loader.decoder);
    avformat_close_input(&loader.format);
    return tone;
}

void sound_clip_free(struct sound_clip *tone)
{
    if (!tone)
        return;
    g_free(tone->pcm);
    g_free(tone);
}
