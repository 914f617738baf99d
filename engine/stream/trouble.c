#include "engine/stream/trouble.h"

#include <glib.h>
#include <libavutil/error.h>

static enum stream_fault fault_of(int error)
{
    switch (error) {
    case AVERROR_EOF:
        return STREAM_ENDED;
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR(ENOENT):
    case AVERROR_STREAM_NOT_FOUND:
        return STREAM_NOT_FOUND;
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN:
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        return STREAM_REFUSED;
    case AVERROR_INVALIDDATA:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PROTOCOL_NOT_FOUND:
        return STREAM_UNREADABLE;
    default:
        return STREAM_UNREACHABLE;
    }
}

struct stream_trouble stream_trouble_of(int error)
{
    struct stream_trouble trouble = { .fault = fault_of(error) };
    av_strerror(error, trouble.why, sizeof trouble.why);
    return trouble;
}

const char *stream_fault_text(enum stream_fault fault)
{
    static const char *const texts[] = {
        [STREAM_WELL] = "all is well",
        [STREAM_UNREACHABLE] = "it cannot be reached: is the address right, and does the server run?",
        [STREAM_NOT_FOUND] = "there is no such stream: is the address right, and does its sender run?",
        [STREAM_REFUSED] = "the server refuses it: are user and password right?",
        [STREAM_UNTRUSTED] = "the server's certificate is not to be trusted: has it expired, or is --ca missing?",
        [STREAM_ENDED] = "its sender stopped",
        [STREAM_SILENT] = "nothing comes any more",
        [STREAM_UNREADABLE] = "what comes is no stream that can be read here",
    };
    return texts[fault];
}
