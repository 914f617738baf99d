#include <glib.h>

#include "app/screen/scene.h"
#include "app/view/language.h"
#include "app/view/words.h"

/* And the words that both sides compare, which are always there: who needs them does not look for them first. */
static void describe_time(struct scene *scene, const struct view *view)
{
    g_autofree char *time = words_of_time(view->call_seconds);
    scene_set(scene->subtitle, time);
    if (view->safety_code[0]) {
        g_strlcat(scene->subtitle, " · ", SCENE_TEXT);
        g_strlcat(scene->subtitle, view->safety_code, SCENE_TEXT);
        scene->subtitle_whole = true;
    }
}

/* Silence that somebody has chosen looks like a failure to the other. */
static void describe_muted(struct scene *scene, const struct view *view)
{
    if (!view->muted && !view->remote_muted)
        return;
    const char *muted = !view->muted         ? _("The other side is muted")
                        : view->remote_muted ? _("Both sides are muted")
                                             : _("You are muted");
    if (scene->notice[0]) { /* words stand in the middle already */
        g_strlcat(scene->detail, " · ", SCENE_TEXT);
        g_strlcat(scene->detail, muted, SCENE_TEXT);
    } else if (!scene->toast[0]) {
        scene_set(scene->toast, muted);
        scene->toast_stays = true;
    }
}

/* Over the last picture, which stays; without pictures, over the initials of who speaks. */
static void describe_remote(struct scene *scene, const struct view *view)
{
    if (view->reconnecting) {
        scene->dim = view->theme->dims[THEME_DIM_NOTICE];
        scene_set(scene->notice, _("Reconnecting"));
        scene_say(scene->detail, _("Nothing comes from %s at the moment"), view->remote);
    } else if (view->unplayable && !view->audio_only && view->remote_camera_on) {
        scene->dim = view->theme->dims[THEME_DIM_NOTICE];
        scene_set(scene->notice, _("This picture cannot be shown here"));
        scene_say(scene->detail, _("You still hear %s"), view->remote);
    } else if (view->audio_only) {
        scene_set(scene->person, view->remote);
        scene_set(scene->notice, view->remote);
        scene_set(scene->detail, _("Voice call"));
        scene->levels[0] = view->remote_level;
        scene->levels[1] = view->muted ? 0 : view->level;
    } else if (!view->remote_camera_on && !view->chosen.swapped) {
        scene_set(scene->person, view->remote);
        scene_set(scene->notice, view->remote);
        scene_set(scene->detail, _("The camera is switched off"));
    }
}

/* Until it is used, or done away with; who is seen goes on behind it. */
static void describe_code(struct scene *scene, const struct view *view)
{
    if (!view->continue_at)
        return;
    scene->dim = view->theme->dims[THEME_DIM_NOTICE];
    scene->person[0] = '\0';
    scene->levels[0] = scene->levels[1] = -1;
    scene_set(scene->code, view->continue_at);
    scene_set(scene->notice, _("Continue on your phone"));
    scene_set(scene->detail, _("Scan this code with it: the call goes on there, and ends here"));
}

static void add_phone(struct scene *scene, const struct view *view)
{
    struct ui_button *phone = scene_add_round(scene, COMMAND_PHONE, _("Phone"), UI_ICON_PHONE,
                                              view->continue_at ? UI_TONE_OFF : UI_TONE_NEUTRAL);
    phone->disabled = view->state != CALL_CONNECTED || !view->online;
}

/* The same ones from the first picture's wait to the end, each in its place: what cannot be used now is only dimmed. */
static void add_controls(struct scene *scene, const struct view *view)
{
    scene_add_mute(scene, view);
    if (!view->audio_only)
        scene_add_camera(scene, view);
    if (view->can_switch_camera && !view->audio_only)
        scene_add_round(scene, COMMAND_SWITCH_CAMERA, _("Switch"), UI_ICON_SWITCH_CAMERA, UI_TONE_NEUTRAL)->disabled =
            !view->camera_on;
    scene_add_round(scene, COMMAND_HANG_UP, _("Hang up"), UI_ICON_HANG_UP, UI_TONE_DANGER);
    scene_add_volume(scene, view);
    if (view->audio_only)
        return;
    struct ui_button *preview = scene_add_round(scene, COMMAND_PREVIEW,
                                                view->chosen.preview_hidden ? _("Show me") : _("Hide me"),
                                                UI_ICON_PERSON, UI_TONE_NEUTRAL);
    preview->other_label = view->chosen.preview_hidden ? _("Hide me") : _("Show me");
    preview->disabled = !view->camera_on;
}

static void choose_pictures(struct scene *scene, const struct view *view)
{
    bool connected = view->state == CALL_CONNECTED;
    enum scene_picture remote = view->audio_only || (connected && !view->remote_camera_on) ? PICTURE_NONE
                                                                                           : PICTURE_REMOTE;
    enum scene_picture own = view->camera_on && !view->audio_only ? PICTURE_PREVIEW : PICTURE_NONE;
    if (!connected && !view->has_remote_picture) /* the audience has the room's until the call's first */
        remote = PICTURE_NONE;
    bool swap = own && (view->chosen.swapped || (!connected && !remote));
    scene->main = swap ? own : remote;
    scene->corner = swap ? remote : own;
    if (view->chosen.preview_hidden && scene->corner == PICTURE_PREVIEW)
        scene->corner = PICTURE_NONE;
}

void scene_call(struct scene *scene, const struct view *view)
{
    scene->name = view->audio_only ? "voice-call" : "call";
    choose_pictures(scene, view);
    scene_set(scene->badge, _("PRIVATE CALL"));
    scene_set(scene->title, view->remote);
    scene->escape = scene->enter = COMMAND_HANG_UP;
    add_controls(scene, view);
    if (view->may_continue)
        add_phone(scene, view);
    if (view->state != CALL_CONNECTED) {
        scene_set(scene->subtitle, _("Connecting"));
        return;
    }
    scene->quality = view->quality;
    describe_time(scene, view);
    describe_remote(scene, view);
    describe_code(scene, view);
    describe_muted(scene, view);
    scene->fading = !scene->notice[0];
}
