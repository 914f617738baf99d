#include "each_fault.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "left_behind.h"

/* In the sanitized build. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static atomic_int told;
static char now[128]; /* which call fails just now */

void fault_told(void)
{
    told++;
}

static GLogWriterOutput hear(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer nothing)
{
    (void)nothing;
    if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_MESSAGE)
        told++;
    if (level & G_LOG_FLAG_FATAL || g_test_verbose())
        return g_log_writer_standard_streams(level, fields, n, NULL);
    return G_LOG_WRITER_HANDLED;
}

static void say_which(void)
{
    ssize_t nothing G_GNUC_UNUSED = write(STDERR_FILENO, now, strlen(now));
}

static void on_abort(int signal)
{
    (void)signal;
    say_which();
}

static void prepare(void)
{
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_log_set_writer_func(hear, NULL, NULL);
    g_log_set_default_handler(g_log_default_handler, NULL); /* not g_test's, which would print all */
    struct sigaction action = { .sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGABRT, &action, NULL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(say_which);
}

static bool run(const struct fault_scenario *scenario)
{
    bool good = scenario->run(scenario->user_data);
    fail_end();
    return good;
}

static int descriptors(void)
{
    return count_entries("/proc/self/fd", NULL);
}

/* False: it has fewer calls. */
static bool meet(const struct fault_scenario *scenario, enum fail_group group, enum fail_way way, int n, int *refused)
{
    int before = descriptors();
    g_snprintf(now, sizeof now, "# the call that failed: %s %s %d\n", fail_group_name(group), fail_way_name(way), n);
    told = 0;
    fail_at(group, way, n);
    bool good = run(scenario);
    const char *name = fail_happened();
    if (name)
        g_snprintf(now, sizeof now, "# the call that failed: %s %s %d, %s\n", fail_group_name(group),
                   fail_way_name(way), n, name);
    if (g_test_verbose())
        g_test_message("%s%s", now, good ? "passed" : "refused");
    g_assert_true(good || name);
    g_assert_true(good || told);
    *refused += !good;
    g_assert_true(run(scenario));
    g_assert_cmpint(descriptors(), <=, before);
    return name != NULL;
}

static void look_for_leaks(void)
{
    g_snprintf(now, sizeof now, "# memory was left behind\n");
    if (__lsan_do_recoverable_leak_check)
        g_assert_cmpint(__lsan_do_recoverable_leak_check(), ==, 0);
}

/* What one run costs, and how many calls it makes. */
static int count_calls(const struct fault_scenario *scenario, enum fail_group group, enum fail_way way, double *seconds)
{
    g_snprintf(now, sizeof now, "# no call failed\n");
    clock_t begin = clock();
    fail_at(group, way, 0);
    g_assert_true(scenario->run(scenario->user_data));
    int count = fail_end();
    *seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    return count;
}

static int step_for(int count, double each, double seconds)
{
    return MAX(1, (int)((double)count * 2 * each / seconds + 0.999));
}

void fault_each(const struct fault_scenario *scenario, const struct fault_kind *kind, double seconds)
{
    enum fail_group group = kind->group;
    enum fail_way way = kind->way;
    const char *only = g_getenv("FAULT"), *longer = g_getenv("FAULT_SECONDS");
    double each;
    seconds = longer ? g_ascii_strtod(longer, NULL) : seconds;
    g_assert_true(run(scenario)); /* what is made once in a process */
    int count = count_calls(scenario, group, way, &each), tried = 0, refused = 0;
    int step = step_for(count, each, seconds), first = step > 1 ? g_test_rand_int_range(1, step + 1) : 1;
    if (only) {
        first = atoi(only);
        step = G_MAXINT / 2;
    }
    for (int n = first; meet(scenario, group, way, n, &refused) && n < INT_MAX - step; n += step)
        tried++;
    g_test_message("%s, %s: %d calls; %d of them failed, from %d on each %d.; %d times it did not come to its end",
                   fail_group_name(group), fail_way_name(way), count, tried, first, only ? 0 : step, refused);
    g_assert_cmpint(tried, >, 0);
    look_for_leaks();
}

int fault_main(int argc, char **argv, const struct fault_kind *kinds, size_t n, GTestDataFunc test)
{
    g_test_init(&argc, &argv, NULL);
    prepare();
    for (size_t i = 0; i < n; i++)
        g_test_add_data_func(kinds[i].name, &kinds[i], test);
    return g_test_run();
}
