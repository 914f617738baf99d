#include <glib.h>

#include "app/screen/scene.h"
#include "app/view/language.h"
#include "app/view/words.h"

static void add_people(struct scene *scene, const struct view *view)
{
    scene->rows_before = view->chosen.first_row;
    scene->rows_in_all = (int)view->people->len;
    for (int i = view->chosen.first_row; i < (int)view->people->len && scene->n_rows < SCENE_ROWS; i++) {
        struct scene_row *row = &scene->rows[scene->n_rows++];
        const struct agent_person *person = view->people->pdata[i];
        scene_set(row->name, *person->name ? person->name : person->user);
        scene_set(row->user, person->user);
        scene_set(row->detail, _("Online"));
        row->icon = UI_ICON_CALL;
        row->command = COMMAND_CALL_PERSON;
    }
}

static void add_history(struct scene *scene, const struct view *view)
{
    if (!view->keeps_calls)
        return;
    struct ui_button *button = scene_add_button(scene, COMMAND_HISTORY, _("Calls"), UI_ICON_NONE, UI_TONE_NEUTRAL);
    if (!view->missed)
        return;
    g_autofree char *number = g_strdup_printf("%d", view->missed);
    g_autofree char *missed = words_with(ngettext("%s missed call", "%s missed calls", (unsigned long)view->missed),
                                         number);
    scene_set(scene->subtitle, missed);
    button->tone = UI_TONE_OFF; /* something to be looked at */
}

static void describe(struct scene *scene, const struct view *view)
{
    scene->name = "directory";
    scene_set(scene->title, view->name);
    if (scene_describe_trouble(scene, view))
        return;
    if (!scene_is_open(scene, view)) {
        scene_set(scene->notice, view->closed);
        scene_set(scene->detail, _("Calls are answered within the opening hours"));
        scene->toast[0] = 0;
        return;
    }
    if (view->no_directory && !view->online) {
        scene_set(scene->notice, _("Connecting"));
        return;
    }
    scene_add_reception(scene, view);
    if (view->no_directory) {
        scene_set(scene->notice, _("Welcome"));
        scene_set(scene->detail, view->n_reception ? _("Press a button to call us") : _("Ready for calls"));
        return;
    }
    scene_set(scene->subtitle, view->online ? _("Ready for calls") : _("Connecting"));
    add_history(scene, view);
    if (!view->people->len && !*view->chosen.search) {
        scene_set(scene->notice, _("Ready for calls"));
        scene_say(scene->detail, _("Nobody else is online. Others call you as “%s”."), view->self);
        return;
    }
    scene->list = true;
    scene_set(scene->search, view->chosen.search);
    scene_set(scene->search_hint, _("Type to search"));
    add_people(scene, view);
    if (!scene->n_rows)
        scene_say(scene->notice, _("Nobody called “%s” is online"), view->chosen.search);
}

void scene_directory(struct scene *scene, const struct view *view)
{
    describe(scene, view);
    scene_add_volume_aside(scene, view);
}
