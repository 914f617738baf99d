/* What a kiosk shows while nobody is there: a folder with all that may lie in one. */
#include "app/kiosk/attract.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EACH_US = 1000000, TURNS = 20 };

struct folder {
    char *path;
    struct frame_sink sink;
    int frames, width, changes; /* pictures so far; shape of the last, and how often it was another */
};

static void count(struct frame_sink *sink, const AVFrame *frame)
{
    struct folder *folder = container_of(sink, struct folder, sink);
    folder->frames++;
    folder->changes += frame->width != folder->width;
    folder->width = frame->width;
}

static const struct frame_sink_ops counting = { .push = count };

static void set_up(struct folder *folder, gconstpointer data)
{
    (void)data;
    *folder = (struct folder){ .path = g_dir_make_tmp("attract-XXXXXX", NULL), .sink.ops = &counting };
}

static void tear_down(struct folder *folder, gconstpointer data)
{
    (void)data;
    g_autoptr(GDir) all = g_dir_open(folder->path, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(all))) {
        g_autofree char *path = g_build_filename(folder->path, name, NULL);
        g_remove(path);
    }
    g_rmdir(folder->path);
    g_free(folder->path);
}

static void put_picture(const struct folder *folder, const char *name, const char *picture)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_autofree char *target = g_build_filename(SOURCE_DIR "/assets/screenshots", picture, NULL);
    g_assert_cmpint(symlink(target, path), ==, 0);
}

static void put_pipe(const struct folder *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
}

static void put_text(const struct folder *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    g_assert_true(g_file_set_contents(path, "no picture", -1, NULL));
}

static struct attract *open_folder(struct folder *folder)
{
    g_autofree char *error = NULL;
    struct attract *attract = attract_create(folder->path, EACH_US, NULL, &folder->sink, &error);
    g_assert_cmpstr(error, ==, NULL);
    return attract;
}

static void poll(struct attract *attract, int64_t now_us)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
    attract_poll(attract, now_us);
}

/* One after the other and from the first again; what is no picture is told, once, and left out. */
static void test_in_turn(struct folder *folder, gconstpointer data)
{
    (void)data;
    put_pipe(folder, "a");
    put_picture(folder, "b.jpg", "live.jpg");
    put_text(folder, "c.jpg");
    put_picture(folder, "d.png", "timeline.png");
    struct attract *attract = open_folder(folder);
    int64_t now_us = g_get_monotonic_time();
    poll(attract, now_us);
    g_assert_cmpint(folder->frames, ==, 0); /* not shown yet */
    g_assert_cmpint(attract_deadline(attract), ==, INT64_MAX);
    g_test_expect_message("app", G_LOG_LEVEL_WARNING, "cannot be shown: *c.jpg*");
    attract_show(attract, true);
    for (int turn = 0; turn < TURNS; turn++) { /* each shape is another file's */
        int before = folder->changes;
        int64_t began_us = now_us;
        for (int i = 0; i < 5000 && folder->changes == before; i++) {
            poll(attract, now_us += EACH_US / 50);
            g_assert_true(attract_is_shown(attract));
            g_usleep(1000);
        }
        g_assert_cmpint(folder->changes, ==, before + 1);
        if (turn)
            g_assert_cmpint(now_us - began_us, >=, EACH_US);
    }
    g_test_assert_expected_messages();
    attract_show(attract, false);
    int before = folder->frames;
    poll(attract, now_us + EACH_US);
    g_assert_cmpint(folder->frames, ==, before);
    g_assert_cmpint(attract_deadline(attract), ==, INT64_MAX);
    attract_destroy(attract);
}

/* One picture alone stands there, and nothing has to be done for it. */
static void test_one_picture(struct folder *folder, gconstpointer data)
{
    (void)data;
    put_picture(folder, "a.jpg", "live.jpg");
    struct attract *attract = open_folder(folder);
    attract_show(attract, true);
    int64_t now_us = g_get_monotonic_time();
    for (int i = 0; i < 5000 && !folder->frames; i++) {
        poll(attract, now_us += EACH_US / 50);
        g_usleep(1000);
    }
    for (int i = 0; i < 200; i++)
        poll(attract, now_us += EACH_US / 50);
    g_assert_cmpint(folder->frames, ==, 1);
    g_assert_cmpint(attract_deadline(attract), >, now_us);
    attract_destroy(attract);
}

static void test_nothing_to_show(struct folder *folder, gconstpointer data)
{
    (void)data;
    g_autofree char *error = NULL;
    put_pipe(folder, "pipe");
    g_assert_null(attract_create(folder->path, EACH_US, NULL, &folder->sink, &error));
    g_assert_nonnull(error);
    g_autofree char *pipe = g_build_filename(folder->path, "pipe", NULL), *of_pipe = NULL, *nowhere = NULL;
    g_assert_null(attract_create(pipe, EACH_US, NULL, &folder->sink, &of_pipe));
    g_assert_null(attract_create("/nowhere", EACH_US, NULL, &folder->sink, &nowhere));
    put_text(folder, "text.png");
    struct attract *attract = open_folder(folder);
    g_test_expect_message("app", G_LOG_LEVEL_WARNING, "cannot be shown: *text.png*");
    attract_show(attract, true);
    for (int i = 0; i < 5000 && attract_is_shown(attract); i++) {
        poll(attract, g_get_monotonic_time());
        g_usleep(1000);
    }
    g_test_assert_expected_messages();
    g_assert_false(attract_is_shown(attract)); /* the screen behind it is seen */
    g_assert_cmpint(attract_deadline(attract), ==, INT64_MAX);
    attract_destroy(attract);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/attract/in-turn", struct folder, NULL, set_up, test_in_turn, tear_down);
    g_test_add("/attract/one", struct folder, NULL, set_up, test_one_picture, tear_down);
    g_test_add("/attract/nothing", struct folder, NULL, set_up, test_nothing_to_show, tear_down);
    return g_test_run();
}
