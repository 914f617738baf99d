/* A session of operations at a hub, without sockets; a line each:
 *
 *   D...  a message on one of four connections, whose digit leads it
 *   -D    the connection ends        ~D  nothing is heard from it, so it ends
 *   !D    it carries nothing any more        #D  a message that was too large
 *   +     so many SECONDS pass (1)
 *   GET /v1/..., POST /v1/... {...}  asks the HTTP API; X: it is refused, with a STATUS
 *   >     sixty more come into a ROOM, each a user, or all devices of one USER; <: they go
 *   &     so many times a LINE follows, an @n in it is the number of the turn
 *   =D    a token with CLAIMS is signed: the text of @D
 *   ?     the hub is another: "?tokens" (before anybody came), "?relays", "?limit NAME=VALUE"
 *
 * In a message @p is the last pass that was given, @m the last match, @r and @d secret and device of the last login.
 * What must hold: each request has one acknowledgement, all that is sent is JSON within the limit, a call that is told
 * of begins before it ends, and who has a call with a device is told once that it is gone, neither earlier nor later
 * than so long after its end, and not where it was back meanwhile. */
#include "clock.h"
#include "engine/text/address.h"
#include "engine/text/json.h"
#include "fuzz.h"
#include "net/hub/http_api.h"
#include "net/hub/service/control.h"
#include "net/hub/service/departures.h"
#include "net/hub/service/limits.h"
#include "net/hub/service/relays.h"
#include "net/hub/service/service.h"
#include "net/protocol/hub_token.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED = 4, CROWD = 60, CONNECTIONS = NAMED + CROWD, TOKENS = 10 };
enum { MAX_LINES = 200, MAX_TURNS = 80, MAX_REQUESTS = 600, LONGEST_S = 100000 };

#define SECRET "0123456789abcdef0123456789abcdef"

struct pair {
    char *from, *to; /* devices */
};

struct loss {
    int64_t due_us;   /* when it counts as gone */
    GHashTable *told; /* devices */
    bool over;
};

struct connection {
    struct hub_session *session;
    bool dropped, deaf, silent;
    int acknowledged;
};

static struct {
    struct hub_service *service;
    GMainContext *context;
    struct hub_keys *keys;
    struct hub_relays *relays;
    struct hub_limits limits;
    struct connection connections[CONNECTIONS];
    char *tokens[TOKENS];
    char *pass, *match, *resume, *device; /* that were told last */
    GHashTable *going;                    /* calls that were accepted: id → struct pair */
    GHashTable *lost;                     /* device → struct loss, until it is back */
    struct hub_call_totals totals;
    int requests;
    bool visited;
} test;

/* ---- what the hub says ---- */

static void keep(char **kept, const char *text)
{
    if (!text)
        return;
    g_free(*kept);
    *kept = g_strdup(text);
}

static void check_gone(const struct connection *connection, const char *device)
{
    const struct loss *loss = g_hash_table_lookup(test.lost, device);
    g_assert_true(loss && !loss->over);
    g_assert_cmpint(loss->due_us, ==, fuzz_clock_now());
    g_hash_table_add(loss->told, g_strdup(hub_session_address(connection->session)));
}

static void learn(const struct connection *connection, const cJSON *json)
{
    const char *address = json_string(json, "address");
    keep(&test.pass, json_string(json, "pass"));
    keep(&test.resume, json_string(json, "resume"));
    keep(&test.device, address ? address_device(address) : NULL);
    if (!g_strcmp0(json_string(json, "notice"), "match"))
        keep(&test.match, json_string(json, "call"));
    if (!g_strcmp0(json_string(json, "notice"), "gone"))
        check_gone(connection, json_string(json, "device"));
}

static bool carry(void *user_data, const char *text, size_t length)
{
    struct connection *connection = user_data;
    cJSON *json = hub_parse(text, length);
    g_assert_nonnull(json);
    g_assert_cmpuint(length, <=, HUB_REPLY_MAX);
    connection->acknowledged += json_member(json, "ack") != NULL;
    learn(connection, json);
    cJSON_Delete(json);
    return !connection->deaf;
}

static void drop(void *user_data, const char *reason)
{
    struct connection *connection = user_data;
    g_assert_true(reason && !connection->dropped);
    connection->dropped = true;
}

static const struct hub_service_ops OPS = { .send = carry, .drop = drop };

static void pair_free(gpointer data)
{
    struct pair *pair = data;
    g_free(pair->from);
    g_free(pair->to);
    g_free(pair);
}

static struct pair *pair_of(const struct hub_call *call)
{
    struct pair *pair = g_new(struct pair, 1);
    *pair = (struct pair){ g_strdup(call->from), g_strdup(call->to) };
    return pair;
}

static void on_call(void *user_data, enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    (void)user_data;
    g_assert_cmpint(call->invited_us, <=, now_us);
    g_assert_true((event == HUB_CALL_MISSED) == !call->accepted_us);
    if (event == HUB_CALL_STARTED)
        g_assert_true(g_hash_table_insert(test.going, g_strdup(call->id), pair_of(call)));
    else
        g_assert_true(g_hash_table_remove(test.going, call->id) == (event == HUB_CALL_ENDED));
    test.totals.started += event == HUB_CALL_STARTED;
    test.totals.ended += event == HUB_CALL_ENDED;
    test.totals.missed += event == HUB_CALL_MISSED;
}

/* ---- connections ---- */

static void loss_free(gpointer data)
{
    struct loss *loss = data;
    g_hash_table_unref(loss->told);
    g_free(loss);
}

static void lose(const char *device, int64_t within_us)
{
    struct loss *loss = g_new(struct loss, 1);
    *loss = (struct loss){ .due_us = fuzz_clock_now() + within_us,
                           .told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    g_hash_table_replace(test.lost, g_strdup(device), loss);
}

static void close_connection(struct connection *connection)
{
    const char *device = connection->session ? hub_session_address(connection->session) : NULL;
    if (device)
        lose(device, connection->silent ? HUB_SILENT_DEPARTURE_US : HUB_DEPARTURE_US);
    hub_session_close(connection->session);
    *connection = (struct connection){ 0 };
}

static void close_dropped(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
        if (test.connections[i].dropped)
            close_connection(&test.connections[i]);
}

static void receive(struct connection *connection, const char *text, bool too_large)
{
    if (test.requests++ >= MAX_REQUESTS)
        return;
    test.visited = true;
    if (!connection->session)
        connection->session = hub_session_open(test.service, connection);
    connection->acknowledged = 0;
    if (too_large)
        hub_session_refuse_too_large(connection->session, fuzz_clock_now());
    else
        hub_session_receive(connection->session, text, strlen(text), fuzz_clock_now());
    g_assert_cmpint(connection->acknowledged, ==, 1);
    const char *device = hub_session_address(connection->session);
    g_assert_true(!device || strchr(device, '/'));
    if (device)
        g_hash_table_remove(test.lost, device);
    close_dropped();
}

static bool is_there(const char *device)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        const struct connection *connection = &test.connections[i];
        if (connection->session && !connection->dropped && !g_strcmp0(hub_session_address(connection->session), device))
            return true;
    }
    return false;
}

static void check_told(const char *device, const struct loss *loss)
{
    GHashTableIter calls;
    gpointer value;
    g_hash_table_iter_init(&calls, test.going);
    while (g_hash_table_iter_next(&calls, NULL, &value)) {
        const struct pair *pair = value;
        const char *other = !strcmp(pair->from, device) ? pair->to : !strcmp(pair->to, device) ? pair->from : NULL;
        g_assert_true(!other || !is_there(other) || g_hash_table_contains(loss->told, other));
    }
}

/* Of those whose time has come. */
static void check_losses(void)
{
    GHashTableIter losses;
    gpointer device, value;
    g_hash_table_iter_init(&losses, test.lost);
    while (g_hash_table_iter_next(&losses, &device, &value)) {
        struct loss *loss = value;
        if (loss->over || loss->due_us > fuzz_clock_now())
            continue;
        loss->over = true;
        check_told(device, loss);
    }
}

static void gather_crowd(const char *where)
{
    g_auto(GStrv) words = g_strsplit(where, " ", 2);
    const char *room = words[0] ? words[0] : "", *user = *room && words[1] ? words[1] : NULL;
    for (int i = 0; i < CROWD; i++) {
        struct connection *connection = &test.connections[NAMED + i];
        g_autofree char *name = user ? g_strdup(user) : g_strdup_printf("u%d", i);
        g_autofree char *login = g_strdup_printf("{\"id\":1,\"op\":\"login\",\"user\":\"%s\"}", name);
        g_autofree char *join = g_strdup_printf("{\"id\":2,\"op\":\"room-join\",\"room\":\"%s\"}", room);
        if (!connection->session)
            receive(connection, login, false);
        receive(connection, join, false);
    }
}

static void scatter_crowd(void)
{
    for (int i = NAMED; i < CONNECTIONS; i++)
        close_connection(&test.connections[i]);
}

/* ---- the HTTP API ---- */

static void check_answer(struct http_answer *answer)
{
    g_assert_true(answer->status >= 200 && answer->status < 500);
    g_assert_true(answer->body && g_utf8_validate(answer->body, -1, NULL));
    if (!answer->text) {
        cJSON *json = cJSON_Parse(answer->body);
        g_assert_nonnull(json);
        cJSON_Delete(json);
    }
    g_free(answer->body);
}

static void ask(char *line)
{
    char *path = strchr(line, ' '), *content = path ? strchr(path + 1, ' ') : NULL;
    if (!path)
        return;
    *path++ = '\0';
    if (content)
        *content++ = '\0';
    g_autoptr(GString) body = content ? g_string_new(content) : NULL;
    struct http_request request = { .method = line, .path = *path ? path : NULL, .body = body, .status = 200 };
    struct http_answer answer = { 0 };
    hub_http_answer(test.service, &(struct hub_counts){ .connections = NAMED }, &request, &answer);
    check_answer(&answer);
}

static void ask_refused(int status)
{
    struct http_request request = {
        .method = "GET", .path = (char *)"/v1/rooms", .status = CLAMP(status, 400, 499), .refusal = "no"
    };
    struct http_answer answer = { 0 };
    hub_http_answer(test.service, &(struct hub_counts){ 0 }, &request, &answer);
    g_assert_cmpint(answer.status, ==, request.status);
    check_answer(&answer);
}

/* ---- what the hub is ---- */

static void name_relays(void)
{
    static char *const urls[] = { (char *)"stun:192.0.2.1", (char *)"turn:192.0.2.1", NULL };
    if (test.relays)
        return;
    test.relays = hub_relays_create(urls, NULL, NULL, SECRET, 0);
    hub_service_name_relays(test.service, test.relays);
}

static void require_tokens(void)
{
    g_autofree char *error = NULL;
    if (test.keys || test.visited)
        return;
    test.keys = hub_keys_create(SECRET, NULL, &error);
    hub_service_require_tokens(test.service, test.keys, test.context);
}

static void set_limit(const char *text)
{
    g_autofree char *error = NULL;
    bool good = hub_limits_set(&test.limits, text, &error);
    g_assert_true(good == (error == NULL));
    hub_service_limit(test.service, &test.limits);
}

static void configure(const char *what)
{
    if (!strcmp(what, "tokens"))
        require_tokens();
    else if (!strcmp(what, "relays"))
        name_relays();
    else if (g_str_has_prefix(what, "limit "))
        set_limit(what + strlen("limit "));
}

static void sign(char digit, const char *text)
{
    cJSON *claims = cJSON_Parse(text);
    g_autofree char *error = NULL;
    char **token = &test.tokens[digit - '0'];
    g_free(*token);
    *token = cJSON_IsObject(claims) ? hub_token_sign(SECRET, NULL, claims, &error) : NULL;
    cJSON_Delete(claims);
}

/* ---- what happens ---- */

static const char *meaning(char word)
{
    if (g_ascii_isdigit(word))
        return test.tokens[word - '0'];
    return word == 'p'   ? test.pass
           : word == 'm' ? test.match
           : word == 'r' ? test.resume
           : word == 'd' ? test.device
                         : NULL;
}

static char *fill_in(const char *text)
{
    GString *filled = g_string_new(NULL);
    for (; *text; text++) {
        const char *word = *text == '@' ? meaning(text[1]) : NULL;
        if (word)
            g_string_append(filled, word);
        else
            g_string_append_c(filled, *text);
        text += word != NULL;
    }
    return g_string_free(filled, FALSE);
}

static struct connection *named(char digit)
{
    return &test.connections[(uint8_t)digit % NAMED];
}

static void change_connection(const char *line)
{
    struct connection *connection = named(line[1]);
    if (line[0] == '#')
        receive(connection, NULL, true);
    else if (line[0] == '!')
        connection->deaf = true;
    else if (connection->session) {
        connection->silent = line[0] == '~';
        if (connection->silent)
            hub_session_fell_silent(connection->session);
        close_connection(connection);
    }
}

static void pass(int64_t seconds)
{
    fuzz_clock_pass(CLAMP(seconds, 0, LONGEST_S) * G_USEC_PER_SEC);
    check_losses();
}

static void do_one(char *line)
{
    g_autofree char *filled = fill_in(line);
    if (line[0] && strchr("-~!#", line[0]))
        change_connection(line);
    else if (line[0] == '+')
        pass(line[1] ? atoi(line + 1) : 1);
    else if (line[0] == 'X')
        ask_refused(atoi(line + 1));
    else if (g_ascii_isupper(line[0]))
        ask(filled);
    else if (line[0] == '>')
        gather_crowd(line + 1);
    else if (line[0] == '<')
        scatter_crowd();
    else if (line[0] == '?')
        configure(line + 1);
    else if (line[0] == '=' && g_ascii_isdigit(line[1]))
        sign(line[1], line + 2);
    else if (g_ascii_isdigit(line[0]))
        receive(named(line[0]), filled + 1, false);
    close_dropped();
}

static void do_line(char *line)
{
    char *again = line[0] == '&' ? strchr(line, ' ') : NULL;
    int turns = again ? CLAMP(atoi(line + 1), 1, MAX_TURNS) : 1;
    for (int i = 0; i < turns; i++) {
        g_autofree char *number = g_strdup_printf("%d", i);
        g_auto(GStrv) parts = g_strsplit(again ? again + 1 : line, "@n", -1);
        g_autofree char *turn = g_strjoinv(number, parts);
        do_one(turn);
    }
}

static void begin(void)
{
    memset(&test, 0, sizeof test);
    test.context = g_main_context_new();
    test.service = hub_service_create(&OPS, test.context);
    test.limits = (struct hub_limits)HUB_LIMITS;
    test.going = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pair_free);
    test.lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, loss_free);
    hub_control_listen(test.service, on_call, NULL);
}

static void check_statistics(void)
{
    struct hub_statistics now = hub_control_statistics(test.service);
    g_assert_cmpuint(now.totals.started, ==, test.totals.started);
    g_assert_cmpuint(now.totals.ended, ==, test.totals.ended);
    g_assert_cmpuint(now.totals.missed, ==, test.totals.missed);
    g_assert_cmpuint(now.calls, >=, g_hash_table_size(test.going));
    g_assert_true(now.users <= CONNECTIONS && now.watchers <= CONNECTIONS);
}

/* Once all have gone nobody is there, and no room. */
static void end(void)
{
    check_statistics();
    for (int i = 0; i < CONNECTIONS; i++)
        close_connection(&test.connections[i]);
    pass(60);
    struct hub_statistics last = hub_control_statistics(test.service);
    g_assert_cmpuint(last.users + last.rooms + last.watchers, ==, 0);
    g_assert_cmpuint(last.calls, ==, g_hash_table_size(test.going)); /* their media may go on */
    hub_service_destroy(test.service);
    hub_relays_destroy(test.relays);
    hub_keys_destroy(test.keys);
    g_hash_table_destroy(test.going);
    g_hash_table_destroy(test.lost);
    for (int i = 0; i < TOKENS; i++)
        g_free(test.tokens[i]);
    g_free(test.pass);
    g_free(test.match);
    g_free(test.resume);
    g_free(test.device);
    g_main_context_unref(test.context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    fuzz_clock_start();
    g_random_set_seed(1); /* devices, secrets */
    begin();
    char *line;
    for (int i = 0; i < MAX_LINES && (line = fuzz_line(&input)); i++) {
        do_line(line);
        g_free(line);
    }
    end();
    return 0;
}
