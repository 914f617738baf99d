#include "net/http/parts.h"

#include <string.h>

const char *http_answer_header(const struct http_answer *answer, const char *name)
{
    return answer->header ? soup_message_headers_get_list((SoupMessageHeaders *)answer->header, name) : NULL;
}

int64_t http_answer_retry_after_s(const struct http_answer *answer)
{
    const char *value = http_answer_header(answer, "Retry-After");
    guint64 seconds = 0;
    if (!value || g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT32, &seconds, NULL))
        return (int64_t)seconds;
    g_autoptr(GDateTime) date = soup_date_time_new_from_http_string(value);
    int64_t from_now = date ? g_date_time_to_unix(date) - g_get_real_time() / G_USEC_PER_SEC : 0;
    return MAX(from_now, 0);
}

/* ---- URLs ---- */

static bool is_http(GUri *uri)
{
    bool http = uri && (g_str_equal(g_uri_get_scheme(uri), "http") || g_str_equal(g_uri_get_scheme(uri), "https"));
    return http && g_uri_get_host(uri) && *g_uri_get_host(uri);
}

static GUri *parse(const char *url)
{
    GUri *uri = g_uri_parse(url, SOUP_HTTP_URI_FLAGS, NULL);
    if (is_http(uri))
        return uri;
    g_clear_pointer(&uri, g_uri_unref);
    return NULL;
}

/* Looked at before it is made a text of: one without a host, whose path begins with two slashes, has none
 * (RFC 3986, 3.3), and GLib takes it for a mistake of ours. */
char *http_resolve(const char *url, const char *reference)
{
    g_autoptr(GUri) base = parse(url);
    g_autoptr(GUri) uri = base ? g_uri_parse_relative(base, reference, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
    return is_http(uri) ? g_uri_to_string(uri) : NULL;
}

char *http_place(const char *url)
{
    g_autoptr(GUri) uri = parse(url);
    if (!uri)
        return NULL;
    int port = g_uri_get_port(uri) > 0 ? g_uri_get_port(uri) : g_str_equal(g_uri_get_scheme(uri), "https") ? 443 : 80;
    return g_strdup_printf(strchr(g_uri_get_host(uri), ':') ? "[%s]:%d" : "%s:%d", g_uri_get_host(uri), port);
}

bool http_same_origin(const char *one, const char *other)
{
    g_autoptr(GUri) a = parse(one), b = parse(other);
    return a && b && g_str_equal(g_uri_get_scheme(a), g_uri_get_scheme(b)) &&
           !g_ascii_strcasecmp(g_uri_get_host(a), g_uri_get_host(b)) && g_uri_get_port(a) == g_uri_get_port(b);
}

/* ---- what went wrong ---- */

const char *http_certificate_words(GTlsCertificateFlags errors)
{
    static const struct {
        GTlsCertificateFlags flag;
        const char *words;
    } known[] = {
        { G_TLS_CERTIFICATE_EXPIRED, "the server's certificate has expired" },
        { G_TLS_CERTIFICATE_NOT_ACTIVATED, "the server's certificate is not valid yet: is the clock here right?" },
        { G_TLS_CERTIFICATE_REVOKED, "the server's certificate was revoked" },
        { G_TLS_CERTIFICATE_BAD_IDENTITY, "the server's certificate is for another host" },
        { G_TLS_CERTIFICATE_UNKNOWN_CA,
          "the server's certificate is of an authority that is not trusted here (--ca-file names one)" },
        { G_TLS_CERTIFICATE_INSECURE, "the server's certificate is made in a way that is not secure" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (errors & known[i].flag)
            return known[i].words;
    return "the server's certificate is not to be trusted";
}

enum http_outcome http_outcome_of(const GError *error)
{
    return g_error_matches(error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) ? HTTP_UNTRUSTED : HTTP_UNREACHABLE;
}
