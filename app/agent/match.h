/* A match: a call that the application's server begins. It tells both sides; the caller's invite names it, and the
 * callee accepts that invite by itself. Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_MATCH_H
#define CALLAPI_APP_AGENT_MATCH_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* All zero: none. */
struct match {
    const char *calling; /* caller: the one whose invite is being sent; borrowed; or NULL */
    char *id, *with;     /* callee: the one that is waited for, and the device that will call; or NULL */
};

void match_await(struct match *match, const char *id, const char *with);
/* Whether it is the invite that was waited for; then it is not any more. */
bool match_take(struct match *match, const char *from, const cJSON *invite);
void match_clear(struct match *match);

#endif
