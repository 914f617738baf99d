/* The receiver's estimate of what the sender may use, fed back as REMB (draft-alvestrand-rmcat-remb): from loss alone.
 * It grows while almost nothing is lost, holds, and falls below what arrives when much is lost. */
#ifndef CALLAPI_NET_CONGESTION_REMB_H
#define CALLAPI_NET_CONGESTION_REMB_H

#include <stdint.h>

enum { REMB_START = 2500000, REMB_MAX = 8000000, REMB_MIN = 300000 }; /* bit/s */

struct remb {
    double bit_rate;
    int64_t updated_us;            /* 0: not yet */
    uint64_t packets, bytes, lost; /* the totals at that time */
};

void remb_init(struct remb *remb);
/* About once a second, with the totals received so far (`lost` may shrink when late packets come). Returns bit/s. */
int64_t remb_update(struct remb *remb, int64_t now_us, uint64_t packets, uint64_t bytes, uint64_t lost);

#endif
