/* Calls that come and go: pairs of users, one of whom calls the other, speaks for a while, hangs up, and again. */
#ifndef CALLAPI_APP_LOAD_PAIRS_H
#define CALLAPI_APP_LOAD_PAIRS_H

#include "app/load/user.h"

struct load_calls { /* what became of all calls */
    int begun, connected, ended;
    int lost;   /* were connected, and nobody hung up */
    int missed; /* begun, and never connected */
    int waited; /* tries while there was no signalling: it was called later */
    GArray *setup_ms;
    GPtrArray *why; /* of those that were lost or missed, in words; owned */
};

struct load_pair;

/* `common`: what both agents are made with. NULL, logged, where they cannot be. */
struct load_pair *load_pair_create(const char *name, bool decodes, const struct agent_config *common,
                                   struct load_calls *calls);
void load_pair_destroy(struct load_pair *pair); /* takes NULL */
void load_pair_poll(struct load_pair *pair, int64_t now_us);
/* No more calls; the one that there is ends as usual. */
void load_pair_finish(struct load_pair *pair);
struct load_user *load_pair_user(struct load_pair *pair, int which); /* 0: who calls; 1: who is called */

#endif
