/* One connection to an MQTT 5 broker through libmosquitto, in the reactor: no thread, and nothing waits. It connects
 * again by itself, with back-off and jitter, and keeps the session over a short break, so that the Will is not
 * published for one. */
#ifndef CALLAPI_NET_MQTT_LINK_H
#define CALLAPI_NET_MQTT_LINK_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct mqtt_link;

/* Called from the reactor, and never from within the functions below. None may destroy the link. */
struct mqtt_link_events {
    void (*up)(void *user_data);
    void (*down)(void *user_data, const char *why);
    /* `expires_s`: what is left of the message's life, or -1. */
    void (*received)(void *user_data, const char *topic, const char *payload, size_t length, int expires_s);
    /* The broker has taken (or refused: MQTT 5 reason code 0x80 and above; 0x10: nobody subscribes to it) a
     * publication. */
    void (*published)(void *user_data, int message_id, int reason);
};

struct mqtt_link_config {
    GMainContext *context;
    const char *url; /* "mqtt://host:1883", "mqtts://host:8883"; copied, as are all below */
    const char *client_id;
    const char *user, *password; /* password NULL: none is sent, nor a user name */
    const char *ca_file;         /* mqtts://: as for mqtt_tls_create */
    const char
        *will_topic; /* its retained message is deleted when the connection stays away for longer than the Will Delay */
    const struct mqtt_link_events *events;
    void *user_data;
};

/* NULL, logged, on a bad URL or certificate file. Begins to connect. */
struct mqtt_link *mqtt_link_create(const struct mqtt_link_config *config);
/* Takes NULL. What was published before still goes out as far as the socket takes it; waits for the broker to have read
 * it, usually one round trip, at most a quarter of a second. */
void mqtt_link_destroy(struct mqtt_link *link);

/* As in struct signal_backend_ops. */
void mqtt_link_network_changed(struct mqtt_link *link, bool slept);
/* For the connections to come. NULL: none. */
void mqtt_link_set_password(struct mqtt_link *link, const char *password);
bool mqtt_link_is_up(const struct mqtt_link *link);
/* QoS 1. Its message id, of which published() will tell; 0 where it is not connected, too much waits, or the topic is
 * none. `expires_s` 0: never. */
int mqtt_link_publish(struct mqtt_link *link, const char *topic, const char *payload, size_t length, bool retain,
                      int expires_s);
bool mqtt_link_subscribe(struct mqtt_link *link, const char *filter);
void mqtt_link_unsubscribe(struct mqtt_link *link, const char *filter);

#endif
