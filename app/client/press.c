#include "app/client/parts.h"

#include "app/view/language.h"
#include "app/view/words.h"

enum { CALLS = 200, MOUSE_SLOP = 12 };        /* that are shown; points */
enum { VOLUME_STEP = 10, VOLUME_PRESS = 25 }; /* per cent: of a key, of the button */

static void set_volume(struct client *client, int volume)
{
    client->chosen.volume = CLAMP(volume, 0, 100);
    player_set_volume(agent_player(client->agent), client->chosen.volume);
    g_autofree char *number = g_strdup_printf("%d %%", client->chosen.volume);
    client_say(client, words_with(_("Volume %s"), number));
}

int client_first_row(const struct client *client, int row, int rows)
{
    return CLAMP(row, 0, MAX(rows - MAX(client->stage->layout.rows_shown, 1), 0));
}

/* From what is seen: there may be fewer than there were. */
static void scroll(struct client *client, int lines)
{
    int rows = client->stage->scene.rows_in_all, seen = client_first_row(client, client->chosen.first_row, rows);
    client->chosen.first_row = client_first_row(client, seen + lines, rows);
}

/* What is looked at is missed no more. */
static void show_calls(struct client *client, bool shown)
{
    g_clear_pointer(&client->chosen.calls, g_ptr_array_unref);
    client->chosen.first_row = 0;
    if (!shown || !client->history)
        return;
    client->chosen.calls = history_list(client->history, CALLS, false);
    history_mark_seen(client->history);
}

static enum call_error call_person(struct client *client, int row)
{
    const struct scene *scene = &client->stage->scene;
    if (!scene->list || row >= scene->n_rows)
        return CALL_OK;
    client->chosen.search[0] = 0;
    show_calls(client, false);
    return agent_call(client->agent, scene->rows[row].user);
}

static void use_camera(struct client *client, guint camera)
{
    if (!client->cameras || !client->cameras[0] || camera == client->chosen.camera)
        return;
    client->chosen.camera = camera;
    struct capture_config config = { .camera = client->cameras[camera],
                                     .audio = "none",
                                     .width = client->camera_width,
                                     .height = client->camera_height };
    agent_switch_camera(client->agent, &config);
}

static void switch_camera(struct client *client)
{
    use_camera(client, (client->chosen.camera + 1) % MAX(client->cameras ? g_strv_length(client->cameras) : 0, 1));
}

/* A key that has just ended a call may be pressed once too often: the second time in a row it is meant. */
static void ask_to_quit(struct client *client)
{
    int64_t now_us = g_get_monotonic_time();
    int64_t time_us = (int64_t)(stage_theme(client->stage)->times[THEME_TOAST_TIME] * 1000);
    client->quit = client->quit_asked_us && now_us < client->quit_asked_us + time_us;
    client->quit_asked_us = now_us;
    if (!client->quit)
        client_say(client, g_strdup(_("Press it once more to leave")));
}

/* What only the window knows; false: the command is another one's. */
static bool change_window(struct client *client, enum command command, int index)
{
    switch (command) {
    case COMMAND_SWITCH_CAMERA:
        switch_camera(client);
        break;
    case COMMAND_SWAP:
        client->chosen.swapped = !client->chosen.swapped;
        break;
    case COMMAND_PREVIEW:
        client->chosen.preview_hidden = !client->chosen.preview_hidden;
        break;
    case COMMAND_FILL:
        client->chosen.filled = !client->chosen.filled;
        break;
    case COMMAND_HISTORY:
        show_calls(client, !client->chosen.calls);
        break;
    case COMMAND_SCROLL_UP:
        scroll(client, -index);
        break;
    case COMMAND_SCROLL_DOWN:
        scroll(client, index);
        break;
    case COMMAND_VOLUME:
        set_volume(client, client->chosen.volume ? client->chosen.volume - VOLUME_PRESS : 100);
        break;
    case COMMAND_VOLUME_UP:
        set_volume(client, client->chosen.volume + VOLUME_STEP);
        break;
    case COMMAND_VOLUME_DOWN:
        set_volume(client, client->chosen.volume - VOLUME_STEP);
        break;
    case COMMAND_FIGURES:
        overlay_toggle(client->stage->overlay, OVERLAY_FIGURES);
        break;
    case COMMAND_FRAME_TIMES:
        overlay_toggle(client->stage->overlay, OVERLAY_FRAME_TIMES);
        break;
    case COMMAND_FULLSCREEN:
        window_toggle_fullscreen(client->stage->window);
        break;
    case COMMAND_QUIT:
        ask_to_quit(client);
        break;
    default:
        return false;
    }
    return true;
}

/* True where somebody is looked for, who may be between two calls. */
static bool press_kiosk(struct client *client, enum command command, int index)
{
    if (!client->kiosk)
        return false;
    if (command == COMMAND_RECEPTION)
        kiosk_press(client->kiosk, index, g_get_monotonic_time());
    else if (command == COMMAND_CANCEL)
        kiosk_cancel(client->kiosk);
    else if (command == COMMAND_PHONE)
        kiosk_press_phone(client->kiosk);
    return command == COMMAND_RECEPTION;
}

static enum call_error operate(struct agent *agent, enum command command)
{
    switch (command) {
    case COMMAND_CALL:
        return agent_call(agent, NULL);
    case COMMAND_CANCEL:
        return agent_cancel(agent);
    case COMMAND_ACCEPT:
        return agent_accept(agent);
    case COMMAND_REJECT:
        return agent_reject(agent);
    case COMMAND_HANG_UP:
        return agent_hang_up(agent);
    case COMMAND_MUTE:
        agent_set_muted(agent, !outgoing_is_muted(agent_outgoing(agent)));
        break;
    case COMMAND_CAMERA:
        agent_set_camera(agent, !outgoing_camera_is_on(agent_outgoing(agent)));
        break;
    case COMMAND_NEXT_ROOM:
        agent_go_to_room_beside(agent, 1);
        break;
    case COMMAND_PREVIOUS_ROOM:
        agent_go_to_room_beside(agent, -1);
        break;
    default:
        break;
    }
    return CALL_OK;
}

/* In a kiosk nobody who stands there changes what its configuration says. */
static bool is_allowed(const struct client *client, enum command command)
{
    switch (command) {
    case COMMAND_QUIT:
    case COMMAND_FULLSCREEN:
        return !client->kiosk;
    case COMMAND_FIGURES:
    case COMMAND_FRAME_TIMES:
        return !client->kiosk || client->figures_shown;
    default:
        return true;
    }
}

void client_execute(struct client *client, enum command command, int index)
{
    enum call_error error = CALL_OK;
    if (!is_allowed(client, command))
        return;
    if (command == COMMAND_CALL_PERSON)
        error = call_person(client, index);
    else if (!press_kiosk(client, command, index) && !change_window(client, command, index))
        error = operate(client->agent, command);
    if (error)
        client_say(client, g_strdup(words_of_error(error)));
    client->stage->dirty = true;
}

void client_show_attract(struct client *client, bool shown)
{
    if (!client->attract || shown == attract_is_shown(client->attract))
        return;
    attract_show(client->attract, shown);
    client->mouse_moved = 0;
    player_set_volume(agent_player(client->agent), shown ? 0 : client->chosen.volume);
    client->stage->dirty = true;
}

/* A mouse is used when it has gone some way: a window that appears under it is told of a movement, too. */
static bool is_used(struct client *client, const SDL_Event *event)
{
    if (event->type == SDL_MOUSEMOTION)
        client->mouse_moved += abs(event->motion.xrel) + abs(event->motion.yrel);
    return event->type == SDL_KEYDOWN || event->type == SDL_MOUSEBUTTONDOWN || event->type == SDL_FINGERDOWN ||
           client->mouse_moved > MOUSE_SLOP;
}

/* What attracts goes away at any touch, which means nothing else. */
static bool is_woken(struct client *client, const SDL_Event *event, int64_t now_us)
{
    if (!client->attract || !attract_is_shown(client->attract))
        return false;
    if (!is_used(client, event))
        return event->type == SDL_MOUSEMOTION;
    client_show_attract(client, false);
    client->stage->input.touched_us = now_us;
    client->stage->dirty = true;
    return true;
}

/* As the next visitor expects to be seen and heard. */
void client_forget_media(struct client *client)
{
    agent_set_muted(client->agent, false);
    agent_set_camera(client->agent, true);
    use_camera(client, 0);
}

void client_forget_choices(struct client *client)
{
    g_clear_pointer(&client->chosen.calls, g_ptr_array_unref);
    client->chosen = (struct choices){ .volume = 100 };
}

void client_go_to_start(struct client *client)
{
    client_forget_media(client);
    client_forget_choices(client);
    player_set_volume(agent_player(client->agent), client->chosen.volume);
    stage_forget(client->stage, client->figures_shown);
    client_say(client, NULL);
    if (client->start_room)
        agent_go_to_room(client->agent, client->start_room);
    client_show_attract(client, true);
}

void client_handle(struct client *client, SDL_Event *event, int64_t now_us)
{
    if (is_woken(client, event, now_us))
        return;
    struct input_press press = stage_handle(client->stage, event, now_us);
    client->quit |= press.quits || (press.closes && is_allowed(client, COMMAND_QUIT));
    if (press.command != COMMAND_NONE)
        client_execute(client, press.command, press.index);
}
