#include <glib.h>

#include "app/language.h"
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
        scene_say(scene->notice, _("Calling %s"), who);
        g_strlcpy(scene->detail, call_timing_us(agent_timing(agent), CALL_MILESTONE_DELIVERED) ? _("It rings there") : "", SCENE_TEXT);
        scene_add_button(scene, COMMAND_CANCEL, _("Cancel"), UI_ICON_HANG_UP, UI_TONE_DANGER);
        scene->escape = COMMAND_CANCEL;
    } else {
        scene_say(scene->notice, _("%s is calling"), who);
        g_strlcpy(scene->detail, _("Video call"), SCENE_TEXT);
        scene_add_button(scene, COMMAND_ACCEPT, _("Accept"), UI_ICON_ACCEPT, UI_TONE_CALL);
        scene_add_button(scene, COMMAND_REJECT, _("Reject"), UI_ICON_REJECT, UI_TONE_DANGER);
        scene->escape = COMMAND_REJECT;
    }
}
