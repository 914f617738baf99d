#include "net/congestion/remb.h"

#include <math.h>
#include <stdbool.h>

#include <glib.h>

static const double GROWTH = 1.08; /* a second */
static const double LITTLE_LOSS = 0.02, MUCH_LOSS = 0.10;
static const double BACK_OFF = 0.85; /* of what arrives */

void remb_init(struct remb *remb)
{
    *remb = (struct remb){ .bit_rate = REMB_START };
}

int64_t remb_update(struct remb *remb, int64_t now_us, uint64_t packets, uint64_t bytes, uint64_t lost)
{
    double seconds = (double)(now_us - remb->updated_us) / G_USEC_PER_SEC;
    double received = (double)(packets - remb->packets);
    double missing = lost > remb->lost ? (double)(lost - remb->lost) : 0;
    double arriving = (double)(bytes - remb->bytes) * 8 / MAX(seconds, 0.001);
    bool measured = remb->updated_us && seconds > 0 && received > 0;
    remb->updated_us = now_us;
    remb->packets = packets;
    remb->bytes = bytes;
    remb->lost = lost;
    if (!measured)
        return (int64_t)remb->bit_rate; /* silence says nothing about the path */
    double loss = missing / (received + missing);
    if (loss < LITTLE_LOSS)
        remb->bit_rate *= pow(GROWTH, MIN(seconds, 5));
    else if (loss > MUCH_LOSS)
        remb->bit_rate = MIN(remb->bit_rate, BACK_OFF * arriving);
    remb->bit_rate = CLAMP(remb->bit_rate, REMB_MIN, REMB_MAX);
    return (int64_t)remb->bit_rate;
}
