/* Somebody who visits a hub from a thread of his own, in blocking calls of which none fails on purpose: he reads a
 * page, and logs in over a WebSocket. */
#ifndef CALLAPI_TESTS_FAULTS_VISITOR_H
#define CALLAPI_TESTS_FAULTS_VISITOR_H

#include <stdbool.h>

struct visitor;

/* `url`: as hub_url; `token`: for the login. Both borrowed until visitor_leave. */
struct visitor *visitor_begin(const char *url, const char *token);
bool visitor_is_done(const struct visitor *visitor);
/* Waits for its end. Whether he got all that he came for. */
bool visitor_leave(struct visitor *visitor);

#endif
