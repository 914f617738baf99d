/* Senders of live streams for tests: real programs, each on a port of its own, ended when the test ends. Films have
 * frame numbers of source 1 (engine/statistics/framecode.h) and a tone of 440 Hz. */
#ifndef CALLAPI_TESTS_SENDERS_H
#define CALLAPI_TESTS_SENDERS_H

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "free_port.h"

enum { SENDERS = 8, FILM_FPS = 30, LONGEST_FILM_S = 20 };

struct senders {
    char *folder; /* of films, and of what servers write */
    GSubprocess *running[SENDERS];
};

static inline void senders_begin(struct senders *senders)
{
    *senders = (struct senders){ .folder = g_dir_make_tmp("senders-XXXXXX", NULL) };
    g_assert_nonnull(senders->folder);
}

/* A test that fails leaves nobody sending behind it. */
static inline void end_with_the_test(gpointer nothing)
{
    (void)nothing;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* A program of words that printf made one text of, apart by single blanks. */
static inline int sender_start(struct senders *senders, const char *format, ...) G_GNUC_PRINTF(2, 3);
static inline int sender_start(struct senders *senders, const char *format, ...)
{
    int i = 0;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_autoptr(GError) error = NULL;
    while (senders->running[i])
        g_assert_cmpint(++i, <, SENDERS);
    g_autofree char *log = g_strdup_printf("%s/log-%d", senders->folder, i);
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_subprocess_launcher_set_stdout_file_path(launcher, log);
    g_subprocess_launcher_set_stderr_file_path(launcher, log);
    g_subprocess_launcher_set_child_setup(launcher, end_with_the_test, NULL, NULL);
    senders->running[i] = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, &error);
    g_assert_no_error(error);
    return i;
}

static inline void sender_signal(struct senders *senders, int i, int signal)
{
    g_subprocess_send_signal(senders->running[i], signal);
}

static inline void sender_stop(struct senders *senders, int i)
{
    g_subprocess_force_exit(senders->running[i]);
    g_subprocess_wait(senders->running[i], NULL, NULL);
    g_clear_object(&senders->running[i]);
}

/* It may send what it has begun. */
static inline void sender_end(struct senders *senders, int i)
{
    sender_signal(senders, i, SIGINT);
    g_subprocess_wait(senders->running[i], NULL, NULL);
    g_clear_object(&senders->running[i]);
}

static inline void senders_end(struct senders *senders)
{
    for (int i = 0; i < SENDERS; i++)
        if (senders->running[i])
            sender_stop(senders, i);
    g_autofree char *command = g_strdup_printf("rm -rf %s", senders->folder);
    g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL);
    g_clear_pointer(&senders->folder, g_free);
}

static char *films; /* a folder, of this process; NULL: none yet */

static inline void films_remove(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", films);
    g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL);
    g_free(films);
}

static inline void run_script(const char *script)
{
    char *argv[] = { "sh", "-c", (char *)script, NULL };
    int status;
    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

/* The pictures of all films, as they are. */
static inline void films_begin(void)
{
    films = g_dir_make_tmp("films-XXXXXX", NULL);
    g_autofree char *script = g_strdup_printf(FRAMECODE
                                              " make --source 1 --size 320x180 --fps %d --seconds %d >%s/pictures",
                                              FILM_FPS, LONGEST_FILM_S, films);
    atexit(films_remove);
    run_script(script);
}

/* A film of so many seconds, coded as the words say ("-c:v libx264 -g 30 -c:a aac"), 320x180: made once. `name`: each
 * has one of its own. g_free its path. */
static inline char *film_make(const char *name, int seconds, const char *codecs)
{
    if (!films)
        films_begin();
    char *path = g_build_filename(films, name, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return path;
    g_autofree char *script = g_strdup_printf(
        "ffmpeg -v error -y -f rawvideo -pix_fmt yuv420p -s 320x180 -r %d -i %s/pictures -f lavfi "
        "-i sine=frequency=440:sample_rate=48000 -shortest -threads 1 -t %d %s %s",
        FILM_FPS, films, seconds, codecs, path);
    run_script(script);
    return path;
}

#endif
