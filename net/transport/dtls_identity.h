/* What net/transport/dtls.c needs of an identity. */
#ifndef CALLAPI_NET_TRANSPORT_DTLS_IDENTITY_H
#define CALLAPI_NET_TRANSPORT_DTLS_IDENTITY_H

#include <openssl/ssl.h>

#include "net/transport/dtls.h"

SSL_CTX *dtls_identity_ssl(const struct dtls_identity *identity); /* borrowed */
bool dtls_certificate_fingerprint(const X509 *certificate, struct fingerprint *fingerprint);
/* OpenSSL's last error in words; empties its queue. Valid until the next call on this thread. */
const char *dtls_error(void);

#endif
