/* What a kiosk does by itself: opening hours, do not disturb, buttons that look for somebody, calls accepted by name, back to the start when nobody
 * is there. The window shows it and tells of presses. */
#ifndef CALLAPI_APP_KIOSK_H
#define CALLAPI_APP_KIOSK_H

#include "app/agent.h"
#include "app/options.h"
#include "app/view.h"

struct kiosk;

/* The options have been checked and outlive it. */
struct kiosk *kiosk_create(const struct options *options);
void kiosk_destroy(struct kiosk *kiosk);        /* takes NULL */
void kiosk_set_agent(struct kiosk *kiosk, struct agent *agent);

/* One of its buttons was pressed; whoever is looked for, is no more. */
void kiosk_press(struct kiosk *kiosk, int button, int64_t now_us);
void kiosk_cancel(struct kiosk *kiosk);
/* The agent's call changed. */
void kiosk_call(struct kiosk *kiosk, const struct call_notice *notice);

enum kiosk_news {
    KIOSK_NOTHING,
    KIOSK_IDLE,                 /* nobody is there any more: the window goes back to its start. Told once. */
    KIOSK_NOBODY_FOUND,         /* who was looked for: nobody took the call */
    KIOSK_CHANGED,              /* opened or closed */
};
/* Once a tick. `touched_us`: when somebody did something, the last time. */
enum kiosk_news kiosk_poll(struct kiosk *kiosk, int64_t now_us, int64_t touched_us);
/* What of it is seen. */
void kiosk_view(const struct kiosk *kiosk, struct view *view, int64_t now_us);

#endif
