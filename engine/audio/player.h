/* Plays one remote stream of sound: adaptive jitter buffer, decoder (Opus with in-band FEC and concealment; what else
 * libavcodec has), into a speaker.
 * Pulled by the speaker's queue, so the device's clock is the clock and drift shows as the buffer's length. */
#ifndef CALLAPI_ENGINE_AUDIO_PLAYER_H
#define CALLAPI_ENGINE_AUDIO_PLAYER_H

#include "engine/media/audio_output.h"
#include "engine/media/media.h"

struct audio_player;

struct audio_player_stats {
    uint64_t played, concealed, recovered, dropped; /* 20 ms frames: decoded, by PLC, by FEC, thrown away to catch up */
    uint64_t samples, concealed_samples;            /* put out in all; of them made up for what was not there */
    uint64_t removed_samples, inserted_samples;     /* left out to catch up; put in to wait longer */
    uint64_t concealments;                          /* in how many runs they were made up */
    uint64_t decoded_samples;
    double buffer_delay, speaker_delay; /* s that they waited in each, summed over the samples (decoded; put out) */
    int delay_ms;                       /* jitter buffer and speaker queue together, now */
};

/* `output` is borrowed and outlives the player; NULL: decoded at the same pace and thrown away (no sound device). */
struct audio_player *audio_player_create(struct audio_output *output);
void audio_player_destroy(struct audio_player *player);

/* Where the source pushes packets (Opus in any order, duplicates allowed; another codec in its own). */
struct packet_sink *audio_player_sink(struct audio_player *player);

/* Another source follows: buffer, decoder state and speaker queue start anew. The decoder stays open. */
void audio_player_reset(struct audio_player *player);

/* Muted: the stream is decoded and timed as ever, but silence goes to the speaker (remote sound before "connected"). */
/* The sound waits so much longer than it has to, ms, for a picture that does; approached in steps that are hardly
 * heard. 0 after audio_player_reset. */
void audio_player_set_delay(struct audio_player *player, int ms);
void audio_player_set_muted(struct audio_player *player, bool muted);

/* Moves decoded sound into the speaker; call once a tick, at least every 10 ms while a stream plays. */
void audio_player_poll(struct audio_player *player, int64_t now_us);

/* The pts (1/48000) of the sample that is heard now. False while nothing plays. */
bool audio_player_position(const struct audio_player *player, int64_t now_us, int64_t *pts);

/* When the stream's own sound was first heard since it was unmuted (or reset) last; 0: not yet. */
int64_t audio_player_first_heard_us(const struct audio_player *player);

struct audio_player_stats audio_player_stats(const struct audio_player *player);

#endif
