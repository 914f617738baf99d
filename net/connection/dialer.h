/* The addresses that a host's name stands for, to be tried one after the other (RFC 8305: IPv6 and IPv4 in turns, but
 * whichever takes a connection first before the others, so that one that is silent keeps nobody waiting).
 * Names are looked up here and nowhere else in net: beside the loop, for a name server that does not answer would stop
 * it for many seconds. */
#ifndef CALLAPI_NET_CONNECTION_DIALER_H
#define CALLAPI_NET_CONNECTION_DIALER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct dialer;

/* `error` is NULL where there are addresses now. */
typedef void (*dialer_looked_up)(void *user_data, const char *error);

/* `port`: where connections are taken, 0: it is not asked which of several addresses does. */
struct dialer *dialer_create(GMainContext *context, const char *host, uint16_t port, dialer_looked_up looked_up,
                             void *user_data);
/* Takes NULL. A look-up that runs is not told of any more. */
void dialer_destroy(struct dialer *dialer);

/* Looks the name up anew; `looked_up` is called from the context's dispatch, once. Addresses need no asking. */
void dialer_look_up(struct dialer *dialer);
/* The next address, as numbers, that has not been tried since the look-up; valid until the next call. NULL: there is
 * none. */
const char *dialer_next(struct dialer *dialer);
bool dialer_has_next(const struct dialer *dialer);
/* One was good: whoever connects again later begins with a new look-up. */
void dialer_finish(struct dialer *dialer);

#endif
