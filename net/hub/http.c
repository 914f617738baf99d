#include "net/hub/http.h"

#include <string.h>

#include "net/hub/access_log.h"
#include "net/hub/http_api.h"
#include "net/hub/origin.h"

#define PROTOCOL "callapi-http"

enum { MOUNTS = 3, HEAD_MAX = 1024 };

struct hub_http {
    struct hub_service *service;
    const struct hub_keys *keys;
    char *const *origins;
    const struct hub_counts *counts;
    struct hub_sockets *sockets;
    struct lws_http_mount mounts[MOUNTS];
};

enum exchange_state {
    EXCHANGE_NONE,      /* a head may come */
    EXCHANGE_CONTENT,   /* it has come, and its content has not */
    EXCHANGE_ANSWERING, /* the answer's head is sent, its body waits for the socket */
};

/* libwebsockets' memory for one request. */
struct exchange {
    enum exchange_state state;
    struct http_request request;
    struct http_answer answer;
    int64_t began_us;
};

struct hub_http *hub_http_create(struct hub_service *service, const struct hub_keys *keys, char *const *origins,
                                 const struct hub_counts *counts, struct hub_sockets *sockets)
{
    struct hub_http *http = g_new0(struct hub_http, 1);
    *http = (struct hub_http){
        .service = service, .keys = keys, .origins = origins, .counts = counts, .sockets = sockets
    };
    return http;
}

void hub_http_destroy(struct hub_http *http)
{
    g_free(http);
}

static void clear(struct exchange *exchange)
{
    if (!exchange)
        return;
    g_free(exchange->request.path);
    if (exchange->request.body)
        g_string_free(exchange->request.body, TRUE);
    g_free(exchange->answer.body);
    memset(exchange, 0, sizeof *exchange);
}

char *hub_http_header(struct lws *wsi, enum lws_token_indexes token)
{
    int length = lws_hdr_total_length(wsi, token);
    char *text = length > 0 ? g_malloc((size_t)length + 1) : NULL;
    if (text && lws_hdr_copy(wsi, text, length + 1, token) < 0)
        g_clear_pointer(&text, g_free);
    return text;
}

static void read_method(struct lws *wsi, struct http_request *request)
{
    static const struct {
        enum lws_token_indexes token;
        const char *method;
    } methods[] = {
        { WSI_TOKEN_GET_URI, "GET" },     { WSI_TOKEN_POST_URI, "POST" },     { WSI_TOKEN_PUT_URI, "PUT" },
        { WSI_TOKEN_PATCH_URI, "PATCH" }, { WSI_TOKEN_DELETE_URI, "DELETE" }, { WSI_TOKEN_OPTIONS_URI, "OPTIONS" },
        { WSI_TOKEN_HEAD_URI, "HEAD" },
    };
    request->method = "";
    for (size_t i = 0; i < G_N_ELEMENTS(methods) && !request->path; i++) {
        request->path = hub_http_header(wsi, methods[i].token);
        request->method = methods[i].method;
    }
}

char *hub_http_peer(struct lws *wsi)
{
    char peer[64] = "";
    lws_get_peer_simple(wsi, peer, sizeof peer);
    return g_strdup(peer);
}

static bool is_local(struct lws *wsi)
{
    g_autofree char *peer = hub_http_peer(wsi);
    return g_str_has_prefix(peer, "127.") || !strcmp(peer, "::1") || g_str_has_prefix(peer, "::ffff:127.");
}

/* Without keys, a page of another site in a browser on this machine must not pass for a program: it names its origin,
 * or, where DNS rebinding makes it a page of ours, a host that is not ours. */
static void authorise(const struct hub_http *http, struct lws *wsi, struct http_request *request)
{
    g_autofree char *authorization = hub_http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION),
                    *origin = hub_http_header(wsi, WSI_TOKEN_ORIGIN);
    g_autofree char *host = hub_http_header(wsi, WSI_TOKEN_HOST);
    if (!g_strcmp0(request->path, HTTP_HEALTH_PATH)) {
        request->status = 200;
        return;
    }
    if (!http->keys) {
        request->status = is_local(wsi) && !origin && hub_origin_is_our_host(http->origins, host) ? 200 : 403;
        request->refusal = "this hub has no keys for tokens, so its API answers programs on its own machine only";
        return;
    }
    g_autofree char *error = NULL;
    bool bearer = authorization && !g_ascii_strncasecmp(authorization, "Bearer ", 7);
    struct hub_grant *grant = bearer ? hub_token_check(http->keys, authorization + 7,
                                                       g_get_real_time() / G_USEC_PER_SEC, &error)
                                     : NULL;
    request->status = !grant ? 401 : grant->server ? 200 : 403;
    request->refusal = grant ? "the token is not a server's"
                             : "a server's token is needed: Authorization: Bearer TOKEN";
    hub_grant_destroy(grant);
}

/* `value` NULL: none is added. */
static bool add_header(struct lws *wsi, const char *name, const char *value, unsigned char **at, unsigned char *end)
{
    return value && lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                                (int)strlen(value), at, end);
}

/* What stands behind a POST's content, or is the content of a refused one, is never taken for a head (RFC 9112, 9.3.2):
 * the connection ends with the answer. */
static bool is_last(const struct exchange *exchange)
{
    return !strcmp(exchange->request.method, "POST");
}

static int send_head(struct lws *wsi, const struct exchange *exchange)
{
    const struct http_answer *answer = &exchange->answer;
    unsigned char bytes[LWS_PRE + HEAD_MAX], *start = bytes + LWS_PRE, *at = start, *end = bytes + sizeof bytes - 1;
    const char *type = answer->text ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
    if (lws_add_http_common_headers(wsi, (unsigned)answer->status, type, strlen(answer->body), &at, end) ||
        add_header(wsi, "allow:", answer->allow, &at, end) ||
        add_header(wsi, "connection:", is_last(exchange) ? "close" : NULL, &at, end) ||
        add_header(wsi, "www-authenticate:", answer->status == 401 ? "Bearer" : NULL, &at, end) ||
        lws_finalize_write_http_header(wsi, start, &at, end))
        return -1;
    lws_callback_on_writable(wsi);
    return 0;
}

static void log_exchange(struct lws *wsi, const struct exchange *exchange)
{
    g_autofree char *peer = hub_http_peer(wsi);
    const struct http_request *request = &exchange->request;
    access_log_request(peer, request->method, request->path ? request->path : "", exchange->answer.status,
                       strlen(exchange->answer.body), g_get_monotonic_time() - exchange->began_us);
}

static int answer(const struct hub_http *http, struct lws *wsi, struct exchange *exchange)
{
    exchange->state = EXCHANGE_ANSWERING;
    hub_http_answer(http->service, http->counts, &exchange->request, &exchange->answer);
    log_exchange(wsi, exchange);
    return send_head(wsi, exchange);
}

static int finish(struct lws *wsi, struct exchange *exchange)
{
    if (exchange->state != EXCHANGE_ANSWERING)
        return 0;
    size_t length = strlen(exchange->answer.body);
    g_autofree unsigned char *bytes = g_malloc(LWS_PRE + length + 1);
    memcpy(bytes + LWS_PRE, exchange->answer.body, length);
    bool written = lws_write(wsi, bytes + LWS_PRE, length, LWS_WRITE_HTTP_FINAL) >= (int)length,
         last = is_last(exchange);
    clear(exchange);
    if (!written || last)
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* libwebsockets takes bytes that come too early for a head of the next request. */
static int end_early(struct lws *wsi, struct exchange *exchange)
{
    finish(wsi, exchange);
    return -1;
}

static int begin(const struct hub_http *http, struct lws *wsi, struct exchange *exchange)
{
    struct http_request *request = &exchange->request;
    if (exchange->state != EXCHANGE_NONE)
        return end_early(wsi, exchange);
    exchange->began_us = g_get_monotonic_time();
    read_method(wsi, request);
    authorise(http, wsi, request);
    if (strcmp(request->method, "POST") || request->status != 200)
        return answer(http, wsi, exchange);
    g_autofree char *length = hub_http_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH),
                    *type = hub_http_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE);
    uint64_t bytes = 0;
    if (!type || g_ascii_strncasecmp(type, "application/json", 16)) {
        request->status = 415;
        request->refusal = "the content is to be application/json";
    } else if (!length || !g_ascii_string_to_unsigned(length, 10, 0, INT64_MAX, &bytes, NULL)) {
        request->status = 400;
        request->refusal = "Content-Length is needed";
    } else if (bytes > HTTP_BODY_MAX) {
        request->status = 413;
        request->refusal = "the content is too large";
    } else if (bytes > 0) {
        request->body = g_string_new(NULL);
        exchange->state = EXCHANGE_CONTENT;
        return 0; /* the answer follows the body */
    }
    return answer(http, wsi, exchange);
}

static int receive(struct exchange *exchange, const char *data, size_t length)
{
    GString *body = exchange->request.body;
    if (exchange->state != EXCHANGE_CONTENT)
        return 0;
    if (body->len + length > HTTP_BODY_MAX)
        return -1;
    g_string_append_len(body, data, (gssize)length);
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    const struct lws_protocols *protocol = lws_get_protocol(wsi);
    const struct hub_http *http = protocol ? protocol->user : NULL;
    struct exchange *exchange = session;
    switch (reason) {
    case LWS_CALLBACK_WSI_DESTROY:
        hub_sockets_end(http->sockets, wsi);
        return 0;
    case LWS_CALLBACK_HTTP:
        return begin(http, wsi, exchange);
    case LWS_CALLBACK_HTTP_BODY:
        return receive(exchange, data, length);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return exchange->state == EXCHANGE_CONTENT ? answer(http, wsi, exchange) : 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return finish(wsi, exchange);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        clear(exchange);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* no WebSocket */
    default:
        return lws_callback_http_dummy(wsi, reason, session, data, length);
    }
}

struct lws_protocols hub_http_protocol(struct hub_http *http)
{
    return (struct lws_protocols){
        .name = PROTOCOL,
        .callback = callback,
        .per_session_data_size = sizeof(struct exchange),
        .user = http,
    };
}

const struct lws_http_mount *hub_http_mounts(struct hub_http *http, const struct lws_http_mount *next)
{
    static const char *const points[MOUNTS] = { "/v1", "/metrics", HTTP_HEALTH_PATH };
    for (int i = 0; i < MOUNTS; i++)
        http->mounts[i] = (struct lws_http_mount){
            .mountpoint = points[i],
            .mountpoint_len = (unsigned char)strlen(points[i]),
            .origin = PROTOCOL,
            .origin_protocol = LWSMPRO_CALLBACK,
            .protocol = PROTOCOL,
            .mount_next = i + 1 < MOUNTS ? &http->mounts[i + 1] : next,
        };
    return http->mounts;
}
