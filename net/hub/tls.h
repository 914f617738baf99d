/* The hub's certificate, looked at before libwebsockets takes it, for words where it is no good. */
#ifndef CALLAPI_NET_HUB_TLS_H
#define CALLAPI_NET_HUB_TLS_H

#include <stdbool.h>

/* Files in PEM: the certificate with its chain, and its private key. False with `error` (g_free it). */
bool hub_tls_check(const char *cert, const char *key, char **error);

#endif
