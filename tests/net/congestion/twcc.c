/* Feedback about every packet of a connection: what the one side writes, the other reads. */
#include "net/congestion/twcc.h"

#include <string.h>

/* Loss in per mille; the order of arrival is shuffled by up to `jitter_us`. */
static void agree(uint16_t first, int loss, int jitter_us, int interval_us)
{
    g_autofree struct twcc_sent *sent = g_new(struct twcc_sent, 1);
    g_autofree struct twcc_arrivals *arrivals = g_new(struct twcc_arrivals, 1);
    twcc_sent_init(sent, first);
    twcc_arrivals_init(arrivals);
    enum { N = 300 };
    int64_t at[N];
    for (int i = 0; i < N; i++) {
        g_assert_cmpuint(twcc_sent_add(sent, 100 + i, i * interval_us), ==, (uint16_t)(first + i));
        bool lost = i && i < N - 1 && g_test_rand_int_range(0, 1000) < loss;
        at[i] = lost ? -1 : 5000000 + (int64_t)i * interval_us + g_test_rand_int_range(0, jitter_us + 1);
        if (at[i] >= 0)
            twcc_arrivals_add(arrivals, (uint16_t)(first + i), at[i]);
    }
    uint8_t message[TWCC_FEEDBACK_SIZE];
    g_autoptr(GArray) results = g_array_new(FALSE, FALSE, sizeof(struct twcc_result));
    while (twcc_arrivals_pending(arrivals)) {
        size_t size = twcc_arrivals_write(arrivals, message);
        g_assert_cmpuint(size, >, 0);
        g_assert_cmpuint(size % 4, ==, 0);
        g_assert_true(twcc_sent_feedback(sent, message, size, results));
    }
    g_assert_cmpuint(results->len, ==, N);
    int64_t offset = 0;
    for (int i = 0; i < N; i++) {
        const struct twcc_result *result = &g_array_index(results, struct twcc_result, i);
        g_assert_true(result->arrived == (at[i] >= 0));
        g_assert_cmpuint(result->size, ==, 100 + i);
        g_assert_cmpint(result->sent_us, ==, i * interval_us);
        if (!result->arrived)
            continue;
        g_assert_cmpint(result->arrived_us, ==, at[i] / 250 * 250 + offset);
    }
}

static void all(void)
{
    agree(0, 0, 0, 1000);
    agree(65400, 0, 0, 100); /* wraps */
    agree(65400, 300, 0, 1000);
    agree(1, 100, 70000, 1000);   /* negative deltas */
    agree(1, 900, 0, 70000);      /* large ones */
    agree(1, 500, 1000, 4000000); /* some do not fit: more messages */
}

static void hostile(void)
{
    g_autofree struct twcc_sent *sent = g_new(struct twcc_sent, 1);
    twcc_sent_init(sent, 0);
    for (int i = 0; i < 6000; i++)
        twcc_sent_add(sent, 1000, i);
    g_autoptr(GArray) results = g_array_new(FALSE, FALSE, sizeof(struct twcc_result));
    for (int i = 0; i < 100000; i++) {
        size_t size = (size_t)g_test_rand_int_range(0, 60);
        g_autofree uint8_t *data = g_malloc(size + 1);
        for (size_t b = 0; b < size; b++)
            data[b] = (uint8_t)g_test_rand_int();
        if (size > 3 && i & 1)
            data[2] = 0;
        twcc_sent_feedback(sent, data, size, results);
        g_assert_cmpuint(results->len, <=, 2 * TWCC_HISTORY);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/twcc/agree", all);
    g_test_add_func("/twcc/hostile", hostile);
    return g_test_run();
}
