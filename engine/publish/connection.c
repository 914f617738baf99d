#include "engine/publish/connection.h"

#include <glib.h>
#include <libavutil/opt.h>

#include "engine/publish/address.h"

/* What TCP may hold back in the kernel: a second of the usual bit rate. By default it is megabytes, which a slow
 * network would turn into a delay of half a minute before anything is dropped here. */
#define SEND_BUFFER "262144"

struct connection {
    AVFormatContext *format;
    char *url, *ca_file;
    bool begun;
    int64_t zero_us;                   /* AV_NOPTS_VALUE: nothing was written yet */
    int64_t last_dts[PUBLISH_STREAMS]; /* in the stream's time base */
};

/* ---- what is told to libavformat ---- */

bool connection_announces(const char *url)
{
    const AVOutputFormat *format = av_guess_format(publish_format(url), NULL, NULL);
    return format && format->flags & AVFMT_NOFILE;
}

/* FFmpeg's TLS looks at no certificate unless it is told to. */
static void set_trust(const struct connection *connection, AVDictionary **options)
{
    av_dict_set(options, "tls_verify", "1", 0);
    if (connection->ca_file)
        av_dict_set(options, "ca_file", connection->ca_file, 0);
}

/* Each packet leaves at once; what a player needs to begin with comes again and again. */
static void set_muxer_options(const struct connection *connection, AVDictionary **options)
{
    set_trust(connection, options);
    av_dict_set(options, "flvflags", "no_duration_filesize", 0);
    av_dict_set(options, "pes_payload_size", "0", 0); /* MPEG-TS: else sound waits for more of it */
    av_dict_set(options, "mpegts_flags", "pat_pmt_at_frames", 0);
    av_dict_set(options, "rtsp_transport", "tcp", 0); /* a key frame is a burst, which UDP would lose of */
    av_dict_set(options, "live", "1", 0);             /* Matroska */
}

/* Before FFmpeg 6.1 RTSP's muxer can not be told to look at the certificate: then it is not used. */
static bool is_secure_enough(const struct connection *connection)
{
    bool secure = !g_ascii_strncasecmp(connection->url, "rtsps:", strlen("rtsps:"));
    const AVClass *class = connection->format->oformat->priv_class;
    return !secure || av_opt_find(&class, "tls_verify", NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
}

/* ---- life ---- */

static int open_transport(struct connection *connection)
{
    AVFormatContext *format = connection->format;
    AVDictionary *options = NULL;
    set_trust(connection, &options);
    av_dict_set(&options, "send_buffer_size", SEND_BUFFER, 0);
    av_dict_set(&options, "tcp_nodelay", "1", 0);
    int error = avio_open2(&format->pb, connection->url, AVIO_FLAG_WRITE, &format->interrupt_callback, &options);
    av_dict_free(&options);
    return error;
}

int connection_open(const struct connection_config *config, struct connection **opened)
{
    struct connection *connection = g_new0(struct connection, 1);
    *connection = (struct connection){ .url = g_strdup(config->url),
                                       .ca_file = g_strdup(config->ca_file),
                                       .zero_us = AV_NOPTS_VALUE,
                                       .last_dts = { INT64_MIN, INT64_MIN } };
    int error = avformat_alloc_output_context2(&connection->format, NULL, publish_format(config->url), config->url);
    if (error >= 0) {
        connection->format->interrupt_callback = config->interrupt;
        connection->format->flags |= AVFMT_FLAG_FLUSH_PACKETS;
        if (!is_secure_enough(connection))
            error = AVERROR(EPROTONOSUPPORT);
        else if (!(connection->format->oformat->flags & AVFMT_NOFILE))
            error = open_transport(connection);
    }
    if (error < 0)
        g_clear_pointer(&connection, connection_close);
    *opened = connection;
    return MIN(error, 0);
}

int connection_begin(struct connection *connection, AVCodecParameters *const parameters[PUBLISH_STREAMS])
{
    for (int i = 0; i < PUBLISH_STREAMS && parameters[i]; i++) {
        AVStream *stream = avformat_new_stream(connection->format, NULL);
        int error = stream ? avcodec_parameters_copy(stream->codecpar, parameters[i]) : AVERROR(ENOMEM);
        if (error < 0)
            return error;
        stream->codecpar->codec_tag = 0; /* each container has its own */
        stream->time_base = AV_TIME_BASE_Q;
    }
    AVDictionary *options = NULL;
    set_muxer_options(connection, &options);
    int error = avformat_write_header(connection->format, &options);
    av_dict_free(&options);
    connection->begun = error >= 0;
    return MIN(error, 0);
}

/* False: it is from before the stream's zero, or of a stream that was not announced. */
static bool stamp(struct connection *connection, AVPacket *packet)
{
    if ((unsigned)packet->stream_index >= connection->format->nb_streams)
        return false;
    if (connection->zero_us == AV_NOPTS_VALUE)
        connection->zero_us = packet->pts;
    int64_t *last = &connection->last_dts[packet->stream_index], since_us = packet->pts - connection->zero_us;
    AVRational base = connection->format->streams[packet->stream_index]->time_base;
    int64_t dts = av_rescale_q(since_us, AV_TIME_BASE_Q, base);
    packet->duration = av_rescale_q(packet->duration, AV_TIME_BASE_Q, base);
    packet->pts = packet->dts = *last = MAX(dts, *last + 1); /* a clock of milliseconds rounds */
    packet->time_base = base;
    return since_us >= 0;
}

int connection_write(struct connection *connection, AVPacket *packet)
{
    if (!stamp(connection, packet))
        return 0;
    int error = av_write_frame(connection->format, packet);
    if (error >= 0 && connection->format->pb && connection->format->pb->error < 0)
        error = connection->format->pb->error;
    return MIN(error, 0);
}

void connection_close(struct connection *connection)
{
    if (!connection)
        return;
    if (connection->begun)
        av_write_trailer(connection->format);
    if (connection->format && !(connection->format->oformat->flags & AVFMT_NOFILE))
        avio_closep(&connection->format->pb);
    avformat_free_context(connection->format);
    g_free(connection->url);
    g_free(connection->ca_file);
    g_free(connection);
}
