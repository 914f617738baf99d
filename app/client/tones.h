/* What is heard while it rings: the ring of an incoming call, the ring-back of an outgoing one. */
#ifndef CALLAPI_APP_CLIENT_TONES_H
#define CALLAPI_APP_CLIENT_TONES_H

#include "app/agent/agent.h"

struct tones;

/* `ring`, `ring_back`: files in place of those in ASSET_DIR/tones, "none" for silence, or NULL. What cannot be loaded
 * is said and stays silent. */
struct tones *tones_create(const char *asset_dir, const char *ring, const char *ring_back);
void tones_destroy(struct tones *tones); /* takes NULL; the player is gone */
/* Once a tick: has the agent's player ring as its call does. */
void tones_follow(struct tones *tones, const struct agent *agent);

#endif
