/* A call's leg: the connection to its other side, of its own or the live room's, and whether our media go over it.
 * While it rings at several devices of the callee there is one to each, and none is the call's yet (leg_devices.c).
 * Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_LEG_H
#define CALLAPI_APP_AGENT_LEG_H

#include "app/agent/rooms.h"
#include "app/outgoing/outgoing.h"
#include "app/session/sessions.h"
#include "engine/call/call.h"

struct leg;

struct leg_config {
    const struct call *call; /* these are borrowed */
    struct sessions *sessions;
    const struct rooms *rooms;
    struct outgoing *outgoing;
    void (*shown)(void *user_data); /* it had been released without a connection, and has one now */
    void *user_data;
};

struct leg *leg_create(const struct leg_config *config);
void leg_destroy(struct leg *leg); /* takes NULL */

struct session *leg_session(const struct leg *leg); /* the call's connection; NULL: none, or none yet */
const char *leg_session_id(const struct leg *leg);  /* of the current or last call; or NULL */
bool leg_is_released(const struct leg *leg);        /* both accepted: the call has our media */
bool leg_sends(const struct leg *leg);              /* that, or the policy gives it our media while it rings */
/* The call's own, or while it rings one of those to the callee's devices. */
bool leg_has(const struct leg *leg, const struct session *session);
/* `from`: the device at its other end, or another one of its user that stands for it. `id` may be NULL. */
struct session *leg_find(const struct leg *leg, const char *id, const char *from);
/* A call message to the address `to`, over the connections there are to it: the way through the hub may be longer, and
 * who is told that another device took the call is left by its connection at once. */
void leg_send_beside(const struct leg *leg, const char *to, const cJSON *message);
/* A picture of the call. `source`: the player's. */
bool leg_shows(const struct leg *leg, struct source *source, int64_t pts);

/* Caller: the call is about to be made on it; NULL: it was not. */
void leg_begin(struct leg *leg, struct session *session);
/* As call_ops' media. False: the callee was named no connection that can be used; `media`: as the invite says. */
bool leg_connect(struct leg *leg, enum call_role role, const char *remote, const cJSON *media);
/* An invite that came before may have come again since our answer did not arrive. `media`: as it says. */
void leg_answer_again(struct leg *leg, const char *remote, const cJSON *media);
void leg_presend(struct leg *leg);
/* False: the connection is lost already. `media`: as the accept says. */
bool leg_release(struct leg *leg, enum call_role role, const cJSON *media);
/* Returns the connection that was the call's, or NULL. */
struct session *leg_end(struct leg *leg);
/* `session` is about to be dropped. */
void leg_forget(struct leg *leg, const struct session *session);

/* The other side closed the connection: it counts as lost soon, but its hang-up may still be on the longer way through
 * the hub. */
void leg_note_closed(struct leg *leg);
/* It is gone from the signalling: perhaps only that broke, and the call goes on while media come. */
void leg_note_gone(struct leg *leg);
/* Asked once a tick: true once, then it counts as lost; it is gone, and silent. */
bool leg_is_lost(struct leg *leg, int64_t now_us);
bool leg_is_gone(struct leg *leg, int64_t now_us);
int64_t leg_deadline(const struct leg *leg);

/* ---- leg_devices.c ---- */

/* The invite was delivered to so many. */
void leg_note_devices(struct leg *leg, const char *call_id, unsigned devices);
/* An invite says that it rings at several devices: its offer is not to be answered. */
void leg_note_invite(struct leg *leg, const cJSON *invite);
/* `device` asks for an offer, or answers the invite's, which was withdrawn or is another's: it is offered a connection
 * of its own. False: it is no such answer. `session`: what leg_find found for it. */
bool leg_takes_answer(struct leg *leg, const char *device, bool asks, struct session *session, const char *session_id);

#endif
