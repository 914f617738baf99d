/* The stages of pictures: kept by their number, the oldest go. */
#include "engine/statistics/picture_times.h"

static void test_marks(void)
{
    struct picture_times times = { 0 };
    g_assert_cmpint(picture_times_at(&times, 0, PICTURE_DECODED), ==, 0);
    picture_times_mark(&times, 90000, PICTURE_RECEIVED, 1000);
    picture_times_mark(&times, 93000, PICTURE_RECEIVED, 34000);
    picture_times_mark(&times, 90000, PICTURE_DECODED, 5000);
    g_assert_cmpint(picture_times_at(&times, 90000, PICTURE_RECEIVED), ==, 1000);
    g_assert_cmpint(picture_times_at(&times, 90000, PICTURE_DECODED), ==, 5000);
    g_assert_cmpint(picture_times_at(&times, 93000, PICTURE_DECODED), ==, 0);
    g_assert_cmpint(picture_times_at(&times, 96000, PICTURE_RECEIVED), ==, 0);
}

static void test_bounded(void)
{
    struct picture_times times = { 0 };
    for (int i = 0; i < 3 * PICTURE_TIMES; i++) {
        picture_times_mark(&times, i, PICTURE_RECEIVED, 1000 * i + 1);
        if (i % 2)
            picture_times_mark(&times, i, PICTURE_DECODED, 1000 * i + 3001);
    }
    g_assert_cmpint(picture_times_at(&times, 0, PICTURE_RECEIVED), ==, 0);
    g_assert_cmpint(picture_times_at(&times, 2 * PICTURE_TIMES, PICTURE_RECEIVED), ==, 2000 * PICTURE_TIMES + 1);
    g_autoptr(GArray) ms = g_array_new(FALSE, FALSE, sizeof(double));
    picture_times_hops(&times, PICTURE_RECEIVED, PICTURE_DECODED, ms);
    g_assert_cmpuint(ms->len, ==, PICTURE_TIMES / 2);
    for (guint i = 0; i < ms->len; i++)
        g_assert_cmpfloat(g_array_index(ms, double, i), ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/picture-times/marks", test_marks);
    g_test_add_func("/picture-times/bounded", test_bounded);
    return g_test_run();
}
