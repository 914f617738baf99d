/* The hub without sockets: users, rooms, requests, limits. */
#include "hub_box.h"
#include "net/hub/service/control.h"
#include "net/protocol/hub_token.h"

/* The newest room notice. */
static void expect_room(struct box *box, const char *host, const char *state, int viewers)
{
    for (GList *at = box->received.tail; at; at = at->prev) {
        const cJSON *room = cJSON_GetObjectItemCaseSensitive(at->data, "room");
        if (g_strcmp0(json_string(at->data, "notice"), "room"))
            continue;
        g_assert_cmpstr(json_string(room, "host"), ==, host);
        g_assert_cmpstr(json_string(room, "state"), ==, state);
        g_assert_cmpint(cJSON_GetObjectItemCaseSensitive(room, "viewers")->valueint, ==, viewers);
        forget(box);
        return;
    }
    g_assert_not_reached();
}

static void expect_viewer(struct box *box, const char *viewer, bool joined)
{
    for (GList *at = box->received.head; at; at = at->next)
        if (!g_strcmp0(json_string(at->data, "viewer"), viewer) && json_is_true(at->data, "joined") == joined)
            return;
    g_assert_not_reached();
}

static void names_are_checked(void)
{
    g_autofree char *longest = g_strnfill(64, 'a'), *too_long = g_strnfill(65, 'a');
    g_assert_true(hub_name_is_valid("a"));
    g_assert_true(hub_name_is_valid("M\303\274ller & <S\303\266hne>"));
    g_assert_true(hub_name_is_valid(longest));
    const char *const bad[] = { NULL,
                                "",
                                "a/b",
                                "a\nb",
                                "\x7f",
                                "\xff",
                                too_long,
                                "a\342\200\256b" /* RLO */,
                                "a\342\200\213b" /* ZWSP */,
                                "a\343\205\244" /* Hangul filler */ };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(hub_name_is_valid(bad[i]));
}

static void a_nul_is_no_end(void)
{
    const char text[] = "{\"id\":1,\"op\":\"login\",\"user\":\"a\\u0000b\"}";
    g_assert_null(hub_parse(text, strlen(text)));
    g_assert_null(hub_parse("{}\0", 3));
    const char escaped[] = "{\"a\":\"\\\\u0000\"}";
    cJSON *json = hub_parse(escaped, strlen(escaped));
    g_assert_cmpstr(json_string(json, "a"), ==, "\\u0000");
    cJSON_Delete(json);
}

static void messages_reach_devices(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box bob, desk, phone;
    open_box(service, &bob, "bob");
    open_box(service, &desk, "alice");
    open_box(service, &phone, "alice");
    g_assert_cmpstr(desk.address, !=, phone.address);
    const cJSON *ack = ask(&bob, "\"op\":\"send\",\"to\":\"alice\","
                                 "\"from\":\"eve/1\",\"body\":{\"from\":\"eve\",\"n\":1}");
    g_assert_cmpint(cJSON_GetObjectItemCaseSensitive(ack, "devices")->valueint, ==, 2);
    const cJSON *message = g_queue_peek_head(&desk.received);
    g_assert_cmpstr(json_string(message, "from"), ==, bob.address);
    g_assert_cmpstr(json_string(cJSON_GetObjectItemCaseSensitive(message, "body"), "from"), ==, "eve");
    g_assert_cmpuint(phone.received.length, ==, 1);
    g_autofree char *one = g_strdup_printf("\"op\":\"send\",\"to\":\"%s\",\"body\":{}", phone.address);
    expect_ok(&bob, one);
    g_assert_cmpuint(desk.received.length, ==, 1);
    g_assert_cmpuint(phone.received.length, ==, 2);
    expect_error(&bob, "\"op\":\"send\",\"to\":\"carol\",\"body\":{}", "offline");
    expect_error(&bob, "\"op\":\"send\",\"to\":\"alice/\",\"body\":{}", "offline");
    expect_error(&bob, "\"op\":\"send\",\"to\":\"alice\",\"body\":7", "malformed");
    close_box(&phone);
    expect_error(&bob, one, "offline");
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(ask(&bob, "\"op\":\"users\""), "users");
    g_assert_cmpint(cJSON_GetArraySize(users), ==, 2);
    close_box(&desk);
    close_box(&bob);
    hub_service_destroy(service);
}

static void rooms_live_and_vanish(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box host, rival, viewer;
    open_box(service, &host, "host");
    open_box(service, &rival, "rival");
    open_box(service, &viewer, "viewer");
    expect_error(&viewer, "\"op\":\"room-join\",\"room\":\"r\"", "not-found");
    expect_ok(&host, "\"op\":\"room-open\",\"room\":\"r\"");
    expect_error(&rival, "\"op\":\"room-open\",\"room\":\"r\"", "not-allowed");
    expect_error(&host, "\"op\":\"room-join\",\"room\":\"r\"", "not-allowed");
    expect_error(&rival, "\"op\":\"room-state\",\"room\":\"r\",\"state\":\"private\"", "not-allowed");
    forget(&host);
    expect_ok(&viewer, "\"op\":\"room-join\",\"room\":\"r\"");
    expect_viewer(&host, viewer.address, true);
    expect_room(&host, "host", "live", 1);
    expect_ok(&host, "\"op\":\"room-state\",\"room\":\"r\",\"state\":\"private\"");
    expect_room(&viewer, "host", "private", 1);
    expect_error(&host, "\"op\":\"room-state\",\"room\":\"r\",\"state\":\"away\"", "malformed");
    close_box(&host);
    expect_room(&viewer, "", "away", 1);
    expect_ok(&rival, "\"op\":\"room-open\",\"room\":\"r\"");
    expect_viewer(&rival, viewer.address, true);
    expect_room(&viewer, "rival", "live", 1);
    forget(&rival);
    g_autofree char *gone = g_strdup(viewer.address);
    close_box(&viewer);
    expect_viewer(&rival, gone, false);
    expect_room(&rival, "rival", "live", 0);
    expect_ok(&rival, "\"op\":\"room-close\",\"room\":\"r\"");
    const cJSON *rooms = cJSON_GetObjectItemCaseSensitive(ask(&rival, "\"op\":\"rooms\""), "rooms");
    g_assert_cmpint(cJSON_GetArraySize(rooms), ==, 0);
    close_box(&rival);
    hub_service_destroy(service);
}

/* Reconnecting before the hub has noticed: the room and the address move to the new connection. */
static void devices_come_back(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box old, again = { 0 }, thief = { 0 };
    memset(&old, 0, sizeof old);
    old.session = hub_session_open(service, &old);
    const cJSON *ack = ask(&old, "\"op\":\"login\",\"user\":\"u\"");
    const char *device = strchr(json_string(ack, "address"), '/') + 1;
    g_autofree char *address = g_strdup(json_string(ack, "address"));
    g_autofree char *steal = g_strdup_printf("\"op\":\"login\",\"user\":\"u\",\"device\":\"%s\",\"resume\":\"x\"",
                                             device);
    g_autofree char *resume = g_strdup_printf("\"op\":\"login\",\"user\":\"u\",\"device\":\"%s\",\"resume\":\"%s\"",
                                              device, json_string(ack, "resume"));
    thief.session = hub_session_open(service, &thief);
    g_assert_cmpstr(json_string(ask(&thief, steal), "address"), !=, address);
    g_assert_null(old.dropped);
    again.session = hub_session_open(service, &again);
    g_assert_cmpstr(json_string(ask(&again, resume), "address"), ==, address);
    g_assert_nonnull(old.dropped);
    close_box(&old);
    expect_error(&thief, "\"op\":\"login\",\"user\":\"u\"", "not-allowed");
    g_autofree char *send = g_strdup_printf("\"op\":\"send\",\"to\":\"%s\",\"body\":{}", address);
    expect_ok(&thief, send);
    close_box(&thief);
    close_box(&again);
    hub_service_destroy(service);
}

static void faults_are_answered_then_dropped(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box box;
    open_box(service, &box, "u");
    const char *const bad[] = { "",
                                "{",
                                "[]",
                                "7",
                                "{\"id\":1}",
                                "{\"op\":\"users\"}",
                                "{\"id\":-1,\"op\":\"users\"}",
                                "{\"id\":1,\"op\":\"rm\"}",
                                "{\"id\":1,\"op\":7}",
                                "{\"id\":1,\"op\":\"users\"}x",
                                "\xff" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        forget(&box);
        hub_session_receive(box.session, bad[i], strlen(bad[i]), 1000000);
        g_assert_cmpstr(json_string(g_queue_peek_head(&box.received), "error"), ==, "malformed");
    }
    g_assert_null(box.dropped);
    expect_ok(&box, "\"op\":\"ping\"");
    for (int i = 0; i < 100; i++)
        hub_session_receive(box.session, "x", 1, 1000000);
    g_assert_nonnull(box.dropped);
    close_box(&box);
    hub_service_destroy(service);
}

static void rates_are_limited(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box box;
    open_box(service, &box, "u");
    for (int i = 0; i < 399; i++)
        expect_ok(&box, "\"op\":\"ping\"");
    expect_error(&box, "\"op\":\"ping\"", "rate");
    const char *later = "{\"id\":1000,\"op\":\"ping\"}";
    forget(&box);
    hub_session_receive(box.session, later, strlen(later), 2000000);
    g_assert_true(json_is_true(g_queue_peek_head(&box.received), "ok"));
    close_box(&box);
    hub_service_destroy(service);
}

struct told {
    int started, ended, missed;
};

static void hear(void *user_data, enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    struct told *told = user_data;
    g_assert_true(call && now_us);
    *(event == HUB_CALL_STARTED ? &told->started : event == HUB_CALL_ENDED ? &told->ended : &told->missed) += 1;
}

/* Whoever invites nobody, or everybody at once, takes no place and no event from a call that goes on. */
static void running_calls_stay(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct told told = { 0 };
    struct box anna, bert, eve;
    hub_control_listen(service, hear, &told);
    open_box(service, &anna, "anna");
    open_box(service, &bert, "bert");
    open_box(service, &eve, "eve");
    call(&anna, "bert", "invite", "good");
    call(&bert, "anna", "accept", "good");
    g_assert_cmpint(told.started, ==, 1);
    for (int i = 0; i < 20; i++) {
        g_autofree char *id = g_strdup_printf("nobody %d", i);
        g_assert_cmpstr(json_string(call(&eve, "nobody", "invite", id), "error"), ==, "offline");
        call(&eve, "nobody", "cancel", id);
    }
    g_assert_cmpint(hub_control_statistics(service).calls, ==, 1);
    g_assert_cmpint(told.missed, ==, 0);
    for (int i = 0; i < HUB_CALLS_OF_USER; i++) {
        g_autofree char *id = g_strdup_printf("bert %d", i);
        g_assert_true(json_is_true(call(&eve, "bert", "invite", id), "ok"));
    }
    forget(&bert);
    g_assert_cmpstr(json_string(call(&eve, "bert", "invite", "one more"), "error"), ==, "rate");
    g_assert_true(g_queue_is_empty(&bert.received));
    g_assert_cmpint(hub_control_statistics(service).calls, ==, HUB_CALLS_OF_USER + 1);
    call(&anna, "bert", "hangup", "good");
    g_assert_cmpint(told.ended, ==, 1);
    hub_control_listen(service, NULL, NULL);
    close_box(&anna);
    close_box(&bert);
    close_box(&eve);
    hub_service_destroy(service);
}

/* A call that both sides have left gives its place up, and has ended then. */
static void abandoned_calls_give_way(void)
{
    struct hub_calls *calls = hub_calls_create();
    struct told told = { 0 };
    hub_calls_listen(calls, hear, &told);
    cJSON *invite = cJSON_Parse("{\"type\":\"call\",\"action\":\"invite\",\"call\":\"\"}");
    cJSON *accept = cJSON_Parse("{\"type\":\"call\",\"action\":\"accept\",\"call\":\"0\"}");
    cJSON *reached = cJSON_Parse("[\"bert/2\",\"bert/3\"]");
    for (int i = 0; i < HUB_CALLS_OF_USER; i++) {
        g_autofree char *id = g_strdup_printf("%d", i);
        cJSON_ReplaceItemInObject(invite, "call", cJSON_CreateString(id));
        g_assert_true(hub_calls_have_room(calls, "anna", 1));
        hub_calls_pass(calls, "anna/1", "bert", invite, reached, 1);
    }
    hub_calls_pass(calls, "bert/2", "anna/1", accept, NULL, 2);
    g_assert_false(hub_calls_have_room(calls, "anna", 3));
    g_assert_true(hub_calls_have_room(calls, "carl", 3));
    hub_calls_forget(calls, "bert/2", 4);
    g_assert_false(hub_calls_have_room(calls, "anna", 5));
    g_assert_cmpint(told.ended, ==, 0);
    hub_calls_forget(calls, "anna/1", 6);
    g_assert_cmpint(told.missed, ==, HUB_CALLS_OF_USER - 1);
    g_assert_cmpint(hub_calls_count(calls), ==, 1);
    cJSON_Delete(invite);
    cJSON_Delete(accept);
    cJSON_Delete(reached);
    hub_calls_destroy(calls);
}

static void pass(struct hub_calls *calls, const char *from, const char *to, const char *action, const char *id)
{
    g_autofree char *text = g_strdup_printf("{\"type\":\"call\",\"action\":\"%s\",\"call\":\"%s\"}", action, id);
    cJSON *body = cJSON_Parse(text), *reached = cJSON_CreateArray();
    cJSON_AddItemToArray(reached, cJSON_CreateString(to));
    hub_calls_pass(calls, from, to, body, reached, 1);
    cJSON_Delete(body);
    cJSON_Delete(reached);
}

/* A hang-up that did not come by here is known by the next call of one of the two. */
static void the_next_call_ends_the_one_before(void)
{
    struct hub_calls *calls = hub_calls_create();
    struct told told = { 0 };
    hub_calls_listen(calls, hear, &told);
    pass(calls, "bert/1", "anna/1", "invite", "first");
    pass(calls, "anna/1", "bert/1", "accept", "first");
    pass(calls, "carl/1", "anna/1", "invite", "second"); /* it rings there: anna may still be in the first */
    pass(calls, "dora/1", "emil/1", "invite", "others");
    pass(calls, "emil/1", "dora/1", "accept", "others");
    g_assert_cmpint(told.ended, ==, 0);
    pass(calls, "anna/1", "carl/1", "accept", "second");
    pass(calls, "anna/1", "carl/1", "accept", "second");
    g_assert_cmpint(told.ended, ==, 1);
    g_assert_null(hub_calls_find(calls, "first"));
    pass(calls, "carl/1", "bert/1", "invite", "third");
    g_assert_cmpint(told.ended, ==, 2);
    g_assert_null(hub_calls_find(calls, "second"));
    g_assert_nonnull(hub_calls_find(calls, "others"));
    hub_calls_destroy(calls);
}

/* Of a user, whatever his connections: who comes again has no new allowance. */
static void invites_and_joins_are_limited(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box anna, eve;
    int joined = 0, rung = 0;
    open_box(service, &anna, "anna");
    expect_ok(&anna, "\"op\":\"room-open\",\"room\":\"r\"");
    for (int i = 0; i < HUB_JOINS_BURST + 20; i++) {
        open_box(service, &eve, "eve");
        joined += json_is_true(ask(&eve, "\"op\":\"room-join\",\"room\":\"r\""), "ok");
        g_autofree char *id = g_strdup_printf("%d", i);
        rung += g_strcmp0(json_string(call(&eve, "nobody", "invite", id), "error"), "rate") != 0;
        close_box(&eve);
    }
    g_assert_cmpint(joined, ==, HUB_JOINS_BURST);
    g_assert_cmpint(rung, ==, HUB_INVITES_BURST);
    open_box(service, &eve, "another");
    expect_ok(&eve, "\"op\":\"room-join\",\"room\":\"r\"");
    close_box(&eve);
    close_box(&anna);
    hub_service_destroy(service);
}

static void expect_name(const cJSON *object, const char *member, const char *name)
{
    g_assert_cmpstr(json_string(object, member), ==, name);
}

static void open_named(struct hub_service *service, struct box *box, const char *user, const char *name)
{
    memset(box, 0, sizeof *box);
    box->session = hub_session_open(service, box);
    g_autofree char *login = g_strdup_printf("\"op\":\"login\",\"user\":\"%s\",\"name\":\"%s\"", user, name);
    const cJSON *ack = ask(box, login);
    expect_name(ack, "name", name);
    box->address = g_strdup(json_string(ack, "address"));
    forget(box);
}

/* Told wherever the user is; what an invite says of its sender is the hub's word. */
static void users_have_names(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box watcher, anna, mallory, tablet;
    open_box(service, &watcher, "watcher");
    expect_ok(&watcher, "\"op\":\"watch\",\"on\":true");
    open_named(service, &anna, "anna", "Anna Berg");
    expect_name(newest(&watcher, "user"), "name", "Anna Berg");
    expect_ok(&anna, "\"op\":\"room-open\",\"room\":\"r\"");
    expect_name(cJSON_GetObjectItem(newest(&watcher, "room"), "room"), "host_name", "Anna Berg");
    const cJSON *rooms = cJSON_GetObjectItem(ask(&watcher, "\"op\":\"rooms\""), "rooms");
    expect_name(cJSON_GetArrayItem(rooms, 0), "host_name", "Anna Berg");
    cJSON *user = hub_control_user(service, "anna"), *all = hub_control_rooms(service);
    expect_name(user, "name", "Anna Berg");
    expect_name(cJSON_GetArrayItem(cJSON_GetObjectItem(all, "rooms"), 0), "host_name", "Anna Berg");
    cJSON_Delete(user);
    cJSON_Delete(all);
    expect_ok(&anna, "\"op\":\"room-close\",\"room\":\"r\"");

    open_named(service, &mallory, "mallory", "Mallory");
    static const char *const claims[] = { "\"name\":\"Police\"", "\"NAME\":\"Police\"",
                                          "\"name\":\"x\",\"name\":\"Police\",\"devices\":7" };
    for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
        g_autofree char *send = g_strdup_printf("\"op\":\"send\",\"to\":\"anna\",\"body\":{\"type\":\"call\","
                                                "\"action\":\"invite\",\"call\":\"%zu\",%s}",
                                                i, claims[i]);
        forget(&anna);
        const cJSON *ack = ask(&mallory, send);
        expect_name(ack, "name", "Anna Berg"); /* whom she calls */
        const cJSON *body = cJSON_GetObjectItem(newest(&anna, "message"), "body");
        char *text = cJSON_PrintUnformatted(body);
        expect_name(body, "name", "Mallory");
        g_assert_null(strstr(text, "Police"));
        g_assert_null(strstr(text, "devices"));
        cJSON_free(text);
    }
    call(&watcher, "anna", "invite", "nameless");
    g_assert_false(cJSON_HasObjectItem(cJSON_GetObjectItem(newest(&anna, "message"), "body"), "name"));

    open_named(service, &tablet, "anna", "Anna at home"); /* the last that came names her */
    expect_name(newest(&watcher, "user"), "name", "Anna at home");
    close_box(&tablet);
    expect_name(newest(&watcher, "user"), "name", "Anna Berg");
    close_box(&anna);
    g_assert_true(cJSON_IsFalse(cJSON_GetObjectItem(newest(&watcher, "user"), "online")));
    close_box(&mallory);
    close_box(&watcher);
    hub_service_destroy(service);
}

static void bad_names_are_refused(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box box = { .session = hub_session_open(service, &box) };
    g_autofree char *long_name = g_strnfill(HUB_DISPLAY_NAME_MAX + 1, 'a');
    g_autofree char *longest = g_strnfill(HUB_DISPLAY_NAME_MAX, 'a');
    const char *const bad[] = { "", "  ", "a\u202eb", "a\u200bb", "a\nb", "\u2028", long_name };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *login = g_strdup_printf("\"op\":\"login\",\"user\":\"u\",\"name\":\"%s\"", bad[i]);
        expect_error(&box, login, "malformed");
    }
    expect_error(&box, "\"op\":\"login\",\"user\":\"u\",\"name\":7", "malformed");
    g_assert_true(hub_display_name_is_valid(longest));
    g_assert_true(hub_display_name_is_valid("王小明 / Ops"));
    g_assert_false(hub_display_name_is_valid(NULL));
    g_assert_false(hub_display_name_is_valid("a\xff"));
    expect_ok(&box, "\"op\":\"login\",\"user\":\"u\",\"name\":\"Zoë (shop)\"");
    close_box(&box);
    hub_service_destroy(service);
}

static void expect_camera(const cJSON *room, bool on)
{
    g_assert_true(cJSON_IsBool(cJSON_GetObjectItem(room, "camera")));
    g_assert_cmpint(json_is_true(room, "camera"), ==, on);
}

/* In lists, in the directory and to who is there. */
static void rooms_tell_of_the_camera(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box host, viewer;
    open_box(service, &host, "host");
    open_box(service, &viewer, "viewer");
    expect_ok(&viewer, "\"op\":\"watch\",\"on\":true");
    expect_ok(&host, "\"op\":\"room-open\",\"room\":\"r\"");
    expect_camera(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), true);
    expect_ok(&host, "\"op\":\"room-state\",\"room\":\"r\",\"camera\":false");
    expect_camera(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), false);
    expect_ok(&host, "\"op\":\"room-state\",\"room\":\"r\",\"state\":\"private\"");
    cJSON *all = hub_control_rooms(service);
    expect_camera(cJSON_GetArrayItem(cJSON_GetObjectItem(all, "rooms"), 0), false);
    cJSON_Delete(all);
    const cJSON *rooms = cJSON_GetObjectItem(ask(&viewer, "\"op\":\"rooms\""), "rooms");
    expect_camera(cJSON_GetArrayItem(rooms, 0), false);
    expect_name(cJSON_GetArrayItem(rooms, 0), "state", "private");
    expect_error(&host, "\"op\":\"room-state\",\"room\":\"r\",\"camera\":0", "malformed");
    expect_error(&host, "\"op\":\"room-state\",\"room\":\"r\"", "malformed");
    expect_error(&viewer, "\"op\":\"room-state\",\"room\":\"r\",\"camera\":true", "not-allowed");
    expect_ok(&host, "\"op\":\"room-open\",\"room\":\"r\",\"camera\":false"); /* as after a reconnection */
    expect_camera(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), false);
    close_box(&host);
    close_box(&viewer);
    hub_service_destroy(service);
}

static void expect_streams(const cJSON *room, int n, int direct)
{
    const cJSON *streams = cJSON_GetObjectItem(room, "streams");
    g_assert_cmpint(cJSON_GetArraySize(streams), ==, n);
    g_assert_cmpint(cJSON_GetObjectItem(room, "direct")->valueint, ==, direct);
    g_assert_cmpstr(cJSON_GetArrayItem(streams, 0)->valuestring, ==, "whep://sfu.example/r");
}

#define OPEN_WITH(members) "\"op\":\"room-open\",\"room\":\"r\"," members

/* They are in all that is told of the room, and stay while its broadcaster is away; only addresses of the network. */
static void rooms_tell_of_streams(void)
{
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box host, viewer;
    open_box(service, &host, "host");
    open_box(service, &viewer, "viewer");
    expect_ok(&viewer, "\"op\":\"watch\",\"on\":true");
    const char *const bad[] = {
        "\"whep://sfu.example/r\"",
        "[\"file:///etc/passwd\"]",
        "[\"/etc/passwd\"]",
        "[\"@token\"]",
        "[\"whep://\"]",
        "[\"rtmp://a b\"]",
        "[7]",
        "[\"data://x\"]",
        "[\"rtp://1\",\"rtp://2\",\"rtp://3\",\"rtp://4\",\"rtp://5\"]",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *open = g_strdup_printf(OPEN_WITH("\"streams\":%s"), bad[i]);
        expect_error(&host, open, "malformed");
    }
    expect_error(&host, OPEN_WITH("\"streams\":[],\"direct\":-1"), "malformed");
    expect_ok(&host, OPEN_WITH("\"streams\":[\"whep://sfu.example/r\",\"HTTPS://cdn.example/r.m3u8\"],\"direct\":3"));
    expect_streams(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), 2, 3);
    expect_streams(cJSON_GetObjectItem(ask(&viewer, "\"op\":\"room-join\",\"room\":\"r\""), "room"), 2, 3);
    cJSON *all = hub_control_rooms(service);
    expect_streams(cJSON_GetArrayItem(cJSON_GetObjectItem(all, "rooms"), 0), 2, 3);
    cJSON_Delete(all);
    expect_ok(&host, "\"op\":\"room-close\",\"room\":\"r\"");
    expect_streams(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), 2, 3);
    expect_ok(&host, OPEN_WITH("\"streams\":[\"whep://sfu.example/r\"]"));
    expect_streams(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), 1, 8);
    expect_ok(&host, "\"op\":\"room-close\",\"room\":\"r\"");
    expect_ok(&host, "\"op\":\"room-open\",\"room\":\"r\"");
    g_assert_false(cJSON_HasObjectItem(cJSON_GetObjectItem(newest(&viewer, "room"), "room"), "streams"));
    close_box(&host);
    close_box(&viewer);
    hub_service_destroy(service);
}

static int viewers_told(struct box *box)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(newest(box, "room"), "room"), "viewers")->valueint;
}

/* Each who comes is told at once, the crowd together: a thousand who come are not a million messages. */
static void crowds_are_told_together(void)
{
    enum { CROWD = 120 };
    struct hub_service *service = hub_service_create(&ops, NULL);
    struct box host;
    struct box *crowd = g_new0(struct box, CROWD);
    open_box(service, &host, "host");
    expect_ok(&host, "\"op\":\"room-open\",\"room\":\"r\"");
    for (int i = 0; i < CROWD; i++) {
        g_autofree char *user = g_strdup_printf("viewer %d", i);
        open_box(service, &crowd[i], user);
        ask(&crowd[i], "\"op\":\"room-join\",\"room\":\"r\"");
        g_assert_cmpint(viewers_told(&crowd[i]), ==, i + 1);
    }
    g_assert_cmpuint(crowd[0].received.length, <, CROWD / 2 + 5);
    g_assert_cmpint(viewers_told(&crowd[0]), <, CROWD);
    while (viewers_told(&crowd[0]) < CROWD)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(viewers_told(&host), ==, CROWD);
    close_box(&crowd[1]);
    while (viewers_told(&crowd[0]) == CROWD)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(viewers_told(&crowd[2]), ==, CROWD - 1);
    close_box(&host); /* what matters is told at once */
    g_assert_cmpstr(json_string(cJSON_GetObjectItem(newest(&crowd[0], "room"), "room"), "state"), ==, "away");
    for (int i = 0; i < CROWD; i++)
        if (i != 1)
            close_box(&crowd[i]);
    g_free(crowd);
    hub_service_destroy(service);
}

/* The application's server says who somebody is; whatever she calls herself. */
static void a_tokens_name_wins(void)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    g_autofree char *error = NULL;
    struct hub_keys *keys = hub_keys_create(secret, NULL, &error);
    struct hub_service *service = hub_service_create(&ops, NULL);
    hub_service_require_tokens(service, keys, NULL);
    struct hub_grant named = { .user = "anna", .name = "Anna Berg", .expires_s = INT64_MAX };
    struct hub_grant bad = named, none = named, next = named;
    bad.name = "Anna\u202e";
    none.name = NULL;
    next.name = "Anna Busch";
    const struct {
        const struct hub_grant *grant;
        const char *shown;
    } logins[] = { { &named, "Anna Berg" }, { &bad, "Police" }, { &none, "Police" } };
    struct box box;
    for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
        memset(&box, 0, sizeof box);
        box.session = hub_session_open(service, &box);
        g_autofree char *token = hub_token_make(secret, NULL, logins[i].grant, &error);
        g_autofree char *login = g_strdup_printf("\"op\":\"login\",\"name\":\"Police\",\"token\":\"%s\"", token);
        expect_name(ask(&box, login), "name", logins[i].shown);
        const cJSON *users = cJSON_GetObjectItem(ask(&box, "\"op\":\"users\""), "users");
        expect_name(cJSON_GetArrayItem(users, 0), "name", logins[i].shown);
        if (i + 1 < G_N_ELEMENTS(logins))
            close_box(&box);
    }
    expect_ok(&box, "\"op\":\"watch\",\"on\":true");
    g_autofree char *token = hub_token_make(secret, NULL, &next, &error);
    g_autofree char *renew = g_strdup_printf("\"op\":\"renew\",\"token\":\"%s\"", token);
    expect_ok(&box, renew);
    expect_name(newest(&box, "user"), "name", "Anna Busch");
    close_box(&box);
    hub_service_destroy(service);
    hub_keys_destroy(keys);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub/names", names_are_checked);
    g_test_add_func("/hub/messages", messages_reach_devices);
    g_test_add_func("/hub/rooms", rooms_live_and_vanish);
    g_test_add_func("/hub_registry/names", users_have_names);
    g_test_add_func("/hub_registry/token-name", a_tokens_name_wins);
    g_test_add_func("/hub_registry/bad-names", bad_names_are_refused);
    g_test_add_func("/hub_registry/camera", rooms_tell_of_the_camera);
    g_test_add_func("/hub_registry/streams", rooms_tell_of_streams);
    g_test_add_func("/hub_registry/crowds", crowds_are_told_together);
    g_test_add_func("/hub/resume", devices_come_back);
    g_test_add_func("/hub/faults", faults_are_answered_then_dropped);
    g_test_add_func("/hub/rate", rates_are_limited);
    g_test_add_func("/hub_registry/nul", a_nul_is_no_end);
    g_test_add_func("/hub_registry/running-calls", running_calls_stay);
    g_test_add_func("/hub_registry/abandoned-calls", abandoned_calls_give_way);
    g_test_add_func("/hub_registry/next-call", the_next_call_ends_the_one_before);
    g_test_add_func("/hub_registry/allowances", invites_and_joins_are_limited);
    return g_test_run();
}
