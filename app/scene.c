#include "app/scene.h"

#include <glib.h>

#include "app/language.h"

void scene_add_button(struct scene *scene, enum command command, const char *label, enum ui_icon icon, enum ui_tone tone)
{
    g_assert(scene->n_buttons < SCENE_BUTTONS);
    scene->buttons[scene->n_buttons].button = (struct ui_button){ .label = label, .icon = icon, .tone = tone };
    scene->buttons[scene->n_buttons++].command = command;
}

void scene_add_mute(struct scene *scene, const struct agent *agent)
{
    bool muted = outgoing_is_muted(agent_outgoing(agent));
    scene_add_button(scene, COMMAND_MUTE, muted ? _("Unmute") : _("Mute"), UI_ICON_MICROPHONE, muted ? UI_TONE_DANGER : UI_TONE_NEUTRAL);
}

void scene_add_camera(struct scene *scene, const struct agent *agent)
{
    bool on = outgoing_camera_is_on(agent_outgoing(agent));
    scene_add_button(scene, COMMAND_CAMERA, on ? _("Camera off") : _("Camera on"), UI_ICON_CAMERA, on ? UI_TONE_NEUTRAL : UI_TONE_DANGER);
}

void scene_say(char *text, const char *pattern, const char *name)
{
    g_autofree char *words = words_with(pattern, name);
    g_strlcpy(text, words, SCENE_TEXT);
}

char *scene_watching(const struct agent *agent)
{
    int viewers = agent_room_viewers(agent);
    char number[16];
    g_snprintf(number, sizeof number, "%d", viewers);
    return words_with(ngettext("%s watching", "%s watching", (unsigned long)MAX(viewers, 0)), number);
}

bool scene_describe_trouble(struct scene *scene, const struct scene_context *context)
{
    if (!context->trouble.what)
        return false;
    g_strlcpy(scene->notice, context->trouble.what, SCENE_TEXT);
    g_strlcpy(scene->detail, context->trouble.to_do ? context->trouble.to_do : "", SCENE_TEXT);
    scene->dim = context->theme->dims[THEME_DIM_NOTICE];
    return true;
}

static void describe_idle(struct scene *scene, const struct scene_context *context)
{
    switch (agent_party(context->agent)) {
    case CALL_PARTY_AUDIENCE: scene_live(scene, context); break;
    case CALL_PARTY_BROADCASTER: scene_broadcast(scene, context); break;
    case CALL_PARTY_ANYONE: scene_home(scene, context); break;
    }
}

void scene_describe(struct scene *scene, const struct scene_context *context)
{
    *scene = (struct scene){ .escape = COMMAND_QUIT };
    switch (agent_call_state(context->agent)) {
    case CALL_CALLING: scene_ringing(scene, context); break;
    case CALL_CONNECTING:
    case CALL_CONNECTED: scene_call(scene, context); break;
    case CALL_IDLE:
    case CALL_PREPARED:
    case CALL_FAILED: describe_idle(scene, context); break;
    }
}
