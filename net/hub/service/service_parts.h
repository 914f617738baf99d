/* What the files of the hub's service share: service.c (sessions, requests), access.c (who may do what, and for how
 * long), directory.c (who watches what there is), control.c (what the application's server asks for). Private. */
#ifndef CALLAPI_NET_HUB_SERVICE_SERVICE_PARTS_H
#define CALLAPI_NET_HUB_SERVICE_SERVICE_PARTS_H

#include <stdint.h>

#include "net/hub/service/allowances.h"
#include "net/hub/service/calls.h"
#include "net/hub/service/departures.h"
#include "net/hub/service/passes.h"
#include "net/hub/service/rooms.h"
#include "net/hub/service/service.h"
#include "net/hub/service/users.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/hub_token.h"
#include "platform/deadline.h"

struct hub_service {
    const struct hub_service_ops *ops;
    struct hub_users *users; /* of struct hub_session */
    struct hub_rooms *rooms;
    struct hub_calls *calls;
    struct hub_passes *passes;
    struct deadline *crowds; /* when they are told how many they are */
    bool crowd_waits;
    struct hub_departures *departures;
    struct hub_allowances *allowances;
    GHashTable *watchers;            /* set of struct hub_session that watch the directory */
    const struct hub_keys *keys;     /* borrowed; NULL: whoever comes may log in under any name */
    GSequence *leases;               /* struct hub_session with tokens that end, the earliest first; NULL: no keys */
    struct deadline *lease_end;      /* of the first of them */
    const struct hub_relays *relays; /* borrowed; NULL: none */
    struct deadline *renew_relays;   /* when all are told of them again */
    struct hub_counters counters;
    struct hub_limits limits;
    uint64_t arrivals; /* logins there were */
};

struct hub_session {
    struct hub_service *service;
    void *connection; /* the carrier's */
    char *address;    /* "alice/3f2a91", NULL before the login */
    char *user;
    char *own_name;        /* what it calls itself, or NULL */
    uint64_t arrival;      /* its place among the logins */
    char *resume;          /* the secret that gets this device's address again */
    struct hub_pass *pass; /* that it came by, borrowed; NULL: it is here in its own right */
    bool dropped;
    bool silent;           /* nothing is heard from it */
    bool directory_begins; /* everything there is to be told after the acknowledgement */
    bool renamed;          /* likewise */
    struct hub_bucket requests, faults;
    struct hub_grant *grant; /* what its token allows; NULL: no token is wanted */
    GSequenceIter *lease;    /* its place in the service's leases, or NULL */
    int64_t lease_due_us;    /* when it is to be warned, and then dropped; microseconds since 1970 */
    bool lease_warned;
};

/* False where it is not carried. */
bool hub_session_send(struct hub_session *session, const cJSON *json);
void hub_session_drop(struct hub_session *session, const char *reason);

/* ---- access.c ---- */

/* The user that a login is for (g_free it), its grant stored in the session; or NULL and the refusal. */
char *hub_access_check(struct hub_session *session, double id, const cJSON *request, int64_t now_us, cJSON **refusal);
cJSON *hub_access_renew(struct hub_session *session, double id, const cJSON *request, int64_t now_us);
void hub_access_forget(struct hub_session *session);
void hub_access_end(struct hub_service *service);
/* May it have this role in the room? */
struct hub_outcome hub_access_role(const struct hub_session *session, const char *room, enum hub_role role);
/* May it send this body there? Only an invite into a room's call is looked at. */
struct hub_outcome hub_access_call(const struct hub_session *session, const char *to, const cJSON *body);

/* ---- control.c ---- */

/* Tells both of a match (PROTOCOL.md): from now on they may have the call that has this id. False where one is gone. */
bool hub_control_bring_together(struct hub_session *caller, struct hub_session *callee, const char *match,
                                const char *room);

/* ---- directory.c ---- */

/* What the device is called: by its token, else by itself; of a user, by the device that came last of those that have a
 * name. NULL: nothing. Borrowed. */
const char *hub_directory_name(const struct hub_service *service, const char *address);
/* [{"user","online":true,"name"}...] */
cJSON *hub_directory_users(const struct hub_service *service);
/* A hub_rooms_namer. */
const char *hub_directory_name_host(void *service, const char *address);
cJSON *hub_directory_watch(struct hub_session *session, double id, const cJSON *request, int64_t now_us);
/* Tells a session that begins to watch everything that there is. */
void hub_directory_begin(struct hub_session *session);
void hub_directory_tell(struct hub_service *service, const cJSON *notice);
/* The session has logged in; has logged out (its address is still known, its device already gone). */
void hub_directory_came(struct hub_session *session);
void hub_directory_forget(struct hub_session *session);
/* Tells that a session has another name now, if it has. */
void hub_directory_renamed(struct hub_session *session);

#endif
