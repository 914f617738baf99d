/* One user of many: an agent, its player, and what came on a screen that nobody looks at. */
#ifndef CALLAPI_APP_LOAD_USER_H
#define CALLAPI_APP_LOAD_USER_H

#include "app/agent/agent.h"

enum { LOAD_BREAK_US = 500000 }; /* no picture for longer is a break */

struct load_break {
    int64_t from_us, to_us; /* g_get_real_time; to: 0 where it lasts */
};

struct load_user {
    char *name;
    struct frame_sink screen;
    struct player *player;
    struct agent *agent;
    bool decodes;
    int64_t began_us, online_us, entered_us, media_us; /* since when; 0: not yet. media: the stream or connection */
    int64_t first_us, last_us;                         /* of the pictures; last: 0 where none is expected */
    uint64_t pictures, codes, missing, dropped_before; /* codes: that were read; missing: between those */
    struct framecode_place {
        unsigned source, number;
    } newest;       /* of the last code */
    GArray *breaks; /* struct load_break */
};

struct load_user_config {
    const char *name;
    bool decodes;
    struct agent_config agent; /* but for user, player and what endpoints have */
};

/* NULL, logged, where it cannot be made. Owned by the caller. */
struct load_user *load_user_create(const struct load_user_config *config);
void load_user_destroy(struct load_user *user); /* takes NULL */
void load_user_poll(struct load_user *user, int64_t now_us);

/* From now on pictures are expected anew: what was before is no break. */
void load_user_forget_last(struct load_user *user);
/* A break that lasts is noted as such. */
void load_user_finish(struct load_user *user);
/* Percent of the pictures that were lost on the way: by the frame codes where they are read, else of those that came
 * damaged, or that waited for a key frame. */
double load_user_loss(const struct load_user *user);

#endif
