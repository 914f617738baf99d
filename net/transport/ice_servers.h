/* STUN and TURN servers (W3C RTCIceServer; RFC 7064, 7065, 8656), known once for all connections of an agent. Names are
 * resolved at the beginning, again where that failed, and never while a connection waits: what is not resolved by then
 * is left out. */
#ifndef CALLAPI_NET_TRANSPORT_ICE_SERVERS_H
#define CALLAPI_NET_TRANSPORT_ICE_SERVERS_H

#include <glib.h>
#include <stdbool.h>

#include "net/connection/reactor.h"

struct ice_servers;

enum ice_server_kind { ICE_STUN, ICE_TURN_UDP, ICE_TURN_TCP };

/* As libnice takes them: a TURN server over TLS is one over TCP here, at the near end of net/transport/turn_tls.h. */
struct ice_server {
    enum ice_server_kind kind;
    char *address; /* numeric */
    guint port;
    char *user, *credential;
};

/* No servers. `ca_file`: PEM file of the authorities that turns: servers are trusted by, NULL: the system's. */
struct ice_servers *ice_servers_create(struct reactor *reactor, const char *ca_file);
/* Gone with the last agent that still gives back what a relay lent it. Takes NULL. */
void ice_servers_destroy(struct ice_servers *servers);
/* One more to destroy: for such an agent. Takes NULL. */
struct ice_servers *ice_servers_keep(struct ice_servers *servers);

/* "stun:HOST[:PORT]", "turn:HOST[:PORT][?transport=udp|tcp]", "turns:HOST[:PORT]"; also "HOST:PORT" alone for STUN.
 * `user` and `credential` are for TURN. False with words in `error` (g_free it) where it is none of these. */
bool ice_servers_add(struct ice_servers *servers, const char *url, const char *user, const char *credential,
                     char **error);
/* "stun:", "turn:" or "turns:" and more: what a server may name, unlike the bare HOST:PORT that a person may write. */
bool ice_servers_is_url(const char *url);

/* An RTCIceServer with one of its URLs; `user` and `credential` may be NULL. */
struct ice_server_named {
    const char *url, *user, *credential;
};
/* Those that the hub names, `n` of them, in place of those that it named before; each is borrowed, and left out where
 * it cannot be used. Those that ice_servers_add was given are used alone: then this does nothing. What a connection
 * uses stays, unless it is a relay over TLS that is not named any more. */
void ice_servers_set_named(struct ice_servers *servers, const struct ice_server_named *named, guint n);
/* Whether ice_servers_add takes all of `urls` (NULL: none), in words as there; nothing is looked up. */
bool ice_servers_check(char *const *urls, const char *user, const char *credential, char **error);
/* `known` (borrowed as `user_data`, NULL: nobody any more) is called whenever more of the servers can be used. */
void ice_servers_listen(struct ice_servers *servers, void (*known)(void *user_data), void *user_data);
/* Only what a TURN server relays is used (RTCIceTransportPolicy "relay"). */
void ice_servers_set_relay_only(struct ice_servers *servers, bool relay_only);
bool ice_servers_relay_only(const struct ice_servers *servers); /* takes NULL */

/* The one at `i` that can be used now, one after the other for each address of its name; NULL: there are no more. Takes
 * NULL. */
const struct ice_server *ice_servers_at(const struct ice_servers *servers, guint i);

#endif
