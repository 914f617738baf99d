/* SRTP and SRTCP (RFC 3711, 7714) with the keys of a DTLS handshake, by libsrtp2. */
#ifndef CALLAPI_NET_TRANSPORT_SRTP_H
#define CALLAPI_NET_TRANSPORT_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SRTP_KEY = 16,
    SRTP_SALT_MAX = 14,
    SRTP_OVERHEAD = 160, /* room that protecting needs behind the packet; it really adds 10 to 20 bytes */
};

/* The protection profiles we negotiate (RFC 5764, 4.1.2; RFC 7714, 14.2). */
enum srtp_protection { SRTP_CM_SHA1_80, SRTP_AEAD_GCM };

struct srtp_keys {
    enum srtp_protection protection;
    uint8_t local[SRTP_KEY + SRTP_SALT_MAX], remote[SRTP_KEY + SRTP_SALT_MAX]; /* key, then salt (GCM: 12 bytes) */
};

struct srtp_session;

/* libsrtp tests its ciphers first, which takes 20 ms: at start, not when a call connects. Once is enough, more does no
 * harm. */
bool srtp_library_init(void);

/* NULL, logged, where libsrtp refuses. */
struct srtp_session *srtp_session_create(const struct srtp_keys *keys);
void srtp_session_destroy(struct srtp_session *session); /* takes NULL */

/* In place; `size` changes. False: not protected (an unsound packet), or forged, repeated, damaged.
 * Protecting needs SRTP_OVERHEAD bytes of room behind the packet. */
bool srtp_session_protect_rtp(struct srtp_session *session, uint8_t *packet, size_t *size);
bool srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *packet, size_t *size);
bool srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *packet, size_t *size);
bool srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *packet, size_t *size);

#endif
