#include "app/client/parts.h"

#include "app/view/language.h"
#include "app/view/words.h"

/* SDL has no file descriptor to wait for everywhere: presses are looked for once a frame. */
enum { FRAME_US = 16000 };

/* Without it the kiosk works all the same. */
static void open_attract(struct client *client, const struct client_config *config)
{
    g_autofree char *error = NULL;
    struct video_view *view = client->stage->views[PICTURE_ATTRACT];
    if (!view)
        return;
    client->attract = attract_create(config->attract, config->attract_each_us, config->context, video_view_sink(view),
                                     &error);
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
    client->stage = stage_create(config, error);
    if (!client->stage) {
        g_free(client);
        return NULL;
    }
    client->stage->input.search = client->chosen.search;
    client_forget_choices(client);
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
    client->own_picture_shown = true;
    open_attract(client, config);
    return client;
}

void client_destroy(struct client *client)
{
    if (!client)
        return;
    attract_destroy(client->attract);
    stage_destroy(client->stage);
    g_clear_pointer(&client->chosen.calls, g_ptr_array_unref);
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
    return video_view_sink(client->stage->views[PICTURE_REMOTE]);
}

struct frame_sink *client_preview_sink(struct client *client)
{
    return video_view_sink(client->stage->views[PICTURE_PREVIEW]);
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

/* ---- what is on the stage ---- */

static void describe_history(const struct client *client, struct view *view)
{
    view->keeps_calls = client->history != NULL;
    view->missed = client->history ? history_missed(client->history) : 0;
}

/* Changes nothing. */
static void describe(const struct client *client, struct scene *scene, int64_t now_us)
{
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    struct words_trouble trouble = words_of_status(client->status);
    struct view view = {
        .theme = stage_theme(client->stage),
        .chosen = client->chosen,
        .trouble = trouble.what,
        .to_do = trouble.to_do,
        .last_call = now_us < client->word_until_us ? client->word : NULL,
        .has_remote_picture = video_view_has_picture(client->stage->views[PICTURE_REMOTE]),
        .preview_of_caller = client->preview_of_caller,
        .can_switch_camera = client->cameras && client->cameras[0] && client->cameras[1],
        .speaker_missing = !speaker_is_there(client->speaker),
        .kiosk = client->kiosk != NULL,
        .attracts = client->attract && attract_is_shown(client->attract),
    };
    describe_history(client, &view);
    view_of_agent(&view, client->agent, people, now_us);
    if (client->kiosk)
        kiosk_view(client->kiosk, &view, now_us);
    int rows = (int)(view.chosen.calls ? view.chosen.calls : people)->len;
    view.chosen.first_row = client_first_row(client, view.chosen.first_row, rows);
    scene_describe(scene, &view);
}

/* What was seen of oneself some time ago is no mirror. */
static void show_own_picture(struct client *client, bool shown)
{
    if (shown == client->own_picture_shown)
        return;
    client->own_picture_shown = shown;
    if (shown)
        video_view_clear(client->stage->views[PICTURE_PREVIEW]);
    outgoing_show_preview(agent_outgoing(client->agent), shown);
}

/* The screen's words where they are others than before, but no call's time that goes on; and what the keys would press.
 */
static void speak(struct client *client)
{
    const struct scene *scene = &client->stage->scene;
    const struct box *box = input_focus(&client->stage->input, scene, &client->stage->layout);
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

static void give_picture(struct client *client)
{
    int w, h;
    g_autofree uint8_t *argb = window_read_argb(client->stage->window, &w, &h);
    manage_give_picture(client->manage, client->agent, argb, w, h);
}

static void tell_presented(struct client *client)
{
    const struct stage *stage = client->stage;
    struct player *player = agent_player(client->agent);
    int64_t pts = video_view_pts(stage->views[PICTURE_REMOTE]);
    if (stage->meter)
        screen_meter_presented(stage->meter, player, pts, stage->presented_us);
    player_presented(player, pts, stage->uploaded_us, stage->presented_us);
    agent_presented(client->agent, pts, stage->presented_us);
}

static void show(struct client *client, int64_t now_us)
{
    struct scene scene;
    describe(client, &scene, now_us);
    show_own_picture(client, scene_shows(&scene, PICTURE_PREVIEW));
    if (!stage_draw(client->stage, &scene, agent_statistics(client->agent), now_us))
        return;
    if (client->speech)
        speak(client);
    if (client->manage && manage_wants_picture(client->manage))
        give_picture(client);
    if (stage_present(client->stage, now_us))
        tell_presented(client);
    outgoing_spent(agent_outgoing(client->agent), CAPACITY_DRAWING, client->stage->drew_us);
}

static void poll_kiosk(struct client *client, int64_t now_us)
{
    switch (kiosk_poll(client->kiosk, now_us, client->stage->input.touched_us)) {
    case KIOSK_IDLE:
        client_go_to_start(client);
        break;
    case KIOSK_NOBODY_FOUND:
        client_say(client, g_strdup(_("Nobody can take the call at the moment")));
        break;
    case KIOSK_NO_CODE:
        client_say(client, g_strdup(_("This call cannot be continued elsewhere at the moment")));
        break;
    case KIOSK_CHANGED:
        client->stage->dirty = true;
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
    enum command command = stage_poll(client->stage, now_us);
    if (command != COMMAND_NONE)
        client_execute(client, command, 0);
    if (client->kiosk)
        poll_kiosk(client, now_us);
    if (client->history)
        history_poll(client->history, now_us, agent_call_state(client->agent) <= CALL_PREPARED);
    if (client->attract)
        attract_poll(client->attract, now_us);
    if (now_us >= stage_due(client->stage))
        show(client, now_us);
}

int64_t client_deadline(const struct client *client)
{
    int64_t attract_us = client->attract ? attract_deadline(client->attract) : INT64_MAX;
    return MIN(MIN(stage_due(client->stage), attract_us), g_get_monotonic_time() + FRAME_US);
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
    return stage_first_new_us(client->stage, since_us);
}

/* ---- results ---- */

bool client_save_shots(const struct client *client, const char *folder)
{
    return !client->stage->shots || shots_save(client->stage->shots, folder);
}

const struct screen_meter *client_meter(const struct client *client)
{
    return client->stage->meter;
}

const struct scene *client_scene(const struct client *client)
{
    return &client->stage->scene;
}

const struct layout *client_layout(const struct client *client)
{
    return &client->stage->layout;
}

const struct input *client_input(const struct client *client)
{
    return &client->stage->input;
}

struct window *client_window(const struct client *client)
{
    return client->stage->window;
}
