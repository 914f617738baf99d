#include "engine/publish/address.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *scheme;
    enum publish_kind kind;
    const char *format; /* NULL: by the name of the file, else MPEG-TS */
} kinds[] = {
    { "whip://", PUBLISH_WHIP, NULL },         { "whips://", PUBLISH_WHIP, NULL },
    { "rtmp://", PUBLISH_CONTAINER, "flv" },   { "rtmps://", PUBLISH_CONTAINER, "flv" },
    { "srt://", PUBLISH_CONTAINER, "mpegts" }, { "rtsp://", PUBLISH_CONTAINER, "rtsp" },
    { "rtsps://", PUBLISH_CONTAINER, "rtsp" }, { "udp://", PUBLISH_CONTAINER, "mpegts" },
    { "file:", PUBLISH_CONTAINER, NULL },
};

static int find(const char *url)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (!g_ascii_strncasecmp(url, kinds[i].scheme, strlen(kinds[i].scheme)) && url[strlen(kinds[i].scheme)])
            return (int)i;
    return -1;
}

enum publish_kind publish_kind_of(const char *url)
{
    int row = find(url);
    return row < 0 ? PUBLISH_UNKNOWN : kinds[row].kind;
}

const char *publish_format(const char *url)
{
    int row = find(url);
    if (row >= 0 && kinds[row].format)
        return kinds[row].format;
    return g_str_has_suffix(url, ".flv") ? "flv" : g_str_has_suffix(url, ".mkv") ? "matroska" : "mpegts";
}

/* RFC 3986, 3.1: nothing else stands before "://". */
static bool is_scheme(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && !strchr("+-.", text[i]))
            return false;
    return length;
}

/* What is no address at all may be a stream key that was pasted alone. */
char *publish_words(const char *url)
{
    static const char none[] = "an address without a scheme";
    const char *host = strstr(url, "://");
    if (!host)
        return find(url) < 0 ? g_strdup(none) : g_strndup(url, strcspn(url, ":"));
    if (!is_scheme(url, (size_t)(host - url)))
        return g_strdup(none);
    host += strlen("://");
    size_t scheme = (size_t)(host - url), authority = strcspn(host, "/?#");
    if (strchr(host + authority, '@')) /* of a password with a '/' in it, perhaps */
        return g_strdup_printf("%.*s...", (int)scheme, url);
    const char *user = g_strrstr_len(host, (gssize)authority, "@");
    const char *begin = user ? user + 1 : host;
    return g_strdup_printf("%.*s%.*s", (int)scheme, url, (int)(host + authority - begin), begin);
}
