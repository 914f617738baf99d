/* Tells a URL of the calls that pass by: POST of
 * {"event":"started|ended|missed","call","from","to","at_ms","duration_ms"}, one after the other, again with back-off
 * where it fails. What waits is bounded; what is dropped is logged. */
#ifndef CALLAPI_NET_HUB_WEBHOOK_H
#define CALLAPI_NET_HUB_WEBHOOK_H

#include <stdint.h>

#include "net/connection/reactor.h"
#include "net/hub/service/calls.h"

struct hub_webhook;

/* NULL where `url` is no http:// or https:// address: `error` (g_free it) says so. `secret` (its first line; or NULL)
 * signs: the header X-CallAPI-Signature is the HMAC-SHA256 of the content, in hexadecimal. */
struct hub_webhook *hub_webhook_create(struct reactor *reactor, const char *url, const char *secret, char **error);
/* From the next attempt on. */
void hub_webhook_set_secret(struct hub_webhook *webhook, const char *secret);
void hub_webhook_destroy(struct hub_webhook *webhook); /* takes NULL; what waits is lost */
/* Nothing waits to be told. */
bool hub_webhook_is_done(const struct hub_webhook *webhook);
/* A hub_call_seen; `webhook` is the struct. */
void hub_webhook_tell(void *webhook, enum hub_call_event event, const struct hub_call *call, int64_t now_us);

#endif
