/* What the files of the MQTT backend share: signal_mqtt.c (the connection and what comes in) and operations.c (what
 * the front asks for). */
#ifndef CALLAPI_NET_MQTT_PARTS_H
#define CALLAPI_NET_MQTT_PARTS_H

#include <stdint.h>

#include "net/mqtt/clocks.h"
#include "net/mqtt/link.h"
#include "net/mqtt/presence.h"
#include "net/mqtt/rooms.h"
#include "net/mqtt/senders.h"
#include "net/protocol/signal_backend.h"
#include "platform/deadline.h"

struct mqtt_backend {
    struct signal_backend base;          /* first: what the front has */
    struct signal_backend_config config; /* its strings are null */
    char *name;                          /* what others are to call us, or NULL */
    char *user, *address;                /* "alice", "alice/3f2a..." for as long as the backend lives */
    struct mqtt_link *link;
    struct mqtt_presence *presence;
    struct mqtt_rooms *rooms;
    struct mqtt_senders *senders;
    uint64_t sent, synced; /* markers: the last one published, and the last one that has come back */
    uint64_t login_marker; /* of this connection; 0 when it has come back */
    GQueue waiting;        /* struct mqtt_request, for markers, in order */
    struct mqtt_clocks *clocks;
    GHashTable *deliveries; /* message id -> struct mqtt_delivery */
    bool watching;          /* the front watches the directory */
    int directory_uses;     /* by the front and by lists */
    GHashTable *told_users; /* user ids that the front knows to be online -> their names, "" for none */
    GHashTable *changed_users;
    int64_t login_until_us, refresh_us;
    struct deadline *tick;
};

/* Publishes a marker to ourselves; its number. */
uint64_t mqtt_backend_mark(struct mqtt_backend *backend);
/* To the front: takes `json`. */
void mqtt_backend_tell(struct mqtt_backend *backend, cJSON *json);

/* A request of the front, as JSON text. */
void mqtt_operations_run(struct mqtt_backend *backend, const char *text, size_t length);
/* A marker has come back: goes on with what waits for it. */
void mqtt_operations_resume(struct mqtt_backend *backend);
void mqtt_operations_published(struct mqtt_backend *backend, int message_id, int reason);
/* The connection is gone: what was under way will not be answered. */
void mqtt_operations_clear(struct mqtt_backend *backend);

#endif
