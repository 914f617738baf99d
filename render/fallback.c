#include "render/fallback.h"

#include <fontconfig/fontconfig.h>
#include <glib.h>

struct fallback {
    FcConfig *config; /* of our own: others in this process may use fontconfig's */
};

struct fallback *fallback_create(void)
{
    struct fallback *fallback = g_new0(struct fallback, 1);
    fallback->config = FcInitLoadConfigAndFonts();
    return fallback;
}

void fallback_destroy(struct fallback *fallback)
{
    if (fallback && fallback->config)
        FcConfigDestroy(fallback->config);
    g_free(fallback);
}

static FcPattern *pattern_of(FcConfig *config, const char *text, bool semibold, FcCharSet *letters)
{
    FcPattern *pattern = FcPatternCreate();
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        FcCharSetAddChar(letters, g_utf8_get_char(at));
    FcPatternAddCharSet(pattern, FC_CHARSET, letters);
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"sans-serif");
    FcPatternAddInteger(pattern, FC_WEIGHT, semibold ? FC_WEIGHT_SEMIBOLD : FC_WEIGHT_MEDIUM);
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    return pattern;
}

static bool has_all(FcPattern *font, const FcCharSet *letters)
{
    FcCharSet *has;
    return FcPatternGetCharSet(font, FC_CHARSET, 0, &has) == FcResultMatch && FcCharSetIsSubset(letters, has);
}

bool fallback_find(const struct fallback *fallback, const char *text, bool semibold, char **path, long *face)
{
    FcCharSet *letters = FcCharSetCreate();
    FcPattern *pattern = pattern_of(fallback->config, text, semibold, letters);
    FcResult result;
    FcFontSet *fonts = FcFontSort(fallback->config, pattern, FcTrue, NULL, &result);
    *path = NULL;
    for (int i = 0; fonts && i < fonts->nfont && !*path; i++) {
        FcChar8 *file;
        int index = 0;
        if (!has_all(fonts->fonts[i], letters) ||
            FcPatternGetString(fonts->fonts[i], FC_FILE, 0, &file) != FcResultMatch)
            continue;
        FcPatternGetInteger(fonts->fonts[i], FC_INDEX, 0, &index);
        *path = g_strdup((const char *)file);
        *face = index & 0xFFFF; /* above: a named instance of a variable font */
    }
    if (fonts)
        FcFontSetDestroy(fonts);
    FcPatternDestroy(pattern);
    FcCharSetDestroy(letters);
    return *path != NULL;
}
