#include "net/http/parts.h"

enum { IDLE_S = 30, MAX_CONNECTIONS = 8 };

static SoupSession *open_session(struct reactor *reactor, GTlsDatabase *authorities)
{
    GMainContext *context = reactor_context(reactor);
    g_main_context_push_thread_default(context); /* it stays in this one */
    SoupSession *session = soup_session_new_with_options("user-agent", "CallAPI", "timeout", 0, "idle-timeout", IDLE_S,
                                                         "max-conns", MAX_CONNECTIONS, NULL);
    g_main_context_pop_thread_default(context);
    if (authorities)
        soup_session_set_tls_database(session, authorities);
    return session;
}

struct http *http_keep(struct http *http)
{
    http->references++;
    return http;
}

struct http *http_create(struct reactor *reactor, const char *ca_file, char **error)
{
    g_autoptr(GTlsDatabase) authorities = NULL;
    g_autoptr(GError) refused = NULL;
    if (ca_file && !(authorities = g_tls_file_database_new(ca_file, &refused))) {
        *error = g_strdup_printf("the authorities in \"%s\" cannot be read: %s", ca_file, refused->message);
        return NULL;
    }
    struct http *http = g_new0(struct http, 1);
    http->reactor = reactor;
    http->session = open_session(reactor, authorities);
    return http_keep(http);
}

void http_unref(struct http *http)
{
    if (--http->references)
        return;
    GMainContext *context = reactor_context(http->reactor);
    g_main_context_push_thread_default(context);
    soup_session_abort(http->session); /* idle connections are closed */
    g_object_unref(http->session);
    g_main_context_pop_thread_default(context);
    g_free(http);
}

void http_destroy(struct http *http)
{
    if (http)
        http_unref(http);
}
