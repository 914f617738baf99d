/* What a kiosk does by itself: opening hours, do not disturb, buttons that look for somebody, calls accepted by name,
 * back to the start when nobody is there. The window shows it and tells of presses. */
#ifndef CALLAPI_APP_KIOSK_KIOSK_H
#define CALLAPI_APP_KIOSK_KIOSK_H

#include "app/agent/agent.h"
#include "app/view/view.h"

struct kiosk;

/* The texts have been checked, are borrowed, and outlive the kiosk. */
struct kiosk_config {
    const char *opening_hours;   /* as opening_hours_parse; NULL: always open */
    char *const *reception;      /* as reception_create; NULL: no buttons */
    double reception_ring, idle; /* seconds; idle 0: never */
    char *const *allow;          /* users, or beginnings of users and '*', whose calls are accepted; NULL: none */
    bool do_not_disturb, no_directory;
    const char *phone_page; /* as handover_create, copied there; NULL: calls are not continued on phones */
};

struct kiosk *kiosk_create(const struct kiosk_config *config);
void kiosk_destroy(struct kiosk *kiosk); /* takes NULL */
void kiosk_set_agent(struct kiosk *kiosk, struct agent *agent);

/* One of its buttons was pressed; whoever is looked for, is no more. */
void kiosk_press(struct kiosk *kiosk, int button, int64_t now_us);
void kiosk_cancel(struct kiosk *kiosk);
/* The button for a phone. */
void kiosk_press_phone(struct kiosk *kiosk);
/* The agent's call changed. */
void kiosk_call(struct kiosk *kiosk, const struct call_notice *notice);

enum kiosk_news {
    KIOSK_NOTHING,
    KIOSK_IDLE,         /* nobody is there any more: the window goes back to its start. Told once. */
    KIOSK_NOBODY_FOUND, /* who was looked for: nobody took the call */
    KIOSK_NO_CODE,      /* for a phone: the hub gives none */
    KIOSK_CHANGED,      /* opened or closed, or a code came or went */
};
/* Once a tick. `touched_us`: when somebody did something, the last time. */
enum kiosk_news kiosk_poll(struct kiosk *kiosk, int64_t now_us, int64_t touched_us);
/* What of it is seen. */
void kiosk_view(const struct kiosk *kiosk, struct view *view, int64_t now_us);

#endif
