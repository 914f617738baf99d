#include "platform/alsa_log.h"

#include <glib.h>

#ifdef HAVE_ALSA
#include <alsa/asoundlib.h>
#include <stdarg.h>

static void take(const char *file, int line, const char *function, int error, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    g_debug("ALSA, %s:%d, %s: %s%s%s", file, line, function, text, error ? ": " : "", error ? snd_strerror(error) : "");
}

static void take_line(const char *file, int line, const char *function, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    take(file, line, function, error, format, arguments);
    va_end(arguments);
}

void alsa_log_take(void)
{
    snd_lib_error_set_handler(take_line);
}

alsa_log_handler alsa_log_take_thread(void)
{
    return (alsa_log_handler)snd_lib_error_set_local(take);
}

void alsa_log_leave_thread(alsa_log_handler before)
{
    snd_lib_error_set_local((snd_local_error_handler_t)before);
}
#else
void alsa_log_take(void)
{
}

alsa_log_handler alsa_log_take_thread(void)
{
    return NULL;
}

void alsa_log_leave_thread(alsa_log_handler before)
{
    (void)before;
}
#endif
