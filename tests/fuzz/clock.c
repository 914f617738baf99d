#include "clock.h"

#include <glib.h>
#include <sys/time.h>

#include "platform/deadline.h"
#include "platform/unix_time.h"

enum { START_US = 1000000, MOST_FIRED = 100000 };

struct deadline {
    int64_t at_us; /* INT64_MAX: not set */
    int priority;
    void (*fired)(void *user_data);
    void *user_data;
};

/* What asks for the time has nothing to hand a clock over with. */
static int64_t now_us;
static GPtrArray *deadlines; /* struct deadline */

int64_t fuzz_clock_now(void)
{
    return now_us;
}

gint64 g_get_monotonic_time(void)
{
    return now_us;
}

gint64 g_get_real_time(void)
{
    return now_us;
}

int64_t unix_time_us(int64_t monotonic_us)
{
    return monotonic_us;
}

int64_t unix_time_now_us(void)
{
    return now_us;
}

/* OpenSSL's, which looks it up in this program before the C library. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    *now = (struct timeval){ now_us / G_USEC_PER_SEC, now_us % G_USEC_PER_SEC };
    return 0;
}

struct deadline *deadline_create(GMainContext *context, void (*fired)(void *user_data), void *user_data)
{
    (void)context;
    struct deadline *deadline = g_new0(struct deadline, 1);
    *deadline = (struct deadline){ .at_us = INT64_MAX, .fired = fired, .user_data = user_data };
    g_ptr_array_add(deadlines, deadline);
    return deadline;
}

void deadline_destroy(struct deadline *deadline)
{
    if (deadline)
        g_ptr_array_remove(deadlines, deadline);
    g_free(deadline);
}

void deadline_set(struct deadline *deadline, int64_t at_us)
{
    deadline->at_us = at_us;
}

void deadline_set_priority(struct deadline *deadline, int priority)
{
    deadline->priority = priority;
}

static struct deadline *first_due(void)
{
    struct deadline *first = NULL;
    for (guint i = 0; i < deadlines->len; i++) {
        struct deadline *each = deadlines->pdata[i];
        if (!first || each->at_us < first->at_us || (each->at_us == first->at_us && each->priority < first->priority))
            first = each;
    }
    return first;
}

void fuzz_clock_start(void)
{
    if (!deadlines)
        deadlines = g_ptr_array_new();
    g_assert_cmpuint(deadlines->len, ==, 0);
    now_us = START_US;
}

void fuzz_clock_pass(int64_t us)
{
    int64_t until_us = now_us + us;
    struct deadline *due;
    for (int fired = 0; (due = first_due()) && due->at_us <= until_us; fired++) {
        g_assert_cmpint(fired, <, MOST_FIRED); /* who is always due holds the loop */
        now_us = MAX(now_us, due->at_us);
        due->at_us = INT64_MAX;
        due->fired(due->user_data);
    }
    now_us = until_us;
}
