#include "platform/message_locale.h"

#include <glib.h>
#include <locale.h>
#include <string.h>

/* gettext translates nothing while the locale is "C", nor, since glibc 2.38 or so, "C.UTF-8"; which other one it is
 * does not matter to it, since LANGUAGE says the language. The environment's own goes first. */
void message_locale_choose(const char *language)
{
    g_autofree char *first = g_strndup(language, strcspn(language, ":.")), *own = g_strconcat(first, ".UTF-8", NULL);
    const char *const candidates[] = { "", own, "en_US.UTF-8", "en_GB.UTF-8", "de_DE.UTF-8", "C.UTF-8" };
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        const char *found = setlocale(LC_MESSAGES, candidates[i]);
        if (found && strcmp(found, "C") && strcmp(found, "POSIX") &&
            (strcmp(found, "C.UTF-8") || i + 1 == G_N_ELEMENTS(candidates)))
            return;
    }
}
