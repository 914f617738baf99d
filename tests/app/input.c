/* What fingers, mouse and keys mean on a screen: events in, commands out, on a list and in a call. */
#include <glib.h>
#include <string.h>

#include "app/screen/input.h"

enum { PEOPLE = 12, WIDTH = 1280, HEIGHT = 720 };

struct stage {
    struct window *window;
    struct ui *ui;
    struct theme theme;
    struct scene scene;
    struct layout layout;
    struct layout_screen screen;
    struct input input;
    int64_t now_us;
    int first_row;
};

static void see(struct stage *stage, bool visible)
{
    input_seen_update(&stage->input.seen, &stage->scene, &stage->layout, visible, stage->now_us);
}

/* A scene that has just come. */
static void lay_out(struct stage *stage)
{
    layout_scene(&stage->layout, &stage->scene, stage->ui, &stage->screen);
    see(stage, true);
}

static void read_screen(struct stage *stage)
{
    stage->now_us += 600000;
}

/* So many people, the first of whom is number `first`; and a button. */
static void show_list(struct stage *stage, int first)
{
    struct scene *scene = &stage->scene;
    memset(scene, 0, sizeof *scene);
    scene->ring = scene->levels[0] = scene->levels[1] = -1;
    scene->list = true;
    scene->rows_before = first;
    scene->rows_in_all = PEOPLE;
    for (int i = first; i < PEOPLE && scene->n_rows < SCENE_ROWS; i++) {
        struct scene_row *row = &scene->rows[scene->n_rows++];
        g_snprintf(row->name, SCENE_TEXT, "person %d", i);
        g_snprintf(row->user, SCENE_TEXT, "%d", i);
        row->command = COMMAND_CALL_PERSON;
    }
    scene_add_button(scene, COMMAND_HISTORY, "Calls", UI_ICON_NONE, UI_TONE_NEUTRAL);
    lay_out(stage);
}

static void show_call(struct stage *stage)
{
    struct scene *scene = &stage->scene;
    memset(scene, 0, sizeof *scene);
    scene->ring = scene->levels[0] = scene->levels[1] = -1;
    scene_add_button(scene, COMMAND_HANG_UP, "Hang up", UI_ICON_HANG_UP, UI_TONE_DANGER);
    scene->fading = true;
    lay_out(stage);
}

static void set_up(struct stage *stage, gconstpointer data)
{
    (void)data;
    struct window_config config = { .title = "test", .width = WIDTH, .height = HEIGHT, .headless = true };
    g_autofree char *error = NULL;
    *stage = (struct stage){ .screen = { .width = WIDTH, .height = HEIGHT }, .now_us = 1000000 };
    stage->window = window_create(&config, &error);
    g_assert_null(error);
    g_assert_true(theme_load(&stage->theme, SOURCE_DIR "/assets", NULL, &error));
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &stage->theme);
    g_assert_nonnull(stage->ui);
}

static void tear_down(struct stage *stage, gconstpointer data)
{
    (void)data;
    ui_destroy(stage->ui);
    window_destroy(stage->window);
}

/* ---- hands ---- */

static struct input_press finger(struct stage *stage, Uint32 type, int x, int y, bool visible)
{
    SDL_Event event = { .type = type };
    event.tfinger.x = ((float)x + 0.5f) / WIDTH;
    event.tfinger.y = ((float)y + 0.5f) / HEIGHT;
    return input_handle(&stage->input, &event, &stage->scene, &stage->layout, &stage->screen, &stage->theme, visible,
                        stage->now_us += 20000);
}

static struct input_press key(struct stage *stage, SDL_Keycode code, bool visible)
{
    SDL_Event event = { .type = SDL_KEYDOWN };
    event.key.keysym.sym = code;
    return input_handle(&stage->input, &event, &stage->scene, &stage->layout, &stage->screen, &stage->theme, visible,
                        stage->now_us += 20000);
}

static SDL_Point middle(const struct stage *stage, enum box_kind kind, int index)
{
    for (int i = 0; i < stage->layout.n; i++) {
        const struct box *box = &stage->layout.boxes[i];
        if (box->kind == kind && box->index == index)
            return (SDL_Point){ box->area.x + box->area.w / 2, box->area.y + box->area.h / 2 };
    }
    g_error("no such box");
}

static enum command tap_at_once(struct stage *stage, SDL_Point at)
{
    g_assert_cmpint(finger(stage, SDL_FINGERDOWN, at.x, at.y, true).command, ==, COMMAND_NONE);
    return finger(stage, SDL_FINGERUP, at.x, at.y, true).command;
}

static enum command tap(struct stage *stage, SDL_Point at)
{
    read_screen(stage);
    return tap_at_once(stage, at);
}

static const char *focused(const struct stage *stage)
{
    const struct box *box = input_focus(&stage->input, &stage->scene, &stage->layout);
    return box->kind == BOX_ROW ? stage->scene.rows[box->index].name : stage->scene.buttons[box->index].button.label;
}

/* ---- what they mean ---- */

static void test_a_press_means_what_it_began_on(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_list(stage, 0);
    SDL_Point row = middle(stage, BOX_ROW, 2), button = middle(stage, BOX_BUTTON, 0);
    g_assert_cmpint(tap(stage, row), ==, COMMAND_CALL_PERSON);
    finger(stage, SDL_FINGERDOWN, row.x, row.y, true);
    show_list(stage, 1); /* somebody went: another person is under the finger */
    g_assert_cmpint(finger(stage, SDL_FINGERUP, row.x, row.y, true).command, ==, COMMAND_NONE);

    show_call(stage);
    finger(stage, SDL_FINGERDOWN, middle(stage, BOX_BUTTON, 0).x, middle(stage, BOX_BUTTON, 0).y, true);
    show_list(stage, 0); /* the call ended meanwhile */
    g_assert_cmpint(finger(stage, SDL_FINGERUP, button.x, button.y, true).command, ==, COMMAND_NONE);
    g_assert_cmpint(tap(stage, button), ==, COMMAND_HISTORY);
}

static void test_a_list_goes_with_the_finger(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_list(stage, 4);
    SDL_Point from = middle(stage, BOX_ROW, 3);
    int height = middle(stage, BOX_ROW, 1).y - middle(stage, BOX_ROW, 0).y, lines = 0;
    finger(stage, SDL_FINGERDOWN, from.x, from.y, true);
    for (int i = 1; i <= 30; i++) { /* three lines and a little, in small steps */
        struct input_press press = finger(stage, SDL_FINGERMOTION, from.x, from.y - (height * 3 + 5) * i / 30, true);
        g_assert_true(press.command == COMMAND_NONE || press.command == COMMAND_SCROLL_DOWN);
        lines += press.command == COMMAND_NONE ? 0 : press.index;
    }
    g_assert_cmpint(lines, ==, 3);
    struct input_press back = finger(stage, SDL_FINGERMOTION, from.x, from.y + height, true);
    g_assert_cmpint(back.command, ==, COMMAND_SCROLL_UP);
    g_assert_cmpint(back.index, ==, 4);
    g_assert_cmpint(finger(stage, SDL_FINGERUP, from.x, from.y, true).command, ==, COMMAND_NONE); /* no call */
    g_assert_cmpint(tap(stage, from), ==, COMMAND_CALL_PERSON);
}

static void test_a_slow_press_is_a_press(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_call(stage);
    SDL_Point button = middle(stage, BOX_BUTTON, 0);
    int64_t long_us = (int64_t)(stage->theme.times[THEME_LONG_PRESS] * 1000) + 1;
    read_screen(stage);
    finger(stage, SDL_FINGERDOWN, button.x, button.y, true);
    g_assert_cmpint(input_poll(&stage->input, &stage->theme, stage->now_us += long_us), ==, COMMAND_NONE);
    g_assert_cmpint(finger(stage, SDL_FINGERUP, button.x, button.y, true).command, ==, COMMAND_HANG_UP);
    finger(stage, SDL_FINGERDOWN, 300, 300, true); /* nothing is there */
    g_assert_cmpint(input_poll(&stage->input, &stage->theme, stage->now_us + long_us / 2), ==, COMMAND_NONE);
    g_assert_cmpint(input_poll(&stage->input, &stage->theme, stage->now_us += long_us), ==, COMMAND_FIGURES);
    g_assert_cmpint(finger(stage, SDL_FINGERUP, 300, 300, true).command, ==, COMMAND_NONE);
    stage->theme.times[THEME_LONG_PRESS] = 0; /* off */
    finger(stage, SDL_FINGERDOWN, 300, 300, true);
    g_assert_cmpint(input_poll(&stage->input, &stage->theme, stage->now_us += long_us), ==, COMMAND_NONE);
}

/* What nobody sees is not pressed. */
static void test_the_first_press_brings_controls_back(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_call(stage);
    SDL_Point button = middle(stage, BOX_BUTTON, 0);
    g_assert_cmpint(key(stage, SDLK_RETURN, false).command, ==, COMMAND_NONE);
    g_assert_cmpint(stage->input.touched_us, ==, stage->now_us);
    read_screen(stage);
    g_assert_cmpint(key(stage, SDLK_RETURN, true).command, ==, COMMAND_HANG_UP);
    see(stage, false);
    finger(stage, SDL_FINGERDOWN, button.x, button.y, false);
    see(stage, true);
    g_assert_cmpint(finger(stage, SDL_FINGERUP, button.x, button.y, true).command, ==, COMMAND_NONE);
    g_assert_cmpint(tap_at_once(stage, button), ==, COMMAND_NONE); /* nor by the second tap of two */
    g_assert_cmpint(tap(stage, button), ==, COMMAND_HANG_UP);
}

static void show_live(struct stage *stage)
{
    struct scene *scene = &stage->scene;
    memset(scene, 0, sizeof *scene);
    scene->ring = scene->levels[0] = scene->levels[1] = -1;
    scene->escape = COMMAND_QUIT;
    scene_add_button(scene, COMMAND_CALL, "Hang up", UI_ICON_CALL, UI_TONE_CALL); /* where the other one was */
    lay_out(stage);
}

/* What stands under the second tap of two was not meant: it is pressed once it has been seen. */
static void test_a_double_tap_does_not_betray(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_call(stage);
    SDL_Point button = middle(stage, BOX_BUTTON, 0);
    g_assert_cmpint(tap_at_once(stage, button), ==, COMMAND_NONE);
    g_assert_cmpint(tap(stage, button), ==, COMMAND_HANG_UP);
    g_assert_cmpint(tap_at_once(stage, button), ==, COMMAND_NONE); /* before the screen is another */
    show_live(stage);
    g_assert_cmpint(middle(stage, BOX_BUTTON, 0).x, ==, button.x);
    g_assert_cmpint(tap_at_once(stage, button), ==, COMMAND_NONE);
    g_assert_cmpint(tap(stage, button), ==, COMMAND_CALL);
    stage->now_us += 320000;
    g_assert_cmpint(tap_at_once(stage, button), ==, COMMAND_CALL); /* again, on purpose */
}

/* The same by keys: what has the focus, and what the key that goes back would do. */
static void test_a_key_twice_does_not_betray(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_call(stage);
    stage->scene.escape = COMMAND_HANG_UP;
    see(stage, true);
    read_screen(stage);
    g_assert_cmpint(key(stage, SDLK_RETURN, true).command, ==, COMMAND_HANG_UP);
    g_assert_cmpint(key(stage, SDLK_RETURN, true).command, ==, COMMAND_NONE);
    show_live(stage);
    g_assert_cmpint(key(stage, SDLK_RETURN, true).command, ==, COMMAND_NONE);
    g_assert_cmpint(key(stage, SDLK_ESCAPE, true).command, ==, COMMAND_NONE);
    read_screen(stage);
    g_assert_cmpint(key(stage, SDLK_ESCAPE, true).command, ==, COMMAND_QUIT);
    g_assert_cmpint(key(stage, SDLK_KP_PLUS, true).command, ==, COMMAND_VOLUME_UP);
    g_assert_cmpint(key(stage, SDLK_KP_PLUS, true).command, ==, COMMAND_VOLUME_UP); /* step by step */
}

static void test_keys_go_to_people_first(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_list(stage, 0);
    g_assert_cmpstr(focused(stage), ==, "person 0");
    key(stage, SDLK_DOWN, true); /* shows it */
    key(stage, SDLK_DOWN, true);
    g_assert_cmpstr(focused(stage), ==, "person 1");
    show_list(stage, 1); /* the first one went: the focus stays with its person */
    g_assert_cmpstr(focused(stage), ==, "person 1");
    show_list(stage, 0);
    for (int i = 0; i < PEOPLE + 3; i++) {
        struct input_press press = key(stage, SDLK_DOWN, true);
        if (press.command == COMMAND_SCROLL_DOWN)
            show_list(stage, stage->first_row += press.index);
    }
    g_assert_cmpstr(focused(stage), ==, "Calls"); /* past the last one */
    g_assert_cmpint(stage->first_row, ==, PEOPLE - stage->layout.rows_shown);
    key(stage, SDLK_UP, true);
    g_assert_cmpstr(focused(stage), ==, "person 11");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/input/target", struct stage, NULL, set_up, test_a_press_means_what_it_began_on, tear_down);
    g_test_add("/input/list", struct stage, NULL, set_up, test_a_list_goes_with_the_finger, tear_down);
    g_test_add("/input/long", struct stage, NULL, set_up, test_a_slow_press_is_a_press, tear_down);
    g_test_add("/input/hidden", struct stage, NULL, set_up, test_the_first_press_brings_controls_back, tear_down);
    g_test_add("/input/double-tap", struct stage, NULL, set_up, test_a_double_tap_does_not_betray, tear_down);
    g_test_add("/input/double-key", struct stage, NULL, set_up, test_a_key_twice_does_not_betray, tear_down);
    g_test_add("/input/keys", struct stage, NULL, set_up, test_keys_go_to_people_first, tear_down);
    return g_test_run();
}
