#include "app/language.h"

#include <glib.h>
#include <locale.h>

#include "platform/paths.h"

#define DOMAIN "callapi"

/* PREFIX/share/locale installed, build/plain/locale built. */
static const char *const beside_program[] = { "../locale", "../share/locale" };

static char *find_translations(void)
{
    g_autofree char *program = paths_program();
    g_autofree char *folder = g_path_get_dirname(program ? program : ".");
    for (size_t i = 0; i < G_N_ELEMENTS(beside_program); i++) {
        g_autofree char *candidate = g_build_filename(folder, beside_program[i], NULL);
        if (g_file_test(candidate, G_FILE_TEST_IS_DIR))
            return g_canonicalize_filename(candidate, NULL);
    }
    return NULL;
}

void language_use(const char *wanted)
{
    g_autofree char *asked = wanted ? g_strdup(wanted) : g_strjoinv(":", (char **)g_get_language_names());
    g_autofree char *folder = find_translations();
    g_setenv("LANGUAGE", asked, TRUE);
    /* gettext translates nothing in the locale "C", and most locales are not generated on a kiosk; this one is always there. */
    if (!setlocale(LC_MESSAGES, "C.UTF-8"))
        setlocale(LC_MESSAGES, "");
    if (folder)
        bindtextdomain(DOMAIN, folder);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    textdomain(DOMAIN);
}
