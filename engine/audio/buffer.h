/* Jitter buffer for one stream of sound: packets in the order of their pts, and a measure of how unevenly they arrive.
 */
#ifndef CALLAPI_ENGINE_AUDIO_BUFFER_H
#define CALLAPI_ENGINE_AUDIO_BUFFER_H

#include <glib.h>
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

/* The most that waits: for packets of 20 ms each, and for a container that packs several frames of sound together (an
 * MPEG transport stream some 200 ms of them). */
enum { AUDIO_BUFFER_PACKETS_TARGET = 48000 / 5, AUDIO_BUFFER_CONTAINER_TARGET = 48000 / 2 };

/* Arrivals: 2.5 s and 10 s of 20 ms packets. */
enum { AUDIO_BUFFER_BLOCK = 128, AUDIO_BUFFER_WINDOW = 4 * AUDIO_BUFFER_BLOCK };
#define AUDIO_BUFFER_MAX_PTS ((int64_t)1 << 50) /* seven centuries: no sum of such times overflows */

struct audio_buffer {
    GQueue packets;                       /* AVPacket *, owned, by pts (1/48000); duration in samples */
    int samples;                          /* in all of them */
    int unstamped;                        /* packets that have come since the last audio_buffer_stamp */
    int64_t new_pts[16];                  /* theirs, as far as there is room */
    int64_t transit[AUDIO_BUFFER_WINDOW]; /* arrival less pts, in microseconds */
    int arrivals;
    bool at_edge;     /* the start's burst, if there was one, is over */
    int64_t first_us; /* arrival of the first packet in an empty buffer */
    int most_target;  /* samples; kept when it is cleared */
};

void audio_buffer_init(struct audio_buffer *buffer);
void audio_buffer_clear(struct audio_buffer *buffer);

/* Takes a reference to a packet of so many samples. False, and nothing is kept, if it has none, is too large or there
 * already. At most a second is kept: then the oldest go. */
bool audio_buffer_push(struct audio_buffer *buffer, const AVPacket *packet, int64_t pts, int samples);

/* What has come since the last call came about `now_us`. */
void audio_buffer_stamp(struct audio_buffer *buffer, int64_t now_us);

/* NULL if empty. The first stays the buffer's, the taken one is the caller's. */
const AVPacket *audio_buffer_peek(const struct audio_buffer *buffer);
AVPacket *audio_buffer_take(struct audio_buffer *buffer);

/* How much sound should wait (samples): what nearly all packets' lateness of late needs, and what came back within ten
 * seconds; 10 ms to most_target. */
int audio_buffer_target(const struct audio_buffer *buffer);

#endif
