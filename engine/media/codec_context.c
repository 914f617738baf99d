#include "engine/media/codec_context.h"

#include <libavutil/log.h>

AVCodecContext *codec_context_create(const AVCodec *codec)
{
    AVCodecContext *context = avcodec_alloc_context3(codec);
    if (context)
        context->log_level_offset = AV_LOG_MAX_OFFSET;
    return context;
}
