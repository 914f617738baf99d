/* DTLS 1.2 (RFC 6347) for SRTP's keys (RFC 5763, 5764), by OpenSSL over a datagram interface of our own. Self-signed
 * certificates; the fingerprint in the SDP says whom one talks to. */
#ifndef CALLAPI_NET_TRANSPORT_DTLS_H
#define CALLAPI_NET_TRANSPORT_DTLS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/sdp/fingerprint.h"
#include "net/transport/srtp.h"

struct dtls_identity; /* key pair (P-256) and self-signed certificate */

/* Takes 25 ms, what libsrtp needs to get ready included: once, at start. NULL, logged, where OpenSSL refuses. */
struct dtls_identity *dtls_identity_create(void);
void dtls_identity_destroy(struct dtls_identity *identity); /* takes NULL; after its sessions */
const struct fingerprint *dtls_identity_fingerprint(const struct dtls_identity *identity); /* by SHA-256 */

struct dtls;

enum dtls_state { DTLS_NEW, DTLS_HANDSHAKE, DTLS_CONNECTED, DTLS_FAILED, DTLS_CLOSED };

struct dtls_listener {
    /* One datagram; false: it cannot be sent now. It is kept then, until dtls_flush. */
    bool (*send)(void *user_data, const uint8_t *data, size_t size);
    /* The state is stored. DTLS_CONNECTED: the handshake is done and the fingerprint verified. dtls_destroy must wait
     * until this returned. Called from the context and from within the functions below. */
    void (*state)(void *user_data, enum dtls_state state, const char *why);
};

struct dtls_config {
    GMainContext *context;                /* borrowed */
    const struct dtls_identity *identity; /* borrowed */
    bool client;
    const struct dtls_listener *listener;
    void *user_data;
};

struct dtls *dtls_create(const struct dtls_config *config); /* NULL, logged, where OpenSSL refuses */
void dtls_destroy(struct dtls *dtls);                       /* takes NULL; says nothing to the other side */

/* The client says hello, the server waits for it. */
void dtls_start(struct dtls *dtls);
enum { DTLS_MAX_FINGERPRINTS = 8 };

/* The other side's certificate has one of `n` fingerprints. A server may start without: the session stays in
 * DTLS_HANDSHAKE until they are here and one is right. */
void dtls_set_remote_fingerprints(struct dtls *dtls, const struct fingerprint *fingerprints, int n);
/* As ICE's checks measured it: a flight is not repeated before its answer can be there. */
void dtls_set_round_trip(struct dtls *dtls, int64_t us);
void dtls_receive(struct dtls *dtls, const uint8_t *data, size_t size);
/* Datagrams can be sent now: those kept go out. */
void dtls_flush(struct dtls *dtls);
/* close_notify: the other side knows at once. */
void dtls_close(struct dtls *dtls);

bool dtls_is_client(const struct dtls *dtls);
enum dtls_state dtls_current_state(const struct dtls *dtls);
/* Of the certificate that the handshake saw, by SHA-256, whatever its description named it by. False before
 * DTLS_CONNECTED. */
bool dtls_remote_fingerprint(const struct dtls *dtls, struct fingerprint *fingerprint);
/* In DTLS_CONNECTED. False, logged, where no SRTP profile was agreed upon. */
bool dtls_export_keys(struct dtls *dtls, struct srtp_keys *keys);

#endif
