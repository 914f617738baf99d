#include "app/client.h"

#include <string.h>

#include "app/overlay.h"
#include "app/scene.h"
#include "app/shots.h"
#include "app/words.h"
#include "render/video_view.h"

enum {
    FRAME_US = 16000,           /* the screen changes at most this often for pictures from the network */
    IDLE_FRAME_US = 33000,      /* and so often for the own picture alone */
    CLOCK_US = 500000,          /* call time and the like */
    REMOTE_WIDTH = 1280, REMOTE_HEIGHT = 720,       /* textures are warmed in the usual size */
    PREVIEW_WIDTH = 640, PREVIEW_HEIGHT = 360,
};

struct client {
    struct window *window;
    struct ui *ui;
    struct overlay *overlay;
    struct video_view *remote, *preview;
    struct agent *agent;
    struct scene scene;
    enum agent_status status;
    char *why, *last_call;      /* of the status; how the last call ended */
    bool dirty, quit;
    int64_t presented_us;                   /* last present, 0: none */
    int64_t first_new_us, new_since_us;     /* first new remote picture after new_since_us, 0: none yet */
    SDL_Point pointer;
    bool pressed;
    struct screen_report *report;           /* NULL: not measured */
    uint8_t *grey;
    size_t grey_size;
    GArray *latencies, *skews;              /* double, milliseconds */
    struct shots *shots;        /* NULL: not wanted */
};

/* ---- the agent's news ---- */

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct client *client = user_data;
    client->dirty = true;
    g_info("%s (%s, %s)", call_state_name(notice->state), call_event_name(notice->event), call_reason_name(notice->reason));
    bool ended = notice->previous > CALL_PREPARED && notice->state == CALL_PREPARED;
    bool began = notice->previous == CALL_PREPARED && notice->state == CALL_CALLING;
    if (began && agent_party(client->agent) != CALL_PARTY_AUDIENCE)     /* the audience goes on seeing the room */
        video_view_clear(client->remote);
    if (!ended && notice->state != CALL_CALLING)
        return;
    g_autofree char *who = g_strndup(notice->remote, strcspn(notice->remote, "/"));
    g_clear_pointer(&client->last_call, g_free);
    if (ended)
        client->last_call = words_of_end(notice->reason, who);
    if (client->last_call)
        g_message("%s", client->last_call);
}

static void on_status(void *user_data, enum agent_status status, const char *why)
{
    struct client *client = user_data;
    const char *words = words_of_status(status, why).what;
    if (words && (status != client->status || g_strcmp0(why, client->why)))
        g_message("%s%s%s", words, why ? ": " : "", why ? why : "");
    client->status = status;
    set_text(&client->why, why);
    client->dirty = true;
}

static void on_remote_media(void *user_data, bool muted, bool camera_on)
{
    (void)muted;
    (void)camera_on;
    ((struct client *)user_data)->dirty = true;
}

static void on_link(void *user_data, enum agent_link link, const char *why)
{
    (void)link;
    (void)why;
    ((struct client *)user_data)->dirty = true;
}

static const struct agent_listener agent_events = {
    .call = on_call, .status = on_status, .remote_media = on_remote_media, .link = on_link,
};

const struct agent_listener *client_agent_listener(void)
{
    return &agent_events;
}

void client_set_agent(struct client *client, struct agent *agent)
{
    client->agent = agent;
}

/* ---- life ---- */

static bool open_views(struct client *client, const struct client_config *config, char **error)
{
    struct window_config window = {
        .title = config->title, .width = config->width, .height = config->height,
        .fullscreen = config->fullscreen, .headless = config->headless,
    };
    struct theme theme;
    if (!theme_load(&theme, config->asset_dir, config->theme, error))
        return false;
    client->window = window_create(&window, error);
    if (!client->window)
        return false;
    client->ui = ui_create(client->window, config->asset_dir, &theme);
    client->remote = video_view_create(client->window, REMOTE_WIDTH, REMOTE_HEIGHT);
    client->preview = video_view_create(client->window, PREVIEW_WIDTH, PREVIEW_HEIGHT);
    client->overlay = client->ui ? overlay_create(client->window, client->ui, config->overlay) : NULL;
    if (client->ui && client->remote && client->preview)
        return true;
    *error = g_strdup_printf("the window's pictures and fonts cannot be prepared (assets in %s)", config->asset_dir);
    return false;
}

struct client *client_create(const struct client_config *config, char **error)
{
    struct client *client = g_new0(struct client, 1);
    client->latencies = g_array_new(FALSE, FALSE, sizeof(double));
    client->skews = g_array_new(FALSE, FALSE, sizeof(double));
    client->shots = config->shots ? shots_create() : NULL;
    client->dirty = true;
    client->pointer = (SDL_Point){ -1, -1 };
    if (config->measure)
        client->report = screen_report_create();
    if (!open_views(client, config, error))
        g_clear_pointer(&client, client_destroy);
    return client;
}

void client_destroy(struct client *client)
{
    if (!client)
        return;
    video_view_destroy(client->remote);
    video_view_destroy(client->preview);
    overlay_destroy(client->overlay);
    ui_destroy(client->ui);
    window_destroy(client->window);
    screen_report_destroy(client->report);
    g_array_unref(client->latencies);
    g_array_unref(client->skews);
    shots_destroy(client->shots);
    g_free(client->why);
    g_free(client->last_call);
    g_free(client->grey);
    g_free(client);
}

struct frame_sink *client_remote_sink(struct client *client)
{
    return video_view_sink(client->remote);
}

struct frame_sink *client_preview_sink(struct client *client)
{
    return video_view_sink(client->preview);
}

/* ---- presses ---- */

static void execute(struct client *client, enum command command)
{
    enum call_error error = CALL_OK;
    switch (command) {
    case COMMAND_CALL: error = agent_call(client->agent, NULL); break;
    case COMMAND_CANCEL: error = agent_cancel(client->agent); break;
    case COMMAND_ACCEPT: error = agent_accept(client->agent); break;
    case COMMAND_REJECT: error = agent_reject(client->agent); break;
    case COMMAND_HANG_UP: error = agent_hang_up(client->agent); break;
    case COMMAND_MUTE: agent_set_muted(client->agent, !outgoing_is_muted(agent_outgoing(client->agent))); break;
    case COMMAND_CAMERA: agent_set_camera(client->agent, !outgoing_camera_is_on(agent_outgoing(client->agent))); break;
    case COMMAND_NEXT_ROOM: agent_go_to_room_beside(client->agent, 1); break;
    case COMMAND_PREVIOUS_ROOM: agent_go_to_room_beside(client->agent, -1); break;
    case COMMAND_FULLSCREEN: window_toggle_fullscreen(client->window); break;
    case COMMAND_QUIT: client->quit = true; break;
    case COMMAND_NONE: break;
    }
    if (error)
        set_text(&client->last_call, words_of_error(error));
    client->dirty = true;
}

static enum command command_at(const struct client *client, SDL_Point point)
{
    for (int i = 0; i < client->scene.n_buttons; i++)
        if (SDL_PointInRect(&point, &client->scene.buttons[i].button.area))
            return client->scene.buttons[i].command;
    return COMMAND_NONE;
}

/* A key works where its button is on the screen. */
static enum command offered(const struct client *client, enum command command)
{
    for (int i = 0; i < client->scene.n_buttons; i++)
        if (client->scene.buttons[i].command == command)
            return command;
    return COMMAND_NONE;
}

static enum command command_of_key(const struct client *client, SDL_Keycode key)
{
    switch (theme_action_of(ui_theme(client->ui), key)) {
    case THEME_PRESS: return client->scene.enter       ? client->scene.enter
                             : client->scene.n_buttons ? client->scene.buttons[0].command : COMMAND_NONE;
    case THEME_BACK: return client->scene.escape;
    case THEME_MUTE: return offered(client, COMMAND_MUTE);
    case THEME_CAMERA: return offered(client, COMMAND_CAMERA);
    case THEME_NEXT_ROOM: return COMMAND_NEXT_ROOM;
    case THEME_PREVIOUS_ROOM: return COMMAND_PREVIOUS_ROOM;
    case THEME_FULLSCREEN: return COMMAND_FULLSCREEN;
    case THEME_NO_ACTION:
    case THEME_ACTIONS: break;
    }
    return COMMAND_NONE;
}

/* SDL counts the pointer in window points, the drawing in pixels. */
static SDL_Point to_pixels(const struct client *client, int x, int y, Uint32 window_id)
{
    int points_w = 0, points_h = 0, w, h;
    SDL_Window *window = SDL_GetWindowFromID(window_id);
    window_size(client->window, &w, &h);
    if (window)
        SDL_GetWindowSize(window, &points_w, &points_h);
    return (SDL_Point){ points_w ? x * w / points_w : x, points_h ? y * h / points_h : y };
}

static void handle_event(struct client *client, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT: client->quit = true; break;
    case SDL_WINDOWEVENT: client->dirty = true; break;
    case SDL_KEYDOWN:
        if (!event->key.repeat && overlay_key(client->overlay, event->key.keysym.sym))
            client->dirty = true;
        else if (!event->key.repeat)
            execute(client, command_of_key(client, event->key.keysym.sym));
        break;
    case SDL_MOUSEMOTION:
        client->pointer = to_pixels(client, event->motion.x, event->motion.y, event->motion.windowID);
        client->dirty = true;
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        client->pointer = to_pixels(client, event->button.x, event->button.y, event->button.windowID);
        client->pressed = event->type == SDL_MOUSEBUTTONDOWN;
        client->dirty = true;
        if (!client->pressed)
            execute(client, command_at(client, client->pointer));
        break;
    }
}

/* ---- drawing ---- */

static int scaled(const struct client *client, float points)
{
    return (int)(points * window_scale(client->window) + 0.5f);
}

static void draw_preview(struct client *client, int w, int h)
{
    int width = w / 5, margin = scaled(client, 20);
    SDL_Rect area = { w - width - margin, h - width * 9 / 16 - margin, width, width * 9 / 16 };
    const struct scene *scene = &client->scene;
    for (int i = 0; i < scene->n_buttons; i++)          /* a narrow screen has them above each other */
        if (SDL_HasIntersection(&area, &scene->buttons[i].button.area))
            area.y = scene->buttons[i].button.area.y - area.h - margin;
    video_view_draw(client->preview, &area, VIDEO_FILL, true, 0);
}

static int sized(const struct client *client, enum theme_size size)
{
    return scaled(client, ui_theme(client->ui)->sizes[size]);
}

static void write(struct client *client, const char *text, enum theme_size size, enum theme_colour colour, enum ui_align align,
                  int x, int y, int max_width, int *h)
{
    const struct theme *theme = ui_theme(client->ui);
    ui_text(client->ui, text, theme->sizes[size], theme->colours[colour], align, x, y, max_width, NULL, h);
}

static void draw_badge(struct client *client, int w, int y)
{
    const struct theme *theme = ui_theme(client->ui);
    const struct scene *scene = &client->scene;
    int badge_w, badge_h, pad = scaled(client, 12);
    ui_measure(client->ui, scene->badge, theme->sizes[THEME_BADGE_TEXT], &badge_w, &badge_h);
    SDL_Rect badge = { w - sized(client, THEME_MARGIN) - badge_w - 2 * pad, y, badge_w + 2 * pad, badge_h + pad };
    ui_panel(client->ui, &badge, (float)badge.h / 2, theme->colours[scene->badge_live ? THEME_BADGE_LIVE : THEME_BADGE]);
    write(client, scene->badge, THEME_BADGE_TEXT, THEME_TEXT, UI_LEFT, badge.x + pad, badge.y + pad / 2, 0, NULL);
}

static void draw_heading(struct client *client, int w)
{
    const struct scene *scene = &client->scene;
    int margin = sized(client, THEME_MARGIN), y = scaled(client, 22), text_h;
    SDL_Rect shade = { 0, 0, w, sized(client, THEME_HEADING_HEIGHT) };
    ui_shade(client->ui, &shade, true);
    write(client, scene->title, THEME_TITLE, THEME_TEXT, UI_LEFT, margin, y, w / 2, &text_h);
    if (scene->subtitle[0])
        write(client, scene->subtitle, THEME_SUBTITLE, THEME_TEXT_SOFT, UI_LEFT, margin, y + text_h + scaled(client, 4), w / 2, NULL);
    if (scene->badge[0])
        draw_badge(client, w, y);
}

static void draw_notice(struct client *client, int w, int h)
{
    const struct scene *scene = &client->scene;
    int y = h / 2 - scaled(client, 40), text_h;
    write(client, scene->notice, THEME_NOTICE, THEME_TEXT, UI_CENTRE, w / 2, y, w * 9 / 10, &text_h);
    if (scene->detail[0])
        write(client, scene->detail, THEME_DETAIL, THEME_TEXT_SOFT, UI_CENTRE, w / 2, y + text_h + scaled(client, 10), w * 9 / 10, NULL);
}

static void lay_out_buttons(struct client *client, int w, int h)
{
    struct scene *scene = &client->scene;
    int gap = sized(client, THEME_BUTTON_GAP), total = -gap, widths[SCENE_BUTTONS], height = 0;
    for (int i = 0; i < scene->n_buttons; i++) {
        ui_button_size(client->ui, &scene->buttons[i].button, &widths[i], &height);
        total += widths[i] + gap;
    }
    int x = (w - total) / 2, y = h - height - scaled(client, 30);
    for (int i = 0; i < scene->n_buttons; i++) {
        struct ui_button *button = &scene->buttons[i].button;
        button->area = (SDL_Rect){ x, y, widths[i], height };
        button->hover = SDL_PointInRect(&client->pointer, &button->area);
        button->pressed = button->hover && client->pressed;
        x += widths[i] + gap;
    }
}

static void draw_buttons(struct client *client)
{
    for (int i = 0; i < client->scene.n_buttons; i++)
        ui_button_draw(client->ui, &client->scene.buttons[i].button);
}

/* Draws the scene; returns whether the main picture is a remote one that was not on the screen before. */
static bool draw(struct client *client, int64_t now_us)
{
    struct scene_context context = {
        .agent = client->agent, .trouble = words_of_status(client->status, client->why), .last_call = client->last_call,
        .has_remote_picture = video_view_has_picture(client->remote), .now_us = now_us, .theme = ui_theme(client->ui),
    };
    struct scene *scene = &client->scene;
    scene_describe(scene, &context);
    SDL_Renderer *renderer = window_renderer(client->window);
    int w, h;
    window_size(client->window, &w, &h);
    lay_out_buttons(client, w, h);
    SDL_Color background = ui_theme(client->ui)->colours[THEME_BACKGROUND];
    SDL_SetRenderDrawColor(renderer, background.r, background.g, background.b, 255);
    SDL_RenderClear(renderer);
    bool remote = scene->main == PICTURE_REMOTE;
    bool fresh = video_view_draw(remote ? client->remote : client->preview, &(SDL_Rect){ 0, 0, w, h }, VIDEO_FIT, !remote, scene->dim);
    if (scene->preview)
        draw_preview(client, w, h);
    if (scene->title[0])
        draw_heading(client, w);
    if (scene->notice[0])
        draw_notice(client, w, h);
    overlay_draw(client->overlay, agent_statistics(client->agent));
    draw_buttons(client);
    return fresh && remote;
}

/* ---- what was seen ---- */

static void measure(struct client *client, int64_t now_us)
{
    int w, h;
    window_size(client->window, &w, &h);
    size_t size = (size_t)w * (size_t)h;
    if (size > client->grey_size) {
        client->grey = g_realloc(client->grey, size);
        client->grey_size = size;
    }
    if (!window_read_grey(client->window, client->grey))
        return;
    SDL_Rect main = video_view_placed(client->scene.main == PICTURE_REMOTE ? client->remote : client->preview);
    if (SDL_RectEmpty(&main))
        main = (SDL_Rect){ 0, 0, w, h };
    screen_report_push(client->report, client->grey, w, h, main.x, main.y, main.w, main.h, now_us);
}

static void add_sample(GArray *samples, int64_t us)
{
    double ms = (double)us / 1000;
    g_array_append_val(samples, ms);
}

static void take_new_picture(struct client *client, int64_t now_us)
{
    int64_t pts = video_view_pts(client->remote), us;
    if (!client->first_new_us && now_us >= client->new_since_us)
        client->first_new_us = now_us;
    if (client->report && player_latency(agent_player(client->agent), pts, now_us, &us))
        add_sample(client->latencies, us);
    if (client->report && player_av_skew(agent_player(client->agent), pts, now_us, &us))
        add_sample(client->skews, us);
    agent_presented(client->agent, pts, now_us);
}

static void present(struct client *client, int64_t now_us)
{
    client->dirty = false;
    bool new_picture = draw(client, now_us);
    if (client->report)
        measure(client, now_us);
    if (client->shots)
        shots_take(client->shots, client->window, client->scene.name, now_us);
    SDL_RenderPresent(window_renderer(client->window));
    client->presented_us = g_get_monotonic_time();
    overlay_presented(client->overlay, client->presented_us, client->presented_us - now_us, new_picture);
    if (new_picture)
        take_new_picture(client, client->presented_us);
}

static int64_t present_due(const struct client *client)
{
    if (client->dirty || video_view_is_fresh(client->remote))
        return client->presented_us + FRAME_US / 2;
    if (video_view_is_fresh(client->preview))
        return client->presented_us + IDLE_FRAME_US;
    return client->presented_us + CLOCK_US;
}

void client_tick(struct client *client, int64_t now_us)
{
    SDL_Event event;
    while (SDL_PollEvent(&event))
        handle_event(client, &event);
    if (now_us >= present_due(client))
        present(client, now_us);
}

int64_t client_deadline(const struct client *client)
{
    /* SDL has no file descriptor to wait for everywhere: presses are looked for once a frame. */
    return MIN(present_due(client), g_get_monotonic_time() + FRAME_US);
}

bool client_wants_to_quit(const struct client *client)
{
    return client->quit;
}

int64_t client_first_new_picture_us(struct client *client, int64_t since_us)
{
    if (client->new_since_us != since_us) {
        client->new_since_us = since_us;
        client->first_new_us = 0;
    }
    return client->first_new_us;
}

/* ---- results ---- */

bool client_save_shots(const struct client *client, const char *folder)
{
    return !client->shots || shots_save(client->shots, folder);
}

const struct screen_report *client_screen_report(const struct client *client)
{
    return client->report;
}

const GArray *client_latencies(const struct client *client)
{
    return client->latencies;
}

const GArray *client_skews(const struct client *client)
{
    return client->skews;
}

struct window *client_window(const struct client *client)
{
    return client->window;
}
