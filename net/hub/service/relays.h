/* The ICE servers that the hub names to who logs in, so that a page finds its way out of any network: as the W3C's
 * RTCIceServer. For a TURN server that shares a secret with the hub (coturn: use-auth-secret) each user gets a
 * credential of her own for a day (draft-uberti-behave-turn-rest), and another one in time. */
#ifndef CALLAPI_NET_HUB_SERVICE_RELAYS_H
#define CALLAPI_NET_HUB_SERVICE_RELAYS_H

#include <cjson/cJSON.h>
#include <stdint.h>

struct hub_relays;

/* All is copied. `urls`: stun:, turn:, turns:; NULL or empty: there are none, and NULL is returned. `secret` goes
 * before `user` and `credential`; each may be NULL. `valid_s`: of a credential made by it; 0: a day. */
struct hub_relays *hub_relays_create(char *const *urls, const char *user, const char *credential, const char *secret,
                                     int valid_s);
void hub_relays_destroy(struct hub_relays *relays); /* takes NULL */
/* After so many seconds who is logged in needs a new credential; 0: never. Takes NULL. */
int hub_relays_renew_after_s(const struct hub_relays *relays);

/* [{"urls":["stun:..."]},{"urls":["turn:..."],"username":"1700086400:bob","credential":"..."}], owned by the caller;
 * NULL where `relays` is. `now_s`: seconds since 1970. */
cJSON *hub_relays_describe(const struct hub_relays *relays, const char *user, int64_t now_s);

#endif
