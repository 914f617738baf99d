/* TURN over TLS (RFC 8656, 2.1): libnice speaks TURN over TCP only, so a port of this machine's loopback stands in for
 * the server, and what goes through it is carried over TLS, by GIO. */
#ifndef CALLAPI_NET_TRANSPORT_TURN_TLS_H
#define CALLAPI_NET_TRANSPORT_TURN_TLS_H

#include <glib.h>
#include <stdint.h>

struct turn_tls;

/* `name`: as in the server's certificate; looked up for each connection. NULL, logged, where no port can be had or GIO
 * has no TLS (glib-networking). */
struct turn_tls *turn_tls_create(GMainContext *context, const char *name, uint16_t port, const char *ca_file);
void turn_tls_destroy(struct turn_tls *tunnel);     /* takes NULL; what runs through it is cut */
guint turn_tls_port(const struct turn_tls *tunnel); /* on 127.0.0.1 */

#endif
