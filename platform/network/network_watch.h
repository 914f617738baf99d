/* When this machine's network changes: a card or an address that came or went, another route. From the system (Linux:
 * rtnetlink(7); elsewhere GLib's network monitor), so that nobody has to wait until packets stop. */
#ifndef CALLAPI_PLATFORM_NETWORK_NETWORK_WATCH_H
#define CALLAPI_PLATFORM_NETWORK_NETWORK_WATCH_H

#include <glib.h>
#include <stdbool.h>

struct network_watch;

/* `changed` runs from the context, once for what changes together (within 20 ms). NULL, logged, where the system tells
 * nothing. */
struct network_watch *network_watch_create(GMainContext *context, void (*changed)(void *user_data), void *user_data);
void network_watch_destroy(struct network_watch *watch); /* takes NULL */

/* Whether the socket's own address is one of a card that is up. */
bool network_carries(int socket);

#endif
