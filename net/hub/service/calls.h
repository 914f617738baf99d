/* The calls that pass by the hub, seen from their messages (engine/call/call.h): who calls whom, since when, and how it
 * ends. Pure. The media go past the hub, so a call whose two sides both vanish is remembered until newer calls need its
 * place, and one whose hang-up did not pass here until a device of it begins or takes another one: then it has ended.
 */
#ifndef CALLAPI_NET_HUB_SERVICE_CALLS_H
#define CALLAPI_NET_HUB_SERVICE_CALLS_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct hub_calls;
struct hub_quality;

enum hub_call_event { HUB_CALL_STARTED, HUB_CALL_ENDED, HUB_CALL_MISSED };

struct hub_call {
    char *id;                        /* as the caller named it */
    char *match;                     /* as the HTTP API named it, or NULL */
    char *from, *to;                 /* addresses; the callee's is a user's until a device accepts */
    char *from_name, *to_name;       /* what they are called, the callee once it has accepted; or NULL */
    cJSON *rung;                     /* array of addresses: the devices that the invite reached */
    int64_t invited_us, accepted_us; /* microseconds since 1970; accepted: 0: it rings */
    bool caller_gone, callee_gone;   /* from the hub: their media may go on */
    GList link;                      /* its place among all, the oldest first */
};

/* Started: accepted. Missed: it rang and came to nothing. It must not change the calls. */
typedef void (*hub_call_seen)(void *user_data, enum hub_call_event event, const struct hub_call *call, int64_t now_us);

struct hub_call_totals {
    uint64_t started, ended, missed; /* since the hub began; ended of those that were started */
    uint64_t seconds;                /* that the ended ones went on, together */
};

struct hub_calls *hub_calls_create(void);
void hub_calls_destroy(struct hub_calls *calls); /* takes NULL */
/* NULL: nobody listens. */
void hub_calls_listen(struct hub_calls *calls, hub_call_seen seen, void *user_data);

/* `body` goes from the device `from` to the address `to`, and reached some devices (array of addresses); anything but a
 * call message, and what an end tells of a call that is over, is ignored. The "name" of an invite or accept is what its
 * sender is called. */
void hub_calls_pass(struct hub_calls *calls, const char *from, const char *to, const cJSON *body, const cJSON *reached,
                    int64_t now_us);
/* Every device at the other side of a call of this one; it must not change the calls. */
void hub_calls_each_partner(const struct hub_calls *calls, const char *address,
                            void (*visit)(void *user_data, const char *partner, const char *address), void *user_data);
/* Whether one more of `user` has a place, which a call that both sides have left gives up. One that rings or goes on
 * never does. */
bool hub_calls_have_room(struct hub_calls *calls, const char *user, int64_t now_us);
/* The device is gone: it does not ring there any more, and does not ring from there. */
void hub_calls_forget(struct hub_calls *calls, const char *address, int64_t now_us);
/* By either of its names; NULL: there is none. */
const struct hub_call *hub_calls_find(const struct hub_calls *calls, const char *id);
/* That goes on (accepted) with this device; NULL: none. */
const struct hub_call *hub_calls_of_device(const struct hub_calls *calls, const char *address);
/* Whether one rings or goes on for a user. */
bool hub_calls_has(const struct hub_calls *calls, const char *user);
unsigned hub_calls_count(const struct hub_calls *calls);
struct hub_call_totals hub_calls_totals(const struct hub_calls *calls);
/* What their ends told of them; borrowed. */
const struct hub_quality *hub_calls_quality(const struct hub_calls *calls);
/* Those that ring or go on, the oldest first, at most HUB_LIST_MAX: what net/hub/openapi.yaml calls Call. */
cJSON *hub_calls_list(const struct hub_calls *calls);

#endif
