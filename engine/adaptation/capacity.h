/* How much of the loop's time pictures take on this machine, and which of the ladder's steps it therefore manages.
 * Pure.
 *
 * Encoding, decoding and drawing in software share one thread with everything else. Their times, the processor's for
 * that thread, are summed over half a second each, and smoothed. What other programs take away for a moment does not
 * count, nor does a wait for the screen. Above three quarters of all time the loop is about to be late: after a second
 * of that the largest step is taken that leaves two fifths free, reckoned from the pixels of each. Of the three only
 * encoding depends on what is sent (decoding on what is received: reception.h), so that no step is taken where that is
 * not what takes the time. A larger step is tried after ten seconds in which it would have left half of the time free;
 * where that proves too much within half a minute, it is tried again after twice the time, so that a machine between
 * two steps does not swing.
 *
 * Encoding is reckoned for as many pictures as the camera has: a loop that is late leaves some out, which is no
 * relief. A step here is the most that may be sent: what the bit rate allows (ladder.h) may be less. */
#ifndef CALLAPI_ENGINE_ADAPTATION_CAPACITY_H
#define CALLAPI_ENGINE_ADAPTATION_CAPACITY_H

#include "engine/adaptation/ladder.h"

enum capacity_work { CAPACITY_ENCODING, CAPACITY_DECODING, CAPACITY_DRAWING, CAPACITY_WORKS };

struct capacity {
    enum capacity_work scaled;        /* the work that depends on the step */
    int step;                         /* of the ladder, the largest that is managed; 0: all of it */
    double load[CAPACITY_WORKS];      /* shares of the time, smoothed; of about the last second */
    int64_t spent_us[CAPACITY_WORKS]; /* since `since_us` */
    int pictures;                     /* of the camera, likewise: how often capacity_update was called */
    int64_t since_us;                 /* INT64_MAX: nothing was measured yet */
    bool known;                       /* `load` holds something */
    int measured_step;                /* the ladder's, that `load` is of */
    int wish;                         /* 1: a smaller step would be better, -1: a larger one may do; 0: neither */
    int64_t wish_since_us;
    int64_t raised_us;   /* when a larger step was taken last; INT64_MIN: never */
    int64_t patience_us; /* before the next one */
};

/* `scaled`: CAPACITY_ENCODING for what is sent, CAPACITY_DECODING for what comes. */
void capacity_init(struct capacity *capacity, enum capacity_work scaled);
/* What one picture takes, as measured before there is a call: of the ladder's full size, in microseconds; 0: it is not
 * done in the loop, or not known. Chooses the step to begin with. */
void capacity_begin(struct capacity *capacity, const struct video_ladder *ladder, const double cost_us[CAPACITY_WORKS]);
/* So long the loop's thread has just had the processor for that. */
void capacity_spend(struct capacity *capacity, enum capacity_work work, int64_t took_us);
/* At each picture of the camera (or turn of the loop), as long as there are some: after a pause it begins anew.
 * `ladder` says what is sent now. True where `step` changed. */
bool capacity_update(struct capacity *capacity, const struct video_ladder *ladder, int64_t now_us);
/* All three, as a share of the time. */
double capacity_total(const struct capacity *capacity);

#endif
