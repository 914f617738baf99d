#include <glib.h>

#include "app/language.h"
#include "app/scene.h"

static void describe_time(struct scene *scene, const struct scene_context *context)
{
    int64_t connected_us = call_timing_us(agent_timing(context->agent), CALL_MILESTONE_CONNECTED);
    int seconds = (int)((context->now_us - connected_us) / G_USEC_PER_SEC);
    bool muted = agent_remote_is_muted(context->agent);
    g_snprintf(scene->subtitle, SCENE_TEXT, "%d:%02d%s%s", seconds / 60, seconds % 60, muted ? " · " : "", muted ? _("muted") : "");
}

/* Over the last picture, which stays. */
static void describe_trouble(struct scene *scene, const struct scene_context *context, const char *who)
{
    const struct agent *agent = context->agent;
    if (agent_is_reconnecting(agent)) {
        scene->dim = context->theme->dims[THEME_DIM_NOTICE];
        g_strlcpy(scene->notice, _("Reconnecting"), SCENE_TEXT);
        scene_say(scene->detail, _("Nothing comes from %s at the moment"), who);
    } else if (!agent_remote_camera_is_on(agent)) {
        scene->dim = context->theme->dims[THEME_DIM_CAMERA_OFF];
        g_strlcpy(scene->notice, who, SCENE_TEXT);
        g_strlcpy(scene->detail, _("The camera is switched off"), SCENE_TEXT);
    }
}

void scene_call(struct scene *scene, const struct scene_context *context)
{
    const struct agent *agent = context->agent;
    g_autofree char *who = agent_remote_user(agent);
    bool connected = agent_call_state(agent) == CALL_CONNECTED;
    bool picture = connected || context->has_remote_picture;    /* the audience has the room's until the call's first */
    scene->name = "call";
    scene->main = picture ? PICTURE_REMOTE : PICTURE_PREVIEW;
    scene->preview = picture;
    g_strlcpy(scene->badge, _("PRIVATE CALL"), SCENE_TEXT);
    g_strlcpy(scene->title, who, SCENE_TEXT);
    if (connected) {
        describe_time(scene, context);
        describe_trouble(scene, context, who);
        scene_add_mute(scene, agent);
        scene_add_button(scene, COMMAND_HANG_UP, _("Hang up"), UI_ICON_HANG_UP, UI_TONE_DANGER);
        scene_add_camera(scene, agent);
        scene->preview &= outgoing_camera_is_on(agent_outgoing(agent));
    } else {
        g_strlcpy(scene->subtitle, _("Connecting"), SCENE_TEXT);
        scene_add_button(scene, COMMAND_HANG_UP, _("Hang up"), UI_ICON_HANG_UP, UI_TONE_DANGER);
    }
    scene->enter = scene->escape = COMMAND_HANG_UP;
}
