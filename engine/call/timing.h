/* The timing map of one call: when its milestones were passed, at both ends, from one clock base. Pure: no clock of its
 * own. The base ties the local monotonic clock to the signalling's wall clock, which both ends share; so one end's map,
 * sent to the other as JSON, can be laid beside the other's. */
#ifndef CALLAPI_ENGINE_CALL_TIMING_H
#define CALLAPI_ENGINE_CALL_TIMING_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/call/call.h"

/* In the order in which a call usually passes them. */
enum call_milestone {
    CALL_MILESTONE_STARTED,     /* the invite was sent (caller), or came (callee) */
    CALL_MILESTONE_DELIVERED,   /* remote received call: the callee's device has the invite (caller) */
    CALL_MILESTONE_ACCEPTED,    /* the callee pressed accept */
    CALL_MILESTONE_ACCEPT_SEEN, /* the caller has the accept message */
    CALL_MILESTONE_ICE_CONNECTED,
    CALL_MILESTONE_DTLS_DONE,
    CALL_MILESTONE_FIRST_FRAME_CAPTURED, /* the first local picture that was for the other side */
    CALL_MILESTONE_FIRST_PACKET_SENT,
    CALL_MILESTONE_FIRST_FRAME_SENT,
    CALL_MILESTONE_FIRST_AUDIO_SENT,
    CALL_MILESTONE_FIRST_PACKET_RECEIVED,
    CALL_MILESTONE_FIRST_FRAME_RECEIVED, /* complete, from here on: the remote's */
    CALL_MILESTONE_FIRST_FRAME_DECODED,
    CALL_MILESTONE_FIRST_FRAME_PRESENTED,
    CALL_MILESTONE_CONNECTED,
    CALL_MILESTONE_FIRST_AUDIO_HEARD,
    CALL_MILESTONE_ENDED,
    CALL_MILESTONES,
};
/* "first_frame_sent": the name in JSON. */
const char *call_milestone_name(enum call_milestone milestone);

struct call_timing {
    char call_id[CALL_ID_SIZE]; /* "": no call yet */
    enum call_role role;
    int64_t base_us, base_ms;       /* one instant: on the monotonic clock, on the signalling's wall clock */
    int64_t at_us[CALL_MILESTONES]; /* monotonic; 0: not passed (yet) */
};

/* A new call: nothing passed, but that it has started, now. */
void call_timing_start(struct call_timing *timing, const char *call_id, enum call_role role, int64_t now_us,
                       int64_t now_ms);
/* The first time counts. `at_us` 0 (not known) changes nothing; a time before the base is right for what was there
 * before the call. */
void call_timing_pass(struct call_timing *timing, enum call_milestone milestone, int64_t at_us);
int64_t call_timing_us(const struct call_timing *timing, enum call_milestone milestone);
/* Milliseconds since the call started here. False: not passed. */
bool call_timing_since_start(const struct call_timing *timing, enum call_milestone milestone, double *ms);

/* {"call":"<uuid>","role":"caller","base_ms":<ms since 1970>,"milestones":{"call_started":0,"accepted":812.4,...}}; the
 * times in milliseconds from base_ms. New object, owned by the caller. */
cJSON *call_timing_to_json(const struct call_timing *timing);
/* Another end's map, on our monotonic clock: `own` gives the base to lay it on. False, with a reason in `error` (static
 * text), where anything is of the wrong type, of another call or not of the other role; milestones with unknown names
 * are ignored. */
bool call_timing_from_json(const cJSON *json, const struct call_timing *own, struct call_timing *remote,
                           const char **error);
/* Both ends in one object, {"call":...,"base_ms":...,"caller":{milestones},"callee":{milestones}}, all times from one
 * instant: the caller's start, or ours where the other end is not known (`remote` NULL). */
cJSON *call_timing_merge(const struct call_timing *own, const struct call_timing *remote);

#endif
