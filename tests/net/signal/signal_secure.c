/* The signal client and the hub with TLS, tokens, roles and the directory. */
#include "engine/text/json.h"
#include "net/signal/signal.h"

#include <glib/gstdio.h>
#include <string.h>

#include "certificate.h"
#include "left_behind.h"
#include "net/hub/hub.h"
#include "net/protocol/hub_token.h"

#define SECRET "0123456789abcdef0123456789abcdef"

/* Generous: it ends a test that hangs, and says nothing about speed. */
enum { PATIENCE_US = 30 * G_USEC_PER_SEC };

struct person {
    struct signal_client *client;
    int online, offline, done, warned, messages;
    enum signal_result result;
    char *error, *why, *from;
    GHashTable *users, *rooms; /* the directory: who is online; room → state */
};

static void set(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

static void person_online(void *user_data)
{
    ((struct person *)user_data)->online++;
}

static void person_offline(void *user_data, const char *why)
{
    struct person *person = user_data;
    person->offline++;
    set(&person->why, why);
}

static void person_message(void *user_data, const char *from, const cJSON *body)
{
    struct person *person = user_data;
    person->messages++;
    set(&person->from, from);
    g_assert_true(cJSON_IsObject(body));
}

static void person_room(void *user_data, const struct signal_room *room)
{
    g_hash_table_insert(((struct person *)user_data)->rooms, g_strdup(room->room), g_strdup(room->state));
}

static void person_user(void *user_data, const char *user, const char *name, bool online)
{
    (void)name;
    struct person *person = user_data;
    if (online)
        g_hash_table_add(person->users, g_strdup(user));
    else
        g_hash_table_remove(person->users, user);
}

static void person_warned(void *user_data, int seconds)
{
    g_assert_cmpint(seconds, >, 0);
    g_assert_cmpint(seconds, <=, 30);
    ((struct person *)user_data)->warned++;
}

static const struct signal_listener listener = {
    .online = person_online,
    .offline = person_offline,
    .message = person_message,
    .room = person_room,
    .user = person_user,
    .token_expires = person_warned,
};

static void person_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct person *person = user_data;
    person->done++;
    person->result = result;
    set(&person->error, json_string(reply, "error"));
}

#define until(reactor, condition)                                                                                      \
    do {                                                                                                               \
        int64_t end_ = g_get_monotonic_time() + PATIENCE_US;                                                           \
        while (!(condition) && g_get_monotonic_time() < end_)                                                          \
            reactor_wait(reactor, g_get_monotonic_time() + 100000);                                                    \
        g_assert_true(condition);                                                                                      \
    } while (0)

static void start(struct reactor *reactor, struct person *person, const char *url, const char *user, const char *token,
                  const char *ca)
{
    *person = (struct person){
        .users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    struct signal_config config = { url, user, &listener, person, token, ca, NULL };
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
}

static void start_with_file(struct reactor *reactor, struct person *person, const char *url, const char *user,
                            const char *token, const char *file)
{
    *person = (struct person){ 0 };
    struct signal_config config = { url, user, &listener, person, token, NULL, file };
    person->client = signal_client_create(reactor, &config);
    g_assert_nonnull(person->client);
}

static void enter(struct reactor *reactor, struct person *person, const char *url, const char *user, const char *token)
{
    start(reactor, person, url, user, token, NULL);
    until(reactor, person->online);
}

static void leave(struct person *person)
{
    signal_client_destroy(person->client);
    g_clear_pointer(&person->users, g_hash_table_unref);
    g_clear_pointer(&person->rooms, g_hash_table_unref);
    g_free(person->error);
    g_free(person->why);
    g_free(person->from);
    *person = (struct person){ 0 };
}

static void answered(struct reactor *reactor, struct person *person, enum signal_result result, const char *error)
{
    until(reactor, person->done);
    g_assert_cmpint(person->result, ==, result);
    g_assert_cmpstr(person->error, ==, error);
    person->done = 0;
}

static struct hub *start_hub(struct reactor *reactor, const char *secret)
{
    char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0", .token_secret = secret };
    struct hub *hub = hub_create(reactor, &config, &error);
    if (!hub)
        g_error("%s", error);
    return hub;
}

/* For `seconds` (0: without end), as broadcaster of `host` and audience of `audience` (either may be NULL). */
static char *make_token(const char *user, int seconds, const char *host, const char *audience)
{
    char *error = NULL;
    struct hub_grant grant = {
        .user = (char *)user,
        .expires_s = seconds ? g_get_real_time() / G_USEC_PER_SEC + seconds : INT64_MAX,
        .rooms = g_hash_table_new(g_str_hash, g_str_equal),
    };
    if (host)
        g_hash_table_insert(grant.rooms, (char *)host, GINT_TO_POINTER(HUB_ROLE_HOST));
    if (audience)
        g_hash_table_insert(grant.rooms, (char *)audience, GINT_TO_POINTER(HUB_ROLE_AUDIENCE));
    char *token = hub_token_make(SECRET, NULL, &grant, &error);
    g_assert_nonnull(token);
    g_hash_table_unref(grant.rooms);
    return token;
}

static void tls_is_verified(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate ours = certificate_make("localhost"), other = certificate_make("localhost"),
                       named = certificate_make("example.org");
    char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0", .tls_cert = ours.cert, .tls_key = ours.key };
    struct hub *hub = hub_create(reactor, &config, &error);
    if (!hub)
        g_error("%s", error);
    g_assert_true(g_str_has_prefix(hub_url(hub), "wss://127.0.0.1:"));
    g_autofree char *url = g_strdup_printf("wss://localhost%s", strrchr(hub_url(hub), ':'));
    struct person good, stranger, distrustful;
    start(reactor, &good, url, "good", NULL, ours.cert);
    until(reactor, good.online);
    start(reactor, &stranger, url, "stranger", NULL, NULL);
    start(reactor, &distrustful, url, "distrustful", NULL, other.cert);
    until(reactor, stranger.offline && distrustful.offline);
    g_assert_nonnull(strstr(stranger.why, "certificate"));
    g_assert_nonnull(strstr(distrustful.why, "certificate"));
    g_assert_cmpint(stranger.online + distrustful.online, ==, 0);
    signal_user_list(good.client, person_done, &good);
    answered(reactor, &good, SIGNAL_DELIVERED, NULL);
    leave(&good);
    leave(&stranger);
    leave(&distrustful);
    hub_destroy(hub);

    config.tls_cert = named.cert;
    config.tls_key = named.key;
    hub = hub_create(reactor, &config, &error);
    g_assert_nonnull(hub);
    g_autofree char *misnamed = g_strdup_printf("wss://localhost%s", strrchr(hub_url(hub), ':'));
    start(reactor, &stranger, misnamed, "stranger", NULL, named.cert);
    until(reactor, stranger.offline);
    g_assert_cmpint(stranger.online, ==, 0);
    leave(&stranger);
    hub_destroy(hub);

    const char *const bad[][2] = { { ours.cert, NULL },
                                   { NULL, ours.key },
                                   { ours.cert, other.key },
                                   { ours.key, ours.key },
                                   { "/nowhere", ours.key } };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        config.tls_cert = bad[i][0];
        config.tls_key = bad[i][1];
        g_assert_null(hub_create(reactor, &config, &error));
        g_assert_nonnull(error);
        g_clear_pointer(&error, g_free);
    }
    certificate_remove(&ours);
    certificate_remove(&other);
    certificate_remove(&named);
    end_reactor(reactor, &before);
}

/* Whether somebody gets in over TLS who trusts this authority alone. */
static bool trusts(struct reactor *reactor, const char *url, const char *ca)
{
    struct person person;
    start(reactor, &person, url, "somebody", NULL, ca);
    until(reactor, person.online || person.offline);
    bool trusted = person.online;
    leave(&person);
    return trusted;
}

static void copy(const char *from, const char *to)
{
    g_autofree char *text = NULL;
    size_t length;
    g_assert_true(g_file_get_contents(from, &text, &length, NULL) &&
                  g_file_set_contents(to, text, (gssize)length, NULL));
}

static void a_new_certificate_is_read(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate ours = certificate_make("localhost"), next = certificate_make("localhost");
    g_autofree char *error = NULL, *old = g_build_filename(next.folder, "old.pem", NULL);
    struct hub_config config = { .listen = "127.0.0.1:0", .tls_cert = ours.cert, .tls_key = ours.key };
    struct hub *hub = hub_create(reactor, &config, NULL);
    g_assert_nonnull(hub);
    g_autofree char *url = g_strdup_printf("wss://localhost%s", strrchr(hub_url(hub), ':'));
    struct person stays;
    start(reactor, &stays, url, "stays", NULL, ours.cert);
    until(reactor, stays.online);
    copy(ours.cert, old);
    copy(next.cert, ours.cert);
    g_assert_false(hub_reload(hub, &config, &error)); /* the key is the old one's */
    g_assert_nonnull(strstr(error, ours.key));
    g_assert_true(trusts(reactor, url, old));
    copy(next.key, ours.key);
    g_clear_pointer(&error, g_free);
    g_assert_true(hub_reload(hub, &config, &error));
    g_assert_true(trusts(reactor, url, next.cert));
    g_assert_false(trusts(reactor, url, old));
    g_assert_cmpint(stays.offline, ==, 0);
    leave(&stays);
    hub_destroy(hub);
    g_unlink(old);
    certificate_remove(&ours);
    certificate_remove(&next);
    end_reactor(reactor, &before);
}

/* OpenSSL would ask on the terminal. */
static void an_encrypted_key_asks_nobody(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate ours = certificate_make("localhost");
    g_autofree char *error = NULL;
    FILE *file = g_fopen(ours.key, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    file = g_fopen(ours.key, "w");
    g_assert_true(PEM_write_PrivateKey(file, key, EVP_aes_256_cbc(), (const unsigned char *)"word", 4, NULL, NULL) &&
                  !fclose(file));
    EVP_PKEY_free(key);
    struct hub_config config = { .listen = "127.0.0.1:0", .tls_cert = ours.cert, .tls_key = ours.key };
    g_assert_null(hub_create(reactor, &config, &error));
    g_assert_nonnull(strstr(error, "encrypted"));
    certificate_remove(&ours);
    end_reactor(reactor, &before);
}

static void expect_no_login(struct reactor *reactor, const char *url, const char *user, const char *token,
                            const char *word)
{
    struct person person;
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "cannot log in*");
    start(reactor, &person, url, user, token, NULL);
    until(reactor, person.offline);
    g_test_assert_expected_messages();
    g_assert_nonnull(strstr(person.why, word));
    g_assert_cmpint(person.online, ==, 0);
    leave(&person);
}

static void a_token_is_wanted(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, SECRET);
    g_autofree char *token = make_token("anna", 0, NULL, NULL), *old = make_token("anna", -10, NULL, NULL);
    expect_no_login(reactor, hub_url(hub), "anna", NULL, "wants a token");
    expect_no_login(reactor, hub_url(hub), "anna", "nonsense", "token");
    expect_no_login(reactor, hub_url(hub), "bert", token, "another user");
    expect_no_login(reactor, hub_url(hub), "anna", old, "expired");
    struct person anna;
    enter(reactor, &anna, hub_url(hub), "anna", token);
    leave(&anna);
    struct hub_config other = { .token_secret = "another secret, of thirty-two bytes" }, none = { 0 };
    g_autofree char *why = NULL;
    g_assert_false(hub_reload(hub, &none, &why));
    g_assert_true(hub_reload(hub, &other, NULL));
    expect_no_login(reactor, hub_url(hub), "anna", token, "signature");
    hub_destroy(hub);
    struct hub_config weak = { .listen = "127.0.0.1:0", .token_secret = "short" };
    g_autofree char *error = NULL;
    g_assert_null(hub_create(reactor, &weak, &error));
    g_assert_nonnull(strstr(error, "short"));
    end_reactor(reactor, &before);
}

static void run_for(struct reactor *reactor, int64_t us)
{
    int64_t end_us = g_get_monotonic_time() + us;
    while (g_get_monotonic_time() < end_us)
        reactor_wait(reactor, end_us);
}

static void put(const char *file, const char *token)
{
    g_autofree char *line = g_strconcat("\xef\xbb\xbf", token, "\r\n", NULL);
    /* Beside it, and renamed, as whoever renews tokens does */
    g_assert_true(g_file_set_contents(file, line, -1, NULL));
}

/* A new token in the file before the old one ends keeps the connection; one that comes too late is there at the next
 * login. */
static void a_file_has_new_tokens(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, SECRET);
    g_autofree char *folder = g_dir_make_tmp("token-XXXXXX", NULL), *file = g_build_filename(folder, "token", NULL);
    g_autofree char *first = make_token("anna", 3, NULL, NULL), *next = make_token("anna", 3600, NULL, NULL);
    g_autofree char *old = make_token("cleo", -10, NULL, NULL), *good = make_token("cleo", 3600, NULL, NULL);
    struct person anna, cleo;
    put(file, first);
    start_with_file(reactor, &anna, hub_url(hub), "anna", first, file);
    until(reactor, anna.online && anna.warned);
    put(file, next);
    run_for(reactor, 4 * G_USEC_PER_SEC); /* beyond the first one's end */
    g_assert_cmpint(anna.offline, ==, 0);
    leave(&anna);

    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    put(file, old);
    start_with_file(reactor, &cleo, hub_url(hub), "cleo", old, file);
    until(reactor, cleo.offline && signal_client_is_refused(cleo.client));
    put(file, good);
    until(reactor, cleo.online);
    g_log_set_always_fatal(fatal);
    leave(&cleo);
    g_assert_cmpint(g_remove(file), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

/* What was read with the options may be old by now; and a file on another machine changes without a word. */
static void a_token_file_is_read_at_login(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, SECRET);
    g_autofree char *folder = g_dir_make_tmp("token-XXXXXX", NULL), *file = g_build_filename(folder, "token", NULL);
    g_autofree char *old = make_token("anna", -10, NULL, NULL), *good = make_token("anna", 3600, NULL, NULL);
    struct person anna;
    put(file, good);
    start_with_file(reactor, &anna, hub_url(hub), "anna", old, file);
    until(reactor, anna.online);
    g_assert_cmpint(anna.offline, ==, 0);
    leave(&anna);
    g_assert_cmpint(g_remove(file), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void tokens_end_and_are_renewed(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, SECRET);
    g_autofree char *first = make_token("anna", 3, NULL, NULL), *next = make_token("anna", 3600, NULL, NULL);
    g_autofree char *foreign = make_token("bert", 3600, NULL, NULL), *short_lived = make_token("cleo", 2, NULL, NULL);
    struct person anna, cleo;
    enter(reactor, &anna, hub_url(hub), "anna", first);
    enter(reactor, &cleo, hub_url(hub), "cleo", short_lived);
    until(reactor, anna.warned == 1 && cleo.warned == 1);
    signal_renew_token(anna.client, foreign, person_done, &anna);
    answered(reactor, &anna, SIGNAL_REFUSED, "not-allowed");
    signal_renew_token(anna.client, next, person_done, &anna);
    answered(reactor, &anna, SIGNAL_DELIVERED, NULL);
    until(reactor, cleo.offline);
    g_assert_cmpstr(cleo.why, ==, "its token has expired");
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    until(reactor, cleo.offline > 1); /* it came back with the old token, and is warned of it */
    g_log_set_always_fatal(fatal);
    g_assert_cmpstr(cleo.why, ==, "the token has expired");
    leave(&cleo);
    run_for(reactor, 3 * G_USEC_PER_SEC);
    g_assert_cmpint(anna.offline, ==, 0);
    leave(&anna);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static void invite(struct person *person, const char *to, const char *room)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "call");
    cJSON_AddStringToObject(body, "action", "invite");
    cJSON_AddStringToObject(body, "call", "11111111-1111-1111-1111-111111111111");
    cJSON_AddStringToObject(body, "from", "somebody else");
    if (room)
        cJSON_AddStringToObject(body, "room", room);
    signal_send(person->client, to, body, person_done, person);
    cJSON_Delete(body);
}

static void roles_are_kept(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, SECRET);
    g_autofree char *host_token = make_token("host", 0, "studio", NULL), *view_token = make_token("view", 0, NULL, "*");
    g_autofree char *other_token = make_token("other", 0, NULL, NULL);
    struct person host, view, other;
    enter(reactor, &host, hub_url(hub), "host", host_token);
    enter(reactor, &view, hub_url(hub), "view", view_token);
    enter(reactor, &other, hub_url(hub), "other", other_token);
    signal_room_open(view.client, "studio", NULL, person_done, &view);
    answered(reactor, &view, SIGNAL_REFUSED, "not-allowed");
    signal_room_open(host.client, "lobby", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_REFUSED, "not-allowed");
    signal_room_open(host.client, "studio", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    signal_room_join(other.client, "studio", person_done, &other);
    answered(reactor, &other, SIGNAL_REFUSED, "not-allowed");
    invite(&view, "host", "studio"); /* not in the audience yet */
    answered(reactor, &view, SIGNAL_REFUSED, "not-allowed");
    signal_room_join(view.client, "studio", person_done, &view);
    answered(reactor, &view, SIGNAL_DELIVERED, NULL);
    invite(&view, "other", "studio");
    answered(reactor, &view, SIGNAL_REFUSED, "not-allowed");
    invite(&host, "view", "studio");
    answered(reactor, &host, SIGNAL_REFUSED, "not-allowed");
    invite(&view, "host", "nowhere");
    answered(reactor, &view, SIGNAL_REFUSED, "not-allowed");
    g_assert_cmpint(host.messages + view.messages + other.messages, ==, 0);
    invite(&view, "host", "studio");
    answered(reactor, &view, SIGNAL_DELIVERED, NULL);
    until(reactor, host.messages == 1);
    g_assert_cmpstr(host.from, ==, signal_client_address(view.client)); /* the hub's word, not the message's */
    invite(&view, signal_client_address(host.client), "studio");
    answered(reactor, &view, SIGNAL_DELIVERED, NULL);
    invite(&other, "host", NULL); /* what the message says of the room does not count */
    answered(reactor, &other, SIGNAL_REFUSED, "not-allowed");
    invite(&host, "other", NULL);
    answered(reactor, &host, SIGNAL_REFUSED, "not-allowed");
    invite(&view, "other", NULL);
    answered(reactor, &view, SIGNAL_REFUSED, "not-allowed");
    invite(&other, "view", NULL);
    answered(reactor, &other, SIGNAL_REFUSED, "not-allowed");
    invite(&view, "host", NULL);
    answered(reactor, &view, SIGNAL_DELIVERED, NULL);
    struct person elsewhere; /* another device of hers, in no room: pure 1v1 */
    enter(reactor, &elsewhere, hub_url(hub), "host", host_token);
    invite(&other, "host", NULL);
    answered(reactor, &other, SIGNAL_DELIVERED, NULL);
    until(reactor, elsewhere.messages == 1);
    g_assert_cmpint(host.messages, ==, 3);
    leave(&elsewhere);
    signal_room_close(host.client, "studio", person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    invite(&view, "host", "studio");
    answered(reactor, &view, SIGNAL_OFFLINE, "offline");
    leave(&host);
    leave(&view);
    leave(&other);
    hub_destroy(hub);
    end_reactor(reactor, &before);
}

static const char *room_state(const struct person *person, const char *room)
{
    return g_hash_table_lookup(person->rooms, room);
}

static void watch_directory(struct reactor *reactor, const char *url)
{
    struct person watcher, host, phone;
    enter(reactor, &host, url, "host", NULL);
    signal_room_open(host.client, "studio", NULL, person_done, &host);
    answered(reactor, &host, SIGNAL_DELIVERED, NULL);
    enter(reactor, &watcher, url, "watcher", NULL);
    g_assert_cmpuint(g_hash_table_size(watcher.users), ==, 0);
    signal_watch(watcher.client, true, person_done, &watcher);
    answered(reactor, &watcher, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(room_state(&watcher, "studio"), "live"));
    g_assert_cmpuint(g_hash_table_size(watcher.users), ==, 2);
    enter(reactor, &phone, url, "phone", NULL);
    until(reactor, g_hash_table_contains(watcher.users, "phone"));
    signal_room_set_state(host.client, "studio", "private", NULL, NULL);
    until(reactor, !g_strcmp0(room_state(&watcher, "studio"), "private"));
    leave(&phone);
    until(reactor, !g_hash_table_contains(watcher.users, "phone"));
    leave(&host);
    until(reactor,
          !g_strcmp0(room_state(&watcher, "studio"), "closed") && !g_hash_table_contains(watcher.users, "host"));
    signal_watch(watcher.client, false, person_done, &watcher);
    answered(reactor, &watcher, SIGNAL_DELIVERED, NULL);
    enter(reactor, &phone, url, "phone", NULL);
    signal_user_list(watcher.client, person_done, &watcher);
    answered(reactor, &watcher, SIGNAL_DELIVERED, NULL);
    g_assert_false(g_hash_table_contains(watcher.users, "phone"));
    leave(&phone);
    leave(&watcher);
}

static void the_directory_is_watched(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct hub *hub = start_hub(reactor, NULL);
    watch_directory(reactor, hub_url(hub));
    hub_destroy(hub);
    watch_directory(reactor, "loopback:directory");
    end_reactor(reactor, &before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/signal-secure/tls", tls_is_verified);
    g_test_add_func("/signal-secure/new-certificate", a_new_certificate_is_read);
    g_test_add_func("/signal-secure/encrypted-key", an_encrypted_key_asks_nobody);
    g_test_add_func("/signal-secure/token", a_token_is_wanted);
    g_test_add_func("/signal-secure/expiry", tokens_end_and_are_renewed);
    g_test_add_func("/signal-secure/token-file", a_file_has_new_tokens);
    g_test_add_func("/signal-secure/token-file-at-login", a_token_file_is_read_at_login);
    g_test_add_func("/signal-secure/roles", roles_are_kept);
    g_test_add_func("/signal-secure/directory", the_directory_is_watched);
    return g_test_run();
}
