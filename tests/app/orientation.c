/* Pictures that a phone sends as they lie, with a word about it in the RTP header (3GPP TS 26.114,
 * 7.4.5), are upright on the screen; and the reader of header extensions, which trusts nothing. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/orientation.h"
#include "engine/picture/filter.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "net/rtp/receiver.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "render/video_view.h"

enum { WIDTH = 160, HEIGHT = 120, SCREEN_WIDTH = 640, SCREEN_HEIGHT = 360 };
enum { EXTENSION = 5, NOTHING = -1 };
enum form { ONE_BYTE = 0xbede, TWO_BYTE = 0x1000 };

/* ---- the reader ---- */

static size_t packet_with(uint8_t *packet, enum form form, const uint8_t *elements, size_t size)
{
    struct rtp_packet header = { .payload_type = 96 };
    size_t words = (size + 3) / 4;
    memset(packet, 0, 256);
    rtp_write_header(packet, &header);
    packet[0] |= 0x10;
    rtp_write16(packet + 12, (uint16_t)form);
    rtp_write16(packet + 14, (uint16_t)words);
    memcpy(packet + 16, elements, size);
    return 16 + 4 * words;
}

/* The element's first octet; NOTHING where there is none. */
static int read_element(enum form form, const uint8_t *elements, size_t size, uint8_t id)
{
    uint8_t packet[256];
    const uint8_t *data;
    size_t length, whole = packet_with(packet, form, elements, size);
    g_autofree uint8_t *exact = g_memdup2(packet, whole); /* a sanitizer sees what is read beyond */
    if (!rtp_read_extension(exact, whole, id, &data, &length))
        return NOTHING;
    g_assert_true(data >= exact && data + length <= exact + whole);
    return length ? data[0] : 0;
}

static void elements_are_found(void)
{
    static const uint8_t one[] = { 0x32, 1, 2, 3, 0, 0, 0x50, 9 }, two[] = { 3, 2, 1, 2, 0, 0, 5, 1, 9, 200, 0, 0 };
    g_assert_cmpint(read_element(ONE_BYTE, one, sizeof one, 3), ==, 1);
    g_assert_cmpint(read_element(ONE_BYTE, one, sizeof one, 5), ==, 9);
    g_assert_cmpint(read_element(ONE_BYTE, one, sizeof one, 4), ==, NOTHING);
    g_assert_cmpint(read_element(ONE_BYTE, one, sizeof one, 0), ==, NOTHING);
    g_assert_cmpint(read_element(TWO_BYTE, two, sizeof two, 5), ==, 9);
    g_assert_cmpint(read_element(TWO_BYTE | 7, two, sizeof two, 3), ==, 1); /* the last four bits are anybody's */
    g_assert_cmpint(read_element(TWO_BYTE, two, sizeof two, 200), ==, 0);   /* empty */
    g_assert_cmpint(read_element((enum form)0x2000, one, sizeof one, 3), ==, NOTHING);
}

static void malformed_elements_are_none(void)
{
    static const struct {
        enum form form;
        uint8_t elements[4];
    } cases[] = {
        { ONE_BYTE, { 0x5f, 1, 2, 3 } },       /* 16 octets where 3 are left */
        { ONE_BYTE, { 0, 0, 0, 0x50 } },       /* nothing behind its head */
        { ONE_BYTE, { 0xf0, 1, 0x50, 9 } },    /* 15 ends it all */
        { ONE_BYTE, { 0x01, 0x50, 0x50, 9 } }, /* padding with a length, too */
        { TWO_BYTE, { 5, 3, 1, 2 } },          { TWO_BYTE, { 0, 0, 0, 5 } }, { TWO_BYTE, { 7, 255, 5, 1 } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(read_element(cases[i].form, cases[i].elements, 4, EXTENSION), ==, NOTHING);
    uint8_t packet[256];
    const uint8_t *data;
    size_t length, whole = packet_with(packet, ONE_BYTE, (const uint8_t[]){ 0x50, 9, 0, 0 }, 4);
    for (size_t size = 0; size < whole; size++) {
        g_autofree uint8_t *cut = g_memdup2(packet, size);
        g_assert_false(rtp_read_extension(cut, size, EXTENSION, &data, &length));
    }
    GRand *random = g_rand_new_with_seed(1);
    for (int round = 0; round < 20000; round++) {
        uint8_t noise[12];
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)g_rand_int_range(random, 0, round & 1 ? 256 : 20);
        read_element(round % 3 ? ONE_BYTE : TWO_BYTE, noise, sizeof noise, (uint8_t)(1 + round % 14));
    }
    g_rand_free(random);
}

/* ---- a phone, and a screen ---- */

struct phone {
    struct packet_sink encoded;
    struct video_encoder *encoder;
    struct rtp_sender *sender;
    struct rtp_receiver *receiver;
    struct video_decoder *decoder;
    struct window *window;
    struct video_view *view;
    enum form form;
    int orientation; /* said on the last packet of a picture; NOTHING: not said */
    int64_t now_us;
};

static const uint8_t corners[] = { 235, 180, 110, 40 }; /* clockwise from the upper left one */

static void ignore_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void send_encoded(struct packet_sink *sink, const AVPacket *packet)
{
    struct phone *phone = container_of(sink, struct phone, encoded);
    rtp_sender_push(phone->sender, packet->data, (size_t)packet->size, packet->flags & AV_PKT_FLAG_KEY, packet->pts);
}

static void to_receiver(void *user_data, const uint8_t *packet, size_t size, bool retransmission)
{
    struct phone *phone = user_data;
    uint8_t copy[RTP_MTU + 16] = { 0 };
    const uint8_t one[] = { EXTENSION << 4, (uint8_t)phone->orientation };
    const uint8_t two[] = { EXTENSION, 1, (uint8_t)phone->orientation };
    bool short_form = phone->form == ONE_BYTE;
    size_t header = RTP_HEADER_SIZE;
    (void)retransmission;
    if (phone->orientation != NOTHING && packet[1] & 0x80)
        header = packet_with(copy, phone->form, short_form ? one : two, short_form ? sizeof one : sizeof two);
    uint8_t extended = copy[0] & 0x10;
    memcpy(copy, packet, RTP_HEADER_SIZE);
    copy[0] |= extended;
    memcpy(copy + header, packet + RTP_HEADER_SIZE, size - RTP_HEADER_SIZE);
    rtp_receiver_push(phone->receiver, copy, header + size - RTP_HEADER_SIZE, AV_CODEC_ID_H264, phone->now_us);
}

static void ignore_request(void *user_data)
{
    (void)user_data;
}

static void set_up(struct phone *phone, gconstpointer data)
{
    static const struct packet_sink_ops ops = { .open = ignore_open, .push = send_encoded };
    g_autofree char *error = NULL;
    *phone = (struct phone){
        .encoded.ops = &ops,
        .form = GPOINTER_TO_INT(data),
        .orientation = NOTHING,
        .now_us = 1000000,
    };
    phone->encoder = video_encoder_create(&(struct video_encoder_config){ .codec = AV_CODEC_ID_H264,
                                                                          .name = "libx264",
                                                                          .width = WIDTH,
                                                                          .height = HEIGHT,
                                                                          .fps = 30,
                                                                          .bit_rate = 1000000,
                                                                          .next = &phone->encoded });
    phone->sender = rtp_sender_create(&(struct rtp_sender_config){ .codec = AV_CODEC_ID_H264,
                                                                   .payload_type = 96,
                                                                   .ssrc = 7,
                                                                   .clock_rate = 90000,
                                                                   .send = to_receiver,
                                                                   .user_data = phone });
    phone->window = window_create(
        &(struct window_config){ .title = "test", .width = SCREEN_WIDTH, .height = SCREEN_HEIGHT, .headless = true },
        &error);
    phone->view = video_view_create(phone->window, SCREEN_WIDTH, SCREEN_HEIGHT);
    struct video_decoder_listener listener = { .key_frame_needed = ignore_request };
    phone->decoder = video_decoder_create(NULL, video_view_sink(phone->view), &listener);
    phone->receiver = rtp_receiver_create(90000);
    rtp_receiver_set_orientation_id(phone->receiver, EXTENSION);
    rtp_receiver_set_sink(phone->receiver, video_decoder_sink(phone->decoder));
}

static void tear_down(struct phone *phone, gconstpointer data)
{
    (void)data;
    rtp_receiver_destroy(phone->receiver);
    rtp_sender_destroy(phone->sender);
    video_encoder_destroy(phone->encoder);
    video_decoder_destroy(phone->decoder);
    video_view_destroy(phone->view);
    window_destroy(phone->window);
}

static AVFrame *make_picture(int64_t pts)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    frame->pts = pts;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            frame->data[0][y * frame->linesize[0] + x] = corners[y < HEIGHT / 2 ? x >= WIDTH / 2 : 2 + (x < WIDTH / 2)];
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * HEIGHT / 2);
    return frame;
}

static void send_picture(struct phone *phone, bool key)
{
    AVFrame *frame = make_picture(phone->now_us += 33333);
    struct frame_sink *sink = video_encoder_sink(phone->encoder);
    if (key)
        video_encoder_request_key_frame(phone->encoder);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
}

/* How light the middle of each quarter of the drawn picture is, clockwise. */
static void look(struct phone *phone, bool mirrored, enum video_fit fit, int light[4])
{
    int w, h;
    SDL_Renderer *renderer = window_renderer(phone->window);
    SDL_SetRenderDrawColor(renderer, 0, 0, 0, 255);
    SDL_RenderClear(renderer);
    video_view_draw(phone->view, &(SDL_Rect){ 0, 0, SCREEN_WIDTH, SCREEN_HEIGHT }, fit, mirrored, 0);
    g_autofree uint8_t *pixels = window_read_argb(phone->window, &w, &h);
    SDL_Rect placed = video_view_placed(phone->view);
    for (int i = 0; i < 4; i++) {
        int x = placed.x + placed.w * (i == 1 || i == 2 ? 3 : 1) / 4, y = placed.y + placed.h * (i >= 2 ? 3 : 1) / 4;
        light[i] = pixels[4 * (y * w + x)];
    }
}

static void assert_light(const int light[4], const int expected[4])
{
    for (int i = 0; i < 4; i++) {
        int wanted = (corners[expected[i]] - 16) * 255 / 219;
        if (abs(light[i] - wanted) > 8)
            g_error("quarter %d is %d, not %d", i, light[i], wanted);
    }
}

/* Which corner is to be seen where: mirrored where it says so, turned clockwise, mirrored as an own
 * picture is. */
static void expect(int orientation, bool mirrored, int expected[4])
{
    static const int straight[] = { 0, 1, 2, 3 }, mirror[] = { 1, 0, 3, 2 };
    for (int i = 0; i < 4; i++) {
        int seen = mirrored ? mirror[i] : i;
        int before = (seen + 4 - (orientation & RTP_ORIENTATION_TURNS)) % 4;
        expected[i] = (orientation & RTP_ORIENTATION_FLIP ? mirror : straight)[before];
    }
}

static void check(struct phone *phone, int orientation)
{
    int light[4], expected[4];
    for (int mirrored = 0; mirrored < 2; mirrored++)
        for (int fit = VIDEO_FIT; fit <= VIDEO_FILL; fit++) {
            send_picture(phone, false);
            look(phone, mirrored, fit, light);
            expect(orientation, mirrored, expected);
            assert_light(light, expected);
            int whole = SCREEN_HEIGHT * (orientation & 1 ? HEIGHT : WIDTH) / (orientation & 1 ? WIDTH : HEIGHT);
            g_assert_cmpint(video_view_placed(phone->view).w, ==, fit == VIDEO_FIT ? whole : SCREEN_WIDTH);
        }
}

static void pictures_are_upright(struct phone *phone, gconstpointer data)
{
    (void)data;
    send_picture(phone, true);
    check(phone, 0);                                             /* nothing is said */
    for (int orientation = 0; orientation < 16; orientation++) { /* whichever camera */
        phone->orientation = orientation;
        send_picture(phone, orientation == 3);
        phone->orientation = NOTHING; /* the last word holds */
        check(phone, orientation & 7);
    }
}

/* Who takes pictures without drawing them (the library) has them turned by FFmpeg's filters: to the
 * same. */
static void filters_turn_alike(void)
{
    for (int turns = 0; turns < 8; turns++) {
        int expected[4];
        AVPacket *packet = av_packet_alloc();
        AVFrame *frame = make_picture(turns);
        struct picture_filter *filter = picture_filter_create(&(struct picture_shape){ 0 });
        struct orientation orientation = { turns & RTP_ORIENTATION_TURNS, turns & RTP_ORIENTATION_FLIP };
        g_assert_true(orientation_attach(packet, orientation));
        size_t size;
        const uint8_t *matrix = av_packet_get_side_data(packet, AV_PKT_DATA_DISPLAYMATRIX, &size);
        memcpy(av_frame_new_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX, size)->data, matrix, size);
        picture_filter_send(filter, frame);
        g_assert_true(picture_filter_receive(filter, frame));
        g_assert_cmpint(frame->width, ==, turns & 1 ? HEIGHT : WIDTH);
        g_assert_cmpint(frame->pts, ==, turns);
        expect(turns, false, expected);
        for (int i = 0; i < 4; i++) {
            int x = frame->width * (i == 1 || i == 2 ? 3 : 1) / 4, y = frame->height * (i >= 2 ? 3 : 1) / 4;
            g_assert_cmpint(abs(frame->data[0][y * frame->linesize[0] + x] - corners[expected[i]]), <, 3);
        }
        picture_filter_destroy(filter);
        av_frame_free(&frame);
        av_packet_free(&packet);
    }
}

/* An id that was not agreed upon means something else. */
static void not_agreed_is_not_read(struct phone *phone, gconstpointer data)
{
    (void)data;
    rtp_receiver_set_orientation_id(phone->receiver, 0);
    phone->orientation = 1;
    send_picture(phone, true);
    check(phone, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orientation/elements", elements_are_found);
    g_test_add_func("/orientation/malformed", malformed_elements_are_none);
    g_test_add("/orientation/upright/one-byte", struct phone, GINT_TO_POINTER(ONE_BYTE), set_up, pictures_are_upright,
               tear_down);
    g_test_add("/orientation/upright/two-byte", struct phone, GINT_TO_POINTER(TWO_BYTE), set_up, pictures_are_upright,
               tear_down);
    g_test_add_func("/orientation/filtered", filters_turn_alike);
    g_test_add("/orientation/not-agreed", struct phone, GINT_TO_POINTER(ONE_BYTE), set_up, not_agreed_is_not_read,
               tear_down);
    return g_test_run();
}
