#include "engine/media/objects.h"
#include "engine/stream/reader_parts.h"

#include <string.h>

#include <glib.h>

#include "platform/files/fifo.h"

enum {
    SILENT_TRACK_US = 3000000, /* another picture of the stream takes the place of one that is silent for so long */
    ANALYZE_US = 500000,       /* of a pipe, which may be as slow as life */
    REORDER_US = 100000,       /* what RTP waits for a packet that is missing */
};

struct track {
    int stream;                    /* index in the format; -1: none */
    AVCodecParameters *parameters; /* as announced last; NULL: not yet, or they are of no use */
    AVBSFContext *filter;          /* to Annex B; or NULL */
    int64_t came_us;
};

struct stream_input {
    AVFormatContext *format;
    struct stream_input_config config;
    int (*open_io)(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options);
    struct track tracks[STREAM_TRACKS];
    unsigned streams_seen;
    int fifo;
    AVPacket *packet;
    struct stream_item *next; /* a packet behind its parameters */
};

struct stream_item *stream_item_new(enum stream_news news)
{
    struct stream_item *item = g_new0(struct stream_item, 1);
    item->news = news;
    item->came_us = g_get_monotonic_time();
    return item;
}

/* ---- which streams ---- */

static enum AVMediaType type_of(enum stream_track track)
{
    return track == STREAM_VIDEO ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
}

/* Of an adaptive stream the best rendition is taken. */
static int64_t rank(const AVStream *stream)
{
    const AVDictionaryEntry *rate = av_dict_get(stream->metadata, "variant_bitrate", NULL, 0);
    int64_t pixels = (int64_t)stream->codecpar->width * stream->codecpar->height;
    return (rate ? g_ascii_strtoll(rate->value, NULL, 10) : 0) + pixels / 64 + 1;
}

static bool is_usable(const AVStream *stream, enum stream_track track)
{
    return stream->codecpar->codec_type == type_of(track) && stream->codecpar->codec_id != AV_CODEC_ID_NONE &&
           !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

static int best_stream(const AVFormatContext *format, enum stream_track track)
{
    int best = -1;
    for (unsigned i = 0; i < format->nb_streams; i++)
        if (is_usable(format->streams[i], track) &&
            (best < 0 || rank(format->streams[i]) > rank(format->streams[best])))
            best = (int)i;
    return best;
}

static void watch_stream(struct stream_input *input, enum stream_track which, int stream)
{
    struct track *track = &input->tracks[which];
    track->stream = stream;
    track->came_us = g_get_monotonic_time();
    avcodec_parameters_free(&track->parameters);
    av_bsf_free(&track->filter);
}

/* What nobody wants need not be fetched. */
static void discard_others(struct stream_input *input)
{
    AVFormatContext *format = input->format;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        bool wanted = (int)i == input->tracks[STREAM_VIDEO].stream || (int)i == input->tracks[STREAM_AUDIO].stream;
        bool rendition = av_dict_get(format->streams[i]->metadata, "variant_bitrate", NULL, 0);
        format->streams[i]->discard = wanted || !rendition ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
}

/* Streams come into being while one reads. */
static void choose_streams(struct stream_input *input)
{
    if (input->streams_seen == input->format->nb_streams)
        return;
    input->streams_seen = input->format->nb_streams;
    for (enum stream_track track = STREAM_VIDEO; track < STREAM_TRACKS; track++) {
        int best = input->tracks[track].stream < 0 ? best_stream(input->format, track) : -1;
        if (best >= 0)
            watch_stream(input, track, best);
    }
    discard_others(input);
}

/* The track that a packet is of, or STREAM_TRACKS. A sender that changes its codec may begin another stream. */
static enum stream_track track_of(struct stream_input *input, int stream)
{
    int64_t now_us = g_get_monotonic_time();
    choose_streams(input);
    for (enum stream_track track = STREAM_VIDEO; track < STREAM_TRACKS; track++) {
        if (input->tracks[track].stream == stream)
            return track;
        bool silent = input->tracks[track].stream < 0 || now_us - input->tracks[track].came_us > SILENT_TRACK_US;
        if (silent && is_usable(input->format->streams[stream], track)) {
            watch_stream(input, track, stream);
            return track;
        }
    }
    return STREAM_TRACKS;
}

/* ---- what their packets are ---- */

/* ISO/IEC 14496-15, 5.3.3.1: avcC begins with its version, 1; Annex B with zeros. */
static const char *filter_name(const AVCodecParameters *parameters)
{
    if (parameters->codec_id != AV_CODEC_ID_H264 || parameters->extradata_size < 4)
        return NULL;
    return parameters->extradata[0] == 1 ? "h264_mp4toannexb" : "dump_extra=freq=keyframe";
}

static bool open_filter(struct track *track, const AVStream *stream)
{
    const char *name = filter_name(stream->codecpar);
    av_bsf_free(&track->filter);
    if (!name)
        return true;
    if (av_bsf_list_parse_str(name, &track->filter) < 0 ||
        avcodec_parameters_copy(track->filter->par_in, stream->codecpar) < 0)
        return false;
    track->filter->time_base_in = stream->time_base;
    return av_bsf_init(track->filter) >= 0;
}

static bool same_parameters(const AVCodecParameters *a, const AVCodecParameters *b)
{
    return a->codec_id == b->codec_id && a->extradata_size == b->extradata_size &&
           (!a->extradata_size || !memcmp(a->extradata, b->extradata, (size_t)a->extradata_size)) &&
           a->sample_rate == b->sample_rate;
}

/* FLV and others bring new ones beside a packet. */
static void take_new_extradata(AVStream *stream, const AVPacket *packet)
{
    size_t size;
    const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    AVCodecParameters *parameters = stream->codecpar;
    if (!data || (size == (size_t)parameters->extradata_size && !memcmp(data, parameters->extradata, size)))
        return;
    uint8_t *copy = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!copy)
        return;
    memcpy(copy, data, size);
    av_freep(&parameters->extradata);
    parameters->extradata = copy;
    parameters->extradata_size = (int)size;
}

/* An item where they are others than were announced last; or NULL. */
static struct stream_item *announce(struct stream_input *input, enum stream_track which)
{
    struct track *track = &input->tracks[which];
    AVStream *stream = input->format->streams[track->stream];
    take_new_extradata(stream, input->packet);
    if (track->parameters && same_parameters(track->parameters, stream->codecpar))
        return NULL;
    avcodec_parameters_free(&track->parameters);
    track->parameters = parameters_new();
    struct stream_item *item = stream_item_new(STREAM_PARAMETERS);
    item->track = which;
    item->parameters = parameters_new();
    if (track->parameters && item->parameters && open_filter(track, stream) &&
        avcodec_parameters_copy(track->parameters, stream->codecpar) >= 0 &&
        avcodec_parameters_copy(item->parameters, stream->codecpar) >= 0) {
        AVRational aspect = av_guess_sample_aspect_ratio(input->format, stream, NULL);
        item->parameters->sample_aspect_ratio = aspect.num > 0 ? aspect : (AVRational){ 0, 1 };
        return item;
    }
    g_clear_pointer(&item, stream_item_free);
    avcodec_parameters_free(&track->parameters);
    return NULL;
}

/* ---- their packets ---- */

static int64_t to_us(int64_t time, AVRational base)
{
    return time == AV_NOPTS_VALUE ? time : av_rescale_q(time, base, AV_TIME_BASE_Q);
}

static struct stream_item *make_item(struct stream_input *input, enum stream_track which)
{
    struct track *track = &input->tracks[which];
    AVPacket *packet = input->packet;
    AVRational base = input->format->streams[track->stream]->time_base;
    if (track->filter &&
        (av_bsf_send_packet(track->filter, packet) < 0 || av_bsf_receive_packet(track->filter, packet) < 0))
        return NULL;
    struct stream_item *item = stream_item_new(STREAM_PACKET);
    item->track = which;
    item->packet = av_packet_clone(packet);
    if (!item->packet) {
        stream_item_free(item);
        return NULL;
    }
    item->packet->pts = to_us(packet->pts, base);
    item->packet->dts = to_us(packet->dts, base);
    item->packet->duration = to_us(packet->duration, base);
    item->packet->time_base = AV_TIME_BASE_Q;
    track->came_us = item->came_us;
    return item;
}

int stream_input_read(struct stream_input *input, struct stream_item **item)
{
    *item = g_steal_pointer(&input->next);
    if (*item)
        return 0;
    int error = av_read_frame(input->format, input->packet);
    if (error < 0)
        return error;
    enum stream_track track = track_of(input, input->packet->stream_index);
    if (track != STREAM_TRACKS) {
        *item = announce(input, track);
        struct stream_item *packet = input->tracks[track].parameters ? make_item(input, track) : NULL;
        if (*item)
            input->next = packet;
        else
            *item = packet;
    }
    av_packet_unref(input->packet);
    return 0;
}

/* ---- opening ---- */

/* Every connection that libavformat makes for the stream, those of a playlist's pieces too, checks whom it talks to:
 * left to itself it would not. */
static void secure(const struct stream_input *input, AVDictionary **options)
{
    av_dict_set(options, "tls_verify", "1", 0);
    if (input->config.ca_file)
        av_dict_set(options, "ca_file", input->config.ca_file, 0);
}

static int open_io(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    const struct stream_input *input = format->opaque;
    AVDictionary *own = NULL;
    secure(input, options ? options : &own);
    int error = input->open_io(format, io, url, flags, options ? options : &own);
    av_dict_free(&own);
    return error;
}

static AVDictionary *options_of(const struct stream_input *input)
{
    AVDictionary *options = NULL;
    const struct stream_address *address = input->config.address;
    secure(input, &options);
    av_dict_set(&options, "rtmp_live", "live", 0);
    av_dict_set(&options, "rtmp_buffer", "0", 0); /* ms that the server is asked to send ahead */
    av_dict_set(&options, "tcp_nodelay", "1", 0);
    av_dict_set(&options, "overrun_nonfatal", "1", 0);            /* UDP */
    av_dict_set(&options, "live_start_index", "-1", 0);           /* HLS */
    if (address->format && !strcmp(address->format->name, "sdp")) /* it names where the packets come from */
        av_dict_set(&options, "protocol_whitelist", "file,http,https,tcp,tls,udp,rtp", 0);
    if (address->rtsp)
        av_dict_set(&options, "rtsp_transport", input->config.over_tcp ? "tcp" : "udp", 0);
    return options;
}

/* What libavformat is to open: a FIFO by a descriptor, since opening one waits for whoever writes. NULL: nobody did. */
static char *url_of(struct stream_input *input)
{
    const char *url = input->config.address->url;
    const char *path = g_str_has_prefix(url, "file:") ? url + strlen("file:") : url;
    if (!fifo_is(path))
        return g_strdup(url);
    input->fifo = fifo_open(path, input->config.interrupted, input->config.user_data);
    return input->fifo >= 0 ? g_strdup_printf("pipe:%d", input->fifo) : NULL;
}

static int open_format(struct stream_input *input)
{
    g_autofree char *url = url_of(input);
    if (!url)
        return AVERROR(ETIMEDOUT);
    AVFormatContext *format = input->format = avformat_alloc_context();
    if (!format)
        return AVERROR(ENOMEM);
    format->interrupt_callback = (AVIOInterruptCB){ input->config.interrupted, input->config.user_data };
    format->opaque = input;
    input->open_io = format->io_open;
    format->io_open = open_io;
    bool live = input->config.address->pace != STREAM_PACE_FILE;
    format->flags |= live ? AVFMT_FLAG_NOBUFFER : 0; /* what is read to find out what it is would be lost */
    format->max_analyze_duration = ANALYZE_US;
    format->max_delay = REORDER_US;
    AVDictionary *options = options_of(input);
    int error = avformat_open_input(&input->format, url, input->config.address->format, &options);
    av_dict_free(&options);
    if (error >= 0 && !live) /* without, sound alone may have no times */
        error = avformat_find_stream_info(input->format, NULL);
    return error;
}

int stream_input_open(const struct stream_input_config *config, struct stream_input **opened)
{
    struct stream_input *input = g_new0(struct stream_input, 1);
    input->config = *config;
    input->fifo = -1;
    input->packet = packet_new();
    for (int i = 0; i < STREAM_TRACKS; i++)
        input->tracks[i].stream = -1;
    int error = input->packet ? open_format(input) : AVERROR(ENOMEM);
    if (error < 0)
        g_clear_pointer(&input, stream_input_close);
    *opened = input;
    return error;
}

bool stream_input_is_in_pieces(const struct stream_input *input)
{
    static const char *const demuxers[] = { "hls", "dash", "mov,mp4,m4a,3gp,3g2,mj2" };
    for (size_t i = 0; i < G_N_ELEMENTS(demuxers); i++)
        if (!strcmp(input->format->iformat->name, demuxers[i]))
            return true;
    return false;
}

void stream_input_close(struct stream_input *input)
{
    if (!input)
        return;
    avformat_close_input(&input->format);
    fifo_close(input->fifo);
    for (int i = 0; i < STREAM_TRACKS; i++) {
        avcodec_parameters_free(&input->tracks[i].parameters);
        av_bsf_free(&input->tracks[i].filter);
    }
    av_packet_free(&input->packet);
    stream_item_free(input->next);
    g_free(input);
}
