/* What the overlay says, as data: rows of words and graphs of the last minute, from engine/statistics/statistics.h; and
 * where it all goes. */
#ifndef CALLAPI_APP_SCREEN_OVERLAY_DATA_H
#define CALLAPI_APP_SCREEN_OVERLAY_DATA_H

#include <SDL_rect.h>

#include "engine/statistics/statistics.h"

enum { OVERLAY_ROWS = 17, OVERLAY_GRAPHS = 3, OVERLAY_SERIES = 2, OVERLAY_GROUPS = 4 };

enum overlay_tone { OVERLAY_PLAIN, OVERLAY_WORSE, OVERLAY_BAD };

struct overlay_row {
    const char *label;
    char value[96]; /* "–": not known */
    enum overlay_tone tone;
    bool begins_group; /* a little room before it */
};

struct overlay_graph {
    const char *title, *names[OVERLAY_SERIES];         /* names: NULL: there is one series only */
    char now[32], most[32];                            /* the last second, the scale's upper end */
    double values[OVERLAY_SERIES][STATISTICS_HISTORY]; /* the last one is now; NAN: not known */
    double top;                                        /* of the scale; over 0 */
};

/* OVERLAY_ROWS of them, the first one says who is at the other end; all are filled, also before the first second. */
void overlay_describe(const struct statistics *statistics, struct overlay_row *rows);
/* OVERLAY_GRAPHS: bit rates, loss, round trip. */
void overlay_plot(const struct statistics *statistics, struct overlay_graph *graphs);

/* Where things are, in pixels of the screen: rows above graphs, or beside them where the screen is low. */
struct overlay_layout {
    int font, line, group, padding; /* heights of letters and rows; room before a group, at the edges */
    SDL_Rect panel, rows, graphs[OVERLAY_GRAPHS];
    SDL_Rect frames_panel, frames; /* of the frame times; a place of its own, or the fourth graph's in the panel */
};

/* `scale`: window_scale. `rows`, `frames`: which of the two are shown; the places of what is not are empty. */
void overlay_lay_out(struct overlay_layout *layout, int width, int height, float scale, bool rows, bool frames);

#endif
