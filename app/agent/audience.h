/* Who watches a broadcaster's room, and to whom she offers a connection: to all, or, where the room can be watched by a
 * stream as well, to the first ones and to some for whom no stream plays. Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_AUDIENCE_H
#define CALLAPI_APP_AGENT_AUDIENCE_H

#include <stdbool.h>

#include "net/protocol/room_streams.h"

struct audience;

/* `streams` is borrowed and outlives it. */
struct audience *audience_create(const struct room_streams *streams);
void audience_destroy(struct audience *audience); /* takes NULL */

/* A viewer has come, or asks for a connection; she is a device address, and so many have a connection now. Whether she
 * is to be offered one. Who asks has to be known: the hub decides who may watch. */
bool audience_join(struct audience *audience, const char *viewer, unsigned connected);
bool audience_ask(const struct audience *audience, const char *viewer, unsigned connected);
void audience_leave(struct audience *audience, const char *viewer);
/* The signalling is gone: who is there is told again. */
void audience_forget(struct audience *audience);

#endif
