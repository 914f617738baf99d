#ifndef CALLAPI_TESTS_FREE_PORT_H
#define CALLAPI_TESTS_FREE_PORT_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool udp_is_free(uint16_t port)
{
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    g_autoptr(GInetAddress) any = g_inet_address_new_any(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(any, port);
    return g_socket_bind(socket, address, FALSE, NULL);
}

/* For a server of a test's own: nobody uses it at the moment, by TCP or UDP. Where a peer's candidate has it by UDP,
 * say, coturn tries for a minute to get it. */
static inline int free_port(void)
{
    uint16_t port = 0;
    while (!port || !udp_is_free(port)) {
        g_autoptr(GSocketListener) sockets = g_socket_listener_new();
        port = g_socket_listener_add_any_inet_port(sockets, NULL, NULL);
        g_assert_cmpint(port, >, 0);
        g_socket_listener_close(sockets);
    }
    return port;
}

#endif
