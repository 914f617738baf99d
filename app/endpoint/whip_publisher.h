/* The public programme by WHIP (RFC 9725): its packets go out over whatever connection to the server there is. */
#ifndef CALLAPI_APP_ENDPOINT_WHIP_PUBLISHER_H
#define CALLAPI_APP_ENDPOINT_WHIP_PUBLISHER_H

#include "engine/publish/publisher.h"
#include "net/whip/whip.h"

/* `config`: as whip_create, but for role, codec and listener, which are set here. NULL with words in `error` (g_free
 * it). It is destroyed by its ops. */
struct publisher *whip_publisher_create(const struct whip_config *config, const char *words, char **error);

#endif
