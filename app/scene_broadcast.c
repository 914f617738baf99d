#include <glib.h>

#include "app/scene.h"

void scene_broadcast(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    scene->name = "broadcast";
    scene->main = PICTURE_PREVIEW;
    g_strlcpy(scene->title, agent_room(agent), SCENE_TEXT);
    if (context->status) {
        g_strlcpy(scene->notice, context->status, SCENE_TEXT);
        scene->dim = 0.4f;
        return;
    }
    g_strlcpy(scene->badge, "ON AIR", SCENE_TEXT);
    scene->badge_live = true;
    g_snprintf(scene->subtitle, SCENE_TEXT, "%d watching%s%s", agent_room_viewers(agent),
               context->last_call ? " · " : "", context->last_call ? context->last_call : "");
}
