#include "net/whip/ice_link.h"

#include <string.h>

enum { MAX_FIELD = 16 * 1024 };

struct link {
    char *target, *rel, *user, *credential;
};

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t\r\n");
}

/* RFC 9110, 5.6.4: between quotes, with backslashes before what stands for itself; or a token. */
static char *read_value(const char **at)
{
    if (**at != '"') {
        size_t length = strcspn(*at, ",; \t");
        char *token = g_strndup(*at, length);
        *at += length;
        return token;
    }
    GString *value = g_string_new(NULL);
    for ((*at)++; **at && **at != '"'; (*at)++) {
        if (**at == '\\' && (*at)[1])
            (*at)++;
        g_string_append_c(value, **at);
    }
    if (**at)
        (*at)++;
    return g_string_free(value, FALSE);
}

/* One "; name=value"; the first of a name counts. */
static void read_parameter(const char **at, struct link *link)
{
    skip_blanks(at);
    size_t length = strcspn(*at, "=,; \t");
    g_autofree char *name = g_ascii_strdown(*at, (gssize)length);
    *at += length;
    skip_blanks(at);
    if (**at != '=')
        return;
    (*at)++;
    skip_blanks(at);
    char *value = read_value(at);
    char **to = g_str_equal(name, "rel")          ? &link->rel
                : g_str_equal(name, "username")   ? &link->user
                : g_str_equal(name, "credential") ? &link->credential
                                                  : NULL;
    if (to && !*to)
        *to = g_steal_pointer(&value);
    g_free(value);
}

/* False at the end, or where it is no link. */
static bool read_link(const char **at, struct link *link)
{
    *at += strspn(*at, " \t\r\n,");
    const char *end = **at == '<' ? strchr(*at, '>') : NULL;
    if (!end)
        return false;
    link->target = g_strndup(*at + 1, (gsize)(end - *at - 1));
    *at = end + 1;
    for (skip_blanks(at); **at == ';'; skip_blanks(at)) {
        (*at)++;
        read_parameter(at, link);
    }
    return true;
}

/* Several relations may stand in one value, separated by blanks (RFC 8288, 3.3). */
static bool is_ice_server(const struct link *link)
{
    g_auto(GStrv) relations = g_strsplit(link->rel ? link->rel : "", " ", -1);
    for (char **each = relations; *each; each++)
        if (!g_ascii_strcasecmp(*each, "ice-server"))
            return true;
    return false;
}

int ice_link_add(struct ice_servers *servers, const char *field)
{
    int added = 0;
    if (!field || strlen(field) > MAX_FIELD)
        return 0;
    for (bool more = true; more;) {
        struct link link = { 0 };
        g_autofree char *error = NULL;
        more = read_link(&field, &link);
        if (more && is_ice_server(&link) && ice_servers_is_url(link.target)) {
            bool good = ice_servers_add(servers, link.target, link.user, link.credential, &error);
            if (!good)
                g_debug("a server's ICE server is left out: %s", error);
            added += good;
        }
        g_free(link.target);
        g_free(link.rel);
        g_free(link.user);
        g_free(link.credential);
    }
    return added;
}
