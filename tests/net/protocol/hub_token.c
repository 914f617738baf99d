/* Tokens: what a signature, a time and a claim are worth. */
#include "net/protocol/hub_token.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "net/protocol/manage_token.h"
#include "rsa_key.h"

#define SECRET "0123456789abcdef0123456789abcdef"

enum { NOW = 1000000 };

/* Signed as anybody could sign it. */
static char *sign(const char *claims, jwt_alg_t algorithm, const char *key)
{
    jwt_t *jwt;
    g_assert_cmpint(jwt_new(&jwt), ==, 0);
    g_assert_cmpint(jwt_add_grants_json(jwt, claims), ==, 0);
    g_assert_cmpint(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key ? (int)strlen(key) : 0), ==, 0);
    char *encoded = jwt_encode_str(jwt), *token = g_strdup(encoded);
    g_assert_nonnull(token);
    free(encoded);
    jwt_free(jwt);
    return token;
}

static void expect_refused(const struct hub_keys *keys, const char *token, const char *word)
{
    g_autofree char *error = NULL;
    g_assert_null(hub_token_check(keys, token, NOW, &error));
    g_assert_nonnull(error);
    if (!strstr(error, word))
        g_error("\"%s\" lacks \"%s\"", error, word);
}

static struct hub_grant *expect_grant(const struct hub_keys *keys, const char *token)
{
    g_autofree char *error = NULL;
    struct hub_grant *grant = hub_token_check(keys, token, NOW, &error);
    if (!grant)
        g_error("%s", error);
    return grant;
}

static struct hub_keys *make_keys(const char *secret, const char *public)
{
    char *error = NULL;
    struct hub_keys *keys = hub_keys_create(secret, public, &error);
    if (!keys)
        g_error("%s", error);
    return keys;
}

static void claims_are_read(void)
{
    struct hub_keys *keys = make_keys(SECRET "\n", NULL);
    g_autofree char *token = sign(
        "{\"sub\":\"anna\",\"exp\":1000030,\"nbf\":999999,\"rooms\":{\"studio\":\"host\",\"*\":\"audience\"}}",
        JWT_ALG_HS256, SECRET);
    struct hub_grant *grant = expect_grant(keys, token);
    g_assert_cmpstr(grant->user, ==, "anna");
    g_assert_false(grant->server);
    g_assert_cmpint(grant->expires_s, ==, 1000030);
    g_assert_cmpint(hub_grant_role(grant, "studio"), ==, HUB_ROLE_HOST);
    g_assert_cmpint(hub_grant_role(grant, "other"), ==, HUB_ROLE_AUDIENCE);
    hub_grant_destroy(grant);
    g_autofree char *plain = sign("{\"sub\":\"bert\"}", JWT_ALG_HS256, SECRET);
    grant = expect_grant(keys, plain);
    g_assert_cmpint(hub_grant_role(grant, "studio"), ==, HUB_ROLE_AUDIENCE);
    g_assert_cmpint(grant->expires_s, ==, INT64_MAX);
    hub_grant_destroy(grant);
    g_autofree char *none = sign("{\"sub\":\"bert\",\"rooms\":{}}", JWT_ALG_HS256, SECRET);
    grant = expect_grant(keys, none);
    g_assert_cmpint(hub_grant_role(grant, "studio"), ==, HUB_ROLE_NONE);
    hub_grant_destroy(grant);
    g_autofree char *server = sign("{\"server\":true}", JWT_ALG_HS256, SECRET);
    grant = expect_grant(keys, server);
    g_assert_true(grant->server);
    hub_grant_destroy(grant);
    hub_keys_destroy(keys);
}

static void bad_claims_are_refused(void)
{
    struct hub_keys *keys = make_keys(SECRET, NULL);
    static const struct {
        const char *claims, *word;
    } bad[] = {
        { "{}", "sub" },
        { "{\"sub\":7}", "sub" },
        { "{\"sub\":\"a/b\"}", "sub" },
        { "{\"sub\":\"\"}", "sub" },
        { "{\"sub\":\"a\",\"exp\":1000000}", "expired" },
        { "{\"sub\":\"a\",\"exp\":0}", "expired" },
        { "{\"sub\":\"a\",\"exp\":-1}", "exp" },
        { "{\"sub\":\"a\",\"exp\":\"never\"}", "exp" },
        { "{\"sub\":\"a\",\"exp\":1e300}", "exp" },
        { "{\"sub\":\"a\",\"exp\":9223372036854775807}", "exp" },
        { "{\"sub\":\"a\",\"nbf\":1000001}", "not valid yet" },
        { "{\"sub\":\"a\",\"nbf\":true}", "nbf" },
        { "{\"sub\":\"a\",\"rooms\":[]}", "rooms" },
        { "{\"sub\":\"a\",\"rooms\":{\"r\":\"king\"}}", "rooms" },
        { "{\"sub\":\"a\",\"rooms\":{\"r/s\":\"host\"}}", "rooms" },
        { "{\"sub\":\"a\",\"server\":\"yes\"}", "server" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *token = sign(bad[i].claims, JWT_ALG_HS256, SECRET);
        expect_refused(keys, token, bad[i].word);
    }
    hub_keys_destroy(keys);
}

static void algorithms_are_not_confused(void)
{
    g_autofree char *private = NULL, *public = NULL, *other_private = NULL, *other_public = NULL;
    rsa_key_make(2048, &private, &public);
    rsa_key_make(2048, &other_private, &other_public);
    struct hub_keys *both = make_keys(SECRET, public), *rsa = make_keys(NULL, public), *hmac = make_keys(SECRET, NULL);
    const char *claims = "{\"sub\":\"anna\"}";
    g_autofree char *good = sign(claims, JWT_ALG_RS256, private), *shared = sign(claims, JWT_ALG_HS256, SECRET);
    hub_grant_destroy(expect_grant(both, good));
    hub_grant_destroy(expect_grant(rsa, good));
    hub_grant_destroy(expect_grant(both, shared));
    expect_refused(hmac, good, "way");
    expect_refused(rsa, shared, "way");
    g_autofree char *none = sign(claims, JWT_ALG_NONE, NULL), *confused = sign(claims, JWT_ALG_HS256, public);
    g_autofree char *foreign = sign(claims, JWT_ALG_RS256, other_private),
                    *longer = sign(claims, JWT_ALG_HS512, SECRET);
    expect_refused(both, none, "way");
    expect_refused(rsa, confused, "way");
    expect_refused(both, confused, "signature");
    expect_refused(both, foreign, "signature");
    expect_refused(both, longer, "way");
    hub_keys_destroy(both);
    hub_keys_destroy(rsa);
    hub_keys_destroy(hmac);
}

/* Who signs with an extension relies on its being understood (RFC 7515, 4.1.11). */
static void critical_extensions_are_refused(void)
{
    struct hub_keys *keys = make_keys(SECRET, NULL);
    jwt_t *jwt = NULL;
    g_assert_cmpint(jwt_new(&jwt), ==, 0);
    jwt_add_grants_json(jwt, "{\"sub\":\"anna\"}");
    jwt_add_headers_json(jwt, "{\"crit\":[\"b64\"],\"b64\":false}");
    jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)SECRET, (int)strlen(SECRET));
    char *token = jwt_encode_str(jwt);
    expect_refused(keys, token, "crit");
    free(token);
    jwt_free(jwt);
    hub_keys_destroy(keys);
}

/* Every byte of a good token changed, and every shorter one: nothing is granted, nothing breaks. */
static void damaged_tokens_are_refused(void)
{
    struct hub_keys *keys = make_keys(SECRET, NULL);
    g_autofree char *good = sign("{\"sub\":\"anna\"}", JWT_ALG_HS256, SECRET);
    size_t length = strlen(good), dot = (size_t)(strrchr(good, '.') - good);
    for (size_t i = 0; i < length; i++) {
        g_autofree char *token = g_strdup(good), *shorter = g_strndup(good, i), *error = NULL;
        token[i] = token[i] == 'A' ? 'B' : 'A';
        if (i < dot)
            expect_refused(keys, token, "token");
        g_assert_null(hub_token_check(keys, shorter, NOW, &error));
        g_assert_nonnull(error);
    }
    g_autofree char *huge = g_strnfill(HUB_TOKEN_MAX + 1, 'a');
    expect_refused(keys, huge, "too long");
    expect_refused(keys, NULL, "wants a token");
    const char *const nonsense[] = {
        "", ".", "..", "a.b.c", "e30.e30.", "\xff\xfe.x.y", "bnVsbA.e30.x", "W10.W10.W10"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++)
        expect_refused(keys, nonsense[i], "token");
    hub_keys_destroy(keys);
}

static void poor_keys_are_refused(void)
{
    g_autofree char *private = NULL, *public = NULL, *weak_private = NULL, *weak_public = NULL;
    rsa_key_make(2048, &private, &public);
    rsa_key_make(1024, &weak_private, &weak_public);
    const char *const bad[][2] = { { "short", NULL }, { "", NULL },      { NULL, "" },
                                   { NULL, "PEM" },   { NULL, private }, { NULL, weak_public } };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *error = NULL;
        g_assert_null(hub_keys_create(bad[i][0], bad[i][1], &error));
        g_assert_nonnull(error);
    }
}

static void what_is_made_is_taken(void)
{
    g_autofree char *private = NULL, *public = NULL, *error = NULL;
    rsa_key_make(2048, &private, &public);
    struct hub_keys *keys = make_keys(SECRET, public);
    struct hub_grant wanted = { .user = "anna",
                                .expires_s = NOW + 60,
                                .rooms = g_hash_table_new(g_str_hash, g_str_equal) };
    g_hash_table_insert(wanted.rooms, "studio", GINT_TO_POINTER(HUB_ROLE_HOST));
    for (int i = 0; i < 2; i++) {
        g_autofree char *token = hub_token_make(i ? NULL : SECRET "\n", i ? private : NULL, &wanted, &error);
        g_assert_nonnull(token);
        struct hub_grant *grant = expect_grant(keys, token);
        g_assert_cmpstr(grant->user, ==, "anna");
        g_assert_cmpint(grant->expires_s, ==, NOW + 60);
        g_assert_cmpint(hub_grant_role(grant, "studio"), ==, HUB_ROLE_HOST);
        g_assert_cmpint(hub_grant_role(grant, "else"), ==, HUB_ROLE_NONE);
        hub_grant_destroy(grant);
    }
    g_assert_null(hub_token_make("short", NULL, &wanted, &error));
    g_clear_pointer(&error, g_free);
    g_assert_null(hub_token_make(NULL, "no key", &wanted, &error));
    g_hash_table_unref(wanted.rooms);
    hub_keys_destroy(keys);
}

/* A manager's token proves one request to one kiosk and logs in nobody; a login's proves no request. */
static void a_manager_signs_each_request(void)
{
    enum { NOW_S = 1000000 };
    static const char secret[] = "0123456789abcdef0123456789abcdef", other[] = "fedcba9876543210fedcba9876543210";
    const struct manage_request right = { "admin", "kiosk", "restart", "9f3c" };
    const struct manage_request wrong[] = {
        { "bert", "kiosk", "restart", "9f3c" },
        { "admin", "lobby", "restart", "9f3c" },
        { "admin", "kiosk", "status", "9f3c" },
        { "admin", "kiosk", "restart", "9f3d" },
    };
    g_autofree char *error = NULL, *token = manage_token_make(secret, NULL, &right, NOW_S * 1000LL, &error);
    struct hub_keys *keys = hub_keys_create(secret, NULL, &error), *others = hub_keys_create(other, NULL, &error);
    g_assert_true(manage_token_check(keys, token, &right, NOW_S * 1000LL, NOW_S * 1000LL, &error));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *why = NULL;
        g_assert_false(manage_token_check(keys, token, &wrong[i], NOW_S * 1000LL, 0, &why));
        g_assert_cmpstr(why, ==, "the token is for another request");
    }
    const struct {
        const struct hub_keys *keys;
        const char *token;
        int64_t now_s;
        const char *word;
        int64_t since_ms;
    } bad[] = {
        { keys, token, NOW_S + MANAGE_TOKEN_LIFE_S, "expired" },
        { keys, token, NOW_S - MANAGE_TOKEN_LIFE_MAX_S, "too long" },
        { others, token, NOW_S, "signature" },
        { keys, NULL, NOW_S, "signed for the request" },
        { keys, "nonsense", NOW_S, "no JSON Web Token" },
        { keys, token, NOW_S + 1, "before this kiosk began", NOW_S * 1000LL + 1 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *why = NULL;
        g_assert_false(
            manage_token_check(bad[i].keys, bad[i].token, &right, bad[i].now_s * 1000, bad[i].since_ms, &why));
        g_assert_nonnull(strstr(why, bad[i].word));
    }
    g_assert_null(hub_token_check(keys, token, NOW_S, &error));
    g_assert_nonnull(strstr(error, "manager"));
    struct hub_grant grant = { .user = (char *)"admin", .expires_s = NOW_S + 60 };
    g_autofree char *login = hub_token_make(secret, NULL, &grant, &error), *why = NULL;
    g_assert_false(manage_token_check(keys, login, &right, NOW_S * 1000LL, 0, &why));
    hub_keys_destroy(keys);
    hub_keys_destroy(others);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-token/claims", claims_are_read);
    g_test_add_func("/hub-token/bad-claims", bad_claims_are_refused);
    g_test_add_func("/hub-token/algorithms", algorithms_are_not_confused);
    g_test_add_func("/hub-token/critical", critical_extensions_are_refused);
    g_test_add_func("/hub-token/damaged", damaged_tokens_are_refused);
    g_test_add_func("/hub-token/keys", poor_keys_are_refused);
    g_test_add_func("/hub-token/made", what_is_made_is_taken);
    g_test_add_func("/hub-token/manager", a_manager_signs_each_request);
    return g_test_run();
}
