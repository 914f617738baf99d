/* Which size and frame rate a bit rate is good for: a small picture that is sharp looks better than a large one of
 * blocks. Pure. */
#ifndef CALLAPI_ENGINE_ADAPTATION_LADDER_H
#define CALLAPI_ENGINE_ADAPTATION_LADDER_H

#include <stdbool.h>
#include <stdint.h>

struct video_ladder {
    int width, height; /* the camera's, in pixels */
    double fps;
    int largest, step;     /* 0: all of it */
    int limit;             /* the largest that the machine manages (capacity.h) */
    int64_t wish_since_us; /* since when another step would suit the bit rate, INT64_MAX: it does not */
};

struct video_rung {
    int width, height; /* even */
    int divisor;       /* every so manyth picture is encoded */
};

void video_ladder_init(struct video_ladder *ladder, int width, int height, double fps);
/* Half of the width and height at most, as far as that is a picture still, and at once what suits
 * the bit rate: for a second encoding beside a first one. */
void video_ladder_init_small(struct video_ladder *ladder, int width, int height, double fps, int64_t bit_rate);
/* What the encoder may use now, bit/s. A smaller step is taken after half a second, a larger one after three, so that a
 * short dip changes nothing. True where the step changed. */
bool video_ladder_update(struct video_ladder *ladder, int64_t bit_rate, int64_t now_us);
/* From now on no larger step is taken than this one, whatever the bit rate is. True where the step changed: a smaller
 * one is taken at once, a larger one when the bit rate has suited it for three seconds. */
bool video_ladder_limit(struct video_ladder *ladder, int step);
/* It is the machine that keeps it from a larger step, not the bit rate. */
bool video_ladder_is_limited(const struct video_ladder *ladder);
struct video_rung video_ladder_rung(const struct video_ladder *ladder);
struct video_rung video_ladder_rung_of(const struct video_ladder *ladder, int step);
int video_ladder_last(const struct video_ladder *ladder); /* the smallest step that there is for this camera */

#endif
