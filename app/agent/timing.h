/* When the current or last call passed its milestones, at both ends, and the events that tell of its media. Private to
 * app/agent. */
#ifndef CALLAPI_APP_AGENT_TIMING_H
#define CALLAPI_APP_AGENT_TIMING_H

#include "app/outgoing/outgoing.h"
#include "app/session/session.h"
#include "engine/call/call.h"
#include "engine/call/timing.h"
#include "engine/player/player.h"
#include "engine/statistics/statistics.h"

struct timing;

/* All are borrowed and outlive it. */
struct timing *timing_create(struct call *call, struct signal_client *signal, struct outgoing *outgoing,
                             struct player *player);
void timing_destroy(struct timing *timing); /* takes NULL */

const struct call_timing *timing_here(const struct timing *timing);
const struct call_timing *timing_there(const struct timing *timing); /* on our clock; NULL: not (yet) known */

void timing_notice(struct timing *timing, const struct call_notice *notice);
/* Something happened to the call's media. */
void timing_tell(struct timing *timing, enum call_event event);
/* The call's accept was pressed at the other side at `sent_at_ms`. */
void timing_remote_accept(struct timing *timing, const struct call_message *accept);
/* The call's connection (NULL: there is none yet) is being made, or was there; it is about to be left. */
void timing_connect(struct timing *timing, const char *call_id, const struct session *session);
void timing_leave(struct timing *timing, const char *call_id, struct session *session);
/* The other end's map of the last call. */
void timing_receive(struct timing *timing, const char *from, const cJSON *body);
/* One more second of the call's connection. */
void timing_add_second(struct timing *timing, const struct statistics_second *second);
/* A picture of the call was presented. */
void timing_presented(struct timing *timing, int64_t pts, int64_t now_us);
/* Once a tick; `sends`: our media go to the call. */
void timing_poll(struct timing *timing, struct session *session, bool sends, int64_t now_us);

#endif
