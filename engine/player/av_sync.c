#include "engine/player/av_sync.h"

#include <glib.h>
#include <string.h>

static void drop_first(struct av_sync *sync)
{
    memmove(sync->held, sync->held + 1, (size_t)--sync->n * sizeof sync->held[0]);
}

void av_sync_clear(struct av_sync *sync)
{
    for (int i = 0; i < sync->n; i++)
        av_frame_free(&sync->held[i].frame);
    sync->n = 0;
    sync->wait_us = 0;
}

static int64_t next_wait(const struct av_sync *sync, int64_t lead_us)
{
    int64_t wanted_us = CLAMP(lead_us - AV_SYNC_LEAD_US, 0, AV_SYNC_HOLD_US);
    return CLAMP(wanted_us, sync->wait_us - AV_SYNC_STEP_US, sync->wait_us + AV_SYNC_STEP_US);
}

bool av_sync_push(struct av_sync *sync, const AVFrame *frame, int64_t lead_us, int64_t ready_us, int64_t now_us)
{
    sync->wait_us = next_wait(sync, lead_us - (ready_us - now_us));
    if (sync->wait_us == 0 && sync->n == 0 && ready_us <= now_us)
        return true;
    if (sync->n == AV_SYNC_HELD) /* not the oldest: at 60 pictures a second none would ever become due */
        av_frame_free(&sync->held[--sync->n].frame);
    int64_t before_us = sync->n ? sync->held[sync->n - 1].due_us : 0;
    sync->held[sync->n].frame = av_frame_clone(frame);
    sync->held[sync->n].due_us = MAX(ready_us + sync->wait_us, before_us); /* pictures keep their order */
    if (sync->held[sync->n].frame)
        sync->n++;
    return false;
}

AVFrame *av_sync_pop(struct av_sync *sync, int64_t now_us)
{
    AVFrame *newest = NULL;
    while (sync->n && sync->held[0].due_us <= now_us) {
        av_frame_free(&newest);
        newest = sync->held[0].frame;
        drop_first(sync);
    }
    return newest;
}

int64_t av_sync_deadline(const struct av_sync *sync)
{
    return sync->n ? sync->held[0].due_us : INT64_MAX;
}
