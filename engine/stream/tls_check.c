#include "engine/stream/tls_check.h"

#include <gio/gio.h>
#include <string.h>

enum { SECONDS = 5 };

struct check {
    GTlsDatabase *authorities; /* NULL: the system's */
    GTlsCertificateFlags flags;
};

static gboolean on_certificate(GTlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags flags,
                               gpointer user_data)
{
    struct check *check = user_data;
    (void)connection;
    (void)certificate;
    check->flags = flags;
    return FALSE;
}

static void on_event(GSocketClient *client, GSocketClientEvent event, GSocketConnectable *connectable,
                     GIOStream *connection, gpointer user_data)
{
    struct check *check = user_data;
    (void)client;
    (void)connectable;
    if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
        return;
    if (check->authorities)
        g_tls_connection_set_database(G_TLS_CONNECTION(connection), check->authorities);
    g_signal_connect(connection, "accept-certificate", G_CALLBACK(on_certificate), check);
}

static char *words_of(GTlsCertificateFlags flags)
{
    if (flags & G_TLS_CERTIFICATE_EXPIRED)
        return g_strdup("its certificate has expired");
    if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
        return g_strdup("its certificate is not valid yet: is this machine's clock right?");
    if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
        return g_strdup("its certificate is another host's");
    return g_strdup("no authority that is trusted here has signed its certificate");
}

static guint16 usual_port(const char *scheme)
{
    return !strcmp(scheme, "rtsps") ? 322 : 443;
}

bool tls_check_is_untrusted(const char *url, const char *ca_file, char **why)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
    const char *scheme = uri ? g_uri_get_scheme(uri) : "";
    if (strcmp(scheme, "https") && strcmp(scheme, "rtmps") && strcmp(scheme, "rtsps"))
        return false;
    struct check check = { .authorities = ca_file ? g_tls_file_database_new(ca_file, NULL) : NULL };
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_tls(client, TRUE);
    g_socket_client_set_timeout(client, SECONDS);
    g_signal_connect(client, "event", G_CALLBACK(on_event), &check);
    int port = g_uri_get_port(uri);
    GSocketConnection *connection = g_socket_client_connect_to_host(
        client, g_uri_get_host(uri), port > 0 ? (guint16)port : usual_port(scheme), NULL, NULL);
    g_clear_object(&connection);
    g_clear_object(&check.authorities);
    if (check.flags)
        *why = words_of(check.flags);
    return check.flags != 0;
}
