#include "net/http/parts.h"

#include <string.h>

#include "platform/deadline.h"

enum { CHUNK = 16 * 1024, MAX_REDIRECTS = 5 };

struct http_request {
    struct http *http;
    char *method, *url, *token, *token_url, *content_type, *accept, *if_match;
    GBytes *body; /* or NULL */
    size_t max_size;
    void (*done)(void *user_data, const struct http_answer *answer);
    void *user_data;
    bool cancelled, late;
    bool closing; /* nobody waits for it but the reactor */
    int redirects;
    GTlsCertificateFlags certificate_errors;
    GCancellable *cancellable;
    struct deadline *limit;
    SoupMessage *message;
    GInputStream *stream;
    GByteArray *answer;
};

static void begin(struct http_request *request);

static void drop_exchange(struct http_request *request)
{
    g_clear_object(&request->stream);
    g_clear_object(&request->message);
    g_byte_array_set_size(request->answer, 0);
}

static void free_request(struct http_request *request)
{
    drop_exchange(request);
    g_byte_array_unref(request->answer);
    deadline_destroy(request->limit);
    g_object_unref(request->cancellable);
    g_clear_pointer(&request->body, g_bytes_unref);
    char *texts[] = { request->method,       request->url,    request->token,   request->token_url,
                      request->content_type, request->accept, request->if_match };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    if (request->closing)
        reactor_end_close(request->http->reactor);
    http_unref(request->http);
    g_free(request);
}

static void end(struct http_request *request, enum http_outcome outcome, const char *words)
{
    struct http_answer answer = { .outcome = outcome, .words = words, .url = request->url };
    if (outcome == HTTP_ANSWERED) {
        answer.size = request->answer->len;
        g_byte_array_append(request->answer, (const guint8 *)"", 1);
        answer.text = (const char *)request->answer->data;
        answer.status = (int)soup_message_get_status(request->message);
        answer.header = soup_message_get_response_headers(request->message);
    }
    deadline_set(request->limit, INT64_MAX);
    if (request->done && !request->cancelled)
        request->done(request->user_data, &answer);
    free_request(request);
}

static void fail(struct http_request *request, const GError *error)
{
    if (request->late)
        end(request, HTTP_LATE, "the server did not answer in time");
    else if (request->certificate_errors)
        end(request, HTTP_UNTRUSTED, http_certificate_words(request->certificate_errors));
    else
        end(request, http_outcome_of(error), error->message);
}

/* ---- the answer ---- */

static bool is_redirect(struct http_request *request)
{
    guint status = soup_message_get_status(request->message);
    return status == SOUP_STATUS_TEMPORARY_REDIRECT || status == SOUP_STATUS_PERMANENT_REDIRECT;
}

static void follow(struct http_request *request)
{
    const char *location = soup_message_headers_get_one(soup_message_get_response_headers(request->message),
                                                        "Location");
    g_autofree char *url = location ? http_resolve(request->url, location) : NULL;
    if (!url)
        end(request, HTTP_ASTRAY, "the server redirects to no address that could be used");
    else if (g_str_has_prefix(request->url, "https:") && !g_str_has_prefix(url, "https:"))
        end(request, HTTP_ASTRAY, "the server redirects from https to http, which is not followed");
    else if (request->redirects++ == MAX_REDIRECTS)
        end(request, HTTP_ASTRAY, "the server redirects again and again");
    else {
        drop_exchange(request);
        g_free(request->url);
        request->url = g_steal_pointer(&url);
        begin(request);
    }
}

static void read_on(struct http_request *request);

static void on_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    struct http_request *request = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &error);
    size_t size = 0;
    const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    if (!bytes)
        fail(request, error);
    else if (request->cancelled)
        free_request(request);
    else if (size + request->answer->len > request->max_size)
        end(request, HTTP_TOO_LARGE, "the server's answer is too large");
    else if (size) {
        g_byte_array_append(request->answer, data, (guint)size);
        read_on(request);
    } else if (is_redirect(request))
        follow(request);
    else
        end(request, HTTP_ANSWERED, NULL);
}

static void read_on(struct http_request *request)
{
    g_input_stream_read_bytes_async(request->stream, CHUNK, G_PRIORITY_DEFAULT, request->cancellable, on_read, request);
}

static void on_sent(GObject *session, GAsyncResult *result, gpointer user_data)
{
    struct http_request *request = user_data;
    g_autoptr(GError) error = NULL;
    request->stream = soup_session_send_finish(SOUP_SESSION(session), result, &error);
    if (!request->stream)
        fail(request, error);
    else if (request->cancelled)
        free_request(request);
    else
        read_on(request);
}

/* Asked only where something is wrong with it. */
static gboolean on_certificate(SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors,
                               gpointer user_data)
{
    (void)message;
    (void)certificate;
    struct http_request *request = user_data;
    request->certificate_errors = errors;
    return FALSE;
}

/* ---- the request ---- */

static void add_headers(struct http_request *request)
{
    SoupMessageHeaders *headers = soup_message_get_request_headers(request->message);
    if (request->accept)
        soup_message_headers_append(headers, "Accept", request->accept);
    if (request->if_match)
        soup_message_headers_append(headers, "If-Match", request->if_match);
    if (request->token && http_same_origin(request->url, request->token_url)) {
        g_autofree char *value = g_strconcat("Bearer ", request->token, NULL);
        soup_message_headers_append(headers, "Authorization", value);
    }
    if (request->body)
        soup_message_set_request_body_from_bytes(request->message, request->content_type, request->body);
}

/* What is wrong is told from the reactor, as everything else. */
static void refuse_later(struct http_request *request)
{
    deadline_set(request->limit, g_get_monotonic_time());
}

static void begin(struct http_request *request)
{
    GMainContext *context = reactor_context(request->http->reactor);
    g_autofree char *url = http_resolve(request->url, "");
    request->message = url ? soup_message_new(request->method, request->url) : NULL;
    if (!request->message) {
        refuse_later(request);
        return;
    }
    soup_message_add_flags(request->message, SOUP_MESSAGE_NO_REDIRECT);
    g_signal_connect(request->message, "accept-certificate", G_CALLBACK(on_certificate), request);
    add_headers(request);
    g_main_context_push_thread_default(context);
    soup_session_send_async(request->http->session, request->message, G_PRIORITY_DEFAULT, request->cancellable, on_sent,
                            request);
    g_main_context_pop_thread_default(context);
}

static void on_limit(void *user_data)
{
    struct http_request *request = user_data;
    if (!request->message) {
        end(request, HTTP_ASTRAY, "it is no http: or https: address");
        return;
    }
    request->late = true;
    g_cancellable_cancel(request->cancellable);
}

struct http_request *http_send(struct http *http, const struct http_request_config *config)
{
    struct http_request *request = g_new0(struct http_request, 1);
    *request = (struct http_request){
        .http = http_keep(http),
        .method = g_strdup(config->method),
        .url = g_strdup(config->url),
        .token = g_strdup(config->token),
        .token_url = g_strdup(config->token_url),
        .content_type = g_strdup(config->content_type),
        .accept = g_strdup(config->accept),
        .if_match = g_strdup(config->if_match),
        .body = config->body ? g_bytes_new(config->body, strlen(config->body)) : NULL,
        .max_size = config->max_size,
        .done = config->done,
        .user_data = config->user_data,
        .closing = !config->done,
        .cancellable = g_cancellable_new(),
        .answer = g_byte_array_new(),
    };
    request->limit = deadline_create(reactor_context(http->reactor), on_limit, request);
    deadline_set(request->limit, g_get_monotonic_time() + config->limit_us);
    if (request->closing)
        reactor_begin_close(http->reactor);
    begin(request);
    return request;
}

void http_cancel(struct http_request *request)
{
    if (!request || request->cancelled)
        return;
    request->cancelled = true;
    if (!request->closing)
        reactor_begin_close(request->http->reactor);
    request->closing = true;
    if (request->message) {
        g_cancellable_cancel(request->cancellable);
        deadline_set(request->limit, INT64_MAX);
    }
}
