/* ICE (RFC 8445) with trickle (RFC 8838) and consent freshness (RFC 7675): one stream with one component, by libnice,
 * which stays behind this interface. UDP between the two sides; to a TURN server also TCP and TLS. */
#ifndef CALLAPI_NET_TRANSPORT_ICE_H
#define CALLAPI_NET_TRANSPORT_ICE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/transport/ice_servers.h"

struct ice;

enum ice_state { ICE_CHECKING, ICE_CONNECTED, ICE_FAILED };

/* Called from the main context, and `candidate` and `state` also from within the functions below: queue what may not
 * re-enter. ice_destroy may be called in each of them. */
struct ice_listener {
    void (*candidate)(void *user_data, const char *candidate); /* "candidate:..."; NULL: gathering is done */
    void (*state)(void *user_data, enum ice_state state);
    /* Anything but STUN. The bytes may be changed where they are: so SRTP is decrypted without a copy. */
    void (*receive)(void *user_data, uint8_t *data, size_t size);
};

struct ice_config {
    struct reactor *reactor; /* borrowed */
    bool controlling;
    struct ice_servers *servers; /* borrowed; NULL: none */
    const struct ice_listener *listener;
    void *user_data;
};

/* Gathers at once. NULL, logged, where libnice refuses. */
struct ice *ice_create(const struct ice_config *config);
/* Takes NULL. What a relay lent is given back (RFC 8656, 7.2: a refresh with no lifetime) while the reactor runs on. */
void ice_destroy(struct ice *ice);

/* Ours, to be g_free'd. */
void ice_local_credentials(struct ice *ice, char **ufrag, char **pwd);
bool ice_set_remote_credentials(struct ice *ice, const char *ufrag, const char *pwd);
/* After the credentials. False: the candidate is of no use (TCP, mDNS, RTCP's own, malformed). */
bool ice_add_remote_candidate(struct ice *ice, const char *candidate);
void ice_end_of_remote_candidates(struct ice *ice);
/* More servers, after the creation: candidates are gathered by the TURN servers that were not used yet. */
void ice_set_servers(struct ice *ice, struct ice_servers *servers);
/* The other side is lite (RFC 8445, 6.1.1): the full one controls. */
void ice_set_controlling(struct ice *ice);

/* False where nothing could be sent: no pair is selected yet, or the socket refuses for the moment. */
bool ice_send(struct ice *ice, const uint8_t *data, size_t size);
/* Before a pair is selected: sends to every remote candidate, unasked. Saves a DTLS flight the wait for the nomination
 * where the other side has seen our check already; where it has not, it drops the datagram. */
void ice_send_early(struct ice *ice, const uint8_t *data, size_t size);

#endif
