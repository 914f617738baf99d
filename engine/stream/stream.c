#include "engine/stream/stream.h"

#include "engine/stream/clock.h"
#include "engine/stream/pieces.h"
#include "engine/stream/reader.h"
#include "engine/stream/replay.h"
#include "engine/stream/timeline.h"
#include "platform/deadline.h"
#include "platform/unix_time.h"

enum {
    AHEAD_US = 2000000,     /* so much is taken of what can be read at any pace */
    AHEAD_PACKETS = 1000,   /* and no more of these, whatever their times say */
    BEHIND_US = 1000000,    /* so much that was not delivered is cut down to its newest key frame */
    SOUND_KEPT_US = 300000, /* who begins to play begins with no older sound */
    WAIT_US = 100000,       /* longest sleep while something is not due */
};

struct stream_side { /* a track, and who gets it */
    struct replay replay;
    bool known; /* there is such a track */
};

struct stream {
    struct source source;
    struct stream_reader *reader;
    struct deadline *pump; /* when there is something to do; also set from the reader's thread */
    void (*changed)(void *user_data);
    void *user_data;
    char *name;
    enum stream_pace pace;

    struct stream_timeline timeline;
    struct stream_clock clock;
    struct stream_pieces pieces;
    struct stream_side sides[STREAM_TRACKS];
    bool started, suspects; /* suspects: the next picture */
    guint makes_good;       /* so many pictures are decoded for the newest one's sake */
    int64_t shown_us;       /* when one of them was shown */
    int64_t least_us;       /* arrival less time, of the fastest packet of late */
    int64_t there_since_us;
    struct stream_trouble trouble;
    struct stream_stats stats;
};

/* ---- what came ---- */

static void set_there(struct stream *stream, int64_t since_us, struct stream_trouble trouble)
{
    bool other = !since_us != !stream->there_since_us || trouble.fault != stream->trouble.fault;
    stream->there_since_us = since_us;
    stream->trouble = trouble;
    if (other && stream->changed)
        stream->changed(stream->user_data);
}

/* Sound that says no time follows what came before it: several frames may share one time (an MPEG transport stream's
 * PES packets). A bare elementary stream of pictures has none at all: as they come. */
static void place_timeless(struct stream *stream, struct stream_item *item)
{
    bool follows = item->track == STREAM_AUDIO && stream->timeline.tracks[STREAM_AUDIO].known;
    item->packet->dts = follows ? stream->timeline.tracks[STREAM_AUDIO].last_us : item->came_us;
    item->packet->pts = follows ? AV_NOPTS_VALUE : item->came_us;
}

/* The times of its packets go on, on our clock. */
static void place(struct stream *stream, struct stream_item *item)
{
    AVPacket *packet = item->packet;
    int64_t dts = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    if (dts == AV_NOPTS_VALUE) {
        place_timeless(stream, item);
        return;
    }
    int64_t shift_us = stream_timeline_shift(&stream->timeline, item->track, dts, item->came_us);
    packet->dts = dts + shift_us;
    packet->pts = packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts + shift_us;
    stream->least_us = MIN(stream->least_us + 1, item->came_us - packet->dts);
}

/* Pictures are missing at this place: what waits before it is whole. */
static void note_gap(struct stream *stream)
{
    backlog_note_gap(&stream->sides[STREAM_VIDEO].replay.backlog);
}

/* What the container knows to be damaged is shown to nobody, nor what refers to it. libavformat's parser gives a
 * picture out when the next one begins, and marks it by that one's flags: the damage may be in the one behind. */
static bool is_damaged(struct stream *stream, const struct stream_item *item)
{
    if (item->track != STREAM_VIDEO)
        return false;
    bool marked = item->packet->flags & AV_PKT_FLAG_CORRUPT, damaged = marked || stream->suspects;
    stream->suspects = marked;
    return damaged;
}

/* From now on it is shown at the pace of its time stamps. */
static void take_as_pieces(struct stream *stream)
{
    if (stream->pace != STREAM_PACE_LIVE)
        return;
    stream->pace = STREAM_PACE_SEGMENTS;
    stream->clock = (struct stream_clock){ .adapts = true };
}

static void look_for_pieces(struct stream *stream, const struct stream_item *item)
{
    if (stream->pace == STREAM_PACE_LIVE &&
        stream_pieces_arrive(&stream->pieces, item->came_us - item->packet->dts, item->came_us)) {
        g_info("the stream %s comes in pieces", stream->name);
        take_as_pieces(stream);
    }
}

static void take_packet(struct stream *stream, struct stream_item *item)
{
    if (is_damaged(stream, item)) {
        note_gap(stream);
        return;
    }
    place(stream, item);
    look_for_pieces(stream, item);
    stream->stats.packets++;
    stream->stats.bytes += (uint64_t)item->packet->size;
    if (stream->pace != STREAM_PACE_LIVE)
        stream_clock_arrive(&stream->clock, item->packet->dts, item->came_us);
    stream->sides[item->track].known = true;
    backlog_add(&stream->sides[item->track].replay.backlog, g_steal_pointer(&item->packet));
    if (!stream->there_since_us)
        set_there(stream, item->came_us, (struct stream_trouble){ 0 });
}

static void take(struct stream *stream, struct stream_item *item)
{
    switch (item->news) {
    case STREAM_OPENED:
        stream->stats.openings++;
        stream_timeline_restart(&stream->timeline);
        stream->pieces = (struct stream_pieces){ 0 };
        if (item->in_pieces)
            take_as_pieces(stream);
        if (stream->stats.openings > 1 && stream->pace != STREAM_PACE_FILE)
            note_gap(stream);
        break;
    case STREAM_PARAMETERS:
        backlog_announce(&stream->sides[item->track].replay.backlog, g_steal_pointer(&item->parameters));
        break;
    case STREAM_PACKET:
        take_packet(stream, item);
        break;
    case STREAM_OVERRUN:
        note_gap(stream);
        break;
    case STREAM_FAILED:
        set_there(stream, 0, item->trouble);
        break;
    }
}

/* Of what can be read at any pace no more than is needed soon. */
static bool has_enough(const struct stream *stream)
{
    const struct backlog *video = &stream->sides[STREAM_VIDEO].replay.backlog,
                         *audio = &stream->sides[STREAM_AUDIO].replay.backlog;
    bool long_enough = MAX(backlog_span_us(video), backlog_span_us(audio)) > AHEAD_US;
    return stream->pace == STREAM_PACE_FILE && (long_enough || video->waiting + audio->waiting > AHEAD_PACKETS);
}

static void take_all(struct stream *stream)
{
    struct stream_item *item;
    while (!has_enough(stream) && (item = stream_reader_take(stream->reader))) {
        take(stream, item);
        stream_item_free(item);
    }
}

/* ---- what goes on to whoever plays ---- */

static bool is_due(const struct stream *stream, const AVPacket *packet, int64_t now_us)
{
    return stream->pace == STREAM_PACE_LIVE || stream_clock_due(&stream->clock, packet->dts) <= now_us;
}

/* Whether something was. */
static bool deliver_next(struct stream *stream, enum stream_track track, int64_t now_us)
{
    struct replay *replay = &stream->sides[track].replay;
    const struct backlog_item *next = backlog_peek(&replay->backlog);
    if (!next || !is_due(stream, next->packet, now_us))
        return false;
    replay_deliver(replay, now_us);
    return true;
}

/* After a pause of the network, or of ours, the live edge is where the newest key frame is. */
static void skip_to_edge(struct stream *stream, bool jumps)
{
    struct backlog *video = &stream->sides[STREAM_VIDEO].replay.backlog;
    if (stream->sides[STREAM_VIDEO].replay.makes_good ||
        (!jumps && (stream->pace != STREAM_PACE_LIVE || backlog_span_us(video) < BEHIND_US)))
        return;
    stream->stats.skipped += backlog_skip(video);
}

/* False: there is more to do at once. */
static bool deliver_due(struct stream *stream)
{
    int64_t began_us = g_get_monotonic_time(), now_us = began_us;
    for (bool more = true; more; now_us = g_get_monotonic_time()) {
        if (now_us - began_us > REPLAY_SLICE_US)
            return false;
        more = false;
        for (enum stream_track track = STREAM_VIDEO; track < STREAM_TRACKS; track++)
            more |= deliver_next(stream, track, now_us);
    }
    return true;
}

static int64_t next_due(const struct stream *stream)
{
    int64_t due = INT64_MAX;
    for (int i = 0; i < STREAM_TRACKS; i++) {
        const struct backlog_item *next = backlog_peek(&stream->sides[i].replay.backlog);
        if (next)
            due = MIN(due, stream_clock_due(&stream->clock, next->packet->dts));
    }
    return MIN(due, g_get_monotonic_time() + WAIT_US);
}

static void pump(void *user_data)
{
    struct stream *stream = user_data;
    take_all(stream);
    skip_to_edge(stream, stream_clock_poll(&stream->clock, g_get_monotonic_time()));
    bool done = deliver_due(stream);
    if (!done)
        deadline_set(stream->pump, 0);
    else if (stream->pace != STREAM_PACE_LIVE)
        deadline_set(stream->pump, next_due(stream));
}

/* ---- as a source ---- */

static void drop_old_sound(struct stream *stream)
{
    struct backlog *audio = &stream->sides[STREAM_AUDIO].replay.backlog;
    while (backlog_span_us(audio) > SOUND_KEPT_US && stream->pace == STREAM_PACE_LIVE)
        backlog_advance(audio);
}

static void start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    struct stream *stream = container_of(source, struct stream, source);
    struct stream_side *sides = stream->sides;
    int64_t now_us = g_get_monotonic_time();
    stream->started = true;
    bool begins = replay_begin(&sides[STREAM_VIDEO].replay, video, now_us);
    if (!begins && sides[STREAM_VIDEO].replay.backlog.cut && stream->there_since_us)
        stream_reader_reopen(stream->reader); /* that group of pictures is long: sooner than its next one, perhaps */
    replay_begin(&sides[STREAM_AUDIO].replay, audio, now_us);
    drop_old_sound(stream);
    deadline_set(stream->pump, 0);
}

static void stop(struct source *source)
{
    struct stream *stream = container_of(source, struct stream, source);
    replay_end(&stream->sides[STREAM_VIDEO].replay);
    replay_end(&stream->sides[STREAM_AUDIO].replay);
    stream->started = false;
}

/* A sender to many makes none on request. */
static void request_key_frame(struct source *source)
{
    (void)source;
}

/* Nobody says when it was captured: as late as its fastest packet came. */
static bool capture_time(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us)
{
    const struct stream *stream = container_of(source, const struct stream, source);
    int64_t us = type == AVMEDIA_TYPE_AUDIO ? av_rescale(pts, 1000000, AUDIO_RATE) : pts;
    *time_us = unix_time_us(us + stream->least_us);
    return true;
}

static const struct source_ops source_ops = {
    .start = start,
    .stop = stop,
    .request_key_frame = request_key_frame,
    .capture_time = capture_time,
};

/* ---- life ---- */

static void posted(void *user_data)
{
    struct stream *stream = user_data;
    deadline_set(stream->pump, 0);
}

struct stream *stream_create(const struct stream_config *config)
{
    struct stream *stream = g_new0(struct stream, 1);
    *stream = (struct stream){
        .source.ops = &source_ops,
        .changed = config->changed,
        .user_data = config->user_data,
        .name = g_strdup(config->address->name),
        .pace = config->address->pace,
        .timeline = { .paced = config->address->pace == STREAM_PACE_FILE },
        .clock = { .adapts = config->address->pace == STREAM_PACE_SEGMENTS },
    };
    replay_init(&stream->sides[STREAM_VIDEO].replay, true);
    replay_init(&stream->sides[STREAM_AUDIO].replay, false);
    stream->pump = deadline_create(config->context, pump, stream);
    stream->reader = stream_reader_create(&(struct stream_reader_config){
        .address = config->address,
        .ca_file = config->ca_file,
        .posted = posted,
        .user_data = stream,
    });
    return stream;
}

void stream_destroy(struct stream *stream)
{
    if (!stream)
        return;
    stream_reader_destroy(stream->reader);
    deadline_destroy(stream->pump);
    for (int i = 0; i < STREAM_TRACKS; i++)
        replay_clear(&stream->sides[i].replay);
    g_free(stream->name);
    g_free(stream);
}

struct source *stream_source(struct stream *stream)
{
    return &stream->source;
}

bool stream_is_there(const struct stream *stream)
{
    return stream->there_since_us != 0;
}

int64_t stream_there_since_us(const struct stream *stream)
{
    return stream->there_since_us;
}

bool stream_has(const struct stream *stream, enum AVMediaType type)
{
    return stream->sides[type == AVMEDIA_TYPE_VIDEO ? STREAM_VIDEO : STREAM_AUDIO].known;
}

struct stream_trouble stream_trouble(const struct stream *stream)
{
    return stream->trouble;
}

const char *stream_name(const struct stream *stream)
{
    return stream->name;
}

struct stream_stats stream_stats(const struct stream *stream)
{
    struct stream_stats stats = stream->stats;
    stats.delay_us = stream->pace == STREAM_PACE_LIVE ? 0 : stream->clock.delay_us;
    return stats;
}

void stream_network_changed(struct stream *stream, bool slept)
{
    if (slept && stream->pace != STREAM_PACE_FILE)
        stream_reader_awoke(stream->reader);
    else
        stream_reader_retry(stream->reader);
}
