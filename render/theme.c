#include "render/theme.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/text/ini_lines.h"
#include "engine/text/text_file.h"

enum { FILE_MAX = 1 << 16 }; /* twenty times assets/theme/theme.ini */

static const char *const colours[THEME_COLOURS] = {
    [THEME_BACKGROUND] = "background",
    [THEME_TEXT] = "text",
    [THEME_TEXT_SOFT] = "text-soft",
    [THEME_SHADE] = "shade",
    [THEME_BADGE] = "badge",
    [THEME_BADGE_LIVE] = "badge-live",
    [THEME_BUTTON] = "button",
    [THEME_BUTTON_CALL] = "button-call",
    [THEME_BUTTON_DANGER] = "button-danger",
    [THEME_BUTTON_OFF] = "button-off",
    [THEME_TEXT_ON_LIGHT] = "text-on-light",
    [THEME_FOCUS] = "focus",
    [THEME_GROUND] = "ground",
    [THEME_PANEL] = "panel",
    [THEME_ROW] = "row",
    [THEME_TOAST] = "toast",
    [THEME_GOOD] = "good",
    [THEME_FAIR] = "fair",
    [THEME_POOR] = "poor",
    [THEME_TRACK] = "track",
    [THEME_FIGURES_GROUND] = "figures-ground",
    [THEME_FIGURES_PLOT] = "figures-plot",
    [THEME_FIGURES_GRID] = "figures-grid",
    [THEME_FIGURES_LABEL] = "figures-label",
    [THEME_FIGURES_1] = "figures-1",
    [THEME_FIGURES_2] = "figures-2",
    [THEME_AVATAR_1] = "avatar-1",
    [THEME_AVATAR_2] = "avatar-2",
    [THEME_AVATAR_3] = "avatar-3",
    [THEME_AVATAR_4] = "avatar-4",
    [THEME_AVATAR_5] = "avatar-5",
    [THEME_AVATAR_6] = "avatar-6",
};

static const char *const sizes[THEME_SIZES] = {
    [THEME_TITLE] = "title",
    [THEME_SUBTITLE] = "subtitle",
    [THEME_BADGE_TEXT] = "badge",
    [THEME_NOTICE] = "notice",
    [THEME_DETAIL] = "detail",
    [THEME_BUTTON_TEXT] = "button",
    [THEME_BUTTON_HEIGHT] = "button-height",
    [THEME_BUTTON_PADDING] = "button-padding",
    [THEME_BUTTON_GAP] = "button-gap",
    [THEME_ICON] = "icon",
    [THEME_MARGIN] = "margin",
    [THEME_HEADING_HEIGHT] = "heading-height",
    [THEME_CAPTION] = "caption",
    [THEME_PREVIEW_WIDTH] = "preview-width",
    [THEME_AVATAR] = "avatar",
    [THEME_RING] = "ring",
    [THEME_ROW_HEIGHT] = "row-height",
    [THEME_LIST_WIDTH] = "list-width",
};

static const char *const times[THEME_TIMES] = {
    [THEME_FADE_AFTER] = "fade-after", [THEME_FADE] = "fade", [THEME_DIM_TIME] = "dim", [THEME_TOAST_TIME] = "toast",
    [THEME_LONG_PRESS] = "long-press",
};

static const char *const dims[THEME_DIMS] = {
    [THEME_DIM_NOTICE] = "notice",
    [THEME_DIM_RINGING] = "ringing",
};

static const char *const actions[THEME_ACTIONS] = {
    [THEME_NO_ACTION] = "",
    [THEME_PRESS] = "press",
    [THEME_BACK] = "back",
    [THEME_LEFT] = "left",
    [THEME_RIGHT] = "right",
    [THEME_UP] = "up",
    [THEME_DOWN] = "down",
    [THEME_MUTE] = "mute",
    [THEME_CAMERA] = "camera",
    [THEME_SWITCH_CAMERA] = "switch-camera",
    [THEME_VOLUME_UP] = "volume-up",
    [THEME_VOLUME_DOWN] = "volume-down",
    [THEME_PREVIEW] = "preview",
    [THEME_SWAP] = "swap",
    [THEME_FILL] = "fill",
    [THEME_FIGURES] = "figures",
    [THEME_FRAME_TIMES] = "frame-times",
    [THEME_NEXT_ROOM] = "next-room",
    [THEME_PREVIOUS_ROOM] = "previous-room",
    [THEME_FULLSCREEN] = "fullscreen",
};

/* ---- values; each returns what is wrong, or NULL ---- */

static const char *read_colour(struct theme *theme, int index, const char *value)
{
    uint64_t number;
    size_t length = strlen(value);
    if (value[0] != '#' || (length != 7 && length != 9) ||
        !g_ascii_string_to_unsigned(value + 1, 16, 0, UINT32_MAX, &number, NULL))
        return "wants #RRGGBB or #RRGGBBAA";
    if (length == 7)
        number = number << 8 | 0xFF;
    theme->colours[index] = (SDL_Color){ (Uint8)(number >> 24), (Uint8)(number >> 16), (Uint8)(number >> 8),
                                         (Uint8)number };
    return NULL;
}

static bool read_number(const char *value, double least, double most, float *number)
{
    char *end;
    double read = g_ascii_strtod(value, &end);
    if (end == value || *end || !isfinite(read) || read < least || read > most)
        return false;
    *number = (float)read;
    return true;
}

static const char *read_size(struct theme *theme, int index, const char *value)
{
    return read_number(value, 1, 720, &theme->sizes[index]) ? NULL : "wants points, 1 to 720";
}

static const char *read_time(struct theme *theme, int index, const char *value)
{
    return read_number(value, 0, 600000, &theme->times[index]) ? NULL : "wants milliseconds, 0 to 600000";
}

static const char *read_dim(struct theme *theme, int index, const char *value)
{
    if (!read_number(value, 0, 100, &theme->dims[index]))
        return "wants per cent, 0 to 100";
    theme->dims[index] /= 100;
    return NULL;
}

static const char *read_keys(struct theme *theme, int index, const char *value)
{
    g_auto(GStrv) names = g_strsplit(value, ";", -1);
    SDL_Keycode keys[THEME_KEYS] = { SDLK_UNKNOWN };
    guint n = g_strv_length(names);
    if (n > THEME_KEYS)
        return "wants 4 keys at the most";
    for (guint i = 0; i < n; i++) {
        keys[i] = SDL_GetKeyFromName(g_strstrip(names[i]));
        if (keys[i] == SDLK_UNKNOWN)
            return "wants names of keys, such as Return;Space";
    }
    memcpy(theme->keys[index], keys, sizeof keys);
    return NULL;
}

static const struct group {
    const char *name;
    const char *const *keys;
    int first, n;
    const char *(*read)(struct theme *theme, int index, const char *value);
} groups[] = {
    { "colours", colours, 0, THEME_COLOURS, read_colour },
    { "sizes", sizes, 0, THEME_SIZES, read_size },
    { "motion", times, 0, THEME_TIMES, read_time },
    { "dim", dims, 0, THEME_DIMS, read_dim },
    { "keys", actions, THEME_PRESS, THEME_ACTIONS, read_keys },
};

/* ---- the file ---- */

static const struct group *find_group(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        if (!strcmp(groups[i].name, name))
            return &groups[i];
    return NULL;
}

struct source {
    const char *path;
    char *text;
    GKeyFile *file;
};

/* What is said last counts, and is what can be wrong. */
static int find_last_line(const struct source *source, const char *group, const char *key)
{
    int line = 0;
    for (int nth = 0, found; (found = ini_find_line(source->text, group, key, nth)) != 0; nth++)
        line = found;
    return line;
}

static const char *read_key(struct theme *theme, GKeyFile *file, const struct group *group, const char *key)
{
    g_autofree char *value = g_key_file_get_string(file, group->name, key, NULL);
    if (!value)
        return "has no text that can be read";
    for (int i = group->first; i < group->n; i++)
        if (!strcmp(group->keys[i], key))
            return group->read(theme, i, value);
    return "is not known";
}

static bool read_group(struct theme *theme, const struct source *source, const char *name, char **error)
{
    const struct group *group = find_group(name);
    if (!group) {
        *error = g_strdup_printf("%s:%d: the group [%s] is not known", source->path,
                                 ini_find_line(source->text, name, NULL, 0), name);
        return false;
    }
    g_auto(GStrv) keys = g_key_file_get_keys(source->file, name, NULL, NULL);
    for (char **key = keys; key && *key; key++) {
        const char *wrong = read_key(theme, source->file, group, *key);
        if (wrong) {
            *error = g_strdup_printf("%s:%d: [%s] %s %s", source->path, find_last_line(source, name, *key), name, *key,
                                     wrong);
            return false;
        }
    }
    return true;
}

static bool is_complete(const struct source *source, char **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        for (int k = groups[i].first; k < groups[i].n; k++)
            if (!g_key_file_has_key(source->file, groups[i].name, groups[i].keys[k], NULL)) {
                *error = g_strdup_printf("%s: [%s] %s is missing", source->path, groups[i].name, groups[i].keys[k]);
                return false;
            }
    return true;
}

/* A pipe or a device might never end. */
static bool load(struct source *source, char **error)
{
    g_autoptr(GError) failure = NULL;
    GStatBuf about;
    if (g_stat(source->path, &about) == 0 && (!S_ISREG(about.st_mode) || about.st_size > FILE_MAX)) {
        *error = g_strdup_printf("the theme %s cannot be read: it is no file of 64 KiB at most", source->path);
        return false;
    }
    source->text = text_file_read(source->path, NULL, &failure);
    if (!source->text) {
        *error = g_strdup_printf("the theme %s cannot be read: %s", source->path, failure->message);
        return false;
    }
    if (*source->text &&
        !g_key_file_load_from_data(source->file, source->text, (size_t)-1, G_KEY_FILE_NONE, &failure)) {
        *error = g_strdup_printf("%s:%d: the theme cannot be read: %s", source->path,
                                 ini_find_unclear_line(source->text), failure->message);
        return false;
    }
    return true;
}

static bool read_source(struct theme *theme, const struct source *source, bool complete, char **error)
{
    g_auto(GStrv) names = g_key_file_get_groups(source->file, NULL);
    for (char **name = names; *name; name++)
        if (!read_group(theme, source, *name, error))
            return false;
    return !complete || is_complete(source, error);
}

static bool read_file(struct theme *theme, const char *path, bool complete, char **error)
{
    struct source source = { .path = path, .file = g_key_file_new() };
    bool good = load(&source, error) && read_source(theme, &source, complete, error);
    g_key_file_unref(source.file);
    g_free(source.text);
    return good;
}

bool theme_load(struct theme *theme, const char *asset_dir, const char *own, char **error)
{
    g_autofree char *path = g_build_filename(asset_dir, "theme", "theme.ini", NULL);
    *theme = (struct theme){ 0 };
    return read_file(theme, path, true, error) && (!own || read_file(theme, own, false, error));
}

enum theme_action theme_action_of(const struct theme *theme, SDL_Keycode key)
{
    for (int action = THEME_PRESS; key != SDLK_UNKNOWN && action < THEME_ACTIONS; action++)
        for (int i = 0; i < THEME_KEYS; i++)
            if (theme->keys[action][i] == key)
                return (enum theme_action)action;
    return THEME_NO_ACTION;
}
