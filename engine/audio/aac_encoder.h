/* AAC-LC, 48 kHz stereo, by FFmpeg's own encoder: the sound of containers that know no Opus. */
#ifndef CALLAPI_ENGINE_AUDIO_AAC_ENCODER_H
#define CALLAPI_ENGINE_AUDIO_AAC_ENCODER_H

#include "engine/media/media.h"

struct aac_encoder;

/* Packets go to `next` (borrowed, outlives the encoder), which is opened at once, with the AudioSpecificConfig as
 * extradata: time base 1/1000000, pts the time at which what is decoded of it was captured (a decoder needs the packet
 * before, which the encoder's look-ahead of 1024 samples is about). NULL, logged, where libavcodec has none. */
struct aac_encoder *aac_encoder_create(int64_t bit_rate, struct packet_sink *next);
void aac_encoder_destroy(struct aac_encoder *encoder); /* takes NULL */
struct pcm_sink *aac_encoder_sink(struct aac_encoder *encoder);

#endif
