#include "engine/audio/sound_decoder.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/audio/resampler.h"
#include "engine/media/codec_context.h"
#include "engine/media/media.h"
#include "engine/media/objects.h"

enum { TOLERANCE = AUDIO_RATE / 25 }; /* samples: smaller errors of the stream's times are not heard as holes */

struct sound_decoder {
    AVCodecContext *context;
    AVFrame *frame;
    struct sound_resampler *resampler;
    GArray *pcm;   /* decoded, not taken */
    int64_t begin; /* position of its first sample; AV_NOPTS_VALUE: nothing was decoded yet */
};

struct sound_decoder *sound_decoder_create(const AVCodecParameters *parameters)
{
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return NULL;
    avcodec_parameters_to_context(context, parameters);
    context->thread_count = 1;
    AVFrame *frame = avcodec_open2(context, codec, NULL) >= 0 ? frame_new() : NULL;
    if (!frame) {
        avcodec_free_context(&context);
        return NULL;
    }
    struct sound_decoder *decoder = g_new0(struct sound_decoder, 1);
    *decoder = (struct sound_decoder){ .context = context,
                                       .frame = frame,
                                       .resampler = sound_resampler_create(),
                                       .pcm = sound_resampler_pcm(),
                                       .begin = AV_NOPTS_VALUE };
    return decoder;
}

void sound_decoder_destroy(struct sound_decoder *decoder)
{
    if (!decoder)
        return;
    avcodec_free_context(&decoder->context);
    av_frame_free(&decoder->frame);
    sound_resampler_destroy(decoder->resampler);
    g_array_free(decoder->pcm, TRUE);
    g_free(decoder);
}

/* Where the frame stands in the stream: behind what came before it, unless it says clearly that it does not. */
static void place(struct sound_decoder *decoder, AVRational time_base)
{
    int64_t pts = decoder->frame->pts; /* several frames may share one time, the first one's */
    int64_t expected = decoder->begin + decoder->pcm->len;
    if (pts == AV_NOPTS_VALUE && decoder->begin != AV_NOPTS_VALUE)
        return;
    int64_t said = pts == AV_NOPTS_VALUE ? 0 : av_rescale_q(pts, time_base, (AVRational){ 1, AUDIO_RATE });
    if (decoder->begin != AV_NOPTS_VALUE && llabs(said - expected) < TOLERANCE)
        return;
    g_array_set_size(decoder->pcm, 0);
    decoder->begin = said;
}

void sound_decoder_push(struct sound_decoder *decoder, const AVPacket *packet)
{
    decoder->context->pkt_timebase = packet->time_base;
    if (avcodec_send_packet(decoder->context, packet) < 0)
        return;
    while (avcodec_receive_frame(decoder->context, decoder->frame) >= 0) {
        place(decoder, packet->time_base);
        sound_resampler_add(decoder->resampler, decoder->frame, decoder->pcm);
        av_frame_unref(decoder->frame);
    }
}

AVPacket *sound_decoder_take(struct sound_decoder *decoder)
{
    static const size_t sample_size = AUDIO_CHANNELS * sizeof(int16_t);
    guint samples = MIN(decoder->pcm->len, SOUND_DECODER_MOST);
    AVPacket *packet = samples ? packet_new() : NULL;
    if (!packet || av_new_packet(packet, (int)(samples * sample_size)) < 0) {
        av_packet_free(&packet);
        return NULL;
    }
    memcpy(packet->data, decoder->pcm->data, samples * sample_size);
    packet->time_base = (AVRational){ 1, AUDIO_RATE };
    packet->pts = decoder->begin;
    packet->duration = samples;
    g_array_remove_range(decoder->pcm, 0, samples);
    decoder->begin += samples;
    return packet;
}

void sound_decoder_flush(struct sound_decoder *decoder)
{
    avcodec_flush_buffers(decoder->context);
    g_array_set_size(decoder->pcm, 0);
    decoder->begin = AV_NOPTS_VALUE;
}
