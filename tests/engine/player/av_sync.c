/* Holding pictures for the sound, with made-up numbers. */
#include "engine/player/av_sync.h"

#include <glib.h>

static AVFrame *picture(int64_t pts)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_GRAY8;
    frame->width = frame->height = 16;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    frame->pts = pts;
    return frame;
}

static bool push(struct av_sync *sync, int64_t pts, int64_t lead_us, int64_t now_us)
{
    AVFrame *frame = picture(pts);
    bool shown = av_sync_push(sync, frame, lead_us, now_us, now_us);
    av_frame_free(&frame);
    return shown;
}

static int64_t pop(struct av_sync *sync, int64_t now_us)
{
    AVFrame *frame = av_sync_pop(sync, now_us);
    int64_t pts = frame ? frame->pts : -1;
    av_frame_free(&frame);
    return pts;
}

static void what_is_in_step_is_shown_at_once(void)
{
    struct av_sync sync = { 0 };
    g_assert_true(push(&sync, 1, 0, 1000));
    g_assert_true(push(&sync, 2, AV_SYNC_LEAD_US, 2000));
    g_assert_true(push(&sync, 3, -500000, 3000));
    g_assert_cmpint(av_sync_deadline(&sync), ==, INT64_MAX);
    g_assert_cmpint(pop(&sync, INT64_MAX), ==, -1);
}

static void what_is_ahead_waits_a_little_longer_each_time(void)
{
    struct av_sync sync = { 0 };
    int64_t lead_us = AV_SYNC_LEAD_US + 20000, waits[10];
    for (int i = 0; i < 10; i++) {
        int64_t now_us = i * 33000;
        g_assert_false(push(&sync, i, lead_us, now_us));
        waits[i] = av_sync_deadline(&sync) - now_us;
        g_assert_cmpint(pop(&sync, now_us + waits[i] - 1), ==, -1);
        g_assert_cmpint(pop(&sync, now_us + waits[i]), ==, i);
        if (i)
            g_assert_cmpint(waits[i] - waits[i - 1], <=, AV_SYNC_STEP_US);
    }
    g_assert_cmpint(waits[9], ==, 20000);
    while (!push(&sync, 99, 0, 0)) /* the sound has caught up: back to no wait */
        pop(&sync, INT64_MAX);
    g_assert_cmpint(sync.wait_us, ==, 0);
}

static void the_newest_due_picture_wins_and_few_are_kept(void)
{
    struct av_sync sync = { .wait_us = AV_SYNC_HOLD_US };
    for (int i = 0; i < 3 * AV_SYNC_HELD; i++)
        g_assert_false(push(&sync, i, INT64_MAX / 2, i * 1000));
    g_assert_cmpint(sync.n, ==, AV_SYNC_HELD);
    g_assert_cmpint(pop(&sync, INT64_MAX), ==, 3 * AV_SYNC_HELD - 1);
    g_assert_cmpint(sync.n, ==, 0);
    push(&sync, 7, INT64_MAX / 2, 0);
    av_sync_clear(&sync);
    g_assert_cmpint(pop(&sync, INT64_MAX), ==, -1);
}

/* More pictures than the queue has room for: the motion thins out, it never stops. */
static void a_fast_stream_far_ahead_goes_on(void)
{
    struct av_sync sync = { .wait_us = AV_SYNC_HOLD_US };
    int shown = 0;
    int64_t last_pts = -1;
    for (int i = 0; i < 120; i++) {
        int64_t now_us = i * 16667;
        g_assert_false(push(&sync, i, INT64_MAX / 2, now_us));
        int64_t pts = pop(&sync, now_us);
        if (pts < 0)
            continue;
        g_assert_cmpint(pts, >, last_pts);
        g_assert_cmpint(now_us - pts * 16667, >=, AV_SYNC_HOLD_US - 16667);
        g_assert_cmpint(now_us - pts * 16667, <=, AV_SYNC_HOLD_US + 16667);
        last_pts = pts;
        shown++;
    }
    g_assert_cmpint(shown, >, 60);
    av_sync_clear(&sync);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/av_sync/in-step", what_is_in_step_is_shown_at_once);
    g_test_add_func("/av_sync/ahead", what_is_ahead_waits_a_little_longer_each_time);
    g_test_add_func("/av_sync/bounds", the_newest_due_picture_wins_and_few_are_kept);
    g_test_add_func("/av_sync/fast", a_fast_stream_far_ahead_goes_on);
    return g_test_run();
}
