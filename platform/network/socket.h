/* What GLib's sockets do not do, and libwebsockets' need: TCP sockets by their descriptors. */
#ifndef CALLAPI_PLATFORM_NETWORK_SOCKET_H
#define CALLAPI_PLATFORM_NETWORK_SOCKET_H

#include <gio/gio.h>
#include <stdbool.h>

/* `*arrived` is who waited at the listening socket, the caller's to close; it does not block, and no program that is
 * started gets it. -1: nobody waits. False where the system can take nobody now; errno says why. */
bool socket_accept(int listening, int *arrived);
/* Who is at the other end; g_object_unref it. NULL: has gone, or has no IP address. */
GInetAddress *socket_peer(int socket);
/* Small messages do not wait for each other (TCP_NODELAY). */
void socket_send_at_once(int socket);
/* The other side reads our end. What came from it unread is thrown away: closed with it, the socket would be reset, and
 * what was sent last with it. */
void socket_end_sending(int socket);
void socket_close(int socket);
/* Where this number is free nobody else gets it, until somebody closes it. */
void socket_keep_number(int socket);

#endif
