/* The product: owns open video decoders, one audio player and their sinks. Sources attach to it and detach from it; the
 * decoders, the textures behind the frame sink and the last picture stay. Switching from the live room to the call is
 * player_attach(player, call_source) where both come over one connection, else player_switch: two decoders, so that
 * the one is seen until the other has a picture. */
#ifndef CALLAPI_ENGINE_PLAYER_PLAYER_H
#define CALLAPI_ENGINE_PLAYER_PLAYER_H

#include "engine/audio/player.h"
#include "engine/audio/sound_clip.h"
#include "engine/media/media.h"
#include "engine/statistics/picture_meter.h"
#include "engine/statistics/picture_times.h"
#include "engine/statistics/statistics.h"
#include "engine/video/decoder.h"

struct player;

struct player_config {
    GMainContext *loop;       /* borrowed: hardware decoders that were proved are tried; NULL: software alone */
    bool blind;               /* pictures are counted, not decoded (engine/video/blind_decoder.h), sound is not read */
    struct frame_sink *video; /* borrowed, outlives the player: gets each picture when it is due */
    struct audio_output *audio; /* borrowed, outlives the player; NULL: no sound device */
};

struct player_stats {
    struct video_decoder_stats video; /* of all sources; unplayable: the one that is seen */
    struct audio_player_stats audio;
    struct picture_meter_stats screen;
    const char *decoder; /* video_decoder_name; NULL: blind */
};

struct player *player_create(const struct player_config *config);
void player_destroy(struct player *player);

/* Plays `source` (borrowed until another is attached) from now on. NULL: detaches; the last picture stays where it is.
 * The source that plays already: nothing happens. Else the old one is stopped, none of its pictures comes any more, the
 * new one is started and asked for a key frame; the frame sink keeps its picture until the first good one of the new
 * source. */
void player_attach(struct player *player, struct source *source);
/* The same without a gap: what plays goes on, seen and heard, until the first picture of `source` is decoded beside it
 * (a decoder of its own), and is seen in the next one's place. For sources that send pictures. NULL, or while nothing
 * plays: as player_attach. */
void player_switch(struct player *player, struct source *source);
/* Decodes `source` beside what plays, unseen and unheard, for a player_switch or player_attach to come; another one
 * that was prepared is forgotten. */
void player_prepare(struct player *player, struct source *source);
/* `source` is about to be destroyed: it is no longer played, nor prepared. */
void player_detach(struct player *player, const struct source *source);
/* Which one is seen. */
struct source *player_source(const struct player *player);

/* Remote sound is silent until unmuted, and pictures do not wait for it. A new player is muted. */
void player_set_muted(struct player *player, bool muted);

/* As audio_mixer_set_volume, audio_mixer_ring and audio_mixer_level; without a speaker nothing is heard. */
void player_set_volume(struct player *player, int percent);
void player_ring(struct player *player, const struct sound_clip *tone);
bool player_is_ringing(const struct player *player);
float player_audio_level(const struct player *player);

/* Moves sound to the speaker and shows the pictures that were held back for it: picture and sound stay in step within
 * 40 ms by RTCP sender reports. Call once a tick and at player_deadline. */
void player_poll(struct player *player, int64_t now_us);
int64_t player_deadline(const struct player *player); /* g_get_monotonic_time; INT64_MAX: nothing due */

/* To be called when a picture with `pts` (of the current source) was presented at `now_us`: how far the sound that is
 * heard then is from it, positive where the sound is late. False while unknown. */
bool player_av_skew(const struct player *player, int64_t pts, int64_t now_us, int64_t *skew_us);
/* From capture at the sender to `now_us` here; right as far as both machines' clocks agree (one machine: exact). */
bool player_latency(const struct player *player, int64_t pts, int64_t now_us, int64_t *latency_us);

/* When the picture with `pts` (of the current source, one of the last few) came out of the decoder; 0: not known. */
int64_t player_decoded_us(const struct player *player, int64_t pts);
/* The picture with `pts` was on its texture, and on the screen. */
void player_presented(struct player *player, int64_t pts, int64_t uploaded_us, int64_t presented_us);
/* Of the current source's last pictures, by pts. */
const struct picture_times *player_times(const struct player *player);
/* When remote sound was first heard since it was unmuted or the source was attached; 0: not yet. */
int64_t player_first_heard_us(const struct player *player);

struct player_stats player_stats(const struct player *player);
/* Of the source that is attached, since it is, with the names of webrtc-stats. */
void player_statistics(const struct player *player, struct playback_statistics *out);

#endif
