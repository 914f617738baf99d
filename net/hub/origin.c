#include "net/hub/origin.h"

#include <gio/gio.h>
#include <string.h>

/* "calls.example:8443" of "https://calls.example:8443". */
static const char *authority(const char *origin)
{
    const char *mark = strstr(origin, "://");
    return mark ? mark + strlen("://") : origin;
}

static bool same(const char *a, const char *b)
{
    return !g_ascii_strcasecmp(a, b);
}

bool hub_origin_is_our_host(char *const *allowed, const char *host)
{
    g_autoptr(GSocketConnectable) where = host ? g_network_address_parse(host, 80, NULL) : NULL;
    if (!where)
        return false;
    const char *name = g_network_address_get_hostname(G_NETWORK_ADDRESS(where));
    for (; allowed && *allowed; allowed++)
        if (same(authority(*allowed), host))
            return true;
    g_autofree char *local = g_strconcat(g_get_host_name(), ".local", NULL); /* RFC 6762 */
    return g_hostname_is_ip_address(name) || same(name, "localhost") || same(name, g_get_host_name()) ||
           same(name, local);
}

bool hub_origin_is_allowed(char *const *allowed, const char *origin, const char *host)
{
    if (!origin)
        return true;
    for (char *const *one = allowed; one && *one; one++)
        if (same(*one, origin))
            return true;
    return host && strstr(origin, "://") && same(authority(origin), host) && hub_origin_is_our_host(allowed, host);
}
