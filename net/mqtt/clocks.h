/* Calls without a common clock. A call message says when it was sent and how long it is of use (engine/call/call.h), by
 * its sender's clock; over a broker nobody's clock is the right one, and a Raspberry Pi has none of its own. So who
 * publishes adds what its clock says at that moment ("published_at"): the message's age is the difference, and as long
 * as the broker held it is what its Message Expiry Interval (MQTT 5, 3.3.2.3.3) lost. The receiver dates it by its own
 * clock then. */
#ifndef CALLAPI_NET_MQTT_CLOCKS_H
#define CALLAPI_NET_MQTT_CLOCKS_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct mqtt_clocks;

struct mqtt_clocks *mqtt_clocks_create(void);
void mqtt_clocks_destroy(struct mqtt_clocks *clocks); /* takes NULL */

/* For how many seconds a message is worth anything. Times in milliseconds since 1970. */
int mqtt_clocks_expiry(const cJSON *body, int64_t now_ms);
/* The body as it is published now: a copy where it carries a time, else a reference; cJSON_Delete it. */
cJSON *mqtt_clocks_stamp(const cJSON *body, int64_t now_ms);
/* A body that came from `from`, with so many seconds left (-1: not said): its time is ours from now on. A clock that is
 * far off is told once. */
void mqtt_clocks_translate(struct mqtt_clocks *clocks, const char *from, cJSON *body, int expires_s, int64_t now_ms);

#endif
