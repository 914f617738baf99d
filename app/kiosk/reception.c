#include "app/kiosk/reception.h"

#include <glib.h>
#include <string.h>

#include "net/protocol/hub_protocol.h"

struct button {
    char *label, **users;
};

struct reception {
    struct button buttons[RECEPTION_BUTTONS];
    int n;
    int64_t ring_us;
    const struct button *pressed; /* NULL: nobody is looked for */
    guint next;                   /* of its users */
    bool calls;                   /* the one before it is being called */
    int64_t give_up_us;           /* INT64_MAX: that is done, or need not be */
    bool failed;
};

static char **read_users(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    g_autoptr(GStrvBuilder) users = g_strv_builder_new();
    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part))
            g_strv_builder_add(users, *part);
    return g_strv_builder_end(users);
}

static bool are_users(char *const *users)
{
    for (; *users; users++)
        if (!hub_name_is_valid(*users))
            return false;
    return true;
}

/* False: it is no such text. */
static bool read_button(const char *text, struct button *button)
{
    const char *colon = strchr(text, ':');
    *button = (struct button){ 0 };
    if (!colon)
        return false;
    button->label = g_strstrip(g_strndup(text, (size_t)(colon - text)));
    button->users = read_users(colon + 1);
    return *button->label && *button->users && are_users(button->users);
}

static void clear_button(struct button *button)
{
    g_free(button->label);
    g_strfreev(button->users);
}

bool reception_is_button(const char *text)
{
    struct button button;
    bool good = read_button(text, &button);
    clear_button(&button);
    return good;
}

struct reception *reception_create(char *const *buttons, int64_t ring_us)
{
    struct reception *reception = g_new0(struct reception, 1);
    reception->ring_us = ring_us;
    for (; buttons && *buttons && reception->n < RECEPTION_BUTTONS; buttons++)
        read_button(*buttons, &reception->buttons[reception->n++]);
    return reception;
}

void reception_destroy(struct reception *reception)
{
    if (!reception)
        return;
    for (int i = 0; i < reception->n; i++)
        clear_button(&reception->buttons[i]);
    g_free(reception);
}

int reception_buttons(const struct reception *reception)
{
    return reception->n;
}

const char *reception_label(const struct reception *reception, int button)
{
    return reception->buttons[button].label;
}

/* ---- looking for somebody ---- */

void reception_press(struct reception *reception, int button, int64_t now_us)
{
    (void)now_us;
    reception_stop(reception);
    if (button >= 0 && button < reception->n)
        reception->pressed = &reception->buttons[button];
}

float reception_part_left(const struct reception *reception, int64_t now_us)
{
    if (!reception->pressed || !reception->calls || reception->give_up_us == INT64_MAX)
        return -1;
    return CLAMP((float)(reception->give_up_us - now_us) / (float)reception->ring_us, 0, 1);
}

void reception_stop(struct reception *reception)
{
    reception->pressed = NULL;
    reception->next = 0;
    reception->calls = reception->failed = false;
    reception->give_up_us = INT64_MAX;
}

static bool may_another_take_it(enum call_reason reason)
{
    switch (reason) {
    case CALL_REASON_REMOTE_REJECTED:
    case CALL_REASON_REMOTE_BUSY:
    case CALL_REASON_OFFLINE:
    case CALL_REASON_REMOTE_GONE:
    case CALL_REASON_CALLING_TIMEOUT:
    case CALL_REASON_REMOTE_TIMEOUT:
    case CALL_REASON_NOT_ALLOWED:
    case CALL_REASON_MESSAGE_FAILED:
    case CALL_REASON_LOCAL_CANCELLED:
        return true; /* that was us, for the next one */
    default:
        return false;
    }
}

void reception_ended(struct reception *reception, enum call_reason reason)
{
    if (!reception->pressed || !reception->calls)
        return;
    reception->calls = false;
    if (!may_another_take_it(reason))
        reception_stop(reception);
}

const char *reception_next(struct reception *reception, int64_t now_us)
{
    if (!reception->pressed || reception->calls)
        return NULL;
    const char *user = reception->pressed->users[reception->next];
    if (!user) {
        reception_stop(reception);
        reception->failed = true;
        return NULL;
    }
    reception->next++;
    reception->calls = true;
    reception->give_up_us = now_us + reception->ring_us;
    return user;
}

bool reception_gives_up(struct reception *reception, int64_t now_us)
{
    if (!reception->pressed || !reception->calls || now_us < reception->give_up_us)
        return false;
    reception->give_up_us = INT64_MAX;
    return true;
}

const char *reception_looks_for(const struct reception *reception)
{
    return reception->pressed ? reception->pressed->label : NULL;
}

bool reception_has_failed(struct reception *reception)
{
    bool failed = reception->failed;
    reception->failed = false;
    return failed;
}
