/* ws:// and wss://: the hub over WebSocket (RFC 6455). Connects again by itself, with back-off and jitter.
 * libwebsockets is given one numeric address at a time: it would look names up while we wait, and with its GLib event
 * library (4.1.6, 4.3.5) it aborts as soon as one connection makes a second socket. */
#include "net/signal/backends.h"

#include <string.h>

#include "net/connection/backoff.h"
#include "net/connection/dialer.h"
#include "net/connection/trust.h"
#include "net/connection/websocket.h"
#include "net/protocol/hub_protocol.h"
#include "platform/deadline.h"
#include "platform/network/network_watch.h"

enum {
    CLIENT_FDS = 16,
    CONNECT_S = 5,
    /* TCP, TLS and the WebSocket's handshake. Where the request of the last cannot be sent, libwebsockets (4.1.6) says
     * nothing, and waits for ever. */
    ATTEMPT_US = 10 * G_USEC_PER_SEC,
};

struct websocket_backend {
    struct signal_backend base; /* first: what the front has */
    struct signal_backend_config config;
    char *host, *path, *origin, *ca_file;
    struct dialer *dialer;
    const char *distrust; /* OpenSSL's word on the hub's certificate, or NULL */
    char *reason;         /* why the hub says that it closes, or where it points to, or NULL */
    int port;
    bool tls;
    SSL_CTX *trust; /* wss:// */
    struct websocket_context context;
    struct lws *wsi;     /* libwebsockets' own; NULL while not connected */
    struct lws *attempt; /* the newest, until it is no more */
    bool connecting, established;
    struct backoff backoff;
    struct deadline *connect, *overdue;
    struct websocket_outbox outbox;
    struct websocket_inbox inbox;
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length);

static const struct lws_protocols protocols[] = {
    { .name = HUB_SUBPROTOCOL, .callback = callback, .rx_buffer_size = 16 * 1024 },
    { 0 },
};

static void connect_later(struct websocket_backend *backend)
{
    deadline_set(backend->connect, g_get_monotonic_time() + backoff_next_us(&backend->backoff, g_random_double()));
}

static void lost(struct websocket_backend *backend, const char *why)
{
    if (!backend->connecting && !backend->established)
        return;
    backend->connecting = backend->established = false;
    backend->wsi = NULL;
    deadline_set(backend->overdue, INT64_MAX);
    websocket_outbox_clear(&backend->outbox);
    connect_later(backend);
    backend->config.events->down(backend->config.front, why);
}

/* The next address, if there is one. Else what is wrong: libwebsockets says nothing that is of use; OpenSSL told, at
 * the verification, and the redirection did. */
static void connection_failed(struct websocket_backend *backend, const char *why)
{
    if (backend->connecting && dialer_has_next(backend->dialer)) {
        g_info("%s: %s; trying its next address", backend->origin, why);
        deadline_set(backend->connect, g_get_monotonic_time());
        return;
    }
    if (!backend->distrust) {
        lost(backend, backend->reason ? backend->reason : why);
        return;
    }
    g_autofree char *words = g_strdup_printf(
        "the certificate of %s is not to be trusted: %s; --ca FILE names another authority", backend->host,
        backend->distrust);
    lost(backend, words);
}

static void attempt_is_overdue(void *user_data)
{
    struct websocket_backend *backend = user_data;
    if (!backend->connecting)
        return;
    if (backend->attempt)
        lws_set_timeout(backend->attempt, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
    lost(backend, "the hub does not answer"); /* does nothing where the callback has said so already */
}

/* A close frame: two bytes of code, then words (RFC 6455 section 5.5.1). */
static void take_reason(struct websocket_backend *backend, const char *data, size_t length)
{
    g_free(backend->reason);
    backend->reason = length > 2 && g_utf8_validate_len(data + 2, length - 2, NULL) ? g_strndup(data + 2, length - 2)
                                                                                    : NULL;
}

/* To a WebSocket's handshake that is a failed attempt (RFC 6455, 4.1). */
static int refuse_redirection(struct websocket_backend *backend, const char *location)
{
    g_free(backend->reason);
    backend->reason = g_strdup_printf("%s answers that it has moved to %s", backend->origin, location);
    return -1;
}

static int receive(struct websocket_backend *backend, struct lws *wsi, const void *data, size_t length)
{
    switch (websocket_inbox_add(&backend->inbox, wsi, data, length, HUB_REPLY_MAX)) {
    case WEBSOCKET_MESSAGE:
        backoff_succeeded(&backend->backoff);
        backend->config.events->received(backend->config.front, backend->inbox.text->str, backend->inbox.text->len);
        return 0;
    case WEBSOCKET_TOO_LARGE:
    case WEBSOCKET_ENDLESS:
        g_warning("the hub sent a message of more than %d bytes; disconnecting", HUB_REPLY_MAX);
        return -1;
    case WEBSOCKET_MORE:
        break;
    }
    return 0;
}

/* Not 0: refused; what OpenSSL has refused stays so. */
static int verify(struct websocket_backend *backend, X509_STORE_CTX *store)
{
    const char *word = trust_refuses(store);
    if (word)
        backend->distrust = word;
    return word != NULL;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    struct websocket_backend *backend = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        backend->wsi = wsi;
        backend->established = true;
        backend->connecting = false;
        deadline_set(backend->overdue, INT64_MAX);
        dialer_finish(backend->dialer);
        backend->config.events->up(backend->config.front);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (wsi == backend->attempt)
            backend->attempt = NULL;
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(backend, wsi, data, length);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return websocket_outbox_write(&backend->outbox, wsi) ? 0 : -1;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        return verify(backend, session);
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
        return refuse_redirection(backend, data);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: {
        g_autofree char *why = g_strndup(data ? data : "cannot connect", data ? length : 14);
        connection_failed(backend, why);
        return 0;
    }
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        take_reason(backend, data, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lost(backend, backend->reason ? backend->reason : "the hub closed the connection");
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, session, data, length);
    }
}

static void try_address(struct websocket_backend *backend, const char *address)
{
    struct lws_client_connect_info info = {
        .context = backend->context.lws,
        .address = address,
        .port = backend->port,
        .path = backend->path,
        .host = backend->origin,
        .protocol = HUB_SUBPROTOCOL,
        .local_protocol_name = HUB_SUBPROTOCOL,
        .alpn = "http/1.1",
        .ssl_connection = backend->tls ? LCCSCF_USE_SSL : 0,
        .pwsi = &backend->attempt,
    };
    deadline_set(backend->overdue, g_get_monotonic_time() + ATTEMPT_US);
    backend->distrust = NULL;
    g_clear_pointer(&backend->reason, g_free);
    if (!lws_client_connect_via_info(&info))
        lost(backend, "cannot connect"); /* does nothing where the callback has said so already */
}

static void looked_up(void *user_data, const char *error)
{
    struct websocket_backend *backend = user_data;
    if (error)
        lost(backend, error);
    else
        try_address(backend, dialer_next(backend->dialer));
}

static void end_context(struct websocket_backend *backend)
{
    websocket_context_destroy(&backend->context);
    SSL_CTX_free(backend->trust);
    backend->trust = NULL;
}

static bool make_context(struct websocket_backend *backend)
{
    struct lws_context_creation_info info;
    void *loops[1];
    g_clear_pointer(&backend->reason, g_free);
    if (backend->tls && !(backend->trust = trust_create(backend->ca_file, &backend->reason)))
        return false;
    websocket_context_info(&info, backend->config.reactor, loops, CLIENT_FDS);
    info.protocols = protocols;
    info.user = backend;
    info.connect_timeout_secs = CONNECT_S;
    if (backend->tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.provided_client_ssl_ctx = backend->trust;
    if (!websocket_context_create(&backend->context, &info))
        g_warning("libwebsockets cannot start; is its GLib plugin installed (libwebsockets-evlib-glib)?");
    return backend->context.lws != NULL;
}

/* The authorities may have changed since they were read. */
static bool renew_context(struct websocket_backend *backend)
{
    if (backend->context.lws && !backend->distrust)
        return true;
    backend->connecting = false; /* what ends now is no attempt that failed */
    backend->distrust = NULL;
    end_context(backend);
    return make_context(backend);
}

static void connect_hub(void *user_data)
{
    struct websocket_backend *backend = user_data;
    bool ready = renew_context(backend);
    const char *address = ready ? dialer_next(backend->dialer) : NULL;
    backend->connecting = true;
    if (!ready)
        lost(backend, backend->reason ? backend->reason : "there is no memory to connect");
    else if (address)
        try_address(backend, address);
    else
        dialer_look_up(backend->dialer);
}

static bool parse_url(struct websocket_backend *backend, const char *url)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_SCHEME_NORMALIZE, &error);
    if (!uri || !g_uri_get_host(uri) || !*g_uri_get_host(uri)) {
        g_warning("\"%s\" is no WebSocket address: %s", url, error ? error->message : "it names no host");
        return false;
    }
    backend->tls = !g_ascii_strcasecmp(g_uri_get_scheme(uri), "wss");
    backend->host = g_strdup(g_uri_get_host(uri));
    backend->port = g_uri_get_port(uri) > 0 ? g_uri_get_port(uri) : backend->tls ? 443 : 80;
    backend->path = g_strdup(*g_uri_get_path(uri) ? g_uri_get_path(uri) : "/");
    backend->origin = g_strdup_printf(strchr(backend->host, ':') ? "[%s]:%d" : "%s:%d", backend->host, backend->port);
    return true;
}

static void websocket_free(struct websocket_backend *backend)
{
    /* What was said before the end, a hang-up above all, still goes out as far as the socket takes it. */
    if (backend->established)
        websocket_outbox_finish(&backend->outbox, backend->wsi);
    backend->connecting = backend->established = false;
    end_context(backend);
    deadline_destroy(backend->connect);
    deadline_destroy(backend->overdue);
    dialer_destroy(backend->dialer);
    websocket_outbox_clear(&backend->outbox);
    websocket_inbox_clear(&backend->inbox);
    g_free(backend->host);
    g_free(backend->path);
    g_free(backend->origin);
    g_free(backend->ca_file);
    g_free(backend->reason);
    g_free(backend);
}

static struct signal_backend *websocket_create(const struct signal_backend_config *config)
{
    struct websocket_backend *backend = g_new0(struct websocket_backend, 1);
    backend->base.ops = &signal_backend_websocket;
    backend->config = *config;
    backend->ca_file = g_strdup(config->ca_file);
    bool good = parse_url(backend, config->url);
    /* authorities that cannot be read now are read again later */
    if (!good || (!make_context(backend) && !backend->reason)) {
        websocket_free(backend);
        return NULL;
    }
    backend->config.url = backend->config.user = backend->config.token = backend->config.ca_file = NULL;
    backend->dialer = dialer_create(reactor_context(config->reactor), backend->host, (uint16_t)backend->port, looked_up,
                                    backend);
    backend->connect = deadline_create(reactor_context(config->reactor), connect_hub, backend);
    backend->overdue = deadline_create(reactor_context(config->reactor), attempt_is_overdue, backend);
    deadline_set(backend->connect, 0);
    return &backend->base;
}

static void websocket_destroy(struct signal_backend *base)
{
    websocket_free((struct websocket_backend *)base);
}

static bool websocket_send(struct signal_backend *base, const char *text, size_t length)
{
    struct websocket_backend *backend = (struct websocket_backend *)base;
    if (!backend->established || !websocket_outbox_push(&backend->outbox, text, length, HUB_QUEUE_MAX))
        return false;
    lws_callback_on_writable(backend->wsi);
    return true;
}

/* A socket whose card is gone would wait for minutes. */
static void websocket_network_changed(struct signal_backend *base, bool slept)
{
    struct websocket_backend *backend = (struct websocket_backend *)base;
    if (backend->established && !slept && network_carries(lws_get_socket_fd(backend->wsi)))
        return;
    if (backend->established)
        lws_set_timeout(backend->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
    backoff_succeeded(&backend->backoff);
    if (!backend->connecting)
        deadline_set(backend->connect, g_get_monotonic_time());
}

static void websocket_come_back_within(struct signal_backend *base, int64_t within_ms)
{
    backoff_spread(&((struct websocket_backend *)base)->backoff, within_ms);
}

const struct signal_backend_ops signal_backend_websocket = {
    .schemes = { "ws", "wss" },
    .create = websocket_create,
    .destroy = websocket_destroy,
    .send = websocket_send,
    .network_changed = websocket_network_changed,
    .come_back_within = websocket_come_back_within,
};
