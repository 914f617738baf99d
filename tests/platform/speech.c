/* What is said aloud: a program of ours stands in for espeak-ng and writes down what it hears. */
#include "platform/devices/speech.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

enum { PATIENCE_S = 20 };

struct room {
    char *folder, *program, *heard, *path;
};

static void set_up(struct room *room, gconstpointer data)
{
    (void)data;
    room->folder = g_dir_make_tmp("speech-XXXXXX", NULL);
    room->program = g_build_filename(room->folder, "espeak-ng", NULL);
    room->heard = g_build_filename(room->folder, "heard", NULL);
    room->path = g_strdup(g_getenv("PATH"));
    g_autofree char *script = g_strdup_printf("#!/bin/sh\nwords=$(cat)\necho \"$*|$words\" >> %s\nsleep 60\n",
                                              room->heard);
    g_assert_true(g_file_set_contents_full(room->program, script, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    g_autofree char *path = g_strconcat(room->folder, ":", room->path, NULL);
    g_setenv("PATH", path, TRUE);
}

static void tear_down(struct room *room, gconstpointer data)
{
    (void)data;
    g_setenv("PATH", room->path, TRUE);
    g_unlink(room->program);
    g_unlink(room->heard);
    g_rmdir(room->folder);
    g_free(room->program);
    g_free(room->heard);
    g_free(room->folder);
    g_free(room->path);
}

/* Until so many lines were heard. */
static char *wait_for(const struct room *room, guint lines)
{
    for (int64_t end_us = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC; g_get_monotonic_time() < end_us;) {
        char *text = NULL;
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_file_get_contents(room->heard, &text, NULL, NULL);
        g_auto(GStrv) parts = g_strsplit(text ? text : "", "\n", -1);
        if (g_strv_length(parts) > lines)
            return text;
        g_free(text);
        g_usleep(5000);
    }
    g_error("nothing was said");
}

static void test_says(struct room *room, gconstpointer data)
{
    (void)data;
    struct speech *speech = speech_create("zh_CN");
    g_assert_nonnull(speech);
    speech_say(speech, "Anna is calling. --version; $(reboot)");
    g_free(wait_for(room, 1));
    speech_say(speech, "Connected"); /* the first still speaks, for a minute */
    g_autofree char *heard = wait_for(room, 2);
    speech_destroy(speech);
    g_assert_cmpstr(heard, ==, "-v cmn --stdin|Anna is calling. --version; $(reboot)\n-v cmn --stdin|Connected\n");
}

static void test_nobody_there(struct room *room, gconstpointer data)
{
    (void)data;
    g_setenv("PATH", room->folder, TRUE);
    g_unlink(room->program);
    g_test_expect_message("platform", G_LOG_LEVEL_WARNING, "*install espeak-ng*");
    g_assert_null(speech_create(NULL));
    g_test_assert_expected_messages();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/speech/says", struct room, NULL, set_up, test_says, tear_down);
    g_test_add("/speech/nobody-there", struct room, NULL, set_up, test_nobody_there, tear_down);
    return g_test_run();
}
