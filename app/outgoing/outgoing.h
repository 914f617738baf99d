/* What this user sends: camera and microphone, encoded once and sent to many: to peers, and to
 * publishers (engine/publish/publisher.h), which get the public's programme. Cameras deliver to
 * the preview all the time; an encoder works only while somebody receives its codec. Whoever
 * manages much less than the rest (engine/video/rate_outlier.h) gets smaller pictures of a second
 * encoder, which is there only while somebody does. Its pictures have at most a quarter of the
 * pixels: with libx264 640x360 takes 0.9 ms beside the 2.8 ms of 1280x720. Each size is encoded
 * once for each format that somebody gets it in: H.264, H.264 in slices that fit a packet each,
 * VP8. */
#ifndef CALLAPI_APP_OUTGOING_OUTGOING_H
#define CALLAPI_APP_OUTGOING_OUTGOING_H

#include "engine/adaptation/capacity.h"
#include "engine/capture/capture.h"
#include "engine/publish/publisher.h"
#include "engine/statistics/picture_times.h"
#include "engine/statistics/statistics.h"
#include "net/peer/peer.h"
#include "net/protocol/hub_protocol.h"

struct outgoing;

struct outgoing_config {
    struct capture_config capture;
    const char *microphone; /* NULL: the capture's own sound; "": the default microphone; else a device by name */
    struct audio_processing *processing; /* of the microphone's sound; borrowed; NULL: sent as it is */
    int64_t bit_rate;                    /* bit/s of the video at most; 0: 2 Mbit/s */
    GMainContext *loop; /* borrowed: hardware encoders that were proved are tried; NULL: software alone */
    const char *font;   /* file, for words in the public's picture; NULL: the system's */
};

/* NULL with words for the user in `error` (g_free it) where the camera or file cannot be opened. A missing microphone
 * is said on the log and does not stop the picture. Codecs and devices are opened here, before they are needed. */
struct outgoing *outgoing_create(const struct outgoing_config *config, char **error);
void outgoing_destroy(struct outgoing *outgoing);

/* Gets every camera picture; borrowed, may be NULL. */
void outgoing_set_preview(struct outgoing *outgoing, struct frame_sink *preview);
/* Whether the preview is looked at: where nobody does, and nobody receives, the camera rests, open. True from the
 * start. */
void outgoing_show_preview(struct outgoing *outgoing, bool shown);

/* What `peer` gets of our media from now on. A new recipient of pictures gets a key frame first. To be OUTGOING_NOTHING
 * before the peer is destroyed. `key_frames` is what this viewer may still ask for where others get the same pictures,
 * whose quality each key frame costs: all zero at first, borrowed until OUTGOING_NOTHING, kept by the caller from one
 * pause to the next. */
enum outgoing_share { OUTGOING_NOTHING, OUTGOING_SOUND, OUTGOING_ALL };
void outgoing_set_recipient(struct outgoing *outgoing, struct peer *peer, enum outgoing_share share,
                            struct hub_bucket *key_frames);
int outgoing_recipients(const struct outgoing *outgoing); /* how many peers */

/* The public's programme, for any number of publishers: the camera's pictures from the encoder that serves the peers as
 * well, with a key frame every two seconds at least, and the sound. Takes the publisher. */
void outgoing_add_publisher(struct outgoing *outgoing, struct publisher *publisher);
/* True: a private call has camera and microphone. The public gets the last picture from before it, dimmed, with words,
 * and silence; of what is captured from now on nothing, until it is false again. */
void outgoing_set_private(struct outgoing *outgoing, bool on);
/* Publishers that wait try again at once. */
void outgoing_network_changed(struct outgoing *outgoing);
/* Borrowed; NULL: there are not so many. */
struct publisher *outgoing_publisher(const struct outgoing *outgoing, int index);

/* Muted: silence is sent. Camera off: no pictures, neither sent nor to the preview; on again: with a key frame. */
void outgoing_set_muted(struct outgoing *outgoing, bool muted);
void outgoing_set_camera(struct outgoing *outgoing, bool on);
/* Of the sound that is sent, as engine/audio/sound_level.h; 0 while muted. */
float outgoing_audio_level(const struct outgoing *outgoing);
bool outgoing_is_muted(const struct outgoing *outgoing);
/* Not CAPTURE_WELL: the other side gets no pictures. */
enum capture_trouble outgoing_camera_trouble(const struct outgoing *outgoing);
/* False: there is none at the moment, and the other side gets no sound. */
bool outgoing_microphone_is_there(const struct outgoing *outgoing);
bool outgoing_camera_is_on(const struct outgoing *outgoing);

/* Another camera or file instead of the running one, which goes on until the first picture of the new one is there, and
 * altogether where that cannot be opened: `done` gets words for the user then, else NULL. A switch that is under way is
 * given up for it. */
typedef void (*outgoing_switched)(void *user_data, const char *error);
void outgoing_switch_capture(struct outgoing *outgoing, GMainContext *context, const struct capture_config *capture,
                             outgoing_switched done, void *user_data);

/* A recipient's wishes (RTCP). Requests that come together make one key frame; what is too much is left out, and asked
 * for again by whoever needs it. */
void outgoing_request_key_frame(struct outgoing *outgoing, const struct peer *peer);
void outgoing_limit_bit_rate(struct outgoing *outgoing, struct peer *peer, int64_t bit_rate);

/* Its pictures are the small ones: what it manages says nothing about the others'. */
bool outgoing_is_apart(const struct outgoing *outgoing, const struct peer *peer);

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

/* The loop was just so long busy with pictures from elsewhere, or with drawing: what it takes together decides how
 * large the pictures are that this machine manages to send (engine/adaptation/capacity.h). */
void outgoing_spent(struct outgoing *outgoing, enum capacity_work work, int64_t took_us);
/* At each turn of the loop: pictures of this size come, in pixels (0: none). What their sender should encode
 * them with at most so that this machine manages them, bit/s; 0: what it likes (engine/adaptation/reception.h). */
int64_t outgoing_manageable_bit_rate(struct outgoing *outgoing, int width, int height, int64_t now_us);

/* How many pictures of the camera were encoded, of all sizes: five viewers in a room that manage the
 * same cost as many as one, publishers or not. */
uint64_t outgoing_encoded(const struct outgoing *outgoing);
/* Of the last pictures, by their time of capture. */
const struct picture_times *outgoing_times(const struct outgoing *outgoing);
/* The encoder that `peer` gets its pictures from. False where it gets none. */
bool outgoing_statistics(const struct outgoing *outgoing, const struct peer *peer, struct encoding_statistics *out);

#endif
