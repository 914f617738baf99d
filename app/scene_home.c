#include <glib.h>

#include "app/scene.h"

void scene_home(struct scene *scene, const struct scene_context *context)
{
    scene->name = "home";
    scene->main = PICTURE_PREVIEW;
    scene->dim = context->theme->dims[THEME_DIM_NOTICE];
    g_strlcpy(scene->title, agent_user(context->agent), SCENE_TEXT);
    if (context->last_call)
        g_strlcpy(scene->subtitle, context->last_call, SCENE_TEXT);
    if (context->status) {
        g_strlcpy(scene->notice, context->status, SCENE_TEXT);
    } else {
        g_strlcpy(scene->notice, "Ready for calls", SCENE_TEXT);
        g_snprintf(scene->detail, SCENE_TEXT, "Others call you as “%s”", agent_user(context->agent));
    }
}
