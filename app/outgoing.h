/* What this user sends: camera and microphone, encoded once and sent to many. Cameras deliver to the preview all the time;
 * an encoder works only while somebody receives its codec. */
#ifndef CALLAPI_APP_OUTGOING_H
#define CALLAPI_APP_OUTGOING_H

#include "engine/capture.h"
#include "net/peer.h"

struct outgoing;

struct outgoing_config {
    struct capture_config capture;
    const char *microphone;     /* NULL: the capture's own sound; "": the default microphone; else a device by name */
    int64_t bit_rate;           /* bit/s of the video at most; 0: 2 Mbit/s */
};

/* NULL with words for the user in `error` (g_free it) where the camera or file cannot be opened. A missing microphone is said
 * on the log and does not stop the picture. Codecs and devices are opened here, before they are needed. */
struct outgoing *outgoing_create(const struct outgoing_config *config, char **error);
void outgoing_destroy(struct outgoing *outgoing);

/* Gets every camera picture; borrowed, may be NULL. */
void outgoing_set_preview(struct outgoing *outgoing, struct frame_sink *preview);

/* Whether `peer` gets our media from now on. A new recipient gets a key frame first. To be unset before the peer is destroyed. */
void outgoing_set_recipient(struct outgoing *outgoing, struct peer *peer, bool receives);
int outgoing_recipients(const struct outgoing *outgoing);

/* A recipient's wishes (RTCP). Requests that come together make one key frame. */
void outgoing_request_key_frame(struct outgoing *outgoing);
void outgoing_limit_bit_rate(struct outgoing *outgoing, struct peer *peer, int64_t bit_rate);

/* Captures, encodes and sends what is due. */
void outgoing_poll(struct outgoing *outgoing, int64_t now_us);
int64_t outgoing_deadline(const struct outgoing *outgoing);

/* When the first ones since outgoing_watch were captured, and handed to the connected peer; 0: not yet. */
struct outgoing_firsts {
    int64_t captured_us, video_sent_us, audio_sent_us;
};
/* From now on for this recipient (borrowed until another, or NULL: none). */
void outgoing_watch(struct outgoing *outgoing, struct peer *peer);
struct outgoing_firsts outgoing_firsts(const struct outgoing *outgoing);

/* How many pictures were encoded: five viewers in a room cost as many as one. */
uint64_t outgoing_encoded(const struct outgoing *outgoing);

#endif
