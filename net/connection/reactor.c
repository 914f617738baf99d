#include "net/connection/reactor.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "platform/wait.h"

enum { BUCKET_US = 250, FDS_AT_FIRST = 32, FLUSH_TURNS = 4, CLOSE_US = 500000 };

struct reactor {
    GMainContext *context;
    GMainLoop *loop;
    GPollFD *fds;
    int n_fds;       /* room in fds */
    int closing;     /* what ends after its owner */
    int64_t woke_us; /* when the last wait returned, 0 before the first */
    struct reactor_stalls stalls;
};

struct reactor *reactor_create(void)
{
    struct reactor *reactor = g_new0(struct reactor, 1);
    reactor->context = g_main_context_new();
    g_main_context_acquire(reactor->context);
    reactor->loop = g_main_loop_new(reactor->context, FALSE);
    reactor->n_fds = FDS_AT_FIRST;
    reactor->fds = g_new(GPollFD, FDS_AT_FIRST);
    return reactor;
}

GMainContext *reactor_context(struct reactor *reactor)
{
    return reactor->context;
}

GMainLoop *reactor_loop(struct reactor *reactor)
{
    return reactor->loop;
}

static void count_stall(struct reactor_stalls *stalls, int64_t us)
{
    int64_t bucket = MIN(us / BUCKET_US, (int64_t)G_N_ELEMENTS(stalls->buckets) - 1);
    stalls->buckets[bucket]++;
    stalls->count++;
    stalls->max_us = MAX(stalls->max_us, us);
}

/* GLib counts its time-outs in whole milliseconds; the frame's deadline keeps its microseconds. */
static void wait_until(struct reactor *reactor, int n, int timeout_ms, int64_t until_us)
{
    int64_t now = g_get_monotonic_time();
    if (reactor->woke_us)
        count_stall(&reactor->stalls, now - reactor->woke_us);
    int64_t wait_us = MAX(until_us - now, 0);
    if (timeout_ms >= 0)
        wait_us = MIN(wait_us, (int64_t)timeout_ms * 1000);
    wait_for_fds(reactor->fds, (guint)n, wait_us);
    reactor->woke_us = g_get_monotonic_time();
}

/* What the context waits for now, in reactor->fds; how many. */
static int query(struct reactor *reactor, int *priority, int *timeout_ms)
{
    int n;
    g_main_context_prepare(reactor->context, priority);
    while ((n = g_main_context_query(reactor->context, *priority, timeout_ms, reactor->fds, reactor->n_fds)) >
           reactor->n_fds) {
        reactor->fds = g_renew(GPollFD, reactor->fds, n);
        reactor->n_fds = n;
    }
    return n;
}

/* What libraries begin of their own in their sources completes here as well. */
static void dispatch(struct reactor *reactor)
{
    g_main_context_push_thread_default(reactor->context);
    g_main_context_dispatch(reactor->context);
    g_main_context_pop_thread_default(reactor->context);
}

/* Whether there was anything to dispatch. */
static bool turn(struct reactor *reactor, int64_t until_us)
{
    int priority, timeout_ms, n = query(reactor, &priority, &timeout_ms);
    for (int i = 0; i < n; i++)
        reactor->fds[i].revents = 0;
    wait_until(reactor, n, timeout_ms, until_us);
    bool ready = g_main_context_check(reactor->context, priority, reactor->fds, n);
    if (ready)
        dispatch(reactor);
    return ready;
}

static void wait_for_closing(struct reactor *reactor)
{
    int64_t until = g_get_monotonic_time() + CLOSE_US;
    while (reactor->closing && g_get_monotonic_time() < until)
        turn(reactor, until);
}

void reactor_destroy(struct reactor *reactor)
{
    if (!reactor)
        return;
    wait_for_closing(reactor);
    g_main_loop_unref(reactor->loop);
    g_main_context_release(reactor->context);
    g_main_context_unref(reactor->context);
    g_free(reactor->fds);
    g_free(reactor);
}

void reactor_begin_close(struct reactor *reactor)
{
    reactor->closing++;
}

void reactor_end_close(struct reactor *reactor)
{
    assert(reactor->closing > 0);
    reactor->closing--;
}

void reactor_wait(struct reactor *reactor, int64_t until_us)
{
    turn(reactor, until_us);
}

void reactor_flush(struct reactor *reactor)
{
    for (int i = 0; i < FLUSH_TURNS && turn(reactor, 0); i++)
        ;
}

const GPollFD *reactor_descriptors(struct reactor *reactor, int *n)
{
    int priority, timeout_ms;
    *n = query(reactor, &priority, &timeout_ms);
    return reactor->fds;
}

int64_t reactor_due(struct reactor *reactor)
{
    int priority, timeout_ms;
    query(reactor, &priority, &timeout_ms);
    return timeout_ms < 0 ? INT64_MAX : g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
}

const struct reactor_stalls *reactor_stalls(const struct reactor *reactor)
{
    return &reactor->stalls;
}

void reactor_reset_stalls(struct reactor *reactor)
{
    memset(&reactor->stalls, 0, sizeof reactor->stalls);
    reactor->woke_us = 0;
}

double reactor_stall_quantile(const struct reactor_stalls *stalls, double fraction)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(stalls->buckets); i++) {
        seen += stalls->buckets[i];
        if (seen && (double)seen >= fraction * (double)stalls->count)
            return i + 1 == G_N_ELEMENTS(stalls->buckets) ? (double)stalls->max_us / 1000
                                                          : (double)(i + 1) * BUCKET_US / 1000;
    }
    return 0;
}
