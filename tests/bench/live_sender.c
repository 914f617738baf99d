/* live_sender - the live stream that ./run bench live has players watch: a film, without end, in real time, as it is.
 *
 *   live_sender FILM BEGIN PPM OUTPUT...
 *     FILM    one that FFmpeg reads, with tracks that end together: it is repeated, and its times go on
 *     BEGIN   a file that gets one line when the first packet leaves: CLOCK_MONOTONIC in seconds. A packet of time t
 *             leaves at BEGIN + t / (1 + PPM / 1e6)
 *     PPM     how much faster than ours the sender's clock is, in millionths
 *     OUTPUT  FORMAT,TRACKS,OPTIONS,URL: libavformat's muxer, v, a or va, its options (key=value:key=value) */
#include <libavformat/avformat.h>
#include <libavutil/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OUTPUTS = 4, MOST_TRACKS = 2 };

struct output {
    AVFormatContext *context;
    int track_of[MOST_TRACKS]; /* of the film's; -1: left out */
};

struct film {
    AVFormatContext *context;
    AVPacket **packets; /* in the order of their times */
    int count;
    int64_t length_us;
};

static _Noreturn void die(const char *what, int error)
{
    fprintf(stderr, "live_sender: %s: %s\n", what, error ? av_err2str(error) : "wrong");
    exit(1);
}

static int check(const char *what, int result)
{
    if (result < 0)
        die(what, result);
    return result;
}

static int64_t time_us(const struct film *film, const AVPacket *packet)
{
    return av_rescale_q(packet->dts, film->context->streams[packet->stream_index]->time_base, AV_TIME_BASE_Q);
}

/* Sound that was coded before the first picture has no place in an endless repetition. */
static void film_keep(struct film *film, AVPacket *packet)
{
    AVStream *stream = film->context->streams[packet->stream_index];
    if (packet->stream_index >= MOST_TRACKS || packet->dts < 0)
        return;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
        film->length_us = FFMAX(film->length_us, time_us(film, packet) +
                                                     av_rescale_q(packet->duration, stream->time_base, AV_TIME_BASE_Q));
    film->packets = realloc(film->packets, sizeof *film->packets * (size_t)(film->count + 1));
    if (!film->packets || !(film->packets[film->count++] = av_packet_clone(packet)))
        die("memory", AVERROR(ENOMEM));
}

static void film_read(struct film *film, const char *path)
{
    AVPacket *packet = av_packet_alloc();
    check(path, avformat_open_input(&film->context, path, NULL, NULL));
    check(path, avformat_find_stream_info(film->context, NULL));
    while (av_read_frame(film->context, packet) >= 0) {
        film_keep(film, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (!film->length_us)
        die(path, AVERROR_INVALIDDATA);
}

static void output_add_tracks(struct output *output, const struct film *film, const char *tracks)
{
    for (int i = 0; i < MOST_TRACKS; i++) {
        output->track_of[i] = -1;
        if (i >= (int)film->context->nb_streams)
            continue;
        const AVStream *from = film->context->streams[i];
        if (!strchr(tracks, from->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? 'v' : 'a'))
            continue;
        AVStream *stream = avformat_new_stream(output->context, NULL);
        check("track", avcodec_parameters_copy(stream->codecpar, from->codecpar));
        stream->codecpar->codec_tag = 0;
        stream->time_base = from->time_base;
        output->track_of[i] = stream->index;
    }
}

static void output_open(struct output *output, const struct film *film, char *words)
{
    AVDictionary *options = NULL;
    const char *format = strsep(&words, ","), *tracks = strsep(&words, ","), *pairs = strsep(&words, ",");
    if (!words)
        die("output", 0);
    check("options", av_dict_parse_string(&options, pairs, "=", ":", 0));
    check(format, avformat_alloc_output_context2(&output->context, NULL, format, words));
    output_add_tracks(output, film, tracks);
    output->context->flags |= AVFMT_FLAG_FLUSH_PACKETS; /* what has a frame shall not wait for the next one */
    output->context->max_delay = 0;
    if (!(output->context->oformat->flags & AVFMT_NOFILE))
        check(words, avio_open(&output->context->pb, words, AVIO_FLAG_WRITE));
    check(words, avformat_write_header(output->context, &options));
    av_dict_free(&options);
}

static void output_write(struct output *output, const struct film *film, const AVPacket *packet, int64_t shift_us)
{
    int track = output->track_of[packet->stream_index];
    if (track < 0)
        return;
    AVPacket *copy = av_packet_clone(packet);
    AVRational from = film->context->streams[packet->stream_index]->time_base;
    int64_t shift = av_rescale_q(shift_us, AV_TIME_BASE_Q, from);
    copy->pts += shift;
    copy->dts += shift;
    copy->stream_index = track;
    copy->pos = -1;
    av_packet_rescale_ts(copy, from, output->context->streams[track]->time_base);
    check(output->context->url, av_write_frame(output->context, copy));
    av_packet_free(&copy);
}

static void say_begin(const char *path, int64_t begin_us)
{
    FILE *file = fopen(path, "w");
    if (!file || fprintf(file, "%.6f\n", (double)begin_us / 1e6) < 0 || fclose(file))
        die(path, AVERROR(errno));
}

static void wait_until(int64_t due_us)
{
    for (int64_t left; (left = due_us - av_gettime_relative()) > 0;)
        av_usleep((unsigned)left);
}

int main(int argc, char **argv)
{
    struct film film = { 0 };
    struct output outputs[MOST_OUTPUTS];
    int count = argc - 4;
    if (count < 1 || count > MOST_OUTPUTS)
        die("live_sender FILM BEGIN PPM FORMAT,TRACKS,OPTIONS,URL...", 0);
    av_log_set_level(AV_LOG_ERROR);
    avformat_network_init();
    film_read(&film, argv[1]);
    for (int i = 0; i < count; i++)
        output_open(&outputs[i], &film, argv[4 + i]);
    double rate = 1 + atof(argv[3]) / 1e6;
    int64_t begin_us = av_gettime_relative();
    say_begin(argv[2], begin_us);
    for (int64_t shift_us = 0;; shift_us += film.length_us)
        for (int i = 0; i < film.count; i++) {
            wait_until(begin_us + (int64_t)((double)(shift_us + time_us(&film, film.packets[i])) / rate));
            for (int k = 0; k < count; k++)
                output_write(&outputs[k], &film, film.packets[i], shift_us);
        }
}
