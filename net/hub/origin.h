/* Whose page may talk to a hub. A browser names the page's origin (RFC 6454), and a page of another site would have the
 * rights of the machine that it is looked at on; by DNS rebinding it even comes under the hub's own address, but then
 * its host has a name that is not ours. Programs name no origin. Pure. */
#ifndef CALLAPI_NET_HUB_ORIGIN_H
#define CALLAPI_NET_HUB_ORIGIN_H

#include <stdbool.h>

/* Whether `host`, a Host header (or NULL), is ours for sure: an address, localhost, this machine's name, or of one of
 * the origins in `allowed` ("https://calls.example", NULL at the end; or NULL). */
bool hub_origin_is_our_host(char *const *allowed, const char *host);
/* Whether a page of `origin` (NULL: a program) may connect to `host`: one of `allowed`, or one that comes from our host
 * itself. */
bool hub_origin_is_allowed(char *const *allowed, const char *origin, const char *host);

#endif
