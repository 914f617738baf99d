/* How good the calls were, by what their ends tell when they are over (PROTOCOL.md, "timing"), as histograms in
 * Prometheus' text format. Each end of a call that was accepted is heard once. Pure. */
#ifndef CALLAPI_NET_HUB_SERVICE_QUALITY_H
#define CALLAPI_NET_HUB_SERVICE_QUALITY_H

#include <cjson/cJSON.h>
#include <glib.h>

struct hub_quality;

struct hub_quality *hub_quality_create(void);
void hub_quality_destroy(struct hub_quality *quality); /* takes NULL */
/* A call between these two addresses was accepted. */
void hub_quality_expect(struct hub_quality *quality, const char *call, const char *from, const char *to);
/* `body` passed by from the device `from`; anything but what was expected is ignored, and so are values that cannot
 * be. */
void hub_quality_take(struct hub_quality *quality, const char *from, const cJSON *body);
/* Appends the metrics, version 0.0.4 of the format. */
void hub_quality_write(const struct hub_quality *quality, GString *text);

#endif
