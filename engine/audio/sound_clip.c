#include "engine/audio/sound_clip.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>

#include "engine/media/codec_context.h"
#include "engine/media/media.h"

enum { MAX_SAMPLES = 60 * AUDIO_RATE };

struct loader {
    AVFormatContext *format;
    AVCodecContext *decoder;
    SwrContext *resampler;
    AVFrame *frame;
    GArray *pcm; /* int16_t */
};

/* Whole frames of both channels; `frame` NULL: what the resampler still has. */
static int convert(struct loader *loader, const AVFrame *frame)
{
    int room = swr_get_out_samples(loader->resampler, frame ? frame->nb_samples : 0);
    guint before = loader->pcm->len;
    if (room <= 0)
        return room;
    g_array_set_size(loader->pcm, before + (guint)(room * AUDIO_CHANNELS));
    uint8_t *out = (uint8_t *)(&g_array_index(loader->pcm, int16_t, before));
    int samples = swr_convert(loader->resampler, &out, room, frame ? (const uint8_t **)frame->extended_data : NULL,
                              frame ? frame->nb_samples : 0);
    g_array_set_size(loader->pcm, before + (guint)(MAX(samples, 0) * AUDIO_CHANNELS));
    return samples;
}

static int open_resampler(struct loader *loader)
{
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO; /* FFmpeg 5 wants it writable */
    int error = swr_alloc_set_opts2(&loader->resampler, &stereo, AV_SAMPLE_FMT_S16, AUDIO_RATE,
                                    &loader->frame->ch_layout, (enum AVSampleFormat)loader->frame->format,
                                    loader->frame->sample_rate, 0, NULL);
    return error < 0 ? error : swr_init(loader->resampler);
}

static int take_frames(struct loader *loader)
{
    int error;
    while ((error = avcodec_receive_frame(loader->decoder, loader->frame)) >= 0) {
        if (!loader->resampler && (error = open_resampler(loader)) < 0)
            return error;
        if ((error = convert(loader, loader->frame)) < 0)
            return error;
        if (loader->pcm->len > MAX_SAMPLES * AUDIO_CHANNELS)
            return AVERROR(EFBIG);
    }
    return error == AVERROR(EAGAIN) || error == AVERROR_EOF ? 0 : error;
}

static int decode(struct loader *loader, int stream)
{
    AVPacket *packet = av_packet_alloc();
    int error = 0;
    while (error >= 0 && av_read_frame(loader->format, packet) >= 0) {
        if (packet->stream_index == stream && (error = avcodec_send_packet(loader->decoder, packet)) >= 0)
            error = take_frames(loader);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (error >= 0 && (error = avcodec_send_packet(loader->decoder, NULL)) >= 0)
        error = take_frames(loader);
    return error < 0 ? error : loader->resampler ? convert(loader, NULL) : AVERROR_INVALIDDATA;
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
    struct loader loader = { .frame = av_frame_alloc(), .pcm = g_array_new(FALSE, FALSE, sizeof(int16_t)) };
    int failure = load(&loader, path);
    struct sound_clip *tone = NULL;
    if (failure >= 0 && loader.pcm->len) {
        tone = g_new0(struct sound_clip, 1);
        tone->samples = (int)loader.pcm->len / AUDIO_CHANNELS;
        tone->pcm = (int16_t *)(void *)g_array_free(g_steal_pointer(&loader.pcm), FALSE);
    } else {
        *error = g_strdup_printf("the sound %s cannot be played: %s", path,
                                 failure < 0 ? av_err2str(failure) : "it is empty");
    }
    g_clear_pointer(&loader.pcm, g_array_unref);
    av_frame_free(&loader.frame);
    swr_free(&loader.resampler);
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
