/* Real servers that a stream is published to: nginx with its RTMP module, ffmpeg as an SRT listener, GStreamer's RTSP
 * server. Each on a free port of 127.0.0.1, in a folder of its own, where it records what it gets. */
#ifndef CALLAPI_TESTS_MEDIA_SERVER_H
#define CALLAPI_TESTS_MEDIA_SERVER_H

#include <stdbool.h>

struct media_server;

enum media_server_kind { MEDIA_SERVER_RTMP, MEDIA_SERVER_SRT, MEDIA_SERVER_RTSP };

#define MEDIA_SERVER_KEY "d0ntT3ll" /* of the stream, in its address */

struct media_server *media_server_start(enum media_server_kind kind);
void media_server_stop(struct media_server *server); /* ends and frees it, with its folder; takes NULL */

/* Where to publish to; what it recorded (RTMP: the file is begun anew by each publishing). Borrowed. */
const char *media_server_url(const struct media_server *server);
const char *media_server_recording(const struct media_server *server);

void media_server_kill(struct media_server *server);    /* SIGKILL */
void media_server_restart(struct media_server *server); /* on the same port; what it recorded is gone */
/* It runs, and does nothing: what it is sent stays in the kernel. */
void media_server_freeze(struct media_server *server);

#endif
