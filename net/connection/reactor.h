/* The one wait of the program. Everything that can wake it (libnice, libwebsockets, timers) lives in one GLib main
 * context; the program's loop calls reactor_wait() and then does the rest of its tick. */
#ifndef CALLAPI_NET_CONNECTION_REACTOR_H
#define CALLAPI_NET_CONNECTION_REACTOR_H

#include <glib.h>
#include <stdint.h>

struct reactor;

/* How long the loop was away from its wait, one entry for each tick: a packet that arrived meanwhile waited as long. */
struct reactor_stalls {
    uint64_t count;
    uint32_t buckets[1024]; /* [i]: stalls of i to i+1 quarters of a millisecond; the last one: longer */
    int64_t max_us;
};

/* Owns a private GMainContext, acquired by the calling thread: create, wait and destroy on one thread. Asynchronous
 * functions of GIO complete in it only where it is the thread's default: it is while it dispatches; from elsewhere push
 * it around the call (g_main_context_push_thread_default). */
struct reactor *reactor_create(void);
/* Dispatches until what is closing has ended, for half a second at most. Takes NULL. */
void reactor_destroy(struct reactor *reactor);

/* Something that takes a while to end begins to, after its owner is gone (a relay is given back); and has ended. */
void reactor_begin_close(struct reactor *reactor);
void reactor_end_close(struct reactor *reactor);

/* Borrowed, valid as long as the reactor. The loop is never run: libwebsockets wants one to find the context. */
GMainContext *reactor_context(struct reactor *reactor);
GMainLoop *reactor_loop(struct reactor *reactor);

/* Waits until something is ready, but not past `until_us` (g_get_monotonic_time), and dispatches what is ready. */
void reactor_wait(struct reactor *reactor, int64_t until_us);

/* Dispatches what is ready now without waiting, a few turns at most: a message that is to be sent takes two. */
void reactor_flush(struct reactor *reactor);

/* For a loop of somebody else's, who calls reactor_wait(reactor, 0) when one of the descriptors is ready or the time
 * has come. The descriptors are valid until the next call. INT64_MAX: nothing is due. */
const GPollFD *reactor_descriptors(struct reactor *reactor, int *n);
int64_t reactor_due(struct reactor *reactor);

const struct reactor_stalls *reactor_stalls(const struct reactor *reactor);
/* Forgets what was counted, so that a program's start-up does not stand in its statistics. */
void reactor_reset_stalls(struct reactor *reactor);
/* The stall in milliseconds that `fraction` (0 to 1) of all ticks stay within, from the buckets' upper edges. */
double reactor_stall_quantile(const struct reactor_stalls *stalls, double fraction);

#endif
