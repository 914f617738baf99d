#include "app/kiosk/kiosk.h"

#include <string.h>

#include "app/kiosk/handover.h"
#include "app/kiosk/opening_hours.h"
#include "app/kiosk/reception.h"
#include "app/view/words.h"
#include "engine/text/address.h"

enum { CLOCK_US = 1000000 }; /* looks at the clock so often */

struct kiosk {
    struct kiosk_config config;
    struct agent *agent;
    struct opening_hours *hours; /* NULL: always open */
    struct reception *reception;
    struct handover *handover; /* NULL: none is wanted */
    bool open, idle, accept;   /* accept: the call that rings is of one who is let in */
    char *closed;              /* words, NULL while it is open */
    int64_t clock_us;          /* next look at it */
};

struct kiosk *kiosk_create(const struct kiosk_config *config)
{
    struct kiosk *kiosk = g_new0(struct kiosk, 1);
    g_autofree char *error = NULL;
    kiosk->config = *config;
    kiosk->open = true;
    kiosk->hours = config->opening_hours ? opening_hours_parse(config->opening_hours, &error) : NULL;
    kiosk->reception = reception_create(config->reception, (int64_t)(config->reception_ring * G_USEC_PER_SEC));
    kiosk->handover = config->phone_page ? handover_create(config->phone_page) : NULL;
    kiosk->config.phone_page = NULL;
    return kiosk;
}

void kiosk_destroy(struct kiosk *kiosk)
{
    if (!kiosk)
        return;
    opening_hours_free(kiosk->hours);
    reception_destroy(kiosk->reception);
    handover_destroy(kiosk->handover);
    g_free(kiosk->closed);
    g_free(kiosk);
}

void kiosk_set_agent(struct kiosk *kiosk, struct agent *agent)
{
    kiosk->agent = agent;
}

/* ---- presses and calls ---- */

void kiosk_press(struct kiosk *kiosk, int button, int64_t now_us)
{
    if (kiosk->open && agent_call_state(kiosk->agent) == CALL_PREPARED)
        reception_press(kiosk->reception, button, now_us);
}

void kiosk_cancel(struct kiosk *kiosk)
{
    reception_stop(kiosk->reception);
}

void kiosk_press_phone(struct kiosk *kiosk)
{
    if (kiosk->handover && agent_call_state(kiosk->agent) == CALL_CONNECTED)
        handover_press(kiosk->handover, kiosk->agent);
}

static bool is_let_in(const struct kiosk *kiosk, const char *remote)
{
    size_t user = address_user_length(remote);
    for (char *const *allow = kiosk->config.allow; allow && *allow; allow++) {
        size_t length = strlen(*allow);
        bool any = length && (*allow)[length - 1] == '*';
        if (any ? user >= length - 1 && !strncmp(remote, *allow, length - 1)
                : user == length && !strncmp(remote, *allow, length))
            return true;
    }
    return false;
}

void kiosk_call(struct kiosk *kiosk, const struct call_notice *notice)
{
    bool began = notice->previous == CALL_PREPARED && notice->state == CALL_CALLING;
    if (began && agent_describe(kiosk->agent).call.role == CALL_ROLE_CALLEE) {
        reception_stop(kiosk->reception);
        kiosk->accept = is_let_in(kiosk, notice->remote);
    }
    if (notice->state == CALL_CONNECTING && notice->previous == CALL_CALLING)
        reception_stop(kiosk->reception);
    if (notice->state == CALL_PREPARED && notice->previous > CALL_PREPARED) {
        kiosk->accept = false;
        if (kiosk->handover)
            handover_forget(kiosk->handover);
        reception_ended(kiosk->reception, notice->reason);
    }
}

/* ---- the tick ---- */

/* Returns whether it opened or closed. */
static bool look_at_clock(struct kiosk *kiosk, int64_t now_us)
{
    if (now_us < kiosk->clock_us)
        return false;
    kiosk->clock_us = now_us + CLOCK_US;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    bool open = opening_hours_is_open(kiosk->hours, now), changed = open != kiosk->open;
    kiosk->open = open;
    if (changed)
        agent_set_do_not_disturb(kiosk->agent, !open || kiosk->config.do_not_disturb);
    g_clear_pointer(&kiosk->closed, g_free);
    if (!open) {
        reception_stop(kiosk->reception);
        g_autoptr(GDateTime) next = opening_hours_next(kiosk->hours, now);
        kiosk->closed = words_of_closing(now, next);
    }
    return changed;
}

static void look_for_somebody(struct kiosk *kiosk, int64_t now_us)
{
    if (reception_gives_up(kiosk->reception, now_us))
        agent_cancel(kiosk->agent);
    if (agent_call_state(kiosk->agent) != CALL_PREPARED)
        return;
    const char *user = reception_next(kiosk->reception, now_us);
    enum call_error error = user ? agent_call(kiosk->agent, user) : CALL_OK;
    if (error) {
        g_info("%s cannot be called: %s", user, call_error_text(error));
        reception_ended(kiosk->reception, CALL_REASON_OFFLINE);
    }
}

static bool becomes_idle(struct kiosk *kiosk, int64_t now_us, int64_t touched_us)
{
    double idle = kiosk->config.idle;
    bool was_idle = kiosk->idle;
    kiosk->idle = idle > 0 && agent_call_state(kiosk->agent) <= CALL_PREPARED &&
                  !reception_looks_for(kiosk->reception) && now_us >= touched_us + (int64_t)(idle * G_USEC_PER_SEC);
    return kiosk->idle && !was_idle;
}

enum kiosk_news kiosk_poll(struct kiosk *kiosk, int64_t now_us, int64_t touched_us)
{
    bool changed = look_at_clock(kiosk, now_us);
    if (kiosk->accept) {
        kiosk->accept = false;
        agent_accept(kiosk->agent);
    }
    look_for_somebody(kiosk, now_us);
    if (reception_has_failed(kiosk->reception))
        return KIOSK_NOBODY_FOUND;
    if (kiosk->handover && handover_has_failed(kiosk->handover))
        return KIOSK_NO_CODE;
    if (becomes_idle(kiosk, now_us, touched_us))
        return KIOSK_IDLE;
    changed |= kiosk->handover && handover_has_changed(kiosk->handover, now_us);
    return changed ? KIOSK_CHANGED : KIOSK_NOTHING;
}

void kiosk_view(const struct kiosk *kiosk, struct view *view, int64_t now_us)
{
    float part = reception_part_left(kiosk->reception, now_us);
    if (part >= 0 &&
        (view->ring_seconds_left < 0 || part < view->ring_part_left)) { /* sooner than the call's own time-out */
        view->ring_part_left = part;
        view->ring_seconds_left = (int)(part * (float)kiosk->config.reception_ring);
    }
    view->closed = kiosk->closed;
    view->may_continue = kiosk->handover;
    view->continue_at = kiosk->handover ? handover_address(kiosk->handover) : NULL;
    view->looks_for = reception_looks_for(kiosk->reception);
    view->no_directory = kiosk->config.no_directory;
    view->n_reception = reception_buttons(kiosk->reception);
    for (int i = 0; i < view->n_reception; i++)
        view->reception[i] = reception_label(kiosk->reception, i);
}
