/* What of playing a remote stream's sound depends on its codec. Opus packets wait in the jitter buffer as they came,
 * since the decoder can make up for a lost one only when it is known to be lost. Every other codec (AAC, MP3, AC-3 ...)
 * comes over transports that repeat what is lost, so it is decoded as it comes, and PCM waits. */
#ifndef CALLAPI_ENGINE_AUDIO_PLAYOUT_CODEC_H
#define CALLAPI_ENGINE_AUDIO_PLAYOUT_CODEC_H

#include <opus.h>
#include <stdbool.h>

#include "engine/audio/sound_decoder.h"
#include "engine/media/media.h"

enum { PLAYOUT_MOST = AUDIO_RATE * 120 / 1000 }; /* samples of one packet, Opus's longest */

struct playout_codec {
    OpusDecoder *opus;                          /* open for ever */
    struct sound_decoder *decoder;              /* of another codec; NULL: the stream is Opus */
    int16_t last[AUDIO_FRAME * AUDIO_CHANNELS]; /* what of it was decoded last, to make up from; and how long it is */
    int last_samples;
};

void playout_codec_init(struct playout_codec *codec);
void playout_codec_clear(struct playout_codec *codec);

/* Another stream. False: its codec is not known here. */
bool playout_codec_open(struct playout_codec *codec, const AVCodecParameters *parameters);
/* What follows does not continue what was; the stream's codec stays. */
void playout_codec_reset(struct playout_codec *codec);

/* A packet that has come: what of it is to wait, each with its pts in 1/48000 and how many samples it is. An Opus
 * packet without a time is none; another's follows what came before it. */
typedef void (*playout_codec_keep)(void *user_data, const AVPacket *packet, int64_t pts, int samples);
void playout_codec_receive(struct playout_codec *codec, const AVPacket *packet, playout_codec_keep keep,
                           void *user_data);
/* A packet of the buffer: samples (PLAYOUT_MOST at most), not above 0 where it cannot be decoded. */
int playout_codec_decode(struct playout_codec *codec, const AVPacket *packet, int16_t *pcm);
/* So many samples for what is not there: a multiple of 10 ms, 20 ms at most. */
void playout_codec_make_up(struct playout_codec *codec, int16_t *pcm, int samples);
/* So many samples before `next`, from what it carries of them. False: nothing. */
bool playout_codec_restore(struct playout_codec *codec, const AVPacket *next, int16_t *pcm, int samples);

#endif
