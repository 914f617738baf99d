#include <glib.h>

#include "app/scene.h"

void scene_call(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    g_autofree char *who = agent_remote_user(agent);
    int64_t connected_us = call_timing_us(agent_timing(agent), CALL_MILESTONE_CONNECTED);
    bool connected = agent_call_state(agent) == CALL_CONNECTED;
    bool picture = connected || context->has_remote_picture;    /* the audience has the room's until the call's first */
    scene->name = "call";
    scene->main = picture ? PICTURE_REMOTE : PICTURE_PREVIEW;
    scene->preview = picture;
    g_strlcpy(scene->badge, "PRIVATE CALL", SCENE_TEXT);
    g_strlcpy(scene->title, who, SCENE_TEXT);
    if (connected) {
        int64_t seconds = (context->now_us - connected_us) / G_USEC_PER_SEC;
        g_snprintf(scene->subtitle, SCENE_TEXT, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    } else {
        g_strlcpy(scene->subtitle, "Connecting", SCENE_TEXT);
    }
    scene_add_button(scene, COMMAND_HANG_UP, "Hang up", UI_ICON_HANG_UP, UI_TONE_DANGER);
    scene->escape = COMMAND_HANG_UP;
}
