/* Signalling over MQTT, what a broker brings and what the user asks in between, a line each:
 *
 *   TOPIC PAYLOAD   a record of rooms or of who is there (without a payload: it is deleted)
 *   ~ its records expire after so many SECONDS, or never (nothing)
 *   . all that was asked of the broker has come back; it comes at once unless the first byte says otherwise
 *   + so many SECONDS pass, and what is done now and then is done
 *   * what the user asks: "*open ROOM {...}", and the like; "*lost": the connection is, with all that was known
 *
 * What must hold: nothing is given up that was not subscribed, and in the end nothing stays so; what is published is
 * our own; nobody leaves who had not come. */
#include "net/mqtt/topics.h"
#include "clock.h"
#include "engine/text/address.h"
#include "engine/text/json.h"
#include "fuzz.h"
#include "net/mqtt/presence.h"
#include "net/mqtt/rooms.h"
#include "net/protocol/hub_protocol.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LINES = 200, LONG_S = 100 };
enum { WATCHES = 1, WAITS = 4 }; /* the first byte */

#define SELF "alice/0123456789ab"

static struct {
    struct mqtt_presence *presence;
    struct mqtt_rooms *rooms;
    GHashTable *subscribed, *joined; /* filters; "room viewer" */
    uint64_t sent, synced;           /* markers */
    bool waits;
    int expires_s;
} test;

/* ---- the broker ---- */

static uint64_t mark(void)
{
    test.sent++;
    if (!test.waits)
        test.synced = test.sent;
    return test.sent;
}

static uint64_t subscribe(void *user_data, const char *filter)
{
    (void)user_data;
    g_hash_table_add(test.subscribed, g_strdup(filter));
    return mark();
}

static void unsubscribe(void *user_data, const char *filter)
{
    (void)user_data;
    g_assert_true(g_hash_table_remove(test.subscribed, filter));
}

static uint64_t synced(void *user_data)
{
    (void)user_data;
    return test.synced;
}

static void publish(void *user_data, const char *topic, const char *payload)
{
    (void)user_data;
    struct mqtt_topic parsed;
    g_assert_true(mqtt_topics_parse(&parsed, topic));
    g_assert_cmpstr(parsed.from, ==, SELF);
    mqtt_topics_clear(&parsed);
    cJSON *record = payload ? hub_parse(payload, strlen(payload)) : NULL;
    g_assert_true(!payload == !record);
    cJSON_Delete(record);
}

/* ---- what is told ---- */

static void on_changed(void *user_data, const char *user)
{
    (void)user_data;
    mqtt_rooms_user_changed(test.rooms, user);
}

static void on_gone(void *user_data, const char *device)
{
    (void)user_data;
    g_assert_false(mqtt_presence_has(test.presence, device));
}

static void hear_of_viewer(const cJSON *notice)
{
    const char *room = json_string(notice, "room"), *viewer = json_string(notice, "viewer");
    g_autofree char *who = g_strdup_printf("%s %s", room, viewer);
    g_assert_true(room && viewer);
    if (json_is_true(notice, "joined"))
        g_hash_table_add(test.joined, g_steal_pointer(&who));
    else
        g_assert_true(g_hash_table_remove(test.joined, who));
}

static void tell(void *user_data, cJSON *notice)
{
    (void)user_data;
    const char *what = json_string(notice, "notice");
    if (!g_strcmp0(what, "viewer"))
        hear_of_viewer(notice);
    else
        g_assert_true(cJSON_IsObject(json_member(notice, "room")));
    cJSON_Delete(notice);
}

/* ---- the records ---- */

/* What it was parsed into makes the same name again. */
static void check_name(const struct mqtt_topic *topic)
{
    g_autofree char *again = NULL, *user = address_user(topic->from);
    switch (topic->kind) {
    case MQTT_TOPIC_INBOX:
        again = mqtt_topics_inbox(topic->to, topic->from);
        break;
    case MQTT_TOPIC_CALL:
        again = mqtt_topics_call(topic->scope, topic->to, topic->from);
        break;
    case MQTT_TOPIC_HOST:
        again = mqtt_topics_host(topic->scope, topic->from);
        break;
    case MQTT_TOPIC_VIEWER:
        again = mqtt_topics_viewer(topic->scope, topic->from);
        break;
    default:
        again = mqtt_topics_presence(user, address_device(topic->from));
    }
    struct mqtt_topic parsed;
    g_assert_true(mqtt_topics_parse(&parsed, again));
    g_assert_true(parsed.kind == topic->kind && !g_strcmp0(parsed.from, topic->from));
    g_assert_true(!g_strcmp0(parsed.scope, topic->scope) && !g_strcmp0(parsed.to, topic->to));
    mqtt_topics_clear(&parsed);
}

static void hear(const struct mqtt_topic *topic, const char *payload)
{
    size_t length = payload ? strlen(payload) : 0;
    if (topic->kind == MQTT_TOPIC_PRESENCE)
        mqtt_presence_receive(test.presence, topic->from, payload ? payload : "", length, test.expires_s);
    else if (topic->kind == MQTT_TOPIC_HOST || topic->kind == MQTT_TOPIC_VIEWER)
        mqtt_rooms_receive(test.rooms, topic, payload ? payload : "", length, test.expires_s);
}

static void take_record(char *line)
{
    char *payload = strchr(line, ' ');
    if (payload)
        *payload++ = '\0';
    struct mqtt_topic topic;
    if (!mqtt_topics_parse(&topic, line))
        return;
    check_name(&topic);
    hear(&topic, payload);
    mqtt_topics_clear(&topic);
}

/* ---- what the user asks ---- */

/* As net/mqtt/operations.c does: only where it is known who broadcasts. */
static bool look(const char *room)
{
    uint64_t marker = mqtt_rooms_look(test.rooms, room);
    return marker && marker <= test.synced;
}

static void enter(const char *room, enum mqtt_role role, const cJSON *said)
{
    if (!look(room) || mqtt_rooms_role(test.rooms, room) == role)
        return;
    mqtt_rooms_enter(test.rooms, room, role, said);
    g_assert_cmpint(mqtt_rooms_role(test.rooms, room), ==, role);
    g_assert_cmpuint(mqtt_rooms_count(test.rooms, role), >=, 1);
    mark();
}

static void open_room(const char *room, const char *text)
{
    cJSON *said = hub_parse(text, strlen(text));
    const char *state = json_string(said, "state");
    if (!state || !strcmp(state, "live") || !strcmp(state, "private"))
        enter(room, MQTT_ROLE_HOST, said);
    cJSON_Delete(said);
}

static void leave(const char *room)
{
    mqtt_rooms_leave(test.rooms, room);
    g_assert_cmpint(mqtt_rooms_role(test.rooms, room), ==, MQTT_ROLE_NONE);
}

static void confirm(const char *room)
{
    bool kept = mqtt_rooms_confirm(test.rooms, room);
    g_assert_true(kept == (mqtt_rooms_role(test.rooms, room) == MQTT_ROLE_HOST));
}

static void look_for_viewers(const char *room)
{
    if (!look(room) || mqtt_rooms_role(test.rooms, room) != MQTT_ROLE_NONE || mqtt_rooms_host(test.rooms, room))
        return;
    if (mqtt_rooms_look_for_viewers(test.rooms, room) <= test.synced)
        mqtt_rooms_found_viewers(test.rooms, room);
}

static void change(const char *room, const char *state)
{
    bool dark = !strcmp(state, "dark"), known = !strcmp(state, "live") || !strcmp(state, "private");
    mqtt_rooms_change(test.rooms, room, known ? state : NULL, dark);
    g_assert_true(!mqtt_rooms_camera_is_off(test.rooms, room) || dark);
}

static void watch_directory(bool on)
{
    mqtt_rooms_tell_all(test.rooms, on);
    if (on) {
        mqtt_presence_watch_all(test.presence);
        mqtt_rooms_watch_all(test.rooms);
    } else {
        mqtt_rooms_unwatch_all(test.rooms);
        mqtt_presence_unwatch_all(test.presence);
    }
}

static void look_up(const char *address)
{
    g_autofree char *user = address_user(address);
    mqtt_presence_want(test.presence, user);
    g_autoptr(GPtrArray) devices = mqtt_presence_devices(test.presence, address);
    for (guint i = 0; i < devices->len; i++)
        g_assert_true(mqtt_presence_has(test.presence, devices->pdata[i]));
    const char *name = mqtt_presence_name(test.presence, address);
    g_assert_true(!name || (devices->len && hub_display_name_is_valid(name)));
}

static void connect_to_broker(void)
{
    g_autofree char *inbox = mqtt_topics_inbox_filter(SELF), *calls = mqtt_topics_call_filter(SELF);
    g_hash_table_remove_all(test.subscribed);
    subscribe(NULL, inbox);
    subscribe(NULL, calls);
}

static void lose_connection(void)
{
    mqtt_rooms_clear(test.rooms);
    mqtt_presence_clear(test.presence);
    g_assert_cmpuint(mqtt_rooms_count(test.rooms, MQTT_ROLE_HOST), ==, 0);
    connect_to_broker();
}

/* Of a room, or of a user, whose name is good. */
static void ask_about(const char *what, const char *name, const char *rest)
{
    if (!strcmp(what, "open"))
        open_room(name, rest);
    else if (!strcmp(what, "join"))
        enter(name, MQTT_ROLE_VIEWER, NULL);
    else if (!strcmp(what, "leave"))
        leave(name);
    else if (!strcmp(what, "confirm"))
        confirm(name);
    else if (!strcmp(what, "seek"))
        look_for_viewers(name);
    else if (!strcmp(what, "change"))
        change(name, rest);
}

static void ask(char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    const char *what = words[0] ? words[0] : "", *name = *what && words[1] ? words[1] : "";
    if (!strcmp(what, "directory"))
        watch_directory(!*name);
    else if (!strcmp(what, "lost"))
        lose_connection();
    else if (!strcmp(what, "quit"))
        mqtt_rooms_leave_all(test.rooms);
    else if (!strcmp(what, "user") && *name && *name != '/')
        look_up(name);
    else if (hub_name_is_valid(name))
        ask_about(what, name, words[2] ? words[2] : "");
}

/* ---- what happens ---- */

static void flush(void)
{
    mqtt_rooms_flush(test.rooms);
    cJSON *room = mqtt_rooms_describe(test.rooms, "studio");
    g_assert_true(room || !mqtt_rooms_host(test.rooms, "studio"));
    cJSON_Delete(room);
}

static void pass(int seconds)
{
    fuzz_clock_pass(seconds * G_USEC_PER_SEC);
    mqtt_rooms_refresh(test.rooms);
    mqtt_presence_sweep(test.presence);
    mqtt_rooms_sweep(test.rooms);
    flush();
}

static void do_line(char *line)
{
    if (line[0] == '+')
        pass(CLAMP(atoi(line + 1), 0, LONG_S));
    else if (line[0] == '.')
        test.synced = test.sent;
    else if (line[0] == '~')
        test.expires_s = line[1] ? CLAMP(atoi(line + 1), 0, LONG_S) : -1;
    else if (line[0] == '*')
        ask(line + 1);
    else
        take_record(line);
    flush();
}

/* One room is ours, another is watched, and so is the directory where the first byte says so. */
static void begin(unsigned flags)
{
    connect_to_broker();
    if (flags & WATCHES)
        watch_directory(true);
    mqtt_presence_want(test.presence, "bob");
    enter("studio", MQTT_ROLE_HOST, NULL);
    enter("lobby", MQTT_ROLE_VIEWER, NULL);
    test.waits = flags & WAITS;
}

/* In the end we are in no room and watch nothing, and hear of nobody: only our own messages stay subscribed. */
static void end(void)
{
    test.waits = false;
    test.synced = test.sent;
    cJSON_Delete(mqtt_presence_list(test.presence));
    cJSON_Delete(mqtt_rooms_list(test.rooms));
    mqtt_rooms_leave_all(test.rooms);
    watch_directory(false);
    for (int i = 0; i < 3; i++)
        pass(LONG_S);
    g_assert_cmpuint(g_hash_table_size(test.subscribed), ==, 2);
    mqtt_rooms_destroy(test.rooms);
    mqtt_presence_destroy(test.presence);
    g_hash_table_destroy(test.subscribed);
    g_hash_table_destroy(test.joined);
}

static void create(void)
{
    static const struct mqtt_subscriber subscriber = { subscribe, unsubscribe, synced, NULL };
    static const struct mqtt_presence_listener listener = { on_changed, on_gone };
    memset(&test, 0, sizeof test);
    test.expires_s = MQTT_RECORD_EXPIRY_S;
    test.subscribed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    test.joined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    test.presence = mqtt_presence_create(&subscriber, &listener, NULL);
    test.rooms = mqtt_rooms_create(&(struct mqtt_rooms_config){
        .subscriber = subscriber, .presence = test.presence, .self = SELF, .publish = publish, .tell = tell });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    fuzz_clock_start();
    create();
    begin(fuzz_byte(&input));
    char *line;
    for (int i = 0; i < MAX_LINES && (line = fuzz_line(&input)); i++) {
        do_line(line);
        g_free(line);
    }
    end();
    return 0;
}
