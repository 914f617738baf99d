/* The topic names of signalling over MQTT (net/mqtt/MQTT.md): built from names, and taken apart again. Pure. */
#ifndef CALLAPI_NET_MQTT_TOPICS_H
#define CALLAPI_NET_MQTT_TOPICS_H

#include <glib.h>
#include <stdbool.h>

#define MQTT_TOPICS_ROOT "callapi/1"

enum mqtt_topic_kind {
    MQTT_TOPIC_PRESENCE, /* presence/USER/DEVICE */
    MQTT_TOPIC_INBOX,    /* inbox/TO/DEVICE/FROM/DEVICE */
    MQTT_TOPIC_CALL,     /* call/SESSION/TO/DEVICE/FROM/DEVICE */
    MQTT_TOPIC_HOST,     /* room/ROOM/host/USER/DEVICE */
    MQTT_TOPIC_VIEWER,   /* room/ROOM/viewer/USER/DEVICE */
};

struct mqtt_topic {
    enum mqtt_topic_kind kind;
    char *scope; /* the room or the session, else NULL */
    char *to;    /* device address that it is for, else NULL */
    char *from;  /* device address "user/device" that the broker let write it */
};

/* Each is g_free'd by the caller. Addresses are "user/device"; with the filter "+" in place of a name, topic filters.
 */
char *mqtt_topics_presence(const char *user, const char *device);
char *mqtt_topics_inbox(const char *to, const char *from);
char *mqtt_topics_call(const char *session, const char *to, const char *from);
char *mqtt_topics_host(const char *room, const char *address);
char *mqtt_topics_viewer(const char *room, const char *address);
/* Everything of one kind: "callapi/1/presence/bob/+", "callapi/1/room/r/host/#" and so on; NULL names: all of them. */
char *mqtt_topics_presence_filter(const char *user);
char *mqtt_topics_inbox_filter(const char *address);
char *mqtt_topics_call_filter(const char *address);
char *mqtt_topics_host_filter(const char *room);
char *mqtt_topics_viewer_filter(const char *room);

/* False where it is none of ours, or a name in it is not valid. */
bool mqtt_topics_parse(struct mqtt_topic *topic, const char *name);
void mqtt_topics_clear(struct mqtt_topic *topic);

/* 4 to 16 lower-case hexadecimal digits. */
bool mqtt_topics_device_is_valid(const char *device);

#endif
