#include "app/client/parts.h"

#include <string.h>

#include "app/screen/paint.h"
#include "app/view/language.h"
#include "app/view/words.h"

enum {
    FRAME_US = 16000,      /* the screen changes at most this often for pictures from the network */
    IDLE_FRAME_US = 33000, /* and so often for the own picture alone */
    METER_US = 60000,      /* for levels of sound and what is left of a time-out */
    CLOCK_US = 500000,     /* looks whether the words are others: call time and the like */
    REMOTE_WIDTH = 1280,
    REMOTE_HEIGHT = 720, /* textures are warmed in the usual size */
    PREVIEW_WIDTH = 640,
    PREVIEW_HEIGHT = 360,
};

const struct theme *client_theme(const struct client *client)
{
    return ui_theme(client->ui);
}

static bool open_views(struct client *client, const struct client_config *config, char **error)
{
    struct window_config window = {
        .title = config->title,
        .width = config->width,
        .height = config->height,
        .fullscreen = config->fullscreen,
        .headless = config->headless,
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

/* Without it the kiosk works all the same. */
static void open_attract(struct client *client, const struct client_config *config)
{
    g_autofree char *error = NULL;
    client->attract_view = config->attract ? video_view_create(client->window, REMOTE_WIDTH, REMOTE_HEIGHT) : NULL;
    if (!client->attract_view)
        return;
    client->attract = attract_create(config->attract, config->attract_each_us, config->context,
                                     video_view_sink(client->attract_view), &error);
    if (!client->attract)
        g_warning("nothing attracts: %s", error);
}

static struct manage *create_manage(const struct client_config *config)
{
    struct manage_config manage = { config->managers, config->manager_secret, config->manager_key,
                                    config->configuration_kept };
    return manage_create(&manage);
}

struct client *client_create(const struct client_config *config, char **error)
{
    struct client *client = g_new0(struct client, 1);
    client->meter = config->measure ? screen_meter_create() : NULL;
    client->shots = config->shots ? shots_create() : NULL;
    client->people = g_ptr_array_new();
    client->no_calls = g_ptr_array_new();
    g_autofree char *language = language_in_use();
    client->speech = config->speak ? speech_create(language) : NULL;
    client->manage = config->managers ? create_manage(config) : NULL;
    client->kiosk = config->kiosk;
    client->history = config->history;
    client->cameras = g_strdupv((char **)config->cameras);
    client->camera_width = config->camera_width;
    client->camera_height = config->camera_height;
    client->figures_shown = config->overlay;
    client->start_room = g_strdup(config->start_room);
    client->preview_of_caller = config->preview_of_caller;
    client->dirty = true;
    client->volume = 100;
    client->own_picture_shown = true;
    client->input.pointer = (SDL_Point){ -1, -1 };
    client->input.touched_us = g_get_monotonic_time();
    if (open_views(client, config, error))
        open_attract(client, config);
    else
        g_clear_pointer(&client, client_destroy);
    return client;
}

void client_destroy(struct client *client)
{
    if (!client)
        return;
    video_view_destroy(client->remote);
    video_view_destroy(client->preview);
    attract_destroy(client->attract);
    video_view_destroy(client->attract_view);
    overlay_destroy(client->overlay);
    ui_destroy(client->ui);
    window_destroy(client->window);
    screen_meter_destroy(client->meter);
    shots_destroy(client->shots);
    g_ptr_array_unref(client->people);
    g_ptr_array_unref(client->no_calls);
    g_clear_pointer(&client->calls, g_ptr_array_unref);
    g_free(client->why);
    g_free(client->word);
    manage_destroy(client->manage);
    speech_destroy(client->speech);
    g_free(client->spoken);
    g_free(client->start_room);
    g_strfreev(client->cameras);
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

void client_set_agent(struct client *client, struct agent *agent)
{
    client->agent = agent;
    if (client->kiosk)
        kiosk_set_agent(client->kiosk, agent);
    client_show_attract(client, true);
}

void client_set_speaker(struct client *client, const struct speaker *speaker)
{
    client->speaker = speaker;
}

/* ---- drawing ---- */

float client_controls(const struct client *client, int64_t now_us)
{
    const float *times = client_theme(client)->times;
    float since_ms = (float)(now_us - client->input.touched_us) / 1000, fade_ms = MAX(times[THEME_FADE], 1);
    return client->scene.fading ? CLAMP(1 - (since_ms - times[THEME_FADE_AFTER]) / fade_ms, 0, 1) : 1;
}

/* How dark the main picture is: on its way to the scene's, so that no screen flashes. The picture itself never waits.
 */
static float dim_now(const struct client *client, int64_t now_us)
{
    float part = (float)(now_us - client->dim.since_us) / 1000 / MAX(client_theme(client)->times[THEME_DIM_TIME], 1);
    return client->dim.from + (client->dim.to - client->dim.from) * CLAMP(part, 0, 1);
}

static void dim(struct client *client, float to, int64_t now_us)
{
    if (to == client->dim.to)
        return;
    client->dim.from = dim_now(client, now_us);
    client->dim.to = to;
    client->dim.since_us = now_us;
}

static bool is_dimming(const struct client *client)
{
    return client->dim.painted != client->dim.to;
}

static void describe(struct client *client, struct scene *scene, int64_t now_us)
{
    struct words_trouble trouble = words_of_status(client->status);
    struct view view = {
        .theme = client_theme(client),
        .trouble = trouble.what,
        .to_do = trouble.to_do,
        .volume = client->volume,
        .last_call = now_us < client->word_until_us ? client->word : NULL,
        .has_remote_picture = video_view_has_picture(client->remote),
        .swapped = client->swapped,
        .preview_hidden = client->preview_hidden,
        .filled = client->filled,
        .preview_of_caller = client->preview_of_caller,
    };
    view.can_switch_camera = client->cameras && client->cameras[0] && client->cameras[1];
    view.speaker_missing = !speaker_is_there(client->speaker);
    view.kiosk = client->kiosk != NULL;
    if (client->history) {
        view.calls = client->calls ? client->calls : client->no_calls;
        view.missed = history_missed(client->history);
        view.shows_calls = client->calls != NULL;
    }
    view.attracts = client->attract && attract_is_shown(client->attract);
    view_of_agent(&view, client->agent, client->people, client->input.search, now_us);
    if (client->kiosk)
        kiosk_view(client->kiosk, &view, now_us);
    client_scroll(client, 0); /* there may be fewer now */
    view.first_row = client->first_row;
    scene_describe(scene, &view);
}

/* Typing is listened to only where it goes somewhere: a screen keyboard comes up with it. */
static void listen_to_typing(const struct scene *scene)
{
    bool typing = scene->search_hint[0];
    if (typing && !SDL_IsTextInputActive())
        SDL_StartTextInput();
    else if (!typing && SDL_IsTextInputActive())
        SDL_StopTextInput();
}

static bool shows_own_picture(const struct scene *scene)
{
    return scene->main == PICTURE_PREVIEW || scene->corner == PICTURE_PREVIEW;
}

/* What was seen of oneself some time ago is no mirror. */
static void show_own_picture(struct client *client, bool shown)
{
    if (shown == client->own_picture_shown)
        return;
    client->own_picture_shown = shown;
    if (shown)
        video_view_clear(client->preview);
    outgoing_show_preview(agent_outgoing(client->agent), shown);
}

/* The screen's words where they are others than before, but no call's time that goes on; and what the keys would press.
 */
static void speak(struct client *client, const struct box *focus)
{
    const struct scene *scene = &client->scene;
    const struct box *box = focus ? focus : input_focus(&client->input, scene, &client->layout);
    const char *pressed = !box                      ? ""
                          : box->kind == BOX_BUTTON ? scene->buttons[box->index].button.label
                          : box->kind == BOX_ROW    ? scene->rows[box->index].name
                                                    : "";
    g_autofree char *words = g_strdup_printf("%s. %s. %s. %s. %s", scene->title, scene->notice, scene->detail,
                                             scene->toast, pressed);
    if (!g_strcmp0(words, client->spoken))
        return;
    g_free(client->spoken);
    client->spoken = g_strdup(words);
    speech_say(client->speech, words);
}

/* Returns whether a remote picture came on the screen that was not there before. */
static bool draw(struct client *client, int64_t now_us)
{
    describe(client, &client->scene, now_us);
    dim(client, client->scene.dim, now_us);
    show_own_picture(client, shows_own_picture(&client->scene));
    window_size(client->window, &client->screen.width, &client->screen.height);
    client->screen.dragged = client->input.dragged;
    layout_scene(&client->layout, &client->scene, client->ui, &client->screen);
    listen_to_typing(&client->scene);
    struct paint paint = {
        .window = client->window,
        .ui = client->ui,
        .remote = client->remote,
        .preview = client->preview,
        .attract = client->attract_view,
        .pointer = client->input.pointer,
        .pressed = client->input.pressed,
        .controls = client_controls(client, now_us),
        .dim = dim_now(client, now_us),
        .focus = client->input.by_keys ? input_focus(&client->input, &client->scene, &client->layout) : NULL,
    };
    if (client->speech)
        speak(client, paint.focus);
    client->dim.painted = paint.dim;
    bool fresh = paint_scene(&paint, &client->scene, &client->layout);
    client->uploaded_us = g_get_monotonic_time();
    overlay_draw(client->overlay, agent_statistics(client->agent));
    return fresh;
}

static void take_new_picture(struct client *client, int64_t now_us)
{
    int64_t pts = video_view_pts(client->remote);
    if (!client->first_new_us && now_us >= client->new_since_us)
        client->first_new_us = now_us;
    if (client->meter)
        screen_meter_presented(client->meter, agent_player(client->agent), pts, now_us);
    player_presented(agent_player(client->agent), pts, client->uploaded_us, now_us);
    agent_presented(client->agent, pts, now_us);
}

static void give_picture(struct client *client)
{
    int w, h;
    g_autofree uint8_t *argb = window_read_argb(client->window, &w, &h);
    manage_give_picture(client->manage, client->agent, argb, w, h);
}

static void present(struct client *client, int64_t now_us)
{
    client->dirty = false;
    client->looked_us = now_us;
    bool new_picture = draw(client, now_us);
    SDL_Rect main = video_view_placed(client->scene.main == PICTURE_REMOTE ? client->remote : client->preview);
    if (client->meter)
        screen_meter_read(client->meter, client->window, &main, now_us);
    if (client->shots)
        shots_take(client->shots, client->window, client->scene.name, now_us);
    if (client->manage && manage_wants_picture(client->manage))
        give_picture(client);
    SDL_RenderPresent(window_renderer(client->window));
    client->presented_us = g_get_monotonic_time();
    input_seen_update(&client->input.seen, &client->scene, &client->layout,
                      client_controls(client, client->presented_us) > 0, client->presented_us);
    overlay_presented(client->overlay, client->presented_us, client->presented_us - now_us, new_picture);
    if (new_picture)
        take_new_picture(client, client->presented_us);
}

/* How often the words, or what moves beside them, may have changed. */
static int64_t look_interval_us(const struct client *client, int64_t now_us)
{
    float shown = client_controls(client, now_us);
    if ((shown > 0 && shown < 1) || is_dimming(client))
        return FRAME_US;
    return client->scene.ring >= 0 || client->scene.levels[0] >= 0 ? METER_US : CLOCK_US;
}

static int64_t fade_begins_us(const struct client *client)
{
    return client->scene.fading
               ? client->input.touched_us + (int64_t)(client_theme(client)->times[THEME_FADE_AFTER] * 1000)
               : INT64_MAX;
}

/* One that is seen: behind what attracts pictures go on coming. */
static bool has_new_remote(const struct client *client)
{
    return (client->scene.main == PICTURE_REMOTE || client->scene.corner == PICTURE_REMOTE) &&
           video_view_is_fresh(client->remote);
}

static int64_t present_due(const struct client *client)
{
    if (client->dirty || has_new_remote(client))
        return client->presented_us + FRAME_US / 2;
    if (client->scene.main == PICTURE_ATTRACT && video_view_is_fresh(client->attract_view))
        return client->presented_us + IDLE_FRAME_US / 2;
    if (shows_own_picture(&client->scene) && video_view_is_fresh(client->preview))
        return client->presented_us + IDLE_FRAME_US;
    int64_t look_us = client->looked_us + look_interval_us(client, client->looked_us), fade_us = fade_begins_us(client);
    return fade_us > client->looked_us ? MIN(look_us, fade_us) : look_us;
}

/* A screen on which nothing has changed is not drawn again. */
static bool has_changed(struct client *client, int64_t now_us)
{
    struct scene *now = g_new(struct scene, 1);
    float shown = client_controls(client, now_us);
    bool pictures = has_new_remote(client) ||
                    (shows_own_picture(&client->scene) && video_view_is_fresh(client->preview)) ||
                    (client->scene.main == PICTURE_ATTRACT && video_view_is_fresh(client->attract_view));
    describe(client, now, now_us);
    bool changed = client->dirty || pictures || (shown > 0 && shown < 1) || is_dimming(client) ||
                   overlay_is_shown(client->overlay) || memcmp(now, &client->scene, sizeof *now);
    g_free(now);
    return changed;
}

/* A finger needs none, and a mouse that rests is in the way of the picture. */
static bool pointer_is_used(const struct client *client, int64_t now_us)
{
    return client->input.mouse_us &&
           now_us < client->input.mouse_us + (int64_t)(client_theme(client)->times[THEME_FADE_AFTER] * 1000);
}

static void poll_kiosk(struct client *client, int64_t now_us)
{
    switch (kiosk_poll(client->kiosk, now_us, client->input.touched_us)) {
    case KIOSK_IDLE:
        client_go_to_start(client);
        break;
    case KIOSK_NOBODY_FOUND:
        client_say(client, g_strdup(_("Nobody can take the call at the moment")));
        break;
    case KIOSK_CHANGED:
        client->dirty = true;
        break;
    case KIOSK_NOTHING:
        break;
    }
}

void client_tick(struct client *client, int64_t now_us)
{
    SDL_Event event;
    while (SDL_PollEvent(&event))
        client_handle(client, &event, now_us);
    enum command command = input_poll(&client->input, client_theme(client), now_us);
    if (command != COMMAND_NONE)
        client_execute(client, command, 0);
    if (client->kiosk)
        poll_kiosk(client, now_us);
    if (client->history)
        history_poll(client->history, now_us, agent_call_state(client->agent) <= CALL_PREPARED);
    if (client->attract)
        attract_poll(client->attract, now_us);
    if (now_us < present_due(client))
        return;
    client->looked_us = now_us;
    window_follow_screen(client->window, now_us);
    window_show_pointer(client->window, pointer_is_used(client, now_us));
    if (has_changed(client, now_us))
        present(client, now_us);
}

int64_t client_deadline(const struct client *client)
{
    /* SDL has no file descriptor to wait for everywhere: presses are looked for once a frame. */
    int64_t attract_us = client->attract ? attract_deadline(client->attract) : INT64_MAX;
    return MIN(MIN(present_due(client), attract_us), g_get_monotonic_time() + FRAME_US);
}

bool client_wants_to_quit(const struct client *client)
{
    return client->quit;
}

enum manage_wish client_take_wish(struct client *client)
{
    return client->manage ? manage_take_wish(client->manage) : MANAGE_NOTHING;
}

void client_answer_check(struct client *client, const char *error)
{
    if (client->manage)
        manage_answer_check(client->manage, client->agent, error);
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

const struct screen_meter *client_meter(const struct client *client)
{
    return client->meter;
}

const struct scene *client_scene(const struct client *client)
{
    return &client->scene;
}

const struct layout *client_layout(const struct client *client)
{
    return &client->layout;
}

const struct input *client_input(const struct client *client)
{
    return &client->input;
}

struct window *client_window(const struct client *client)
{
    return client->window;
}
