#include <glib.h>

#include "app/screen/scene.h"
#include "app/view/language.h"

static void ring_out(struct scene *scene, const struct view *view)
{
    scene_say(scene->notice, _("Calling %s"), view->looks_for ? view->looks_for : view->remote);
    const char *kind = view->audio_only ? _("Voice call") : _("Video call");
    g_snprintf(scene->detail, SCENE_TEXT, "%s%s%s", kind, view->delivered ? " · " : "",
               view->delivered ? _("It rings there") : "");
    scene_add_button(scene, COMMAND_CANCEL, _("Cancel"), UI_ICON_HANG_UP, UI_TONE_DANGER);
    scene->escape = COMMAND_CANCEL;
}

static void ring_in(struct scene *scene, const struct view *view)
{
    scene_say(scene->notice, _("%s is calling"), view->remote);
    scene_set(scene->detail, view->audio_only ? _("Voice call") : _("Video call"));
    scene_add_button(scene, COMMAND_ACCEPT, _("Accept"), UI_ICON_ACCEPT, UI_TONE_CALL);
    scene_add_button(scene, COMMAND_REJECT, _("Reject"), UI_ICON_REJECT, UI_TONE_DANGER);
    scene->escape = COMMAND_REJECT;
}

/* The room stays in sight while it rings; else the own picture, as a mirror, or the caller's where that is wanted. */
static void choose_pictures(struct scene *scene, const struct view *view)
{
    bool caller_seen = view->role == CALL_ROLE_CALLEE && view->preview_of_caller && view->has_remote_picture;
    enum scene_picture own = view->camera_on && !view->audio_only ? PICTURE_PREVIEW : PICTURE_NONE;
    scene->main = view->party == CALL_PARTY_AUDIENCE || caller_seen ? PICTURE_REMOTE : own;
    scene->corner = scene->main == PICTURE_REMOTE ? own : PICTURE_NONE;
    scene->dim = caller_seen ? 0 : view->theme->dims[THEME_DIM_RINGING];
}

/* What is seen in the middle is the caller: the words go to the heading. */
static void make_way(struct scene *scene)
{
    scene_set(scene->title, scene->notice);
    scene_set(scene->subtitle, scene->detail);
    scene->notice[0] = scene->detail[0] = scene->person[0] = 0;
    scene->ring = -1;
}

void scene_ringing(struct scene *scene, const struct view *view)
{
    bool out = view->looks_for || view->role == CALL_ROLE_CALLER;
    scene->name = out ? "ringing-out" : "ringing-in";
    scene->toast[0] = 0;
    choose_pictures(scene, view);
    scene_set(scene->person, view->looks_for ? view->looks_for : view->remote);
    if (view->ring_seconds_left >= 0)
        scene->ring = view->ring_part_left;
    if (out)
        ring_out(scene, view);
    else
        ring_in(scene, view);
    if (scene->main == PICTURE_REMOTE && scene->dim == 0)
        make_way(scene);
}
