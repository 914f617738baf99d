/* Keeps picture and sound in step: a picture that is ahead of the sound by more than the eye forgives is held back
 * until the sound has come near. Sound is never held: its queue is the clock. */
#ifndef CALLAPI_ENGINE_PLAYER_AV_SYNC_H
#define CALLAPI_ENGINE_PLAYER_AV_SYNC_H

#include "engine/media/media.h"

enum {
    AV_SYNC_LEAD_US = 35000,  /* how far a picture may be ahead of the sound; the bound of the product is 40 ms */
    AV_SYNC_HOLD_US = 200000, /* no picture is held longer */
    AV_SYNC_STEP_US = 6000, /* from one picture to the next the wait changes by so much at the most: no visible stop */
    AV_SYNC_HELD = 20,      /* nor more of them than this: a new one then takes the newest's place */
};

struct av_sync {
    struct {
        AVFrame *frame; /* owned */
        int64_t due_us;
    } held[AV_SYNC_HELD]; /* in order; the first n */
    int n;
    int64_t wait_us; /* of the last picture */
};

/* Forgets what is held (another source follows, or the end). */
void av_sync_clear(struct av_sync *sync);
/* A picture that is to be shown at `ready_us` (now or later) as far as the path is concerned, and is `lead_us` ahead of
 * the sound that is heard now (negative: behind it). True where it is to be shown at once and nothing is held before
 * it; else it is kept. */
bool av_sync_push(struct av_sync *sync, const AVFrame *frame, int64_t lead_us, int64_t ready_us, int64_t now_us);
/* The newest picture that is due at `now_us`; older ones are passed over. Owned by the caller; NULL: none. */
AVFrame *av_sync_pop(struct av_sync *sync, int64_t now_us);
int64_t av_sync_deadline(const struct av_sync *sync); /* INT64_MAX: nothing held */

#endif
