#include <glib.h>

#include "app/screen/scene.h"
#include "app/view/language.h"
#include "app/view/words.h"

/* Nobody is there to be called, and the picture goes on: others send the stream. */
static bool goes_on_alone(const struct view *view)
{
    return view->pulled && view->room_flows && !g_strcmp0(view->room_state, "away");
}

static void describe_absence(struct scene *scene, const struct view *view)
{
    struct words_trouble stream = words_of_stream(view->room_fault);
    if (!view->room_flows && !view->local_room && scene_describe_trouble(scene, view))
        return;
    if (stream.what) {
        scene_set(scene->notice, stream.what);
        scene_set(scene->detail, stream.to_do);
    } else if (goes_on_alone(view)) {
        scene_set(scene->subtitle, _("The broadcaster is away"));
    } else if (!g_strcmp0(view->room_state, "away")) {
        scene_set(scene->notice, _("The broadcaster is away"));
        scene_set(scene->detail, _("The room goes on as soon as the broadcaster is back"));
    } else if (!g_strcmp0(view->room_state, "private")) {
        scene_set(scene->notice, _("In a private call"));
        scene_set(scene->detail, _("The live room goes on after it"));
    } else if (view->unplayable && view->host_camera_on) {
        struct words_trouble trouble = words_of_status(AGENT_STATUS_ROOM_UNPLAYABLE);
        scene_set(scene->notice, trouble.what);
        scene_set(scene->detail, trouble.to_do);
    } else if (!view->has_remote_picture && view->host_camera_on && !view->sound_only) {
        scene_set(scene->notice, view->local_room ? _("Connecting to the stream") : _("Connecting to the room"));
    }
    if (scene->notice[0])
        scene->dim = view->theme->dims[THEME_DIM_NOTICE];
}

static void describe_without_picture(struct scene *scene, const char *who, const char *why)
{
    scene->main = PICTURE_NONE;
    scene_set(scene->person, who);
    scene_set(scene->notice, who);
    scene_set(scene->detail, why);
}

/* Who sends no picture is still there, and heard. */
static void describe_host(struct scene *scene, const struct view *view)
{
    if (view->sound_only) {
        describe_without_picture(scene, view->host && *view->host ? view->host : view->room, _("Sound only"));
    } else if (!view->host_camera_on) {
        describe_without_picture(scene, view->host,
                                 view->host_muted ? _("Camera and sound are switched off")
                                                  : _("The camera is switched off"));
    } else if (view->host_muted && !scene->toast[0]) {
        scene_set(scene->toast, _("The sound is switched off"));
    }
}

/* As wide as each other: what is between them is in the middle of the screen. Where there is no other room there is no
 * way. */
static void add_way(struct scene *scene, const struct view *view, enum command command, enum ui_icon icon)
{
    const char *previous = _("Previous room"), *next = _("Next room");
    struct ui_button *button = scene_add_round(scene, command, command == COMMAND_NEXT_ROOM ? next : previous, icon,
                                               UI_TONE_NEUTRAL);
    button->other_label = command == COMMAND_NEXT_ROOM ? previous : next;
    scene->buttons[scene->n_buttons - 1].flank = true;
    scene->buttons[scene->n_buttons - 1].away = view->only_room;
}

/* Each always in its place; a stream that names nobody has none to call. */
static void add_buttons(struct scene *scene, const struct view *view, bool can_call)
{
    add_way(scene, view, COMMAND_PREVIOUS_ROOM, UI_ICON_PREVIOUS);
    if (!view->local_room || (view->host && *view->host))
        scene_add_button(scene, COMMAND_CALL, _("Call"), UI_ICON_CALL, UI_TONE_CALL)->disabled = !can_call;
    add_way(scene, view, COMMAND_NEXT_ROOM, UI_ICON_NEXT);
    scene_add_volume_aside(scene, view);
    scene->enter = COMMAND_CALL;
}

void scene_live(struct scene *scene, const struct view *view)
{
    g_autofree char *watching = scene_watching(view);
    bool named = view->host && *view->host;
    scene->name = "live";
    scene->main = PICTURE_REMOTE;
    scene->zaps = true;
    scene_set(scene->title, view->room);
    if (named && view->local_room)
        scene_set(scene->subtitle, view->host);
    else if (named)
        g_snprintf(scene->subtitle, SCENE_TEXT, "%s · %s", view->host, watching);
    if (view->going_to) /* goes on until the other one is there */
        scene_say(scene->subtitle, _("Going to %s"), view->going_to);
    if (view->trouble && view->room_flows) /* only the hub is away: a word in the corner */
        scene_set(scene->subtitle, view->trouble);
    describe_absence(scene, view);
    bool absent = scene->notice[0], open = scene_is_open(scene, view);
    /* Whom a stream names can be called whatever the stream does. */
    bool can_call = view->local_room ? named && view->online : !absent && !view->trouble && !goes_on_alone(view);
    add_buttons(scene, view, open && can_call);
    if (absent)
        return;
    scene_set(scene->badge, _("LIVE"));
    scene->badge_live = true;
    scene->quality = view->quality;
    describe_host(scene, view);
    /* A stream that names nobody is only watched: what stands above it goes. */
    scene->fading = view->local_room && !named && !scene->notice[0];
}
