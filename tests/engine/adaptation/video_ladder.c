/* Size and frame rate follow the bit rate, and do not swing with it. */
#include "engine/adaptation/ladder.h"

#include <glib.h>

enum { S = 1000000 };

static void assert_rung(const struct video_ladder *ladder, int width, int height, int divisor)
{
    struct video_rung rung = video_ladder_rung(ladder);
    g_assert_cmpint(rung.width, ==, width);
    g_assert_cmpint(rung.height, ==, height);
    g_assert_cmpint(rung.divisor, ==, divisor);
}

static void follows(void)
{
    struct video_ladder ladder;
    video_ladder_init(&ladder, 1280, 720, 30);
    g_assert_false(video_ladder_update(&ladder, 2000000, 0));
    assert_rung(&ladder, 1280, 720, 1);
    g_assert_false(video_ladder_update(&ladder, 250000, 1 * S)); /* a dip changes nothing */
    g_assert_false(video_ladder_update(&ladder, 2000000, 1 * S + S / 4));
    g_assert_false(video_ladder_update(&ladder, 250000, 2 * S));
    g_assert_true(video_ladder_update(&ladder, 250000, 3 * S));
    assert_rung(&ladder, 640, 360, 1);
    g_assert_false(video_ladder_update(&ladder, 450000, 7 * S)); /* enough to stay, not to grow */
    g_assert_false(video_ladder_update(&ladder, 450000, 17 * S));
    g_assert_false(video_ladder_update(&ladder, 2000000, 18 * S));
    g_assert_true(video_ladder_update(&ladder, 2000000, 21 * S));
    assert_rung(&ladder, 1280, 720, 1);
    g_assert_false(video_ladder_update(&ladder, 20000, 22 * S));
    g_assert_true(video_ladder_update(&ladder, 20000, 23 * S));
    assert_rung(&ladder, 320, 180, 2);
}

static void small_pictures_stay(void)
{
    struct video_ladder ladder;
    video_ladder_init(&ladder, 160, 120, 30);
    g_assert_false(video_ladder_update(&ladder, 1000, 0));
    g_assert_false(video_ladder_update(&ladder, 1000, 10 * S));
    assert_rung(&ladder, 160, 120, 1);
}

static void a_small_one_beside_a_large_one(void)
{
    struct video_ladder ladder;
    video_ladder_init_small(&ladder, 1280, 720, 30, 600000);
    assert_rung(&ladder, 640, 360, 1);
    g_assert_false(video_ladder_update(&ladder, 2000000, 0));
    g_assert_false(video_ladder_update(&ladder, 2000000, 10 * S)); /* no larger one */
    g_assert_false(video_ladder_update(&ladder, 50000, 11 * S));
    g_assert_true(video_ladder_update(&ladder, 50000, 12 * S));
    assert_rung(&ladder, 320, 180, 1);
    video_ladder_init_small(&ladder, 1280, 720, 30, 50000);
    assert_rung(&ladder, 320, 180, 1); /* it begins so */
    video_ladder_init_small(&ladder, 320, 180, 30, 50000);
    assert_rung(&ladder, 240, 134, 1);
    video_ladder_init_small(&ladder, 160, 120, 30, 50000);
    assert_rung(&ladder, 160, 120, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/video-ladder/follows", follows);
    g_test_add_func("/video-ladder/small", small_pictures_stay);
    g_test_add_func("/video-ladder/beside", a_small_one_beside_a_large_one);
    return g_test_run();
}
