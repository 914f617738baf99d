/* Codecs that say nothing by themselves. */
#ifndef CALLAPI_ENGINE_MEDIA_CODEC_CONTEXT_H
#define CALLAPI_ENGINE_MEDIA_CODEC_CONTEXT_H

#include <libavcodec/avcodec.h>

/* As avcodec_alloc_context3. Whoever opens it says what went wrong: libx264 and the decoders would tell the standard
 * error of a program that only uses the library, whose FFmpeg log is its own and is left as it is. */
AVCodecContext *codec_context_create(const AVCodec *codec);

#endif
