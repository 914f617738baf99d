#include "net/connection/backoff.h"

#include <glib.h>

enum { FIRST_MS = 250, LAST_MS = 8000 };

int64_t backoff_next_us(struct backoff *backoff, double chance)
{
    int64_t wait_ms = MIN(FIRST_MS << MIN(backoff->failures, 5), LAST_MS), spread_ms = backoff->spread_ms;
    backoff->failures++;
    backoff->spread_ms = 0;
    return (int64_t)(((double)wait_ms * (0.5 + chance / 2) + (double)spread_ms * chance) * 1000);
}

void backoff_succeeded(struct backoff *backoff)
{
    backoff->failures = 0;
}

void backoff_spread(struct backoff *backoff, int64_t within_ms)
{
    backoff->spread_ms = within_ms;
}
