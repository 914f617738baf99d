#include "render/timeline.h"

#include <SDL.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "render/png.h"
#include "render/shape.h"
#include "render/text.h"

enum {
    WIDTH = 1280,
    LEFT = 60,
    RIGHT = 60,
    TOP = 96,
    AXIS = 44,
    ROW = 26,
    LANE_HEAD = 46,
    LANE_FOOT = 18,
    DOT = 11,
    TITLE = 26,
    LABEL = 15,
    PARTIES = 8,
};

static const SDL_Color paper = { 250, 250, 252, 255 }, ink = { 28, 32, 40, 255 }, pale = { 120, 126, 138, 255 },
                       rule = { 226, 228, 234, 255 };
static const SDL_Color lane_colours[] = {
    { 28, 96, 190, 255 }, { 196, 78, 26, 255 }, { 24, 128, 92, 255 }, { 128, 62, 160, 255 }
};

struct label {  /* a mark's place */
    int x, row; /* row within its lane: labels of one row do not overlap */
    int text_x, text_w;
    char *text;
};

struct lane {
    const char *party;
    int rows, y, height;
};

struct picture {
    SDL_Renderer *renderer;
    struct text *text;
    struct shapes *shapes;
    const struct timeline_mark *marks;
    int n;
    struct label *labels; /* one for each mark */
    struct lane lanes[PARTIES];
    int n_lanes;
    double end_ms;
};

static struct lane *lane_of(struct picture *picture, const char *party)
{
    for (int i = 0; i < picture->n_lanes; i++)
        if (!strcmp(picture->lanes[i].party, party))
            return &picture->lanes[i];
    if (picture->n_lanes == PARTIES)
        return &picture->lanes[PARTIES - 1];
    struct lane *lane = &picture->lanes[picture->n_lanes++];
    lane->party = party;
    return lane;
}

static int x_of(const struct picture *picture, double ms)
{
    return LEFT + (int)((WIDTH - LEFT - RIGHT) * ms / picture->end_ms + 0.5);
}

/* ---- layout: each label beside its dot, in the first row of its lane where it overlaps no other ---- */

static bool row_is_free(const struct picture *picture, int mark, int row)
{
    const struct label *mine = &picture->labels[mark];
    for (int i = 0; i < mark; i++) {
        const struct label *other = &picture->labels[i];
        bool same = other->row == row && !strcmp(picture->marks[i].party, picture->marks[mark].party);
        int from = MIN(other->x - DOT, other->text_x), to = MAX(other->x + DOT, other->text_x + other->text_w) + DOT;
        if (same && MIN(mine->x - DOT, mine->text_x) < to &&
            MAX(mine->x + DOT, mine->text_x + mine->text_w) + DOT > from)
            return false;
    }
    return true;
}

static void place_label(struct picture *picture, int mark)
{
    struct label *label = &picture->labels[mark];
    struct lane *lane = lane_of(picture, picture->marks[mark].party);
    int text_h;
    label->text = g_strdup_printf("%s  %.*f ms", picture->marks[mark].name, picture->marks[mark].at_ms < 10 ? 1 : 0,
                                  picture->marks[mark].at_ms);
    g_strdelimit(label->text, "_", ' ');
    label->x = x_of(picture, picture->marks[mark].at_ms);
    text_measure(picture->text, label->text, LABEL, TEXT_MEDIUM, &label->text_w, &text_h);
    label->text_x = label->x + DOT;
    if (label->text_x + label->text_w > WIDTH - RIGHT / 4)
        label->text_x = label->x - DOT - label->text_w; /* at the right edge: before its dot */
    while (!row_is_free(picture, mark, label->row))
        label->row++;
    lane->rows = MAX(lane->rows, label->row + 1);
}

static int lay_out(struct picture *picture)
{
    int y = TOP;
    for (int i = 0; i < picture->n; i++)
        place_label(picture, i);
    for (int i = 0; i < picture->n_lanes; i++) {
        picture->lanes[i].y = y;
        picture->lanes[i].height = LANE_HEAD + picture->lanes[i].rows * ROW + LANE_FOOT;
        y += picture->lanes[i].height;
    }
    return y + AXIS;
}

/* ---- drawing ---- */

static void fill(struct picture *picture, SDL_Color colour, SDL_Rect area)
{
    SDL_SetRenderDrawColor(picture->renderer, colour.r, colour.g, colour.b, colour.a);
    SDL_RenderFillRect(picture->renderer, &area);
}

static double tick_of(double end_ms)
{
    double decade = pow(10, floor(log10(end_ms / 5)));
    double steps[] = { 1, 2, 5, 10 };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (end_ms / (decade * steps[i]) <= 10)
            return decade * steps[i];
    return decade * 10;
}

static void draw_axis(struct picture *picture, int height)
{
    double tick = tick_of(picture->end_ms);
    for (double ms = 0; ms <= picture->end_ms * 1.001; ms += tick) {
        int x = x_of(picture, ms), w, h;
        g_autofree char *text = g_strdup_printf("%g ms", ms);
        text_measure(picture->text, text, LABEL, TEXT_MEDIUM, &w, &h);
        fill(picture, rule, (SDL_Rect){ x, TOP, 1, height - TOP - AXIS });
        text_draw(picture->text, text, LABEL, TEXT_MEDIUM, pale, x - w / 2, height - AXIS + 10, 0);
    }
}

static void draw_lane(struct picture *picture, int index)
{
    const struct lane *lane = &picture->lanes[index];
    SDL_Color colour = lane_colours[index % (int)G_N_ELEMENTS(lane_colours)];
    fill(picture, rule, (SDL_Rect){ LEFT, lane->y, WIDTH - LEFT - RIGHT, 1 });
    text_draw(picture->text, lane->party, 17, TEXT_SEMIBOLD, colour, LEFT, lane->y + 12, 0);
    for (int i = 0; i < picture->n; i++) {
        const struct label *label = &picture->labels[i];
        if (strcmp(picture->marks[i].party, lane->party))
            continue;
        int y = lane->y + LANE_HEAD + label->row * ROW;
        shape_draw(picture->shapes, shape_circle, &(SDL_Rect){ label->x - DOT / 2, y + (ROW - DOT) / 2, DOT, DOT },
                   colour);
        text_draw(picture->text, label->text, LABEL, TEXT_MEDIUM, ink, label->text_x, y + 3, 0);
    }
}

static void draw(struct picture *picture, const char *title, int height)
{
    fill(picture, paper, (SDL_Rect){ 0, 0, WIDTH, height });
    text_draw(picture->text, title, TITLE, TEXT_SEMIBOLD, ink, LEFT, 30, WIDTH - LEFT - RIGHT);
    draw_axis(picture, height);
    for (int i = 0; i < picture->n_lanes; i++)
        draw_lane(picture, i);
}

/* ---- the picture's life ---- */

/* The layout needs the fonts and the drawing needs the layout's height: a surface of one pixel serves the first. */
static bool open_on(struct picture *picture, SDL_Surface *surface, const char *asset_dir)
{
    picture->renderer = surface ? SDL_CreateSoftwareRenderer(surface) : NULL;
    picture->text = picture->renderer ? text_create(picture->renderer, asset_dir) : NULL;
    picture->shapes = picture->renderer ? shapes_create(picture->renderer) : NULL;
    return picture->text != NULL;
}

static void close_on(struct picture *picture)
{
    text_destroy(picture->text);
    shapes_destroy(picture->shapes);
    if (picture->renderer)
        SDL_DestroyRenderer(picture->renderer);
}

static bool paint(struct picture *picture, const char *path, const char *title, int height, const char *asset_dir)
{
    SDL_Surface *surface = SDL_CreateRGBSurfaceWithFormat(0, WIDTH, height, 32, SDL_PIXELFORMAT_ARGB8888);
    bool good = open_on(picture, surface, asset_dir);
    if (good) {
        draw(picture, title, height);
        SDL_RenderFlush(picture->renderer);
        good = png_save(path, surface->pixels, WIDTH, height, surface->pitch);
    }
    close_on(picture);
    SDL_FreeSurface(surface);
    return good;
}

bool timeline_save_png(const char *path, const char *title, const struct timeline_mark *marks, int n,
                       const char *asset_dir)
{
    struct picture picture = { .marks = marks, .n = n, .end_ms = 1, .labels = g_new0(struct label, (size_t)n + 1) };
    SDL_Surface *pixel = SDL_CreateRGBSurfaceWithFormat(0, 1, 1, 32, SDL_PIXELFORMAT_ARGB8888);
    for (int i = 0; i < n; i++)
        picture.end_ms = MAX(picture.end_ms, marks[i].at_ms);
    bool good = open_on(&picture, pixel, asset_dir);
    int height = good ? lay_out(&picture) : 0;
    close_on(&picture);
    SDL_FreeSurface(pixel);
    good = good && paint(&picture, path, title, height, asset_dir);
    for (int i = 0; i < n; i++)
        g_free(picture.labels[i].text);
    g_free(picture.labels);
    return good;
}
