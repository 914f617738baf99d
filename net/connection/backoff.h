/* How long to wait before a lost hub, or a broker, is tried again. Pure; chance is passed in. */
#ifndef CALLAPI_NET_CONNECTION_BACKOFF_H
#define CALLAPI_NET_CONNECTION_BACKOFF_H

#include <stdint.h>

/* All zero at first. */
struct backoff {
    int failures;      /* in a row: the exponent */
    int64_t spread_ms; /* 0: the hub did not ask for any */
};

/* The wait before the next attempt, in microseconds: 250 ms, doubled with each failure in a row up to 8 s, of that half
 * to whole, so that a hub that is back is not met by everyone at once. Once after backoff_spread it is more by up to so
 * much. `chance`: 0 to 1. */
int64_t backoff_next_us(struct backoff *backoff, double chance);
/* The hub is there. */
void backoff_succeeded(struct backoff *backoff);
/* The hub goes, and asks all to come back at some time within so long. */
void backoff_spread(struct backoff *backoff, int64_t within_ms);

#endif
