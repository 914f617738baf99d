/* What an application's server does with a hub, without HTTP: look at users and rooms, bring two users together, end
 * calls. */
#ifndef CALLAPI_NET_HUB_SERVICE_CONTROL_H
#define CALLAPI_NET_HUB_SERVICE_CONTROL_H

#include "net/hub/service/calls.h"
#include "net/hub/service/rooms.h"
#include "net/hub/service/service.h"

/* {"rooms":[ROOM...]}; {"calls":[...]}; {"user","online","devices","name"}: new objects. */
cJSON *hub_control_rooms(const struct hub_service *service);
cJSON *hub_control_calls(const struct hub_service *service);
cJSON *hub_control_user(const struct hub_service *service, const char *user);

/* Rings `a` and `b` into one call: in a room the audience of the two calls the broadcaster; without (NULL) a calls b.
 * With HUB_OK `*match` is the call's id here (g_free it). */
struct hub_outcome hub_control_match(struct hub_service *service, const char *a, const char *b, const char *room,
                                     char **match);
/* Ends the calls of a user, or one call by its id; the other is NULL. */
struct hub_outcome hub_control_hang_up(struct hub_service *service, const char *user, const char *call);

struct hub_statistics {
    unsigned users, rooms, calls, watchers;
    struct hub_counters counters;
    struct hub_call_totals totals;
};
struct hub_statistics hub_control_statistics(const struct hub_service *service);
/* How good the calls were; borrowed. */
const struct hub_quality *hub_control_quality(const struct hub_service *service);
/* What everybody may do here; borrowed. */
const struct hub_limits *hub_control_limits(const struct hub_service *service);
/* Hears of every call. */
void hub_control_listen(struct hub_service *service, hub_call_seen seen, void *user_data);

#endif
