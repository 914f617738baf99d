#include "net/rtp/fec_policy.h"

#include <math.h>

#include <glib.h>

enum {
    SHORT_ROUND_TRIP_US = 40000,
    LONG_ROUND_TRIP_US = 100000,
    VERY_LONG_ROUND_TRIP_US = 200000,
    MOST_FRAMES = 3, /* against bursts: together they come before a retransmission would */
};

static const double LEAST_LOSS = 0.03, MEMORY = 1.0 / 128, BURSTY = 2;

void fec_loss_add(struct fec_loss *loss, bool lost)
{
    loss->loss += (lost - loss->loss) * MEMORY;
    loss->runs += ((lost && !loss->last_lost) - loss->runs) * MEMORY;
    loss->last_lost = lost;
}

double fec_loss_burst(const struct fec_loss *loss)
{
    return loss->runs > 0 ? MAX(loss->loss / loss->runs, 1) : 1;
}

/* How many of all frames may stay unmended. */
static double tolerated(const struct fec_conditions *conditions)
{
    if (conditions->key)
        return 0.01;
    if (conditions->round_trip_us < LONG_ROUND_TRIP_US)
        return 0.1;
    return conditions->round_trip_us < VERY_LONG_ROUND_TRIP_US ? 0.05 : 0.03;
}

/* The probability that more than `k` of `n` packets get lost. */
static double more_than(int k, int n, double loss)
{
    double term = pow(1 - loss, n), sum = term;
    for (int i = 1; i <= k; i++) {
        term *= loss / (1 - loss) * (n - i + 1) / i;
        sum += term;
    }
    return 1 - sum;
}

/* As many as mend what may get lost, `most` where that is not enough. */
static int against_loss(const struct fec_conditions *conditions, int most)
{
    double loss = MIN(conditions->loss, 0.5), rest = tolerated(conditions);
    int k = 0;
    while (k < most && more_than(k, conditions->packets + k, loss) > rest)
        k++;
    return k;
}

static bool is_bursty(const struct fec_conditions *conditions)
{
    return conditions->loss >= LEAST_LOSS && conditions->burst >= BURSTY;
}

/* Whether frames that are no key frames are better off with redundancy than with retransmissions alone. */
static bool is_worthwhile(const struct fec_conditions *conditions)
{
    bool taken_whole = is_bursty(conditions) && conditions->packets < 2 * conditions->burst;
    return conditions->loss >= LEAST_LOSS &&
           conditions->round_trip_us >= (taken_whole ? LONG_ROUND_TRIP_US : SHORT_ROUND_TRIP_US);
}

bool fec_policy_waits(const struct fec_conditions *conditions, int frames)
{
    if (conditions->key)
        return false;
    if (is_bursty(conditions) && conditions->round_trip_us >= LONG_ROUND_TRIP_US)
        return frames < MOST_FRAMES && conditions->packets < 2 * conditions->burst;
    return frames < 2 && conditions->packets < 2;
}

struct fec_protection fec_policy_decide(const struct fec_conditions *conditions)
{
    int n = conditions->packets, most = conditions->key ? n : (n + 1) / 2;
    struct fec_protection protection = { .mask = is_bursty(conditions) ? FEC_MASK_BURST : FEC_MASK_SINGLE };
    if (n <= 0)
        return protection;
    if (conditions->key)
        protection.packets = conditions->first ? (n + 4) / 5 : (n + 9) / 10;
    if (conditions->key ? conditions->loss >= LEAST_LOSS : is_worthwhile(conditions)) {
        protection.packets = MAX(protection.packets, against_loss(conditions, most));
        if (protection.packets && protection.mask == FEC_MASK_BURST)
            protection.packets = MAX(protection.packets, MIN((int)lround(conditions->burst), most));
    }
    return protection;
}
