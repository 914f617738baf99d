/* The secured path of a peer connection: ICE finds it, DTLS proves who is at its other end, SRTP protects what runs on
 * it. Tells the protocols on the one socket apart (RFC 7983).
 *
 * An ICE restart (RFC 8445, 9) is a second ICE beside the first, with sockets on the network cards of that moment; it
 * takes over when it has found a pair. DTLS and SRTP run on as they are, and until then so do media on the old path,
 * should it come back. */
#ifndef CALLAPI_NET_TRANSPORT_TRANSPORT_H
#define CALLAPI_NET_TRANSPORT_TRANSPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/sdp/sdp.h"
#include "net/transport/dtls.h"
#include "net/transport/ice_servers.h"

struct transport;

enum transport_state { TRANSPORT_NEW, TRANSPORT_CONNECTED, TRANSPORT_FAILED, TRANSPORT_CLOSED };

struct transport_listener {
    /* These are also called from within the functions below: queue what may not re-enter. */
    void (*candidate)(void *user_data, const char *candidate); /* NULL: gathering is done; of the last (re)start */
    void (*restarted)(void *user_data);                        /* a restart has found its pair */
    void (*state)(void *user_data, enum transport_state state, const char *why);
    /* One decrypted RTP or RTCP packet, borrowed; from the main context only. */
    void (*receive)(void *user_data, const uint8_t *packet, size_t size, bool rtcp);
    /* Stand around the handling of each datagram; transport_destroy may be called in `end`, nowhere else above. */
    void (*begin)(void *user_data);
    void (*end)(void *user_data);
};

struct transport_config {
    struct reactor *reactor;              /* borrowed */
    const struct dtls_identity *identity; /* borrowed */
    bool offerer;
    struct ice_servers *ice_servers; /* borrowed; NULL: none */
    const struct transport_listener *listener;
    void *user_data;
};

struct transport_times { /* g_get_monotonic_time; 0: not yet */
    int64_t gathered_us, ice_connected_us, dtls_done_us;
};

struct transport_traffic { /* UDP payloads, DTLS included, STUN not */
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
};

struct transport *transport_create(const struct transport_config *config); /* NULL, logged */
void transport_destroy(struct transport *transport);                       /* takes NULL */

/* Our ICE credentials and fingerprint, for our description. */
void transport_describe(struct transport *transport, struct sdp_transport *own);
/* Both descriptions are there. `client`: ours is the active role of DTLS. */
bool transport_start(struct transport *transport, const struct sdp_transport *remote, bool remote_is_lite, bool client);
/* Connected: begins a restart, in place of one that has not succeeded. The next description is its first. False,
 * logged, where ICE refuses. */
bool transport_restart(struct transport *transport);
/* The other side's description of the restart is there. */
void transport_follow_restart(struct transport *transport, const struct sdp_transport *remote);
bool transport_is_dtls_client(const struct transport *transport);

/* In place of the config's, borrowed likewise: more candidates are gathered by those that were not used yet. */
void transport_set_ice_servers(struct transport *transport, struct ice_servers *servers);

/* Before or after the start; NULL: no more will come. While a restart waits for the other side's description they are
 * the old path's, after that the new one's: signalling keeps the order. */
void transport_add_candidate(struct transport *transport, const char *candidate);
/* What came encrypted before the keys were there; from the main context, between begin and end. Done by itself as
 * datagrams come. */
void transport_receive_early(struct transport *transport);

/* Protects in place (SRTP_OVERHEAD bytes of room behind the packet) and sends. False: not connected, or the socket
 * refuses. */
bool transport_send(struct transport *transport, uint8_t *packet, size_t size, bool rtcp);
/* Tells the other side (DTLS close_notify). No state is told after it, and nothing is received. */
void transport_close(struct transport *transport);

/* Ours, and the one that the other end proved to have, by SHA-256. False before TRANSPORT_CONNECTED. */
bool transport_fingerprints(const struct transport *transport, struct fingerprint *own, struct fingerprint *remote);
struct transport_times transport_times(const struct transport *transport);
struct transport_traffic transport_traffic(const struct transport *transport);

#endif
