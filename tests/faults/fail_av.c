/* What FFmpeg allocates. */
#include <libavcodec/avcodec.h>

#include "fail_call.h"

FAIL_VISIBLE int posix_memalign(void **memory, size_t alignment, size_t size)
{
    FAIL_REAL(int, posix_memalign, (void **, size_t, size_t));
    return fail_now(FAIL_AV_MEMORY, "posix_memalign") ? ENOMEM : real(memory, alignment, size);
}

/* What engine/media says of these: they are given. Of a context FFmpeg says so itself, by an assertion. */
FAIL_NEVER(AVFrame *, av_frame_alloc, (void), ())
FAIL_NEVER(AVPacket *, av_packet_alloc, (void), ())
FAIL_NEVER(AVCodecParameters *, avcodec_parameters_alloc, (void), ())
FAIL_NEVER(AVCodecContext *, avcodec_alloc_context3, (const AVCodec *codec), (codec))
