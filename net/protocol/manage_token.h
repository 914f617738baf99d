/* What proves that a manager asks: a JSON Web Token for one request to one kiosk, which the kiosk checks itself. The
 * sender's name would only be as good as the hub or the broker. Pure: no clock, no files. Claims: "sub" (the manager),
 * "aud" (the kiosk), "ask", "jti" (the request's id), "iat" (with fractions), "exp". It logs in nobody: no hub takes a
 * token with "ask", and no kiosk one without. */
#ifndef CALLAPI_NET_PROTOCOL_MANAGE_TOKEN_H
#define CALLAPI_NET_PROTOCOL_MANAGE_TOKEN_H

#include <stdint.h>

#include "net/protocol/hub_token.h"

enum { MANAGE_TOKEN_LIFE_S = 60, MANAGE_TOKEN_LIFE_MAX_S = 300 }; /* as made; as taken */

struct manage_request {
    const char *manager, *kiosk, *ask, *id;
};

/* `secret` or `private_key` (PEM), the other NULL. NULL with `error`; g_free it. */
char *manage_token_make(const char *secret, const char *private_key, const struct manage_request *request,
                        int64_t now_ms, char **error);
/* Whether `token` (NULL: there is none) proves just this request, made at `since_ms` or later. False with `error`
 * (g_free it). */
bool manage_token_check(const struct hub_keys *keys, const char *token, const struct manage_request *request,
                        int64_t now_ms, int64_t since_ms, char **error);

#endif
