/* One track on its way to whoever plays it: what waits in its backlog is delivered, and who begins to play begins with
 * the last key frame, of which all that follows is made good in a burst. */
#ifndef CALLAPI_ENGINE_STREAM_REPLAY_H
#define CALLAPI_ENGINE_STREAM_REPLAY_H

#include <stdint.h>

#include "engine/media/media.h"
#include "engine/stream/backlog.h"

struct replay {
    struct backlog backlog;
    struct packet_sink *sink; /* NULL: nobody plays, and what is delivered is only kept */
    bool opened;              /* the sink was told what comes */
    guint makes_good;         /* so many pictures are decoded for the newest one's sake */
    int64_t shown_us;         /* when one of them was shown */
};

enum { REPLAY_SLICE_US = 10000 }; /* of decoding at a time: the loop has other things to do */

/* Pictures are kept from the last key frame on, of sound nothing. */
void replay_init(struct replay *replay, bool pictures);
void replay_clear(struct replay *replay);
/* False: nothing is kept that one could begin with. */
bool replay_begin(struct replay *replay, struct packet_sink *sink, int64_t now_us);
void replay_end(struct replay *replay);
/* The next one that waits; there is one. */
void replay_deliver(struct replay *replay, int64_t now_us);

#endif
