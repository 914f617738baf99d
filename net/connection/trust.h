/* TLS's client: which authorities are trusted, and that a certificate is compared with a name. */
#ifndef CALLAPI_NET_CONNECTION_TRUST_H
#define CALLAPI_NET_CONNECTION_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* `ca_file`: PEM, the authorities to trust in place of the system's; NULL: the system's. NULL with `error`
 * (g_free it) where they cannot be read.
 * libwebsockets (4.1.6) is given it: its own it forgets where a process has two contexts, it goes on where the
 * authorities could not be read, and where it gets none it leaves a source in our loop that points to memory which it
 * has freed. */
SSL_CTX *trust_create(const char *ca_file, char **error);

/* At a certificate's verification: OpenSSL's word on why it is refused (static), NULL: it is not, so far. So it is
 * where it is compared with no host's name or address: where there was no memory for that neither libwebsockets nor
 * OpenSSL (3.0) says so, and what an authority has signed would be taken for any name. */
const char *trust_refuses(X509_STORE_CTX *store);

#endif
