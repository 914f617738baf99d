#include "engine/publish/trouble.h"

#include <glib.h>
#include <libavutil/error.h>
#include <string.h>

char *publish_explain(int error, const char *url, bool was_live)
{
    bool is_secure = !g_ascii_strncasecmp(url, "rtmps:", strlen("rtmps:"));
    switch (error) {
    case AVERROR_EXIT:
    case AVERROR(ETIMEDOUT):
        return g_strdup(was_live ? "the server takes nothing any more" : "the server does not answer");
    case AVERROR(EIO):
    case AVERROR_EOF:
    case AVERROR(EPIPE):
    case AVERROR(ECONNRESET):
        return g_strdup(was_live    ? "the connection is lost"
                        : is_secure ? "the server refused it, or its certificate cannot be trusted (--ca)"
                                    : "the server refused it, or there is none that understands this");
    case AVERROR(EPROTONOSUPPORT):
        return g_strdup("this FFmpeg does not look at the server's certificate, so it is not used");
    case AVERROR_INVALIDDATA:
        return g_strdup("the pictures or the server's answers can not be understood");
    default:
        return g_strdup(av_err2str(error));
    }
}
