#include "engine/player/player.h"

#include <glib.h>
#include <string.h>

#include "engine/audio/mixer.h"
#include "engine/player/av_sync.h"
#include "engine/video/jitter.h"

enum {
    KEY_FRAME_REQUEST_US = 50000, /* the source repeats by itself; the decoder would ask at every packet */
    AUDIO_POLL_US = 10000,
    IN_STEP_US = 15000, /* sound that is ahead by less follows the picture as it is */
    FOLLOW_US = 500000, /* between corrections of the sound's delay */
    MOST_SOUND_DELAY_MS = 450,
};

struct player {
    struct frame_sink decoded; /* decoder → here → video */
    struct frame_sink *video;  /* the meter's, before the screen's */
    struct picture_meter meter;
    struct player_stats before; /* when the source was attached */
    struct video_decoder *decoder;
    struct audio_mixer mixer; /* before the speaker; of no use without one */
    bool has_speaker;
    struct audio_player *audio;
    struct source *source; /* NULL: none */
    struct av_sync sync;
    struct video_jitter jitter;
    struct {
        int64_t lead_us; /* sum of the pictures' leads at their showing, since `since_us` */
        int n;
        int64_t since_us;
        int delay_ms; /* what the sound waits for the pictures */
    } follow;
    bool muted;
    struct packet_sink arrived; /* source → here → decoder */
    struct picture_times times; /* by pts */
    int64_t asked_us;           /* when a key frame was asked for last */
    int64_t audio_due_us;
};

/* ---- one clock for both streams: the sender's, by its RTCP reports ---- */

static bool heard_now(const struct player *player, int64_t now_us, int64_t *captured_us)
{
    int64_t pts;
    return player->source && audio_player_position(player->audio, now_us, &pts) &&
           player->source->ops->capture_time(player->source, AVMEDIA_TYPE_AUDIO, pts, captured_us);
}

bool player_av_skew(const struct player *player, int64_t pts, int64_t now_us, int64_t *skew_us)
{
    int64_t seen, heard;
    if (!heard_now(player, now_us, &heard) ||
        !player->source->ops->capture_time(player->source, AVMEDIA_TYPE_VIDEO, pts, &seen))
        return false;
    *skew_us = seen - heard;
    return true;
}

bool player_latency(const struct player *player, int64_t pts, int64_t now_us, int64_t *latency_us)
{
    int64_t captured;
    if (!player->source || !player->source->ops->capture_time(player->source, AVMEDIA_TYPE_VIDEO, pts, &captured))
        return false;
    *latency_us = now_us + (g_get_real_time() - g_get_monotonic_time()) - captured;
    return true;
}

/* ---- pictures ---- */

/* Where the path makes pictures wait the sound waits with them. */
static void let_sound_follow(struct player *player, int64_t lead_us, int64_t now_us)
{
    player->follow.lead_us += lead_us;
    player->follow.n++;
    if (now_us - player->follow.since_us < FOLLOW_US)
        return;
    int64_t mean_us = player->follow.lead_us / player->follow.n;
    if (ABS(mean_us) > IN_STEP_US)
        player->follow.delay_ms = CLAMP(player->follow.delay_ms - (int)(mean_us / 2000), 0, MOST_SOUND_DELAY_MS);
    audio_player_set_delay(player->audio, player->follow.delay_ms);
    player->follow.lead_us = player->follow.n = 0;
    player->follow.since_us = now_us;
}

static int64_t ready_us(struct player *player, const AVFrame *frame, int64_t now_us)
{
    if (frame->pts == AV_NOPTS_VALUE || frame->time_base.num <= 0 || frame->time_base.den <= 0)
        return now_us;
    return video_jitter_add(&player->jitter, av_rescale_q(frame->pts, frame->time_base, (AVRational){ 1, 1000000 }),
                            now_us);
}

static void mark(struct player *player, int64_t pts, enum picture_stage stage, int64_t at_us)
{
    if (pts != AV_NOPTS_VALUE)
        picture_times_mark(&player->times, pts, stage, at_us);
}

static void show(struct player *player, const AVFrame *frame, int64_t now_us)
{
    mark(player, frame->pts, PICTURE_SHOWN, now_us);
    player->video->ops->push(player->video, frame);
}

static void open_arrived(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct packet_sink *decoder = video_decoder_sink(container_of(sink, struct player, arrived)->decoder);
    decoder->ops->open(decoder, parameters);
}

/* When it was captured may not be known yet: the sender's first report comes a little later. */
static void push_arrived(struct packet_sink *sink, const AVPacket *packet)
{
    struct player *player = container_of(sink, struct player, arrived);
    struct packet_sink *decoder = video_decoder_sink(player->decoder);
    int64_t captured_us;
    mark(player, packet->pts, PICTURE_RECEIVED, g_get_monotonic_time());
    if (player->source &&
        player->source->ops->capture_time(player->source, AVMEDIA_TYPE_VIDEO, packet->pts, &captured_us))
        mark(player, packet->pts, PICTURE_CAPTURED, captured_us - g_get_real_time() + g_get_monotonic_time());
    decoder->ops->push(decoder, packet);
}

static void lose_arrived(struct packet_sink *sink)
{
    struct packet_sink *decoder = video_decoder_sink(container_of(sink, struct player, arrived)->decoder);
    decoder->ops->lose(decoder);
}

static const struct packet_sink_ops arrived_ops = { .open = open_arrived, .push = push_arrived, .lose = lose_arrived };

static void show_or_hold(struct frame_sink *sink, const AVFrame *frame)
{
    struct player *player = container_of(sink, struct player, decoded);
    int64_t now_us = g_get_monotonic_time(), lead_us = 0, due_us = ready_us(player, frame, now_us);
    mark(player, frame->pts, PICTURE_DECODED, now_us);
    if (!player->muted && player_av_skew(player, frame->pts, now_us, &lead_us))
        let_sound_follow(player, lead_us - (due_us - now_us), now_us);
    if (av_sync_push(&player->sync, frame, lead_us, due_us, now_us))
        show(player, frame, now_us);
}

static const struct frame_sink_ops decoded_ops = { .push = show_or_hold };

static void ask_for_key_frame(void *user_data)
{
    struct player *player = user_data;
    int64_t now_us = g_get_monotonic_time();
    if (!player->source || now_us < player->asked_us + KEY_FRAME_REQUEST_US)
        return;
    player->asked_us = now_us;
    player->source->ops->request_key_frame(player->source);
}

/* ---- life ---- */

struct player *player_create(const struct player_config *config)
{
    struct player *player = g_new0(struct player, 1);
    struct video_decoder_listener listener = { .key_frame_needed = ask_for_key_frame, .user_data = player };
    player->decoded.ops = &decoded_ops;
    player->arrived.ops = &arrived_ops;
    picture_meter_init(&player->meter, config->video);
    player->video = &player->meter.sink;
    player->muted = true;
    video_jitter_init(&player->jitter);
    player->decoder = video_decoder_create(config->hardware, &player->decoded, &listener);
    player->has_speaker = config->audio != NULL;
    if (player->has_speaker)
        audio_mixer_init(&player->mixer, config->audio);
    player->audio = player->decoder ? audio_player_create(config->audio ? &player->mixer.output : NULL) : NULL;
    if (!player->audio) {
        player_destroy(player);
        return NULL;
    }
    audio_player_set_muted(player->audio, true);
    return player;
}

void player_destroy(struct player *player)
{
    if (!player)
        return;
    player_attach(player, NULL);
    audio_player_destroy(player->audio);
    video_decoder_destroy(player->decoder);
    g_free(player);
}

void player_attach(struct player *player, struct source *source)
{
    if (source == player->source)
        return;
    if (player->source)
        player->source->ops->stop(player->source);
    av_sync_clear(&player->sync);
    video_jitter_init(&player->jitter);
    memset(&player->follow, 0, sizeof player->follow);
    if (player->decoder)
        video_decoder_flush(player->decoder);
    if (player->audio)
        audio_player_reset(player->audio);
    player->source = source;
    picture_meter_restart(&player->meter);
    if (player->decoder && player->audio)
        player->before = player_stats(player);
    player->times = (struct picture_times){ 0 };
    player->asked_us = 0;
    if (!source)
        return;
    source->ops->start(source, &player->arrived, audio_player_sink(player->audio));
    ask_for_key_frame(player);
}

struct source *player_source(const struct player *player)
{
    return player->source;
}

static void show_due(struct player *player, int64_t now_us)
{
    AVFrame *frame = av_sync_pop(&player->sync, now_us);
    if (frame)
        show(player, frame, g_get_monotonic_time());
    av_frame_free(&frame);
}

void player_set_volume(struct player *player, int percent)
{
    if (player->has_speaker)
        audio_mixer_set_volume(&player->mixer, percent);
}

void player_ring(struct player *player, const struct sound_clip *tone)
{
    if (player->has_speaker)
        audio_mixer_ring(&player->mixer, tone);
}

bool player_is_ringing(const struct player *player)
{
    return player->has_speaker && audio_mixer_is_ringing(&player->mixer);
}

float player_audio_level(const struct player *player)
{
    return player->has_speaker ? audio_mixer_level(&player->mixer) : 0;
}

void player_set_muted(struct player *player, bool muted)
{
    player->muted = muted;
    audio_player_set_muted(player->audio, muted);
    if (!muted)
        return;
    show_due(player, INT64_MAX); /* pictures wait for sound that is heard only */
    av_sync_clear(&player->sync);
}

/* ---- the tick ---- */

void player_poll(struct player *player, int64_t now_us)
{
    audio_player_poll(player->audio, now_us);
    if (player->has_speaker)
        audio_mixer_poll(&player->mixer, now_us);
    player->audio_due_us = now_us + AUDIO_POLL_US;
    show_due(player, now_us);
}

int64_t player_deadline(const struct player *player)
{
    int64_t due = av_sync_deadline(&player->sync);
    return player->source || player_is_ringing(player) ? MIN(due, player->audio_due_us) : due;
}

int64_t player_decoded_us(const struct player *player, int64_t pts)
{
    return picture_times_at(&player->times, pts, PICTURE_DECODED);
}

void player_presented(struct player *player, int64_t pts, int64_t uploaded_us, int64_t presented_us)
{
    mark(player, pts, PICTURE_UPLOADED, uploaded_us);
    mark(player, pts, PICTURE_PRESENTED, presented_us);
}

const struct picture_times *player_times(const struct player *player)
{
    return &player->times;
}

int64_t player_first_heard_us(const struct player *player)
{
    return audio_player_first_heard_us(player->audio);
}

struct player_stats player_stats(const struct player *player)
{
    return (struct player_stats){
        .video = video_decoder_stats(player->decoder),
        .audio = audio_player_stats(player->audio),
        .screen = player->meter.stats,
        .decoder = video_decoder_name(player->decoder),
    };
}

static void take_pictures(const struct player_stats *now, const struct player_stats *before,
                          struct playback_statistics *out)
{
    out->frames_decoded = now->video.decoded - before->video.decoded;
    out->key_frames_decoded = now->video.key_frames - before->video.key_frames;
    out->frames_dropped = now->video.dropped - before->video.dropped;
    out->frames_rendered = now->screen.pictures - before->screen.pictures;
    out->total_decode_time = (double)(now->video.decode_us - before->video.decode_us) / G_USEC_PER_SEC;
    out->freeze_count = now->screen.freezes - before->screen.freezes;
    out->total_freezes_duration = (double)(now->screen.freezes_us - before->screen.freezes_us) / G_USEC_PER_SEC;
    out->total_inter_frame_delay = (double)(now->screen.intervals_us - before->screen.intervals_us) / G_USEC_PER_SEC;
    out->total_squared_inter_frame_delay = now->screen.squared_intervals - before->screen.squared_intervals;
    if (!out->frames_rendered)
        return;
    out->width = now->screen.width;
    out->height = now->screen.height;
}

static void take_sound(const struct audio_player_stats *now, const struct audio_player_stats *before,
                       struct playback_statistics *out)
{
    out->total_samples_received = now->samples - before->samples;
    out->concealed_samples = now->concealed_samples - before->concealed_samples;
    out->concealment_events = now->concealments - before->concealments;
    out->removed_samples_for_acceleration = now->removed_samples - before->removed_samples;
    out->inserted_samples_for_deceleration = now->inserted_samples - before->inserted_samples;
    out->jitter_buffer_emitted_count = now->decoded_samples - before->decoded_samples;
    out->jitter_buffer_delay = now->buffer_delay - before->buffer_delay;
    out->total_playout_delay = now->speaker_delay - before->speaker_delay;
    out->audio_delay_ms = now->delay_ms;
}

void player_statistics(const struct player *player, struct playback_statistics *out)
{
    struct player_stats now = player_stats(player);
    *out = (struct playback_statistics){ 0 };
    take_pictures(&now, &player->before, out);
    take_sound(&now.audio, &player->before.audio, out);
    g_strlcpy(out->decoder, now.decoder ? now.decoder : "", sizeof out->decoder);
}
