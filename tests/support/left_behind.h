/* What a process keeps when its connections have ended, beside memory: descriptors, threads, and a loop that does not
 * rest. Every test that ends a connection checks it. */
#ifndef CALLAPI_TESTS_LEFT_BEHIND_H
#define CALLAPI_TESTS_LEFT_BEHIND_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "net/connection/reactor.h"

enum {
    LEAVING_S = 20, /* only a test that fails waits so long */
    REST_US = 200000,
    RESTLESS_TURNS = 40, /* in that time: a loop that spins makes thousands, one that rests a few for timers */
};

struct belongings {
    int descriptors, threads;
};

/* GLib keeps threads of its own in reserve. */
static inline bool is_reserve(const char *thread)
{
    g_autofree char *path = g_build_filename("/proc/self/task", thread, "comm", NULL), *name = NULL;
    return !g_file_get_contents(path, &name, NULL, NULL) || g_str_has_prefix(name, "pool-") ||
           g_str_equal(g_strchomp(name), "gmain");
}

static inline int count_entries(const char *path, bool (*is_left_out)(const char *name))
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    int n = 0;
    for (const char *name; folder && (name = g_dir_read_name(folder));)
        n += !is_left_out || !is_left_out(name);
    return n;
}

/* What GLib (its default context, its worker, who watches files, who knows of proxies) and libuv (its signals' pipe)
 * keep for the whole process once they were used. */
static inline void use_singletons(void)
{
    uv_loop_t loop;
    g_autoptr(GFile) folder = g_file_new_for_path("/");
    g_autoptr(GFileMonitor) monitor G_GNUC_UNUSED = g_file_monitor_file(folder, G_FILE_MONITOR_NONE, NULL, NULL);
    g_main_context_default();
    g_type_ensure(G_TYPE_TASK);
    g_proxy_resolver_get_default();
    if (!uv_loop_init(&loop))
        uv_loop_close(&loop);
}

/* None of both where the system has no /proc. */
static inline struct belongings belongings_now(void)
{
    use_singletons();
    return (struct belongings){ .descriptors = count_entries("/proc/self/fd", NULL),
                                .threads = count_entries("/proc/self/task", is_reserve) };
}

static inline void print_descriptors(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL), *target = g_file_read_link(path, NULL);
        g_test_message("descriptor %s: %s", name, target);
    }
}

static inline bool are_more(const struct belongings *now, const struct belongings *before)
{
    return now->descriptors > before->descriptors || now->threads > before->threads;
}

/* Where threads still run at once, a call that ended before them is answered a little later. */
static inline void assert_given_back(struct reactor *reactor, const struct belongings *before)
{
    struct belongings now = belongings_now();
    for (int64_t limit = g_get_monotonic_time() + LEAVING_S * G_USEC_PER_SEC;
         are_more(&now, before) && g_get_monotonic_time() < limit;) {
        reactor_wait(reactor, g_get_monotonic_time() + 10000);
        now = belongings_now();
    }
    if (are_more(&now, before))
        print_descriptors();
    g_assert_cmpint(now.descriptors, <=, before->descriptors);
    g_assert_cmpint(now.threads, <=, before->threads);
}

static inline void assert_rests(struct reactor *reactor)
{
    int turns = 0;
    for (int64_t end = g_get_monotonic_time() + REST_US; g_get_monotonic_time() < end; turns++)
        reactor_wait(reactor, end);
    g_assert_cmpint(turns, <, RESTLESS_TURNS);
}

/* `before`: as it was with the reactor alone, which is alone again. */
static inline void assert_nothing_left_behind(struct reactor *reactor, const struct belongings *before)
{
    assert_given_back(reactor, before);
    assert_rests(reactor);
}

/* And nobody needs it any more. */
static inline void end_reactor(struct reactor *reactor, const struct belongings *before)
{
    assert_nothing_left_behind(reactor, before);
    reactor_destroy(reactor);
}

#endif
