/* How much one user may send us: as much as the hub takes from a connection. All her devices count together, since she
 * names them herself. */
#ifndef CALLAPI_NET_MQTT_SENDERS_H
#define CALLAPI_NET_MQTT_SENDERS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct mqtt_senders;

struct mqtt_senders *mqtt_senders_create(void);
void mqtt_senders_destroy(struct mqtt_senders *senders); /* takes NULL */
/* Something came from this address: false where it is too much. Says so once, until the user has been quiet. */
bool mqtt_senders_take(struct mqtt_senders *senders, const char *address, int64_t now_us);
/* Now and then: forgets who has been quiet. */
void mqtt_senders_sweep(struct mqtt_senders *senders, int64_t now_us);

#endif
