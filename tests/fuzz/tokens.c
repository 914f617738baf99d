/* Tokens: as they come, or claims that were signed with the right secret, or a public key to check with (what the first
 * byte says). Whoever is let in has a name that can be one, and what another secret signed lets nobody in. What was
 * granted can be granted again, to the letter; for a call it grants no more. */
#include "fuzz.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/hub_token.h"
#include "net/protocol/manage_token.h"

#include <string.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

enum { NOW_S = 1000000 };
enum { SIGNS = 1, NAMES_A_KEY = 2 };

static struct hub_keys *make_keys(const char *secret)
{
    char *error = NULL;
    struct hub_keys *keys = hub_keys_create(secret, NULL, &error);
    if (!keys)
        g_error("%s", error);
    return keys;
}

static void check_again(const struct hub_keys *keys, const struct hub_grant *grant)
{
    g_autofree char *error = NULL, *token = hub_token_make(SECRET, NULL, grant, &error);
    struct hub_grant *again = token && strlen(token) <= HUB_TOKEN_MAX ? hub_token_check(keys, token, NOW_S, &error)
                                                                      : NULL;
    g_assert_true(again || error || strlen(token) > HUB_TOKEN_MAX);
    if (again) {
        g_assert_cmpstr(again->user, ==, grant->user);
        g_assert_cmpstr(again->name, ==, grant->name);
        g_assert_true(again->server == grant->server && again->expires_s == grant->expires_s);
        g_assert_cmpint(hub_grant_role(again, "studio"), ==, hub_grant_role(grant, "studio"));
    }
    hub_grant_destroy(again);
}

static void check_for_a_call(const struct hub_grant *grant)
{
    struct hub_grant *less = hub_grant_for_a_call(grant);
    g_assert_false(less->server);
    g_assert_cmpint(hub_grant_role(less, "studio"), <=, HUB_ROLE_AUDIENCE);
    hub_grant_destroy(less);
}

static void check(const struct hub_keys *keys, const char *token, bool may_be_good)
{
    g_autofree char *error = NULL, *refusal = NULL;
    struct hub_grant *grant = hub_token_check(keys, token, NOW_S, &error);
    g_assert_true((grant == NULL) == (error != NULL));
    g_assert_true(may_be_good || !grant);
    if (grant) {
        g_assert_true(hub_name_is_valid(grant->user) || (grant->server && !*grant->user));
        g_assert_true(!grant->name || hub_display_name_is_valid(grant->name));
        g_assert_cmpint(grant->expires_s, >, NOW_S);
        check_again(keys, grant);
        check_for_a_call(grant);
        hub_grant_destroy(grant);
    }
    const struct manage_request request = { "boss", "lobby", "status", "1" };
    bool proved = manage_token_check(keys, token, &request, NOW_S * 1000LL, 0, &refusal);
    g_assert_true(proved == (refusal == NULL));
    g_assert_true(may_be_good || !proved);
}

static char *sign(const char *text)
{
    cJSON *claims = cJSON_Parse(text);
    g_autofree char *error = NULL;
    char *token = cJSON_IsObject(claims) ? hub_token_sign(SECRET, NULL, claims, &error) : NULL;
    cJSON_Delete(claims);
    return token;
}

/* A key that is taken checks, and lets nobody in who signs with its text (RFC 8725, 2.1). */
static void check_key(const char *pem)
{
    g_autofree char *error = NULL, *refusal = NULL, *token = NULL;
    struct hub_keys *keys = hub_keys_create(NULL, pem, &error);
    g_assert_true((keys == NULL) == (error != NULL));
    struct hub_grant grant = { .user = "alice", .expires_s = INT64_MAX };
    if (keys && (token = hub_token_make(pem, NULL, &grant, &refusal)))
        check(keys, token, false);
    hub_keys_destroy(keys);
}

static void check_token(const char *token)
{
    struct hub_keys *keys = make_keys(SECRET), *others = make_keys(OTHER_SECRET);
    check(keys, token, true);
    check(others, token, false);
    hub_keys_destroy(keys);
    hub_keys_destroy(others);
}

/* Our own request is proved by it, and another is not. */
static void check_management(const char *ask)
{
    const struct manage_request request = { "boss", "lobby", ask, "1" }, other = { "boss", "hall", ask, "1" };
    g_autofree char *error = NULL, *refusal = NULL, *none = NULL;
    g_autofree char *token = manage_token_make(SECRET, NULL, &request, NOW_S * 1000LL, &error);
    struct hub_keys *keys = make_keys(SECRET);
    if (token && strlen(token) <= HUB_TOKEN_MAX && g_utf8_validate(ask, -1, NULL))
        g_assert_true(manage_token_check(keys, token, &request, NOW_S * 1000LL, 0, &refusal));
    g_assert_false(manage_token_check(keys, token, &other, NOW_S * 1000LL, 0, &none));
    hub_keys_destroy(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    unsigned what = fuzz_byte(&input) % 4;
    g_autofree char *text = fuzz_text(&input), *token = what == SIGNS ? sign(text) : g_strdup(text);
    if (what == NAMES_A_KEY)
        check_key(text);
    else if (what == (SIGNS | NAMES_A_KEY))
        check_management(text);
    else if (token)
        check_token(token);
    return 0;
}
