/* A real media server for a test, with WHIP and WHEP in front of it: on free ports of 127.0.0.1, in a folder of its
 * own. Janus offers itself to players (platform/scale), aiortc takes their offers (webrtc_server.py). */
#ifndef CALLAPI_TESTS_SFU_H
#define CALLAPI_TESTS_SFU_H

#include <stdbool.h>

struct sfu;

enum sfu_kind { JANUS, AIORTC };

/* Whether this Debian has a Janus: 13 has no package of it. */
bool sfu_has_janus(void);
/* Janus's endpoint wants `token` (or NULL). */
struct sfu *sfu_start(enum sfu_kind kind, const char *token);
/* A Janus that wants publishers to send pictures of so many bit/s at most. */
struct sfu *sfu_start_narrow(int bit_rate, const char *token);
void sfu_kill(struct sfu *server);    /* SIGKILL */
void sfu_restart(struct sfu *server); /* on the same ports, knowing nothing */
void sfu_stop(struct sfu *server);    /* ends and frees it */
/* Of what is published, or played; g_free it. */
char *sfu_publish_url(const struct sfu *server);
char *sfu_play_url(const struct sfu *server);

#endif
