/* A button that calls several users in turn, until one accepts: who is busy, away, silent or declines is followed by
 * the next. Pure: it is told what becomes of each call, and says what to do. */
#ifndef CALLAPI_APP_KIOSK_RECEPTION_H
#define CALLAPI_APP_KIOSK_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/call_types.h"

enum { RECEPTION_BUTTONS = 4 };

struct reception;

/* Whether it is "LABEL: USER, USER...". */
bool reception_is_button(const char *text);

/* `buttons`: such texts, RECEPTION_BUTTONS at the most, or NULL: none. */
struct reception *reception_create(char *const *buttons, int64_t ring_us);
void reception_destroy(struct reception *reception); /* takes NULL */
int reception_buttons(const struct reception *reception);
const char *reception_label(const struct reception *reception, int button);

/* The button was pressed, at which no call may be running. */
void reception_press(struct reception *reception, int button, int64_t now_us);
/* The call ended, or was refused as it began. */
void reception_ended(struct reception *reception, enum call_reason reason);
/* It was accepted; or the visitor, or another call, has put an end to it. */
void reception_stop(struct reception *reception);

/* Who is to be called now, at which no call runs; NULL: nobody. Told once. */
const char *reception_next(struct reception *reception, int64_t now_us);
/* Whether the call that rings is to be given up for the next one: told once. */
bool reception_gives_up(struct reception *reception, int64_t now_us);
/* Of the time that it rings at this one, 1 to 0; negative: it does not. */
float reception_part_left(const struct reception *reception, int64_t now_us);
/* Somebody is being looked for: the label of the button. NULL: no. */
const char *reception_looks_for(const struct reception *reception);
/* Nobody took the call: told once. */
bool reception_has_failed(struct reception *reception);

#endif
