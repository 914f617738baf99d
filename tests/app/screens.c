/* Every screen in every language and size: nothing overlaps, leaves the screen or is cut, and it looks as it did in the
 * reference pictures (tests/app/screens_sheet.h). The contact sheets go to out/screens; CALLAPI_SCREENS=renew writes
 * the references anew, CALLAPI_SCREENS=DIR every single picture into that folder. */
#include <glib.h>
#include <string.h>

#include "app/screen/layout.h"
#include "app/screen/paint.h"
#include "app/view/language.h"
#include "screens_cases.h"
#include "screens_sheet.h"

enum { TARGET = 44 }; /* pixels that a finger needs, at the least */

struct setting {
    const char *language;
    int width, height;
    bool boxes_only; /* no pictures of it are kept */
    bool tiny;       /* words may go, and a finger has to aim */
};

static const struct setting settings[] = {
    { "en", 480, 320 },
    { "en", 1280, 720 },
    { "en", 1080, 1920 },
    { "zh_CN", 480, 320 },
    { "zh_CN", 1280, 720 },
    { "zh_CN", 1080, 1920 },
    { "en", 320, 480, true },
    { "en", 800, 480, true },
    { "en", 1024, 600, true },
    { "en", 1920, 1080, true },
    { "en", 3840, 2160, true },
    { "zh_CN", 320, 480, true },
    { "zh_CN", 800, 480, true },
    { "zh_CN", 3840, 2160, true },
    { "en", 320, 240, true },
    { "en", 240, 320, true },
    { "zh_CN", 320, 240, true },
    { "en", 200, 120, true, true },
    { "en", 160, 160, true, true },
};

struct stage {
    const struct setting *setting;
    struct window *window;
    struct ui *ui;
    struct video_view *remote, *preview, *attract;
    GPtrArray *people;
    struct scene scene;
    struct layout layout;
    struct layout_screen screen;
};

/* ---- a stage, with a picture of somebody on both views ---- */

/* Head and shoulders before a wall that gets darker downwards. */
static AVFrame *somebody(int u, int v)
{
    enum { W = 640, H = 360 };
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = W;
    frame->height = H;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), ==, 0);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            int dx = x - W / 2, head = dx * dx + (y - 140) * (y - 140), shoulders = dx * dx / 3 + (y - 380) * (y - 380);
            frame->data[0][y * frame->linesize[0] + x] = (uint8_t)(head < 70 * 70          ? 190
                                                                   : shoulders < 140 * 140 ? 70
                                                                                           : 150 - y / 6);
        }
    for (int y = 0; y < H / 2; y++) {
        memset(frame->data[1] + y * frame->linesize[1], u, W / 2);
        memset(frame->data[2] + y * frame->linesize[2], v, W / 2);
    }
    return frame;
}

static void show_somebody(struct video_view *view, int u, int v)
{
    AVFrame *frame = somebody(u, v);
    struct frame_sink *sink = video_view_sink(view);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
}

static void set_up(struct stage *stage, gconstpointer data)
{
    const struct setting *setting = data;
    struct window_config config = {
        .title = "test", .width = setting->width, .height = setting->height, .headless = true
    };
    struct theme theme;
    g_autofree char *error = NULL;
    language_use(setting->language);
    *stage = (struct stage){ .setting = setting, .people = g_ptr_array_new() };
    stage->window = window_create(&config, &error);
    g_assert_null(error);
    g_assert_true(theme_load(&theme, SOURCE_DIR "/assets", NULL, &error));
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &theme);
    g_assert_nonnull(stage->ui);
    stage->remote = video_view_create(stage->window, 640, 360);
    stage->preview = video_view_create(stage->window, 640, 360);
    stage->attract = video_view_create(stage->window, 640, 360);
    show_somebody(stage->attract, 150, 110);
    show_somebody(stage->remote, 118, 140);
    show_somebody(stage->preview, 140, 118);
    window_size(stage->window, &stage->screen.width, &stage->screen.height);
}

static void tear_down(struct stage *stage, gconstpointer data)
{
    (void)data;
    video_view_destroy(stage->remote);
    video_view_destroy(stage->preview);
    video_view_destroy(stage->attract);
    ui_destroy(stage->ui);
    window_destroy(stage->window);
    g_ptr_array_unref(stage->people);
}

static void show(struct stage *stage, const struct screen_case *screen)
{
    struct view view;
    screen_case_view(screen, ui_theme(stage->ui), stage->people, &view);
    scene_describe(&stage->scene, &view);
    layout_scene(&stage->layout, &stage->scene, stage->ui, &stage->screen);
    struct paint paint = {
        .window = stage->window,
        .ui = stage->ui,
        .remote = stage->remote,
        .preview = stage->preview,
        .attract = stage->attract,
        .pointer = { -1, -1 },
        .controls = 1,
        .dim = stage->scene.dim,
    };
    paint_scene(&paint, &stage->scene, &stage->layout);
}

/* ---- boxes ---- */

static float points(const struct stage *stage, const struct box *box)
{
    return ui_theme(stage->ui)->sizes[box->size];
}

static bool is_ground(const struct box *box)
{
    return box->kind == BOX_SHADE || box->kind == BOX_RING; /* the ring is around the person */
}

static void fail(const struct stage *stage, const struct screen_case *screen, const struct box *box, const char *what,
                 const struct box *other)
{
    g_error("%s, %s, %dx%d: kind %d '%s' at %d,%d %dx%d %s %d%s", screen->name, stage->setting->language,
            stage->setting->width, stage->setting->height, box->kind, box->text ? box->text : "", box->area.x,
            box->area.y, box->area.w, box->area.h, what, other ? (int)other->kind : -1,
            other && other->text ? other->text : "");
}

static void check_places(const struct stage *stage, const struct screen_case *screen)
{
    const SDL_Rect all = { 0, 0, stage->screen.width, stage->screen.height };
    for (int i = 0; i < stage->layout.n; i++) {
        const struct box *box = &stage->layout.boxes[i];
        SDL_Rect area = box->area, common;
        if (!SDL_IntersectRect(&area, &all, &common) || !SDL_RectEquals(&area, &common))
            fail(stage, screen, box, "leaves the screen", NULL);
        for (int k = i + 1; k < stage->layout.n && !is_ground(box); k++) {
            if (!is_ground(&stage->layout.boxes[k]) && SDL_HasIntersection(&area, &stage->layout.boxes[k].area))
                fail(stage, screen, box, "overlaps", &stage->layout.boxes[k]);
        }
    }
}

static void check_text(const struct stage *stage, const struct screen_case *screen, const struct box *box)
{
    int w, h, whole;
    if (stage->setting->tiny || !box->text || box->kind == BOX_PERSON || box->kind == BOX_CODE)
        return;
    if (box->lines == 1) {
        ui_measure(stage->ui, box->text, points(stage, box), &w, &h);
        if (w > box->area.w || h > box->area.h)
            fail(stage, screen, box, "is cut", NULL);
        return;
    }
    ui_measure_block(stage->ui, box->text, points(stage, box), box->area.w, box->lines, &w, &h);
    ui_measure_block(stage->ui, box->text, points(stage, box), box->area.w, 100, NULL, &whole);
    if (w > box->area.w || h > box->area.h || whole != h)
        fail(stage, screen, box, "is cut", NULL);
}

static void check_button(const struct stage *stage, const struct screen_case *screen, const struct box *box)
{
    int w, h;
    struct ui_button button = stage->scene.buttons[box->index].button;
    button.bare = !box->lines;
    ui_button_size(stage->ui, &button, &w, &h);
    if (stage->setting->tiny)
        return;
    if (!button.round) /* its ends may be rounder than the theme's padding */
        w += box->area.h / 2 - 2 * ui_pixels(stage->ui, ui_theme(stage->ui)->sizes[THEME_BUTTON_PADDING]);
    bool small = SDL_min(stage->screen.width, stage->screen.height) < 320; /* there a long label may be cut */
    if ((w > box->area.w && (button.round || !small)) || h > box->area.h)
        fail(stage, screen, box, "cuts its label", NULL);
    if (box->area.w < TARGET || box->area.h < TARGET)
        fail(stage, screen, box, "is too small for a finger", NULL);
}

static void check_boxes(const struct stage *stage, const struct screen_case *screen)
{
    int n_buttons = 0, n_there = 0;
    check_places(stage, screen);
    for (int i = 0; i < stage->scene.n_buttons; i++)
        n_there += !stage->scene.buttons[i].away;
    for (int i = 0; i < stage->layout.n; i++) {
        check_text(stage, screen, &stage->layout.boxes[i]);
        n_buttons += stage->layout.boxes[i].kind == BOX_BUTTON;
        if (stage->layout.boxes[i].kind == BOX_BUTTON)
            check_button(stage, screen, &stage->layout.boxes[i]);
    }
    g_assert_cmpint(n_buttons, ==, n_there);
}

/* ---- tests ---- */

static void test_setting(struct stage *stage, gconstpointer data)
{
    const struct setting *setting = data;
    if (strcmp(setting->language, "en") && !language_is_translated()) {
        g_test_skip("this system has no locale but C, and since glibc 2.38 gettext wants another");
        return;
    }
    g_autofree char *language = language_in_use();
    g_assert_cmpstr(language, ==, setting->language);
    const char *wish = g_getenv("CALLAPI_SCREENS");
    g_autofree char *name = g_strdup_printf("%s-%dx%d", setting->language, setting->width, setting->height);
    struct sheet *sheet = setting->boxes_only ? NULL
                                              : sheet_create(n_screen_cases, stage->screen.width, stage->screen.height);
    for (int i = 0; i < n_screen_cases; i++) {
        int w, h;
        show(stage, &screen_cases[i]);
        g_autofree uint8_t *argb = window_read_argb(stage->window, &w, &h);
        g_assert_nonnull(argb);
        if (wish && g_file_test(wish, G_FILE_TEST_IS_DIR)) {
            g_autofree char *path = g_strdup_printf("%s/%s-%s.png", wish, name, screen_cases[i].name);
            g_assert_true(window_save_png(stage->window, path));
        }
        if (sheet)
            sheet_add(sheet, screen_cases[i].name, argb, w, h);
        check_boxes(stage, &screen_cases[i]);
    }
    g_assert_cmpint(ui_lacking(stage->ui), ==, 0); /* no letter is a box */
    if (sheet)
        sheet_check(sheet, name, !g_strcmp0(wish, "renew"));
    sheet_destroy(sheet);
}

/* ---- places ---- */

static void lay_out(struct stage *stage, const struct view *view)
{
    scene_describe(&stage->scene, view);
    layout_scene(&stage->layout, &stage->scene, stage->ui, &stage->screen);
}

static const struct box *find_kind(const struct stage *stage, enum box_kind kind)
{
    for (int i = 0; i < stage->layout.n; i++)
        if (stage->layout.boxes[i].kind == kind)
            return &stage->layout.boxes[i];
    return NULL;
}

/* A box of the button that does this, which may be dimmed. */
static SDL_Rect place_of(const struct stage *stage, enum command command)
{
    for (int i = 0; i < stage->layout.n; i++) {
        const struct box *box = &stage->layout.boxes[i];
        if (box->kind == BOX_BUTTON && stage->scene.buttons[box->index].command == command)
            return box->area;
    }
    return (SDL_Rect){ 0 };
}

/* A press meant for one button never finds another there: from the accept to the end each stays where it is. */
static void test_places_in_a_call(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const enum command commands[] = { COMMAND_MUTE,    COMMAND_CAMERA, COMMAND_SWITCH_CAMERA,
                                             COMMAND_HANG_UP, COMMAND_VOLUME, COMMAND_PREVIEW };
    struct view first;
    SDL_Rect places[G_N_ELEMENTS(commands)];
    screen_case_view(&screen_cases[0], ui_theme(stage->ui), stage->people, &first);
    first.state = CALL_CONNECTING;
    first.can_switch_camera = true;
    lay_out(stage, &first);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        places[i] = place_of(stage, commands[i]);
    for (unsigned variant = 0; variant < 1 << 8; variant++) {
        struct view view = first;
        view.state = variant & 1 ? CALL_CONNECTED : CALL_CONNECTING;
        view.muted = variant & 2;
        view.camera_on = !(variant & 4);
        view.camera_trouble = variant & 8 ? CAPTURE_MISSING : CAPTURE_WELL;
        view.microphone_missing = variant & 16;
        view.chosen.preview_hidden = variant & 32;
        view.remote_camera_on = !(variant & 64);
        view.chosen.volume = variant & 128 ? 0 : 50;
        lay_out(stage, &view);
        for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
            SDL_Rect place = place_of(stage, commands[i]);
            g_assert_true(places[i].w && SDL_RectEquals(&place, &places[i]));
        }
    }
}

/* The ways to other rooms are there where there are others; what stands beside them stays where it is. */
static void test_the_only_room(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const enum command ways[] = { COMMAND_PREVIOUS_ROOM, COMMAND_NEXT_ROOM };
    static const enum command others[] = { COMMAND_CALL, COMMAND_VOLUME };
    SDL_Rect places[G_N_ELEMENTS(others)];
    struct view view;
    screen_case_view(&screen_cases[0], ui_theme(stage->ui), stage->people, &view);
    lay_out(stage, &view);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        g_assert_cmpint(place_of(stage, ways[i]).w, >, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        places[i] = place_of(stage, others[i]);
    view.only_room = true;
    lay_out(stage, &view);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        g_assert_cmpint(place_of(stage, ways[i]).w, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        SDL_Rect place = place_of(stage, others[i]);
        g_assert_true(places[i].w && SDL_RectEquals(&place, &places[i]));
    }
}

/* The small picture stays in its place when the call begins. */
static void test_small_picture_stays(struct stage *stage, gconstpointer data)
{
    (void)data;
    struct view view;
    screen_case_view(&screen_cases[0], ui_theme(stage->ui), stage->people, &view);
    view.can_switch_camera = true;
    view.state = CALL_CALLING;
    view.role = CALL_ROLE_CALLER;
    lay_out(stage, &view);
    const struct box *box = find_kind(stage, BOX_CORNER);
    SDL_Rect ringing = box ? box->area : (SDL_Rect){ 0 };
    view.state = CALL_CONNECTED;
    lay_out(stage, &view);
    box = find_kind(stage, BOX_CORNER);
    if (ringing.w && box)
        g_assert_true(SDL_RectEquals(&ringing, &box->area));
    /* A large screen has it in both */
    g_assert_true(SDL_min(stage->screen.width, stage->screen.height) < 480 || (ringing.w && box));
}

/* A short word that comes and goes moves nothing else. */
static void test_a_word_moves_nothing(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const places[] = { "welcome", "directory-empty", "live-away", "call-reconnecting", NULL };
    for (int i = 0; i < n_screen_cases; i++) {
        struct view view;
        screen_case_view(&screen_cases[i], ui_theme(stage->ui), stage->people, &view);
        if (!g_strv_contains(places, screen_cases[i].name) || SDL_min(stage->screen.width, stage->screen.height) < 480)
            continue;
        lay_out(stage, &view);
        struct layout before = stage->layout;
        view.last_call = "Nobody can take the call at the moment";
        lay_out(stage, &view);
        for (int k = 0; k < before.n; k++) {
            bool found = before.boxes[k].kind == BOX_CORNER;
            for (int m = 0; m < stage->layout.n; m++)
                found |= before.boxes[k].kind == stage->layout.boxes[m].kind &&
                         SDL_RectEquals(&before.boxes[k].area, &stage->layout.boxes[m].area);
            if (!found)
                fail(stage, &screen_cases[i], &before.boxes[k], "moves for a word", NULL);
        }
    }
}

/* Names from outside may be long: they are cut, and nothing else moves out of its place. */
static void test_long_names(struct stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *name = g_strnfill(120, 'W');
    for (int i = 0; i < n_screen_cases; i++) {
        struct view view;
        screen_case_view(&screen_cases[i], ui_theme(stage->ui), stage->people, &view);
        view.room = view.host = view.self = view.name = name;
        g_strlcpy(view.remote, name, VIEW_NAME);
        scene_describe(&stage->scene, &view);
        layout_scene(&stage->layout, &stage->scene, stage->ui, &stage->screen);
        check_places(stage, &screen_cases[i]);
    }
}

enum { CHANGES = 14 };

/* One thing is another one than before. */
static void change(struct view *view, int what)
{
    view->muted ^= what == 0;
    view->camera_on ^= what == 1;
    view->remote_camera_on ^= what == 2;
    view->reconnecting ^= what == 3;
    view->only_room ^= what == 4;
    view->speaker_missing ^= what == 5;
    view->chosen.swapped ^= what == 6;
    view->chosen.first_row += what == 7 && view->people->len;
    view->chosen.volume -= what == 8 ? view->chosen.volume : 0;
    view->quality += what == 9;
    view->viewers += what == 10;
    view->call_seconds += what == 11;
    view->ring_part_left /= what == 12 ? 2 : 1;
    view->level += what == 13 ? 0.5f : 0;
}

static bool same_box(const struct box *a, const struct box *b)
{
    return a->kind == b->kind && SDL_RectEquals(&a->area, &b->area) && !g_strcmp0(a->text, b->text) &&
           a->value == b->value && a->index == b->index && a->command == b->command;
}

static bool same_layout(const struct layout *a, const struct layout *b)
{
    bool same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = same_box(&a->boxes[i], &b->boxes[i]);
    return same;
}

/* A screen is drawn again when something on it is another, and not where all is as it was. */
/* Whoever may be called can be at any time; what a call or a stream without anybody has above its picture goes. */
static void test_fading(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const fading[] = { "live-stream", "call", "call-muted", NULL };
    static const char *const staying[] = { "live", "live-stream-alone", "live-camera-off", "call-reconnecting", NULL };
    for (int i = 0; i < n_screen_cases; i++) {
        const char *name = screen_cases[i].name;
        bool fades = g_strv_contains(fading, name);
        if (!fades && !g_strv_contains(staying, name))
            continue;
        struct view view;
        screen_case_view(&screen_cases[i], ui_theme(stage->ui), stage->people, &view);
        lay_out(stage, &view);
        g_assert_cmpint(stage->scene.fading, ==, fades);
    }
}

static void test_equal_scenes(struct stage *stage, gconstpointer data)
{
    (void)data;
    struct scene before, again;
    struct layout layout;
    int different = 0;
    for (int i = 0; i < n_screen_cases; i++) {
        struct view first;
        screen_case_view(&screen_cases[i], ui_theme(stage->ui), stage->people, &first);
        memset(&again, 0xff, sizeof again);
        scene_describe(&before, &first);
        scene_describe(&again, &first);
        g_assert_true(scene_equals(&before, &again));
        layout_scene(&layout, &before, stage->ui, &stage->screen);
        for (int what = 0; what < CHANGES; what++) {
            struct view view = first;
            change(&view, what);
            lay_out(stage, &view);
            bool equal = scene_equals(&before, &stage->scene);
            if (equal && !same_layout(&layout, &stage->layout))
                g_error("%s looks different with change %d, and is taken for the same", screen_cases[i].name, what);
            different += !equal;
        }
    }
    g_assert_cmpint(different, >, n_screen_cases);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        const struct setting *setting = &settings[i];
        g_autofree char *where = g_strdup_printf("%s/%dx%d", setting->language, setting->width, setting->height);
        g_autofree char *look = g_strconcat("/screens/look/", where, NULL),
                        *names = g_strconcat("/screens/long-names/", where, NULL);
        g_autofree char *places = g_strconcat("/screens/places/", where, NULL);
        g_test_add(look, struct stage, setting, set_up, test_setting, tear_down);
        g_autofree char *only = g_strconcat("/screens/only-room/", where, NULL);
        g_test_add(only, struct stage, setting, set_up, test_the_only_room, tear_down);
        g_autofree char *small = g_strconcat("/screens/small-picture/", where, NULL),
                        *word = g_strconcat("/screens/word/", where, NULL);
        g_test_add(small, struct stage, setting, set_up, test_small_picture_stays, tear_down);
        g_test_add(word, struct stage, setting, set_up, test_a_word_moves_nothing, tear_down);
        g_test_add(places, struct stage, setting, set_up, test_places_in_a_call, tear_down);
        g_test_add(names, struct stage, setting, set_up, test_long_names, tear_down);
    }
    g_test_add("/screens/fading", struct stage, &settings[1], set_up, test_fading, tear_down);
    g_test_add("/screens/equal", struct stage, &settings[1], set_up, test_equal_scenes, tear_down);
    return g_test_run();
}
