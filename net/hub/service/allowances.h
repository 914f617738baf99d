/* How often a user may begin what costs others something: ring, come into a room. Of a user, not of a connection, and
 * it outlives both: who comes back has not been given another burst. Pure. */
#ifndef CALLAPI_NET_HUB_SERVICE_ALLOWANCES_H
#define CALLAPI_NET_HUB_SERVICE_ALLOWANCES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/protocol/hub_protocol.h"

enum hub_deed { HUB_DEED_INVITE, HUB_DEED_JOIN, HUB_DEEDS };

struct hub_allowances;

struct hub_allowances *hub_allowances_create(void);
void hub_allowances_destroy(struct hub_allowances *allowances); /* takes NULL */
/* False where it is more often than `pace`. `now_us` as for hub_bucket_take. */
bool hub_allowances_take(struct hub_allowances *allowances, const char *user, enum hub_deed deed, struct hub_pace pace,
                         int64_t now_us);

#endif
