/* Which of a host's addresses takes a connection first (RFC 8305, 5): one that is silent keeps nobody waiting. The
 * connection is closed again, for libwebsockets and libmosquitto take none that is made; each makes its own to the
 * winner. */
#ifndef CALLAPI_NET_CONNECTION_DIALER_RACE_H
#define CALLAPI_NET_CONNECTION_DIALER_RACE_H

#include <gio/gio.h>
#include <stdint.h>

struct dialer_race;

/* The race is over: the addresses (GInetAddress, to be taken out) that have not failed, the winner first; none where
 * all have. */
typedef void (*dialer_race_over)(void *user_data, GQueue *hopeful);

/* `addresses` (GInetAddress, at least one) in the order in which they are begun with. `over` is called from the
 * context's dispatch, once. */
struct dialer_race *dialer_race_create(GMainContext *context, GQueue *addresses, uint16_t port, dialer_race_over over,
                                       void *user_data);
/* Takes NULL. Before it is over; `over` is not called then. */
void dialer_race_destroy(struct dialer_race *race);

#endif
