#include <glib.h>

#include "app/language.h"
#include "app/scene.h"

static void add_people(struct scene *scene, const struct view *view)
{
    scene->rows_before = view->first_person;
    scene->rows_in_all = (int)view->people->len;
    for (int i = view->first_person; i < (int)view->people->len && scene->n_rows < SCENE_ROWS; i++) {
        struct scene_row *row = &scene->rows[scene->n_rows++];
        scene_set(row->name, view->people->pdata[i]);
        scene_set(row->detail, _("Online"));
        row->icon = UI_ICON_CALL;
        row->command = COMMAND_CALL_PERSON;
    }
}

void scene_directory(struct scene *scene, const struct view *view)
{
    scene->name = "directory";
    scene_set(scene->title, view->self);
    if (scene_describe_trouble(scene, view))
        return;
    if (!scene_is_open(scene, view)) {
        scene_set(scene->notice, view->closed);
        scene->toast[0] = 0;
        return;
    }
    scene_add_reception(scene, view);
    if (view->no_directory) {
        scene_set(scene->notice, _("Welcome"));
        scene_set(scene->detail, view->n_reception ? _("Press a button to call us") : _("Ready for calls"));
        return;
    }
    scene_set(scene->subtitle, view->online ? _("Ready for calls") : _("Connecting"));
    if (!view->people->len && !*view->search) {
        scene_set(scene->notice, _("Ready for calls"));
        scene_say(scene->detail, _("Nobody else is online. Others call you as “%s”."), view->self);
        return;
    }
    scene->list = true;
    scene_set(scene->search, view->search);
    scene_set(scene->search_hint, _("Type to search"));
    add_people(scene, view);
    if (!scene->n_rows)
        scene_say(scene->notice, _("Nobody called “%s” is online"), view->search);
}
