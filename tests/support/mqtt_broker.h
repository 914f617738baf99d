/* A real Mosquitto for a test: on a free port of 127.0.0.1, in a folder of its own, with the access list of
 * net/mqtt/mosquitto.acl. */
#ifndef CALLAPI_TESTS_MQTT_BROKER_H
#define CALLAPI_TESTS_MQTT_BROKER_H

#include <glib.h>
#include <stdbool.h>

struct certificate;
struct mqtt_broker;

#define MQTT_BROKER_PASSWORD "secret" /* of every user of a broker with `users` */

/* `users` (NULL-terminated) may log in, under the access list; NULL: everybody may do anything. `bridged_to` (or NULL):
 * all of callapi/# is exchanged with that broker. */
struct mqtt_broker *mqtt_broker_start(const char *const *users, const struct mqtt_broker *bridged_to);
/* Only `users`, who each may do anything: there is no access list. */
struct mqtt_broker *mqtt_broker_start_without_acl(const char *const *users);
/* With TLS, for everybody; its address names localhost. The certificate is borrowed. */
struct mqtt_broker *mqtt_broker_start_secure(const struct certificate *certificate);
/* Another password for one of `users`, from its next login on; or a user more. */
void mqtt_broker_set_password(struct mqtt_broker *broker, const char *user, const char *password);
void mqtt_broker_kill(struct mqtt_broker *broker);    /* SIGKILL */
void mqtt_broker_restart(struct mqtt_broker *broker); /* on the same port, knowing nothing */
void mqtt_broker_stop(struct mqtt_broker *broker);    /* ends and frees it; takes NULL */
const char *mqtt_broker_url(const struct mqtt_broker *broker);
int mqtt_broker_port(const struct mqtt_broker *broker);
/* Whether a line of its log matches the pattern (as g_pattern_match_simple has them). */
bool mqtt_broker_logged(const struct mqtt_broker *broker, const char *pattern);

#endif
