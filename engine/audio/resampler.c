#include "engine/audio/resampler.h"

#include <libswresample/swresample.h>

#include "engine/media/media.h"

enum { MOST_AT_ONCE = 10 * AUDIO_RATE };

struct sound_resampler {
    SwrContext *swr; /* for the shape below; NULL: none yet */
    struct {
        int rate, format;
        AVChannelLayout channels;
    } shape;
};

struct sound_resampler *sound_resampler_create(void)
{
    return g_new0(struct sound_resampler, 1);
}

void sound_resampler_destroy(struct sound_resampler *resampler)
{
    if (!resampler)
        return;
    swr_free(&resampler->swr);
    av_channel_layout_uninit(&resampler->shape.channels);
    g_free(resampler);
}

GArray *sound_resampler_pcm(void)
{
    return g_array_new(FALSE, FALSE, AUDIO_CHANNELS * sizeof(int16_t));
}

static bool is_prepared(const struct sound_resampler *resampler, const AVFrame *frame)
{
    return resampler->swr && frame->sample_rate == resampler->shape.rate && frame->format == resampler->shape.format &&
           av_channel_layout_compare(&frame->ch_layout, &resampler->shape.channels) == 0;
}

static bool prepare(struct sound_resampler *resampler, const AVFrame *frame)
{
    if (is_prepared(resampler, frame))
        return true;
    swr_free(&resampler->swr);
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO; /* FFmpeg 5 wants it writable */
    if (frame->sample_rate <= 0 || frame->ch_layout.nb_channels <= 0 ||
        av_channel_layout_copy(&resampler->shape.channels, &frame->ch_layout) < 0 ||
        swr_alloc_set_opts2(&resampler->swr, &stereo, AV_SAMPLE_FMT_S16, AUDIO_RATE, &resampler->shape.channels,
                            (enum AVSampleFormat)frame->format, frame->sample_rate, 0, NULL) < 0)
        return false;
    resampler->shape.rate = frame->sample_rate;
    resampler->shape.format = frame->format;
    if (swr_init(resampler->swr) >= 0)
        return true;
    swr_free(&resampler->swr);
    return false;
}

int sound_resampler_add(struct sound_resampler *resampler, const AVFrame *frame, GArray *pcm)
{
    if (frame ? !prepare(resampler, frame) : !resampler->swr)
        return frame ? -1 : 0;
    int room = swr_get_out_samples(resampler->swr, frame ? frame->nb_samples : 0);
    if (room <= 0 || room > MOST_AT_ONCE)
        return room ? -1 : 0;
    guint before = pcm->len;
    g_array_set_size(pcm, before + (guint)room);
    uint8_t *out = (uint8_t *)pcm->data + (size_t)before * AUDIO_CHANNELS * sizeof(int16_t);
    int samples = swr_convert(resampler->swr, &out, room, frame ? (const uint8_t **)frame->extended_data : NULL,
                              frame ? frame->nb_samples : 0);
    g_array_set_size(pcm, before + (guint)MAX(samples, 0));
    return MAX(samples, -1);
}
