/* The receiver's bit-rate estimate. */
#include "net/congestion/remb.h"

#include <glib.h>

struct totals {
    int64_t now_us;
    uint64_t packets, bytes, lost;
};

static int64_t second(struct remb *remb, struct totals *totals, uint64_t packets, uint64_t lost)
{
    totals->now_us += G_USEC_PER_SEC;
    totals->packets += packets;
    totals->bytes += packets * 1000;
    totals->lost += lost;
    return remb_update(remb, totals->now_us, totals->packets, totals->bytes, totals->lost);
}

static void grows_to_its_limit_without_loss(void)
{
    struct remb remb;
    struct totals totals = { 0 };
    remb_init(&remb);
    g_assert_cmpint(second(&remb, &totals, 100, 0), ==, REMB_START);
    g_assert_cmpint(second(&remb, &totals, 100, 1), ==, REMB_START * 1.08);
    int64_t bit_rate = 0;
    for (int i = 0; i < 60; i++)
        bit_rate = second(&remb, &totals, 100, 0);
    g_assert_cmpint(bit_rate, ==, REMB_MAX);
}

static void holds_at_some_loss(void)
{
    struct remb remb;
    struct totals totals = { 0 };
    remb_init(&remb);
    second(&remb, &totals, 100, 0);
    g_assert_cmpint(second(&remb, &totals, 95, 5), ==, REMB_START);
}

static void falls_below_what_arrives(void)
{
    struct remb remb;
    struct totals totals = { 0 };
    remb_init(&remb);
    second(&remb, &totals, 100, 0);
    g_assert_cmpint(second(&remb, &totals, 80, 20), ==, 544000); /* 80 packets of 1000 bytes, times 0.85 */
    g_assert_cmpint(second(&remb, &totals, 10, 90), ==, REMB_MIN);
}

static void silence_and_recovered_packets_change_nothing(void)
{
    struct remb remb;
    struct totals totals = { 0 };
    remb_init(&remb);
    second(&remb, &totals, 100, 10);
    g_assert_cmpint(second(&remb, &totals, 0, 0), ==, REMB_START);
    g_assert_cmpint(second(&remb, &totals, 100, (uint64_t)-10), ==, REMB_START * 1.08);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/remb/grows", grows_to_its_limit_without_loss);
    g_test_add_func("/remb/holds", holds_at_some_loss);
    g_test_add_func("/remb/falls", falls_below_what_arrives);
    g_test_add_func("/remb/silence", silence_and_recovered_packets_change_nothing);
    return g_test_run();
}
