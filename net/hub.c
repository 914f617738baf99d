#define _GNU_SOURCE             /* accept4 */
#include "net/hub.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/hub_control.h"
#include "net/hub_http.h"
#include "net/hub_protocol.h"
#include "net/hub_service.h"
#include "net/hub_tls.h"
#include "net/hub_token.h"
#include "net/hub_webhook.h"
#include "net/websocket.h"
#include "platform/deadline.h"

enum { SPARE_FDS = 24, ACCEPTS_PER_TICK = 16, LISTEN_AGAIN_US = G_USEC_PER_SEC, LOGIN_WITHIN_US = 10 * G_USEC_PER_SEC };

struct hub {
    struct reactor *reactor;
    struct hub_service *service;
    GSocket *listener;
    GSource *arrivals;          /* NULL while the process is out of file descriptors */
    struct deadline *listen_again;
    struct lws_context *context;
    char *url, *web_root;
    struct lws_http_mount mount;
    struct lws_protocols protocols[3];
    struct hub_keys *keys;      /* of tokens, or NULL */
    struct hub_http *http;
    struct hub_webhook *webhook;        /* or NULL */
    char *tls_cert, *tls_key;
    int connections;            /* WebSockets */
    bool closing;               /* being destroyed: nobody is told any more */
};

struct connection {
    struct hub *hub;
    struct lws *wsi;
    struct hub_session *session;
    char *reason;               /* why it is being dropped, or NULL */
    struct websocket_outbox outbox;
    struct websocket_inbox inbox;
};

/* Connections. Many drops happen while another connection is served, so none closes from here: libwebsockets does when
 * the socket can take the reason, or at the time-out. */

static void drop(void *data, const char *reason)
{
    struct connection *connection = data;
    if (connection->reason)
        return;
    connection->reason = g_strdup(reason);
    g_info("a connection is dropped: %s", reason);
    websocket_outbox_clear(&connection->outbox);
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_REASON_BASE, 1);
    lws_callback_on_writable(connection->wsi);
}

static bool carry(void *data, const char *text, size_t length)
{
    struct connection *connection = data;
    if (connection->reason || connection->hub->closing)
        return false;
    if (!websocket_outbox_push(&connection->outbox, text, length)) {
        drop(connection, "it does not read what is sent to it");
        return false;
    }
    lws_callback_on_writable(connection->wsi);
    return true;
}

static const struct hub_service_ops carrier = { .send = carry, .drop = drop };

static struct connection *connect_session(struct hub *hub, struct lws *wsi)
{
    struct connection *connection = g_new0(struct connection, 1);
    connection->hub = hub;
    connection->wsi = wsi;
    connection->session = hub_session_open(hub->service, connection);
    hub->connections++;
    lws_set_timer_usecs(wsi, LOGIN_WITHIN_US);
    return connection;
}

static void disconnect_session(struct hub *hub, struct connection *connection)
{
    if (!connection)
        return;
    hub->connections--;
    connection->reason = connection->reason ? connection->reason : g_strdup("closed");
    hub_session_close(connection->session);
    websocket_outbox_clear(&connection->outbox);
    websocket_inbox_clear(&connection->inbox);
    g_free(connection->reason);
    g_free(connection);
}

static int close_with_reason(struct connection *connection)
{
    lws_close_reason(connection->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)connection->reason,
                     strlen(connection->reason));
    return -1;
}

static int receive(struct connection *connection, const void *data, size_t length)
{
    if (connection->reason)
        return -1;
    gint64 now_us = g_get_real_time();
    switch (websocket_inbox_add(&connection->inbox, connection->wsi, data, length, HUB_REQUEST_MAX)) {
    case WEBSOCKET_MESSAGE:
        hub_session_receive(connection->session, connection->inbox.text->str, connection->inbox.text->len, now_us);
        break;
    case WEBSOCKET_TOO_LARGE:
        hub_session_refuse_too_large(connection->session, now_us);
        break;
    case WEBSOCKET_MORE:
        break;
    }
    return connection->reason ? close_with_reason(connection) : 0;
}

/* `session` is libwebsockets' memory for this connection: one pointer, NULL before the WebSocket is established. */
static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    struct hub *hub = lws_context_user(lws_get_context(wsi));
    struct connection **connection = session;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return hub->connections < HUB_CONNECTIONS_MAX ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        *connection = connect_session(hub, wsi);
        return 0;
    case LWS_CALLBACK_CLOSED:
        disconnect_session(hub, *connection);
        *connection = NULL;
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return receive(*connection, data, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if ((*connection)->reason)
            return close_with_reason(*connection);
        return websocket_outbox_write(&(*connection)->outbox, wsi) ? 0 : -1;
    case LWS_CALLBACK_TIMER:
        return !session || !*connection || hub_session_is_logged_in((*connection)->session) ? 0 : -1;
    default:
        return lws_callback_http_dummy(wsi, reason, session, data, length);
    }
}

static const struct lws_protocols websocket_protocol = {
    .name = HUB_SUBPROTOCOL, .callback = callback, .per_session_data_size = sizeof(struct connection *),
    .rx_buffer_size = 16 * 1024,
};

/* Listening. The socket is ours, so that a busy port and the one that was chosen are known at once; libwebsockets
 * adopts what arrives. */

static gboolean arrived(GSocket *listener, GIOCondition condition, gpointer user_data)
{
    (void)condition;
    struct hub *hub = user_data;
    for (int i = 0; i < ACCEPTS_PER_TICK; i++) {
        int fd = accept4(g_socket_get_fd(listener), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            lws_adopt_socket_vhost(lws_get_vhost_by_name(hub->context, "default"), fd);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        g_warning("the hub cannot accept connections: %s; trying again in a second", g_strerror(errno));
        g_clear_pointer(&hub->arrivals, g_source_unref);
        deadline_set(hub->listen_again, g_get_monotonic_time() + LISTEN_AGAIN_US);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void await_arrivals(void *user_data)
{
    struct hub *hub = user_data;
    hub->arrivals = g_socket_create_source(hub->listener, G_IO_IN, NULL);
    g_source_set_callback(hub->arrivals, G_SOURCE_FUNC(arrived), hub, NULL);
    g_source_attach(hub->arrivals, reactor_context(hub->reactor));
}

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080": an address, for no name is looked up here. */
static GSocketAddress *parse_listen(const char *listen)
{
    const char *colon = listen ? strrchr(listen, ':') : NULL;
    guint64 port;
    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return NULL;
    g_autofree char *host = g_strndup(listen, (gsize)(colon - listen));
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

/* On this machine, a hub on all addresses is reached at the loopback address. */
static char *make_url(GSocket *listener, bool tls)
{
    g_autoptr(GSocketAddress) local = g_socket_get_local_address(listener, NULL);
    GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS(local);
    GInetAddress *address = g_inet_socket_address_get_address(inet);
    bool ipv6 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
    g_autofree char *text = g_inet_address_get_is_any(address) ? g_strdup(ipv6 ? "::1" : "127.0.0.1")
                                                               : g_inet_address_to_string(address);
    return g_strdup_printf(ipv6 ? "%s://[%s]:%u" : "%s://%s:%u", tls ? "wss" : "ws", text,
                           g_inet_socket_address_get_port(inet));
}

static bool start_listening(struct hub *hub, const char *listen, char **error)
{
    g_autoptr(GSocketAddress) address = parse_listen(listen);
    if (!address) {
        *error = g_strdup_printf("\"%s\" is no address to listen on; give one like 127.0.0.1:8080",
                                 listen ? listen : "");
        return false;
    }
    g_autoptr(GError) failure = NULL;
    hub->listener = g_socket_new(g_socket_address_get_family(address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 &failure);
    if (!hub->listener || !g_socket_bind(hub->listener, address, TRUE, &failure) ||
        !g_socket_listen(hub->listener, &failure)) {
        *error = listen_error(listen, failure);
        return false;
    }
    g_socket_set_blocking(hub->listener, FALSE);
    hub->url = make_url(hub->listener, hub->tls_cert != NULL);
    return true;
}

static const struct lws_protocol_vhost_options no_referrer = { NULL, NULL, "referrer-policy:", "no-referrer" };
static const struct lws_protocol_vhost_options no_sniffing = {
    &no_referrer, NULL, "x-content-type-options:", "nosniff",
};
static const struct lws_protocol_vhost_options headers = {
    &no_sniffing, NULL, "content-security-policy:",
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'",
};

static bool make_context(struct hub *hub, char **error)
{
    struct lws_context_creation_info info;
    void *loops[1];
    websocket_context_info(&info, hub->reactor, loops, HUB_CONNECTIONS_MAX + SPARE_FDS);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    hub->protocols[0] = websocket_protocol;
    hub->protocols[1] = hub_http_protocol(hub->http);
    info.protocols = hub->protocols;
    info.user = hub;
    info.headers = &headers;
    if (hub->web_root) {
        hub->mount = (struct lws_http_mount){
            .mountpoint = "/", .mountpoint_len = 1, .origin = hub->web_root, .def = "index.html",
            .origin_protocol = LWSMPRO_FILE,
        };
    }
    info.mounts = hub_http_mounts(hub->http, hub->web_root ? &hub->mount : NULL);
    if (hub->tls_cert) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = hub->tls_cert;
        info.ssl_private_key_filepath = hub->tls_key;
    }
    hub->context = lws_create_context(&info);
    if (!hub->context)
        *error = g_strdup("libwebsockets cannot start; is its GLib plugin installed (libwebsockets-evlib-glib)?");
    return hub->context != NULL;
}

/* Keys and certificates; false with `error` where one is no good. */
static bool prepare_security(struct hub *hub, const struct hub_config *config, char **error)
{
    if ((config->tls_cert || config->tls_key) && !hub_tls_check(config->tls_cert, config->tls_key, error))
        return false;
    hub->tls_cert = g_strdup(config->tls_cert);
    hub->tls_key = g_strdup(config->tls_key);
    if (!config->token_secret && !config->token_key)
        return true;
    hub->keys = hub_keys_create(config->token_secret, config->token_key, error);
    if (hub->keys)
        hub_service_require_tokens(hub->service, hub->keys, reactor_context(hub->reactor));
    return hub->keys != NULL;
}

static bool open_webhook(struct hub *hub, const struct hub_config *config, char **error)
{
    if (!config->webhook)
        return true;
    hub->webhook = hub_webhook_create(hub->reactor, config->webhook, config->webhook_secret, error);
    if (hub->webhook)
        hub_control_listen(hub->service, hub_webhook_tell, hub->webhook);
    return hub->webhook != NULL;
}

struct hub *hub_create(struct reactor *reactor, const struct hub_config *config, char **error)
{
    char *why = NULL;
    struct hub *hub = g_new0(struct hub, 1);
    hub->reactor = reactor;
    hub->web_root = g_strdup(config->web_root);
    hub->service = hub_service_create(&carrier);
    bool prepared = prepare_security(hub, config, &why) && open_webhook(hub, config, &why);
    hub->http = hub_http_create(hub->service, hub->keys, &hub->connections);
    if (prepared && start_listening(hub, config->listen, &why) && make_context(hub, &why)) {
        hub->listen_again = deadline_create(reactor_context(reactor), await_arrivals, hub);
        await_arrivals(hub);
        return hub;
    }
    hub_destroy(hub);
    if (error)
        *error = why;
    else
        g_free(why);
    return NULL;
}

void hub_destroy(struct hub *hub)
{
    if (!hub)
        return;
    if (hub->arrivals) {
        g_source_destroy(hub->arrivals);
        g_source_unref(hub->arrivals);
    }
    hub->closing = true;
    deadline_destroy(hub->listen_again);
    g_clear_object(&hub->listener);
    if (hub->context)
        lws_context_destroy(hub->context);
    hub_http_destroy(hub->http);
    hub_webhook_destroy(hub->webhook);
    hub_control_listen(hub->service, NULL, NULL);
    hub_service_destroy(hub->service);
    hub_keys_destroy(hub->keys);
    g_free(hub->tls_cert);
    g_free(hub->tls_key);
    g_free(hub->url);
    g_free(hub->web_root);
    g_free(hub);
}

const char *hub_url(const struct hub *hub)
{
    return hub->url;
}
