/* HTTP to a hub in the same reactor, byte by byte as a test wants it. */
#ifndef CALLAPI_TESTS_HUB_REQUEST_H
#define CALLAPI_TESTS_HUB_REQUEST_H

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "net/connection/reactor.h"

enum { HUB_PATIENCE_US = 30 * G_USEC_PER_SEC };

/* `url`: as hub_url. Owned by the caller. */
static inline GSocket *connect_to_hub(const char *url)
{
    guint port = (guint)strtoul(strrchr(url, ':') + 1, NULL, 10);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", port);
    GSocket *socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_assert_true(g_socket_connect(socket, address, NULL, NULL));
    g_socket_set_blocking(socket, FALSE);
    return socket;
}

/* Sends, and reads until `enough` has come, or, NULL, until the hub ends the connection. */
static inline void converse(struct reactor *reactor, GSocket *socket, const char *request, const char *enough,
                            GString *answer)
{
    int64_t end = g_get_monotonic_time() + HUB_PATIENCE_US;
    g_assert_cmpint(g_socket_send(socket, request, strlen(request), NULL, NULL), ==, strlen(request));
    while (g_get_monotonic_time() < end && !(enough && strstr(answer->str, enough))) {
        char bytes[4096];
        g_autoptr(GError) error = NULL;
        gssize n = g_socket_receive(socket, bytes, sizeof bytes, NULL, &error);
        if (n > 0)
            g_string_append_len(answer, bytes, n);
        else if (n == 0 || !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            break;
        reactor_wait(reactor, g_get_monotonic_time() + 10000);
    }
    g_assert_cmpint(g_get_monotonic_time(), <, end);
}

#endif
