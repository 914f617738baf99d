#include "app/screen/scene.h"
#include "app/view/language.h"

void scene_attract(struct scene *scene, const struct view *view)
{
    scene->name = "attract";
    scene->main = PICTURE_ATTRACT;
    scene_set(scene->toast, view->closed ? view->closed : _("Touch to begin"));
}
