/* Passes: somebody goes on with a call on another device. A device that is in a call asks for a pass, a secret; who
 * logs in with it is another device of the same user, for this one call: he says that he continues it, the first
 * device is told to hang up, and as soon as the call is over the hub brings the two together (a match, control.h).
 * Passes are not signed and not kept: a hub that starts anew knows none. */
#ifndef CALLAPI_NET_HUB_SERVICE_PASSES_H
#define CALLAPI_NET_HUB_SERVICE_PASSES_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct hub_pass;
struct hub_passes;
struct hub_service;
struct hub_session;

struct hub_passes *hub_passes_create(void);
void hub_passes_destroy(struct hub_passes *passes); /* takes NULL */

/* The operations "pass" and "continue" (net/protocol/PROTOCOL.md). */
cJSON *hub_passes_ask(struct hub_session *session, double id, const cJSON *request, int64_t now_us);
cJSON *hub_passes_continue(struct hub_session *session, double id, const cJSON *request, int64_t now_us);

/* The user that a login with "pass" is for (g_free it), what it allows stored in the session; or NULL and the refusal.
 */
char *hub_passes_check(struct hub_session *session, double id, const cJSON *request, int64_t now_us, cJSON **refusal);
/* The login is done: from now on only this device comes back by it. */
void hub_passes_used(struct hub_session *session);
/* Whether this session, which may have come by a pass, may send the body: of invites only that of its call. */
bool hub_passes_may_send(const struct hub_session *session, const cJSON *body);
/* A request was handled: brings together those who waited for a call's end, and ends the sessions whose call is over.
 */
void hub_passes_follow(struct hub_service *service, int64_t now_us);

#endif
