#include "app/language.h"
#include "app/scene.h"

void scene_attract(struct scene *scene, const struct view *view)
{
    scene->name = "attract";
    scene->main = PICTURE_ATTRACT;
    scene_set(scene->toast, view->closed ? view->closed : _("Touch to begin"));
}
