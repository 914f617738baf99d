#include <glib.h>

#include "app/language.h"
#include "app/scene.h"

void scene_broadcast(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    scene->name = "broadcast";
    scene->main = PICTURE_PREVIEW;
    scene_add_mute(scene, agent);
    scene_add_camera(scene, agent);
    scene->enter = COMMAND_MUTE;
    g_strlcpy(scene->title, agent_room(agent), SCENE_TEXT);
    if (scene_describe_trouble(scene, context))
        return;
    bool camera_on = outgoing_camera_is_on(agent_outgoing(agent));
    g_strlcpy(scene->badge, camera_on ? _("ON AIR") : _("ON AIR · CAMERA OFF"), SCENE_TEXT);
    scene->badge_live = true;
    g_autofree char *watching = scene_watching(agent);
    g_snprintf(scene->subtitle, SCENE_TEXT, "%s%s%s", watching, context->last_call ? " · " : "",
               context->last_call ? context->last_call : "");
}
