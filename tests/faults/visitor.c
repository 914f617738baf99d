#define _GNU_SOURCE /* memmem */
#include "visitor.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fail.h"
#include "net/protocol/hub_protocol.h"

enum { PATIENCE_S = 5 };

struct visitor {
    const char *url, *token;
    GThread *thread;
    atomic_bool done;
};

struct line {
    GSocket *socket;
    SSL_CTX *context;
    SSL *ssl;
};

static bool open_line(struct line *line, const char *url)
{
    g_autoptr(GSocketAddress)
        to = g_inet_socket_address_new_from_string("127.0.0.1", (guint)atoi(strrchr(url, ':') + 1));
    line->socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    struct timeval patience = { .tv_sec = PATIENCE_S };
    setsockopt(g_socket_get_fd(line->socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (g_str_has_prefix(url, "wss")) {
        line->context = SSL_CTX_new(TLS_client_method());
        line->ssl = SSL_new(line->context);
    }
    if (!g_socket_connect(line->socket, to, NULL, NULL))
        return false;
    int fd = g_socket_get_fd(line->socket);
    g_socket_set_blocking(line->socket, TRUE);
    g_unix_set_fd_nonblocking(fd, FALSE, NULL);
    return !line->ssl || (SSL_set_fd(line->ssl, fd) && SSL_connect(line->ssl) == 1);
}

static void close_line(struct line *line)
{
    SSL_free(line->ssl);
    SSL_CTX_free(line->context);
    g_object_unref(line->socket);
}

static int take(struct line *line, char *bytes, int room)
{
    return line->ssl ? SSL_read(line->ssl, bytes, room)
                     : (int)recv(g_socket_get_fd(line->socket), bytes, (size_t)room, 0);
}

/* Until `word` has come. */
static bool hear(struct line *line, const char *word)
{
    g_autoptr(GString) heard = g_string_new(NULL);
    char bytes[4096];
    for (int n = 1; n > 0 && !memmem(heard->str, heard->len, word, strlen(word));) {
        n = take(line, bytes, sizeof bytes);
        g_string_append_len(heard, bytes, MAX(n, 0));
    }
    return memmem(heard->str, heard->len, word, strlen(word)) != NULL;
}

static bool say(struct line *line, const void *bytes, size_t size)
{
    return (line->ssl ? SSL_write(line->ssl, bytes, (int)size)
                      : (int)send(g_socket_get_fd(line->socket), bytes, size, MSG_NOSIGNAL)) == (int)size;
}

/* A masked frame (RFC 6455 section 5.3), the mask of zeros. */
static bool say_frame(struct line *line, const char *text)
{
    size_t length = strlen(text);
    guint8 frame[1024] = { 0x81, 0x80 | 126, (guint8)(length >> 8), (guint8)length };
    g_assert_cmpuint(length + 8, <=, sizeof frame);
    memcpy(frame + 8, text, length);
    return say(line, frame, 8 + length);
}

static bool read_page(const char *url)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct line line = { 0 };
    bool good = open_line(&line, url) && say(&line, request, sizeof request - 1) && hear(&line, "</html>");
    close_line(&line);
    return good;
}

static bool log_in(const char *url, const char *token)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Protocol: " HUB_SUBPROTOCOL "\r\n\r\n";
    g_autofree char *login = g_strdup_printf("{\"id\":1,\"op\":\"login\",\"user\":\"anna\",\"token\":\"%s\"}", token);
    struct line line = { 0 };
    bool good = open_line(&line, url) && say(&line, request, sizeof request - 1) && hear(&line, "\r\n\r\n") &&
                say_frame(&line, login) && hear(&line, "\"ok\":true");
    close_line(&line);
    return good;
}

static gpointer visit(gpointer data)
{
    struct visitor *visitor = data;
    fail_hold();
    bool good = read_page(visitor->url) && log_in(visitor->url, visitor->token);
    OPENSSL_thread_stop();
    visitor->done = true;
    return GINT_TO_POINTER(good);
}

struct visitor *visitor_begin(const char *url, const char *token)
{
    struct visitor *visitor = g_new0(struct visitor, 1);
    visitor->url = url;
    visitor->token = token;
    visitor->thread = g_thread_new("visitor", visit, visitor);
    return visitor;
}

bool visitor_is_done(const struct visitor *visitor)
{
    return visitor->done;
}

bool visitor_leave(struct visitor *visitor)
{
    bool good = GPOINTER_TO_INT(g_thread_join(visitor->thread));
    g_free(visitor);
    return good;
}
