#include "engine/audio/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/media/media.h"

enum {
    MAX_PACKET = 8192, /* bytes; 120 ms at Opus's highest rate are less */
    MAX_SAMPLES = AUDIO_RATE,
    MAX_PACKETS = 100,
    MIN_TARGET = AUDIO_RATE / 100,
    ENOUGH_ARRIVALS = 8,
    BURST_US = 5000, /* earlier than the one before, against the time it is of */
};

void audio_buffer_init(struct audio_buffer *buffer)
{
    *buffer = (struct audio_buffer){ .most_target = AUDIO_BUFFER_PACKETS_TARGET };
    g_queue_init(&buffer->packets);
}

static void free_packet(gpointer packet)
{
    av_packet_free((AVPacket **)&packet);
}

void audio_buffer_clear(struct audio_buffer *buffer)
{
    int most_target = buffer->most_target;
    g_queue_clear_full(&buffer->packets, free_packet);
    audio_buffer_init(buffer);
    buffer->most_target = most_target;
}

/* The packet after which one of this pts belongs. Newest first: most packets come in order. */
static GList *place_for(struct audio_buffer *buffer, int64_t pts)
{
    GList *link = buffer->packets.tail;
    while (link && ((const AVPacket *)link->data)->pts > pts)
        link = link->prev;
    return link;
}

static void trim(struct audio_buffer *buffer)
{
    while (buffer->samples > MAX_SAMPLES || buffer->packets.length > MAX_PACKETS) {
        AVPacket *oldest = audio_buffer_take(buffer);
        av_packet_free(&oldest);
    }
}

bool audio_buffer_push(struct audio_buffer *buffer, const AVPacket *packet, int64_t pts, int samples)
{
    if (packet->size <= 0 || packet->size > MAX_PACKET || pts < -AUDIO_BUFFER_MAX_PTS || pts > AUDIO_BUFFER_MAX_PTS)
        return false;
    GList *place = place_for(buffer, pts);
    if (samples <= 0 || (place && ((const AVPacket *)place->data)->pts == pts))
        return false;
    AVPacket *kept = av_packet_clone(packet);
    if (!kept)
        return false;
    kept->pts = pts;
    kept->duration = samples;
    g_queue_insert_after(&buffer->packets, place, kept);
    buffer->samples += samples;
    if (buffer->unstamped == (int)G_N_ELEMENTS(buffer->new_pts)) /* the newest says most */
        buffer->unstamped--;
    buffer->new_pts[buffer->unstamped++] = pts;
    trim(buffer);
    return true;
}

static void note_transit(struct audio_buffer *buffer, int64_t transit_us)
{
    buffer->transit[buffer->arrivals++ % AUDIO_BUFFER_WINDOW] = transit_us;
}

/* A server may begin with what it has, faster than it was made: that says nothing of how packets come later. The burst
 * is over when the newest of what has come is not earlier, against the time it is of, than the newest before. */
static bool is_burst(struct audio_buffer *buffer, int64_t newest_us)
{
    bool earlier = !buffer->arrivals || newest_us < buffer->transit[0] - BURST_US;
    buffer->at_edge |= !earlier;
    return !buffer->at_edge;
}

static int64_t transit_of(const struct audio_buffer *buffer, int i, int64_t now_us)
{
    return now_us - (int64_t)((double)buffer->new_pts[i] * 1e6 / AUDIO_RATE);
}

void audio_buffer_stamp(struct audio_buffer *buffer, int64_t now_us)
{
    int64_t newest_us = INT64_MAX;
    if (!buffer->unstamped)
        return;
    if ((int)buffer->packets.length <= buffer->unstamped)
        buffer->first_us = now_us;
    for (int i = 0; i < buffer->unstamped; i++)
        newest_us = MIN(newest_us, transit_of(buffer, i, now_us));
    if (is_burst(buffer, newest_us)) {
        buffer->arrivals = 0;
        note_transit(buffer, newest_us);
    } else {
        for (int i = 0; i < buffer->unstamped; i++)
            note_transit(buffer, transit_of(buffer, i, now_us));
    }
    buffer->unstamped = 0;
    if (buffer->arrivals >= 2 * AUDIO_BUFFER_WINDOW)
        buffer->arrivals -= AUDIO_BUFFER_WINDOW;
}

const AVPacket *audio_buffer_peek(const struct audio_buffer *buffer)
{
    return buffer->packets.head ? buffer->packets.head->data : NULL;
}

AVPacket *audio_buffer_take(struct audio_buffer *buffer)
{
    AVPacket *packet = g_queue_pop_head(&buffer->packets);
    if (packet)
        buffer->samples -= (int)packet->duration;
    return packet;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Of the `count` arrivals before number `end`: the fastest packet is the yardstick, and 99 of 100 shall be in time. The
 * rest is cheaper to conceal than to wait for. */
static int64_t lateness_us(const struct audio_buffer *buffer, int end, int count)
{
    int64_t sorted[AUDIO_BUFFER_BLOCK];
    for (int i = 0; i < count; i++)
        sorted[i] = buffer->transit[(end - 1 - i) % AUDIO_BUFFER_WINDOW];
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    return sorted[(count - 1) * 99 / 100] - sorted[0];
}

/* A stall that does not come back is forgotten after 2.5 s; bursts of loss do come back, and would each time find the
 * delay too short again if only so little were remembered. */
int audio_buffer_target(const struct audio_buffer *buffer)
{
    int known = MIN(buffer->arrivals, AUDIO_BUFFER_WINDOW);
    if (known < ENOUGH_ARRIVALS)
        return MIN_TARGET;
    int64_t newest = lateness_us(buffer, buffer->arrivals, MIN(known, AUDIO_BUFFER_BLOCK)), most = newest, second = 0;
    for (int age = AUDIO_BUFFER_BLOCK; age + AUDIO_BUFFER_BLOCK <= known; age += AUDIO_BUFFER_BLOCK) {
        int64_t late = lateness_us(buffer, buffer->arrivals - age, AUDIO_BUFFER_BLOCK);
        second = MAX(second, MIN(most, late));
        most = MAX(most, late);
    }
    return (int)CLAMP((double)MAX(newest, second) * AUDIO_RATE / 1e6, MIN_TARGET, buffer->most_target);
}
