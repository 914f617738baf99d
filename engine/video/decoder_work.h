/* What the thread of a hardware decoder does: packets in, pictures of the stream in main memory out, and no others. */
#ifndef CALLAPI_ENGINE_VIDEO_DECODER_WORK_H
#define CALLAPI_ENGINE_VIDEO_DECODER_WORK_H

#include "engine/video/codec_thread.h"
#include "engine/video/hardware.h"

/* For codec_thread_config. Items: packets in, access units as decoder.h has them; frames out, in main memory and in the
 * packets' time base, which the decoder does not own; with neither where the stream was damaged: it is to be flushed.
 */
extern const struct codec_ops decoder_work_ops;
void *decoder_work_create(const struct hardware_decoder *row, enum AVCodecID codec, int64_t most_pixels);

#endif
