#include "net/hub/hub.h"

#include <gio/gio.h>
#include <openssl/ssl.h>
#include <string.h>

#include "net/connection/listener.h"
#include "net/connection/websocket.h"
#include "net/connection/websocket_loop.h"
#include "net/hub/access_log.h"
#include "net/hub/http.h"
#include "net/hub/origin.h"
#include "net/hub/pages.h"
#include "net/hub/service/control.h"
#include "net/hub/service/relays.h"
#include "net/hub/service/service.h"
#include "net/hub/sockets.h"
#include "net/hub/tls.h"
#include "net/hub/webhook.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/hub_token.h"
#include "platform/deadline.h"
#include "platform/descriptors.h"

/* Sockets beside the WebSockets: HTTP's, and of those who have asked nothing yet. */
enum { SPARE_FDS = 24, SPARE_SOCKETS = 16, TABLE_MAX = 65536 };
/* From its arrival to its whole request, and from one request to the next. */
enum { REQUEST_WITHIN_S = 10 };
/* What a login costs everybody else: after a restart a thousand come back in a second. */
enum { BACK_WITHIN_MS = 1000, BACK_PER_SECOND = 1000 };
enum { SWEEP_US = G_USEC_PER_SEC, LOGIN_WITHIN_US = 10 * G_USEC_PER_SEC, SLICE = 100, PINGS = 20 };

struct hub {
    struct reactor *reactor;
    struct hub_service *service;
    struct listener *listener;
    struct websocket_context context;
    char *url;
    struct hub_pages *pages;     /* NULL: none are served */
    struct hub_relays *relays;   /* NULL: there are none */
    struct websocket_loop *loop; /* of the context */
    struct hub_limits limits;
    struct hub_counts counts; /* connections: WebSockets */
    GQueue connections;       /* of struct connection, by their links */
    struct deadline *sweep;
    struct lws_protocols protocols[3];
    struct hub_keys *keys; /* of tokens, or NULL */
    struct hub_http *http;
    struct hub_sockets *sockets;
    struct hub_webhook *webhook; /* or NULL */
    char *tls_cert, *tls_key;
    SSL_CTX *as_client; /* which the hub is nobody's: libwebsockets wants one, and (4.1.6) may forget its own */
    char **origins;     /* or NULL */
    bool retiring;      /* all have been told that it starts anew, and of nothing else any more */
    bool closing;       /* being destroyed */
};

struct connection {
    struct hub *hub;
    struct lws *wsi;
    struct hub_session *session;
    char *reason;     /* why it is being dropped, or NULL */
    char *who, *peer; /* for the access log: the address that it logged in as, and where from; or NULL */
    GList link;       /* in the hub's connections */
    int64_t opened_us, heard_us;
    int64_t pinged_us; /* 0: not since it was heard */
    bool ping_due;
    bool closing; /* the reason is on its way */
    struct websocket_outbox outbox;
    struct websocket_inbox inbox;
};

/* Connections. Many drops happen while another connection is served, so none closes from here: the sweep, which comes
 * at once, does it. */

static void close_soon(struct connection *connection, const char *reason)
{
    connection->reason = g_strdup(reason);
    g_queue_unlink(&connection->hub->connections, &connection->link);
    g_queue_push_head_link(&connection->hub->connections, &connection->link);
    deadline_set(connection->hub->sweep, g_get_monotonic_time());
}

static void drop(void *data, const char *reason)
{
    struct connection *connection = data;
    if (connection->reason)
        return;
    close_soon(connection, reason);
    connection->hub->counts.dropped++;
    g_info("a connection is dropped: %s", reason);
    websocket_outbox_clear(&connection->outbox);
}

static bool carry(void *data, const char *text, size_t length)
{
    struct connection *connection = data;
    if (connection->reason || connection->hub->retiring || connection->hub->closing)
        return false;
    if (!websocket_outbox_push(&connection->outbox, text, length, connection->hub->limits.queue_bytes)) {
        connection->hub->counts.slow_readers++;
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
    hub->counts.connections++;
    connection->opened_us = connection->heard_us = g_get_monotonic_time();
    connection->link.data = connection;
    g_queue_push_tail_link(&hub->connections, &connection->link);
    if (hub->connections.length == 1)
        deadline_set(hub->sweep, connection->opened_us + SWEEP_US);
    return connection;
}

static void log_logout(const struct connection *connection)
{
    if (connection->who)
        access_log_logout(connection->peer, connection->who, g_get_monotonic_time() - connection->opened_us,
                          connection->reason ? connection->reason : "closed");
}

static void disconnect_session(struct hub *hub, struct connection *connection)
{
    if (!connection)
        return;
    log_logout(connection);
    hub->counts.connections--;
    g_queue_unlink(&hub->connections, &connection->link);
    connection->reason = connection->reason ? connection->reason : g_strdup("closed");
    hub_session_close(connection->session);
    websocket_outbox_clear(&connection->outbox);
    websocket_inbox_clear(&connection->inbox);
    g_free(connection->reason);
    g_free(connection->who);
    g_free(connection->peer);
    g_free(connection);
}

/* libwebsockets sends the reason (RFC 6455 section 5.5.1) and waits some seconds for the other side's close frame;
 * whoever does not read is cut off after that. */
static void close_with_reason(struct connection *connection)
{
    if (connection->closing)
        return;
    connection->closing = true;
    int code = connection->hub->retiring ? HUB_CLOSE_RESTART : LWS_CLOSE_STATUS_POLICY_VIOLATION;
    lws_close_reason(connection->wsi, (enum lws_close_status)code, (unsigned char *)connection->reason,
                     strlen(connection->reason));
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

/* Who is quiet is pinged (RFC 6455 section 5.5.2), and given up where no answer comes. */
static void look_after(struct connection *connection, int64_t now_us, int *pings)
{
    const struct hub_limits *limits = &connection->hub->limits;
    if (connection->reason)
        return;
    if (!hub_session_address(connection->session) && now_us - connection->opened_us > LOGIN_WITHIN_US) {
        drop(connection, "it did not log in within ten seconds");
    } else if (connection->pinged_us && now_us - connection->pinged_us > limits->answer_ms * 1000) {
        hub_session_fell_silent(connection->session);
        drop(connection, "nothing is heard from it");
    } else if (!connection->pinged_us && now_us - connection->heard_us > limits->quiet_ms * 1000 && *pings > 0) {
        --*pings;
        connection->ping_due = true;
        connection->pinged_us = now_us;
        lws_callback_on_writable(connection->wsi);
    }
}

static void close_dropped(struct hub *hub)
{
    struct connection *first;
    while ((first = g_queue_peek_head(&hub->connections)) && first->reason && !first->closing) {
        g_queue_unlink(&hub->connections, &first->link);
        g_queue_push_tail_link(&hub->connections, &first->link);
        close_with_reason(first); /* may free it */
    }
}

/* One look at each in a second, a few at a time, and few pings at a time: a thousand at once would hold up the
 * messages. libwebsockets would keep a timer for each connection, in one sorted list, and its own pings can (4.1.6)
 * lose a writable callback that was asked for at the same time. */
static void sweep(void *user_data)
{
    struct hub *hub = user_data;
    close_dropped(hub);
    int64_t now_us = g_get_monotonic_time();
    guint n = hub->connections.length;
    int pings = PINGS;
    for (guint i = 0; i < MIN(n, SLICE); i++) {
        GList *link = g_queue_pop_head_link(&hub->connections);
        g_queue_push_tail_link(&hub->connections, link);
        look_after(link->data, now_us, &pings);
        close_dropped(hub); /* it stands first now */
    }
    if (hub->connections.length)
        deadline_set(hub->sweep, now_us + (int64_t)SWEEP_US * SLICE / MAX(n, SLICE));
}

static void hear(struct connection *connection)
{
    connection->heard_us = g_get_monotonic_time();
    connection->pinged_us = 0;
}

static int write_waiting(struct connection *connection)
{
    enum { PING = 4 }; /* bytes: libwebsockets (4.1.6) does not tell of pongs without any */
    unsigned char ping[LWS_PRE + PING] = { 0 };
    if (connection->reason)
        return 0;
    if (connection->ping_due && lws_write(connection->wsi, ping + LWS_PRE, PING, LWS_WRITE_PING) < 0)
        return -1;
    connection->ping_due = false;
    if (!websocket_outbox_write(&connection->outbox, connection->wsi))
        return -1;
    if (connection->hub->retiring && !connection->outbox.messages.length)
        close_soon(connection, "the hub starts anew"); /* behind everything that it was to be told */
    return 0;
}

static void log_login(struct connection *connection)
{
    if (connection->who || !hub_session_address(connection->session))
        return;
    connection->who = g_strdup(hub_session_address(connection->session));
    connection->peer = hub_http_peer(connection->wsi);
    access_log_login(connection->peer, connection->who);
}

/* RFC 6455 section 8.1. -1: libwebsockets is to close it. */
static int take_message(struct connection *connection, int64_t now_us)
{
    static const char why[] = "the text is no UTF-8";
    struct websocket_inbox *inbox = &connection->inbox;
    if (!websocket_inbox_is_utf8(inbox)) {
        lws_close_reason(connection->wsi, LWS_CLOSE_STATUS_INVALID_PAYLOAD, (unsigned char *)why, strlen(why));
        return -1;
    }
    hub_session_receive(connection->session, inbox->text->str, inbox->text->len, now_us);
    log_login(connection);
    websocket_inbox_clear(inbox); /* thousands of quiet connections keep none */
    return 0;
}

static int receive(struct connection *connection, const void *data, size_t length)
{
    if (connection->reason)
        return 0;
    int64_t now_us = g_get_real_time();
    hear(connection);
    switch (
        websocket_inbox_add(&connection->inbox, connection->wsi, data, length, connection->hub->limits.request_bytes)) {
    case WEBSOCKET_MESSAGE:
        return take_message(connection, now_us);
    case WEBSOCKET_TOO_LARGE:
        hub_session_refuse_too_large(connection->session, now_us);
        break;
    case WEBSOCKET_ENDLESS:
        drop(connection, "a message without an end");
        break;
    case WEBSOCKET_MORE:
        break;
    }
    return 0;
}

/* With keys it is the token that vouches, which no page of another site has. */
static bool is_foreign_page(const struct hub *hub, struct lws *wsi)
{
    g_autofree char *origin = hub_http_header(wsi, WSI_TOKEN_ORIGIN), *host = hub_http_header(wsi, WSI_TOKEN_HOST);
    bool checked = !hub->keys || hub->origins;
    if (!checked || hub_origin_is_allowed(hub->origins, origin, host))
        return false;
    g_info("a page of %s is refused, which asks for %s", origin, host ? host : "nobody");
    return true;
}

static int admit(struct hub *hub, struct lws *wsi)
{
    if (is_foreign_page(hub, wsi)) {
        lws_return_http_status(wsi, HTTP_STATUS_FORBIDDEN, "pages of this origin are not allowed here (--origin)");
        return -1;
    }
    if (hub->retiring) {
        lws_return_http_status(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE, "the hub starts anew");
        return -1;
    }
    if (hub->counts.connections < hub->counts.connections_max)
        return 0;
    if (!hub->counts.refused[HUB_REFUSAL_FULL]++)
        g_message("the hub is full: %d connections", hub->counts.connections);
    lws_return_http_status(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE, "the hub is full");
    return -1;
}

/* `session` is libwebsockets' memory for this connection: one pointer, NULL before the WebSocket is established. */
static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    struct hub *hub = lws_context_user(lws_get_context(wsi));
    struct connection **connection = session;
    switch (reason) {
    case LWS_CALLBACK_WSI_DESTROY:
        hub_sockets_end(hub->sockets, wsi);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return admit(hub, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        websocket_send_at_once(wsi);
        *connection = connect_session(hub, wsi);
        return 0;
    case LWS_CALLBACK_CLOSED:
        disconnect_session(hub, *connection);
        *connection = NULL;
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return receive(*connection, data, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return write_waiting(*connection);
    case LWS_CALLBACK_RECEIVE_PONG:
        hear(*connection);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, session, data, length);
    }
}

/* libwebsockets keeps a buffer of this size for each connection; longer messages come in parts. What is written goes to
 * the socket at once, without a limit of the same size. */
enum { RECEIVE_BYTES = 2 * 1024 };

static const struct lws_protocols websocket_protocol = {
    .name = HUB_SUBPROTOCOL,
    .callback = callback,
    .per_session_data_size = sizeof(struct connection *),
    .rx_buffer_size = RECEIVE_BYTES,
    .tx_packet_size = HUB_REPLY_MAX,
};

static void adopt(void *user_data, int fd)
{
    const struct hub *hub = user_data;
    hub_sockets_adopt(hub->sockets, hub->context.lws, fd);
}

/* libwebsockets finds a connection at once in a table of all descriptors that the process may have; only where that
 * would be large does it get a small table, which it searches. */
static int table_size(const struct hub *hub)
{
    return descriptors_allowed() <= TABLE_MAX ? 0 : hub->counts.connections_max + SPARE_FDS;
}

static bool make_context(struct hub *hub, char **error)
{
    struct lws_context_creation_info info;
    void *loops[1];
    websocket_context_info(&info, hub->reactor, loops, table_size(hub));
    websocket_loop_use(hub->loop, &info, loops);
    info.pcontext = &hub->context.lws;
    static const lws_retry_bo_t no_pings; /* sweep() does it */
    info.retry_and_idle_policy = &no_pings;
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    hub->protocols[0] = websocket_protocol;
    hub->protocols[1] = hub_http_protocol(hub->http);
    info.protocols = hub->protocols;
    info.timeout_secs = REQUEST_WITHIN_S;
    info.keepalive_timeout = REQUEST_WITHIN_S;
    info.timeout_secs_ah_idle = REQUEST_WITHIN_S;
    info.user = hub;
    info.headers = hub_pages_headers();
    info.mounts = hub_http_mounts(hub->http, hub_pages_mounts(hub->pages));
    if (hub->tls_cert) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.provided_client_ssl_ctx = hub->as_client = SSL_CTX_new(TLS_client_method());
        info.ssl_cert_filepath = hub->tls_cert;
        info.ssl_private_key_filepath = hub->tls_key;
    }
    /* Made apart from the context: where that makes it and fails (a certificate that cannot be read), libwebsockets
     * (4.1.6) leaves half a context, and what it has in libuv's loop ends in memory that is no more. */
    info.options |= LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (!websocket_context_create(&hub->context, &info))
        *error = g_strdup("libwebsockets cannot start; is its libuv plugin installed (libwebsockets-evlib-uv)?");
    else if (!lws_create_vhost(hub->context.lws, &info))
        *error = g_strdup("libwebsockets cannot serve; can certificate and key still be read?");
    return !*error;
}

static void set_limits(struct hub *hub, const struct hub_limits *limits)
{
    hub->limits = limits ? *limits : (struct hub_limits)HUB_LIMITS;
    hub->limits.request_bytes = MIN(hub->limits.request_bytes, HUB_REQUEST_MAX);
    hub->counts.connections_max = CLAMP(descriptors_allowed() - SPARE_FDS, 1, hub->limits.connections);
    hub->counts.sockets_max = hub->counts.connections_max + SPARE_SOCKETS;
    hub_service_limit(hub->service, &hub->limits);
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

static bool open_listener(struct hub *hub, const char *listen, char **error)
{
    hub->listener = listener_create(listen, error);
    hub->url = hub->listener ? listener_url(hub->listener, hub->tls_cert ? "wss" : "ws") : NULL;
    return hub->listener != NULL;
}

static bool open_webhook(struct hub *hub, const struct hub_config *config, char **error)
{
    if (!config->webhook)
        return true;
    hub->webhook = hub_webhook_create(hub->reactor, config->webhook, config->webhook_secret, error);
    return hub->webhook != NULL;
}

static void see_call(void *user_data, enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    struct hub *hub = user_data;
    access_log_call(event, call, now_us);
    if (hub->webhook)
        hub_webhook_tell(hub->webhook, event, call, now_us);
}

struct hub *hub_create(struct reactor *reactor, const struct hub_config *config, char **error)
{
    char *why = NULL;
    struct hub *hub = g_new0(struct hub, 1);
    hub->reactor = reactor;
    hub->pages = hub_pages_create(config->asset_dir);
    hub->service = hub_service_create(&carrier, reactor_context(reactor));
    hub->relays = hub_relays_create(config->ice_servers, config->ice_user, config->ice_credential, config->turn_secret,
                                    config->turn_valid_s);
    hub_service_name_relays(hub->service, hub->relays);
    hub->origins = g_strdupv(config->origins);
    set_limits(hub, config->limits);
    hub->sockets = hub_sockets_create(&hub->limits, &hub->counts);
    hub->sweep = deadline_create(reactor_context(reactor), sweep, hub);
    hub->loop = websocket_loop_create(reactor);
    if (!hub->loop) {
        hub_destroy(hub);
        if (error)
            *error = g_strdup("libuv has no event loop to give: are file descriptors short?");
        return NULL;
    }
    bool prepared = prepare_security(hub, config, &why) && open_webhook(hub, config, &why);
    hub_control_listen(hub->service, see_call, hub);
    hub->http = hub_http_create(hub->service, hub->keys, hub->origins, &hub->counts, hub->sockets);
    if (prepared && open_listener(hub, config->listen, &why) && make_context(hub, &why)) {
        listener_start(hub->listener, reactor_context(reactor), adopt, hub);
        return hub;
    }
    hub_destroy(hub);
    if (error)
        *error = why;
    else
        g_free(why);
    return NULL;
}

/* libwebsockets knows the certificate by its file's name, so those may not change. */
static bool reload_certificate(struct hub *hub, const struct hub_config *config, char **error)
{
    if (g_strcmp0(hub->tls_cert, config->tls_cert) || g_strcmp0(hub->tls_key, config->tls_key)) {
        *error = g_strdup("whether there is TLS, and its files' names, are read at the start only");
        return false;
    }
    return !hub->tls_cert || hub_tls_check(hub->tls_cert, hub->tls_key, error);
}

bool hub_reload(struct hub *hub, const struct hub_config *config, char **error)
{
    if (!hub->keys != (!config->token_secret && !config->token_key)) {
        *error = g_strdup("whether tokens are wanted is read at the start only");
        return false;
    }
    if (!reload_certificate(hub, config, error) ||
        (hub->keys && !hub_keys_set(hub->keys, config->token_secret, config->token_key, error)))
        return false;
    if (hub->tls_cert)
        lws_tls_cert_updated(hub->context.lws, hub->tls_cert, hub->tls_key, NULL, 0, NULL, 0);
    if (hub->webhook)
        hub_webhook_set_secret(hub->webhook, config->webhook_secret);
    return true;
}

/* Each connection ends as soon as its socket has taken what waits for it. What the others' ends would have it told is
 * left out: they will all be back. */
void hub_retire(struct hub *hub)
{
    if (hub->retiring)
        return;
    cJSON *notice = hub_notice("restart");
    guint back_ms = hub->connections.length * 1000 / BACK_PER_SECOND;
    cJSON_AddNumberToObject(notice, "within_ms", MAX(back_ms, BACK_WITHIN_MS));
    char *text = cJSON_PrintUnformatted(notice);
    for (GList *at = hub->connections.head, *next; at; at = next) {
        next = at->next; /* who is dropped meanwhile goes to the front */
        carry(at->data, text, strlen(text));
    }
    cJSON_free(text);
    cJSON_Delete(notice);
    g_clear_pointer(&hub->listener, listener_destroy);
    hub->retiring = true;
}

bool hub_has_retired(const struct hub *hub)
{
    return hub->retiring && !hub->counts.connections && (!hub->webhook || hub_webhook_is_done(hub->webhook));
}

void hub_destroy(struct hub *hub)
{
    if (!hub)
        return;
    hub->closing = true;
    listener_destroy(hub->listener);
    websocket_loop_destroy(hub->loop, &hub->context.lws);
    websocket_context_gone(&hub->context);
    deadline_destroy(hub->sweep);
    hub_http_destroy(hub->http);
    hub_sockets_destroy(hub->sockets);
    hub_webhook_destroy(hub->webhook);
    hub_control_listen(hub->service, NULL, NULL);
    hub_service_destroy(hub->service);
    hub_relays_destroy(hub->relays);
    hub_keys_destroy(hub->keys);
    g_strfreev(hub->origins);
    SSL_CTX_free(hub->as_client);
    g_free(hub->tls_cert);
    g_free(hub->tls_key);
    g_free(hub->url);
    hub_pages_destroy(hub->pages);
    g_free(hub);
}

const char *hub_url(const struct hub *hub)
{
    return hub->url;
}

const struct hub_counts *hub_counts(const struct hub *hub)
{
    return &hub->counts;
}
