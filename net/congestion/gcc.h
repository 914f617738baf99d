/* How much one connection may send: Google Congestion Control at the sender (draft-ietf-rmcat-gcc-02) over
 * transport-wide feedback (net/congestion/twcc.h). The least of a delay-based and a loss-based estimate, and probes:
 * short bursts that find out whether more would pass. Added to the draft: while queues are long less than the estimate
 * is sent until they are drained; one that stays full grows no longer, which the detector cannot see, and is overuse as
 * well; and loss that does not follow the rate, with no queue, is taken for the path's own and slows nothing down.
 * Pure: times are passed in. */
#ifndef CALLAPI_NET_CONGESTION_GCC_H
#define CALLAPI_NET_CONGESTION_GCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/congestion/gcc_delay.h"
#include "net/congestion/twcc.h"

enum {
    GCC_LEAST = 60000, /* bit/s: the sound still passes */
    GCC_START = 1000000,
    GCC_ARRIVALS = 64, /* slots of the received rate's window */
};

/* What arrived, in slots of some milliseconds. */
struct gcc_acknowledged {
    struct {
        int64_t slot;
        uint32_t bytes;
    } slots[GCC_ARRIVALS];
    int64_t first_us, last_us; /* on the receiver's clock; 0: nothing yet */
};

/* A burst that is sent faster than the estimate (libwebrtc's probe cluster). */
struct gcc_probe {
    bool running; /* being sent, or its feedback not complete */
    bool sent;    /* all of it */
    int64_t bit_rate;
    int64_t first, last;            /* the packets' numbers */
    int64_t started_us, step_at_us; /* step: when more of it is due */
    size_t bytes;                   /* sent so far, media included */
    /* what arrived of it */
    int arrived;
    size_t arrived_bytes, first_size, last_size;
    int64_t first_sent_us, last_sent_us, first_arrived_us, last_arrived_us;
};

enum { GCC_MOST = 2500000 }; /* bit/s, where nobody says how much is wanted */

struct gcc {
    int64_t max;      /* more is never wanted */
    int64_t estimate; /* bit/s, without the drain's share */
    bool measured;    /* the path was heard from */
    bool limited;     /* less than max passes, as far as is known */
    struct gcc_delay delay;
    struct gcc_acknowledged acknowledged;
    int64_t updated_us;
    int64_t arrived_sent_us;    /* when the newest packet that arrived was sent, 0: none */
    int64_t decreased_us;       /* by delay */
    int64_t full_since_us;      /* queues are full, or nearly; 0: they are not */
    double link, link_variance; /* of the rate at which queues began to grow, kbit/s; 0: unknown */
    /* loss */
    struct {
        int64_t since_us;
        unsigned sent, lost;
    } window;
    double loss;     /* of the last windows, smoothed, 0 to 1 */
    double own_loss; /* what the path loses at any rate */
    struct {
        int64_t bit_rate;
        double loss;
    } before; /* a decrease by loss, 0: none */
    /* probes */
    struct gcc_probe probe;
    int64_t probe_at_us; /* of the next; INT64_MAX: none is due */
    int64_t probe_interval_us;
    int64_t probe_rate; /* of the next */
};

void gcc_init(struct gcc *gcc, int64_t now_us);
/* The most that would ever be sent, bit/s. */
void gcc_set_max(struct gcc *gcc, int64_t max, int64_t now_us);
/* What a feedback message said, in order of sequence. `round_trip_us`: of the connection. */
void gcc_feedback(struct gcc *gcc, const struct twcc_result *results, size_t n, int64_t round_trip_us, int64_t now_us);
/* What may be sent now, everything included, bit/s. */
int64_t gcc_target(const struct gcc *gcc);
/* Less than wanted passes: packets have to be spread. */
bool gcc_limited(const struct gcc *gcc);
/* Queues on the way are so long that nothing should go out faster than the target, nor for the sake of what they lost.
 */
bool gcc_drains(const struct gcc *gcc);

/* When to call gcc_probe_due, INT64_MAX: never as things stand. */
int64_t gcc_deadline(const struct gcc *gcc);
/* How many bytes of padding are to be sent at once; 0: none. Begins a probe where it is time for one. `next`: the
 * number that the next packet will have. */
size_t gcc_probe_due(struct gcc *gcc, int64_t next, int64_t now_us);
/* A packet was sent, padding or not. */
void gcc_sent(struct gcc *gcc, int64_t sequence, size_t size);

#endif
