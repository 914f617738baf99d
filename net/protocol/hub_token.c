#include "net/protocol/hub_token.h"

#include <jwt.h>
#include <math.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

struct hub_keys {
    char *secret, *public_key; /* NULL: such tokens are refused */
};

static char *without_line_end(const char *text)
{
    return g_strndup(text, strcspn(text, "\r\n"));
}

static bool check_secret(const char *secret, char **error)
{
    if (strlen(secret) >= HUB_SECRET_MIN)
        return true;
    *error = g_strdup_printf(
        "the secret is too short: HS256 wants at least %d bytes (for example: openssl rand -hex 32)", HUB_SECRET_MIN);
    return false;
}

/* PEM_read_bio_PUBKEY takes public keys only, so a private key in the hub's hands is noticed here. */
static bool check_public_key(const char *pem, char **error)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    bool good = key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= HUB_RSA_MIN_BITS;
    EVP_PKEY_free(key);
    BIO_free(bio);
    if (!good)
        *error = g_strdup_printf("the key is no public RSA key in PEM of at least %d bits", HUB_RSA_MIN_BITS);
    return good;
}

static void clear(struct hub_keys *keys)
{
    g_clear_pointer(&keys->secret, g_free);
    g_clear_pointer(&keys->public_key, g_free);
}

bool hub_keys_set(struct hub_keys *keys, const char *secret, const char *public_key, char **error)
{
    g_autofree char *text = secret ? without_line_end(secret) : NULL;
    if ((text && !check_secret(text, error)) || (public_key && !check_public_key(public_key, error)))
        return false;
    clear(keys);
    keys->secret = g_steal_pointer(&text);
    keys->public_key = g_strdup(public_key);
    return true;
}

struct hub_keys *hub_keys_create(const char *secret, const char *public_key, char **error)
{
    struct hub_keys *keys = g_new0(struct hub_keys, 1);
    if (hub_keys_set(keys, secret, public_key, error))
        return keys;
    hub_keys_destroy(keys);
    return NULL;
}

void hub_keys_destroy(struct hub_keys *keys)
{
    if (!keys)
        return;
    clear(keys);
    g_free(keys);
}

static void *fail(char **error, const char *why)
{
    *error = g_strdup(why);
    return NULL;
}

/* The header's "alg", read before the signature is: it chooses the key, and each key serves one algorithm only. So a
 * public key is never taken for a secret, and "none" for nothing. */
static char *read_algorithm(const char *token, char **error)
{
    g_autofree char *part = g_strndup(token, strcspn(token, "."));
    for (char *at = part; *at; at++)
        *at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
    g_autofree char *padded = g_strdup_printf("%s%.*s", part, (int)((4 - strlen(part) % 4) % 4), "===");
    size_t length;
    g_autofree guchar *text = g_base64_decode(padded, &length);
    cJSON *header = text ? hub_parse((const char *)text, length) : NULL;
    char *algorithm = g_strdup(json_string(header, "alg"));
    if (cJSON_HasObjectItem(header, "crit")) /* RFC 7515, 4.1.11: we understand no extension */
        *error = g_strdup("the token's header has \"crit\", which this hub does not understand");
    else if (!algorithm)
        *error = g_strdup("the token is no JSON Web Token");
    cJSON_Delete(header);
    return algorithm;
}

/* The claims, once the signature has been found good. */
cJSON *hub_token_verify(const struct hub_keys *keys, const char *token, char **error)
{
    g_autofree char *algorithm = read_algorithm(token, error);
    if (*error)
        return NULL;
    bool hmac = !g_strcmp0(algorithm, "HS256"), rsa = !g_strcmp0(algorithm, "RS256");
    const char *key = hmac ? keys->secret : rsa ? keys->public_key : NULL;
    if (!key)
        return fail(error, "the token is signed in a way that this hub does not take");
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, (const unsigned char *)key, (int)strlen(key)) ||
        jwt_get_alg(jwt) != (hmac ? JWT_ALG_HS256 : JWT_ALG_RS256)) {
        jwt_free(jwt);
        return fail(error, "the token's signature is wrong");
    }
    char *text = jwt_get_grants_json(jwt, NULL);
    cJSON *claims = text ? hub_parse(text, strlen(text)) : NULL;
    free(text);
    jwt_free(jwt);
    return claims ? claims : fail(error, "the token has no claims");
}

/* A NumericDate (RFC 7519 section 2), whole seconds of it; `missing` where there is none. False where it is nonsense.
 */
static bool read_date(const cJSON *claims, const char *name, int64_t missing, int64_t *date_s)
{
    const cJSON *date = json_member(claims, name);
    *date_s = missing;
    if (!date)
        return true;
    if (!cJSON_IsNumber(date) || !isfinite(date->valuedouble) || date->valuedouble < 0 || date->valuedouble > 1e11)
        return false;
    *date_s = (int64_t)date->valuedouble;
    return true;
}

static bool read_rooms(const cJSON *claims, struct hub_grant *grant)
{
    const cJSON *rooms = json_member(claims, "rooms"), *room;
    if (!rooms)
        return true;
    if (!cJSON_IsObject(rooms))
        return false;
    grant->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cJSON_ArrayForEach (room, rooms) {
        const char *word = cJSON_GetStringValue(room);
        enum hub_role role = !g_strcmp0(word, "host")       ? HUB_ROLE_HOST
                             : !g_strcmp0(word, "audience") ? HUB_ROLE_AUDIENCE
                                                            : HUB_ROLE_NONE;
        if (role == HUB_ROLE_NONE || !hub_name_is_valid(room->string))
            return false;
        g_hash_table_insert(grant->rooms, g_strdup(room->string), GINT_TO_POINTER(role));
    }
    return true;
}

/* Whoever makes tokens may have taken it from where anything goes: that is no reason to keep its user out. */
static void read_name(const cJSON *claims, struct hub_grant *grant)
{
    const cJSON *name = json_member(claims, "name");
    if (hub_display_name_is_valid(cJSON_GetStringValue(name)))
        grant->name = g_strdup(name->valuestring);
    else if (name)
        g_message("the name in the token of %s is ignored: a name has " HUB_DISPLAY_NAME_RULE, grant->user);
}

static const char *read_claims(const cJSON *claims, int64_t now_s, struct hub_grant *grant)
{
    int64_t not_before_s;
    const cJSON *sub = json_member(claims, "sub");
    const cJSON *server = json_member(claims, "server");
    grant->server = cJSON_IsTrue(server);
    grant->user = g_strdup(cJSON_IsString(sub) ? sub->valuestring : "");
    if (json_member(claims, "ask")) /* net/protocol/manage_token.h */
        return "the token is a manager's, for one request to a kiosk";
    if (server && !cJSON_IsBool(server))
        return "the token's \"server\" is neither true nor false";
    if (!hub_name_is_valid(grant->user) && (sub || !grant->server))
        return "the token's \"sub\" is no user id";
    if (!read_date(claims, "exp", INT64_MAX, &grant->expires_s) || !read_date(claims, "nbf", 0, &not_before_s))
        return "the token's \"exp\" or \"nbf\" is no time";
    if (now_s >= grant->expires_s)
        return "the token has expired";
    if (now_s < not_before_s)
        return "the token is not valid yet";
    read_name(claims, grant);
    return read_rooms(claims, grant) ? NULL
                                     : "the token's \"rooms\" does not give a role, host or audience, to each room";
}

struct hub_grant *hub_token_check(const struct hub_keys *keys, const char *token, int64_t now_s, char **error)
{
    *error = NULL;
    if (!token)
        return fail(error, "this hub wants a token");
    if (strlen(token) > HUB_TOKEN_MAX)
        return fail(error, "the token is too long");
    cJSON *claims = hub_token_verify(keys, token, error);
    if (!claims)
        return NULL;
    struct hub_grant *grant = g_new0(struct hub_grant, 1);
    const char *wrong = read_claims(claims, now_s, grant);
    cJSON_Delete(claims);
    if (!wrong)
        return grant;
    hub_grant_destroy(grant);
    return fail(error, wrong);
}

void hub_grant_destroy(struct hub_grant *grant)
{
    if (!grant)
        return;
    if (grant->rooms)
        g_hash_table_unref(grant->rooms);
    g_free(grant->user);
    g_free(grant->name);
    g_free(grant);
}

struct hub_grant *hub_grant_for_a_call(const struct hub_grant *grant)
{
    struct hub_grant *copy = g_new0(struct hub_grant, 1);
    GHashTableIter iter;
    gpointer room, role;
    copy->user = g_strdup(grant->user);
    copy->name = g_strdup(grant->name);
    copy->expires_s = INT64_MAX;
    if (!grant->rooms)
        return copy;
    copy->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_iter_init(&iter, grant->rooms);
    while (g_hash_table_iter_next(&iter, &room, &role))
        g_hash_table_insert(copy->rooms, g_strdup(room),
                            GINT_TO_POINTER(MIN(GPOINTER_TO_INT(role), HUB_ROLE_AUDIENCE)));
    return copy;
}

enum hub_role hub_grant_role(const struct hub_grant *grant, const char *room)
{
    if (!grant->rooms)
        return HUB_ROLE_AUDIENCE;
    gpointer role;
    if (room && g_hash_table_lookup_extended(grant->rooms, room, NULL, &role))
        return GPOINTER_TO_INT(role);
    return GPOINTER_TO_INT(g_hash_table_lookup(grant->rooms, "*"));
}

static cJSON *write_claims(const struct hub_grant *grant)
{
    cJSON *claims = cJSON_CreateObject();
    if (*grant->user)
        cJSON_AddStringToObject(claims, "sub", grant->user);
    hub_add_name(claims, "name", grant->name);
    if (grant->server)
        cJSON_AddTrueToObject(claims, "server");
    if (grant->expires_s != INT64_MAX)
        cJSON_AddNumberToObject(claims, "exp", (double)grant->expires_s);
    if (grant->rooms) {
        cJSON *rooms = cJSON_AddObjectToObject(claims, "rooms");
        GHashTableIter iter;
        gpointer room, role;
        g_hash_table_iter_init(&iter, grant->rooms);
        while (g_hash_table_iter_next(&iter, &room, &role))
            cJSON_AddStringToObject(rooms, room, GPOINTER_TO_INT(role) == HUB_ROLE_HOST ? "host" : "audience");
    }
    return claims;
}

char *hub_token_sign(const char *secret, const char *private_key, const cJSON *claims, char **error)
{
    g_autofree char *key = secret ? without_line_end(secret) : g_strdup(private_key);
    if (secret && !check_secret(key, error))
        return NULL;
    jwt_t *jwt = NULL;
    char *text = cJSON_PrintUnformatted(claims);
    bool good = !jwt_new(&jwt) && !jwt_add_grants_json(jwt, text) &&
                !jwt_set_alg(jwt, secret ? JWT_ALG_HS256 : JWT_ALG_RS256, (const unsigned char *)key, (int)strlen(key));
    char *encoded = good ? jwt_encode_str(jwt) : NULL;
    char *token = g_strdup(encoded);
    free(encoded);
    cJSON_free(text);
    jwt_free(jwt);
    return token ? token : fail(error, "the token cannot be signed; is the key a private RSA key in PEM?");
}

char *hub_token_make(const char *secret, const char *private_key, const struct hub_grant *grant, char **error)
{
    cJSON *claims = write_claims(grant);
    char *token = hub_token_sign(secret, private_key, claims, error);
    cJSON_Delete(claims);
    return token;
}
