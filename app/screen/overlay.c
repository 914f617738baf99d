#include "app/screen/overlay.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "app/screen/overlay_data.h"
#include "app/view/language.h"

enum {
    FRAMES = 120, /* pictures, so many bars */
    FRAMES_TOP_MS = 100,
    GRID_MS = 33,
    LONG_MS = 50, /* a picture is late */
};

static const enum theme_colour tones[] = { THEME_TEXT, THEME_FAIR, THEME_POOR };
static const enum theme_colour series_colours[OVERLAY_SERIES] = { THEME_FIGURES_1, THEME_FIGURES_2 };

struct frame_time {
    float interval_ms, work_ms; /* since the picture before; drawing and presenting this one */
};

struct overlay {
    struct window *window;
    struct ui *ui;
    bool rows, frames; /* what is shown */
    struct overlay_layout layout;
    SDL_Texture *texture; /* of the whole screen; NULL: to be made, or the renderer has none */
    int width, height;    /* of the screen that all this is for */
    bool stale;
    uint64_t drawn;                  /* statistics_count of what is in the texture */
    struct frame_time times[FRAMES]; /* a ring */
    unsigned n_times;
    int64_t picture_us; /* when the last picture was presented, 0: none yet */
};

struct overlay *overlay_create(struct window *window, struct ui *ui, bool shown)
{
    struct overlay *overlay = g_new0(struct overlay, 1);
    overlay->window = window;
    overlay->ui = ui;
    overlay->rows = shown;
    overlay->stale = true;
    return overlay;
}

void overlay_destroy(struct overlay *overlay)
{
    if (!overlay)
        return;
    if (overlay->texture)
        SDL_DestroyTexture(overlay->texture);
    g_free(overlay);
}

bool overlay_is_shown(const struct overlay *overlay)
{
    return overlay->rows || overlay->frames;
}

void overlay_toggle(struct overlay *overlay, enum overlay_part part)
{
    if (part == OVERLAY_FIGURES)
        overlay->rows = !overlay->rows;
    else
        overlay->frames = !overlay->frames;
    overlay->width = 0; /* all is laid out anew */
}

void overlay_show(struct overlay *overlay, bool figures)
{
    overlay->rows = figures;
    overlay->frames = false;
    overlay->width = 0;
}

void overlay_presented(struct overlay *overlay, int64_t now_us, int64_t took_us, bool new_picture)
{
    if (!new_picture)
        return;
    if (overlay->picture_us)
        overlay->times[overlay->n_times++ % FRAMES] = (struct frame_time){
            .interval_ms = (float)(now_us - overlay->picture_us) / 1000,
            .work_ms = (float)took_us / 1000,
        };
    overlay->picture_us = now_us;
}

/* ---- words ---- */

static SDL_Color colour_of(const struct overlay *overlay, enum theme_colour colour)
{
    return ui_theme(overlay->ui)->colours[colour];
}

static int words(struct overlay *overlay, const char *text, enum theme_colour colour, enum ui_align align, int x, int y,
                 int max_width)
{
    int width;
    float points = (float)overlay->layout.font / window_scale(overlay->window);
    ui_text(overlay->ui, text, points, colour_of(overlay, colour), align, x, y, max_width, &width, NULL);
    return width;
}

static void draw_rows(struct overlay *overlay, const struct overlay_row *rows)
{
    const struct overlay_layout *layout = &overlay->layout;
    int y = layout->rows.y, right = layout->rows.x + layout->rows.w;
    for (int i = 0; i < OVERLAY_ROWS; i++) {
        const struct overlay_row *row = &rows[i];
        if (row->begins_group)
            y += layout->group;
        int taken = words(overlay, row->value, tones[row->tone], UI_RIGHT, right, y, layout->rows.w);
        words(overlay, row->label, i ? THEME_FIGURES_LABEL : tones[OVERLAY_PLAIN], UI_LEFT, layout->rows.x, y,
              MAX(layout->rows.w - taken - layout->font, 1));
        y += layout->line;
    }
}

/* ---- graphs ---- */

static void fill(struct overlay *overlay, enum theme_colour tone, const SDL_Rect *rects, int n)
{
    SDL_Renderer *renderer = window_renderer(overlay->window);
    SDL_Color colour = colour_of(overlay, tone);
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(renderer, colour.r, colour.g, colour.b, colour.a);
    if (n)
        SDL_RenderFillRects(renderer, rects, n);
}

/* Under a line of words: title at the left, the present values at the right. */
static SDL_Rect plot_of(const struct overlay *overlay, const SDL_Rect *area)
{
    int head = overlay->layout.line;
    return (SDL_Rect){ area->x, area->y + head, area->w, MAX(area->h - head, 1) };
}

static void draw_head(struct overlay *overlay, const SDL_Rect *area, const char *title,
                      const char *const names[OVERLAY_SERIES], const char *now)
{
    int font = overlay->layout.font, x = area->x;
    int taken = words(overlay, now, tones[OVERLAY_PLAIN], UI_RIGHT, area->x + area->w, area->y, area->w);
    int end = area->x + area->w - taken - font;
    x += words(overlay, title, THEME_FIGURES_LABEL, UI_LEFT, x, area->y, MAX(end - x, 1)) + font / 2;
    for (int i = 0; i < OVERLAY_SERIES && names[i]; i++)
        if (end - x > 2 * font) /* where there is no room the colours have to do */
            x += words(overlay, names[i], series_colours[i], UI_LEFT, x, area->y, end - x) + font / 2;
}

static int height_of(double value, double top, const SDL_Rect *plot)
{
    return (int)lround(fmin(value / top, 1) * (plot->h - 2));
}

/* A line of steps: from one second's value to the next one's, so that also a single second is seen. */
static void draw_series(struct overlay *overlay, const struct overlay_graph *graph, int series, const SDL_Rect *plot)
{
    SDL_Rect rects[STATISTICS_HISTORY];
    int n = 0, thick = MAX(overlay->layout.font / 6, 2), before = -1;
    for (int i = 0; i < STATISTICS_HISTORY; i++) {
        double value = graph->values[series][i];
        if (!isfinite(value)) {
            before = -1;
            continue;
        }
        int x = plot->x + i * plot->w / STATISTICS_HISTORY, next = plot->x + (i + 1) * plot->w / STATISTICS_HISTORY;
        int y = MIN(plot->y + plot->h - 1 - height_of(value, graph->top, plot), plot->y + plot->h - thick);
        int from = before < 0 ? y : MIN(before, y), to = before < 0 ? y : MAX(before, y);
        if (to > from) /* the riser */
            fill(overlay, series_colours[series], &(SDL_Rect){ x, from, thick, to - from + thick }, 1);
        rects[n++] = (SDL_Rect){ x, y, next - x, thick };
        before = y;
    }
    fill(overlay, series_colours[series], rects, n);
}

static void draw_graph(struct overlay *overlay, const struct overlay_graph *graph, const SDL_Rect *area)
{
    SDL_Rect plot = plot_of(overlay, area);
    draw_head(overlay, area, graph->title, graph->names, graph->now);
    fill(overlay, THEME_FIGURES_PLOT, &plot, 1);
    fill(overlay, THEME_FIGURES_GRID,
         (const SDL_Rect[]){ { plot.x, plot.y, plot.w, 1 }, { plot.x, plot.y + plot.h - 1, plot.w, 1 } }, 2);
    for (int series = OVERLAY_SERIES - 1; series >= 0; series--)
        draw_series(overlay, graph, series, &plot);
    words(overlay, graph->most, THEME_FIGURES_LABEL, UI_LEFT, plot.x + overlay->layout.font / 3, plot.y + 1, plot.w);
}

/* ---- frame times ---- */

static int grid_y(const SDL_Rect *plot, double ms)
{
    return plot->y + plot->h - 1 - height_of(ms, FRAMES_TOP_MS, plot);
}

static void draw_frames_ground(struct overlay *overlay)
{
    const char *const names[OVERLAY_SERIES] = { _("interval"), _("drawing") };
    const struct overlay_layout *layout = &overlay->layout;
    SDL_Rect plot = plot_of(overlay, &layout->frames);
    int n = (int)MIN(overlay->n_times, FRAMES);
    float longest = 0;
    char now[64] = "–", top[16];
    g_snprintf(top, sizeof top, "%d", FRAMES_TOP_MS);
    for (int i = 0; i < n; i++)
        longest = MAX(longest, overlay->times[i].interval_ms);
    if (n)
        g_snprintf(now, sizeof now, "%s %.0f ms", _("longest"), (double)MIN(longest, 99999));
    if (!SDL_RectEmpty(&layout->frames_panel))
        ui_panel(overlay->ui, &layout->frames_panel, (float)layout->padding, colour_of(overlay, THEME_FIGURES_GROUND));
    draw_head(overlay, &layout->frames, _("Frames"), names, now);
    fill(overlay, THEME_FIGURES_PLOT, &plot, 1);
    fill(overlay, THEME_FIGURES_GRID, &(SDL_Rect){ plot.x, grid_y(&plot, GRID_MS), plot.w, 1 }, 1);
    words(overlay, top, THEME_FIGURES_LABEL, UI_LEFT, plot.x + layout->font / 3, plot.y + 1, plot.w);
}

/* Bars of the last pictures, the newest at the right. */
static void draw_frame_bars(struct overlay *overlay)
{
    SDL_Rect plot = plot_of(overlay, &overlay->layout.frames), intervals[FRAMES], late[FRAMES], work[FRAMES];
    int n = (int)MIN(overlay->n_times, FRAMES), n_intervals = 0, n_late = 0;
    for (int i = 0; i < n; i++) {
        const struct frame_time *time = &overlay->times[(overlay->n_times - (unsigned)n + (unsigned)i) % FRAMES];
        int slot = FRAMES - n + i, x = plot.x + slot * plot.w / FRAMES, next = plot.x + (slot + 1) * plot.w / FRAMES;
        int height = MAX(height_of((double)time->interval_ms, FRAMES_TOP_MS, &plot), 1), bottom = plot.y + plot.h;
        SDL_Rect bar = { x, bottom - height, MAX(next - x - 1, 1), height };
        int busy = MAX(height_of((double)time->work_ms, FRAMES_TOP_MS, &plot), 1);
        work[i] = (SDL_Rect){ x, bottom - busy, bar.w, busy };
        if (time->interval_ms > LONG_MS)
            late[n_late++] = bar;
        else
            intervals[n_intervals++] = bar;
    }
    fill(overlay, series_colours[0], intervals, n_intervals);
    fill(overlay, tones[OVERLAY_BAD], late, n_late);
    fill(overlay, series_colours[1], work, n);
}

/* ---- all of it ---- */

static void draw_second(struct overlay *overlay, const struct statistics *statistics)
{
    const struct overlay_layout *layout = &overlay->layout;
    if (overlay->rows) {
        struct overlay_row rows[OVERLAY_ROWS];
        struct overlay_graph graphs[OVERLAY_GRAPHS];
        overlay_describe(statistics, rows);
        overlay_plot(statistics, graphs);
        ui_panel(overlay->ui, &layout->panel, (float)layout->padding, colour_of(overlay, THEME_FIGURES_GROUND));
        draw_rows(overlay, rows);
        for (int i = 0; i < OVERLAY_GRAPHS; i++)
            draw_graph(overlay, &graphs[i], &layout->graphs[i]);
    }
    if (overlay->frames)
        draw_frames_ground(overlay);
}

static void lay_out(struct overlay *overlay, int width, int height)
{
    overlay->width = width;
    overlay->height = height;
    overlay->stale = true;
    overlay_lay_out(&overlay->layout, width, height, window_scale(overlay->window), overlay->rows, overlay->frames);
    if (overlay->texture)
        SDL_DestroyTexture(overlay->texture);
    overlay->texture = SDL_CreateTexture(window_renderer(overlay->window), SDL_PIXELFORMAT_ARGB8888,
                                         SDL_TEXTUREACCESS_TARGET, width, height);
    if (overlay->texture)
        SDL_SetTextureBlendMode(overlay->texture, SDL_BLENDMODE_BLEND);
}

static void refresh(struct overlay *overlay, const struct statistics *statistics)
{
    SDL_Renderer *renderer = window_renderer(overlay->window);
    if (!overlay->stale && overlay->drawn == statistics_count(statistics))
        return;
    overlay->stale = false;
    overlay->drawn = statistics_count(statistics);
    SDL_SetRenderTarget(renderer, overlay->texture);
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_NONE);
    SDL_SetRenderDrawColor(renderer, 0, 0, 0, 0);
    SDL_RenderFillRects(renderer, (const SDL_Rect[]){ overlay->layout.panel, overlay->layout.frames_panel }, 2);
    draw_second(overlay, statistics);
    SDL_SetRenderTarget(renderer, NULL);
}

static void copy(struct overlay *overlay, const SDL_Rect *area)
{
    if (!SDL_RectEmpty(area))
        SDL_RenderCopy(window_renderer(overlay->window), overlay->texture, area, area);
}

void overlay_draw(struct overlay *overlay, const struct statistics *statistics)
{
    int width, height;
    window_size(overlay->window, &width, &height);
    if (!overlay->rows && !overlay->frames)
        return;
    if (width != overlay->width || height != overlay->height)
        lay_out(overlay, width, height);
    if (overlay->texture) {
        refresh(overlay, statistics);
        copy(overlay, &overlay->layout.panel);
        copy(overlay, &overlay->layout.frames_panel);
    } else {
        draw_second(overlay, statistics); /* a renderer without textures to draw into: right, and dearer */
    }
    if (overlay->frames)
        draw_frame_bars(overlay);
}
