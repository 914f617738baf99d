#include "net/connection/listener.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

#include "platform/deadline.h"
#include "platform/network/socket.h"

enum { BACKLOG = 1024, ACCEPTS_PER_TICK = 16, AGAIN_US = G_USEC_PER_SEC };

struct listener {
    GSocket *socket;
    GSocketAddress *local; /* with the port that was chosen */
    GMainContext *context;
    GSource *arrivals; /* NULL: not started, or the process is out of file descriptors */
    struct deadline *again;
    listener_arrived arrived;
    void *user_data;
};

/* ---- arrivals ---- */

static gboolean accept_some(GSocket *socket, GIOCondition condition, gpointer user_data)
{
    (void)condition;
    struct listener *listener = user_data;
    for (int i = 0; i < ACCEPTS_PER_TICK; i++) {
        int fd;
        if (!socket_accept(g_socket_get_fd(socket), &fd)) {
            g_warning("the hub cannot accept connections: %s; trying again in a second", g_strerror(errno));
            g_clear_pointer(&listener->arrivals, g_source_unref);
            deadline_set(listener->again, g_get_monotonic_time() + AGAIN_US);
            return G_SOURCE_REMOVE;
        }
        if (fd < 0)
            break;
        listener->arrived(listener->user_data, fd);
    }
    return G_SOURCE_CONTINUE;
}

static void await_arrivals(void *user_data)
{
    struct listener *listener = user_data;
    listener->arrivals = g_socket_create_source(listener->socket, G_IO_IN, NULL);
    g_source_set_callback(listener->arrivals, G_SOURCE_FUNC(accept_some), listener, NULL);
    g_source_attach(listener->arrivals, listener->context);
}

void listener_start(struct listener *listener, GMainContext *context, listener_arrived arrived, void *user_data)
{
    listener->context = context;
    listener->arrived = arrived;
    listener->user_data = user_data;
    listener->again = deadline_create(context, await_arrivals, listener);
    await_arrivals(listener);
}

/* ---- the socket ---- */

static GSocketAddress *parse_listen(const char *listen)
{
    const char *colon = listen ? strrchr(listen, ':') : NULL;
    uint64_t port;
    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return NULL;
    g_autofree char *host = g_strndup(listen, (size_t)(colon - listen));
    size_t length = strlen(host);
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        memmove(host, host + 1, length - 1);
    } else if (strchr(host, ':')) {
        return NULL;
    }
    return g_inet_socket_address_new_from_string(strcmp(host, "localhost") ? host : "127.0.0.1", (guint)port);
}

static char *listen_error(const char *listen, const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        return g_strdup_printf("port %s is in use (%s); stop the other program, or choose another port",
                               strrchr(listen, ':') + 1, listen);
    return g_strdup_printf("cannot listen on %s: %s", listen, error->message);
}

struct listener *listener_create(const char *listen, char **error)
{
    g_autoptr(GSocketAddress) address = parse_listen(listen);
    if (!address) {
        *error = g_strdup_printf("\"%s\" is no address to listen on; give one like 127.0.0.1:8080",
                                 listen ? listen : "");
        return NULL;
    }
    g_autoptr(GError) failure = NULL;
    GSocketAddress *local = NULL;
    g_autoptr(GSocket) socket = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, &failure);
    if (socket)
        g_socket_set_listen_backlog(socket, BACKLOG);
    if (!socket || !g_socket_bind(socket, address, TRUE, &failure) || !g_socket_listen(socket, &failure) ||
        !(local = g_socket_get_local_address(socket, &failure))) {
        *error = listen_error(listen, failure);
        return NULL;
    }
    g_socket_set_blocking(socket, FALSE);
    struct listener *listener = g_new0(struct listener, 1);
    listener->socket = g_steal_pointer(&socket);
    listener->local = local;
    return listener;
}

void listener_destroy(struct listener *listener)
{
    if (!listener)
        return;
    if (listener->arrivals) {
        g_source_destroy(listener->arrivals);
        g_source_unref(listener->arrivals);
    }
    deadline_destroy(listener->again);
    g_object_unref(listener->local);
    g_object_unref(listener->socket);
    g_free(listener);
}

char *listener_url(const struct listener *listener, const char *scheme)
{
    GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(listener->local);
    GInetAddress *address = g_inet_socket_address_get_address(inet);
    bool ipv6 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
    g_autofree char *text = g_inet_address_get_is_any(address) ? g_strdup(ipv6 ? "::1" : "127.0.0.1")
                                                               : g_inet_address_to_string(address);
    return g_strdup_printf(ipv6 ? "%s://[%s]:%u" : "%s://%s:%u", scheme, text, g_inet_socket_address_get_port(inet));
}
