/* The live rooms in the order of their names, as a ring: what the next and the previous one are. */
#ifndef CALLAPI_APP_AGENT_ROOM_RING_H
#define CALLAPI_APP_AGENT_ROOM_RING_H

#include <cjson/cJSON.h>

struct room_ring;

struct room_ring *room_ring_create(void);       /* empty */
void room_ring_destroy(struct room_ring *ring); /* takes NULL */
/* Holds the rooms of an answer to "rooms" (net/protocol/PROTOCOL.md) whose broadcaster is there, and no others any
 * more. */
void room_ring_set(struct room_ring *ring, const cJSON *answer);
/* One more behind the others, whatever its name: a ring in the order of its making, which is never set. */
void room_ring_append(struct room_ring *ring, const char *room);
void room_ring_remove(struct room_ring *ring, const char *room); /* where it is there */
/* The room `steps` further than `room`, which need not be in the ring; negative: before it. NULL where the ring is
 * empty, or for no steps. Borrowed until the ring changes; may be `room` itself. */
const char *room_ring_beside(const struct room_ring *ring, const char *room, int steps);

#endif
