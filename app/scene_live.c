#include <glib.h>

#include "app/language.h"
#include "app/scene.h"

static void overlay(struct scene *scene, const struct scene_context *context)
{
    const char *state = agent_room_state(context->agent);
    if (scene_describe_trouble(scene, context))
        return;
    if (!g_strcmp0(state, "away")) {
        g_strlcpy(scene->notice, _("The broadcaster is away"), SCENE_TEXT);
        g_strlcpy(scene->detail, _("The room goes on as soon as the broadcaster is back"), SCENE_TEXT);
    } else if (!g_strcmp0(state, "private")) {
        g_strlcpy(scene->notice, _("In a private call"), SCENE_TEXT);
        g_strlcpy(scene->detail, _("The live room goes on after it"), SCENE_TEXT);
    } else if (!context->has_remote_picture) {
        g_strlcpy(scene->notice, _("Connecting to the room"), SCENE_TEXT);
    }
    if (scene->notice[0])
        scene->dim = context->theme->dims[THEME_DIM_NOTICE];
    else if (context->last_call)
        g_strlcpy(scene->subtitle, context->last_call, SCENE_TEXT);
}

void scene_live(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    g_autofree char *watching = scene_watching(agent);
    scene->name = "live";
    scene->main = PICTURE_REMOTE;
    g_strlcpy(scene->title, agent_room(agent), SCENE_TEXT);
    if (*agent_room_host(agent))
        g_snprintf(scene->subtitle, SCENE_TEXT, "%s · %s", agent_room_host(agent), watching);
    if (agent_room_gone_to(agent))      /* goes on until the other one is there */
        scene_say(scene->subtitle, _("Going to %s"), agent_room_gone_to(agent));
    overlay(scene, context);
    if (scene->notice[0])
        return;
    g_strlcpy(scene->badge, _("LIVE"), SCENE_TEXT);
    scene->badge_live = true;
    scene_add_button(scene, COMMAND_CALL, _("Call"), UI_ICON_CALL, UI_TONE_CALL);
}
