/* Many figures of one kind, and what is told of them: how they are spread, as text and as JSON. */
#ifndef CALLAPI_APP_LOAD_FIGURES_H
#define CALLAPI_APP_LOAD_FIGURES_H

#include <cjson/cJSON.h>
#include <glib.h>

/* double each; g_array_unref it. */
GArray *figures_create(void);
void figures_add(GArray *figures, double figure);
/* The smallest one that `fraction` (0 to 1) of all are not above; NAN where there are none. Sorts them. */
double figures_quantile(GArray *figures, double fraction);
/* {"n","p50","p95","p99","max"}; null where there are none. */
cJSON *figures_to_json(GArray *figures);
/* "join to first picture      812   1240   1405 ms  (200)" and a line's end. */
void figures_print(const char *what, const char *unit, GArray *figures);

#endif
