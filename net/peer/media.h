/* The two RTP streams of a peer connection, one each way: senders and receivers, the RTCP that runs with them (RFC
 * 3550, 4585), and the sinks and the source that the rest of the program sees. Knows no transport; time is passed in
 * or looked up. */
#ifndef CALLAPI_NET_PEER_MEDIA_H
#define CALLAPI_NET_PEER_MEDIA_H

#include <stdint.h>

#include "engine/media/media.h"
#include "net/peer/peer.h"
#include "net/sdp/sdp.h"

struct peer_media;

struct peer_media_listener {
    /* `packet` has SRTP_OVERHEAD bytes of room behind it. */
    void (*send)(void *user_data, uint8_t *packet, size_t size, bool rtcp);
    void (*event)(void *user_data, const struct peer_event *event); /* key frame, paused, message, bit rate */
    void (*deadline_moved)(void *user_data);                        /* peer_media_deadline, by a call from outside */
};

struct peer_media *peer_media_create(const struct peer_media_listener *listener, void *user_data);
void peer_media_destroy(struct peer_media *media); /* takes NULL */

/* Puts SSRCs and names into our description. */
void peer_media_describe(const struct peer_media *media, struct sdp *own);
/* `agreed`: the answer. `remote`: the other side's description. `answerer`: the answer is ours. */
void peer_media_negotiated(struct peer_media *media, struct sdp *agreed, struct sdp *remote, bool answerer);
/* Connected: packets may go out. */
void peer_media_start(struct peer_media *media, int64_t now_us);
/* Says goodbye (RTCP BYE); nothing goes out or to the sinks afterwards. */
void peer_media_stop(struct peer_media *media);

/* The most that pictures are ever encoded with, bit/s. */
void peer_media_set_max_bit_rate(struct peer_media *media, int64_t bit_rate);

/* As peer_send_message. */
bool peer_media_send_message(struct peer_media *media, const char *text);

/* As peer_set_paused and its companions. */
void peer_media_set_paused(struct peer_media *media, bool paused);
bool peer_media_can_pause(const struct peer_media *media);
bool peer_media_is_paused(const struct peer_media *media, enum AVMediaType type);

void peer_media_receive(struct peer_media *media, const uint8_t *packet, size_t size, bool rtcp, int64_t now_us);
/* Does what is due; the next time is peer_media_deadline, INT64_MAX for none. */
void peer_media_poll(struct peer_media *media, int64_t now_us);
int64_t peer_media_deadline(const struct peer_media *media);

enum AVCodecID peer_media_video_codec(const struct peer_media *media);
bool peer_media_sends_single_nal_units(const struct peer_media *media);
bool peer_media_far_end_sends(const struct peer_media *media, enum AVMediaType type);
struct source *peer_media_source(struct peer_media *media);
struct packet_sink *peer_media_sink(struct peer_media *media, enum AVMediaType type);
struct peer_stats peer_media_stats(const struct peer_media *media);
void peer_media_milestones(const struct peer_media *media, struct peer_milestones *milestones);

#endif
