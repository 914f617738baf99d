#include "net/transport/turn_tls.h"

#include <stdbool.h>

#include <gio/gio.h>

#include "platform/network/socket.h"

enum { CONNECTIONS_MAX = 256 };

struct turn_tls {
    GMainContext *context; /* borrowed */
    char *name;
    GSocketConnectable *server;
    GTlsDatabase *authorities; /* NULL: the system's */
    GSocketService *service;
    uint16_t port;
    GCancellable *closing;
    int connections;
    bool complained;
    gint references; /* ours, and one for each connection */
};

/* One connection of libnice's and its other end. */
struct connection {
    struct turn_tls *tunnel;
    GSocketConnection *near;
    GSocketConnection *tcp;
    GIOStream *far; /* TLS over tcp */
};

static void tunnel_unref(struct turn_tls *tunnel)
{
    if (--tunnel->references)
        return;
    g_object_unref(tunnel->server);
    g_clear_object(&tunnel->authorities);
    g_object_unref(tunnel->closing);
    g_free(tunnel->name);
    g_free(tunnel);
}

static void connection_end(struct connection *connection)
{
    g_io_stream_close_async(G_IO_STREAM(connection->near), G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    g_object_unref(connection->near);
    g_clear_object(&connection->far);
    g_clear_object(&connection->tcp);
    connection->tunnel->connections--;
    tunnel_unref(connection->tunnel);
    g_free(connection);
}

static void complain(struct turn_tls *tunnel, const GError *error)
{
    if (!tunnel->complained && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning("the TURN server %s cannot be reached over TLS: %s", tunnel->name, error->message);
    tunnel->complained = true;
}

static void on_over(GObject *source, GAsyncResult *result, gpointer user_data)
{
    (void)source;
    g_io_stream_splice_finish(result, NULL);
    connection_end(user_data);
}

static void on_secured(GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct connection *connection = user_data;
    g_autoptr(GError) error = NULL;
    if (!g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, &error)) {
        complain(connection->tunnel, error);
        connection_end(connection);
        return;
    }
    g_io_stream_splice_async(G_IO_STREAM(connection->near), connection->far,
                             G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2, G_PRIORITY_DEFAULT,
                             connection->tunnel->closing, on_over, connection);
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct connection *connection = user_data;
    struct turn_tls *tunnel = connection->tunnel;
    g_autoptr(GError) error = NULL;
    connection->tcp = g_socket_client_connect_finish(G_SOCKET_CLIENT(source), result, &error);
    if (connection->tcp)
        connection->far = g_tls_client_connection_new(G_IO_STREAM(connection->tcp), tunnel->server, &error);
    if (!connection->far) {
        complain(tunnel, error);
        connection_end(connection);
        return;
    }
    g_tcp_connection_set_graceful_disconnect(G_TCP_CONNECTION(connection->tcp), FALSE);
    socket_send_at_once(g_socket_get_fd(g_socket_connection_get_socket(connection->tcp)));
    if (tunnel->authorities)
        g_tls_connection_set_database(G_TLS_CONNECTION(connection->far), tunnel->authorities);
    g_tls_connection_handshake_async(G_TLS_CONNECTION(connection->far), G_PRIORITY_DEFAULT, tunnel->closing, on_secured,
                                     connection);
}

static gboolean on_incoming(GSocketService *service, GSocketConnection *near, GObject *source, gpointer user_data)
{
    (void)service;
    (void)source;
    struct turn_tls *tunnel = user_data;
    if (tunnel->connections == CONNECTIONS_MAX)
        return TRUE;
    struct connection *connection = g_new0(struct connection, 1);
    connection->tunnel = tunnel;
    connection->near = g_object_ref(near);
    tunnel->connections++;
    tunnel->references++;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_connect_async(client, tunnel->server, tunnel->closing, on_connected, connection);
    return TRUE;
}

static bool begin(struct turn_tls *tunnel, const char *ca_file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0), bound = NULL;
    if (!g_tls_backend_supports_tls(g_tls_backend_get_default())) {
        g_warning("TURN over TLS needs GIO's TLS; install glib-networking");
        return false;
    }
    if (ca_file)
        tunnel->authorities = g_tls_file_database_new(ca_file, &error);
    if (error || !g_socket_listener_add_address(G_SOCKET_LISTENER(tunnel->service), any, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error)) {
        g_warning("TURN over TLS to %s is not possible: %s", tunnel->name, error->message);
        return false;
    }
    tunnel->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    g_signal_connect(tunnel->service, "incoming", G_CALLBACK(on_incoming), tunnel);
    g_socket_service_start(tunnel->service);
    return true;
}

struct turn_tls *turn_tls_create(GMainContext *context, const char *name, uint16_t port, const char *ca_file)
{
    struct turn_tls *tunnel = g_new0(struct turn_tls, 1);
    tunnel->references = 1;
    tunnel->context = context;
    tunnel->name = g_strdup(name);
    tunnel->server = g_network_address_new(name, port);
    tunnel->closing = g_cancellable_new();
    g_main_context_push_thread_default(context);
    tunnel->service = g_socket_service_new();
    bool good = begin(tunnel, ca_file);
    g_main_context_pop_thread_default(context);
    if (good)
        return tunnel;
    turn_tls_destroy(tunnel);
    return NULL;
}

void turn_tls_destroy(struct turn_tls *tunnel)
{
    if (!tunnel)
        return;
    g_signal_handlers_disconnect_by_data(tunnel->service, tunnel);
    g_socket_service_stop(tunnel->service);
    g_socket_listener_close(G_SOCKET_LISTENER(tunnel->service));
    g_object_unref(tunnel->service);
    g_cancellable_cancel(tunnel->closing);
    tunnel_unref(tunnel);
}

guint turn_tls_port(const struct turn_tls *tunnel)
{
    return tunnel->port;
}
