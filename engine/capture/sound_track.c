#include "engine/capture/sound_track.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/audio/resampler.h"
#include "engine/media/codec_context.h"
#include "engine/media/media.h"
#include "engine/media/objects.h"

enum {
    TOLERANCE = AUDIO_RATE / 25, /* samples: smaller errors of the file's times are not heard as holes */
    MAX_PACKETS_AT_ONCE = 256,
};

struct sound_track {
    struct media_reader *reader; /* borrowed */
    AVCodecContext *decoder;
    struct sound_resampler *resampler;
    AVFrame *frame;
    GArray *chunk; /* decoded sound, as sound_resampler_pcm */
    int64_t begin; /* position of its first sample */
    intptr_t lap;
};

struct sound_track *sound_track_create(struct media_reader *reader)
{
    const AVCodecParameters *parameters = media_reader_audio(reader);
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    AVCodecContext *decoder = codec ? codec_context_create(codec) : NULL;
    if (!decoder)
        return NULL;
    avcodec_parameters_to_context(decoder, parameters);
    decoder->pkt_timebase = AV_TIME_BASE_Q;
    decoder->thread_count = 1;
    AVFrame *frame = avcodec_open2(decoder, codec, NULL) >= 0 ? frame_new() : NULL;
    if (!frame) {
        avcodec_free_context(&decoder);
        return NULL;
    }
    struct sound_track *track = g_new0(struct sound_track, 1);
    *track = (struct sound_track){ .reader = reader,
                                   .decoder = decoder,
                                   .resampler = sound_resampler_create(),
                                   .frame = frame,
                                   .chunk = sound_resampler_pcm() };
    return track;
}

void sound_track_destroy(struct sound_track *track)
{
    if (!track)
        return;
    avcodec_free_context(&track->decoder);
    sound_resampler_destroy(track->resampler);
    av_frame_free(&track->frame);
    g_array_free(track->chunk, TRUE);
    g_free(track);
}

/* Makes the decoded frame the chunk. False: it gave no sound. */
static bool resample(struct sound_track *track)
{
    int64_t expected = track->begin + track->chunk->len;
    g_array_set_size(track->chunk, 0);
    int samples = sound_resampler_add(track->resampler, track->frame, track->chunk);
    int64_t pts = track->frame->best_effort_timestamp;
    int64_t begin = pts == AV_NOPTS_VALUE ? expected : av_rescale(pts, AUDIO_RATE, 1000000);
    track->begin = llabs(begin - expected) < TOLERANCE ? expected : begin;
    return samples > 0;
}

/* False: no packet there. */
static bool feed(struct sound_track *track)
{
    AVPacket *packet = media_reader_take(track->reader, AVMEDIA_TYPE_AUDIO);
    if (!packet)
        return false;
    if ((intptr_t)packet->opaque != track->lap) {
        avcodec_flush_buffers(track->decoder);
        track->lap = (intptr_t)packet->opaque;
    }
    avcodec_send_packet(track->decoder, packet);
    av_packet_free(&packet);
    return true;
}

static bool next_chunk(struct sound_track *track)
{
    for (int packets = 0; packets < MAX_PACKETS_AT_ONCE;) {
        if (avcodec_receive_frame(track->decoder, track->frame) < 0) {
            if (!feed(track))
                return false;
            packets++;
            continue;
        }
        bool sound = resample(track);
        av_frame_unref(track->frame);
        if (sound)
            return true;
    }
    return false;
}

void sound_track_read(struct sound_track *track, int64_t position, int16_t *pcm)
{
    memset(pcm, 0, AUDIO_FRAME * AUDIO_CHANNELS * sizeof *pcm);
    int64_t at = position, end = position + AUDIO_FRAME;
    while (at < end) {
        int64_t left = track->begin + track->chunk->len - at;
        if (left <= 0) {
            if (!next_chunk(track))
                return;
            continue;
        }
        at = MAX(at, MIN(track->begin, end)); /* a hole in the file is silence */
        int64_t count = MIN(track->begin + track->chunk->len, end) - at;
        if (count <= 0)
            return;
        memcpy(pcm + (at - position) * AUDIO_CHANNELS,
               track->chunk->data + (at - track->begin) * AUDIO_CHANNELS * (int64_t)sizeof *pcm,
               (size_t)count * AUDIO_CHANNELS * sizeof *pcm);
        at += count;
    }
}
