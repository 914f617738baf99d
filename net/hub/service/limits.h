/* The hub's limits by their names, as its options and its metrics have them. Pure. */
#ifndef CALLAPI_NET_HUB_SERVICE_LIMITS_H
#define CALLAPI_NET_HUB_SERVICE_LIMITS_H

#include <glib.h>
#include <stdbool.h>

#include "net/protocol/hub_protocol.h"

/* `text`: "rooms-open=4"; of a pace what is possible at once and how much a second after that, "invites=60/2". False
 * with `error` (g_free it) in words for the user; then nothing changes. */
bool hub_limits_set(struct hub_limits *limits, const char *text, char **error);
/* Each as a sample callapi_limit{name="rooms-open"}; of a pace two, "invites" and "invites-per-second". */
void hub_limits_write(const struct hub_limits *limits, GString *text);

#endif
