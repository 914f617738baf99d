#include "platform/files/assets.h"

#include <glib.h>

#include "platform/files/paths.h"

/* From the program's own place: PREFIX/bin/callapi installed, build/plain/app/callapi in a source tree. */
static const char *const beside_program[] = { "../share/callapi/assets", "../../../assets", "assets" };

char *assets_find(void)
{
    const char *set = g_getenv("CALLAPI_ASSETS");
    if (set)
        return g_strdup(set);
    g_autofree char *program = paths_program();
    g_autofree char *folder = g_path_get_dirname(program ? program : ".");
    for (size_t i = 0; program && i < G_N_ELEMENTS(beside_program); i++) {
        g_autofree char *candidate = g_build_filename(folder, beside_program[i], NULL);
        if (g_file_test(candidate, G_FILE_TEST_IS_DIR))
            return g_canonicalize_filename(candidate, NULL);
    }
    return g_strdup("assets");
}
