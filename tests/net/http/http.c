/* The HTTP client against a real server (libsoup's) that answers well, badly, late or never. */
#include "net/http/http.h"

#include <string.h>

#include <libsoup/soup.h>

#include "certificate.h"
#include "left_behind.h"

enum { PATIENCE_US = 60 * 1000000, LIMIT_US = 20 * 1000000, SHORT_US = 300000, MAX = 64 * 1024 };

struct world {
    struct reactor *reactor;
    struct belongings before;
    SoupServer *server;
    int port;
    GString *seen; /* a line for each request: method, path, Authorization, If-Match, body */
    struct http *http;
    struct http_request *request;
    /* The last answer. */
    bool done;
    enum http_outcome outcome;
    char *words, *text, *url, *etag;
    int status;
    int64_t patience_s;
};

/* ---- the server ---- */

static void answer(SoupServerMessage *message, int status, const char *text)
{
    soup_server_message_set_status(message, (guint)status, NULL);
    soup_server_message_set_response(message, "text/plain", SOUP_MEMORY_COPY, text, strlen(text));
}

static void redirect(SoupServerMessage *message, const char *to)
{
    answer(message, 307, "elsewhere");
    soup_message_headers_append(soup_server_message_get_response_headers(message), "Location", to);
}

static void note(struct world *world, SoupServerMessage *message, const char *path)
{
    SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
    const char *token = soup_message_headers_get_one(headers, "Authorization");
    const char *match = soup_message_headers_get_one(headers, "If-Match");
    SoupMessageBody *body = soup_server_message_get_request_body(message);
    g_string_append_printf(world->seen, "%s %s %s %s %.*s\n", soup_server_message_get_method(message), path,
                           token ? token : "-", match ? match : "-", (int)body->length, body->data ? body->data : "");
}

static void handle(SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
                   gpointer user_data)
{
    (void)server;
    (void)query;
    struct world *world = user_data;
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
    g_autofree char *huge = g_strnfill(MAX + 1, 'x');
    g_autofree char *away = g_strdup_printf("http://localhost:%d/good", world->port);
    note(world, message, path);
    soup_message_headers_append(headers, "ETag", "\"first\"");
    if (g_str_equal(path, "/near"))
        redirect(message, "good?near");
    else if (g_str_equal(path, "/away"))
        redirect(message, away);
    else if (g_str_equal(path, "/loop"))
        redirect(message, "/loop");
    else if (g_str_equal(path, "/nowhere"))
        redirect(message, "mailto:nobody");
    else if (g_str_equal(path, "/huge"))
        answer(message, 200, huge);
    else if (g_str_equal(path, "/never"))
        soup_server_message_pause(message);
    else if (g_str_equal(path, "/slow")) { /* the head, and then nothing any more */
        soup_server_message_set_status(message, 200, NULL);
        soup_message_headers_set_content_length(headers, 1000);
        soup_message_body_append(soup_server_message_get_response_body(message), SOUP_MEMORY_COPY, "x", 1);
    } else
        answer(message, g_str_equal(path, "/busy") ? 503 : 201, "well");
    if (g_str_equal(path, "/busy"))
        soup_message_headers_append(headers, "Retry-After", "7");
}

static int serve(struct world *world, SoupServer *server, SoupServerListenOptions options)
{
    g_autoptr(GError) error = NULL;
    soup_server_add_handler(server, NULL, handle, world, NULL);
    if (!soup_server_listen_local(server, 0, options | SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
        g_error("%s", error->message);
    GSList *uris = soup_server_get_uris(server);
    int port = g_uri_get_port(uris->data);
    g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
    return port;
}

static void open_world(struct world *world, const char *ca_file, const struct certificate *certificate)
{
    g_autofree char *error = NULL;
    *world = (struct world){ .reactor = reactor_create(), .seen = g_string_new(NULL) };
    world->before = belongings_now();
    g_main_context_push_thread_default(reactor_context(world->reactor));
    world->server = soup_server_new(NULL, NULL);
    if (certificate) {
        g_autoptr(GTlsCertificate) both = g_tls_certificate_new_from_files(certificate->cert, certificate->key, NULL);
        soup_server_set_tls_certificate(world->server, both);
    }
    world->port = serve(world, world->server, certificate ? SOUP_SERVER_LISTEN_HTTPS : 0);
    g_main_context_pop_thread_default(reactor_context(world->reactor));
    world->http = http_create(world->reactor, ca_file, &error);
    g_assert_cmpstr(error, ==, NULL);
}

static void forget_answer(struct world *world)
{
    char **texts[] = { &world->words, &world->text, &world->url, &world->etag };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    world->done = false;
}

static void close_world(struct world *world)
{
    http_destroy(world->http);
    forget_answer(world);
    for (int64_t until = g_get_monotonic_time() + 50000; g_get_monotonic_time() < until;)
        reactor_wait(world->reactor, until);
    soup_server_disconnect(world->server);
    g_object_unref(world->server);
    g_string_free(world->seen, TRUE);
    end_reactor(world->reactor, &world->before);
}

/* ---- requests ---- */

static void on_done(void *user_data, const struct http_answer *got)
{
    struct world *world = user_data;
    world->request = NULL;
    world->done = true;
    world->outcome = got->outcome;
    world->status = got->status;
    world->words = g_strdup(got->words);
    world->text = g_strdup(got->text);
    world->url = g_strdup(got->url);
    world->etag = g_strdup(http_answer_header(got, "ETag"));
    world->patience_s = http_answer_retry_after_s(got);
}

static void begin(struct world *world, const char *url, int64_t limit_us)
{
    g_autofree char *own = g_strdup_printf("http://127.0.0.1:%d/", world->port);
    forget_answer(world);
    world->request = http_send(world->http, &(struct http_request_config){
                                                .method = "POST",
                                                .url = url,
                                                .token = "secret",
                                                .token_url = own,
                                                .content_type = "application/sdp",
                                                .body = "v=0",
                                                .if_match = "\"tag\"",
                                                .max_size = MAX,
                                                .limit_us = limit_us,
                                                .done = on_done,
                                                .user_data = world,
                                            });
}

static void ask_url(struct world *world, const char *url, int64_t limit_us)
{
    begin(world, url, limit_us);
    for (int64_t limit = g_get_monotonic_time() + PATIENCE_US; !world->done;) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    }
    g_test_message("%s: %d, %s", url, world->status, world->words);
}

static void ask(struct world *world, const char *path, int64_t limit_us)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d%s", world->port, path);
    ask_url(world, url, limit_us);
}

/* ---- cases ---- */

static void answers(void)
{
    struct world world;
    open_world(&world, NULL, NULL);
    ask(&world, "/good", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_ANSWERED);
    g_assert_cmpint(world.status, ==, 201);
    g_assert_cmpstr(world.text, ==, "well");
    g_assert_cmpstr(world.etag, ==, "\"first\"");
    g_assert_cmpstr(world.seen->str, ==, "POST /good Bearer secret \"tag\" v=0\n");
    ask(&world, "/busy", LIMIT_US);
    g_assert_cmpint(world.status, ==, 503);
    g_assert_cmpint(world.patience_s, ==, 7);
    close_world(&world);
}

/* Method and body stay; the token does not go to another host, which "localhost" is. */
static void redirects(void)
{
    struct world world;
    open_world(&world, NULL, NULL);
    ask(&world, "/near", LIMIT_US);
    g_assert_cmpint(world.status, ==, 201);
    g_assert_true(g_str_has_suffix(world.url, "/good?near"));
    g_assert_nonnull(strstr(world.seen->str, "POST /good Bearer secret \"tag\" v=0\n"));
    g_string_set_size(world.seen, 0);
    ask(&world, "/away", LIMIT_US);
    g_assert_cmpint(world.status, ==, 201);
    g_assert_nonnull(strstr(world.seen->str, "POST /away Bearer secret \"tag\" v=0\n"));
    g_assert_nonnull(strstr(world.seen->str, "POST /good - \"tag\" v=0\n"));
    ask(&world, "/loop", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_ASTRAY);
    ask(&world, "/nowhere", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_ASTRAY);
    close_world(&world);
}

static void bounds(void)
{
    struct world world;
    open_world(&world, NULL, NULL);
    ask(&world, "/huge", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_TOO_LARGE);
    ask(&world, "/slow", SHORT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_LATE);
    ask(&world, "/never", SHORT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_LATE);
    g_assert_cmpstr(world.words, ==, "the server did not answer in time");
    ask(&world, "/good", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_ANSWERED);
    ask_url(&world, "http://127.0.0.1:1/", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_UNREACHABLE);
    ask_url(&world, "gopher://127.0.0.1/", LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_ASTRAY);
    close_world(&world);
}

static gboolean talk_nonsense(GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
    (void)service;
    (void)source;
    (void)data;
    static const char nonsense[] = "SSH-2.0-OpenSSH\r\n\r\n\r\n";
    g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), nonsense, sizeof nonsense - 1,
                              NULL, NULL, NULL);
    return TRUE;
}

static void nonsense(void)
{
    struct world world;
    open_world(&world, NULL, NULL);
    g_main_context_push_thread_default(reactor_context(world.reactor));
    GSocketService *service = g_socket_service_new();
    uint16_t port = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service), NULL, NULL);
    g_signal_connect(service, "incoming", G_CALLBACK(talk_nonsense), NULL);
    g_socket_service_start(service);
    g_main_context_pop_thread_default(reactor_context(world.reactor));
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/", port);
    ask_url(&world, url, LIMIT_US);
    g_assert_cmpint(world.outcome, ==, HTTP_UNREACHABLE);
    g_socket_service_stop(service);
    g_socket_listener_close(G_SOCKET_LISTENER(service));
    g_object_unref(service);
    close_world(&world);
}

static void trust(const struct certificate *certificate, const char *ca_file, const char *host, const char *words)
{
    struct world world;
    open_world(&world, ca_file, certificate);
    g_autofree char *url = g_strdup_printf("https://%s:%d/good", host, world.port);
    ask_url(&world, url, LIMIT_US);
    g_assert_cmpint(world.outcome, ==, words ? HTTP_UNTRUSTED : HTTP_ANSWERED);
    if (words)
        g_assert_nonnull(strstr(world.words, words));
    g_assert_cmpint(words != NULL, ==, world.seen->len == 0);
    close_world(&world);
}

static void certificates(void)
{
    struct certificate good = certificate_make("localhost"), other = certificate_make("elsewhere.test"),
                       expired = certificate_make_expired("localhost");
    trust(&good, good.cert, "localhost", NULL);
    trust(&good, NULL, "localhost", "--ca-file");
    trust(&good, other.cert, "localhost", "--ca-file");
    trust(&other, other.cert, "localhost", "another host");
    trust(&expired, expired.cert, "localhost", "expired");
    certificate_remove(&good);
    certificate_remove(&other);
    certificate_remove(&expired);
    struct reactor *reactor = reactor_create();
    g_autofree char *error = NULL;
    g_assert_null(http_create(reactor, "/nowhere", &error));
    g_assert_nonnull(error);
    reactor_destroy(reactor);
}

/* At each stage; close_world finds what is left. */
static void cancels(void)
{
    static const char *const paths[] = { "/good", "/never", "/slow", "/huge" };
    struct world world;
    open_world(&world, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        for (int turns = 0; turns < 12 && !world.done; turns++) {
            g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d%s", world.port, paths[i]);
            begin(&world, url, LIMIT_US);
            for (int turn = 0; turn < turns && !world.done; turn++)
                reactor_wait(world.reactor, g_get_monotonic_time() + 1000);
            http_cancel(world.request);
            world.done = false;
        }
    begin(&world, "no address", LIMIT_US);
    http_cancel(world.request);
    for (int64_t until = g_get_monotonic_time() + SHORT_US; g_get_monotonic_time() < until;)
        reactor_wait(world.reactor, until);
    g_assert_false(world.done);
    close_world(&world);
}

/* A request that nobody waits for is sent all the same, before the reactor ends. */
static void unattended(void)
{
    struct world world;
    open_world(&world, NULL, NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/session", world.port);
    http_send(world.http,
              &(struct http_request_config){ .method = "DELETE", .url = url, .max_size = 1, .limit_us = LIMIT_US });
    http_destroy(world.http);
    world.http = NULL;
    for (int64_t limit = g_get_monotonic_time() + PATIENCE_US; !world.seen->len;) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        reactor_wait(world.reactor, g_get_monotonic_time() + 10000);
    }
    g_assert_cmpstr(world.seen->str, ==, "DELETE /session - - \n");
    close_world(&world);
}

static void addresses(void)
{
    g_autofree char *resolved = http_resolve("http://a.test/whep/live", "/session/1?x=1"),
                    *absolute = http_resolve("http://a.test/", "https://b.test/s"),
                    *none = http_resolve("http://a.test/", "javascript:alert(1)"),
                    *place = http_place("https://user:word@[::1]/path?key=1");
    g_assert_cmpstr(resolved, ==, "http://a.test/session/1?x=1");
    g_assert_cmpstr(absolute, ==, "https://b.test/s");
    g_assert_null(none);
    g_assert_cmpstr(place, ==, "[::1]:443");
    g_assert_true(http_same_origin("http://a.test/x", "http://A.test:80/y"));
    g_assert_false(http_same_origin("http://a.test/x", "https://a.test/x"));
    g_assert_false(http_same_origin("http://a.test/x", "http://a.test:81/x"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http/addresses", addresses);
    g_test_add_func("/http/answers", answers);
    g_test_add_func("/http/redirects", redirects);
    g_test_add_func("/http/bounds", bounds);
    g_test_add_func("/http/nonsense", nonsense);
    g_test_add_func("/http/certificates", certificates);
    g_test_add_func("/http/cancels", cancels);
    g_test_add_func("/http/unattended", unattended);
    return g_test_run();
}
