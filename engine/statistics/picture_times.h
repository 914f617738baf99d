/* When each of the last pictures passed each stage of its way, from the camera to the screen: at the sender captured,
 * encoded and sent; at the receiver captured (by the sender's clock, RTCP), received, decoded, shown, uploaded and
 * presented. */
#ifndef CALLAPI_ENGINE_STATISTICS_PICTURE_TIMES_H
#define CALLAPI_ENGINE_STATISTICS_PICTURE_TIMES_H

#include <glib.h>
#include <stdint.h>

enum picture_stage {
    PICTURE_CAPTURED,
    PICTURE_ENCODED,
    PICTURE_SENT,     /* given to the pacer, which sends at once what the path takes */
    PICTURE_RECEIVED, /* whole, and given to the decoder */
    PICTURE_DECODED,
    PICTURE_SHOWN, /* given to the screen: the jitter buffer and the sound have let it go */
    PICTURE_UPLOADED,
    PICTURE_PRESENTED,
    PICTURE_STAGES,
};

enum { PICTURE_TIMES = 128 };

struct picture_times { /* a value; zeroed: empty */
    struct {
        int64_t key, at_us[PICTURE_STAGES]; /* g_get_monotonic_time; 0: not passed */
    } pictures[PICTURE_TIMES];              /* a ring */
    guint n;                                /* that were ever begun */
};

/* The picture that goes by this number passed the stage. One that is not known begins here, in place of the oldest. */
void picture_times_mark(struct picture_times *times, int64_t key, enum picture_stage stage, int64_t at_us);
/* 0: not known. */
int64_t picture_times_at(const struct picture_times *times, int64_t key, enum picture_stage stage);
/* Milliseconds (double) from one stage to another, of each picture that passed both, appended. */
void picture_times_hops(const struct picture_times *times, enum picture_stage from, enum picture_stage to, GArray *ms);

#endif
