#include "app/session/complaints.h"

static const double BURST = 10, PER_SECOND = 1.0 / 60;

void complain(struct complaints *complaints, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool few = hub_bucket_take(&complaints->bucket, BURST, PER_SECOND, g_get_monotonic_time());
    g_logv(G_LOG_DOMAIN, few ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_DEBUG, format, arguments);
    va_end(arguments);
}
