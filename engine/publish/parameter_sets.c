#include "engine/publish/parameter_sets.h"

#include <glib.h>
#include <libavcodec/bsf.h>
#include <string.h>

struct parameter_sets {
    AVBSFContext *filter;
};

struct parameter_sets *parameter_sets_create(void)
{
    struct parameter_sets *sets = g_new0(struct parameter_sets, 1);
    const AVBitStreamFilter *filter = av_bsf_get_by_name("extract_extradata");
    bool good = filter && av_bsf_alloc(filter, &sets->filter) >= 0;
    if (good) {
        sets->filter->par_in->codec_type = AVMEDIA_TYPE_VIDEO;
        sets->filter->par_in->codec_id = AV_CODEC_ID_H264;
        good = av_bsf_init(sets->filter) >= 0;
    }
    if (!good)
        g_clear_pointer(&sets, parameter_sets_destroy);
    return sets;
}

void parameter_sets_destroy(struct parameter_sets *sets)
{
    if (!sets)
        return;
    av_bsf_free(&sets->filter);
    g_free(sets);
}

bool parameter_sets_attach(struct parameter_sets *sets, AVPacket *packet)
{
    int stream = packet->stream_index;
    bool good = av_bsf_send_packet(sets->filter, packet) >= 0 && av_bsf_receive_packet(sets->filter, packet) >= 0;
    packet->stream_index = stream;
    return good;
}

void parameter_sets_keep(AVCodecParameters *parameters, const AVPacket *packet)
{
    size_t size = 0;
    const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    uint8_t *copy = data ? av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
    if (!copy)
        return;
    memcpy(copy, data, size);
    av_freep(&parameters->extradata);
    parameters->extradata = copy;
    parameters->extradata_size = (int)size;
}
