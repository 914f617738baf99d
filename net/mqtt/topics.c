#include "net/mqtt/topics.h"

#include <string.h>

#include "net/protocol/hub_protocol.h"

/* A level of a topic: '%', '+' and '#' as %25, %2B and %23 (RFC 3986). */
static char *encode(const char *name)
{
    GString *level = g_string_new(NULL);
    for (const char *at = name; *at; at++)
        if (strchr("%+#", *at))
            g_string_append_printf(level, "%%%02X", (unsigned char)*at);
        else
            g_string_append_c(level, *at);
    return g_string_free(level, FALSE);
}

/* Only what encode makes: one name has one topic. NULL where it is no name. */
static char *decode(const char *level)
{
    g_autofree char *name = g_uri_unescape_string(level, NULL);
    g_autofree char *again = name ? encode(name) : NULL;
    return hub_name_is_valid(name) && !strcmp(again, level) ? g_steal_pointer(&name) : NULL;
}

bool mqtt_topics_device_is_valid(const char *device)
{
    size_t length = device ? strlen(device) : 0;
    return length >= 4 && length <= 16 && strspn(device, "0123456789abcdef") == length;
}

/* "user/device" as two levels. */
static char *encode_address(const char *address)
{
    const char *slash = strrchr(address, '/');
    g_autofree char *user = g_strndup(address, slash ? (size_t)(slash - address) : strlen(address));
    g_autofree char *level = encode(user);
    return g_strconcat(level, slash, NULL);
}

char *mqtt_topics_presence(const char *user, const char *device)
{
    g_autofree char *level = encode(user);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/presence/%s/%s", level, device);
}

char *mqtt_topics_inbox(const char *to, const char *from)
{
    g_autofree char *receiver = encode_address(to), *sender = encode_address(from);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/inbox/%s/%s", receiver, sender);
}

char *mqtt_topics_call(const char *session, const char *to, const char *from)
{
    g_autofree char *level = encode(session), *receiver = encode_address(to), *sender = encode_address(from);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/call/%s/%s/%s", level, receiver, sender);
}

static char *in_room(const char *room, const char *role, const char *address)
{
    g_autofree char *level = encode(room), *member = encode_address(address);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/room/%s/%s/%s", level, role, member);
}

char *mqtt_topics_host(const char *room, const char *address)
{
    return in_room(room, "host", address);
}

char *mqtt_topics_viewer(const char *room, const char *address)
{
    return in_room(room, "viewer", address);
}

char *mqtt_topics_presence_filter(const char *user)
{
    g_autofree char *level = user ? encode(user) : g_strdup("+");
    return g_strdup_printf(MQTT_TOPICS_ROOT "/presence/%s/+", level);
}

char *mqtt_topics_inbox_filter(const char *address)
{
    g_autofree char *receiver = encode_address(address);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/inbox/%s/+/+", receiver);
}

char *mqtt_topics_call_filter(const char *address)
{
    g_autofree char *receiver = encode_address(address);
    return g_strdup_printf(MQTT_TOPICS_ROOT "/call/+/%s/+/+", receiver);
}

static char *room_filter(const char *room, const char *role)
{
    g_autofree char *level = room ? encode(room) : g_strdup("+");
    return g_strdup_printf(MQTT_TOPICS_ROOT "/room/%s/%s/+/+", level, role);
}

char *mqtt_topics_host_filter(const char *room)
{
    return room_filter(room, "host");
}

char *mqtt_topics_viewer_filter(const char *room)
{
    return room_filter(room, "viewer");
}

static char *decode_address(const char *user_level, const char *device)
{
    g_autofree char *user = decode(user_level);
    return user && mqtt_topics_device_is_valid(device) ? g_strdup_printf("%s/%s", user, device) : NULL;
}

/* Where each kind has its parts, counted in levels; 0: it has none. */
static const struct {
    const char *word;
    guint word_at, levels, scope_at, to_at, from_at;
} shapes[] = {
    [MQTT_TOPIC_PRESENCE] = { "presence", 2, 5, 0, 0, 3 }, [MQTT_TOPIC_INBOX] = { "inbox", 2, 7, 0, 3, 5 },
    [MQTT_TOPIC_CALL] = { "call", 2, 8, 3, 4, 6 },         [MQTT_TOPIC_HOST] = { "host", 4, 7, 3, 0, 5 },
    [MQTT_TOPIC_VIEWER] = { "viewer", 4, 7, 3, 0, 5 },
};

static bool parse_as(struct mqtt_topic *topic, enum mqtt_topic_kind kind, char **levels)
{
    guint scope = shapes[kind].scope_at, to = shapes[kind].to_at, from = shapes[kind].from_at;
    topic->kind = kind;
    topic->scope = scope ? decode(levels[scope]) : NULL;
    topic->to = to ? decode_address(levels[to], levels[to + 1]) : NULL;
    topic->from = decode_address(levels[from], levels[from + 1]);
    return topic->from && (topic->to || !to) && (topic->scope || !scope);
}

bool mqtt_topics_parse(struct mqtt_topic *topic, const char *name)
{
    *topic = (struct mqtt_topic){ 0 };
    if (!g_str_has_prefix(name, MQTT_TOPICS_ROOT "/"))
        return false;
    g_auto(GStrv) levels = g_strsplit(name, "/", 16);
    guint n = g_strv_length(levels);
    for (guint kind = 0; kind < G_N_ELEMENTS(shapes); kind++) {
        bool in_a_room = shapes[kind].word_at == 4;
        if (n != shapes[kind].levels || strcmp(levels[shapes[kind].word_at], shapes[kind].word) ||
            (in_a_room && strcmp(levels[2], "room")))
            continue;
        if (parse_as(topic, kind, levels))
            return true;
        mqtt_topics_clear(topic);
        return false;
    }
    return false;
}

void mqtt_topics_clear(struct mqtt_topic *topic)
{
    g_clear_pointer(&topic->scope, g_free);
    g_clear_pointer(&topic->to, g_free);
    g_clear_pointer(&topic->from, g_free);
}
