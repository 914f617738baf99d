/* Opus, 48 kHz stereo, 20 ms, VOIP application with in-band FEC (RFC 6716, RFC 7587). */
#ifndef CALLAPI_ENGINE_AUDIO_ENCODER_H
#define CALLAPI_ENGINE_AUDIO_ENCODER_H

#include "engine/media/media.h"

struct audio_encoder;

/* Packets go to `next` (borrowed, outlives the encoder): time base 1/1000000, pts the capture time.
 * NULL, logged, where libopus refuses. */
struct audio_encoder *audio_encoder_create(int bit_rate, struct packet_sink *next);
void audio_encoder_destroy(struct audio_encoder *encoder);
struct pcm_sink *audio_encoder_sink(struct audio_encoder *encoder);
/* Muted: silence is encoded, so the far end's clock and jitter buffer go on. */
void audio_encoder_set_muted(struct audio_encoder *encoder, bool muted);

#endif
