/* A broadcaster publishes beside the room: to real servers, whose recordings are read back, pixels and samples. */
#include <glib/gstdio.h>
#include <libavutil/log.h>
#include <math.h>
#include <stdlib.h>

#include "agent_rig.h"
#include "app/outgoing/parts.h"
#include "engine/publish/writer.h"
#include "engine/statistics/framecode.h"
#include "media_server.h"
#include "recording.h"

enum { FPS = 30, ENOUGH = 75 /* pictures */, GROUP_US = 2000000, FRAME_US = G_USEC_PER_SEC / FPS };
enum { HOST = 0, TONE = 440, TONE_STEP = 20 }; /* Hz: engine/audio/tone.h */
enum { WINDOW_US = 200000, EDGE_US = 100000 };
static const double HEARD = 0.02, SILENCE = 0.0005, A_TRACE = 0.002;

/* ---- the rig ---- */

/* `urls`: up to three; NULL: no more. */
static struct party *broadcast(struct world *world, const char *a, const char *b, const char *c)
{
    const char *urls[] = { a, b, c, NULL };
    g_clear_pointer(&world->options.publish, g_strfreev);
    world->options.publish = g_strdupv((char **)urls);
    struct party *party = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    g_clear_pointer(&world->options.publish, g_strfreev);
    return party;
}

static struct outgoing *outgoing_of(const struct party *party)
{
    return agent_outgoing(agent_of(party));
}

static enum publisher_state state(const struct party *party, int index)
{
    struct publisher *publisher = outgoing_publisher(outgoing_of(party), index);
    return publisher->ops->state(publisher, NULL);
}

static void publish_pictures(struct world *world, const char *recording, int n)
{
    int goal = recording_count(recording) + n;
    while (recording_count(recording) < goal)
        run_for(world, 300);
}

static unsigned newest_number(const struct party *party)
{
    const AVFrame *frame = outgoing_of(party)->newest;
    struct framecode found[2];
    g_assert_cmpint(framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], found, 2), >, 0);
    return found[0].number;
}

static char *file_in(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
}

struct scratch {
    char *folder, *file, *url;
};

static struct scratch make_scratch(void)
{
    struct scratch scratch = { .folder = g_dir_make_tmp("callapi-publish-XXXXXX", NULL) };
    scratch.file = file_in(scratch.folder, "published.ts");
    scratch.url = g_strconcat("file:", scratch.file, NULL);
    return scratch;
}

static void clear_scratch(struct scratch *scratch)
{
    g_remove(scratch->file);
    g_rmdir(scratch->folder);
    g_free(scratch->folder);
    g_free(scratch->file);
    g_free(scratch->url);
}

/* ---- what was published ---- */

static const struct recorded_picture *picture_at(const struct recording *recording, guint i)
{
    return &g_array_index(recording->pictures, struct recorded_picture, i);
}

static int64_t end_of(const struct recording *recording)
{
    return picture_at(recording, recording->pictures->len - 1)->pts_us;
}

/* One after the other as they were captured; and to come in at every two seconds. */
static void assert_pictures(const struct recording *recording)
{
    const struct recorded_picture *before = NULL;
    unsigned key = picture_at(recording, 0)->number;
    g_assert_true(picture_at(recording, 0)->key);
    for (guint i = 0; i < recording->pictures->len; before = picture_at(recording, i), i++) {
        const struct recorded_picture *picture = picture_at(recording, i);
        g_assert_true(picture->coded);
        g_assert_cmpuint(picture->source, ==, HOST);
        g_assert_true(!before || picture->number > before->number);
        key = picture->key ? picture->number : key;
        g_assert_cmpint((int64_t)(picture->number - key) * FRAME_US, <, GROUP_US);
    }
}

/* How far behind when it was captured it stands in the file: the same for all of them. */
static int64_t offset_us(const struct recording *recording, guint i)
{
    return picture_at(recording, i)->pts_us - (int64_t)picture_at(recording, i)->number * FRAME_US;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* At the times at which they were captured. Not `exact`: stamped when they came, so where the machine was busy some
 * stand elsewhere. */
static void assert_times(const struct recording *recording, bool exact)
{
    guint n = recording->pictures->len, astray = 0;
    g_autofree int64_t *offsets = g_new(int64_t, n);
    for (guint i = 0; i < n; i++)
        offsets[i] = offset_us(recording, i);
    qsort(offsets, n, sizeof *offsets, by_value);
    for (guint i = 0; i < n; i++)
        astray += ABS(offsets[i] - offsets[n / 2]) >= (exact ? FRAME_US / 2 : 3 * FRAME_US);
    g_assert_cmpuint(astray, <=, exact ? 0 : n / 4);
}

/* The host's, and nothing of the other side's, nearly everywhere: on a machine that has too much to do the tone itself
 * has gaps (engine/audio/tone.h). */
static void assert_tone(const struct recording *recording, int64_t from_us, int64_t to_us)
{
    int windows = 0, heard = 0;
    for (int64_t at = from_us; at + WINDOW_US <= to_us; at += WINDOW_US, windows++) {
        double tone = recording_tone(recording, TONE, at, at + WINDOW_US);
        heard += tone > HEARD && tone > 0.9 * recording_loudness(recording, at, at + WINDOW_US) &&
                 recording_tone(recording, TONE + TONE_STEP, at, at + WINDOW_US) < A_TRACE;
    }
    g_assert_cmpint(heard, >=, windows * 7 / 10);
}

/* Not `exact`: the server stamps by a clock of its own (GStreamer's). */
static void assert_live(const char *file, bool exact)
{
    struct recording *recording = recording_read(file);
    g_test_message("%s: %u pictures, %.1f s of sound", file, recording->pictures->len, recording->sound->len / 48e3);
    g_assert_cmpuint(recording->pictures->len, >=, ENOUGH);
    assert_pictures(recording);
    assert_times(recording, exact);
    int64_t end_us = MIN(end_of(recording), (int64_t)recording->sound->len * G_USEC_PER_SEC / AUDIO_RATE);
    g_assert_cmpint(end_us, >, end_of(recording) - G_USEC_PER_SEC); /* there is sound to the end */
    if (exact)
        assert_tone(recording, picture_at(recording, 0)->pts_us + EDGE_US, end_us - EDGE_US);
    else
        g_assert_cmpfloat(recording_loudness(recording, 0, end_us), >, HEARD);
    recording_free(recording);
}

/* ---- servers of each kind, and one encoder for all ---- */

static int encoders(const struct party *party)
{
    const struct encoding *usual = &outgoing_of(party)->encodings[OUTGOING_USUAL];
    int n = 0;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        n += usual->branches[i].encoder != NULL;
    return n;
}

/* Of the usual size: a viewer on a machine that has too much to do may get the small pictures. */
static uint64_t encoded_by(const struct party *party)
{
    return outgoing_of(party)->encodings[OUTGOING_USUAL].meter.statistics.frames_encoded;
}

static void every_kind_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    struct media_server *rtmp = media_server_start(MEDIA_SERVER_RTMP), *srt = media_server_start(MEDIA_SERVER_SRT),
                        *rtsp = media_server_start(MEDIA_SERVER_RTSP);
    struct party *anna = broadcast(world, media_server_url(rtmp), media_server_url(srt), media_server_url(rtsp));
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 10);
    WAIT_FOR(world,
             state(anna, 0) == PUBLISHER_LIVE && state(anna, 1) == PUBLISHER_LIVE && state(anna, 2) == PUBLISHER_LIVE);
    uint64_t encoded = encoded_by(anna), captured = outgoing_of(anna)->captured;
    publish_pictures(world, media_server_recording(rtmp), ENOUGH);
    publish_pictures(world, media_server_recording(srt), ENOUGH);
    publish_pictures(world, media_server_recording(rtsp), ENOUGH);
    g_assert_cmpint(encoders(anna), ==, 1);
    g_assert_cmpuint(encoded_by(anna) - encoded, ==, outgoing_of(anna)->captured - captured);
    g_assert_cmpint(outgoing_recipients(outgoing_of(anna)), ==, 1);
    leave(anna);
    assert_live(media_server_recording(rtmp), true);
    assert_live(media_server_recording(srt), true);
    assert_live(media_server_recording(rtsp), false);
    media_server_stop(rtmp);
    media_server_stop(srt);
    media_server_stop(rtsp);
}

/* ---- a private call ---- */

struct private_time { /* numbers of the camera's pictures */
    unsigned first, last;
};

/* From the first picture that may be the call's to the last. */
static struct private_time call_and_hang_up(struct world *world, struct party *anna, struct party *bert,
                                            const char *published)
{
    struct private_time call;
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, outgoing_of(anna)->programme.is_private);
    call.first = newest_number(anna) + 1;
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, bert, 10);                                       /* it has the camera */
    outgoing_of(anna)->encodings[OUTGOING_USUAL].key_frame_wanted = true; /* of which others could begin */
    play_pictures(world, bert, 10);
    g_assert_cmpuint(newest_number(anna), >=, call.first + 20);
    publish_pictures(world, published, 2);
    call.last = newest_number(anna);
    outgoing_of(anna)->encodings[OUTGOING_USUAL].key_frame_wanted = true; /* the newest picture, too */
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, !outgoing_of(anna)->programme.is_private);
    return call;
}

/* The picture's light before the call. */
static double light_before(const struct recording *recording, struct private_time call)
{
    double light = 0;
    for (guint i = 0; i < recording->pictures->len; i++)
        if (picture_at(recording, i)->coded && picture_at(recording, i)->number < call.first)
            light = MAX(light, picture_at(recording, i)->light);
    return light;
}

static bool is_curtain(const struct recording *recording, guint i, struct private_time call)
{
    return picture_at(recording, i)->light < light_before(recording, call) / 2;
}

/* No picture of the call in any picture; a dimmed one, with words, about once a second; the camera before and after. */
static void assert_nothing_of_the_call_is_seen(const struct recording *recording, struct private_time call)
{
    int before = 0, curtains = 0, after = 0;
    for (guint i = 0; i < recording->pictures->len; i++) {
        const struct recorded_picture *picture = picture_at(recording, i);
        g_assert_false(picture->coded && picture->number >= call.first && picture->number <= call.last);
        if (is_curtain(recording, i, call)) {
            g_assert_true(picture->key);
            g_assert_cmpint(picture->white, >, 200); /* the words */
            curtains++;
            continue;
        }
        g_assert_true(picture->coded);
        g_assert_cmpuint(picture->source, ==, HOST);
        before += picture->number < call.first;
        after += picture->number > call.last;
    }
    g_test_message("%d pictures before, %d of a curtain, %d after", before, curtains, after);
    g_assert_cmpint(before, >=, ENOUGH);
    g_assert_cmpint(curtains, >=, 2);
    g_assert_cmpint(after, >=, ENOUGH);
}

/* When a picture of that number was, or would have been, published. */
static int64_t time_of(const struct recording *recording, unsigned number)
{
    const struct recorded_picture *first = picture_at(recording, 0);
    return first->pts_us + (int64_t)(number - first->number) * FRAME_US;
}

static void assert_nothing_of_the_call_is_heard(const struct recording *recording, struct private_time call)
{
    int64_t begin = picture_at(recording, 0)->pts_us + EDGE_US, from = time_of(recording, call.first) + EDGE_US,
            to = time_of(recording, call.last) - EDGE_US, end = end_of(recording) - G_USEC_PER_SEC;
    assert_tone(recording, begin, from - 2 * EDGE_US);
    g_assert_cmpfloat(recording_loudness(recording, from, to), <, SILENCE);
    assert_tone(recording, to + 4 * EDGE_US, end);
}

static void assert_private(const char *file, struct private_time call)
{
    struct recording *recording = recording_read(file);
    g_test_message("%s: the call had %u to %u", file, call.first, call.last);
    assert_nothing_of_the_call_is_seen(recording, call);
    assert_nothing_of_the_call_is_heard(recording, call);
    recording_free(recording);
}

static void nothing_of_a_call_is_published(struct world *world, gconstpointer data)
{
    (void)data;
    struct media_server *rtmp = media_server_start(MEDIA_SERVER_RTMP);
    struct scratch scratch = make_scratch();
    struct party *anna = broadcast(world, media_server_url(rtmp), scratch.url, NULL);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 10);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_LIVE && state(anna, 1) == PUBLISHER_LIVE);
    publish_pictures(world, media_server_recording(rtmp), ENOUGH);
    struct private_time call = call_and_hang_up(world, anna, bert, media_server_recording(rtmp));
    publish_pictures(world, media_server_recording(rtmp), 2 * ENOUGH);
    leave(anna);
    assert_private(media_server_recording(rtmp), call);
    assert_private(scratch.file, call);
    media_server_stop(rtmp);
    clear_scratch(&scratch);
}

/* ---- nothing to send ---- */

/* No sound, and the camera off for a while: players have something to show all the time. */
static void what_is_missing_is_made_up_for(struct world *world, gconstpointer data)
{
    (void)data;
    struct scratch scratch = make_scratch();
    world->options.audio = g_strdup("none");
    struct party *anna = broadcast(world, scratch.url, NULL, NULL);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_LIVE);
    publish_pictures(world, scratch.file, ENOUGH);
    outgoing_set_camera(outgoing_of(anna), false);
    run_for(world, 1); /* what is captured already goes out */
    publish_pictures(world, scratch.file, 2);
    outgoing_set_camera(outgoing_of(anna), true);
    publish_pictures(world, scratch.file, ENOUGH);
    leave(anna);

    struct recording *recording = recording_read(scratch.file);
    int curtains = 0;
    for (guint i = 0; i < recording->pictures->len; i++) {
        const struct recorded_picture *picture = picture_at(recording, i);
        bool black = picture->light < 40; /* but for the words: what was seen before is not shown any more */
        g_assert_true(black ? !picture->coded && picture->white > 200 : picture->coded);
        curtains += black;
    }
    g_assert_cmpint(curtains, >=, 1);
    g_assert_true(picture_at(recording, recording->pictures->len - 1)->coded);
    int64_t end_us = end_of(recording) - G_USEC_PER_SEC;
    g_assert_cmpuint(recording->sound->len, >, end_us * AUDIO_RATE / G_USEC_PER_SEC);
    g_assert_cmpfloat(recording_loudness(recording, 0, end_us), <, SILENCE);
    recording_free(recording);
    clear_scratch(&scratch);
}

/* ---- trouble ---- */

static void a_server_comes_back(struct world *world, gconstpointer data)
{
    (void)data;
    struct media_server *rtmp = media_server_start(MEDIA_SERVER_RTMP);
    struct scratch scratch = make_scratch();
    struct party *anna = broadcast(world, media_server_url(rtmp), scratch.url, NULL);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_LIVE && state(anna, 1) == PUBLISHER_LIVE);
    media_server_kill(rtmp);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_WAITING);
    publish_pictures(world, scratch.file, ENOUGH); /* the other goes on */
    media_server_restart(rtmp);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_LIVE);
    publish_pictures(world, media_server_recording(rtmp), ENOUGH);
    media_server_kill(rtmp);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_WAITING);
    media_server_restart(rtmp);
    do { /* the system's word comes instead of the pause's end */
        outgoing_network_changed(outgoing_of(anna));
        run_for(world, 50);
    } while (state(anna, 0) != PUBLISHER_LIVE);
    leave(anna);
    assert_live(scratch.file, true);
    media_server_stop(rtmp);
    clear_scratch(&scratch);
}

/* It is there, and takes nothing: what waits for it is bounded, the other goes on, and closing does not wait. */
static void a_server_takes_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    struct media_server *rtmp = media_server_start(MEDIA_SERVER_RTMP);
    struct scratch scratch = make_scratch();
    struct party *anna = broadcast(world, media_server_url(rtmp), scratch.url, NULL);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_LIVE && state(anna, 1) == PUBLISHER_LIVE);
    media_server_freeze(rtmp);
    publish_pictures(world, scratch.file, ENOUGH);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_WAITING); /* what the kernel takes is full, and a packet stuck */
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_CONNECTING);
    int64_t began_us = g_get_monotonic_time();
    leave(anna);
    g_test_message("closed within %.1f ms", (double)(g_get_monotonic_time() - began_us) / 1000);
    assert_live(scratch.file, true);
    media_server_stop(rtmp);
    clear_scratch(&scratch);
}

static GString *said; /* the log */
static GMutex said_lock;

static GLogFunc log_before;

/* Not a writer: with GLib 2.84 a test's log goes past that. */
static void note_line(const char *domain, GLogLevelFlags level, const char *line, void *user_data)
{
    g_mutex_lock(&said_lock);
    if (said)
        g_string_append_printf(said, "%s\n", line);
    g_mutex_unlock(&said_lock);
    log_before(domain, level, line, user_data);
}

static void note_ffmpeg(void *context, int level, const char *format, va_list arguments)
{
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    (void)context;
    g_mutex_lock(&said_lock);
    if (said && level <= av_log_get_level())
        g_string_append(said, line);
    g_mutex_unlock(&said_lock);
}

/* Of FFmpeg nothing is to be read, either: at the level at which the program runs it. */
static void a_refusal_is_told_without_the_key(struct world *world, gconstpointer data)
{
    (void)data;
    struct media_server *rtmp = media_server_start(MEDIA_SERVER_RTMP);
    g_autofree char *url = g_strconcat(media_server_url(rtmp), "?user=anna", NULL), *wrong = NULL;
    g_autoptr(GString) other = g_string_new(url);
    g_string_replace(other, "/live/", "/nowhere/", 1);
    g_string_replace(other, "rtmp://", "rtmp://anna:" MEDIA_SERVER_KEY "@", 1);
    said = g_string_new(NULL);
    av_log_set_callback(note_ffmpeg);
    struct party *anna = broadcast(world, other->str, media_server_url(rtmp), NULL);
    WAIT_FOR(world, state(anna, 0) == PUBLISHER_WAITING && state(anna, 1) == PUBLISHER_LIVE);
    struct publisher *publisher = outgoing_publisher(outgoing_of(anna), 0);
    do {
        run_for(world, 50);
        g_clear_pointer(&wrong, g_free);
    } while (publisher->ops->state(publisher, &wrong) != PUBLISHER_WAITING);
    g_assert_nonnull(strstr(wrong, "refused"));
    leave(anna);
    g_mutex_lock(&said_lock);
    g_assert_nonnull(strstr(said->str, wrong));
    g_assert_null(strstr(said->str, MEDIA_SERVER_KEY));
    g_string_free(g_steal_pointer(&said), TRUE);
    g_mutex_unlock(&said_lock);
    av_log_set_callback(av_log_default_callback);
    media_server_stop(rtmp);
}

/* ---- who watches at a server ---- */

struct asking { /* a server that passes on what its viewers ask for */
    struct publisher publisher;
    bool asks, asks_on;
    int pictures, keys, since_key;
    int64_t bit_rate;
};

static struct asking *asking(struct publisher *publisher)
{
    return container_of(publisher, struct asking, publisher);
}

static void asking_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void asking_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct asking *server = container_of(sink, struct asking, publisher.video);
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    server->pictures++;
    server->keys += key;
    server->since_key = key ? 0 : server->since_key + 1;
}

static void asking_ignore(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    (void)packet;
}

static bool asking_wants(struct publisher *publisher)
{
    (void)publisher;
    return true;
}

static bool asking_takes_key_frame(struct publisher *publisher)
{
    bool asks = asking(publisher)->asks || asking(publisher)->asks_on;
    asking(publisher)->asks = false;
    return asks;
}

static int64_t asking_bit_rate(struct publisher *publisher)
{
    return asking(publisher)->bit_rate;
}

static enum publisher_state asking_state(struct publisher *publisher, char **why)
{
    (void)publisher;
    *why = NULL;
    return PUBLISHER_LIVE;
}

static void asking_nothing(struct publisher *publisher)
{
    (void)publisher;
}

static const struct packet_sink_ops asking_video = { .open = asking_open, .push = asking_push },
                                    asking_audio = { .open = asking_open, .push = asking_ignore };
static const struct publisher_ops asking_ops = { .wants_media = asking_wants,
                                                 .takes_key_frame = asking_takes_key_frame,
                                                 .bit_rate = asking_bit_rate,
                                                 .state = asking_state,
                                                 .network_changed = asking_nothing,
                                                 .destroy = asking_nothing };

/* A key frame for who comes there, long before the next one is due; and not one for each of hundreds. */
static void key_frames_that_are_asked_for(struct world *world, gconstpointer data)
{
    enum { SOON = 20, MANY = 90 };
    struct asking server = { .publisher = { .ops = &asking_ops,
                                            .video.ops = &asking_video,
                                            .audio.ops = &asking_audio,
                                            .audio_codec = AV_CODEC_ID_OPUS },
                             .bit_rate = INT64_MAX };
    (void)data;
    struct party *anna = broadcast(world, NULL, NULL, NULL);
    outgoing_add_publisher(outgoing_of(anna), &server.publisher);
    WAIT_FOR(world, server.keys == 1 && server.since_key == 5);
    server.asks = true;
    WAIT_FOR(world, server.keys == 2 || server.since_key > SOON);
    g_assert_cmpint(server.keys, ==, 2);
    int before = server.keys, pictures = server.pictures;
    server.asks_on = true;
    WAIT_FOR(world, server.pictures > pictures + MANY);
    g_assert_cmpint(server.keys - before, >, 3);
    g_assert_cmpint(server.keys - before, <, MANY / 6);
    leave(anna);
}

/* The way to the server is narrow: that is what is encoded for, since nobody in between makes pictures smaller. */
static void the_way_to_a_server_is_narrow(struct world *world, gconstpointer data)
{
    enum { NARROW = 300000 };
    struct asking server = { .publisher = { .ops = &asking_ops,
                                            .video.ops = &asking_video,
                                            .audio.ops = &asking_audio,
                                            .audio_codec = AV_CODEC_ID_OPUS },
                             .bit_rate = INT64_MAX };
    (void)data;
    struct party *anna = broadcast(world, NULL, NULL, NULL);
    const struct encoding *usual = &outgoing_of(anna)->encodings[OUTGOING_USUAL];
    outgoing_add_publisher(outgoing_of(anna), &server.publisher);
    WAIT_FOR(world, server.pictures > 5);
    g_assert_cmpint(outgoing_encoding_bit_rate(usual), ==, outgoing_of(anna)->bit_rate);
    server.bit_rate = NARROW;
    WAIT_FOR(world, outgoing_encoding_bit_rate(usual) == NARROW);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 10);
    int pictures = server.pictures;
    WAIT_FOR(world, server.pictures > pictures + 5);
    g_assert_cmpint(outgoing_encoding_bit_rate(usual), ==, NARROW);
    leave(anna);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    log_before = g_log_set_default_handler(note_line, NULL);
    g_test_add("/publish/kinds", struct world, NULL, set_up, every_kind_at_once, tear_down);
    g_test_add("/publish/private", struct world, NULL, set_up, nothing_of_a_call_is_published, tear_down);
    g_test_add("/publish/missing", struct world, NULL, set_up, what_is_missing_is_made_up_for, tear_down);
    g_test_add("/publish/back", struct world, NULL, set_up, a_server_comes_back, tear_down);
    g_test_add("/publish/silent", struct world, NULL, set_up, a_server_takes_nothing, tear_down);
    g_test_add("/publish/asked", struct world, NULL, set_up, key_frames_that_are_asked_for, tear_down);
    g_test_add("/publish/narrow", struct world, NULL, set_up, the_way_to_a_server_is_narrow, tear_down);
    g_test_add("/publish/refused", struct world, NULL, set_up, a_refusal_is_told_without_the_key, tear_down);
    return g_test_run();
}
