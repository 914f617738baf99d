/* The web client over HTTP: its pages and what it shares with the desktop client (theme, translations, fonts, tones).
 */
#ifndef CALLAPI_NET_HUB_PAGES_H
#define CALLAPI_NET_HUB_PAGES_H

#include <libwebsockets.h>

struct hub_pages;

/* `asset_dir`: with a folder `web`, copied. NULL: there is none. */
struct hub_pages *hub_pages_create(const char *asset_dir);
void hub_pages_destroy(struct hub_pages *pages); /* takes NULL */

/* What goes into the context: NULL where `pages` is. */
const struct lws_http_mount *hub_pages_mounts(const struct hub_pages *pages);
/* Sent with all of them: what they may load, and what of the browser they may use. */
const struct lws_protocol_vhost_options *hub_pages_headers(void);

#endif
