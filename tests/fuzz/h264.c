/* H.264 payloads of one access unit after the other, put together; what comes out is cut into payloads again. */
#include "engine/video/h264.h"
#include "fuzz.h"
#include "net/rtp/h264_payload.h"

enum { BEGIN = 1, LEARN = 2, RESET = 4, MAX_PIECES = 256 };

struct payloads {
    size_t limit;
    int n;
    bool ended;
};

static void count(void *user_data, const uint8_t *payload, size_t size, bool last)
{
    struct payloads *payloads = user_data;
    struct h264_payload_info info;
    g_assert_true(size && size <= payloads->limit && !payloads->ended);
    h264_parse_payload(payload, size, &info);
    payloads->ended = last;
    payloads->n++;
}

static void cut(const GByteArray *unit, size_t limit)
{
    struct payloads payloads = { .limit = limit }, single = { .limit = limit };
    int n = h264_packetise(unit->data, unit->len, limit, count, &payloads);
    g_assert_cmpint(n, ==, payloads.n);
    g_assert_true(payloads.ended == (n > 0));
    n = h264_packetise_single(unit->data, unit->len, limit, count, &single);
    g_assert_cmpint(n, ==, single.n);
}

static void end(struct h264_depacketiser *depacketiser, size_t limit)
{
    bool key;
    const GByteArray *unit = h264_depacketiser_end(depacketiser, &key);
    if (!unit)
        return;
    g_autofree uint8_t *exact = g_memdup2(unit->data, unit->len);
    GByteArray view = { exact, unit->len };
    h264_starts_decoding(exact, unit->len);
    cut(&view, limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct h264_depacketiser *depacketiser = h264_depacketiser_create();
    size_t limit = 20 + fuzz_number(&input, 2) % (RTP_PAYLOAD_MAX - 20);
    h264_depacketiser_begin(depacketiser);
    for (int i = 0; input.size && i < MAX_PIECES; i++) {
        unsigned flags = fuzz_byte(&input);
        size_t length;
        g_autofree uint8_t *payload = fuzz_piece(&input, &length);
        struct h264_payload_info info;
        bool good = h264_parse_payload(payload, length, &info);
        if (flags & BEGIN) {
            end(depacketiser, limit);
            h264_depacketiser_begin(depacketiser);
        }
        if (flags & RESET)
            h264_depacketiser_reset(depacketiser);
        if (flags & LEARN && good)
            h264_depacketiser_learn(depacketiser, payload, length);
        else if (good) /* the assembler asks first */
            h264_depacketiser_add(depacketiser, payload, length);
    }
    end(depacketiser, limit);
    h264_depacketiser_destroy(depacketiser);
    return 0;
}
