/* Colours, sizes and keys as data: assets/theme/theme.ini has all of them, a file of one's own those that differ. */
#ifndef CALLAPI_RENDER_THEME_H
#define CALLAPI_RENDER_THEME_H

#include <SDL.h>
#include <stdbool.h>

enum theme_colour {
    THEME_BACKGROUND,
    THEME_TEXT,
    THEME_TEXT_SOFT,
    THEME_SHADE,
    THEME_BADGE,
    THEME_BADGE_LIVE,
    THEME_BUTTON,
    THEME_BUTTON_CALL,
    THEME_BUTTON_DANGER,
    THEME_BUTTON_OFF,
    THEME_TEXT_ON_LIGHT,
    THEME_FOCUS,
    THEME_GROUND,
    THEME_PANEL,
    THEME_ROW,
    THEME_TOAST,
    THEME_GOOD,
    THEME_FAIR,
    THEME_POOR,
    THEME_TRACK,
    THEME_FIGURES_GROUND,
    THEME_FIGURES_PLOT,
    THEME_FIGURES_GRID,
    THEME_FIGURES_LABEL,
    THEME_FIGURES_1,
    THEME_FIGURES_2,
    THEME_AVATAR_1,
    THEME_AVATAR_2,
    THEME_AVATAR_3,
    THEME_AVATAR_4,
    THEME_AVATAR_5,
    THEME_AVATAR_6,
    THEME_COLOURS,
};

enum theme_size { /* points: window_scale makes pixels of them */
                  THEME_TITLE,
                  THEME_SUBTITLE,
                  THEME_BADGE_TEXT,
                  THEME_NOTICE,
                  THEME_DETAIL,
                  THEME_BUTTON_TEXT,
                  THEME_BUTTON_HEIGHT,
                  THEME_BUTTON_PADDING,
                  THEME_BUTTON_GAP,
                  THEME_ICON,
                  THEME_MARGIN,
                  THEME_HEADING_HEIGHT,
                  THEME_CAPTION,
                  THEME_PREVIEW_WIDTH,
                  THEME_AVATAR,
                  THEME_RING,
                  THEME_ROW_HEIGHT,
                  THEME_LIST_WIDTH,
                  THEME_SIZES,
};

/* Milliseconds */
enum theme_time { THEME_FADE_AFTER, THEME_FADE, THEME_DIM_TIME, THEME_TOAST_TIME, THEME_LONG_PRESS, THEME_TIMES };

enum theme_dim { THEME_DIM_NOTICE, THEME_DIM_RINGING, THEME_DIMS };

enum theme_action {
    THEME_NO_ACTION,
    THEME_PRESS,
    THEME_BACK,
    THEME_LEFT,
    THEME_RIGHT,
    THEME_UP,
    THEME_DOWN,
    THEME_MUTE,
    THEME_CAMERA,
    THEME_SWITCH_CAMERA,
    THEME_VOLUME_UP,
    THEME_VOLUME_DOWN,
    THEME_PREVIEW,
    THEME_SWAP,
    THEME_FILL,
    THEME_NEXT_ROOM,
    THEME_PREVIOUS_ROOM,
    THEME_FULLSCREEN,
    THEME_FIGURES,
    THEME_FRAME_TIMES,
    THEME_ACTIONS,
};

enum { THEME_KEYS = 4 }; /* for each action */

struct theme { /* a value: owns nothing */
    SDL_Color colours[THEME_COLOURS];
    float sizes[THEME_SIZES];
    float times[THEME_TIMES];
    float dims[THEME_DIMS];                      /* 0 to 1 */
    SDL_Keycode keys[THEME_ACTIONS][THEME_KEYS]; /* SDLK_UNKNOWN: no more */
};

/* Reads ASSET_DIR/theme/theme.ini and, over it, `own` (NULL: none). False with words in `error` (g_free) that name the
 * file, its line and the key: unreadable, a value that means nothing, a key that nobody knows, one that is missing in
 * the first. */
bool theme_load(struct theme *theme, const char *asset_dir, const char *own, char **error);
enum theme_action theme_action_of(const struct theme *theme, SDL_Keycode key);

#endif
