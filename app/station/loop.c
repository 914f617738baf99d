#include "app/station/loop.h"

#include <glib.h>

#include "platform/interrupt.h"

enum { SIGNALS_US = 200000 }; /* a stop is seen this late at the most, also where a signal does not end the wait */

static bool is_over(const struct loop *loop, int64_t now_us)
{
    const struct client *client = station_client(loop->stations[0]);
    return interrupt_seen() || now_us >= loop->end_us ||
           (loop->script && !loop->goes_on && script_is_over(loop->script)) ||
           (client && client_wants_to_quit(client)) || (loop->ends && loop->ends(loop->user_data));
}

static int64_t next_due(const struct loop *loop, int64_t now_us)
{
    int64_t due = MIN(loop->end_us, now_us + SIGNALS_US);
    for (size_t i = 0; i < G_N_ELEMENTS(loop->stations) && loop->stations[i]; i++)
        due = MIN(due, station_deadline(loop->stations[i]));
    if (loop->service)
        due = MIN(due, service_deadline(loop->service));
    return loop->script ? MIN(due, script_deadline(loop->script)) : due;
}

void loop_run(const struct loop *loop)
{
    for (int64_t now_us = g_get_monotonic_time(); !is_over(loop, now_us);) {
        reactor_wait(loop->reactor, next_due(loop, now_us));
        now_us = g_get_monotonic_time();
        for (size_t i = 0; i < G_N_ELEMENTS(loop->stations) && loop->stations[i]; i++)
            station_tick(loop->stations[i], now_us);
        reactor_flush(loop->reactor); /* what that had to say goes out before a picture is drawn */
        for (size_t i = 0; i < G_N_ELEMENTS(loop->stations) && loop->stations[i]; i++)
            station_draw(loop->stations[i], now_us);
        if (loop->service)
            service_alive(loop->service, now_us);
        if (loop->script)
            script_tick(loop->script, now_us);
    }
}
