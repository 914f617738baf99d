/* A live stream, as a server sends it: the first byte is its pace, the rest is what comes, of whatever container
 * libavformat finds in it. What must hold: what a packet is was said before it, H.264 comes as Annex B, and all that is
 * opened is closed. */
#include "engine/stream/reader_parts.h"
#include "fuzz.h"
#include "memory_file.h"

enum { MOST_ITEMS = 500, PATIENCE_US = 200000 };

/* As the reader's, which waits for seconds: a list of segments that is to grow would be read for ever. */
static int interrupted(void *user_data)
{
    return g_get_monotonic_time() > *(const int64_t *)user_data;
}

static void take(struct stream_item *item, bool described[STREAM_TRACKS])
{
    g_assert_true(item->news == STREAM_PARAMETERS || item->news == STREAM_PACKET);
    g_assert_cmpint(item->track, <, STREAM_TRACKS);
    if (item->news == STREAM_PARAMETERS) {
        g_assert_cmpint(item->parameters->codec_id, !=, AV_CODEC_ID_NONE);
        described[item->track] = true;
    } else {
        g_assert_true(item->packet && described[item->track]);
        g_assert_cmpint(item->packet->time_base.den, ==, AV_TIME_BASE);
    }
    stream_item_free(item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct stream_address address = { .pace = (enum stream_pace)(fuzz_byte(&input) % (STREAM_PACE_FILE + 1)) };
    struct memory_file file = memory_file_open(input.data, input.size);
    address.url = file.url;
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    struct stream_input_config config = { .address = &address, .interrupted = interrupted, .user_data = &end_us };
    struct stream_input *stream = NULL;
    bool described[STREAM_TRACKS] = { false };
    int error = stream_input_open(&config, &stream);
    if (error >= 0)
        stream_input_is_in_pieces(stream);
    for (int i = 0; error >= 0 && i < MOST_ITEMS; i++) {
        struct stream_item *item;
        error = stream_input_read(stream, &item);
        if (error >= 0 && item)
            take(item, described);
    }
    stream_input_close(stream);
    memory_file_close(&file);
    return 0;
}
