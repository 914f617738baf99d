#include <glib.h>

#include "app/language.h"
#include "app/scene.h"

void scene_home(struct scene *scene, const struct scene_context *context)
{
    scene->name = "home";
    scene->main = PICTURE_PREVIEW;
    scene->dim = context->theme->dims[THEME_DIM_NOTICE];
    g_strlcpy(scene->title, agent_user(context->agent), SCENE_TEXT);
    if (context->last_call)
        g_strlcpy(scene->subtitle, context->last_call, SCENE_TEXT);
    if (scene_describe_trouble(scene, context))
        return;
    g_strlcpy(scene->notice, _("Ready for calls"), SCENE_TEXT);
    scene_say(scene->detail, _("Others call you as “%s”"), agent_user(context->agent));
}
