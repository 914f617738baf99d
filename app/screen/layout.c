#include "app/screen/layout.h"

#include <glib.h>

enum { NOTICE_LINES = 3, DETAIL_LINES = 4, TOAST_LINES = 3, SUBTITLE_LINES = 3 };
/* points: height of a level with its icon, of a code where there is room, and where words give way for it */
enum { METER = 20, CODE = 300, LEAST_CODE = 200 };

/* On a screen that is too small for all of them, words go before buttons do. */
enum terse { TERSE_NOTHING, TERSE_DETAILS, TERSE_HEADING, TERSE_ALL };

struct maker {
    enum terse terse; /* what has gone, with all before it */
    struct layout *layout;
    const struct scene *scene;
    struct ui *ui;
    const struct layout_screen *screen;
    int margin, top, bottom; /* of what is free yet */
    bool bare;               /* buttons are their icons alone */
    int floor;               /* bottom, as if there were no toast */
};

static int sized(const struct maker *maker, enum theme_size size)
{
    return ui_pixels(maker->ui, ui_theme(maker->ui)->sizes[size]);
}

static float points(const struct maker *maker, enum theme_size size)
{
    return ui_theme(maker->ui)->sizes[size];
}

static struct box *add(struct maker *maker, enum box_kind kind, SDL_Rect area)
{
    struct layout *layout = maker->layout;
    g_assert(layout->n < LAYOUT_BOXES);
    layout->boxes[layout->n] = (struct box){ .kind = kind, .area = area, .lines = 1 };
    return &layout->boxes[layout->n++];
}

static struct box *add_text(struct maker *maker, const char *text, enum theme_size size, enum theme_colour colour,
                            SDL_Rect area)
{
    struct box *box = add(maker, BOX_TEXT, area);
    box->text = text;
    box->size = size;
    box->colour = colour;
    return box;
}

/* ---- heading: title and subtitle left, quality and badge right ---- */

/* Returns how much of the width they take. */
static int add_signs(struct maker *maker, int y)
{
    const struct scene *scene = maker->scene;
    int right = maker->screen->width - maker->margin, pad = ui_pixels(maker->ui, 12);
    if (scene->badge[0]) {
        int w, h;
        ui_measure(maker->ui, scene->badge, points(maker, THEME_BADGE_TEXT), &w, &h);
        struct box *box = add(maker, BOX_BADGE, (SDL_Rect){ right - w - 2 * pad, y, w + 2 * pad, h + pad });
        box->text = scene->badge;
        box->size = THEME_BADGE_TEXT;
        box->colour = scene->badge_live ? THEME_BADGE_LIVE : THEME_BADGE;
        right = box->area.x - pad;
    }
    if (scene->quality) {
        int w = ui_pixels(maker->ui, 28), h = ui_pixels(maker->ui, 22);
        add(maker, BOX_BARS, (SDL_Rect){ right - w, y + ui_pixels(maker->ui, 2), w, h })->value = (float)scene->quality;
        right -= w + pad;
    }
    return maker->screen->width - right;
}

/* Returns its height. */
static int add_subtitle(struct maker *maker, int y)
{
    const struct scene *scene = maker->scene;
    int w, h, room = maker->screen->width - 2 * maker->margin, lines = scene->subtitle_whole ? SUBTITLE_LINES : 1;
    if (maker->terse >= TERSE_DETAILS)
        return 0;
    ui_measure(maker->ui, scene->subtitle, points(maker, THEME_SUBTITLE), &w, &h);
    if (w > room && lines > 1)
        ui_measure_block(maker->ui, scene->subtitle, points(maker, THEME_SUBTITLE), room, lines, NULL, &h);
    else
        lines = 1;
    if (scene->subtitle[0])
        add_text(maker, scene->subtitle, THEME_SUBTITLE, THEME_TEXT_SOFT,
                 (SDL_Rect){ maker->margin, y, SDL_min(w, room), h })
            ->lines = lines;
    return h;
}

static void add_heading(struct maker *maker)
{
    const struct scene *scene = maker->scene;
    int y = ui_pixels(maker->ui, 22), title_w, title_h, before = maker->layout->n;
    maker->top = y;
    if (!scene->title[0] || maker->terse >= TERSE_HEADING)
        return;
    if (scene->main != PICTURE_NONE)
        add(maker, BOX_SHADE, (SDL_Rect){ 0, 0, maker->screen->width, sized(maker, THEME_HEADING_HEIGHT) });
    int width = maker->screen->width - maker->margin - add_signs(maker, y) - maker->margin / 2;
    ui_measure(maker->ui, scene->title, points(maker, THEME_TITLE), &title_w, &title_h);
    add_text(maker, scene->title, THEME_TITLE, THEME_TEXT,
             (SDL_Rect){ maker->margin, y, SDL_min(title_w, width), title_h });
    y += title_h + ui_pixels(maker->ui, 4);
    maker->top = y + add_subtitle(maker, y) + maker->margin / 2;
    for (int i = before; i < maker->layout->n; i++)
        maker->layout->boxes[i].fades = scene->fading;
}

/* ---- buttons, in a row at the bottom; a narrow screen has several rows ---- */

/* One that is away has its place, and no box there. */
static void add_button(struct maker *maker, int index, SDL_Rect area)
{
    const struct scene_button *button = &maker->scene->buttons[index];
    if (button->away)
        return;
    struct box *box = add(maker, BOX_BUTTON, area);
    box->index = index;
    box->lines = !maker->bare;
    box->command = button->button.disabled ? COMMAND_NONE : button->command;
    box->fades = maker->scene->fading;
}

struct button_row {
    int widths[SCENE_BUTTONS], heights[SCENE_BUTTONS];
    int n; /* in the middle; the rest are aside */
    int gap, width, height, widest;
    bool round, any_round; /* all of them, some of them */
};

static bool is_aside(const struct maker *maker, int index)
{
    return maker->scene->buttons[index].aside;
}

static struct button_row measure_buttons(const struct maker *maker)
{
    const struct scene *scene = maker->scene;
    struct button_row row = { .gap = sized(maker, THEME_BUTTON_GAP), .round = true };
    for (int i = 0; i < scene->n_buttons; i++) {
        struct ui_button button = scene->buttons[i].button;
        button.bare = maker->bare;
        ui_button_size(maker->ui, &button, &row.widths[i], &row.heights[i]);
        row.height = SDL_max(row.height, row.heights[i]);
        row.widest = SDL_max(row.widest, row.widths[i]);
        row.round &= scene->buttons[i].button.round;
        row.any_round |= scene->buttons[i].button.round;
        row.width += is_aside(maker, i) ? 0 : row.widths[i];
        row.n += !is_aside(maker, i);
    }
    return row;
}

/* How much of the screen's width those in the middle may take: as much is free at the left as those aside need at the
 * right. */
static int middle_room(const struct maker *maker, const struct button_row *row)
{
    int aside = 0;
    for (int i = 0; i < maker->scene->n_buttons; i++)
        if (is_aside(maker, i))
            aside += row->widths[i] + row->gap;
    return maker->screen->width - maker->margin - 2 * aside;
}

static void add_row_of_buttons(struct maker *maker, const struct button_row *row)
{
    int x = (maker->screen->width - row->width - row->gap * (row->n - 1)) / 2, y = maker->bottom - row->height;
    int right = maker->screen->width - maker->margin * 3 / 4;
    for (int i = 0; i < maker->scene->n_buttons; i++) {
        bool aside = is_aside(maker, i);
        add_button(maker, i, (SDL_Rect){ aside ? right - row->widths[i] : x, y, row->widths[i], row->heights[i] });
        x += aside ? 0 : row->widths[i] + row->gap;
        right -= aside ? row->widths[i] + row->gap : 0;
    }
    maker->bottom = y;
}

static int grid_columns(const struct maker *maker, const struct button_row *row)
{
    int n = maker->scene->n_buttons, gap = row->gap / 2,
        columns = SDL_clamp((maker->screen->width - maker->margin + gap) / (row->widest + gap), 1, n);
    while (columns < n && (n + columns - 1) / columns * (row->height + gap) > maker->screen->height * 4 / 5)
        columns++; /* with labels cut */
    return columns;
}

/* The buttons in the order of a grid's places: in two columns a pair of flanks is a row, and leaves no holes where it
 * is away. */
static void order_grid(const struct maker *maker, int columns, int order[SCENE_BUTTONS])
{
    const struct scene *scene = maker->scene;
    int n = 0;
    for (int i = 0; columns == 2 && i < scene->n_buttons; i++)
        if (scene->buttons[i].flank)
            order[n++] = i;
    for (int i = 0; i < scene->n_buttons; i++)
        if (columns != 2 || !scene->buttons[i].flank)
            order[n++] = i;
}

/* As many beside each other as there is room for, all as wide as the widest; the last row may have fewer. */
static void add_grid_of_buttons(struct maker *maker, const struct button_row *row)
{
    int n = maker->scene->n_buttons, room = maker->screen->width - maker->margin, gap = row->gap / 2,
        height = row->height;
    int columns = grid_columns(maker, row), rows = (n + columns - 1) / columns,
        width = SDL_min(row->widest, (room + gap) / columns - gap);
    int order[SCENE_BUTTONS];
    order_grid(maker, columns, order);
    maker->bottom -= rows * (height + gap) - gap;
    for (int i = 0; i < n; i++) {
        int line = i / columns, in_line = SDL_min(columns, n - line * columns),
            line_width = in_line * (width + gap) - gap;
        add_button(maker, order[i],
                   (SDL_Rect){ (maker->screen->width - line_width) / 2 + i % columns * (width + gap),
                               maker->bottom + line * (height + gap), width, row->heights[order[i]] });
    }
}

static void add_button_shade(struct maker *maker, struct box *shade, int height)
{
    int y = maker->bottom - height / 2;
    shade->area = (SDL_Rect){ 0, y, maker->screen->width, maker->screen->height - y };
    shade->value = 1;
    shade->fades = maker->scene->fading;
}

/* They are in one row; `gap` is then what is between them. */
static bool is_one_row(const struct maker *maker, struct button_row *row)
{
    int room = middle_room(maker, row),
        gap = row->n > 1 ? SDL_min(row->gap, (room - row->width) / (row->n - 1)) : row->gap;
    if (row->width > room || gap < ui_pixels(maker->ui, row->round ? 2 : 8))
        return false;
    row->gap = gap;
    return true;
}

/* Whatever else is said: with or without their labels, buttons keep their places. */
static bool have_labels_room(const struct maker *maker)
{
    struct button_row row = measure_buttons(maker);
    int lines = is_one_row(maker, &row)
                    ? 1
                    : (maker->scene->n_buttons + grid_columns(maker, &row) - 1) / grid_columns(maker, &row);
    return lines * (row.height + row.gap / 2) < maker->screen->height / 2;
}

/* Nothing in the middle of the screen reaches to those that stand aside. */
static bool is_clear_of_aside(const struct maker *maker, const struct button_row *row)
{
    return row->n == 0 && (maker->screen->width - sized(maker, THEME_LIST_WIDTH)) / 2 > row->widest + maker->margin;
}

static void add_buttons(struct maker *maker)
{
    const struct scene *scene = maker->scene;
    maker->bottom = maker->screen->height - maker->margin * 3 / 4;
    if (!scene->n_buttons)
        return;
    maker->bare = !have_labels_room(maker);
    struct button_row row = measure_buttons(maker);
    struct box *shade = row.any_round && scene->main != PICTURE_NONE ? add(maker, BOX_SHADE, (SDL_Rect){ 0 }) : NULL;
    int bottom = maker->bottom;
    if (is_one_row(maker, &row))
        add_row_of_buttons(maker, &row);
    else
        add_grid_of_buttons(maker, &row);
    if (shade)
        add_button_shade(maker, shade, row.height);
    maker->bottom = is_clear_of_aside(maker, &row) ? bottom : maker->bottom - maker->margin / 2;
}

static void add_toast(struct maker *maker)
{
    int w, h, pad = ui_pixels(maker->ui, 14), room = maker->screen->width - 2 * maker->margin - 2 * pad;
    if (!maker->scene->toast[0] || maker->terse >= TERSE_ALL)
        return;
    ui_measure_block(maker->ui, maker->scene->toast, points(maker, THEME_SUBTITLE), room, TOAST_LINES, &w, &h);
    maker->bottom -= h + 2 * pad;
    struct box *box = add(maker, BOX_TOAST,
                          (SDL_Rect){ (maker->screen->width - w) / 2 - pad, maker->bottom, w + 2 * pad, h + 2 * pad });
    box->text = maker->scene->toast;
    box->size = THEME_SUBTITLE;
    box->colour = THEME_TEXT;
    box->lines = TOAST_LINES;
    box->fades = maker->scene->fading && !maker->scene->toast_stays;
    maker->bottom -= maker->margin / 2;
}

/* ---- the middle: a person, words, sound ---- */

struct middle {
    int avatar, notice, detail, meters, gap; /* heights; 0: not there */
    int width, height;                       /* of all */
};

/* A camera has to read it: words give way. Returns its size. */
static int make_room_for_code(const struct maker *maker, struct middle *middle, int rest)
{
    int *const words[] = { &middle->detail, &middle->notice };
    for (size_t i = 0; i < G_N_ELEMENTS(words) && rest < ui_pixels(maker->ui, LEAST_CODE); i++) {
        rest += *words[i] ? *words[i] + middle->gap : 0;
        *words[i] = 0;
    }
    return SDL_min(ui_pixels(maker->ui, CODE), SDL_min(rest, middle->width));
}

static struct middle measure_middle(struct maker *maker, int bottom)
{
    const struct scene *scene = maker->scene;
    struct middle middle = { .gap = ui_pixels(maker->ui, 12), .width = maker->screen->width - 2 * maker->margin };
    if (scene->notice[0])
        ui_measure_block(maker->ui, scene->notice, points(maker, THEME_NOTICE), middle.width, NOTICE_LINES, NULL,
                         &middle.notice);
    if (scene->detail[0] && maker->terse < TERSE_DETAILS)
        ui_measure_block(maker->ui, scene->detail, points(maker, THEME_DETAIL), middle.width, DETAIL_LINES, NULL,
                         &middle.detail);
    if (scene->levels[0] >= 0)
        middle.meters = 2 * ui_pixels(maker->ui, METER) + middle.gap;
    int rest = bottom - maker->top - middle.notice - middle.detail - middle.meters - 3 * middle.gap;
    if (rest < 0)
        middle.meters = 0; /* a name of several lines on a small screen */
    if (scene->code[0])
        middle.avatar = make_room_for_code(maker, &middle, rest);
    else if (scene->person[0])
        middle.avatar = SDL_min(sized(maker, THEME_AVATAR), rest);
    if (middle.avatar < ui_pixels(maker->ui, 40))
        middle.avatar = 0; /* the words say who */
    int gaps = (middle.avatar && middle.notice) + (middle.notice && middle.detail) + (middle.meters > 0);
    middle.height = middle.avatar + middle.notice + middle.detail + middle.meters + gaps * middle.gap;
    return middle;
}

/* Where it stands without a toast, too: words that come and go move nothing, unless there is no room for both. */
static struct middle place_middle(struct maker *maker, int *y)
{
    struct middle middle = measure_middle(maker, maker->floor);
    if (middle.height > maker->bottom - maker->top)
        middle = measure_middle(maker, maker->bottom);
    int centred = maker->top + (maker->floor - maker->top - middle.height) / 2;
    *y = SDL_max(SDL_min(centred, maker->bottom - middle.height), maker->top);
    return middle;
}

static void add_person(struct maker *maker, int size, int y)
{
    int x = (maker->screen->width - size) / 2;
    if (maker->scene->code[0]) {
        add(maker, BOX_CODE, (SDL_Rect){ x, y, size, size })->text = maker->scene->code;
        return;
    }
    int inset = maker->scene->ring >= 0 ? 2 * sized(maker, THEME_RING) : 0;
    if (maker->scene->ring >= 0)
        add(maker, BOX_RING, (SDL_Rect){ x, y, size, size })->value = maker->scene->ring;
    add(maker, BOX_PERSON, (SDL_Rect){ x + inset, y + inset, size - 2 * inset, size - 2 * inset })->text =
        maker->scene->person;
}

static void add_meters(struct maker *maker, int y)
{
    int width = SDL_min(ui_pixels(maker->ui, 260), maker->screen->width - 2 * maker->margin),
        height = ui_pixels(maker->ui, METER);
    for (int i = 0; i < 2; i++) {
        struct box *box = add(maker, BOX_METER,
                              (SDL_Rect){ (maker->screen->width - width) / 2,
                                          y + i * (height + ui_pixels(maker->ui, 12) / 2), width, height });
        box->value = maker->scene->levels[i];
        box->index = i;
    }
}

static struct box *add_centred(struct maker *maker, const char *text, enum theme_size size, enum theme_colour colour,
                               int lines, int y, int h)
{
    int width;
    ui_measure_block(maker->ui, text, points(maker, size), maker->screen->width - 2 * maker->margin, lines, &width,
                     NULL);
    struct box *box = add_text(maker, text, size, colour,
                               (SDL_Rect){ (maker->screen->width - width) / 2, y, width, h });
    box->align = UI_CENTRE;
    box->lines = lines;
    return box;
}

static void add_middle(struct maker *maker)
{
    int y;
    struct middle middle = place_middle(maker, &y);
    if (middle.avatar) {
        add_person(maker, middle.avatar, y);
        y += middle.avatar + middle.gap;
    }
    if (middle.notice) {
        add_centred(maker, maker->scene->notice, THEME_NOTICE, THEME_TEXT, NOTICE_LINES, y, middle.notice);
        y += middle.notice + middle.gap;
    }
    if (middle.detail) {
        add_centred(maker, maker->scene->detail, THEME_DETAIL, THEME_TEXT_SOFT, DETAIL_LINES, y, middle.detail);
        y += middle.detail + middle.gap;
    }
    if (middle.meters)
        add_meters(maker, y + middle.gap / 2);
}

/* ---- a list ---- */

static void add_more(struct maker *maker, SDL_Rect area, bool under)
{
    struct box *box = add(maker, BOX_MORE, area);
    box->value = under;
    box->command = under ? COMMAND_SCROLL_DOWN : COMMAND_SCROLL_UP;
}

static void add_list(struct maker *maker)
{
    const struct scene *scene = maker->scene;
    int width = SDL_min(sized(maker, THEME_LIST_WIDTH), maker->screen->width - 2 * maker->margin),
        x = (maker->screen->width - width) / 2;
    int height = sized(maker, THEME_ROW_HEIGHT), gap = ui_pixels(maker->ui, 6), field = height * 3 / 4,
        more = ui_pixels(maker->ui, 26);
    int y = maker->top;
    if (scene->search_hint[0] && maker->terse < TERSE_HEADING) {
        struct box *search = add(maker, BOX_SEARCH, (SDL_Rect){ x, y, width, field });
        search->text = scene->search[0] ? scene->search : scene->search_hint;
        search->size = THEME_DETAIL;
        search->colour = scene->search[0] ? THEME_TEXT : THEME_TEXT_SOFT;
        y += field + gap;
    }
    maker->top = y;
    if (scene->rows_before)
        add_more(maker, (SDL_Rect){ x, y, width, more }, false);
    y += more;
    int fit = SDL_max((maker->bottom - y - more) / (height + gap), maker->terse < TERSE_ALL);
    maker->layout->rows_shown = SDL_min(fit, scene->n_rows);
    for (int i = 0; i < maker->layout->rows_shown; i++) {
        struct box *row = add(maker, BOX_ROW, (SDL_Rect){ x, y, width, height });
        row->index = i;
        row->command = scene->rows[i].command;
        y += height + gap;
    }
    if (maker->layout->rows_shown && scene->rows_before + maker->layout->rows_shown < scene->rows_in_all)
        add_more(maker, (SDL_Rect){ x, y, width, more }, true);
}

/* ---- the small picture ---- */

/* Words, and who one speaks to, go before the own picture: on a small screen there may be no place for it. */
static bool is_free(const struct layout *layout, const SDL_Rect *area)
{
    for (int i = 0; i < layout->n; i++)
        if (layout->boxes[i].kind != BOX_SHADE && SDL_HasIntersection(area, &layout->boxes[i].area))
            return false;
    return true;
}

/* How much of the screen's lower edge a call's controls need where they leave no room beside them: the same while it
 * rings. */
static int controls_height(const struct maker *maker, int width)
{
    enum { CONTROLS = 6 };
    struct ui_button control = { .label = "M", .round = true };
    int ball, height, gap = sized(maker, THEME_BUTTON_GAP);
    ui_button_size(maker->ui, &control, &ball, &height);
    if (maker->screen->width >= 2 * (width + maker->margin) + CONTROLS * (ball + 2 * gap))
        return 0;
    int columns = SDL_clamp(maker->screen->width / (ball * 5 / 4 + gap / 2), 1, CONTROLS),
        rows = (CONTROLS + columns - 1) / columns;
    return rows * (height + gap / 2) + maker->margin / 2;
}

static void keep_clear_of_buttons(const struct layout *layout, SDL_Rect *area, int margin)
{
    for (int i = 0; i < layout->n; i++)
        if (layout->boxes[i].kind == BOX_BUTTON && SDL_HasIntersection(area, &layout->boxes[i].area))
            area->y = layout->boxes[i].area.y - area->h - margin / 2;
}

static void add_corner(struct maker *maker)
{
    const struct layout_screen *screen = maker->screen;
    int width = SDL_min(sized(maker, THEME_PREVIEW_WIDTH), screen->width * 3 / 10), height = width * 9 / 16,
        margin = maker->margin * 3 / 4;
    bool left = screen->corner == CORNER_BOTTOM_LEFT || screen->corner == CORNER_TOP_LEFT;
    bool top = screen->corner == CORNER_TOP_LEFT || screen->corner == CORNER_TOP_RIGHT;
    SDL_Rect area = { left ? margin : screen->width - width - margin,
                      top ? maker->top : screen->height - height - margin - controls_height(maker, width), width,
                      height };
    keep_clear_of_buttons(maker->layout, &area, margin);
    area.x = SDL_clamp(area.x + screen->dragged.x, 0, SDL_max(screen->width - width, 0));
    area.y = SDL_clamp(area.y + screen->dragged.y, 0, SDL_max(screen->height - height, 0));
    bool dragged = screen->dragged.x || screen->dragged.y;
    if (!dragged && !is_free(maker->layout, &area))
        return;
    add(maker, BOX_CORNER, area)->command = COMMAND_SWAP;
}

enum layout_corner layout_nearest_corner(SDL_Point point, const struct layout_screen *screen)
{
    bool left = point.x < screen->width / 2, top = point.y < screen->height / 2;
    return top ? (left ? CORNER_TOP_LEFT : CORNER_TOP_RIGHT) : (left ? CORNER_BOTTOM_LEFT : CORNER_BOTTOM_RIGHT);
}

/* ---- all of it ---- */

static void make(struct maker *maker)
{
    const struct scene *scene = maker->scene;
    maker->layout->n = 0;
    maker->bare = false;
    maker->layout->rows_shown = 0;
    maker->margin = SDL_min(sized(maker, THEME_MARGIN), maker->screen->width / 16);
    add_heading(maker);
    add_buttons(maker);
    int heading = maker->top;
    maker->floor = maker->bottom;
    add_toast(maker);
    if (scene->list)
        add_list(maker);
    if ((scene->notice[0] || scene->person[0]) && (maker->terse < TERSE_ALL || !scene->n_buttons))
        add_middle(maker);
    maker->top = heading;
    if (scene->corner != PICTURE_NONE)
        add_corner(maker);
}

static bool is_ground(const struct box *box)
{
    return box->kind == BOX_SHADE || box->kind == BOX_RING;
}

static bool fits(const struct layout *layout, const struct layout_screen *screen)
{
    for (int i = 0; i < layout->n; i++) {
        const struct box *box = &layout->boxes[i];
        if (box->area.x < 0 || box->area.y < 0 || box->area.x + box->area.w > screen->width ||
            box->area.y + box->area.h > screen->height)
            return false;
        for (int k = i + 1; k < layout->n && !is_ground(box); k++)
            if (!is_ground(&layout->boxes[k]) && box->kind != BOX_CORNER && layout->boxes[k].kind != BOX_CORNER &&
                SDL_HasIntersection(&box->area, &layout->boxes[k].area))
                return false;
    }
    return true;
}

void layout_scene(struct layout *layout, const struct scene *scene, struct ui *ui, const struct layout_screen *screen)
{
    struct maker maker = { .layout = layout, .scene = scene, .ui = ui, .screen = screen };
    do
        make(&maker);
    while (!fits(layout, screen) && maker.terse++ < TERSE_ALL);
}

const struct box *layout_at(const struct layout *layout, SDL_Point point)
{
    for (int i = layout->n - 1; i >= 0; i--)
        if (layout->boxes[i].command != COMMAND_NONE && SDL_PointInRect(&point, &layout->boxes[i].area))
            return &layout->boxes[i];
    return NULL;
}
