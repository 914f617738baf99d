/* The bookkeeping of one synchronisation source: which packets came, what was lost, how much their spacing varied
 * (RFC 3550, A.1, A.3, A.8). */
#ifndef CALLAPI_NET_RTP_RECEPTION_H
#define CALLAPI_NET_RTP_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "net/rtp/receiver.h"
#include "net/rtp/rtp.h"

enum {
    RTP_WINDOW = 1024,   /* sequence numbers back from the newest that are still told apart */
    RTP_MAX_JUMP = 1000, /* a larger one is a restart (RFC 3550, A.1: MAX_DROPOUT), once it is confirmed */
};

struct rtp_reception {
    uint32_t clock_rate;
    int64_t base, highest; /* extended sequence numbers; base: of the first packet, 0 to 65535 */
    int skipped;           /* how many before the last packet have not come yet, where it was the newest; else 0 */
    uint64_t received;     /* duplicates included, as A.3 wants it */
    uint64_t expected_prior, received_prior; /* at the last report */
    int resume;                              /* the sequence number that would confirm a jump, -1: none is suspected */
    uint64_t jitter;                         /* times 16 */
    uint32_t transit;
    uint64_t seen[RTP_WINDOW / 64]; /* [sequence % RTP_WINDOW], of the window before and with highest */
};

enum rtp_arrival {
    RTP_NEW,
    RTP_DUPLICATE,
    RTP_SUSPECT, /* far from all others: dropped unless the next one follows it */
    RTP_JUMPED,  /* it did follow: the caller starts anew */
};

/* The first packet of the source, or the first one after RTP_JUMPED. */
void rtp_reception_start(struct rtp_reception *reception, uint32_t clock_rate, const struct rtp_packet *packet,
                         int64_t now_us);
/* `sequence`: the packet's extended sequence number, for RTP_NEW and RTP_DUPLICATE. */
enum rtp_arrival rtp_reception_add(struct rtp_reception *reception, const struct rtp_packet *packet, int64_t now_us,
                                   int64_t *sequence);
/* Whether this one came already. */
bool rtp_reception_has(const struct rtp_reception *reception, uint16_t sequence);
/* The packet that is added next counts as lost: it never came, others tell what was in it. */
void rtp_reception_expect_lost(struct rtp_reception *reception);
/* Packets that were expected and did not come; negative with duplicates. */
int64_t rtp_reception_lost(const struct rtp_reception *reception);
/* Fills in all but last_sr and delay_since_last_sr, and begins a new interval. */
void rtp_reception_report(struct rtp_reception *reception, struct rtp_report *report);

#endif
