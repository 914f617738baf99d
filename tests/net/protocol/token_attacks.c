/* An attacker with what attackers have: tokens of her own, the public key, knowledge of JSON Web Tokens and of how they
 * were broken elsewhere. Whatever she puts together at random grants nothing but what her own tokens granted anyway.
 *
 * TOKEN_ATTACKS=n: how many; TOKEN_SEED=n: the first one's seed, else it is drawn, and printed. */
#include "net/protocol/hub_token.h"

#include <stdlib.h>
#include <string.h>

#include "rsa_key.h"

#define SECRET "0123456789abcdef0123456789abcdef"

enum { NOW = 1000000, ATTACKS = 2000, TOKENS = 6, MOST_CHANGES = 3 };

struct world {
    struct hub_keys *both, *hmac, *rsa;
    char *public_key, *own[TOKENS]; /* the attacker's: good ones, an expired one, one of a hub with other keys */
    GRand *random;
};

/* What is put together: taken apart, changed, and written again. */
struct forgery {
    char *header, *claims; /* JSON, or what is to pass for it */
    GBytes *signature;
    char *token; /* as it is sent */
};

/* ---- keys and honest tokens ---- */

static struct hub_keys *make_keys(const char *secret, const char *public)
{
    g_autofree char *error = NULL;
    struct hub_keys *keys = hub_keys_create(secret, public, &error);
    g_assert_nonnull(keys);
    return keys;
}

static char *honest(const char *secret, const char *private, const char *user, int64_t expires_s)
{
    g_autofree char *error = NULL;
    struct hub_grant grant = { .user = (char *)user, .expires_s = expires_s };
    char *token = hub_token_make(secret, private, &grant, &error);
    g_assert_nonnull(token);
    return token;
}

static void open_world(struct world *world, guint32 seed)
{
    g_autofree char *private = NULL, *other = NULL, *other_public = NULL;
    rsa_key_make(2048, &private, &world->public_key);
    rsa_key_make(2048, &other, &other_public);
    world->both = make_keys(SECRET, world->public_key);
    world->hmac = make_keys(SECRET, NULL);
    world->rsa = make_keys(NULL, world->public_key);
    world->own[0] = honest(SECRET, NULL, "mallory", NOW + 60);
    world->own[1] = honest(NULL, private, "mallory", NOW + 60);
    world->own[2] = honest(SECRET, NULL, "mallory", NOW - 60);
    world->own[3] = honest(NULL, private, "mallory", NOW - 60);
    world->own[4] = honest(NULL, other, "anna", NOW + 60);
    world->own[5] = honest("another secret of thirty-two bytes", NULL, "anna", NOW + 60);
    world->random = g_rand_new_with_seed(seed);
}

static void close_world(struct world *world)
{
    hub_keys_destroy(world->both);
    hub_keys_destroy(world->hmac);
    hub_keys_destroy(world->rsa);
    g_free(world->public_key);
    for (int i = 0; i < TOKENS; i++)
        g_free(world->own[i]);
    g_rand_free(world->random);
}

/* ---- chance ---- */

static int below(struct world *world, int n)
{
    return g_rand_int_range(world->random, 0, n);
}

#define ONE_OF(world, list) ((list)[below((world), (int)G_N_ELEMENTS(list))])

/* ---- taking apart, writing ---- */

static char *encode(const void *data, size_t size)
{
    char *text = g_base64_encode(data, size), *end = strchr(text, '=');
    if (end)
        *end = '\0';
    return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

static GBytes *decode(const char *text)
{
    g_autofree char *padded = g_strconcat(text, &"==="[(strlen(text) + 3) % 4], NULL);
    gsize size;
    guchar *data = g_base64_decode(g_strdelimit(g_strdelimit(padded, "-", '+'), "_", '/'), &size);
    return g_bytes_new_take(data, size);
}

static char *text_of(const char *part)
{
    g_autoptr(GBytes) bytes = decode(part);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    return g_strndup(data, size);
}

static void take_apart(struct forgery *forgery, const char *token)
{
    g_auto(GStrv) parts = g_strsplit(token, ".", 3);
    *forgery = (struct forgery){ text_of(parts[0]), text_of(parts[1]), decode(parts[2]), NULL };
}

static char *signed_part(const struct forgery *forgery)
{
    g_autofree char *header = encode(forgery->header, strlen(forgery->header));
    g_autofree char *claims = encode(forgery->claims, strlen(forgery->claims));
    return g_strconcat(header, ".", claims, NULL);
}

static void write(struct forgery *forgery)
{
    gsize size;
    const void *data = g_bytes_get_data(forgery->signature, &size);
    g_autofree char *first = signed_part(forgery), *last = encode(data, size);
    forgery->token = g_strconcat(first, ".", last, NULL);
}

static void clear(struct forgery *forgery)
{
    g_free(forgery->header);
    g_free(forgery->claims);
    g_bytes_unref(forgery->signature);
    g_free(forgery->token);
}

/* ---- attacks ---- */

static void replace(char **text, char *with)
{
    g_free(*text);
    *text = with;
}

static void another_algorithm(struct world *world, struct forgery *forgery)
{
    static const char *const names[] = { "none",  "None",  "NONE",  "nOnE",  "",      "HS256", "hs256", "HS384",
                                         "HS512", "RS256", "RS384", "RS512", "ES256", "PS256", "EdDSA", "HS256 " };
    static const char *const forms[] = { "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
                                         "{\"typ\":\"JWT\",\"alg\":\"%s\"}",
                                         "{\"alg\":\"RS256\",\"alg\":\"%s\"}",
                                         "{\"alg\":[\"%s\"]}",
                                         "{\"ALG\":\"%s\"}",
                                         "{\"alg\":{\"%s\":1}}" };
    g_auto(GStrv) parts = g_strsplit(ONE_OF(world, forms), "%s", 2);
    replace(&forgery->header, g_strconcat(parts[0], ONE_OF(world, names), parts[1], NULL));
}

/* Where the key would be taken from, of those who believe a header. */
static void a_key_of_hers(struct world *world, struct forgery *forgery)
{
    static const char *const members[] = { "\"kid\":\"../../../../dev/null\"",
                                           "\"kid\":\"x' UNION SELECT 'k\"",
                                           "\"jku\":\"https://mallory.example/keys\"",
                                           "\"x5u\":\"https://mallory.example/cert\"",
                                           "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                                           "\"crit\":[\"exp\"]",
                                           "\"zip\":\"DEF\"",
                                           "\"b64\":false" };
    const char *rest = *forgery->header == '{' ? forgery->header + 1 : forgery->header;
    replace(&forgery->header, g_strconcat("{", ONE_OF(world, members), ",", rest, NULL));
}

static void more_rights(struct world *world, struct forgery *forgery)
{
    static const char *const members[] = { "\"sub\":\"anna\"",
                                           "\"server\":true",
                                           "\"exp\":9999999",
                                           "\"rooms\":{\"*\":\"host\"}",
                                           "\"rooms\":{\"studio\":\"host\"}",
                                           "\"exp\":null",
                                           "\"nbf\":0",
                                           "\"name\":\"Anna\"" };
    const char *member = ONE_OF(world, members),
               *rest = *forgery->claims == '{' ? forgery->claims + 1 : forgery->claims;
    size_t length = strlen(rest);
    char *first = g_strconcat("{", member, ",", rest, NULL);
    char *last = g_strdup_printf("{%.*s,%s}", length ? (int)length - 1 : 0, rest, member); /* which of two counts? */
    char *alone = g_strdup_printf("{%s}", member);
    char *forms[] = { first, last, alone };
    int chosen = below(world, 3);
    for (int i = 0; i < 3; i++)
        if (i != chosen)
            g_free(forms[i]);
    replace(&forgery->claims, forms[chosen]);
}

static void set_signature(struct forgery *forgery, const void *data, size_t size)
{
    g_bytes_unref(forgery->signature);
    forgery->signature = g_bytes_new(data, size);
}

/* Signed well, with what she has for a secret. */
static void signed_by_her(struct world *world, struct forgery *forgery)
{
    static const GChecksumType types[] = { G_CHECKSUM_SHA256, G_CHECKSUM_SHA384, G_CHECKSUM_SHA512 };
    g_autofree char *stripped = g_strstrip(g_strdup(world->public_key)), *text = signed_part(forgery);
    const char *const secrets[] = { world->public_key, stripped, "", "secret", "0", &SECRET[1], "\n" };
    const char *secret = ONE_OF(world, secrets);
    g_autoptr(GHmac) hmac = g_hmac_new(ONE_OF(world, types), (const guchar *)secret, strlen(secret));
    g_hmac_update(hmac, (const guchar *)text, -1);
    guint8 digest[64];
    gsize size = sizeof digest;
    g_hmac_get_digest(hmac, digest, &size);
    set_signature(forgery, digest, size);
}

static void a_damaged_signature(struct world *world, struct forgery *forgery)
{
    gsize size;
    const void *data = g_bytes_get_data(forgery->signature, &size);
    g_autofree guint8 *copy = g_malloc0(size + 64);
    if (size)
        memcpy(copy, data, size);
    switch (below(world, 5)) {
    case 0:
        size = 0;
        break;
    case 1:
        size = size ? (gsize)below(world, (int)size) : 0;
        break;
    case 2:
        size += (gsize)below(world, 64);
        break;
    case 3:
        memset(copy, 0, size);
        break;
    default:
        if (size)
            copy[below(world, (int)size)] ^= (guint8)(1 << below(world, 8));
    }
    set_signature(forgery, copy, size);
}

static void the_signature_of_another(struct world *world, struct forgery *forgery)
{
    g_auto(GStrv) parts = g_strsplit(world->own[below(world, TOKENS)], ".", 3);
    g_bytes_unref(forgery->signature);
    forgery->signature = decode(parts[2]);
}

/* The text itself: as it is written last. */
static void another_spelling(struct world *world, struct forgery *forgery)
{
    static const char *const insertions[] = { ".",        "..", "=", "==", " ", "\n", "%2e",
                                              "\xc0\xae", "A",  "-", "_",  "+", "/" };
    write(forgery);
    GString *text = g_string_new(forgery->token);
    for (int n = 1 + below(world, MOST_CHANGES); n; n--) {
        gssize at = below(world, (int)text->len + 1);
        if (below(world, 2))
            g_string_insert(text, at, ONE_OF(world, insertions));
        else
            g_string_erase(text, MIN(at, (gssize)text->len - 1), 1);
    }
    g_free(forgery->token);
    forgery->token = g_string_free(text, FALSE);
}

static void (*const attacks[])(struct world *world, struct forgery *forgery) = {
    another_algorithm,        a_key_of_hers, more_rights, more_rights, signed_by_her, a_damaged_signature,
    the_signature_of_another,
};

/* ---- what came of it ---- */

/* Her own rights, which she had: a spelling of the same signature, say. */
static bool is_her_own(const struct hub_grant *grant)
{
    return !strcmp(grant->user, "mallory") && !grant->server && !grant->name && !grant->rooms &&
           grant->expires_s == NOW + 60;
}

static bool gains_something(const struct hub_keys *keys, const char *token)
{
    g_autofree char *error = NULL;
    struct hub_grant *grant = hub_token_check(keys, token, NOW, &error);
    g_assert_true((grant != NULL) == (error == NULL));
    bool gains = grant && !is_her_own(grant);
    hub_grant_destroy(grant);
    return gains;
}

static void attack(struct world *world, guint64 number)
{
    struct forgery forgery;
    take_apart(&forgery, world->own[below(world, TOKENS)]);
    for (int n = 1 + below(world, MOST_CHANGES); n; n--)
        ONE_OF(world, attacks)(world, &forgery);
    if (below(world, 4) == 0)
        another_spelling(world, &forgery);
    else
        write(&forgery);
    if (gains_something(world->both, forgery.token) || gains_something(world->hmac, forgery.token) ||
        gains_something(world->rsa, forgery.token))
        g_error("attack %" G_GUINT64_FORMAT " succeeds: %s", number, forgery.token);
    clear(&forgery);
}

static guint64 number_of(const char *variable, guint64 usual)
{
    const char *text = g_getenv(variable);
    return text ? g_ascii_strtoull(text, NULL, 10) : usual;
}

static void nothing_is_gained(void)
{
    struct world world;
    guint64 n = number_of("TOKEN_ATTACKS", ATTACKS), seed = number_of("TOKEN_SEED", g_random_int());
    g_test_message("%" G_GUINT64_FORMAT " attacks, seed %" G_GUINT64_FORMAT, n, seed);
    open_world(&world, (guint32)seed);
    g_autofree char *error = NULL;
    struct hub_grant *grant = hub_token_check(world.both, world.own[1], NOW, &error);
    g_assert_true(grant && is_her_own(grant)); /* the honest ones are good */
    hub_grant_destroy(grant);
    for (guint64 i = 0; i < n; i++)
        attack(&world, i);
    close_world(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-token/attacks", nothing_is_gained);
    return g_test_run();
}
