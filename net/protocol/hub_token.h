/* Tokens: JSON Web Tokens (RFC 7519), signed with HS256 (a shared secret) or RS256 (an RSA key pair; RFC 7518). They
 * say who somebody is and what he may do. Pure: no clock, no files. Claims: sub     user id name    what the user is
 * called on screens (OpenID Connect); one that cannot be shown is ignored rooms
 * {"studio":"host","lobby":"audience","*":"audience"}; absent: every room as audience, none as host server  true: may
 * use the hub's HTTP API exp, nbf   from when and until when (NumericDate); absent: no such limit */
#ifndef CALLAPI_NET_PROTOCOL_HUB_TOKEN_H
#define CALLAPI_NET_PROTOCOL_HUB_TOKEN_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    HUB_TOKEN_MAX = 8 * 1024, /* bytes of a token */
    HUB_SECRET_MIN = 32,      /* bytes of a secret (RFC 7518 section 3.2) */
    HUB_RSA_MIN_BITS = 2048,  /* RFC 7518 section 3.3 */
};

enum hub_role { HUB_ROLE_NONE, HUB_ROLE_AUDIENCE, HUB_ROLE_HOST };

/* What tokens are checked with. */
struct hub_keys;

/* `secret` (text; a line's end after it does not count) and `public_key` (PEM): each may be NULL, not both. NULL where
 * one is no good: `error` (g_free it) says why. */
struct hub_keys *hub_keys_create(const char *secret, const char *public_key, char **error);
/* Others in their place, from the next token on; false with `error` where one is no good: then those that were stay. */
bool hub_keys_set(struct hub_keys *keys, const char *secret, const char *public_key, char **error);
void hub_keys_destroy(struct hub_keys *keys); /* takes NULL */

struct hub_grant {
    char *user; /* "" in a server's token without one */
    char *name; /* display name, or NULL */
    bool server;
    int64_t expires_s; /* seconds since 1970; INT64_MAX: never */
    GHashTable *rooms; /* room id → enum hub_role; NULL: every room as audience */
};

/* What `token` grants at `now_s`, seconds since 1970. NULL where it grants nothing: `error` (g_free it) says why. */
struct hub_grant *hub_token_check(const struct hub_keys *keys, const char *token, int64_t now_s, char **error);
void hub_grant_destroy(struct hub_grant *grant); /* takes NULL */
/* What it grants to somebody who goes on with a call of its user: to be in rooms as audience, as long as the call goes
 * on. */
struct hub_grant *hub_grant_for_a_call(const struct hub_grant *grant);
enum hub_role hub_grant_role(const struct hub_grant *grant, const char *room);

/* Makes a token. `secret` or `private_key` (PEM), the other NULL; `grant` as above. NULL with `error`. The caller frees
 * it. */
char *hub_token_make(const char *secret, const char *private_key, const struct hub_grant *grant, char **error);

/* What both are made of: the claims of a token whose signature is good (cJSON_Delete them), or NULL with `error`; and
 * `claims` signed. */
cJSON *hub_token_verify(const struct hub_keys *keys, const char *token, char **error);
char *hub_token_sign(const char *secret, const char *private_key, const cJSON *claims, char **error);

#endif
