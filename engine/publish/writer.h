/* A publisher by libavformat: RTMP, SRT, RTSP record, MPEG-TS over UDP, files. libavformat's writes block, so each has
 * a thread of its own behind a bounded mailbox (engine/publish/mailbox.h). */
#ifndef CALLAPI_ENGINE_PUBLISH_WRITER_H
#define CALLAPI_ENGINE_PUBLISH_WRITER_H

#include "engine/publish/publisher.h"

/* `url`: a PUBLISH_CONTAINER; `ca_file`: as --ca, or NULL: the system's authorities; both are copied. Connects at once,
 * and again whenever it breaks. Destroying it never waits: the thread says goodbye to the server where it can within
 * half a second, and frees itself. NULL, logged, where libavcodec lacks what it takes. */
struct publisher *publish_writer_create(const char *url, const char *ca_file);

#endif
