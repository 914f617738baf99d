/* In a decoder's place, for who loads a server with hundreds of viewers and looks at few of them: from a key frame on
 * each packet gives a picture, small and black, with the packet's time. Nothing is decoded, so what is broken inside a
 * packet is not found. */
#ifndef CALLAPI_ENGINE_VIDEO_BLIND_DECODER_H
#define CALLAPI_ENGINE_VIDEO_BLIND_DECODER_H

#include "engine/video/decoder.h"

struct blind_decoder;

/* As video_decoder_create. */
struct blind_decoder *blind_decoder_create(struct frame_sink *next, const struct video_decoder_listener *listener);
void blind_decoder_destroy(struct blind_decoder *decoder); /* takes NULL */

struct packet_sink *blind_decoder_sink(struct blind_decoder *decoder);
/* Another stream follows: it waits for a key frame. */
void blind_decoder_flush(struct blind_decoder *decoder);
struct video_decoder_stats blind_decoder_stats(const struct blind_decoder *decoder);

#endif
