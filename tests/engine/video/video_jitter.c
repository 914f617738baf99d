/* Pictures are shown at the pace of their capture, with no more delay than the path asks for. */
#include "engine/video/jitter.h"

#include <glib.h>

enum { MS = 1000, FRAME = 33 * MS, SECOND = 30 };

struct shown {
    int64_t last_us, longest_us, waited_us;
    int n;
};

/* `way_us(i)`: how long picture i is under way. They are ready in order, as the decoder gives them. */
static struct shown play(struct video_jitter *jitter, int from, int to, int64_t (*way_us)(int i))
{
    struct shown shown = { 0 };
    int64_t ready_us = 0;
    for (int i = from; i < to; i++) {
        int64_t media_us = (int64_t)i * FRAME;
        ready_us = MAX(ready_us, 500 * MS + media_us + way_us(i));
        int64_t at_us = video_jitter_add(jitter, media_us, ready_us);
        g_assert_cmpint(at_us, >=, ready_us);
        if (i - from > 4 * SECOND) { /* it has adapted */
            at_us = MAX(at_us, shown.last_us);
            if (shown.n++)
                shown.longest_us = MAX(shown.longest_us, at_us - shown.last_us);
            shown.waited_us = MAX(shown.waited_us, at_us - ready_us);
            shown.last_us = at_us;
        }
    }
    return shown;
}

static int64_t steady(int i)
{
    return 30 * MS + i % 3 * MS;
}

static int64_t every_third_again(int i)
{
    return 30 * MS + (i % 3 ? 0 : 70 * MS);
}

static int64_t rarely(int i)
{
    return 30 * MS + (i % 60 ? 0 : 70 * MS);
}

static int64_t slower_clock(int i)
{
    return 30 * MS + (int64_t)i * 3; /* 100 ppm */
}

static void nothing_waits_without_reason(void)
{
    struct video_jitter jitter;
    video_jitter_init(&jitter);
    g_assert_cmpint(play(&jitter, 0, 300, steady).waited_us, ==, 0);
    video_jitter_init(&jitter);
    g_assert_cmpint(play(&jitter, 0, 300, rarely).waited_us, <=, 0);
    video_jitter_init(&jitter);
    g_assert_cmpint(play(&jitter, 0, 3000, slower_clock).waited_us, ==, 0);
}

static void retransmissions_do_not_show(void)
{
    struct video_jitter jitter;
    video_jitter_init(&jitter);
    struct shown shown = play(&jitter, 0, 300, every_third_again);
    g_assert_cmpint(shown.longest_us, <, FRAME + 5 * MS);
    g_assert_cmpint(shown.waited_us, <=, 75 * MS);
    shown = play(&jitter, 300, 900, steady); /* the path is good again: the delay goes */
    g_assert_cmpint(video_jitter_delay(&jitter), ==, 0);
}

/* The picture stood for two seconds: what comes then is shown at once, and so is the next. */
static int64_t after_a_break(int i)
{
    return i < 200 ? 30 * MS : 30 * MS + (i == 200 ? 2000 * MS : 0);
}

static void a_break_is_no_jitter(void)
{
    struct video_jitter jitter;
    video_jitter_init(&jitter);
    play(&jitter, 0, 262, after_a_break);
    g_assert_cmpint(video_jitter_delay(&jitter), <=, 450 * MS);
    play(&jitter, 262, 1200, steady);
    g_assert_cmpint(video_jitter_delay(&jitter), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/video-jitter/nothing-waits", nothing_waits_without_reason);
    g_test_add_func("/video-jitter/retransmissions", retransmissions_do_not_show);
    g_test_add_func("/video-jitter/break", a_break_is_no_jitter);
    return g_test_run();
}
