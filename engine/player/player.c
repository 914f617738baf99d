#include "engine/player/player.h"

#include <glib.h>
#include <string.h>

#include "engine/audio/mixer.h"
#include "engine/media/objects.h"
#include "engine/player/av_sync.h"
#include "engine/video/blind_decoder.h"
#include "engine/video/jitter.h"
#include "platform/unix_time.h"

enum {
    KEY_FRAME_REQUEST_US = 50000, /* the source repeats by itself; the decoder would ask at every packet */
    AUDIO_POLL_US = 10000,
    IN_STEP_US = 15000, /* sound that is ahead by less follows the picture as it is */
    FOLLOW_US = 500000, /* between corrections of the sound's delay */
    MOST_SOUND_DELAY_MS = 450,
};

/* One source and a decoder for its pictures. */
struct lane {
    struct player *player;
    struct source *source;             /* NULL: none */
    struct packet_sink arrived;        /* source → here → decoder */
    struct packet_sink heard;          /* source → here → audio player, of the lane that is seen */
    struct frame_sink decoded;         /* decoder → here → video */
    struct video_decoder *decoder;     /* or */
    struct blind_decoder *blind;       /* in its place */
    AVCodecParameters *sound;          /* as it was announced; NULL: not yet */
    AVFrame *newest;                   /* beside: its newest picture; empty: none yet */
    bool wanted;                       /* beside: to be seen as soon as it has a picture */
    struct video_decoder_stats before; /* when the source was attached */
    struct picture_times times;        /* by pts */
    int64_t asked_us;                  /* when a key frame was asked for last */
};

struct player {
    struct lane lanes[2];
    struct lane *seen, *beside;
    struct frame_sink *video; /* the meter's, before the screen's */
    struct picture_meter meter;
    struct player_stats before; /* when the source came on the screen */
    struct audio_mixer mixer;   /* before the speaker; of no use without one */
    bool has_speaker;
    struct audio_player *audio;
    struct av_sync sync;
    struct video_jitter jitter;
    struct {
        int64_t lead_us; /* sum of the pictures' leads at their showing, since `since_us` */
        int n;
        int64_t since_us;
        int delay_ms; /* what the sound waits for the pictures */
    } follow;
    bool muted;
    int64_t audio_due_us;
};

/* ---- one clock for both streams: the sender's, by its RTCP reports ---- */

static bool captured(const struct lane *lane, enum AVMediaType type, int64_t pts, int64_t *captured_us)
{
    return lane->source && lane->source->ops->capture_time(lane->source, type, pts, captured_us);
}

bool player_av_skew(const struct player *player, int64_t pts, int64_t now_us, int64_t *skew_us)
{
    int64_t seen, heard, heard_pts;
    if (!audio_player_position(player->audio, now_us, &heard_pts) ||
        !captured(player->seen, AVMEDIA_TYPE_AUDIO, heard_pts, &heard) ||
        !captured(player->seen, AVMEDIA_TYPE_VIDEO, pts, &seen))
        return false;
    *skew_us = seen - heard;
    return true;
}

bool player_latency(const struct player *player, int64_t pts, int64_t now_us, int64_t *latency_us)
{
    int64_t captured_us;
    if (!captured(player->seen, AVMEDIA_TYPE_VIDEO, pts, &captured_us))
        return false;
    *latency_us = unix_time_us(now_us) - captured_us;
    return true;
}

static void take_over(struct player *player);

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

static void mark(struct lane *lane, int64_t pts, enum picture_stage stage, int64_t at_us)
{
    if (pts != AV_NOPTS_VALUE)
        picture_times_mark(&lane->times, pts, stage, at_us);
}

static void show(struct player *player, const AVFrame *frame, int64_t now_us)
{
    mark(player->seen, frame->pts, PICTURE_SHOWN, now_us);
    player->video->ops->push(player->video, frame);
}

static void show_or_hold(struct player *player, const AVFrame *frame, int64_t now_us)
{
    int64_t lead_us = 0, due_us = ready_us(player, frame, now_us);
    if (!player->muted && player_av_skew(player, frame->pts, now_us, &lead_us))
        let_sound_follow(player, lead_us - (due_us - now_us), now_us);
    if (av_sync_push(&player->sync, frame, lead_us, due_us, now_us))
        show(player, frame, now_us);
}

static struct packet_sink *decoder_of(struct lane *lane)
{
    return lane->blind ? blind_decoder_sink(lane->blind) : video_decoder_sink(lane->decoder);
}

static struct video_decoder_stats decoded_in(const struct lane *lane)
{
    return lane->blind ? blind_decoder_stats(lane->blind) : video_decoder_stats(lane->decoder);
}

static void open_arrived(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct packet_sink *decoder = decoder_of(container_of(sink, struct lane, arrived));
    decoder->ops->open(decoder, parameters);
}

/* When it was captured may not be known yet: the sender's first report comes a little later. */
static void push_arrived(struct packet_sink *sink, const AVPacket *packet)
{
    struct lane *lane = container_of(sink, struct lane, arrived);
    struct packet_sink *decoder = decoder_of(lane);
    int64_t captured_us;
    mark(lane, packet->pts, PICTURE_RECEIVED, g_get_monotonic_time());
    if (captured(lane, AVMEDIA_TYPE_VIDEO, packet->pts, &captured_us))
        mark(lane, packet->pts, PICTURE_CAPTURED, captured_us - unix_time_us(0));
    decoder->ops->push(decoder, packet);
}

static void lose_arrived(struct packet_sink *sink)
{
    struct packet_sink *decoder = decoder_of(container_of(sink, struct lane, arrived));
    decoder->ops->lose(decoder);
}

static const struct packet_sink_ops arrived_ops = { .open = open_arrived, .push = push_arrived, .lose = lose_arrived };

static void on_decoded(struct frame_sink *sink, const AVFrame *frame)
{
    struct lane *lane = container_of(sink, struct lane, decoded);
    struct player *player = lane->player;
    int64_t now_us = g_get_monotonic_time();
    mark(lane, frame->pts, PICTURE_DECODED, now_us);
    if (lane == player->beside && lane->wanted)
        take_over(player);
    if (lane == player->seen) {
        show_or_hold(player, frame, now_us);
    } else {
        av_frame_unref(lane->newest);
        av_frame_ref(lane->newest, frame);
    }
}

static const struct frame_sink_ops decoded_ops = { .push = on_decoded };

static void ask_for_key_frame(void *user_data)
{
    struct lane *lane = user_data;
    int64_t now_us = g_get_monotonic_time();
    if (!lane->source || now_us < lane->asked_us + KEY_FRAME_REQUEST_US)
        return;
    lane->asked_us = now_us;
    lane->source->ops->request_key_frame(lane->source);
}

/* ---- sound: of what is seen ---- */

static void announce_sound(struct lane *lane)
{
    struct packet_sink *audio = audio_player_sink(lane->player->audio);
    if (lane->sound && lane == lane->player->seen)
        audio->ops->open(audio, lane->sound);
}

static void open_heard(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct lane *lane = container_of(sink, struct lane, heard);
    avcodec_parameters_free(&lane->sound);
    lane->sound = parameters_new();
    if (lane->sound && avcodec_parameters_copy(lane->sound, parameters) >= 0)
        announce_sound(lane);
}

static void push_heard(struct packet_sink *sink, const AVPacket *packet)
{
    struct lane *lane = container_of(sink, struct lane, heard);
    struct packet_sink *audio = audio_player_sink(lane->player->audio);
    if (lane == lane->player->seen)
        audio->ops->push(audio, packet);
}

static void lose_heard(struct packet_sink *sink)
{
    struct lane *lane = container_of(sink, struct lane, heard);
    struct packet_sink *audio = audio_player_sink(lane->player->audio);
    if (lane == lane->player->seen)
        audio->ops->lose(audio);
}

static const struct packet_sink_ops heard_ops = { .open = open_heard, .push = push_heard, .lose = lose_heard };

/* ---- lanes ---- */

static bool lane_init(struct lane *lane, struct player *player, const struct player_config *config)
{
    struct video_decoder_listener listener = { .key_frame_needed = ask_for_key_frame, .user_data = lane };
    *lane = (struct lane){
        .player = player,
        .arrived.ops = &arrived_ops,
        .heard.ops = &heard_ops,
        .decoded.ops = &decoded_ops,
        .newest = frame_new(),
    };
    if (config->blind)
        lane->blind = blind_decoder_create(&lane->decoded, &listener);
    else
        lane->decoder = video_decoder_create(config->loop, &lane->decoded, &listener);
    return lane->decoder || lane->blind;
}

static void lane_stop(struct lane *lane)
{
    if (lane->source)
        lane->source->ops->stop(lane->source);
    lane->source = NULL;
    lane->wanted = false;
    av_frame_unref(lane->newest);
    avcodec_parameters_free(&lane->sound);
    if (lane->decoder)
        video_decoder_flush(lane->decoder);
    if (lane->blind)
        blind_decoder_flush(lane->blind);
}

static void lane_start(struct lane *lane, struct source *source)
{
    lane->before = decoded_in(lane);
    lane->times = (struct picture_times){ 0 };
    lane->asked_us = 0;
    lane->source = source;
    source->ops->start(source, &lane->arrived, lane->blind ? NULL : &lane->heard);
    if (lane->source == source) /* still */
        ask_for_key_frame(lane);
}

static void lane_clear(struct lane *lane)
{
    lane_stop(lane);
    video_decoder_destroy(lane->decoder);
    blind_decoder_destroy(lane->blind);
    av_frame_free(&lane->newest);
}

/* What holds pictures and sound back begins anew. */
static void begin_source(struct player *player)
{
    av_sync_clear(&player->sync);
    video_jitter_init(&player->jitter);
    memset(&player->follow, 0, sizeof player->follow);
    audio_player_reset(player->audio);
    picture_meter_restart(&player->meter);
    player->before = player_stats(player);
}

static struct video_decoder_stats sum(struct video_decoder_stats a, const struct video_decoder_stats *b, int sign)
{
    a.decoded += (uint64_t)sign * b->decoded;
    a.dropped += (uint64_t)sign * b->dropped;
    a.errors += (uint64_t)sign * b->errors;
    a.fallbacks += (uint64_t)sign * b->fallbacks;
    a.key_frames += (uint64_t)sign * b->key_frames;
    a.decode_us += sign * b->decode_us;
    a.in_loop_us += sign * b->in_loop_us;
    return a;
}

/* What was decoded of it beside counts for it, too. */
static void count_from_start(struct player *player)
{
    struct video_decoder_stats now = decoded_in(player->seen);
    player->before.video = sum(sum(player->before.video, &now, -1), &player->seen->before, 1);
}

/* What is decoded beside is what is seen from now on. */
static void take_over(struct player *player)
{
    struct lane *left = player->seen;
    player->seen = player->beside;
    player->beside = left;
    lane_stop(left);
    begin_source(player);
    count_from_start(player);
    player->seen->wanted = false;
    announce_sound(player->seen);
}

static void take_over_with_picture(struct player *player)
{
    AVFrame *newest = player->beside->newest->width ? av_frame_clone(player->beside->newest) : NULL;
    take_over(player);
    if (newest)
        show(player, newest, g_get_monotonic_time());
    av_frame_free(&newest);
}

/* ---- life ---- */

struct player *player_create(const struct player_config *config)
{
    struct player *player = g_new0(struct player, 1);
    picture_meter_init(&player->meter, config->video);
    player->video = &player->meter.sink;
    player->muted = true;
    player->seen = &player->lanes[0];
    player->beside = &player->lanes[1];
    video_jitter_init(&player->jitter);
    bool decodes = lane_init(player->seen, player, config);
    decodes = lane_init(player->beside, player, config) && decodes;
    player->has_speaker = config->audio != NULL;
    if (player->has_speaker)
        audio_mixer_init(&player->mixer, config->audio);
    player->audio = audio_player_create(config->audio ? &player->mixer.output : NULL);
    audio_player_set_muted(player->audio, true);
    if (!decodes)
        g_clear_pointer(&player, player_destroy);
    return player;
}

void player_destroy(struct player *player)
{
    if (!player)
        return;
    lane_clear(player->beside);
    lane_clear(player->seen);
    av_sync_clear(&player->sync);
    audio_player_destroy(player->audio);
    g_free(player);
}

void player_attach(struct player *player, struct source *source)
{
    if (source == player->seen->source) {
        lane_stop(player->beside);
        return;
    }
    if (source && source == player->beside->source) {
        take_over_with_picture(player);
        return;
    }
    lane_stop(player->beside);
    lane_stop(player->seen);
    begin_source(player);
    if (source)
        lane_start(player->seen, source);
}

void player_prepare(struct player *player, struct source *source)
{
    if (source == player->seen->source || source == player->beside->source)
        return;
    lane_stop(player->beside);
    lane_start(player->beside, source);
}

void player_switch(struct player *player, struct source *source)
{
    if (!source || !player->seen->source || source == player->seen->source) {
        player_attach(player, source);
        return;
    }
    bool prepared = source == player->beside->source;
    if (!prepared)
        lane_stop(player->beside);
    player->beside->wanted = true;
    if (!prepared)
        lane_start(player->beside, source);
    else if (player->beside->newest->width)
        take_over_with_picture(player);
}

void player_detach(struct player *player, const struct source *source)
{
    if (source == player->beside->source)
        lane_stop(player->beside);
    if (source != player->seen->source)
        return;
    if (player->beside->wanted)
        take_over(player);
    else
        player_attach(player, NULL);
}

struct source *player_source(const struct player *player)
{
    return player->seen->source;
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
    return player->seen->source || player_is_ringing(player) ? MIN(due, player->audio_due_us) : due;
}

int64_t player_decoded_us(const struct player *player, int64_t pts)
{
    return picture_times_at(&player->seen->times, pts, PICTURE_DECODED);
}

void player_presented(struct player *player, int64_t pts, int64_t uploaded_us, int64_t presented_us)
{
    mark(player->seen, pts, PICTURE_UPLOADED, uploaded_us);
    mark(player->seen, pts, PICTURE_PRESENTED, presented_us);
}

const struct picture_times *player_times(const struct player *player)
{
    return &player->seen->times;
}

int64_t player_first_heard_us(const struct player *player)
{
    return audio_player_first_heard_us(player->audio);
}

struct player_stats player_stats(const struct player *player)
{
    struct video_decoder_stats beside = decoded_in(player->beside);
    return (struct player_stats){
        .video = sum(decoded_in(player->seen), &beside, 1),
        .audio = audio_player_stats(player->audio),
        .screen = player->meter.stats,
        .decoder = player->seen->decoder ? video_decoder_name(player->seen->decoder) : NULL,
    };
}

static void take_pictures(const struct player_stats *now, const struct player_stats *before,
                          struct playback_statistics *out)
{
    out->frames_decoded = now->video.decoded - before->video.decoded;
    out->key_frames_decoded = now->video.key_frames - before->video.key_frames;
    out->frames_dropped = now->video.dropped - before->video.dropped;
    out->decoder_fallbacks = now->video.fallbacks; /* of the process, since there is but one */
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
