#define _GNU_SOURCE /* RTLD_NEXT */
#include "fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int left; /* until the one that fails; 0: none does */
static atomic_bool happened;

void fail_at(int n)
{
    left = n;
    happened = false;
}

bool fail_happened(void)
{
    return happened;
}

static bool fails(void)
{
    if (!left || --left)
        return false;
    happened = true;
    return true;
}

/* In place of the C library's, for all libraries. */
__attribute__((visibility("default"))) int posix_memalign(void **memory, size_t alignment, size_t size)
{
    static int (*real)(void **, size_t, size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "posix_memalign");
    return fails() ? ENOMEM : real(memory, alignment, size);
}

/* What engine/media says of these: they are given. Of a context FFmpeg says so itself, by an assertion. */
#define GIVEN(type, name, parameters, arguments)                                                                       \
    __attribute__((visibility("default"))) type *name parameters                                                       \
    {                                                                                                                  \
        static type *(*real)parameters;                                                                                \
        if (!real)                                                                                                     \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                 \
        int waiting = left;                                                                                            \
        left = 0;                                                                                                      \
        type *object = real arguments;                                                                                 \
        left = waiting;                                                                                                \
        return object;                                                                                                 \
    }
GIVEN(AVFrame, av_frame_alloc, (void), ())
GIVEN(AVPacket, av_packet_alloc, (void), ())
GIVEN(AVCodecParameters, avcodec_parameters_alloc, (void), ())
GIVEN(AVCodecContext, avcodec_alloc_context3, (const AVCodec *codec), (codec))
