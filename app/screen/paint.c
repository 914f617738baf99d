#include "app/screen/paint.h"

static SDL_Color colour_of(const struct paint *paint, enum theme_colour colour, float alpha)
{
    SDL_Color found = ui_theme(paint->ui)->colours[colour];
    found.a = (Uint8)((float)found.a * alpha + 0.5f);
    return found;
}

static float points(const struct paint *paint, enum theme_size size)
{
    return ui_theme(paint->ui)->sizes[size];
}

static int aligned(const SDL_Rect *area, enum ui_align align)
{
    return align == UI_CENTRE ? area->x + area->w / 2 : align == UI_RIGHT ? area->x + area->w : area->x;
}

/* ---- kinds ---- */

static void paint_text(const struct paint *paint, const struct box *box, float alpha)
{
    SDL_Color colour = colour_of(paint, box->colour, alpha);
    int x = aligned(&box->area, box->align);
    if (box->lines > 1)
        ui_text_block(paint->ui, box->text, points(paint, box->size), colour, box->align, x, box->area.y, box->area.w,
                      box->lines);
    else
        ui_text(paint->ui, box->text, points(paint, box->size), colour, box->align, x, box->area.y, box->area.w, NULL,
                NULL);
}

static void paint_on_panel(const struct paint *paint, const struct box *box, enum theme_colour ground, float alpha)
{
    const SDL_Rect *area = &box->area;
    int text_h, radius = SDL_min(area->h / 2, ui_pixels(paint->ui, 26));
    ui_panel(paint->ui, area, (float)radius, colour_of(paint, ground, alpha));
    ui_measure_block(paint->ui, box->text, points(paint, box->size), area->w, box->lines, NULL, &text_h);
    ui_text_block(paint->ui, box->text, points(paint, box->size), colour_of(paint, THEME_TEXT, alpha), UI_CENTRE,
                  area->x + area->w / 2, area->y + (area->h - text_h) / 2, area->w, box->lines);
}

static bool paint_corner(const struct paint *paint, const struct scene *scene, const struct box *box)
{
    bool own = scene->corner == PICTURE_PREVIEW;
    bool fresh = video_view_draw(own ? paint->preview : paint->remote, &box->area, VIDEO_FILL, own, 0);
    ui_frame(paint->ui, &box->area, ui_pixels(paint->ui, 3), ui_pixels(paint->ui, 1), colour_of(paint, THEME_TRACK, 1));
    return fresh && !own;
}

static void paint_search(const struct paint *paint, const struct box *box)
{
    const SDL_Rect *area = &box->area;
    int icon = ui_pixels(paint->ui, 20), pad = (area->h - icon) / 2, text_h;
    ui_panel(paint->ui, area, (float)area->h / 2, colour_of(paint, THEME_PANEL, 1));
    ui_draw_icon(paint->ui, UI_ICON_SEARCH, &(SDL_Rect){ area->x + pad, area->y + pad, icon, icon },
                 colour_of(paint, THEME_TEXT_SOFT, 1));
    ui_measure(paint->ui, box->text, points(paint, box->size), NULL, &text_h);
    ui_text(paint->ui, box->text, points(paint, box->size), colour_of(paint, box->colour, 1), UI_LEFT,
            area->x + 2 * pad + icon, area->y + (area->h - text_h) / 2, area->w - 3 * pad - icon, NULL, NULL);
}

static void paint_row(const struct paint *paint, const struct scene_row *row, const struct box *box, bool lit)
{
    const SDL_Rect *area = &box->area;
    int pad = area->h / 8, picture = area->h - 2 * pad, icon = ui_pixels(paint->ui, 24), name_h, detail_h;
    int x = area->x + picture + 3 * pad, width = area->x + area->w - icon - 4 * pad - x;
    ui_panel(paint->ui, area, (float)ui_pixels(paint->ui, 16),
             colour_of(paint, lit ? THEME_BUTTON_CALL : THEME_ROW, 1));
    ui_avatar(paint->ui, row->name, &(SDL_Rect){ area->x + pad, area->y + pad, picture, picture });
    ui_measure(paint->ui, row->name, points(paint, THEME_DETAIL), NULL, &name_h);
    ui_measure(paint->ui, row->detail, points(paint, THEME_CAPTION), NULL, &detail_h);
    int y = area->y + (area->h - name_h - (row->detail[0] ? detail_h : 0)) / 2;
    ui_text(paint->ui, row->name, points(paint, THEME_DETAIL), colour_of(paint, THEME_TEXT, 1), UI_LEFT, x, y, width,
            NULL, NULL);
    if (row->detail[0])
        ui_text(paint->ui, row->detail, points(paint, THEME_CAPTION), colour_of(paint, THEME_TEXT_SOFT, 1), UI_LEFT, x,
                y + name_h, width, NULL, NULL);
    ui_draw_icon(paint->ui, row->icon,
                 &(SDL_Rect){ area->x + area->w - icon - 2 * pad, area->y + (area->h - icon) / 2, icon, icon },
                 colour_of(paint, lit ? THEME_TEXT : THEME_TEXT_SOFT, 1));
}

static void paint_more(const struct paint *paint, const struct box *box)
{
    int width = ui_pixels(paint->ui, 44), height = ui_pixels(paint->ui, 5);
    SDL_Rect handle = { box->area.x + (box->area.w - width) / 2, box->area.y + (box->area.h - height) / 2, width,
                        height };
    ui_panel(paint->ui, &handle, (float)height / 2, colour_of(paint, THEME_TRACK, 1));
}

static void paint_ring(const struct paint *paint, const struct box *box)
{
    int width = ui_pixels(paint->ui, points(paint, THEME_RING));
    ui_frame(paint->ui, &box->area, box->area.w / 2, width, colour_of(paint, THEME_TRACK, 1));
    ui_ring(paint->ui, &box->area, width, box->value, colour_of(paint, THEME_TEXT, 1));
}

/* The icon says whose: what the speaker plays, what the microphone hears. */
static void paint_meter(const struct paint *paint, const struct box *box)
{
    int icon = box->area.h, gap = icon / 2, height = icon * 2 / 5;
    SDL_Rect bar = { box->area.x + icon + gap, box->area.y + (icon - height) / 2, box->area.w - icon - gap, height };
    ui_draw_icon(paint->ui, box->index ? UI_ICON_MICROPHONE : UI_ICON_VOLUME,
                 &(SDL_Rect){ box->area.x, box->area.y, icon, icon }, colour_of(paint, THEME_TEXT_SOFT, 1));
    ui_level_meter(paint->ui, box->value, &bar);
}

/* ---- all of it ---- */

static struct ui_touch touch_of(const struct paint *paint, const struct box *box)
{
    bool hover = SDL_PointInRect(&paint->pointer, &box->area);
    return (struct ui_touch){ .hover = hover, .pressed = hover && paint->pressed, .focus = box == paint->focus };
}

static void paint_button(const struct paint *paint, const struct ui_button *button, const struct box *box,
                         struct ui_touch touch, float alpha)
{
    struct ui_button drawn = *button;
    drawn.bare = !box->lines;
    ui_button_draw(paint->ui, &drawn, &box->area, touch, alpha);
}

static void paint_box(const struct paint *paint, const struct scene *scene, const struct box *box)
{
    float alpha = box->fades ? paint->controls : 1;
    struct ui_touch touch = touch_of(paint, box);
    if (alpha <= 0)
        return;
    switch (box->kind) {
    case BOX_SHADE:
        ui_shade(paint->ui, &box->area, box->value == 0, alpha);
        break;
    case BOX_CORNER:
        break; /* paint_scene does */
    case BOX_TEXT:
        paint_text(paint, box, alpha);
        break;
    case BOX_BADGE:
        paint_on_panel(paint, box, box->colour, alpha);
        break;
    case BOX_TOAST:
        paint_on_panel(paint, box, THEME_TOAST, alpha);
        break;
    case BOX_BARS:
        ui_quality_bars(paint->ui, (int)box->value, &box->area, alpha);
        break;
    case BOX_PERSON:
        ui_avatar(paint->ui, box->text, &box->area);
        break;
    case BOX_RING:
        paint_ring(paint, box);
        break;
    case BOX_CODE:
        ui_code(paint->ui, box->text, &box->area);
        break;
    case BOX_METER:
        paint_meter(paint, box);
        break;
    case BOX_SEARCH:
        paint_search(paint, box);
        break;
    case BOX_ROW:
        paint_row(paint, &scene->rows[box->index], box, touch.pressed || touch.hover || touch.focus);
        break;
    case BOX_MORE:
        paint_more(paint, box);
        break;
    case BOX_BUTTON:
        paint_button(paint, &scene->buttons[box->index].button, box, touch, alpha);
        break;
    }
    if (touch.focus && (box->kind == BOX_ROW || box->kind == BOX_CORNER))
        ui_focus(paint->ui, &box->area, ui_pixels(paint->ui, box->kind == BOX_ROW ? 16 : 3));
}

static bool paint_main(const struct paint *paint, const struct scene *scene)
{
    SDL_Renderer *renderer = window_renderer(paint->window);
    SDL_Color ground = ui_theme(paint->ui)->colours[scene->main == PICTURE_NONE ? THEME_GROUND : THEME_BACKGROUND];
    int w, h;
    window_size(paint->window, &w, &h);
    SDL_SetRenderDrawColor(renderer, ground.r, ground.g, ground.b, 255);
    SDL_RenderClear(renderer);
    if (scene->main == PICTURE_NONE)
        return false;
    struct video_view *views[] = {
        [PICTURE_REMOTE] = paint->remote, [PICTURE_PREVIEW] = paint->preview, [PICTURE_ATTRACT] = paint->attract
    };
    bool fresh = video_view_draw(views[scene->main], &(SDL_Rect){ 0, 0, w, h }, scene->fill ? VIDEO_FILL : VIDEO_FIT,
                                 scene->main == PICTURE_PREVIEW, paint->dim);
    return fresh && scene->main == PICTURE_REMOTE;
}

bool paint_scene(const struct paint *paint, const struct scene *scene, const struct layout *layout)
{
    bool fresh = paint_main(paint, scene);
    for (int i = 0; i < layout->n; i++) {
        if (layout->boxes[i].kind == BOX_CORNER)
            fresh |= paint_corner(paint, scene, &layout->boxes[i]);
        paint_box(paint, scene, &layout->boxes[i]);
    }
    return fresh;
}
