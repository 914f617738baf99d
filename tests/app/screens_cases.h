/* Every screen that a person may see, as the view it is made from. */
#ifndef CALLAPI_TESTS_SCREENS_CASES_H
#define CALLAPI_TESTS_SCREENS_CASES_H

#include "app/view/view.h"

struct screen_case {
    const char *name;
    void (*set)(struct view *view); /* what differs from a live room that is watched and well */
};

extern const struct screen_case screen_cases[];
extern const int n_screen_cases;

/* The view of a case; people that it lists go to `people` (literals). */
void screen_case_view(const struct screen_case *screen, const struct theme *theme, GPtrArray *people,
                      struct view *view);

#endif
