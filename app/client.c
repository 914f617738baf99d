#include "app/client.h"

#include <string.h>

#include "app/input.h"
#include "app/language.h"
#include "app/overlay.h"
#include "app/paint.h"
#include "app/shots.h"
#include "app/words.h"

enum {
    FRAME_US = 16000,           /* the screen changes at most this often for pictures from the network */
    IDLE_FRAME_US = 33000,      /* and so often for the own picture alone */
    METER_US = 60000,           /* for levels of sound and what is left of a time-out */
    CLOCK_US = 500000,          /* looks whether the words are others: call time and the like */
    REMOTE_WIDTH = 1280, REMOTE_HEIGHT = 720,       /* textures are warmed in the usual size */
    PREVIEW_WIDTH = 640, PREVIEW_HEIGHT = 360,
    VOLUME_STEP = 10, VOLUME_PRESS = 25,        /* per cent: of a key, of the button */
};

struct client {
    struct window *window;
    struct ui *ui;
    struct overlay *overlay;
    struct video_view *remote, *preview;
    struct agent *agent;
    struct scene scene;
    struct layout layout;
    struct layout_screen screen;
    struct input input;
    GPtrArray *people;          /* char *, the agent's: those that match the search */
    int first_person;
    enum agent_status status;
    char *why;                  /* of the status, or NULL */
    char *word;                 /* how the last call ended, why a press did nothing; NULL: nothing to be said */
    int64_t word_until_us;
    int quality, volume;
    bool swapped, preview_hidden, preview_of_caller;
    bool dirty, quit;
    int64_t looked_us;          /* last look at the scene */
    int64_t presented_us;                   /* last present, 0: none */
    int64_t first_new_us, new_since_us;     /* first new remote picture after new_since_us, 0: none yet */
    struct screen_meter *meter; /* NULL: not measured */
    struct shots *shots;        /* NULL: not wanted */
};

static const struct theme *theme_of(const struct client *client)
{
    return ui_theme(client->ui);
}

/* ---- the agent's news ---- */

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

/* Takes the words; NULL: nothing more to be said. */
static void say(struct client *client, char *words)
{
    g_free(client->word);
    client->word = words;
    client->word_until_us = g_get_monotonic_time() + (int64_t)(theme_of(client)->times[THEME_TOAST_TIME] * 1000);
    client->dirty = true;
}

static void say_end(struct client *client, const struct call_notice *notice, const char *who)
{
    int64_t connected_us = call_timing_us(agent_timing(client->agent), CALL_MILESTONE_CONNECTED);
    g_autofree char *how = words_of_end(notice->reason, who);
    if (how)
        g_message("%s", how);
    if (!connected_us) {
        say(client, g_steal_pointer(&how));
        return;
    }
    g_autofree char *time = words_of_time((int)((g_get_monotonic_time() - connected_us) / G_USEC_PER_SEC));
    say(client, g_strdup_printf("%s · %s", how ? how : _("Call ended"), time));
}

static void begin_call(struct client *client)
{
    say(client, NULL);
    client->quality = 0;
    client->swapped = client->preview_hidden = false;
    if (agent_party(client->agent) != CALL_PARTY_AUDIENCE)      /* the audience goes on seeing the room */
        video_view_clear(client->remote);
}

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct client *client = user_data;
    client->dirty = true;
    client->input.touched_us = g_get_monotonic_time();          /* what can be pressed now is shown */
    g_info("%s (%s, %s)", call_state_name(notice->state), call_event_name(notice->event), call_reason_name(notice->reason));
    if (notice->previous == CALL_PREPARED && notice->state == CALL_CALLING)
        begin_call(client);
    if (notice->previous <= CALL_PREPARED || notice->state != CALL_PREPARED)
        return;
    g_autofree char *who = g_strndup(notice->remote, strcspn(notice->remote, "/"));
    say_end(client, notice, who);
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

static void on_quality(void *user_data, const struct agent_quality *quality)
{
    struct client *client = user_data;
    client->quality = quality->level;
    client->dirty = true;
}

static void on_directory(void *user_data)
{
    ((struct client *)user_data)->dirty = true;
}

static const struct agent_listener agent_events = {
    .call = on_call, .status = on_status, .remote_media = on_remote_media, .link = on_link, .quality = on_quality,
    .directory = on_directory,
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
    client->meter = config->measure ? screen_meter_create() : NULL;
    client->shots = config->shots ? shots_create() : NULL;
    client->people = g_ptr_array_new();
    client->preview_of_caller = config->preview_of_caller;
    client->dirty = true;
    client->volume = 100;
    client->input.pointer = (SDL_Point){ -1, -1 };
    client->input.touched_us = g_get_monotonic_time();
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
    screen_meter_destroy(client->meter);
    shots_destroy(client->shots);
    g_ptr_array_unref(client->people);
    g_free(client->why);
    g_free(client->word);
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

static void set_volume(struct client *client, int volume)
{
    client->volume = CLAMP(volume, 0, 100);
    g_autofree char *number = g_strdup_printf("%d %%", client->volume);
    say(client, words_with(_("Volume %s"), number));
}

static void scroll(struct client *client, int lines)
{
    int last = (int)client->people->len - client->layout.rows_shown;
    client->first_person = CLAMP(client->first_person + lines, 0, MAX(last, 0));
}

static enum call_error call_person(struct client *client, int row)
{
    if (!client->scene.list || row >= client->scene.n_rows)
        return CALL_OK;
    client->input.search[0] = 0;
    return agent_call(client->agent, client->scene.rows[row].name);
}

/* What only the window knows; false: the command is another one's. */
static bool change_window(struct client *client, enum command command)
{
    switch (command) {
    case COMMAND_SWAP: client->swapped = !client->swapped; break;
    case COMMAND_PREVIEW: client->preview_hidden = !client->preview_hidden; break;
    case COMMAND_SCROLL_UP: scroll(client, -1); break;
    case COMMAND_SCROLL_DOWN: scroll(client, 1); break;
    case COMMAND_VOLUME: set_volume(client, client->volume ? client->volume - VOLUME_PRESS : 100); break;
    case COMMAND_VOLUME_UP: set_volume(client, client->volume + VOLUME_STEP); break;
    case COMMAND_VOLUME_DOWN: set_volume(client, client->volume - VOLUME_STEP); break;
    case COMMAND_FIGURES: overlay_toggle(client->overlay, OVERLAY_FIGURES); break;
    case COMMAND_FRAME_TIMES: overlay_toggle(client->overlay, OVERLAY_FRAME_TIMES); break;
    case COMMAND_FULLSCREEN: window_toggle_fullscreen(client->window); break;
    case COMMAND_QUIT: client->quit = true; break;
    default: return false;
    }
    return true;
}

static enum call_error operate(struct agent *agent, enum command command)
{
    switch (command) {
    case COMMAND_CALL: return agent_call(agent, NULL);
    case COMMAND_CANCEL: return agent_cancel(agent);
    case COMMAND_ACCEPT: return agent_accept(agent);
    case COMMAND_REJECT: return agent_reject(agent);
    case COMMAND_HANG_UP: return agent_hang_up(agent);
    case COMMAND_MUTE: agent_set_muted(agent, !outgoing_is_muted(agent_outgoing(agent))); break;
    case COMMAND_CAMERA: agent_set_camera(agent, !outgoing_camera_is_on(agent_outgoing(agent))); break;
    case COMMAND_NEXT_ROOM: agent_go_to_room_beside(agent, 1); break;
    case COMMAND_PREVIOUS_ROOM: agent_go_to_room_beside(agent, -1); break;
    default: break;
    }
    return CALL_OK;
}

static void execute(struct client *client, enum command command, int index)
{
    enum call_error error = CALL_OK;
    if (command == COMMAND_CALL_PERSON)
        error = call_person(client, index);
    else if (!change_window(client, command))
        error = operate(client->agent, command);
    if (error)
        say(client, g_strdup(words_of_error(error)));
    client->dirty = true;
}

/* SDL counts the pointer in window points, the drawing in pixels. */
static void to_pixels(const struct client *client, Sint32 *x, Sint32 *y, Uint32 window_id)
{
    int points_w = 0, points_h = 0, w, h;
    SDL_Window *window = SDL_GetWindowFromID(window_id);
    window_size(client->window, &w, &h);
    if (window)
        SDL_GetWindowSize(window, &points_w, &points_h);
    if (points_w && points_h) {
        *x = *x * w / points_w;
        *y = *y * h / points_h;
    }
}

static float controls(const struct client *client, int64_t now_us)
{
    const float *times = theme_of(client)->times;
    float since_ms = (float)(now_us - client->input.touched_us) / 1000, fade_ms = MAX(times[THEME_FADE], 1);
    return client->scene.fading ? CLAMP(1 - (since_ms - times[THEME_FADE_AFTER]) / fade_ms, 0, 1) : 1;
}

static void handle_event(struct client *client, SDL_Event *event, int64_t now_us)
{
    if (event->type == SDL_MOUSEMOTION)
        to_pixels(client, &event->motion.x, &event->motion.y, event->motion.windowID);
    else if (event->type == SDL_MOUSEBUTTONDOWN || event->type == SDL_MOUSEBUTTONUP)
        to_pixels(client, &event->button.x, &event->button.y, event->button.windowID);
    struct input_press press = input_handle(&client->input, event, &client->scene, &client->layout, &client->screen, theme_of(client),
                                            controls(client, now_us) > 0, now_us);
    client->quit |= press.quits;
    client->dirty |= press.changed;
    if (press.moved)
        client->screen.corner = press.corner;
    if (press.command != COMMAND_NONE)
        execute(client, press.command, press.index);
}

/* ---- drawing ---- */

static void describe(struct client *client, struct scene *scene, int64_t now_us)
{
    struct words_trouble trouble = words_of_status(client->status, client->why);
    struct view view = {
        .theme = theme_of(client), .trouble = trouble.what, .to_do = trouble.to_do, .quality = client->quality, .volume = client->volume,
        .last_call = now_us < client->word_until_us ? client->word : NULL, .has_remote_picture = video_view_has_picture(client->remote),
        .swapped = client->swapped, .preview_hidden = client->preview_hidden, .preview_of_caller = client->preview_of_caller,
    };
    view_of_agent(&view, client->agent, client->people, client->input.search, now_us);
    scroll(client, 0);          /* there may be fewer now */
    view.first_person = client->first_person;
    scene_describe(scene, &view);
}

/* Typing is listened to only where it goes somewhere: a screen keyboard comes up with it. */
static void listen_to_typing(const struct scene *scene)
{
    if (scene->list && !SDL_IsTextInputActive())
        SDL_StartTextInput();
    else if (!scene->list && SDL_IsTextInputActive())
        SDL_StopTextInput();
}

/* Returns whether a remote picture came on the screen that was not there before. */
static bool draw(struct client *client, int64_t now_us)
{
    describe(client, &client->scene, now_us);
    window_size(client->window, &client->screen.width, &client->screen.height);
    client->screen.dragged = client->input.dragged;
    layout_scene(&client->layout, &client->scene, client->ui, &client->screen);
    listen_to_typing(&client->scene);
    struct paint paint = {
        .window = client->window, .ui = client->ui, .remote = client->remote, .preview = client->preview,
        .pointer = client->input.pointer, .pressed = client->input.pressed, .controls = controls(client, now_us),
        .focus = client->input.by_keys ? input_focus(&client->input, &client->scene, &client->layout) : NULL,
    };
    bool fresh = paint_scene(&paint, &client->scene, &client->layout);
    window_show_pointer(client->window, paint.controls > 0);
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
    agent_presented(client->agent, pts, now_us);
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
    SDL_RenderPresent(window_renderer(client->window));
    client->presented_us = g_get_monotonic_time();
    overlay_presented(client->overlay, client->presented_us, client->presented_us - now_us, new_picture);
    if (new_picture)
        take_new_picture(client, client->presented_us);
}

/* How often the words, or what moves beside them, may have changed. */
static int64_t look_interval_us(const struct client *client, int64_t now_us)
{
    float shown = controls(client, now_us);
    if (shown > 0 && shown < 1)
        return FRAME_US;
    return client->scene.ring >= 0 || client->scene.levels[0] >= 0 ? METER_US : CLOCK_US;
}

static int64_t fade_begins_us(const struct client *client)
{
    return client->scene.fading ? client->input.touched_us + (int64_t)(theme_of(client)->times[THEME_FADE_AFTER] * 1000) : INT64_MAX;
}

static int64_t present_due(const struct client *client)
{
    if (client->dirty || (client->scene.main != PICTURE_NONE && video_view_is_fresh(client->remote)))
        return client->presented_us + FRAME_US / 2;
    if (video_view_is_fresh(client->preview) && (client->scene.main == PICTURE_PREVIEW || client->scene.corner == PICTURE_PREVIEW))
        return client->presented_us + IDLE_FRAME_US;
    int64_t look_us = client->looked_us + look_interval_us(client, client->looked_us), fade_us = fade_begins_us(client);
    return fade_us > client->looked_us ? MIN(look_us, fade_us) : look_us;
}

/* A screen on which nothing has changed is not drawn again. */
static bool has_changed(struct client *client, int64_t now_us)
{
    struct scene *now = g_new(struct scene, 1);
    float shown = controls(client, now_us);
    bool pictures = video_view_is_fresh(client->remote) || video_view_is_fresh(client->preview);
    describe(client, now, now_us);
    bool changed = client->dirty || pictures || (shown > 0 && shown < 1) || overlay_is_shown(client->overlay) ||
                   memcmp(now, &client->scene, sizeof *now);
    g_free(now);
    return changed;
}

void client_tick(struct client *client, int64_t now_us)
{
    SDL_Event event;
    while (SDL_PollEvent(&event))
        handle_event(client, &event, now_us);
    enum command command = input_poll(&client->input, theme_of(client), now_us);
    if (command != COMMAND_NONE)
        execute(client, command, 0);
    if (now_us < present_due(client))
        return;
    client->looked_us = now_us;
    if (has_changed(client, now_us))
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

struct window *client_window(const struct client *client)
{
    return client->window;
}
