/* The theme: its text can be read (WCAG 2.1, 1.4.3, level AA) on everything it stands on, and what is wrong in a file
 * is named. */
#include "render/theme.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>

#define AA 4.5

enum { HOVER = 18 }; /* render/ui.c lightens a button under the pointer by so much */

static const SDL_Color white = { 255, 255, 255, 255 }; /* the picture that is hardest to write on */

static double linear(Uint8 value)
{
    double part = value / 255.0;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(SDL_Color colour)
{
    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b);
}

static double contrast(SDL_Color a, SDL_Color b)
{
    double first = luminance(a), second = luminance(b);
    return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

static Uint8 mix(Uint8 over, Uint8 under, Uint8 alpha)
{
    return (Uint8)((over * alpha + under * (255 - alpha) + 127) / 255);
}

static SDL_Color on(SDL_Color over, SDL_Color under)
{
    return (SDL_Color){ mix(over.r, under.r, over.a), mix(over.g, under.g, over.a), mix(over.b, under.b, over.a), 255 };
}

static SDL_Color lighter(SDL_Color colour)
{
    return (SDL_Color){ (Uint8)MIN(colour.r + HOVER, 255), (Uint8)MIN(colour.g + HOVER, 255),
                        (Uint8)MIN(colour.b + HOVER, 255), colour.a };
}

static void check(const char *what, SDL_Color text, SDL_Color background)
{
    double found = contrast(on(text, background), background);
    g_test_message("%s: %.1f", what, found);
    if (found < AA)
        g_error("%s: the contrast is %.2f, WCAG AA wants %.1f", what, found, AA);
}

static void load(struct theme *theme)
{
    g_autofree char *error = NULL;
    g_assert_true(theme_load(theme, SOURCE_DIR "/assets", NULL, &error));
    g_assert_null(error);
}

static void test_formula(void)
{
    const SDL_Color black = { 0, 0, 0, 255 }, grey = { 0x77, 0x77, 0x77, 255 };
    g_assert_cmpfloat_with_epsilon(contrast(white, black), 21, 0.001);
    g_assert_cmpfloat_with_epsilon(contrast(grey, white), 4.48, 0.005); /* the well-known grey that just fails */
}

static void test_contrast(void)
{
    static const enum theme_colour grounds[] = { THEME_SHADE,    THEME_BADGE,       THEME_BADGE_LIVE,   THEME_PANEL,
                                                 THEME_ROW,      THEME_TOAST,       THEME_AVATAR_1,     THEME_AVATAR_2,
                                                 THEME_AVATAR_3, THEME_AVATAR_4,    THEME_AVATAR_5,     THEME_AVATAR_6,
                                                 THEME_BUTTON,   THEME_BUTTON_CALL, THEME_BUTTON_DANGER };
    struct theme theme;
    load(&theme);
    SDL_Color text = theme.colours[THEME_TEXT], soft = theme.colours[THEME_TEXT_SOFT];
    for (size_t i = 0; i < G_N_ELEMENTS(grounds); i++) {
        g_autofree char *what = g_strdup_printf("text on ground %zu over a white picture", i);
        check(what, text, on(theme.colours[grounds[i]], white));
        if (grounds[i] >= THEME_BUTTON && grounds[i] <= THEME_BUTTON_DANGER)
            check(what, text, on(lighter(theme.colours[grounds[i]]), white));
    }
    check("soft text on the shade", soft, on(theme.colours[THEME_SHADE], white));
    for (int i = 0; i < THEME_DIMS; i++) {
        Uint8 left = (Uint8)(255 * (1 - theme.dims[i]));
        SDL_Color dimmed = { left, left, left, 255 };
        check("text on a dimmed picture", text, dimmed);
        check("soft text on a dimmed picture", soft, dimmed);
    }
    check("text on the background", soft, theme.colours[THEME_BACKGROUND]);
    check("names of figures", theme.colours[THEME_FIGURES_LABEL], on(theme.colours[THEME_FIGURES_GROUND], white));
    check("what is off", theme.colours[THEME_TEXT_ON_LIGHT], theme.colours[THEME_BUTTON_OFF]);
    check("text on the ground", soft, theme.colours[THEME_GROUND]);
    check("soft text on a line of a list", soft, theme.colours[THEME_ROW]);
    check("soft text on a short word's ground", soft, on(theme.colours[THEME_TOAST], white));
}

static void test_targets(void)
{
    struct theme theme;
    load(&theme);
    g_assert_cmpfloat(theme.sizes[THEME_BUTTON_HEIGHT] * 0.75f, >=, 44); /* window_scale of 480x320 is 0.75 */
}

static void test_keys(void)
{
    struct theme theme;
    load(&theme);
    g_assert_cmpint(theme_action_of(&theme, SDLK_SPACE), ==, THEME_PRESS);
    g_assert_cmpint(theme_action_of(&theme, SDLK_AC_BACK), ==, THEME_BACK);
    g_assert_cmpint(theme_action_of(&theme, SDLK_PAGEDOWN), ==, THEME_PREVIOUS_ROOM);
    g_assert_cmpint(theme_action_of(&theme, SDLK_q), ==, THEME_NO_ACTION);
    g_assert_cmpint(theme_action_of(&theme, SDLK_UNKNOWN), ==, THEME_NO_ACTION);
}

/* Loads `text` over the theme; returns what is said about it, NULL: nothing. */
static char *load_over(struct theme *theme, const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("theme-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "own.ini", NULL);
    char *error = NULL;
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(theme_load(theme, SOURCE_DIR "/assets", path, &error), ==, error == NULL);
    g_unlink(path);
    g_rmdir(folder);
    return error;
}

static void test_own(void)
{
    struct theme theme, first;
    load(&first);
    g_assert_null(load_over(
        &theme, "[colours]\nbutton-call=#10203040\n[sizes]\ntitle=30.5\n[dim]\nringing=50\n[keys]\nmute=S\n"));
    const SDL_Color changed = theme.colours[THEME_BUTTON_CALL];
    g_assert_true(changed.r == 0x10 && changed.g == 0x20 && changed.b == 0x30 && changed.a == 0x40);
    g_assert_cmpfloat(theme.sizes[THEME_TITLE], ==, 30.5f);
    g_assert_cmpfloat(theme.dims[THEME_DIM_RINGING], ==, 0.5f);
    g_assert_cmpint(theme_action_of(&theme, SDLK_s), ==, THEME_MUTE);
    g_assert_cmpint(theme_action_of(&theme, SDLK_m), ==, THEME_NO_ACTION);
    g_assert_cmpfloat(theme.sizes[THEME_DETAIL], ==, first.sizes[THEME_DETAIL]);
    g_assert_cmpmem(&theme.colours[THEME_TEXT], sizeof(SDL_Color), &first.colours[THEME_TEXT], sizeof(SDL_Color));
}

static void test_errors(void)
{
    static const struct {
        const char *text;
        int line;
        const char *named;
    } wrong[] = {
        { "[colours]\ntext=white\n", 2, "[colours] text wants" },
        { "[colours]\ntext=#12345\n", 2, "[colours] text wants" },
        { "[colours]\ntext=#+12345\n", 2, "[colours] text wants" },
        { "[colours]\ntexte=#123456\n", 2, "[colours] texte is not known" },
        { "[colors]\ntext=#123456\n", 1, "[colors] is not known" },
        { "[sizes]\ntitle=0\n", 2, "[sizes] title wants" },
        { "[sizes]\ntitle=nan\n", 2, "[sizes] title wants" },
        { "[sizes]\ntitle=12pt\n", 2, "[sizes] title wants" },
        { "[motion]\nfade=-1\n", 2, "[motion] fade wants" },
        { "[dim]\nnotice=101\n", 2, "[dim] notice wants" },
        { "[keys]\nmute=Nokey\n", 2, "[keys] mute wants" },
        { "[keys]\nmute=A;B;C;D;E\n", 2, "[keys] mute wants" },
        { "[keys]\nmute=\xff\n", 2, "[keys] mute has no text" },
        { "# mine\n\n[sizes]\ntitle=20\n[motion]\nfade=1\ntitel=30\n", 7, "[motion] titel is not known" },
        { "[sizes]\ntitle=20\n[motion]\n[sizes]\ntitle=0\n", 5, "[sizes] title wants" },
        { "[sizes]\nno line\n", 2, "cannot be read" },
        { "no ini at all", 1, "cannot be read" },
    };
    struct theme theme;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *error = load_over(&theme, wrong[i].text);
        g_assert_nonnull(error);
        g_test_message("%s", error);
        g_autofree char *place = g_strdup_printf("own.ini:%d: ", wrong[i].line);
        if (!strstr(error, place) || !strstr(error, wrong[i].named))
            g_error("'%s' does not say '%s' or '%s'", error, place, wrong[i].named);
    }
    g_autofree char *error = NULL;
    g_assert_false(theme_load(&theme, SOURCE_DIR "/tests", NULL, &error));
    g_assert_nonnull(strstr(error, "theme.ini cannot be read"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/theme/formula", test_formula);
    g_test_add_func("/theme/contrast", test_contrast);
    g_test_add_func("/theme/targets", test_targets);
    g_test_add_func("/theme/keys", test_keys);
    g_test_add_func("/theme/own", test_own);
    g_test_add_func("/theme/errors", test_errors);
    return g_test_run();
}
