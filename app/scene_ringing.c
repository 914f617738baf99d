#include <glib.h>

#include "app/scene.h"

void scene_ringing(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    g_autofree char *who = agent_remote_user(agent);
    bool live = agent_party(agent) == CALL_PARTY_AUDIENCE;
    scene->name = "calling";
    scene->main = live ? PICTURE_REMOTE : PICTURE_PREVIEW;
    scene->preview = live;
    scene->dim = context->theme->dims[THEME_DIM_RINGING];       /* the room stays in sight while it rings */
    if (agent_call_role(agent) == CALL_ROLE_CALLER) {
        g_snprintf(scene->notice, SCENE_TEXT, "Calling %s", who);
        g_strlcpy(scene->detail, call_timing_us(agent_timing(agent), CALL_MILESTONE_DELIVERED) ? "It rings there" : "", SCENE_TEXT);
        scene_add_button(scene, COMMAND_CANCEL, "Cancel", UI_ICON_HANG_UP, UI_TONE_DANGER);
        scene->escape = COMMAND_CANCEL;
    } else {
        g_snprintf(scene->notice, SCENE_TEXT, "%s is calling", who);
        g_strlcpy(scene->detail, "Video call", SCENE_TEXT);
        scene_add_button(scene, COMMAND_ACCEPT, "Accept", UI_ICON_ACCEPT, UI_TONE_CALL);
        scene_add_button(scene, COMMAND_REJECT, "Reject", UI_ICON_REJECT, UI_TONE_DANGER);
        scene->escape = COMMAND_REJECT;
    }
}
