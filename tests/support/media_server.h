/* A real media server for a test, with WHIP and WHEP in front of it: on free ports of 127.0.0.1, in a folder of its
 * own. Janus offers itself to players (janus_endpoint.py), aiortc takes their offers (webrtc_server.py). */
#ifndef CALLAPI_TESTS_MEDIA_SERVER_H
#define CALLAPI_TESTS_MEDIA_SERVER_H

#include <stdbool.h>

struct media_server;

enum media_server_kind { JANUS, AIORTC };

/* Whether this Debian has a Janus: 13 has no package of it. */
bool media_server_has_janus(void);
/* Janus's endpoint wants `token` (or NULL). */
struct media_server *media_server_start(enum media_server_kind kind, const char *token);
void media_server_kill(struct media_server *server);    /* SIGKILL */
void media_server_restart(struct media_server *server); /* on the same ports, knowing nothing */
void media_server_stop(struct media_server *server);    /* ends and frees it */
/* Of what is published, or played; g_free it. */
char *media_server_publish_url(const struct media_server *server);
char *media_server_play_url(const struct media_server *server);

#endif
