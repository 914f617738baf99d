/* How long a lost hub is waited for: longer each time, and spread where the hub asks for it. */
#include "net/connection/backoff.h"

#include <glib.h>

static void expect(struct backoff *backoff, double chance, int64_t wait_ms)
{
    g_assert_cmpint(backoff_next_us(backoff, chance), ==, wait_ms * 1000);
}

static void it_grows(void)
{
    struct backoff least = { 0 }, most = { 0 };
    const int64_t waits_ms[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };
    for (size_t i = 0; i < G_N_ELEMENTS(waits_ms); i++) {
        expect(&least, 0, waits_ms[i] / 2);
        expect(&most, 1, waits_ms[i]);
    }
    backoff_succeeded(&most);
    expect(&most, 1, 250);
    for (int i = 0; i < 100; i++) /* for days */
        g_assert_cmpint(backoff_next_us(&most, 1), <=, 8000 * 1000);
}

static void it_is_spread_once(void)
{
    struct backoff backoff = { 0 };
    backoff_spread(&backoff, 10000);
    expect(&backoff, 1, 10250);
    expect(&backoff, 1, 500);
    backoff_succeeded(&backoff);
    backoff_spread(&backoff, 10000);
    expect(&backoff, 0, 125);
    backoff_spread(&backoff, 10000);
    expect(&backoff, 0.5, 375 + 5000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backoff/grows", it_grows);
    g_test_add_func("/backoff/spread", it_is_spread_once);
    return g_test_run();
}
