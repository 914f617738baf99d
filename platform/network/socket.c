#define _GNU_SOURCE /* accept4 */
#include "platform/network/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who has gone already is not told of. */
bool socket_accept(int listening, int *arrived)
{
    do
        *arrived = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (*arrived < 0 && (errno == EINTR || errno == ECONNABORTED));
    return *arrived >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
}

GInetAddress *socket_peer(int socket)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getpeername(socket, (struct sockaddr *)&name, &length))
        return NULL;
    g_autoptr(GSocketAddress) peer = g_socket_address_new_from_native(&name, length);
    bool is_inet = peer && G_IS_INET_SOCKET_ADDRESS(peer);
    return is_inet ? g_object_ref(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(peer))) : NULL;
}

void socket_send_at_once(int socket)
{
    int on = 1;
    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        g_info("TCP_NODELAY: %s", g_strerror(errno));
}

void socket_end_sending(int socket)
{
    char unread[4096];
    shutdown(socket, SHUT_WR);
    while (recv(socket, unread, sizeof unread, MSG_DONTWAIT) > 0)
        ;
}

void socket_close(int socket)
{
    close(socket);
}

void socket_keep_number(int socket)
{
    if (fcntl(socket, F_GETFD) >= 0)
        return;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || nothing == socket)
        return;
    dup3(nothing, socket, O_CLOEXEC);
    close(nothing);
}
