#include "engine/stream/address.h"

#include <string.h>

#include <glib.h>

#include "engine/text/text_file.h"

enum { LONGEST = 4096 };

static const struct {
    const char *name, *format;
    enum stream_pace pace;
} schemes[] = {
    { "rtmp", "flv", STREAM_PACE_LIVE },   { "rtmps", "flv", STREAM_PACE_LIVE },  { "rtsp", "rtsp", STREAM_PACE_LIVE },
    { "rtsps", "rtsp", STREAM_PACE_LIVE }, { "srt", "mpegts", STREAM_PACE_LIVE }, { "udp", "mpegts", STREAM_PACE_LIVE },
    { "rtp", "rtp", STREAM_PACE_LIVE },    { "http", NULL, STREAM_PACE_LIVE },    { "https", NULL, STREAM_PACE_LIVE },
    { "file", NULL, STREAM_PACE_FILE },
};

/* Over HTTP, by how the path ends: so nothing has to be read ahead to find it out. */
static const struct {
    const char *ending, *format;
    enum stream_pace pace;
} endings[] = {
    { ".flv", "flv", STREAM_PACE_LIVE },      { ".m3u8", "hls", STREAM_PACE_SEGMENTS },
    { ".ts", "mpegts", STREAM_PACE_LIVE },    { ".webm", "matroska", STREAM_PACE_LIVE },
    { ".mkv", "matroska", STREAM_PACE_LIVE }, { ".mp4", "mov", STREAM_PACE_FILE },
};

/* ---- user and password ---- */

/* host, host:port or [IPv6]:port, up to `end`. */
static bool is_host(const char *at, const char *end)
{
    if (at < end && *at == '[') {
        at = memchr(at, ']', (size_t)(end - at));
        return at && (at + 1 == end || at[1] == ':');
    }
    const char *colon = memchr(at, ':', (size_t)(end - at));
    for (const char *c = colon ? colon + 1 : end; c < end; c++)
        if (!g_ascii_isdigit(*c))
            return false;
    for (const char *c = at; c < (colon ? colon : end); c++)
        if (!g_ascii_isalnum(*c) && !strchr("-._~%", *c))
            return false;
    return at < end;
}

/* One that looks like a host, where a piece of a password may stand: an address, a name with dots, or with a port. */
static bool is_plainly_host(const char *at, const char *end)
{
    g_autofree char *host = g_strndup(at, (size_t)(end - at));
    return is_host(at, end) && (strpbrk(host, ".:") || !strcmp(host, "localhost"));
}

/* The '@' behind user and password, or NULL. The password may hold '@', '/', '?' and '#' as they are: where what stands
 * before the first of these does not look like a host, the first '@' with a host behind it is the one. */
static const char *find_at(const char *authority)
{
    const char *end = authority + strcspn(authority, "/?#"), *first = end;
    while (first > authority && *first != '@')
        first--;
    bool has = *first == '@' && first < end;
    if (is_plainly_host(has ? first + 1 : authority, end) || (!has && is_host(authority, end)))
        return has ? first : NULL;
    for (const char *at = strchr(end, '@'); at; at = strchr(at + 1, '@'))
        if (at[-1] != '/' && is_plainly_host(at + 1, at + 1 + strcspn(at + 1, "/?#@")))
            return at;
    return has ? first : NULL;
}

static bool is_encoded(const char *text)
{
    return text[0] == '%' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2]);
}

static void append_encoded(GString *to, const char *from, const char *end)
{
    for (; from < end; from++)
        if (g_ascii_isalnum(*from) || strchr("-._~:!$&'()*+,;=", *from) || is_encoded(from))
            g_string_append_c(to, *from);
        else
            g_string_append_printf(to, "%%%02X", (unsigned char)*from);
}

static char *encode(const char *text, const char *authority)
{
    const char *at = find_at(authority);
    GString *url = g_string_new_len(text, authority - text);
    if (at)
        append_encoded(url, authority, at);
    g_string_append(url, at ? at : authority);
    return g_string_free(url, FALSE);
}

/* ---- what may be shown ---- */

static char *without_secrets(const char *text, const char *authority)
{
    const char *at = find_at(authority), *host = at ? at + 1 : authority;
    return g_strdup_printf("%.*s%.*s", (int)(authority - text), text, (int)strcspn(host, "?#"), host);
}

static char *name_of(const char *shown)
{
    const char *host = strstr(shown, "://");
    g_autofree char *rest = g_strdup(host ? host + 3 : shown);
    g_strchomp(rest);
    while (*rest && rest[strlen(rest) - 1] == '/')
        rest[strlen(rest) - 1] = 0;
    const char *slash = strrchr(rest, '/');
    g_autofree char *name = g_uri_unescape_string(slash && slash[1] ? slash + 1 : rest, NULL);
    bool readable = name && g_utf8_validate(name, -1, NULL);
    return g_strdup(readable ? name : slash ? slash + 1 : rest);
}

/* ---- parsing ---- */

static bool know_scheme(struct stream_address *address, const char *text, size_t length)
{
    g_autofree char *name = g_ascii_strdown(text, (gssize)length);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (strcmp(schemes[i].name, name))
            continue;
        address->pace = schemes[i].pace;
        address->format = schemes[i].format ? av_find_input_format(schemes[i].format) : NULL;
        address->rtsp = g_str_has_prefix(name, "rtsp");
        return true;
    }
    return false;
}

/* Wherever it is: what a session's description (RFC 8866) describes comes by RTP. */
static void know_description(struct stream_address *address)
{
    g_autofree char *path = g_ascii_strdown(address->shown, -1);
    if (!g_str_has_suffix(path, ".sdp"))
        return;
    address->format = av_find_input_format("sdp");
    address->pace = STREAM_PACE_LIVE;
}

static void know_ending(struct stream_address *address)
{
    g_autofree char *path = g_ascii_strdown(address->shown, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(path, endings[i].ending)) {
            address->format = av_find_input_format(endings[i].format);
            address->pace = endings[i].pace;
        }
}

static bool parse_url(struct stream_address *address, const char *text, const char *authority, char **error)
{
    size_t length = (size_t)(authority - strlen("://") - text);
    if (!know_scheme(address, text, length)) {
        *error = g_strdup_printf("streams of the kind %.*s:// are not known here", (int)length, text);
        return false;
    }
    address->url = encode(text, authority);
    address->shown = without_secrets(text, authority);
    if (!address->format && address->pace == STREAM_PACE_LIVE)
        know_ending(address);
    return true;
}

static bool parse(struct stream_address *address, const char *text, char **error)
{
    const char *colon = strstr(text, "://");
    bool parsed = true;
    if (!*text || strlen(text) > LONGEST) {
        *error = g_strdup("the address of a stream is empty, or too long");
        return false;
    }
    if (colon) {
        parsed = parse_url(address, text, colon + 3, error);
    } else {
        address->pace = STREAM_PACE_FILE;
        address->url = !strcmp(text, "-") ? g_strdup("pipe:0") : g_strconcat("file:", text, NULL);
        address->shown = g_strdup(!strcmp(text, "-") ? "standard input" : text);
    }
    if (parsed)
        know_description(address);
    address->name = parsed ? name_of(address->shown) : NULL;
    return parsed;
}

bool stream_address_parse(struct stream_address *address, const char *text, char **error)
{
    *address = (struct stream_address){ 0 };
    if (*text != '@')
        return parse(address, text, error);
    g_autoptr(GError) failure = NULL;
    g_autofree char *kept = text_file_read_word(text + 1, &failure);
    if (kept)
        return parse(address, kept, error);
    *error = g_strdup(failure->message);
    return false;
}

void stream_address_clear(struct stream_address *address)
{
    g_free(address->url);
    g_free(address->shown);
    g_free(address->name);
    *address = (struct stream_address){ 0 };
}
