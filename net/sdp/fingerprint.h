/* The fingerprint of a certificate, as a description names it (RFC 8122). */
#ifndef CALLAPI_NET_SDP_FINGERPRINT_H
#define CALLAPI_NET_SDP_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

enum { FINGERPRINT_SHA_256 = 32, FINGERPRINT_SHA_384 = 48, FINGERPRINT_SHA_512 = 64, FINGERPRINT_MAX = 64 };

struct fingerprint {
    size_t size; /* in bytes: it tells the hash function, of those above */
    uint8_t bytes[FINGERPRINT_MAX];
};

#endif
