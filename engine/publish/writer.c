#include "engine/publish/writer.h"

#include <glib.h>

#include "engine/media/objects.h"
#include "engine/publish/address.h"
#include "engine/publish/connection.h"
#include "engine/publish/mailbox.h"
#include "engine/publish/parameter_sets.h"
#include "engine/publish/trouble.h"

enum {
    CONNECT_US = 10000000, /* connecting takes so long at most */
    WRITE_US = 5000000,    /* and a packet, also where the server takes nothing of it */
    GOODBYE_US = 500000,
    RETRY_LEAST_US = 1000000,
    RETRY_MOST_US = 10000000,
    STABLE_US = 10000000, /* who was live so long begins again with the shortest pause */
};

/* Shared by the loop and the thread: whoever is last frees it. */
struct writer {
    struct publisher publisher; /* first: the interface */
    gint references, stopping;  /* atomic */
    char *url, *ca_file;

    GMutex lock; /* of these: */
    GCond changed;
    struct mailbox mailbox;
    AVCodecParameters *announced[PUBLISH_STREAMS]; /* NULL: not yet */
    enum publisher_state state;
    char *why;
    bool hurry; /* the network is another: no pause any more */
    bool slow;  /* said of this connection */

    /* The thread's alone. */
    AVCodecParameters *parameters[PUBLISH_STREAMS]; /* of the connection; what was learnt stays from one to the next */
    struct parameter_sets *sets;
    int64_t give_up_us, stopped_us; /* stopped_us: when it was seen that it shall end; 0: not yet */
    int64_t pause_us, live_since_us;
    char *said; /* the trouble that the log has */
};

static void release(struct writer *writer)
{
    if (!g_atomic_int_dec_and_test(&writer->references))
        return;
    mailbox_set_open(&writer->mailbox, false);
    for (int i = 0; i < PUBLISH_STREAMS; i++) {
        avcodec_parameters_free(&writer->announced[i]);
        avcodec_parameters_free(&writer->parameters[i]);
    }
    parameter_sets_destroy(writer->sets);
    g_mutex_clear(&writer->lock);
    g_cond_clear(&writer->changed);
    char *texts[] = { writer->url, writer->ca_file, writer->why, writer->said, writer->publisher.words };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(writer);
}

static bool is_stopping(struct writer *writer)
{
    return g_atomic_int_get(&writer->stopping);
}

/* ---- the thread ---- */

static void set_state(struct writer *writer, enum publisher_state state, const char *why)
{
    g_mutex_lock(&writer->lock);
    writer->state = state;
    g_free(writer->why);
    writer->why = g_strdup(why);
    g_mutex_unlock(&writer->lock);
}

static void set_open(struct writer *writer, bool open)
{
    g_mutex_lock(&writer->lock);
    mailbox_set_open(&writer->mailbox, open);
    writer->slow = false;
    g_mutex_unlock(&writer->lock);
}

/* libavformat asks, in its blocking calls. Whoever ends it is not waited for, but for a goodbye. */
static int interrupted(void *user_data)
{
    struct writer *writer = user_data;
    int64_t now_us = g_get_monotonic_time();
    if (is_stopping(writer) && !writer->stopped_us)
        writer->stopped_us = now_us;
    bool ends = writer->stopped_us && (!writer->live_since_us || now_us > writer->stopped_us + GOODBYE_US);
    return ends || now_us > writer->give_up_us;
}

/* The next packet; NULL: it shall end. What the streams are is copied from what was announced. */
static AVPacket *take(struct writer *writer)
{
    AVPacket *packet = NULL;
    g_mutex_lock(&writer->lock);
    while (!is_stopping(writer) && !(packet = mailbox_take(&writer->mailbox)))
        g_cond_wait(&writer->changed, &writer->lock);
    g_mutex_unlock(&writer->lock);
    return packet;
}

static bool copy_announced(struct writer *writer, enum publish_stream stream)
{
    AVCodecParameters *parameters = parameters_new();
    g_mutex_lock(&writer->lock);
    bool good = parameters && writer->announced[stream] &&
                avcodec_parameters_copy(parameters, writer->announced[stream]) >= 0;
    g_mutex_unlock(&writer->lock);
    avcodec_parameters_free(&writer->parameters[stream]);
    if (good)
        writer->parameters[stream] = parameters;
    else
        avcodec_parameters_free(&parameters);
    return good;
}

/* What the stream is, from its first key frame. An encoder that sends its parameter sets only once has announced them,
 * or sent them in an earlier connection. */
static int learn(struct writer *writer, const AVPacket *key_frame)
{
    AVCodecParameters *before = writer->parameters[PUBLISH_VIDEO];
    writer->parameters[PUBLISH_VIDEO] = NULL;
    bool good = copy_announced(writer, PUBLISH_VIDEO);
    copy_announced(writer, PUBLISH_AUDIO);
    AVCodecParameters *now = writer->parameters[PUBLISH_VIDEO];
    if (good && !now->extradata && before && before->extradata) {
        now->extradata = g_steal_pointer(&before->extradata);
        now->extradata_size = before->extradata_size;
    }
    avcodec_parameters_free(&before);
    if (good)
        parameter_sets_keep(now, key_frame);
    return good && now->extradata ? 0 : AVERROR_INVALIDDATA;
}

static int begin(struct writer *writer, struct connection *connection)
{
    writer->give_up_us = g_get_monotonic_time() + CONNECT_US;
    return connection_begin(connection, writer->parameters);
}

static void tell_live(struct writer *writer)
{
    writer->live_since_us = g_get_monotonic_time();
    g_clear_pointer(&writer->said, g_free);
    set_state(writer, PUBLISHER_LIVE, NULL);
    g_message("published to %s", writer->publisher.words);
}

/* Everything that comes, until an error, or 0 where it shall end. */
static int write_all(struct writer *writer, struct connection *connection, bool begun)
{
    int error = 0;
    for (AVPacket *packet; error >= 0 && (packet = take(writer)); av_packet_free(&packet)) {
        if (packet->stream_index == PUBLISH_VIDEO && !parameter_sets_attach(writer->sets, packet))
            error = AVERROR(ENOMEM);
        if (error >= 0 && !begun)
            error = learn(writer, packet) < 0 ? AVERROR_INVALIDDATA : begin(writer, connection);
        begun = true;
        writer->give_up_us = g_get_monotonic_time() + WRITE_US;
        if (error >= 0)
            error = connection_write(connection, packet);
        if (error >= 0 && !writer->live_since_us)
            tell_live(writer);
    }
    return error;
}

/* Before the first connection where the server is told with it what comes. */
static int learn_ahead(struct writer *writer)
{
    set_open(writer, true);
    AVPacket *packet = take(writer);
    int error = packet && !parameter_sets_attach(writer->sets, packet) ? AVERROR(ENOMEM) : 0;
    if (packet && error >= 0)
        error = learn(writer, packet);
    av_packet_free(&packet);
    set_open(writer, false);
    return error;
}

/* From connecting to the end. */
static int publish(struct writer *writer)
{
    struct connection_config config = { writer->url, writer->ca_file, { interrupted, writer } };
    struct connection *connection = NULL;
    bool announces = connection_announces(writer->url);
    int error = announces && !writer->parameters[PUBLISH_VIDEO] ? learn_ahead(writer) : 0;
    writer->live_since_us = 0;
    writer->give_up_us = g_get_monotonic_time() + CONNECT_US;
    if (error >= 0 && !is_stopping(writer))
        error = connection_open(&config, &connection);
    if (connection && announces)
        error = begin(writer, connection);
    if (connection && error >= 0) {
        set_open(writer, true);
        error = write_all(writer, connection, announces);
        set_open(writer, false);
    }
    writer->give_up_us = g_get_monotonic_time() + GOODBYE_US;
    connection_close(connection);
    return error;
}

/* It broke. The same trouble is said once. */
static void tell_trouble(struct writer *writer, int error)
{
    g_autofree char *why = publish_explain(error, writer->url, writer->live_since_us != 0);
    set_state(writer, PUBLISHER_WAITING, why);
    if (!g_strcmp0(why, writer->said))
        return;
    g_warning("not published to %s: %s; it is tried again and again", writer->publisher.words, why);
    g_free(writer->said);
    writer->said = g_steal_pointer(&why);
}

static void rest(struct writer *writer)
{
    int64_t now_us = g_get_monotonic_time();
    bool was_stable = writer->live_since_us && now_us - writer->live_since_us > STABLE_US;
    writer->pause_us = was_stable ? RETRY_LEAST_US : CLAMP(writer->pause_us * 2, RETRY_LEAST_US, RETRY_MOST_US);
    g_mutex_lock(&writer->lock);
    while (!is_stopping(writer) && !writer->hurry &&
           g_cond_wait_until(&writer->changed, &writer->lock, now_us + writer->pause_us))
        ;
    if (writer->hurry)
        writer->pause_us = 0;
    writer->hurry = false;
    g_mutex_unlock(&writer->lock);
}

static void *publish_again_and_again(void *user_data)
{
    struct writer *writer = user_data;
    while (!is_stopping(writer)) {
        int error = publish(writer);
        if (is_stopping(writer))
            break;
        tell_trouble(writer, error);
        rest(writer);
        set_state(writer, PUBLISHER_CONNECTING, writer->said);
    }
    release(writer);
    return NULL;
}

/* ---- the loop ---- */

static void announce(struct writer *writer, enum publish_stream stream, const AVCodecParameters *parameters)
{
    g_mutex_lock(&writer->lock);
    avcodec_parameters_free(&writer->announced[stream]);
    writer->announced[stream] = parameters_new();
    if (writer->announced[stream] && avcodec_parameters_copy(writer->announced[stream], parameters) < 0)
        avcodec_parameters_free(&writer->announced[stream]);
    g_mutex_unlock(&writer->lock);
}

static void post(struct writer *writer, enum publish_stream stream, const AVPacket *packet)
{
    g_mutex_lock(&writer->lock);
    mailbox_post(&writer->mailbox, stream, packet);
    bool slow = writer->mailbox.drops && !writer->slow;
    writer->slow |= slow;
    g_cond_signal(&writer->changed);
    g_mutex_unlock(&writer->lock);
    if (slow)
        g_message("the way to %s is too slow for what is published: pictures are left out", writer->publisher.words);
}

static struct writer *of_video(struct packet_sink *sink)
{
    return container_of(sink, struct writer, publisher.video);
}

static struct writer *of_audio(struct packet_sink *sink)
{
    return container_of(sink, struct writer, publisher.audio);
}

static void video_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    announce(of_video(sink), PUBLISH_VIDEO, parameters);
}

static void video_push(struct packet_sink *sink, const AVPacket *packet)
{
    post(of_video(sink), PUBLISH_VIDEO, packet);
}

static void audio_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    announce(of_audio(sink), PUBLISH_AUDIO, parameters);
}

static void audio_push(struct packet_sink *sink, const AVPacket *packet)
{
    post(of_audio(sink), PUBLISH_AUDIO, packet);
}

/* An encoder of our own loses nothing. */
static void ignore_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops video_ops = { .open = video_open, .push = video_push, .lose = ignore_lose };
static const struct packet_sink_ops audio_ops = { .open = audio_open, .push = audio_push, .lose = ignore_lose };

static bool wants_media(struct publisher *publisher)
{
    struct writer *writer = container_of(publisher, struct writer, publisher);
    g_mutex_lock(&writer->lock);
    bool wants = writer->mailbox.open;
    g_mutex_unlock(&writer->lock);
    return wants;
}

static enum publisher_state state_of(struct publisher *publisher, char **why)
{
    struct writer *writer = container_of(publisher, struct writer, publisher);
    g_mutex_lock(&writer->lock);
    enum publisher_state state = writer->state;
    if (why)
        *why = g_strdup(writer->why);
    g_mutex_unlock(&writer->lock);
    return state;
}

static void network_changed(struct publisher *publisher)
{
    struct writer *writer = container_of(publisher, struct writer, publisher);
    g_mutex_lock(&writer->lock);
    writer->hurry = writer->state == PUBLISHER_WAITING;
    g_cond_signal(&writer->changed);
    g_mutex_unlock(&writer->lock);
}

static void destroy(struct publisher *publisher)
{
    struct writer *writer = container_of(publisher, struct writer, publisher);
    g_mutex_lock(&writer->lock);
    g_atomic_int_set(&writer->stopping, true);
    g_cond_signal(&writer->changed);
    g_mutex_unlock(&writer->lock);
    release(writer);
}

static const struct publisher_ops ops = {
    .wants_media = wants_media,
    .state = state_of,
    .network_changed = network_changed,
    .destroy = destroy,
};

struct publisher *publish_writer_create(const char *url, const char *ca_file)
{
    struct parameter_sets *sets = parameter_sets_create();
    if (!sets) {
        g_warning("nothing can be published: libavcodec lacks extract_extradata; install the full one");
        return NULL;
    }
    struct writer *writer = g_new0(struct writer, 1);
    writer->publisher = (struct publisher){ .ops = &ops,
                                            .video.ops = &video_ops,
                                            .audio.ops = &audio_ops,
                                            .audio_codec = AV_CODEC_ID_AAC,
                                            .words = publish_words(url) };
    writer->references = 2;
    writer->url = g_strdup(url);
    writer->ca_file = g_strdup(ca_file);
    writer->sets = sets;
    g_mutex_init(&writer->lock);
    g_cond_init(&writer->changed);
    mailbox_set_open(&writer->mailbox, false);
    g_thread_unref(g_thread_new("publisher", publish_again_and_again, writer));
    return &writer->publisher;
}
