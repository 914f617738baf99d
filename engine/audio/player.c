/* Sound flows because the speaker asks for it: whenever less than SPEAKER_LOW is queued, another frame is decoded. So
 * the device's clock is the only one, and everything the network does shows in one number, the sound that waits in the
 * jitter buffer and the speaker together:
 *
 *   it starts      when it has reached target + SPEAKER, or that time has passed since the first packet
 *   too short      the speaker is nearly empty and the next packet is not there. It may be late or lost, nobody knows
 *                  yet: a frame is made up (Opus's concealment) and the stream does not advance, which is exactly the
 *                  delay a late packet needs. If the next packet then shows that it was lost, the gap is paid for.
 *                  After 100 ms of that the player falls silent and starts again
 *   too long       its lowest point of late stays above target + SPEAKER: a frame is left out, a quiet one if
 *                  one comes soon; far too long: all that is too much, one cut instead of many
 *   too little     for what packets need lately (retransmitted ones among them), or for the picture that the sound is
 *                  to wait for: now and then 10 ms are made up beside the stream
 *   a gap          the next packet is there and an earlier one is not: waits for it as long as the speaker's queue
 *                  allows, then restores it from the next packet's in-band FEC, or makes it up */
#include "engine/audio/player.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/audio/buffer.h"
#include "engine/audio/clock.h"
#include "engine/audio/gain.h"
#include "engine/audio/playout_codec.h"
#include "engine/audio/silent_output.h"

#define MS(ms) (AUDIO_RATE * (ms) / 1000)

enum {
    SPEAKER_LOW = MS(22),   /* another frame is due */
    SPEAKER_EMPTY = MS(12), /* no more time to wait for a packet */
    SPEAKER = MS(16),       /* the speaker's share of the whole delay */
    GRAIN = MS(4),          /* of the polls: so much longer than planned is no reason to leave sound out */
    MAX_CONCEALED = MS(100),
    STRETCH = MS(10),
    STRETCH_FRAMES = 4, /* so much is put in, and not before so many frames after the last time */
    MAX_GAP = MS(1000), /* a jump of the pts beyond that is another stream */
    MAX_STRAYS = 5,
    FADE = MS(5),
    JUDGED_FRAMES = 10,
    FAR_TOO_LONG = MS(200),
    LOSS_MARGIN = MS(20),
    LOSS_MEMORY = 500, /* frames: ten seconds */
    QUIET = 100,       /* loudest sample of a frame that nobody misses: -50 dB */
};

enum state { BUFFERING, PLAYING };

struct audio_player {
    struct packet_sink sink;
    struct audio_output *output; /* borrowed, or &silent.output */
    struct silent_output silent;
    struct playout_codec codec;
    struct audio_buffer buffer;
    struct audio_clock clock;
    struct gain gain;
    struct audio_player_stats stats;
    bool refused; /* its codec is not known here */

    enum state state;
    int64_t next_pts;          /* of the sample that is to be decoded next */
    int target;                /* of the buffer, samples */
    int concealed;             /* samples made up since the last good frame */
    int ahead;                 /* of them, those for which the stream did not advance */
    int strays;                /* packets far behind, in a row */
    int margin, margin_frames; /* more delay so that FEC comes in time, and for how long yet */
    int wait;                  /* more delay, to stay with the picture */
    int lack;                  /* samples that the delay is too short for that */
    int since_stretch;         /* frames */

    int floor, judged; /* least delay seen, and in how many frames */
    int excess;        /* samples to leave out */
    int since_drop;    /* frames */
    bool jumps;        /* all of it at once */

    int64_t first_heard_us; /* 0: none since unmuted */

    bool fading; /* the next frame begins as a cross-fade from fade_from */
    int16_t fade_from[FADE * AUDIO_CHANNELS];
};

/* ---- packets in ---- */

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct audio_player *player = container_of(sink, struct audio_player, sink);
    bool container = parameters->codec_id != AV_CODEC_ID_OPUS;
    player->buffer.most_target = container ? AUDIO_BUFFER_CONTAINER_TARGET : AUDIO_BUFFER_PACKETS_TARGET;
    player->refused = !playout_codec_open(&player->codec, parameters);
    if (player->refused)
        g_warning("sound in %s cannot be decoded here and stays silent", avcodec_get_name(parameters->codec_id));
}

static void begin_buffering(struct audio_player *player)
{
    player->state = BUFFERING;
    player->fading = true;
    memset(player->fade_from, 0, sizeof player->fade_from);
    player->concealed = player->ahead = player->excess = player->judged = player->strays = 0;
    player->floor = G_MAXINT;
}

/* A sender that starts anew far behind where it was must not be taken for late packets for ever. */
static bool is_stray(struct audio_player *player, int64_t pts)
{
    if (player->state != PLAYING || player->next_pts - pts <= MAX_GAP) {
        player->strays = 0;
        return false;
    }
    if (++player->strays <= MAX_STRAYS)
        return true;
    audio_buffer_clear(&player->buffer);
    begin_buffering(player);
    return false;
}

static void keep(void *user_data, const AVPacket *packet, int64_t pts, int samples)
{
    struct audio_player *player = user_data;
    if (pts >= -AUDIO_BUFFER_MAX_PTS && pts <= AUDIO_BUFFER_MAX_PTS && !is_stray(player, pts))
        audio_buffer_push(&player->buffer, packet, pts, samples);
}

static void push_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct audio_player *player = container_of(sink, struct audio_player, sink);
    if (!player->refused)
        playout_codec_receive(&player->codec, packet, keep, player);
}

static void lose(struct packet_sink *sink)
{
    (void)sink; /* the gap in the pts says more */
}

static const struct packet_sink_ops sink_ops = { .open = open_stream, .push = push_packet, .lose = lose };

/* ---- sound out ---- */

static int speaker_queue(struct audio_player *player)
{
    return MAX(player->output->ops->queued(player->output), 0);
}

static void cross_fade(struct audio_player *player, int16_t *pcm, int samples)
{
    if (!player->fading)
        return;
    player->fading = false;
    int length = MIN(samples, FADE);
    for (int i = 0; i < length * AUDIO_CHANNELS; i++) {
        int step = i / AUDIO_CHANNELS;
        pcm[i] = (int16_t)((player->fade_from[i] * (length - step) + pcm[i] * step) / length);
    }
}

/* `advances`: the frame is the stream's next, rather than made up while the stream waits. */
static void emit(struct audio_player *player, int16_t *pcm, int samples, bool advances)
{
    player->stats.samples += (uint64_t)samples;
    player->stats.speaker_delay += (double)samples * speaker_queue(player) / AUDIO_RATE;
    cross_fade(player, pcm, samples);
    gain_apply(&player->gain, pcm, samples);
    player->output->ops->queue(player->output, pcm, samples);
    audio_clock_add(&player->clock, player->next_pts, samples, advances);
    if (advances)
        player->next_pts += samples;
}

static void fade_out(int16_t *pcm, int samples)
{
    for (int i = 0; i < samples * AUDIO_CHANNELS; i++)
        pcm[i] = (int16_t)(pcm[i] * (samples - i / AUDIO_CHANNELS) / samples);
}

/* ---- lost frames ---- */

static void conceal(struct audio_player *player, int samples, bool advances)
{
    int16_t pcm[PLAYOUT_MOST * AUDIO_CHANNELS];
    samples = CLAMP(samples / MS(10) * MS(10), MS(10), MS(20));
    playout_codec_make_up(&player->codec, pcm, samples);
    player->stats.concealments += !player->concealed;
    player->stats.concealed_samples += (uint64_t)samples;
    player->concealed += samples;
    if (player->concealed >= MAX_CONCEALED)
        fade_out(pcm, samples);
    if (!advances)
        player->ahead += samples;
    player->stats.concealed++;
    emit(player, pcm, samples, advances);
}

/* Puts in a little sound so that the rest comes later. */
static void stretch(struct audio_player *player)
{
    int16_t pcm[PLAYOUT_MOST * AUDIO_CHANNELS];
    player->since_stretch = 0;
    player->lack -= STRETCH;
    playout_codec_make_up(&player->codec, pcm, STRETCH);
    player->stats.inserted_samples += STRETCH;
    emit(player, pcm, STRETCH, false);
}

static bool restore(struct audio_player *player, const AVPacket *next, int samples)
{
    int16_t pcm[PLAYOUT_MOST * AUDIO_CHANNELS];
    if (!playout_codec_restore(&player->codec, next, pcm, samples))
        return false;
    player->stats.recovered++;
    emit(player, pcm, samples, true);
    return true;
}

/* The next packet is there, `gap` samples before it are not. */
static bool bridge(struct audio_player *player, const AVPacket *next, int64_t gap)
{
    if (gap < MS(10)) { /* less than Opus can make up at this place */
        player->next_pts = next->pts;
        return true;
    }
    if (gap > MAX_GAP || player->concealed >= MAX_CONCEALED) {
        player->next_pts = next->pts;
        player->fading = true;
        memset(player->fade_from, 0, sizeof player->fade_from);
        return true;
    }
    if (player->ahead > 0 && player->margin == 0) {
        player->margin = LOSS_MARGIN; /* keep the delay that this cost: FEC is in time then */
        player->ahead = 0;
    }
    player->margin_frames = LOSS_MEMORY;
    if (player->ahead >= gap) {
        player->ahead -= (int)gap;
        player->next_pts = next->pts;
        return true;
    }
    if (speaker_queue(player) > SPEAKER_EMPTY)
        return false;
    if (gap > next->duration || !restore(player, next, (int)gap))
        conceal(player, (int)MIN(gap, AUDIO_FRAME), true);
    return true;
}

/* ---- good frames ---- */

static bool is_quiet(const int16_t *pcm, int samples)
{
    for (int i = 0; i < samples * AUDIO_CHANNELS; i++)
        if (abs(pcm[i]) > QUIET)
            return false;
    return true;
}

static bool may_drop(const struct audio_player *player, const int16_t *pcm, int samples)
{
    if (player->excess < samples || (player->fading && !player->jumps))
        return false;
    return player->jumps || player->since_drop >= JUDGED_FRAMES / 2 || is_quiet(pcm, samples);
}

/* Leaves a frame out: its beginning is what the next one fades in from. */
static void drop(struct audio_player *player, const int16_t *pcm, int samples)
{
    if (samples >= FADE && !player->fading) {
        memcpy(player->fade_from, pcm, sizeof player->fade_from);
        player->fading = true;
    }
    player->next_pts += samples;
    player->excess -= samples;
    player->since_drop = 0;
    player->stats.dropped++;
    player->stats.removed_samples += (uint64_t)samples;
}

/* The next frame comes out when what is queued has. */
static void note_heard(struct audio_player *player)
{
    if (!player->first_heard_us && player->gain.aim)
        player->first_heard_us = player->silent.now_us + (int64_t)speaker_queue(player) * 1000000 / AUDIO_RATE;
}

static void play(struct audio_player *player)
{
    AVPacket *packet = audio_buffer_take(&player->buffer);
    int16_t pcm[PLAYOUT_MOST * AUDIO_CHANNELS];
    int samples = playout_codec_decode(&player->codec, packet, pcm);
    int expected = (int)packet->duration;
    av_packet_free(&packet);
    if (samples <= 0) {
        conceal(player, expected, true);
        return;
    }
    player->concealed = player->ahead = 0;
    player->since_drop++;
    player->since_stretch++;
    if (player->margin_frames > 0 && --player->margin_frames == 0)
        player->margin = 0;
    if (may_drop(player, pcm, samples)) {
        drop(player, pcm, samples);
        return;
    }
    player->stats.played++;
    player->stats.decoded_samples += (uint64_t)samples;
    /* The buffer's length, summed as time passes, is what all of the samples waited (Little's law). */
    player->stats.buffer_delay += (double)samples * (player->buffer.samples + samples) / AUDIO_RATE;
    note_heard(player);
    emit(player, pcm, samples, true);
}

/* ---- the loop ---- */

static void discard(struct audio_player *player)
{
    AVPacket *packet = audio_buffer_take(&player->buffer);
    av_packet_free(&packet);
}

/* The next packet that has not been heard yet: one that came late may have been made up, or reach into the next. */
static const AVPacket *next_packet(struct audio_player *player)
{
    const AVPacket *next = audio_buffer_peek(&player->buffer);
    while (next && next->pts + next->duration <= player->next_pts) {
        discard(player);
        next = audio_buffer_peek(&player->buffer);
    }
    return next;
}

/* False: nothing to do before time has passed or a packet has come. */
static bool play_next(struct audio_player *player)
{
    const AVPacket *next = next_packet(player);
    if (next && next->pts <= player->next_pts) {
        if (player->lack >= STRETCH && player->since_stretch >= STRETCH_FRAMES)
            stretch(player);
        else
            play(player);
        return true;
    }
    if (next)
        return bridge(player, next, next->pts - player->next_pts);
    if (speaker_queue(player) > SPEAKER_EMPTY)
        return false;
    if (player->concealed >= MAX_CONCEALED) {
        begin_buffering(player);
        return false;
    }
    conceal(player, AUDIO_FRAME, false);
    return true;
}

/* The delay swings with each packet that comes and each frame that goes; its lowest points say what is not needed. */
static void judge_delay(struct audio_player *player, int delay)
{
    player->floor = MIN(player->floor, delay);
    if (player->judged < JUDGED_FRAMES)
        return;
    player->target = audio_buffer_target(&player->buffer);
    int above = player->floor - player->target - player->margin - player->wait - SPEAKER - GRAIN;
    player->lack = MAX(-above - GRAIN, 0);
    player->jumps = above > FAR_TOO_LONG;
    player->excess = above > 0 ? (above + AUDIO_FRAME - 1) / AUDIO_FRAME * AUDIO_FRAME : 0;
    player->floor = G_MAXINT;
    player->judged = 0;
}

static void start_if_ready(struct audio_player *player, int64_t now_us)
{
    const AVPacket *first = audio_buffer_peek(&player->buffer);
    if (!first)
        return;
    player->target = audio_buffer_target(&player->buffer);
    int wanted = player->target + player->margin + player->wait + SPEAKER;
    int64_t waited = (now_us - player->buffer.first_us) * AUDIO_RATE / 1000000;
    if (player->buffer.samples < wanted && waited < wanted)
        return;
    while (player->buffer.samples - (int)first->duration >= wanted) { /* a burst: begin with its newest part */
        discard(player);
        first = audio_buffer_peek(&player->buffer);
    }
    player->next_pts = first->pts;
    player->state = PLAYING;
}

void audio_player_poll(struct audio_player *player, int64_t now_us)
{
    player->silent.now_us = now_us;
    audio_buffer_stamp(&player->buffer, now_us);
    if (player->state == BUFFERING)
        start_if_ready(player, now_us);
    if (player->state == PLAYING)
        judge_delay(player, player->buffer.samples + speaker_queue(player));
    while (player->state == PLAYING && speaker_queue(player) < SPEAKER_LOW && play_next(player))
        player->judged++;
    player->stats.delay_ms = (player->buffer.samples + speaker_queue(player)) / MS(1);
}

/* ---- life ---- */

struct audio_player *audio_player_create(struct audio_output *output)
{
    struct audio_player *player = g_new0(struct audio_player, 1);
    player->sink.ops = &sink_ops;
    playout_codec_init(&player->codec);
    silent_output_init(&player->silent);
    player->output = output ? output : &player->silent.output;
    player->gain = (struct gain){ GAIN_FULL, GAIN_FULL };
    audio_buffer_init(&player->buffer);
    begin_buffering(player);
    return player;
}

void audio_player_destroy(struct audio_player *player)
{
    if (!player)
        return;
    audio_buffer_clear(&player->buffer);
    playout_codec_clear(&player->codec);
    g_free(player);
}

struct packet_sink *audio_player_sink(struct audio_player *player)
{
    return &player->sink;
}

void audio_player_reset(struct audio_player *player)
{
    audio_buffer_clear(&player->buffer);
    playout_codec_reset(&player->codec);
    player->output->ops->clear(player->output);
    player->clock = (struct audio_clock){ 0 };
    player->margin = player->margin_frames = player->wait = player->lack = 0;
    player->refused = false;
    player->first_heard_us = 0;
    begin_buffering(player);
}

void audio_player_set_delay(struct audio_player *player, int ms)
{
    player->wait = MS(MAX(ms, 0));
}

void audio_player_set_muted(struct audio_player *player, bool muted)
{
    if (muted)
        player->first_heard_us = 0;
    player->gain.aim = muted ? 0 : GAIN_FULL;
}

int64_t audio_player_first_heard_us(const struct audio_player *player)
{
    return player->first_heard_us;
}

bool audio_player_position(const struct audio_player *player, int64_t now_us, int64_t *pts)
{
    struct silent_output silent = player->silent; /* the speaker of a machine without one, read at its own time */
    silent.now_us = now_us;
    struct audio_output *output = player->output == &player->silent.output ? &silent.output : player->output;
    int queued = MAX(output->ops->queued(output), 0);
    if (player->state != PLAYING && queued == 0)
        return false;
    return audio_clock_read(&player->clock, queued, pts);
}

struct audio_player_stats audio_player_stats(const struct audio_player *player)
{
    return player->stats;
}
