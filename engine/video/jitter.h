/* When to show a picture so that all of them come at the pace of their capture: as late as nearly all of the last ones
 * needed, for jitter and for retransmissions, and not a moment later: on a path without either nothing waits. Pure. */
#ifndef CALLAPI_ENGINE_VIDEO_JITTER_H
#define CALLAPI_ENGINE_VIDEO_JITTER_H

#include <stdint.h>

enum { VIDEO_JITTER_MEMORY = 128 }; /* pictures: some four seconds */

struct video_jitter {
    int64_t least_us[2]; /* the fastest picture's arrival less its media time, of this period and the last; INT64_MAX:
                            none */
    int64_t period_at_us;
    int64_t late_us[VIDEO_JITTER_MEMORY]; /* a ring: how much later than the fastest each one came */
    unsigned n;                           /* seen so far */
    int64_t delay_us;                     /* as used for the last picture */
};

void video_jitter_init(struct video_jitter *jitter);
/* A picture with this media time (of any origin) is ready at `now_us`: when it is to be shown, `now_us` at the
 * earliest. */
int64_t video_jitter_add(struct video_jitter *jitter, int64_t media_us, int64_t now_us);
int64_t video_jitter_delay(const struct video_jitter *jitter);

#endif
