/* When calls are taken: "Mon-Fri 09:00-18:00, Sat 10:00-14:00" (or with ; between). Days are English and of three
 * letters; an end before its begin is on the next day ("Fri 20:00-02:00"), 24:00 is midnight; a day may be named
 * several times ("Mon 09:00-12:00, Mon 14:00-18:00"). Local time. */
#ifndef CALLAPI_APP_KIOSK_OPENING_HOURS_H
#define CALLAPI_APP_KIOSK_OPENING_HOURS_H

#include <glib.h>
#include <stdbool.h>

struct opening_hours;

/* NULL with words in `error` (g_free it) for what is no such text. */
struct opening_hours *opening_hours_parse(const char *text, char **error);
void opening_hours_free(struct opening_hours *hours); /* takes NULL */
/* `hours` NULL: always. */
bool opening_hours_is_open(const struct opening_hours *hours, GDateTime *now);
/* When it opens the next time, after `now` at which it is closed; g_date_time_unref it. */
GDateTime *opening_hours_next(const struct opening_hours *hours, GDateTime *now);

#endif
