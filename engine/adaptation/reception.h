/* What the far side should send at most, where it is its pictures that keep this machine's loop busy. Pure.
 *
 * As capacity.h has it for what is sent, with the steps of what comes: the largest pictures that came are the whole of
 * it. It waits longer than that one, so that our own pictures get smaller first where that is enough. What is found
 * holds for whoever sends next. Where the far side does not heed it, nothing is lost. */
#ifndef CALLAPI_ENGINE_ADAPTATION_RECEPTION_H
#define CALLAPI_ENGINE_ADAPTATION_RECEPTION_H

#include "engine/adaptation/capacity.h"

struct reception {
    struct capacity capacity;
    struct video_ladder ladder; /* of what comes, by the largest that did; all zero: nothing did */
};

void reception_init(struct reception *reception);
/* As capacity_spend. */
void reception_spend(struct reception *reception, enum capacity_work work, int64_t took_us);
/* At each turn of the loop. Pictures of this size come, in pixels; 0: none yet. True where the wish changed. */
bool reception_update(struct reception *reception, int width, int height, int64_t now_us);
/* The wish: bit/s of its pictures at most, with which a sender chooses their size so (ladder.h); 0: what it likes. */
int64_t reception_bit_rate(const struct reception *reception);

#endif
