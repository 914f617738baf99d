#include "app/view/language.h"

#include <glib.h>
#include <string.h>

#include "platform/files/paths.h"
#include "platform/message_locale.h"

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

bool language_is_translated(void)
{
    return *gettext(""); /* a translation begins with what it says of itself */
}

char *language_in_use(void)
{
    static const char field[] = "Language: ";
    const char *header = gettext(""), *language = strstr(header, field);
    if (!language)
        return g_strdup("en");
    language += strlen(field);
    return g_strndup(language, strcspn(language, "\n"));
}

/* Of the environment as the program found it: language_use writes into it. */
static const char *found_language(void)
{
    static char *found;
    static gsize looked;
    if (g_once_init_enter(&looked)) {
        found = g_strjoinv(":", (char **)g_get_language_names());
        g_once_init_leave(&looked, 1);
    }
    return found;
}

void language_use(const char *wanted)
{
    const char *found = found_language(), *asked = wanted ? wanted : found;
    g_autofree char *folder = find_translations();
    g_setenv("LANGUAGE", asked, TRUE);
    message_locale_choose(asked);
    if (folder)
        bindtextdomain(DOMAIN, folder);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    textdomain(DOMAIN);
    if (!g_str_has_prefix(asked, "en") && !g_str_has_prefix(asked, "C") && wanted && !language_is_translated())
        g_message("the screen stays English: no translation to '%s', or this system has no locale but C ('apt install "
                  "locales-all', or locale-gen)",
                  asked);
}
