/* Tokens: as they come (the first byte is even), or claims that were signed with the right secret. Whoever is let in
 * has a name that can be one, and what another secret signed lets nobody in. */
#include "fuzz.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/hub_token.h"
#include "net/protocol/manage_token.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER_SECRET "fedcba9876543210fedcba9876543210"

enum { NOW_S = 1000000 };

static struct hub_keys *make_keys(const char *secret)
{
    char *error = NULL;
    struct hub_keys *keys = hub_keys_create(secret, NULL, &error);
    if (!keys)
        g_error("%s", error);
    return keys;
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
        hub_grant_role(grant, "studio");
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    bool signs = fuzz_byte(&input) & 1;
    g_autofree char *text = fuzz_text(&input), *token = signs ? sign(text) : g_strdup(text);
    if (!token)
        return 0;
    struct hub_keys *keys = make_keys(SECRET), *others = make_keys(OTHER_SECRET);
    check(keys, token, true);
    check(others, token, false);
    hub_keys_destroy(keys);
    hub_keys_destroy(others);
    return 0;
}
