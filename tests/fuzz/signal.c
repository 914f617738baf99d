/* The signalling client against a hub that may say anything: a line is what the hub, the network or the user does. The
 * WebSocket itself is libwebsockets'; of that stands here what net/signal/websocket.c calls, and the lines are what it
 * calls back with:
 *
 *   ^ the connection is there      ! it cannot be made, WORDS   > it is elsewhere, LOCATION   ~ its certificate is bad
 *   = a message, TEXT              ( the first piece of one     | another     ) the last      . it ends, REASON
 *   # a piece of so many KiB
 *   + a number of tenths of a second pass
 *   * what the user asks: "*join ROOM", and the like; "*quit" destroys the client while it is told something
 *
 * An @ in a message is the number of the oldest request that has no answer yet. What must hold: each request is told
 * once what became of it; nothing is told of what is not there, and nothing after the end. */
#include "net/signal/signal.h"
#include "clock.h"
#include "engine/text/json.h"
#include "fuzz.h"
#include "no_sockets.h"

#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "net/protocol/hub_protocol.h"

enum { MAX_LINES = 300 };

static struct {
    struct signal_client *client;
    GQueue unanswered; /* char *: numbers of requests */
    int asked, told;
    bool quits; /* at the next that it is told */
} test;

/* A request: its number is kept. */
static void wrote(const char *text, size_t length)
{
    cJSON *json = hub_parse(text, length);
    const cJSON *id = json_member(json, "id");
    g_assert_true(cJSON_IsNumber(id) && json_string(json, "op"));
    g_queue_push_tail(&test.unanswered, g_strdup_printf("%.0f", id->valuedouble));
    cJSON_Delete(json);
}

/* ---- what the user is told ---- */

static void heard(void)
{
    g_assert_nonnull(test.client);
    if (test.quits)
        signal_client_destroy(g_steal_pointer(&test.client));
}

static void on_online(void *user_data)
{
    (void)user_data;
    g_assert_true(signal_client_is_online(test.client) && !signal_client_is_refused(test.client));
    g_assert_nonnull(signal_client_address(test.client));
    heard();
}

static void on_offline(void *user_data, const char *why)
{
    (void)user_data;
    g_assert_true(why && !signal_client_is_online(test.client));
    heard();
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    (void)user_data;
    g_assert_true(from && cJSON_IsObject(body));
    heard();
}

static void on_room(void *user_data, const struct signal_room *room)
{
    (void)user_data;
    g_assert_true(room->room && room->host && room->state);
    g_assert_true(!room->host_name || hub_display_name_is_valid(room->host_name));
    heard();
}

static void on_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    (void)user_data;
    (void)joined;
    g_assert_true(room && viewer);
    heard();
}

static void on_user(void *user_data, const char *user, const char *name, bool online)
{
    (void)user_data;
    (void)online;
    g_assert_true(user && (!name || hub_display_name_is_valid(name)));
    heard();
}

static void on_token_expires(void *user_data, int seconds)
{
    (void)user_data;
    (void)seconds;
    heard();
}

static void on_ice_servers(void *user_data, const cJSON *servers)
{
    (void)user_data;
    (void)servers;
    g_assert_nonnull(test.client);
}

static void on_match(void *user_data, const char *match, const char *with, bool caller, const char *room)
{
    (void)user_data;
    (void)caller;
    (void)room;
    g_assert_true(match && with);
    heard();
}

static void on_gone(void *user_data, const char *device)
{
    (void)user_data;
    g_assert_nonnull(device);
    heard();
}

static void on_hang_up(void *user_data, const char *continued)
{
    (void)user_data;
    (void)continued;
    heard();
}

static const struct signal_listener LISTENER = {
    .online = on_online,
    .offline = on_offline,
    .message = on_message,
    .room = on_room,
    .viewer = on_viewer,
    .user = on_user,
    .token_expires = on_token_expires,
    .ice_servers = on_ice_servers,
    .match = on_match,
    .gone = on_gone,
    .hang_up = on_hang_up,
};

static void on_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    (void)user_data;
    test.told++;
    g_assert_cmpint(test.told, <=, test.asked);
    g_assert_true((result == SIGNAL_LOST) == (reply == NULL));
    if (test.client && test.quits)
        signal_client_destroy(g_steal_pointer(&test.client));
}

/* ---- what happens ---- */

static void ask_room(const char *what, const char *room)
{
    struct room_streams streams = { 0 };
    if (!strcmp(what, "open"))
        signal_room_open(test.client, room, &streams, on_done, NULL);
    else if (!strcmp(what, "close"))
        signal_room_close(test.client, room, on_done, NULL);
    else if (!strcmp(what, "join"))
        signal_room_join(test.client, room, on_done, NULL);
    else if (!strcmp(what, "leave"))
        signal_room_leave(test.client, room, on_done, NULL);
    else if (!strcmp(what, "private"))
        signal_room_set_state(test.client, room, what, on_done, NULL);
    else if (!strcmp(what, "dark"))
        signal_room_set_camera(test.client, room, false, on_done, NULL);
    else
        signal_room_list(test.client, on_done, NULL);
}

static void send_body(const char *text)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "text", text);
    signal_send(test.client, "bob", body, on_done, NULL);
    cJSON_Delete(body);
}

/* More than a hub takes. */
static void send_long(void)
{
    g_autofree char *text = g_strnfill(HUB_REQUEST_MAX, 'x');
    send_body(text);
}

static void ask(char *what)
{
    char *about = strchr(what, ' ');
    if (about)
        *about++ = '\0';
    about = about ? about : "";
    if (!g_utf8_validate(what, -1, NULL) || !g_utf8_validate(about, -1, NULL))
        return;
    test.asked++;
    if (!strcmp(what, "send"))
        send_body(about);
    else if (!strcmp(what, "long"))
        send_long();
    else if (!strcmp(what, "users"))
        signal_user_list(test.client, on_done, NULL);
    else if (!strcmp(what, "watch"))
        signal_watch(test.client, !*about, on_done, NULL);
    else if (!strcmp(what, "pass"))
        signal_ask_pass(test.client, on_done, NULL);
    else if (!strcmp(what, "renew"))
        signal_renew_token(test.client, about, on_done, NULL);
    else
        ask_room(what, about);
}

static void operate(char *what)
{
    if (!strcmp(what, "quit"))
        test.quits = true;
    else if (!strcmp(what, "nameless"))
        no_socket.nameless = true;
    else if (!strcmp(what, "network"))
        signal_client_network_changed(test.client, false);
    else if (!strcmp(what, "slept"))
        signal_client_network_changed(test.client, true);
    else
        ask(what);
}

/* One piece of a message, or a whole one; with the number of a request where an @ stands. */
static void say(const char *text, bool first, bool last)
{
    if (!no_socket.established)
        return;
    g_autofree char *id = strchr(text, '@') ? g_queue_pop_head(&test.unanswered) : NULL;
    g_auto(GStrv) parts = g_strsplit(text, "@", -1);
    g_autofree char *said = g_strjoinv(id ? id : "0", parts);
    no_socket.first_piece = first;
    no_socket.last_piece = last;
    if (no_socket_call_back(LWS_CALLBACK_CLIENT_RECEIVE, NULL, said, strlen(said)))
        no_socket_end();
}

static void say_long(int kib)
{
    g_autofree char *text = g_strnfill((gsize)CLAMP(kib, 0, 1200) * 1024, ' ');
    say(text, false, false);
}

static void distrust(void)
{
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    X509_STORE_CTX_init(store, NULL, NULL, NULL); /* without a name: the other thing that is refused */
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_HAS_EXPIRED);
    no_socket_call_back(LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION, store, NULL, 0);
    X509_STORE_CTX_free(store);
}

static void refuse(char how, const char *words)
{
    if (no_socket.connecting && how == '~')
        distrust();
    if (no_socket.connecting && how == '>')
        no_socket_call_back(LWS_CALLBACK_CLIENT_HTTP_REDIRECT, NULL, words, strlen(words) + 1);
    no_socket_fail(words);
}

static void end_with(const char *reason)
{
    if (no_socket.established)
        no_socket_call_back(LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, NULL, reason, strlen(reason));
    no_socket_end();
}

/* What was asked over the last connection is not answered over this one. */
static void establish(void)
{
    g_queue_clear_full(&test.unanswered, g_free);
    no_socket_establish(LWS_CALLBACK_CLIENT_ESTABLISHED);
}

static void do_line(char *line)
{
    if (line[0] == '^')
        establish();
    else if (line[0] == '!' || line[0] == '>' || line[0] == '~')
        refuse(line[0], line + 1);
    else if (line[0] == '.')
        end_with(line + 1);
    else if (line[0] == '+')
        fuzz_clock_pass(CLAMP(atoi(line + 1), 0, 1000) * 100000);
    else if (line[0] == '#')
        say_long(atoi(line + 1));
    else if (line[0] == '*')
        operate(line + 1);
    else if (line[0] && strchr("=(|)", line[0]))
        say(line + 1, line[0] == '=' || line[0] == '(', line[0] == '=' || line[0] == ')');
    fuzz_clock_pass(0);
    no_socket_let_write(LWS_CALLBACK_CLIENT_WRITEABLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    fuzz_clock_start();
    g_random_set_seed(1); /* of the back-off */
    struct reactor *reactor = reactor_create();
    g_assert_true(signal_url_is_good("ws://127.0.0.1:8080"));
    struct signal_config config = {
        .url = "ws://127.0.0.1:8080", .user = "alice", .name = "Alice", .token = "t", .listener = &LISTENER
    };
    test.quits = false;
    test.asked = test.told = 0;
    no_socket.wrote = wrote;
    test.client = signal_client_create(reactor, &config);
    fuzz_clock_pass(0); /* it begins to connect */
    char *line;
    for (int i = 0; i < MAX_LINES && test.client && (line = fuzz_line(&input)); i++) {
        do_line(line);
        g_free(line);
    }
    signal_client_destroy(g_steal_pointer(&test.client));
    g_assert_cmpint(test.told, ==, test.asked);
    reactor_destroy(reactor);
    g_queue_clear_full(&test.unanswered, g_free);
    return 0;
}
