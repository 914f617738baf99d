/* A one-shot timer in a GLib main context, in microseconds of g_get_monotonic_time().
 * GLib's own timeouts count from "now" in milliseconds; media deadlines are absolute. */
#ifndef CALLAPI_PLATFORM_DEADLINE_H
#define CALLAPI_PLATFORM_DEADLINE_H

#include <glib.h>
#include <stdint.h>

struct deadline;

/* `fired` runs from the context's dispatch, once for each deadline_set; it may set the timer again or destroy it. */
struct deadline *deadline_create(GMainContext *context, void (*fired)(void *user_data), void *user_data);
/* Takes NULL. */
void deadline_destroy(struct deadline *deadline);
/* Due at `at_us`, or not at all with INT64_MAX. A set timer is moved. */
void deadline_set(struct deadline *deadline, int64_t at_us);
/* GLib's: of what is due at the same time the smaller is first. G_PRIORITY_DEFAULT unless set. */
void deadline_set_priority(struct deadline *deadline, int priority);

#endif
