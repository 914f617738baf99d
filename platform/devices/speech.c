#include "platform/devices/speech.h"

#include <gio/gio.h>
#include <string.h>

#define PROGRAM "espeak-ng"

enum { MOST = 4000 }; /* bytes: POSIX lets a pipe hold 4096 at the least */

struct speech {
    char *path, *voice;
    GSubprocess *speaker; /* NULL: silent */
};

/* espeak-ng's name of the language: "zh_CN:en" is "cmn", "de_DE.UTF-8" is "de". */
static char *voice_of(const char *language)
{
    g_autofree char *name = g_strndup(language ? language : "en", strcspn(language ? language : "en", "_.:@"));
    if (!strcmp(name, "zh"))
        return g_strdup("cmn");
    return g_strdup(strcmp(name, "C") && *name ? name : "en");
}

struct speech *speech_create(const char *language)
{
    g_autofree char *path = g_find_program_in_path(PROGRAM);
    if (!path) {
        g_warning("nothing is said aloud: please install " PROGRAM);
        return NULL;
    }
    struct speech *speech = g_new0(struct speech, 1);
    speech->path = g_steal_pointer(&path);
    speech->voice = voice_of(language);
    return speech;
}

static void fall_silent(struct speech *speech)
{
    if (speech->speaker)
        g_subprocess_force_exit(speech->speaker);
    g_clear_object(&speech->speaker);
}

void speech_destroy(struct speech *speech)
{
    if (!speech)
        return;
    fall_silent(speech);
    g_free(speech->path);
    g_free(speech->voice);
    g_free(speech);
}

/* By its standard input: what people are called is no option of a program. */
void speech_say(struct speech *speech, const char *text)
{
    const char *const arguments[] = { speech->path, "-v", speech->voice, "--stdin", NULL };
    g_autoptr(GError) error = NULL;
    fall_silent(speech);
    speech->speaker = g_subprocess_newv(
        arguments,
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
    if (!speech->speaker) {
        g_warning("%s cannot be run: %s", speech->path, error->message);
        return;
    }
    /* The pipe has room for the words, so that this does not block. */
    GOutputStream *words = g_subprocess_get_stdin_pipe(speech->speaker);
    g_output_stream_write_all(words, text, MIN(strlen(text), MOST), NULL, NULL, NULL);
    g_output_stream_close(words, NULL, NULL);
}
