#include "app/screen/scene.h"

#include <glib.h>
#include <string.h>

#include "app/view/language.h"
#include "app/view/words.h"

struct ui_button *scene_add_button(struct scene *scene, enum command command, const char *label, enum ui_icon icon,
                                   enum ui_tone tone)
{
    g_assert(scene->n_buttons < SCENE_BUTTONS);
    struct scene_button *button = &scene->buttons[scene->n_buttons++];
    button->button.label = label;
    button->button.icon = icon;
    button->button.tone = tone;
    button->command = command;
    return &button->button;
}

struct ui_button *scene_add_round(struct scene *scene, enum command command, const char *label, enum ui_icon icon,
                                  enum ui_tone tone)
{
    struct ui_button *button = scene_add_button(scene, command, label, icon, tone);
    button->round = true;
    return button;
}

/* What it is when it is on, and when it is off; a press goes from one to the other. */
static struct ui_button *add_switch(struct scene *scene, enum command command, bool on, const char *turn_off,
                                    const char *turn_on, enum ui_icon icon)
{
    struct ui_button *button = scene_add_round(scene, command, on ? turn_off : turn_on, icon,
                                               on ? UI_TONE_NEUTRAL : UI_TONE_OFF);
    button->other_label = on ? turn_on : turn_off;
    button->struck = !on;
    return button;
}

void scene_add_mute(struct scene *scene, const struct view *view)
{
    bool on = !view->muted && !view->microphone_missing;
    add_switch(scene, COMMAND_MUTE, on, _("Mute"), _("Unmute"), UI_ICON_MICROPHONE)->disabled =
        view->microphone_missing;
}

void scene_add_camera(struct scene *scene, const struct view *view)
{
    add_switch(scene, COMMAND_CAMERA, view->camera_on, _("Camera off"), _("Camera on"), UI_ICON_CAMERA)->disabled =
        view->camera_trouble;
}

void scene_add_volume(struct scene *scene, const struct view *view)
{
    struct ui_button *button = scene_add_round(scene, COMMAND_VOLUME, _("Volume"), UI_ICON_VOLUME,
                                               view->chosen.volume ? UI_TONE_NEUTRAL : UI_TONE_OFF);
    button->struck = !view->chosen.volume;
}

void scene_add_volume_aside(struct scene *scene, const struct view *view)
{
    scene_add_volume(scene, view);
    scene->buttons[scene->n_buttons - 1].aside = true;
}

void scene_add_reception(struct scene *scene, const struct view *view)
{
    for (int i = 0; i < view->n_reception; i++) {
        scene_add_button(scene, COMMAND_RECEPTION, view->reception[i], UI_ICON_PERSON, UI_TONE_CALL);
        scene->buttons[scene->n_buttons - 1].index = i;
    }
}

bool scene_is_open(struct scene *scene, const struct view *view)
{
    if (view->closed)
        g_snprintf(scene->toast, SCENE_TEXT, "%s · %s", view->closed, _("Calls are answered within the opening hours"));
    return !view->closed;
}

void scene_set(char *to, const char *text)
{
    g_strlcpy(to, text ? text : "", SCENE_TEXT);
}

void scene_say(char *text, const char *pattern, const char *name)
{
    g_autofree char *words = words_with(pattern, name);
    scene_set(text, words);
}

char *scene_watching(const struct view *view)
{
    char number[16];
    g_snprintf(number, sizeof number, "%d", view->viewers);
    return words_with(ngettext("%s watching", "%s watching", (unsigned long)MAX(view->viewers, 0)), number);
}

bool scene_describe_trouble(struct scene *scene, const struct view *view)
{
    if (!view->trouble)
        return false;
    scene_set(scene->notice, view->trouble);
    scene_set(scene->detail, view->to_do);
    scene->dim = view->theme->dims[THEME_DIM_NOTICE];
    return true;
}

static void describe_idle(struct scene *scene, const struct view *view)
{
    switch (view->party) {
    case CALL_PARTY_AUDIENCE:
        scene_live(scene, view);
        break;
    case CALL_PARTY_BROADCASTER:
        scene_broadcast(scene, view);
        break;
    case CALL_PARTY_ANYONE:
        view->chosen.calls && !view->closed && !view->trouble ? scene_history(scene, view)
                                                              : scene_directory(scene, view);
        break;
    }
}

/* Who only watches needs no camera. */
static const char *missing(const struct view *view)
{
    bool watches = view->state <= CALL_PREPARED && view->party == CALL_PARTY_AUDIENCE;
    return words_of_missing(watches || view->audio_only ? CAPTURE_WELL : view->camera_trouble,
                            view->microphone_missing && !watches, view->speaker_missing);
}

void scene_describe(struct scene *scene, const struct view *view)
{
    *scene = (struct scene){ 0 };
    scene->escape = view->kiosk ? COMMAND_NONE : COMMAND_QUIT;
    scene->fill = view->chosen.filled || view->attracts;
    scene->ring = scene->levels[0] = scene->levels[1] = -1;
    scene_set(scene->toast, view->last_call ? view->last_call : missing(view));
    if (view->setting_up || view->attracts) {
        view->setting_up ? scene_setup(scene, view) : scene_attract(scene, view);
        return;
    }
    switch (view->state) {
    case CALL_CALLING:
        scene_ringing(scene, view);
        break;
    case CALL_CONNECTING:
    case CALL_CONNECTED:
        scene_call(scene, view);
        break;
    case CALL_IDLE:
    case CALL_PREPARED:
    case CALL_FAILED:
        if (view->looks_for) /* between one and the next */
            scene_ringing(scene, view);
        else
            describe_idle(scene, view);
        break;
    }
}

/* ---- what is seen of one ---- */

bool scene_shows(const struct scene *scene, enum scene_picture picture)
{
    return scene->main == picture || scene->corner == picture;
}

static bool same_pictures(const struct scene *a, const struct scene *b)
{
    return a->main == b->main && a->corner == b->corner && a->fill == b->fill && a->dim == b->dim;
}

static bool same_signs(const struct scene *a, const struct scene *b)
{
    return a->badge_live == b->badge_live && a->quality == b->quality && a->ring == b->ring &&
           a->levels[0] == b->levels[0] && a->levels[1] == b->levels[1] && a->toast_stays == b->toast_stays &&
           a->fading == b->fading && a->zaps == b->zaps;
}

static bool same_texts(const struct scene *a, const struct scene *b)
{
    return !strcmp(a->badge, b->badge) && !strcmp(a->title, b->title) && !strcmp(a->subtitle, b->subtitle) &&
           !strcmp(a->person, b->person) && !strcmp(a->code, b->code) && !strcmp(a->notice, b->notice) &&
           !strcmp(a->detail, b->detail) && !strcmp(a->toast, b->toast) && !strcmp(a->search, b->search) &&
           !strcmp(a->search_hint, b->search_hint);
}

static bool same_row(const struct scene_row *a, const struct scene_row *b)
{
    return !strcmp(a->name, b->name) && !strcmp(a->detail, b->detail) && !strcmp(a->user, b->user) &&
           a->icon == b->icon && a->command == b->command;
}

static bool same_rows(const struct scene *a, const struct scene *b)
{
    bool same = a->list == b->list && a->n_rows == b->n_rows && a->rows_before == b->rows_before &&
                a->rows_in_all == b->rows_in_all;
    for (int i = 0; same && i < a->n_rows; i++)
        same = same_row(&a->rows[i], &b->rows[i]);
    return same;
}

static bool same_button(const struct scene_button *a, const struct scene_button *b)
{
    const struct ui_button *x = &a->button, *y = &b->button;
    return a->command == b->command && a->index == b->index && a->aside == b->aside && a->flank == b->flank &&
           a->away == b->away && !g_strcmp0(x->label, y->label) && !g_strcmp0(x->other_label, y->other_label) &&
           x->icon == y->icon && x->tone == y->tone && x->round == y->round && x->disabled == y->disabled &&
           x->bare == y->bare && x->struck == y->struck;
}

static bool same_buttons(const struct scene *a, const struct scene *b)
{
    bool same = a->n_buttons == b->n_buttons && a->enter == b->enter && a->escape == b->escape;
    for (int i = 0; same && i < a->n_buttons; i++)
        same = same_button(&a->buttons[i], &b->buttons[i]);
    return same;
}

bool scene_equals(const struct scene *a, const struct scene *b)
{
    return !g_strcmp0(a->name, b->name) && same_pictures(a, b) && same_signs(a, b) && same_texts(a, b) &&
           same_rows(a, b) && same_buttons(a, b);
}
