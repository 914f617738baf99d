/* A camera that is unplugged and plugged in again: it is opened anew without the loop waiting, and its pictures go on.
 */
#include <string.h>

#include <glib.h>

#include "engine/capture/kind.h"

/* ---- a camera ---- */

static gint opened, closed;    /* counted on several threads */
static gint absent, unplugged; /* what the tests do to it; absent: an enum capture_trouble */

struct camera {
    struct capture capture;
    int64_t polled_us;
};

static void camera_destroy(struct capture *capture)
{
    g_atomic_int_inc(&closed);
    g_free(container_of(capture, struct camera, capture));
}

static void camera_poll(struct capture *capture, int64_t now_us)
{
    container_of(capture, struct camera, capture)->polled_us = now_us;
    if (g_atomic_int_get(&unplugged))
        return;
    AVFrame *frame = av_frame_alloc();
    capture_deliver_picture(capture, frame, now_us);
    av_frame_free(&frame);
}

static int64_t camera_deadline(const struct capture *capture)
{
    return container_of(capture, const struct camera, capture)->polled_us + 33000;
}

static bool camera_ended(const struct capture *capture)
{
    (void)capture;
    return g_atomic_int_get(&unplugged);
}

static const struct capture_ops camera_ops = { camera_destroy, camera_poll, camera_deadline, camera_ended };

static struct capture *camera_open(const struct capture_config *config, struct capture_failure *failure)
{
    g_assert_cmpstr(config->camera, ==, "/dev/video0");
    if (g_atomic_int_get(&absent)) {
        *failure = (struct capture_failure){ g_atomic_int_get(&absent), g_strdup("no camera") };
        return NULL;
    }
    g_atomic_int_set(&unplugged, 0);
    g_atomic_int_inc(&opened);
    struct camera *camera = g_new0(struct camera, 1);
    camera->capture = (struct capture){ .ops = &camera_ops, .width = 640, .height = 360, .fps = 30 };
    return &camera->capture;
}

/* ---- what comes of it ---- */

struct viewer {
    struct frame_sink sink;
    int pictures;
};

static void view(struct frame_sink *sink, const AVFrame *frame)
{
    (void)frame;
    container_of(sink, struct viewer, sink)->pictures++;
}

static const struct frame_sink_ops viewer_ops = { .push = view };

static struct capture *open_returning(struct viewer *viewer)
{
    struct capture_failure failure = { 0 };
    g_autofree char *name = g_strdup("/dev/video0"); /* not kept by the caller */
    absent = unplugged = opened = closed = 0;
    struct capture *capture = capture_returning_open(camera_open, &(struct capture_config){ .camera = name }, &failure);
    g_assert_nonnull(capture);
    memset(name, 'x', strlen(name));
    *viewer = (struct viewer){ .sink.ops = &viewer_ops };
    capture_set_sinks(capture, &viewer->sink, NULL);
    return capture;
}

/* Time runs as fast as it can, but for the thread that opens. */
static int64_t poll_for(struct capture *capture, const struct viewer *viewer, int pictures, int64_t now_us)
{
    int wanted = viewer->pictures + pictures;
    for (int i = 0; i < 20000 && viewer->pictures < wanted; i++) {
        capture_poll(capture, now_us += 33000);
        g_usleep(500);
    }
    g_assert_cmpint(viewer->pictures, ==, wanted);
    return now_us;
}

static void comes_back(void)
{
    struct viewer viewer;
    struct capture *capture = open_returning(&viewer);
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    g_assert_cmpint(width, ==, 640);
    int64_t now_us = poll_for(capture, &viewer, 3, 1000000);
    g_assert_cmpint(capture_deadline(capture), ==, now_us + 33000);
    for (int round = 1; round <= 2; round++) {
        absent = unplugged = 1;
        for (int i = 0; i < 300; i++) {
            capture_poll(capture, now_us += 33000);
            g_assert_cmpint(capture_deadline(capture), >, 0);
            g_usleep(100);
        }
        g_assert_cmpint(viewer.pictures, ==, 3 * round);
        g_assert_cmpint(g_atomic_int_get(&closed), ==, round); /* else it would come back under another name */
        g_assert_cmpint(g_atomic_int_get(&opened), ==, round);
        g_test_expect_message("engine", G_LOG_LEVEL_MESSAGE, "*camera is back*");
        g_atomic_int_set(&absent, 0);
        now_us = poll_for(capture, &viewer, 3, now_us);
        g_test_assert_expected_messages();
    }
    capture_destroy(capture);
    g_assert_cmpint(opened, ==, closed);
}

/* While it is gone, and while it is being opened. */
static void ends_in_between(void)
{
    for (int present = 0; present <= 1; present++) {
        struct viewer viewer;
        struct capture *capture = open_returning(&viewer);
        absent = !present;
        unplugged = 1;
        capture_poll(capture, 1000000);
        capture_poll(capture, 1033000);
        capture_destroy(capture);
        g_assert_cmpint(opened, ==, closed);
    }
}

static void not_there_from_the_start(void)
{
    struct capture_failure failure = { 0 };
    absent = CAPTURE_BUSY;
    g_assert_null(capture_returning_open(camera_open, &(struct capture_config){ .camera = "/dev/video0" }, &failure));
    g_assert_cmpstr(failure.words, ==, "no camera");
    g_assert_cmpint(failure.trouble, ==, CAPTURE_BUSY);
    g_free(failure.words);
}

/* It is said why, and why it still does not open. */
static void may_be_missing(void)
{
    struct capture_failure failure = { 0 };
    struct viewer viewer = { .sink.ops = &viewer_ops };
    opened = closed = unplugged = 0;
    absent = CAPTURE_FORBIDDEN;
    g_test_expect_message("engine", G_LOG_LEVEL_WARNING, "no camera*again*");
    struct capture *capture = capture_returning_open(
        camera_open, &(struct capture_config){ .camera = "/dev/video0", .may_be_missing = true }, &failure);
    g_test_assert_expected_messages();
    g_free(failure.words);
    capture_set_sinks(capture, &viewer.sink, NULL);
    g_assert_cmpint(capture_trouble(capture), ==, CAPTURE_FORBIDDEN);
    g_atomic_int_set(&absent, CAPTURE_BUSY);
    int64_t now_us = 0;
    for (int i = 0; i < 20000 && capture_trouble(capture) != CAPTURE_BUSY; i++) {
        capture_poll(capture, now_us += 33000);
        g_usleep(500);
    }
    g_assert_cmpint(capture_trouble(capture), ==, CAPTURE_BUSY);
    g_test_expect_message("engine", G_LOG_LEVEL_MESSAGE, "*camera is back*");
    g_atomic_int_set(&absent, CAPTURE_WELL);
    now_us = poll_for(capture, &viewer, 3, now_us);
    g_test_assert_expected_messages();
    g_assert_cmpint(capture_trouble(capture), ==, CAPTURE_WELL);
    g_atomic_int_set(&unplugged, 1);
    g_atomic_int_set(&absent, CAPTURE_UNUSABLE);
    capture_poll(capture, now_us + 33000);
    g_assert_cmpint(capture_trouble(capture), ==, CAPTURE_MISSING);
    capture_destroy(capture);
    g_assert_cmpint(opened, ==, closed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture_returning/comes_back", comes_back);
    g_test_add_func("/capture_returning/ends_in_between", ends_in_between);
    g_test_add_func("/capture_returning/not_there", not_there_from_the_start);
    g_test_add_func("/capture_returning/may_be_missing", may_be_missing);
    return g_test_run();
}
