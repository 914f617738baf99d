/* TLS for a broker (mqtts://). libmosquitto would check the certificate against what it connects to, and asks the
 * resolver for that within the loop; with an SSL_CTX of our own it connects to an address, while the host's name is
 * what is verified and asked for. */
#ifndef CALLAPI_NET_MQTT_TLS_H
#define CALLAPI_NET_MQTT_TLS_H

#include <openssl/ssl.h>

/* For `host`, a name or an address. `ca_file`: PEM, the authorities to trust in place of the system's; NULL: the
 * system's.
 * `*why` is set, and is the caller's to free, when a certificate is refused. NULL, logged, where the file cannot be
 * used. */
SSL_CTX *mqtt_tls_create(const char *host, const char *ca_file, char **why);

#endif
