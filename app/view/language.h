/* The language of what is on the screen, by gettext. The program's other words (log, --help) stay English. */
#ifndef CALLAPI_APP_VIEW_LANGUAGE_H
#define CALLAPI_APP_VIEW_LANGUAGE_H

#include <libintl.h>
#include <stdbool.h>

#define _(text) gettext(text)

/* `wanted`, as in LANGUAGE ("zh_CN", "de:en"); NULL: what LANGUAGE, LC_ALL, LC_MESSAGES or LANG said before the first
 * use. Needs no locale of the system's. Before there are threads. */
void language_use(const char *wanted);

/* Whether there is a translation in use. */
bool language_is_translated(void);
/* Of the words on the screen: "zh_CN", or "en" without a translation. g_free it. */
char *language_in_use(void);

#endif
