/* What a broker brings: a line is a topic and, behind a blank, its payload. The records of rooms and of who is there.
 */
#include "net/mqtt/topics.h"
#include "fuzz.h"
#include "net/mqtt/presence.h"
#include "net/mqtt/rooms.h"

#include <string.h>

enum { MAX_LINES = 200 };

#define SELF "alice/0123456789ab"

static uint64_t subscribe(void *user_data, const char *filter)
{
    (void)filter;
    return ++*(uint64_t *)user_data;
}

static void unsubscribe(void *user_data, const char *filter)
{
    (void)user_data;
    (void)filter;
}

static uint64_t synced(void *user_data)
{
    return *(uint64_t *)user_data;
}

static void ignore(void *user_data, const char *who)
{
    (void)user_data;
    g_assert_nonnull(who);
}

static void publish(void *user_data, const char *topic, const char *payload)
{
    (void)user_data;
    (void)payload;
    struct mqtt_topic parsed;
    g_assert_true(mqtt_topics_parse(&parsed, topic));
    mqtt_topics_clear(&parsed);
}

static void tell(void *user_data, cJSON *notice)
{
    (void)user_data;
    g_assert_true(cJSON_IsObject(notice));
    cJSON_Delete(notice);
}

struct heard {
    struct mqtt_presence *presence;
    struct mqtt_rooms *rooms;
};

static void hear(struct heard *heard, const struct mqtt_topic *topic, const char *payload)
{
    size_t length = payload ? strlen(payload) : 0;
    if (topic->kind == MQTT_TOPIC_PRESENCE) {
        mqtt_presence_want(heard->presence, "bob");
        mqtt_presence_receive(heard->presence, topic->from, payload ? payload : "", length, 60);
        mqtt_presence_has(heard->presence, topic->from);
        mqtt_presence_name(heard->presence, topic->from);
        g_autofree char *user = g_strndup(topic->from, strcspn(topic->from, "/"));
        mqtt_rooms_user_changed(heard->rooms, user);
    } else if (topic->kind == MQTT_TOPIC_HOST || topic->kind == MQTT_TOPIC_VIEWER) {
        mqtt_rooms_receive(heard->rooms, topic, payload ? payload : "", length, 60);
    }
    mqtt_rooms_flush(heard->rooms);
    cJSON_Delete(mqtt_rooms_describe(heard->rooms, "studio"));
}

/* What it was parsed into makes the same name again. */
static void check_name(const struct mqtt_topic *topic)
{
    g_autofree char *again = NULL;
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
        return;
    }
    struct mqtt_topic parsed;
    g_assert_true(mqtt_topics_parse(&parsed, again));
    g_assert_true(parsed.kind == topic->kind && !g_strcmp0(parsed.from, topic->from));
    g_assert_true(!g_strcmp0(parsed.scope, topic->scope) && !g_strcmp0(parsed.to, topic->to));
    mqtt_topics_clear(&parsed);
}

static void take_line(struct heard *heard, char *line)
{
    char *payload = strchr(line, ' ');
    if (payload)
        *payload++ = '\0';
    struct mqtt_topic topic;
    if (!mqtt_topics_parse(&topic, line))
        return;
    check_name(&topic);
    hear(heard, &topic, payload);
    mqtt_topics_clear(&topic);
}

/* One room is ours, another is watched, and so is the directory (the first byte is odd). */
static void enter(struct heard *heard, bool watches)
{
    if (watches) {
        mqtt_presence_watch_all(heard->presence);
        mqtt_rooms_watch_all(heard->rooms);
        mqtt_rooms_tell_all(heard->rooms, true);
    }
    mqtt_rooms_look(heard->rooms, "studio");
    mqtt_rooms_look(heard->rooms, "lobby");
    mqtt_rooms_enter(heard->rooms, "studio", MQTT_ROLE_HOST, NULL);
    mqtt_rooms_enter(heard->rooms, "lobby", MQTT_ROLE_VIEWER, NULL);
}

static void leave(struct heard *heard)
{
    mqtt_rooms_confirm(heard->rooms, "studio");
    mqtt_rooms_refresh(heard->rooms);
    mqtt_rooms_sweep(heard->rooms);
    mqtt_presence_sweep(heard->presence);
    mqtt_rooms_flush(heard->rooms);
    cJSON_Delete(mqtt_presence_list(heard->presence));
    cJSON_Delete(mqtt_rooms_list(heard->rooms));
    mqtt_rooms_destroy(heard->rooms);
    mqtt_presence_destroy(heard->presence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t markers = 0;
    const struct mqtt_subscriber subscriber = { subscribe, unsubscribe, synced, &markers };
    const struct mqtt_presence_listener listener = { ignore, ignore };
    struct fuzz_input input = { data, size };
    struct heard heard = { .presence = mqtt_presence_create(&subscriber, &listener, NULL) };
    heard.rooms = mqtt_rooms_create(&(struct mqtt_rooms_config){
        .subscriber = subscriber, .presence = heard.presence, .self = SELF, .publish = publish, .tell = tell });
    enter(&heard, fuzz_byte(&input) & 1);
    char *line;
    for (int i = 0; i < MAX_LINES && (line = fuzz_line(&input)); i++) {
        take_line(&heard, line);
        g_free(line);
    }
    leave(&heard);
    return 0;
}
