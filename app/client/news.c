#include "app/client/parts.h"

#include <string.h>

#include "app/view/language.h"
#include "app/view/words.h"
#include "engine/text/address.h"

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

void client_say(struct client *client, char *words)
{
    g_free(client->word);
    client->word = words;
    client->word_until_us = g_get_monotonic_time() +
                            (int64_t)(stage_theme(client->stage)->times[THEME_TOAST_TIME] * 1000);
    client->stage->dirty = true;
}

void client_tell(struct client *client, const char *words)
{
    client_say(client, g_strdup(words));
}

static void say_end(struct client *client, const struct call_notice *notice, const char *who)
{
    if (client->continued) {
        client->continued = false;
        g_message("the call goes on at another device");
        client_say(client, g_strdup(_("The call goes on at your phone")));
        return;
    }
    int64_t connected_us = call_timing_us(agent_timing(client->agent), CALL_MILESTONE_CONNECTED);
    g_autofree char *how = words_of_end(notice->reason, notice->role, who);
    if (how)
        g_message("%s", how);
    if (!connected_us) {
        client_say(client, g_steal_pointer(&how));
        return;
    }
    g_autofree char *time = words_of_time((int)((g_get_monotonic_time() - connected_us) / G_USEC_PER_SEC));
    client_say(client, g_strdup_printf("%s · %s", how ? how : _("Call ended"), time));
}

static void begin_call(struct client *client)
{
    client_say(client, NULL);
    client->chosen.swapped = client->chosen.preview_hidden = false;
    if (agent_describe(client->agent).party != CALL_PARTY_AUDIENCE) /* the audience goes on seeing the room */
        video_view_clear(client->stage->views[PICTURE_REMOTE]);
}

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct client *client = user_data;
    client->stage->dirty = true;
    client->stage->input.touched_us = g_get_monotonic_time(); /* what can be pressed now is shown */
    g_info("%s (%s, %s)", call_state_name(notice->state), call_event_name(notice->event),
           call_reason_name(notice->reason));
    if (notice->state == CALL_CONNECTED && notice->previous != CALL_CONNECTED)
        g_message("connected (with %s)", notice->remote);
    client_show_attract(client, false);
    if (client->kiosk)
        kiosk_call(client->kiosk, notice);
    if (client->history)
        history_call(client->history, notice);
    if (notice->previous == CALL_PREPARED && notice->state == CALL_CALLING)
        begin_call(client);
    if (notice->previous <= CALL_PREPARED || notice->state != CALL_PREPARED)
        return;
    if (client->kiosk)
        client_forget_media(client);
    g_autofree char *user = address_user(notice->remote);
    say_end(client, notice, *notice->name ? notice->name : user);
}

static void on_status(void *user_data, enum agent_status status, const char *why)
{
    struct client *client = user_data;
    const char *words = words_of_status(status).what;
    if (words && (status != client->status || g_strcmp0(why, client->why)))
        g_message("%s%s%s", words, why ? ": " : "", why ? why : "");
    client->status = status;
    set_text(&client->why, why);
    client->stage->dirty = true;
}

static void on_remote_media(void *user_data, bool muted, bool camera_on)
{
    (void)muted;
    (void)camera_on;
    ((struct client *)user_data)->stage->dirty = true;
}

static void on_link(void *user_data, enum agent_link link, const char *why)
{
    (void)link;
    (void)why;
    ((struct client *)user_data)->stage->dirty = true;
}

static void on_directory(void *user_data)
{
    ((struct client *)user_data)->stage->dirty = true;
}

static void on_continued(void *user_data)
{
    ((struct client *)user_data)->continued = true;
}

static void on_manage(void *user_data, const char *from, const cJSON *body)
{
    struct client *client = user_data;
    if (client->manage)
        manage_receive(client->manage, client->agent, client->stage->scene.name ? client->stage->scene.name : "", from,
                       body);
    client->stage->dirty = true; /* should a picture be wanted */
}

static const struct agent_listener agent_events = {
    .call = on_call,
    .status = on_status,
    .remote_media = on_remote_media,
    .link = on_link,
    .directory = on_directory,
    .continued = on_continued,
    .manage = on_manage,
};

const struct agent_listener *client_agent_listener(void)
{
    return &agent_events;
}
