/* A picture of a call's milestones: one row for each party, a mark for each milestone, times in milliseconds, as PNG.
 * Needs no window: drawn into an SDL surface by the software renderer. */
#ifndef CALLAPI_RENDER_TIMELINE_H
#define CALLAPI_RENDER_TIMELINE_H

#include <stdbool.h>

struct timeline_mark {
    const char *party; /* "caller alice", "callee bob" */
    const char *name;  /* "accepted" */
    double at_ms;      /* from the call's start */
};

bool timeline_save_png(const char *path, const char *title, const struct timeline_mark *marks, int n,
                       const char *asset_dir);

#endif
