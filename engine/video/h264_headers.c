#include "engine/video/h264_headers.h"

#include <glib.h>
#include <libavcodec/bsf.h>
#include <string.h>

#include "engine/video/h264.h"

struct h264_headers {
    AVBSFContext *extract; /* finds those in the stream */
    AVBSFContext *dump;    /* puts the last ones before key frames; NULL: none are known */
};

static AVBSFContext *create_filter(const char *name, const uint8_t *extradata, size_t size)
{
    AVBSFContext *filter = NULL;
    const AVBitStreamFilter *kind = av_bsf_get_by_name(name);
    if (!kind || av_bsf_alloc(kind, &filter) < 0)
        return NULL;
    filter->par_in->codec_type = AVMEDIA_TYPE_VIDEO;
    filter->par_in->codec_id = AV_CODEC_ID_H264;
    if (size) {
        filter->par_in->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
        filter->par_in->extradata_size = (int)size;
        memcpy(filter->par_in->extradata, extradata, size);
    }
    if (av_bsf_init(filter) < 0)
        av_bsf_free(&filter);
    return filter;
}

struct h264_headers *h264_headers_create(void)
{
    struct h264_headers *headers = g_new0(struct h264_headers, 1);
    headers->extract = create_filter("extract_extradata", NULL, 0);
    return headers;
}

void h264_headers_destroy(struct h264_headers *headers)
{
    if (!headers)
        return;
    av_bsf_free(&headers->extract);
    av_bsf_free(&headers->dump);
    g_free(headers);
}

static void keep(struct h264_headers *headers, const uint8_t *data, size_t size)
{
    if ((h264_contents(data, size) & (H264_SPS | H264_PPS)) != (H264_SPS | H264_PPS))
        return;
    av_bsf_free(&headers->dump);
    headers->dump = create_filter("dump_extra", data, size);
}

void h264_headers_open(struct h264_headers *headers, const AVCodecContext *encoder)
{
    av_bsf_free(&headers->dump);
    if (encoder->extradata_size > 0)
        keep(headers, encoder->extradata, (size_t)encoder->extradata_size);
}

/* The packet comes back as it was. */
static void learn(struct h264_headers *headers, AVPacket *packet)
{
    if (!headers->extract || av_bsf_send_packet(headers->extract, packet) < 0 ||
        av_bsf_receive_packet(headers->extract, packet) < 0)
        return;
    size_t size = 0;
    const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (data)
        keep(headers, data, size);
}

enum h264_headers_result h264_headers_put(struct h264_headers *headers, AVPacket *packet)
{
    unsigned contents = h264_contents(packet->data, (size_t)packet->size);
    if (contents & H264_SPS)
        learn(headers, packet);
    if (contents && !(contents & H264_SLICE))
        return H264_HEADERS_ALONE;
    if (!(contents & H264_IDR))
        return H264_HEADERS_THERE;
    packet->flags |= AV_PKT_FLAG_KEY;
    if (contents & H264_SPS)
        return H264_HEADERS_THERE;
    bool good = headers->dump && av_bsf_send_packet(headers->dump, packet) >= 0 &&
                av_bsf_receive_packet(headers->dump, packet) >= 0;
    return good ? H264_HEADERS_THERE : H264_HEADERS_MISSING;
}
