/* How good a connection is, judged from its counters every two seconds. Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_QUALITY_H
#define CALLAPI_APP_AGENT_QUALITY_H

#include "app/agent/facts.h"
#include "net/peer/peer.h"

/* All zero: not judged yet. */
struct quality {
    int64_t judged_us;
    uint64_t received, lost; /* then */
    int level;               /* as agent_quality's; 0: none yet */
};

/* `silent`: nothing comes. True: there is a new judgement. */
bool quality_judge(struct quality *quality, const struct peer_stats *stats, bool silent, int64_t now_us,
                   struct agent_quality *judgement);

#endif
