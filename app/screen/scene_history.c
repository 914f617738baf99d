#include <glib.h>

#include "app/kiosk/history.h"
#include "app/screen/scene.h"
#include "app/view/language.h"
#include "app/view/words.h"

static const char *kind_of(const struct history_entry *entry)
{
    return history_is_missed(entry) ? _("Missed") : entry->outgoing ? _("Outgoing") : _("Incoming");
}

static void add_call(struct scene *scene, const struct history_entry *entry)
{
    struct scene_row *row = &scene->rows[scene->n_rows++];
    g_autofree char *when = words_of_moment(entry->began_ms), *time = words_of_time((int)(entry->duration_ms / 1000));
    scene_set(row->name, *entry->name ? entry->name : entry->remote);
    scene_set(row->user, entry->remote);
    g_snprintf(row->detail, SCENE_TEXT, "%s · %s%s%s", kind_of(entry), when, entry->duration_ms ? " · " : "",
               entry->duration_ms ? time : "");
    row->icon = UI_ICON_CALL;
    row->command = COMMAND_CALL_PERSON;
}

void scene_history(struct scene *scene, const struct view *view)
{
    scene->name = "history";
    scene_set(scene->title, _("Calls"));
    scene_add_button(scene, COMMAND_HISTORY, _("Back"), UI_ICON_NONE, UI_TONE_NEUTRAL);
    scene_add_volume_aside(scene, view);
    scene->escape = COMMAND_HISTORY;
    if (!view->chosen.calls->len) {
        scene_set(scene->notice, _("No calls yet"));
        return;
    }
    scene->list = true;
    scene->rows_before = view->chosen.first_row;
    scene->rows_in_all = (int)view->chosen.calls->len;
    for (guint i = (guint)view->chosen.first_row; i < view->chosen.calls->len && scene->n_rows < SCENE_ROWS; i++)
        add_call(scene, view->chosen.calls->pdata[i]);
}
