#include "app/screen/input.h"

#include <glib.h>
#include <string.h>

enum {
    SWIPE_PART = 8,
    SLOP_POINTS = 12
}; /* a swipe is an eighth of the screen; less than so many points is no movement */

/* ---- focus ---- */

static bool takes_focus(const struct box *box)
{
    return box->command != COMMAND_NONE && box->kind != BOX_MORE;
}

/* Before anything was chosen: the scene's choice, the first line of a list, the first button. */
static bool goes_before(const struct box *box, const struct box *first, const struct scene *scene)
{
    return !first || first->kind == BOX_CORNER || box->command == scene->enter ||
           (box->kind == BOX_ROW && first->kind != BOX_ROW);
}

const struct box *input_focus(const struct input *input, const struct scene *scene, const struct layout *layout)
{
    const struct box *first = NULL, *moved = NULL;
    for (int i = 0; i < layout->n; i++) {
        const struct box *box = &layout->boxes[i];
        bool target = takes_focus(box) && input_target_is(&input->focus, scene, box);
        if (target && box->index == input->focus.index)
            return box;
        if (target && !moved)
            moved = box;
        if (takes_focus(box) && goes_before(box, first, scene))
            first = box;
    }
    return moved ? moved : first;
}

/* How far `to` is from `from` in this direction: away along it counts once, aside twice; negative: it is not there at
 * all. */
static int distance(const SDL_Rect *from, const SDL_Rect *to, int dx, int dy)
{
    int x = to->x + to->w / 2 - from->x - from->w / 2, y = to->y + to->h / 2 - from->y - from->h / 2;
    int along = x * dx + y * dy, aside = abs(x * dy) + abs(y * dx);
    return along > 0 ? along + 2 * aside : -1;
}

static void move_focus(struct input *input, const struct scene *scene, const struct layout *layout, int dx, int dy)
{
    const struct box *from = input_focus(input, scene, layout), *best = NULL;
    int least = 0;
    for (int i = 0; from && i < layout->n; i++) {
        const struct box *box = &layout->boxes[i];
        int far = takes_focus(box) ? distance(&from->area, &box->area, dx, dy) : -1;
        if (far >= 0 && (!best || far < least)) {
            best = box;
            least = far;
        }
    }
    if (best)
        input->focus = input_target_of(scene, best);
}

/* ---- keys ---- */

static struct input_press press_of(const struct scene *scene, const struct layout *layout, const struct box *box)
{
    struct input_press press = { .changed = true };
    if (!box)
        return press;
    press.command = box->command;
    press.index = box->kind == BOX_BUTTON ? scene->buttons[box->index].index
                  : box->kind == BOX_MORE ? layout->rows_shown
                                          : box->index;
    return press;
}

static bool offers(const struct scene *scene, enum command command)
{
    for (int i = 0; i < scene->n_buttons; i++)
        if (scene->buttons[i].command == command && !scene->buttons[i].away && !scene->buttons[i].button.disabled)
            return true;
    return false;
}

static enum command zap(enum theme_action action)
{
    return action == THEME_RIGHT || action == THEME_UP ? COMMAND_NEXT_ROOM : COMMAND_PREVIOUS_ROOM;
}

/* There are more lines than are seen, and the focus is on the last (or first) of them. */
static bool scrolls(const struct input *input, const struct scene *scene, const struct layout *layout, int dy)
{
    const struct box *focus = input_focus(input, scene, layout);
    if (!focus || focus->kind != BOX_ROW || !dy)
        return false;
    return dy > 0
               ? focus->index == layout->rows_shown - 1 && scene->rows_before + layout->rows_shown < scene->rows_in_all
               : focus->index == 0 && scene->rows_before > 0;
}

static struct input_press arrow(struct input *input, enum theme_action action, const struct scene *scene,
                                const struct layout *layout)
{
    int dx = (action == THEME_RIGHT) - (action == THEME_LEFT), dy = (action == THEME_DOWN) - (action == THEME_UP);
    struct input_press press = { .changed = true };
    if (scene->zaps) {
        press.command = zap(action);
    } else if (!input->by_keys) { /* the first one shows where the focus is */
        input->by_keys = true;
    } else if (scrolls(input, scene, layout, dy)) {
        input->focus = input_target_of(scene, input_focus(input, scene, layout));
        input->focus.user[0] = 0; /* who comes to stand there */
        press.command = dy > 0 ? COMMAND_SCROLL_DOWN : COMMAND_SCROLL_UP;
        press.index = 1;
    } else {
        move_focus(input, scene, layout, dx, dy);
    }
    return press;
}

/* The key for `press` on what has the focus. */
static struct input_press press_focus(struct input *input, const struct scene *scene, const struct layout *layout,
                                      int64_t now_us)
{
    const struct box *box = input_focus(input, scene, layout);
    struct input_target target = input_target_of(scene, box);
    if (!box || !input_seen_long_enough(&input->seen, &target, &box->area, now_us) ||
        input_seen_again(&input->seen, target, now_us))
        return (struct input_press){ .changed = true };
    return press_of(scene, layout, box);
}

/* What these keys do wherever their button, or what they change, is on the screen. */
static enum command command_of(enum theme_action action, const struct scene *scene)
{
    static const struct {
        enum theme_action action;
        enum command command, needs;
    } keys[] = {
        { THEME_MUTE, COMMAND_MUTE, COMMAND_MUTE },
        { THEME_CAMERA, COMMAND_CAMERA, COMMAND_CAMERA },
        { THEME_SWITCH_CAMERA, COMMAND_SWITCH_CAMERA, COMMAND_SWITCH_CAMERA },
        { THEME_PREVIEW, COMMAND_PREVIEW, COMMAND_PREVIEW },
        { THEME_SWAP, COMMAND_SWAP, COMMAND_PREVIEW },
        { THEME_FILL, COMMAND_FILL, COMMAND_NONE },
        { THEME_VOLUME_UP, COMMAND_VOLUME_UP, COMMAND_NONE },
        { THEME_VOLUME_DOWN, COMMAND_VOLUME_DOWN, COMMAND_NONE },
        { THEME_NEXT_ROOM, COMMAND_NEXT_ROOM, COMMAND_NONE },
        { THEME_PREVIOUS_ROOM, COMMAND_PREVIOUS_ROOM, COMMAND_NONE },
        { THEME_FULLSCREEN, COMMAND_FULLSCREEN, COMMAND_NONE },
        { THEME_FIGURES, COMMAND_FIGURES, COMMAND_NONE },
        { THEME_FRAME_TIMES, COMMAND_FRAME_TIMES, COMMAND_NONE },
    };
    if (action == THEME_BACK)
        return scene->escape;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].action == action && (keys[i].needs == COMMAND_NONE || offers(scene, keys[i].needs)))
            return keys[i].command;
    return COMMAND_NONE;
}

/* Some are held, or pressed in a row. */
static bool may_follow(enum command command)
{
    return command == COMMAND_VOLUME_UP || command == COMMAND_VOLUME_DOWN || command == COMMAND_NEXT_ROOM ||
           command == COMMAND_PREVIOUS_ROOM;
}

static struct input_press press_key(struct input *input, enum theme_action action, const struct scene *scene,
                                    int64_t now_us)
{
    struct input_press press = { .changed = true };
    struct input_target target = { .command = command_of(action, scene) };
    bool seen = action != THEME_BACK || input_seen_long_enough(&input->seen, &target, &(SDL_Rect){ 0 }, now_us);
    if (may_follow(target.command) || (seen && !input_seen_again(&input->seen, target, now_us)))
        press.command = target.command;
    return press;
}

static bool edit_search(struct input *input, SDL_Keycode key)
{
    size_t length = strlen(input->search);
    if (key == SDLK_ESCAPE && length) {
        input->search[0] = 0;
        return true;
    }
    if (key == SDLK_BACKSPACE && length) {
        *g_utf8_find_prev_char(input->search, input->search + length) = 0;
        return true;
    }
    return false;
}

/* Letters belong to the search where there is one. */
static bool is_typed(SDL_Keycode key)
{
    return key >= SDLK_SPACE && !(key & SDLK_SCANCODE_MASK);
}

static struct input_press handle_key(struct input *input, const SDL_KeyboardEvent *event, const struct scene *scene,
                                     const struct layout *layout, const struct theme *theme, bool visible,
                                     int64_t now_us)
{
    SDL_Keycode key = event->keysym.sym;
    enum theme_action action = theme_action_of(theme, key);
    bool moves = action >= THEME_LEFT && action <= THEME_DOWN;
    struct input_press press = { .changed = true };
    if (scene->search_hint[0] && (edit_search(input, key) || is_typed(key)))
        return press;
    if (moves)
        return event->repeat && scene->zaps ? press : arrow(input, action, scene, layout);
    if (event->repeat && action != THEME_VOLUME_UP && action != THEME_VOLUME_DOWN)
        return press;
    if (action != THEME_PRESS)
        return press_key(input, action, scene, now_us);
    if (!visible) { /* nobody sees what would be pressed: it brings the controls back */
        input->by_keys = true;
        return press;
    }
    return press_focus(input, scene, layout, now_us);
}

/* ---- pointer and touch ---- */

static bool has_moved(const struct input *input, const struct layout_screen *screen)
{
    int slop = SLOP_POINTS * SDL_min(screen->width, screen->height) / 720 + 4;
    return abs(input->pointer.x - input->press_at.x) > slop || abs(input->pointer.y - input->press_at.y) > slop;
}

static void begin_press(struct input *input, const struct scene *scene, const struct layout *layout, bool visible,
                        int64_t now_us)
{
    const struct box *box = layout_at(layout, input->pointer);
    input->pressed = true;
    input->press_at = input->pointer;
    input->press_us = now_us;
    input->woke = !visible && box && box->fades;
    input->target = input_target_of(scene, box);
    input->unseen = box && !input_seen_long_enough(&input->seen, &input->target, &box->area, now_us);
    input->drags = box && box->kind == BOX_CORNER;
    input->dragged = (SDL_Point){ 0, 0 };
    input->scrolled = 0;
}

/* From the top of one line to that of the next; 0: there are none. */
static int line_height(const struct layout *layout)
{
    for (int i = 0; i < layout->n; i++)
        if (layout->boxes[i].kind == BOX_ROW)
            return i + 1 < layout->n && layout->boxes[i + 1].kind == BOX_ROW
                       ? layout->boxes[i + 1].area.y - layout->boxes[i].area.y
                       : layout->boxes[i].area.h;
    return 0;
}

/* The list goes with the finger. */
static struct input_press drag_list(struct input *input, const struct layout *layout)
{
    struct input_press press = { .changed = true };
    int height = line_height(layout),
        lines = height ? (input->press_at.y - input->pointer.y) / height - input->scrolled : 0;
    if (!lines)
        return press;
    input->scrolled += lines;
    press.command = lines > 0 ? COMMAND_SCROLL_DOWN : COMMAND_SCROLL_UP;
    press.index = abs(lines);
    return press;
}

static struct input_press swipe(const struct input *input, const struct scene *scene,
                                const struct layout_screen *screen)
{
    int dx = input->pointer.x - input->press_at.x, dy = input->pointer.y - input->press_at.y;
    struct input_press press = { .changed = true };
    if (scene->zaps && abs(dx) > screen->width / SWIPE_PART && abs(dx) > 2 * abs(dy))
        press.command = dx < 0 ? COMMAND_NEXT_ROOM : COMMAND_PREVIOUS_ROOM;
    return press;
}

/* A press counts where it ends on what it began on: what came there meanwhile was not meant. It may slide off a button
 * and back on again. */
static struct input_press end_press(struct input *input, const struct scene *scene, const struct layout *layout,
                                    const struct layout_screen *screen, int64_t now_us)
{
    const struct box *box = layout_at(layout, input->pointer);
    bool moved = has_moved(input, screen), used = !input->press_us, dragged = input->drags && moved;
    struct input_press press = { .changed = true };
    input->pressed = false;
    input->press_us = 0;
    input->drags = false;
    input->dragged = (SDL_Point){ 0, 0 };
    if (used || input->woke || input->scrolled)
        return press;
    if (dragged) {
        press.corner = layout_nearest_corner(input->pointer, screen);
        press.moved = true;
        return press;
    }
    bool same = box && input_target_is(&input->target, scene, box);
    if (moved && !(same && box->kind == BOX_BUTTON))
        return swipe(input, scene, screen);
    bool counts = same && !input->unseen && !input_seen_again(&input->seen, input->target, now_us);
    return counts ? press_of(scene, layout, box) : press;
}

static struct input_press handle_motion(struct input *input, const struct scene *scene, const struct layout *layout,
                                        const struct layout_screen *screen)
{
    if (input->pressed && scene->list && !input->drags)
        return drag_list(input, layout);
    if (input->drags && has_moved(input, screen))
        input->dragged = (SDL_Point){ input->pointer.x - input->press_at.x, input->pointer.y - input->press_at.y };
    return (struct input_press){ .changed = true };
}

/* INT64_MAX: there is none. */
static int64_t long_press_at(const struct input *input, const struct theme *theme)
{
    bool still = abs(input->pointer.x - input->press_at.x) + abs(input->pointer.y - input->press_at.y) <
                 2 * SLOP_POINTS;
    if (!input->pressed || !input->press_us || !still || input->target.command != COMMAND_NONE ||
        theme->times[THEME_LONG_PRESS] <= 0)
        return INT64_MAX;
    return input->press_us + (int64_t)(theme->times[THEME_LONG_PRESS] * 1000);
}

enum command input_poll(struct input *input, const struct theme *theme, int64_t now_us)
{
    if (now_us < long_press_at(input, theme))
        return COMMAND_NONE;
    input->press_us = 0; /* the finger's release is no press any more */
    return COMMAND_FIGURES;
}

/* ---- events ---- */

static void type(struct input *input, const char *text)
{
    if (g_utf8_validate(text, -1, NULL) && strlen(input->search) + strlen(text) < VIEW_SEARCH)
        g_strlcat(input->search, text, VIEW_SEARCH);
}

enum phase { PHASE_NONE, PHASE_DOWN, PHASE_MOVE, PHASE_UP };

/* What mouse and finger have in common. A finger's place is a part of the window. */
static enum phase pointing(const SDL_Event *event, const struct layout_screen *screen, SDL_Point *point)
{
    switch (event->type) {
    case SDL_MOUSEMOTION:
        *point = (SDL_Point){ event->motion.x, event->motion.y };
        return PHASE_MOVE;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        *point = (SDL_Point){ event->button.x, event->button.y };
        return event->button.button != SDL_BUTTON_LEFT ? PHASE_NONE
               : event->type == SDL_MOUSEBUTTONDOWN    ? PHASE_DOWN
                                                       : PHASE_UP;
    case SDL_FINGERDOWN:
    case SDL_FINGERMOTION:
    case SDL_FINGERUP:
        *point = (SDL_Point){ (int)(event->tfinger.x * (float)screen->width),
                              (int)(event->tfinger.y * (float)screen->height) };
        return event->type == SDL_FINGERDOWN ? PHASE_DOWN : event->type == SDL_FINGERUP ? PHASE_UP : PHASE_MOVE;
    default:
        return PHASE_NONE;
    }
}

static struct input_press handle_wheel(const SDL_MouseWheelEvent *wheel, const struct scene *scene)
{
    bool down = wheel->y < 0;
    struct input_press press = { .changed = true, .index = abs(wheel->y) };
    if (wheel->y)
        press.command = scene->list ? (down ? COMMAND_SCROLL_DOWN : COMMAND_SCROLL_UP)
                                    : (down ? COMMAND_VOLUME_DOWN : COMMAND_VOLUME_UP);
    return press;
}

static struct input_press handle_pointer(struct input *input, enum phase phase, bool finger, const struct scene *scene,
                                         const struct layout *layout, const struct layout_screen *screen, bool visible,
                                         int64_t now_us)
{
    struct input_press press = { .changed = true };
    input->by_keys = false;
    if (phase == PHASE_DOWN) {
        begin_press(input, scene, layout, visible, now_us);
    } else if (phase == PHASE_MOVE) {
        press = handle_motion(input, scene, layout, screen);
    } else {
        press = end_press(input, scene, layout, screen, now_us);
        if (finger) /* it hovers over nothing */
            input->pointer = (SDL_Point){ -1, -1 };
    }
    return press;
}

struct input_press input_handle(struct input *input, const SDL_Event *event, const struct scene *scene,
                                const struct layout *layout, const struct layout_screen *screen,
                                const struct theme *theme, bool visible, int64_t now_us)
{
    struct input_press press = { 0 };
    SDL_Point point;
    enum phase phase = pointing(event, screen, &point);
    if (event->type == SDL_QUIT)
        return (struct input_press){ .quits = true };
    if (event->type == SDL_WINDOWEVENT)
        return (struct input_press){ .changed = true, .closes = event->window.event == SDL_WINDOWEVENT_CLOSE };
    if (phase != PHASE_NONE) {
        bool finger = event->type == SDL_FINGERDOWN || event->type == SDL_FINGERMOTION || event->type == SDL_FINGERUP;
        input->pointer = point;
        input->mouse_us = finger ? 0 : now_us;
        press = handle_pointer(input, phase, finger, scene, layout, screen, visible, now_us);
    } else if (event->type == SDL_KEYDOWN) {
        press = handle_key(input, &event->key, scene, layout, theme, visible, now_us);
    } else if (event->type == SDL_MOUSEWHEEL) {
        press = handle_wheel(&event->wheel, scene);
    } else if (event->type == SDL_TEXTINPUT && scene->search_hint[0]) {
        type(input, event->text.text);
        press.changed = true;
    } else {
        return press;
    }
    input->touched_us = now_us;
    return press;
}
