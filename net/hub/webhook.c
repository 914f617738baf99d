#include "net/hub/webhook.h"

#include <string.h>

#include "net/connection/dialer.h"
#include "net/connection/trust.h"
#include "net/connection/websocket.h"
#include "net/protocol/hub_protocol.h"
#include "platform/deadline.h"

enum {
    WAITING_MAX = 1000,
    ATTEMPTS_MAX = 6,
    AGAIN_FIRST_US = G_USEC_PER_SEC / 2,
    CONNECT_S = 5,
    ANSWER_S = 10,
    FDS = 16
};

struct hub_webhook {
    char *url, *host, *path, *origin, *secret;
    int port;
    bool tls;
    SSL_CTX *trust; /* https:// */
    struct websocket_context context;
    struct dialer *dialer;
    GQueue waiting; /* char *, JSON; the first is the one that is being told */
    struct deadline *next;
    int attempts; /* that failed, of the first */
    bool busy, accepted, closing;
    char *why; /* the last attempt failed */
};

static void tell_first(void *user_data);

static void note_why(struct hub_webhook *webhook, const char *why, size_t length)
{
    g_free(webhook->why);
    webhook->why = why && length && g_utf8_validate_len(why, length, NULL) ? g_strndup(why, length) : NULL;
}

/* One attempt is over: the next one, of this or of what waits behind it. */
static void attempt_over(struct hub_webhook *webhook)
{
    const char *why = webhook->why ? webhook->why : "the connection ended";
    if (!webhook->busy || webhook->closing)
        return;
    webhook->busy = false;
    if (!webhook->accepted && dialer_has_next(webhook->dialer)) {
        deadline_set(webhook->next, 0);
        return;
    }
    if (!webhook->accepted)
        g_debug("%s was not told: %s", webhook->url, why);
    if (!webhook->accepted && ++webhook->attempts < ATTEMPTS_MAX) {
        deadline_set(webhook->next, g_get_monotonic_time() + ((int64_t)AGAIN_FIRST_US << webhook->attempts));
        return;
    }
    if (!webhook->accepted)
        g_warning("%s does not take what it is to be told (%s); dropped: %s", webhook->url, why,
                  (char *)webhook->waiting.head->data);
    webhook->attempts = 0;
    g_free(g_queue_pop_head(&webhook->waiting));
    if (webhook->waiting.length)
        deadline_set(webhook->next, 0);
}

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **at, unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), at, end);
}

static int send_head(const struct hub_webhook *webhook, struct lws *wsi, unsigned char **at, size_t room)
{
    const char *content = webhook->waiting.head->data;
    unsigned char *end = *at + room - 1;
    g_autofree char *length = g_strdup_printf("%zu", strlen(content));
    g_autofree char *signature = webhook->secret
                                     ? g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)webhook->secret,
                                                                 strlen(webhook->secret), content, -1)
                                     : NULL;
    if (add_header(wsi, "content-type:", "application/json", at, end) ||
        add_header(wsi, "content-length:", length, at, end) ||
        (signature && add_header(wsi, "x-callapi-signature:", signature, at, end)))
        return -1;
    lws_client_http_body_pending(wsi, 1);
    lws_callback_on_writable(wsi);
    return 0;
}

static int send_content(const struct hub_webhook *webhook, struct lws *wsi)
{
    const char *content = webhook->waiting.head->data;
    size_t length = strlen(content);
    g_autofree unsigned char *bytes = g_malloc(LWS_PRE + length);
    memcpy(bytes + LWS_PRE, content, length);
    lws_client_http_body_pending(wsi, 0);
    return lws_write(wsi, bytes + LWS_PRE, length, LWS_WRITE_HTTP_FINAL) < (int)length ? -1 : 0;
}

/* It answered, so no other address is tried. */
static int take_status(struct hub_webhook *webhook, unsigned status)
{
    g_autofree char *why = g_strdup_printf("it answers %u", status);
    dialer_finish(webhook->dialer);
    webhook->accepted = status >= 200 && status < 300;
    note_why(webhook, why, strlen(why));
    return 0;
}

/* Not followed: what calls are made is told to the configured address alone. */
static int refuse_redirection(struct hub_webhook *webhook, const char *location)
{
    dialer_finish(webhook->dialer);
    g_warning("%s answers that it has moved to %s, which is not followed", webhook->url, location);
    return -1;
}

/* What it answers is read, and of no interest. */
static int skip(struct lws *wsi)
{
    char bytes[LWS_PRE + 1024], *start = bytes + LWS_PRE;
    int length = 1024;
    return lws_http_client_read(wsi, &start, &length) < 0 ? -1 : 0;
}

/* libwebsockets' own words on it say nothing. */
static int verify(struct hub_webhook *webhook, X509_STORE_CTX *store)
{
    const char *word = trust_refuses(store);
    if (!word)
        return 0;
    g_autofree char *why = g_strdup_printf("its certificate is not to be trusted: %s", word);
    note_why(webhook, why, strlen(why));
    return -1;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    struct hub_webhook *webhook = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return send_head(webhook, wsi, data, length);
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return send_content(webhook, wsi);
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
        return refuse_redirection(webhook, data);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return take_status(webhook, lws_http_client_http_response(wsi));
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return skip(wsi);
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        if (!webhook->why)
            note_why(webhook, data, length);
        attempt_over(webhook);
        return 0;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        attempt_over(webhook);
        return 0;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        return verify(webhook, session);
    default:
        return lws_callback_http_dummy(wsi, reason, session, data, length);
    }
}

static const struct lws_protocols protocols[] = { { .name = "callapi-webhook", .callback = callback }, { 0 } };

static void try_address(struct hub_webhook *webhook, const char *address)
{
    struct lws_client_connect_info info = {
        .context = webhook->context.lws,
        .address = address,
        .port = webhook->port,
        .path = webhook->path,
        .host = webhook->origin,
        .origin = webhook->origin,
        .method = "POST",
        .alpn = "http/1.1",
        .local_protocol_name = protocols[0].name,
        .ssl_connection = webhook->tls ? LCCSCF_USE_SSL : 0,
    };
    if (!lws_client_connect_via_info(&info))
        attempt_over(webhook); /* does nothing where the callback has said so already */
}

static void looked_up(void *user_data, const char *error)
{
    struct hub_webhook *webhook = user_data;
    if (!error) {
        try_address(webhook, dialer_next(webhook->dialer));
        return;
    }
    note_why(webhook, error, strlen(error));
    attempt_over(webhook);
}

static void tell_first(void *user_data)
{
    struct hub_webhook *webhook = user_data;
    const char *address = dialer_next(webhook->dialer);
    webhook->busy = true;
    webhook->accepted = false;
    note_why(webhook, NULL, 0);
    if (address)
        try_address(webhook, address);
    else
        dialer_look_up(webhook->dialer);
}

void hub_webhook_tell(void *user_data, enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    static const char *const words[] = {
        [HUB_CALL_STARTED] = "started", [HUB_CALL_ENDED] = "ended", [HUB_CALL_MISSED] = "missed"
    };
    struct hub_webhook *webhook = user_data;
    if (webhook->waiting.length >= WAITING_MAX) {
        g_warning("%s is too slow; dropped: call %s %s", webhook->url, call->id, words[event]);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "event", words[event]);
    cJSON_AddStringToObject(json, "call", call->match ? call->match : call->id);
    cJSON_AddStringToObject(json, "from", call->from);
    cJSON_AddStringToObject(json, "to", call->to);
    hub_add_name(json, "from_name", call->from_name);
    hub_add_name(json, "to_name", call->to_name);
    cJSON_AddNumberToObject(json, "at_ms", (double)(now_us / 1000));
    if (event == HUB_CALL_ENDED)
        cJSON_AddNumberToObject(json, "duration_ms", (double)((now_us - call->accepted_us) / 1000));
    char *text = cJSON_PrintUnformatted(json);
    g_queue_push_tail(&webhook->waiting, g_strdup(text));
    cJSON_free(text);
    cJSON_Delete(json);
    if (webhook->waiting.length == 1)
        deadline_set(webhook->next, 0);
}

bool hub_webhook_is_done(const struct hub_webhook *webhook)
{
    return !webhook->waiting.length;
}

static bool parse_url(struct hub_webhook *webhook, const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL);
    const char *scheme = uri ? g_uri_get_scheme(uri) : NULL;
    webhook->tls = !g_strcmp0(scheme, "https");
    if (!scheme || (!webhook->tls && strcmp(scheme, "http")) || !g_uri_get_host(uri) || !*g_uri_get_host(uri))
        return false;
    const char *path = *g_uri_get_path(uri) ? g_uri_get_path(uri) : "/", *query = g_uri_get_query(uri);
    webhook->host = g_strdup(g_uri_get_host(uri));
    webhook->port = g_uri_get_port(uri) > 0 ? g_uri_get_port(uri) : webhook->tls ? 443 : 80;
    webhook->path = query ? g_strdup_printf("%s?%s", path, query) : g_strdup(path);
    webhook->origin = g_strdup_printf(strchr(webhook->host, ':') ? "[%s]:%d" : "%s:%d", webhook->host, webhook->port);
    return true;
}

static bool make_context(struct hub_webhook *webhook, struct reactor *reactor, char **error)
{
    struct lws_context_creation_info info;
    void *loops[1];
    if (webhook->tls && !(webhook->trust = trust_create(NULL, error)))
        return false;
    websocket_context_info(&info, reactor, loops, FDS);
    info.protocols = protocols;
    info.user = webhook;
    info.timeout_secs = ANSWER_S;
    info.connect_timeout_secs = CONNECT_S;
    if (webhook->tls)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.provided_client_ssl_ctx = webhook->trust;
    return websocket_context_create(&webhook->context, &info);
}

void hub_webhook_set_secret(struct hub_webhook *webhook, const char *secret)
{
    g_free(webhook->secret);
    webhook->secret = secret ? g_strndup(secret, strcspn(secret, "\r\n")) : NULL;
}

struct hub_webhook *hub_webhook_create(struct reactor *reactor, const char *url, const char *secret, char **error)
{
    struct hub_webhook *webhook = g_new0(struct hub_webhook, 1);
    webhook->url = g_strdup(url);
    hub_webhook_set_secret(webhook, secret);
    webhook->next = deadline_create(reactor_context(reactor), tell_first, webhook);
    if (parse_url(webhook, url) && make_context(webhook, reactor, error)) {
        webhook->dialer = dialer_create(reactor_context(reactor), webhook->host, (uint16_t)webhook->port, looked_up,
                                        webhook);
        return webhook;
    }
    if (!*error)
        *error = g_strdup_printf("\"%s\" cannot be told of calls; give an address like https://example.org/calls", url);
    hub_webhook_destroy(webhook);
    return NULL;
}

void hub_webhook_destroy(struct hub_webhook *webhook)
{
    if (!webhook)
        return;
    webhook->closing = true;
    websocket_context_destroy(&webhook->context);
    SSL_CTX_free(webhook->trust);
    deadline_destroy(webhook->next);
    dialer_destroy(webhook->dialer);
    g_queue_clear_full(&webhook->waiting, g_free);
    g_free(webhook->why);
    g_free(webhook->url);
    g_free(webhook->host);
    g_free(webhook->path);
    g_free(webhook->origin);
    g_free(webhook->secret);
    g_free(webhook);
}
