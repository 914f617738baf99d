#include <glib.h>

#include "app/screen/scene.h"
#include "app/view/language.h"

void scene_broadcast(struct scene *scene, const struct view *view)
{
    scene->name = "broadcast";
    scene->main = view->camera_on ? PICTURE_PREVIEW : PICTURE_NONE;
    if (!view->camera_on)
        scene_set(scene->person, view->name);
    scene_add_mute(scene, view);
    scene_add_camera(scene, view);
    scene_add_volume_aside(scene, view);
    scene_set(scene->title, view->room);
    if (!view->room_flows && scene_describe_trouble(scene, view))
        return;
    scene_set(scene->badge, view->camera_on ? _("ON AIR") : _("ON AIR · CAMERA OFF"));
    scene->badge_live = true;
    g_autofree char *watching = scene_watching(view);
    /* Only the hub is away: a word in the corner */
    scene_set(scene->subtitle, view->trouble ? view->trouble : watching);
}
