#include "app/screen/scene.h"
#include "app/view/language.h"

static void say_in_the_middle(struct scene *scene, const struct view *view, const char *notice, const char *detail)
{
    scene_set(scene->notice, notice);
    scene_set(scene->detail, detail);
    scene->dim = view->theme->dims[THEME_DIM_NOTICE];
}

/* The middle stays free where a camera is: the code is looked for in its picture, and whoever holds it sees where it
 * is. */
void scene_setup(struct scene *scene, const struct view *view)
{
    scene->name = "setup";
    scene->toast[0] = 0;
    scene->main = view->asks_for_code && !view->camera_trouble ? PICTURE_PREVIEW : PICTURE_NONE;
    if (view->setup_wrong) {
        say_in_the_middle(scene, view, _("This set-up cannot be used"), view->setup_wrong);
    } else if (view->camera_trouble) {
        say_in_the_middle(scene, view, _("This screen is not set up yet"),
                          _("No camera works here. Put callapi.ini on the memory card."));
        return;
    }
    if (!view->asks_for_code)
        return;
    scene_set(scene->title, _("This screen is not set up yet"));
    scene_set(scene->subtitle, _("Hold the set-up code in front of the camera, or put callapi.ini on the memory card"));
    scene->subtitle_whole = true;
}
