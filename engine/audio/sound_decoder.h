/* A stream's sound in any codec that libavcodec has, decoded as it comes to packets of the house's format: 48 kHz,
 * stereo, interleaved 16-bit (AV_CODEC_ID_PCM_S16LE or _BE, whichever the machine counts in). */
#ifndef CALLAPI_ENGINE_AUDIO_SOUND_DECODER_H
#define CALLAPI_ENGINE_AUDIO_SOUND_DECODER_H

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

struct sound_decoder;

enum { SOUND_DECODER_MOST = 2048 }; /* samples in one packet */

/* NULL where libavcodec has no decoder for it. */
struct sound_decoder *sound_decoder_create(const AVCodecParameters *parameters);
void sound_decoder_destroy(struct sound_decoder *decoder); /* takes NULL */

/* One packet of the stream, with pts in its time base. What cannot be decoded is a hole. Then take what came of it. */
void sound_decoder_push(struct sound_decoder *decoder, const AVPacket *packet);
/* pts and duration in 1/48000; the caller's to free; NULL: no more. */
AVPacket *sound_decoder_take(struct sound_decoder *decoder);
/* What follows does not continue what was. */
void sound_decoder_flush(struct sound_decoder *decoder);

#endif
