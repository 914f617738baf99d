/* RTCP compound packets, one after the other on one connection, that answer what was sent on it: FIR's state and the
 * transport-wide feedback, and with it the estimate of what the network takes, go on from packet to packet. Between
 * them the other side's feedback as we write it ourselves, of a path whose queue and losses the input makes. */
#include "net/rtp/rtcp.h"
#include "fuzz.h"
#include "net/congestion/gcc.h"
#include "net/congestion/twcc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PACKETS = 64, PATH = 253, LIMIT = 254, ARRIVALS = 255, MOST_QUEUED_US = 2000000 };

struct connection {
    guint calls;
    struct rtcp_fir_state firs;
    struct twcc_sent *sent;
    struct twcc_arrivals *arrivals;
    struct gcc gcc;
    GArray *results;
    int64_t now_us, sent_number, queued_us;
};

static void on_sender_report(void *user_data, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp)
{
    (void)ssrc;
    (void)rtp_timestamp;
    ntp_from_unix_us(ntp_to_unix_us(ntp));
    ((struct connection *)user_data)->calls++;
}

static void on_block(void *user_data, uint32_t reporter, const struct rtcp_block *block)
{
    (void)reporter;
    g_assert_cmpint(abs(block->report.cumulative_lost), <=, 0x800000);
    ((struct connection *)user_data)->calls++;
}

static void on_nack(void *user_data, uint32_t media_ssrc, uint16_t sequence)
{
    (void)media_ssrc;
    (void)sequence;
    ((struct connection *)user_data)->calls++;
}

static void on_ssrc(void *user_data, uint32_t ssrc)
{
    (void)ssrc;
    ((struct connection *)user_data)->calls++;
}

static void on_remb(void *user_data, uint64_t bit_rate)
{
    (void)bit_rate;
    ((struct connection *)user_data)->calls++;
}

static void on_pause(void *user_data, enum rtcp_pause what, uint32_t media_ssrc, uint16_t pause_id)
{
    (void)media_ssrc;
    (void)pause_id;
    g_assert_cmpint(what, <=, RTCP_REFUSED);
    ((struct connection *)user_data)->calls++;
}

static void on_app(void *user_data, const char *name, const char *text)
{
    (void)name;
    (void)strlen(text);
    ((struct connection *)user_data)->calls++;
}

static void on_transport_cc(void *user_data, const uint8_t *information, size_t size)
{
    struct connection *connection = user_data;
    g_array_set_size(connection->results, 0);
    if (twcc_sent_feedback(connection->sent, information, size, connection->results))
        gcc_feedback(&connection->gcc, (const struct twcc_result *)(void *)connection->results->data,
                     connection->results->len, 100000, connection->now_us);
    else
        g_assert_cmpuint(connection->results->len, ==, 0);
    g_assert_cmpint(gcc_target(&connection->gcc), >=, GCC_LEAST);
    g_assert_cmpint(gcc_target(&connection->gcc), <=, GCC_MOST);
    connection->calls++;
}

static const struct rtcp_handler HANDLER = {
    .sender_report = on_sender_report,
    .report_block = on_block,
    .nack = on_nack,
    .key_frame_request = on_ssrc,
    .fir_received = on_ssrc,
    .remb = on_remb,
    .transport_cc = on_transport_cc,
    .pause = on_pause,
    .bye = on_ssrc,
    .app = on_app,
};

static void send_some(struct connection *connection, int packets)
{
    for (; packets; packets--) {
        twcc_sent_add(connection->sent, 1000, connection->now_us);
        gcc_sent(&connection->gcc, connection->sent_number++, 1000);
        connection->now_us += 1000;
    }
    gcc_probe_due(&connection->gcc, connection->sent_number, connection->now_us);
}

/* Packets came whose numbers the other side chose; what we say of them is told to the sender of other packets, which
 * must be able to read it. */
static void report_arrivals(struct connection *connection, struct fuzz_input *input)
{
    uint8_t message[TWCC_FEEDBACK_SIZE];
    uint16_t number = (uint16_t)fuzz_number(input, 2);
    for (int n = fuzz_byte(input); n; n--) {
        number += fuzz_byte(input);
        connection->now_us += fuzz_byte(input) * 100;
        twcc_arrivals_add(connection->arrivals, number, connection->now_us);
    }
    for (size_t size; (size = twcc_arrivals_write(connection->arrivals, message));) {
        g_assert_cmpuint(size, <=, TWCC_FEEDBACK_SIZE);
        g_array_set_size(connection->results, 0);
        g_assert_true(twcc_sent_feedback(connection->sent, message, size, connection->results));
    }
}

static void take_feedback(struct connection *connection, const uint8_t *message, size_t size, int64_t round_trip_us)
{
    g_array_set_size(connection->results, 0);
    g_assert_true(twcc_sent_feedback(connection->sent, message, size, connection->results));
    gcc_feedback(&connection->gcc, (const struct twcc_result *)(void *)connection->results->data,
                 connection->results->len, round_trip_us, connection->now_us);
    g_assert_cmpint(gcc_target(&connection->gcc), >=, GCC_LEAST);
    g_assert_cmpint(gcc_target(&connection->gcc), <=, GCC_MOST);
    g_assert_true(gcc_limited(&connection->gcc) || !gcc_drains(&connection->gcc));
}

static void send_probe(struct connection *connection)
{
    if (gcc_deadline(&connection->gcc) > connection->now_us)
        return;
    size_t size = gcc_probe_due(&connection->gcc, connection->sent_number, connection->now_us);
    for (; size; size -= MIN(size, 1000)) {
        twcc_sent_add(connection->sent, 1000, connection->now_us);
        gcc_sent(&connection->gcc, connection->sent_number++, 1000);
    }
}

/* What was sent comes over a path with a queue that grows or drains with each packet, and that loses one of some; the
 * other side tells us of all of it. */
static void use_path(struct connection *connection, struct fuzz_input *input)
{
    uint8_t message[TWCC_FEEDBACK_SIZE];
    int packets = fuzz_byte(input), growth_us = (int8_t)fuzz_byte(input) * 50, loss = fuzz_byte(input);
    int64_t apart_us = 500 + fuzz_byte(input) * 100, round_trip_us = fuzz_byte(input) * 2000;
    for (; packets; packets--) {
        connection->now_us += apart_us;
        connection->queued_us = CLAMP(connection->queued_us + growth_us, 0, MOST_QUEUED_US);
        uint16_t number = twcc_sent_add(connection->sent, 1000, connection->now_us);
        gcc_sent(&connection->gcc, connection->sent_number++, 1000);
        if (!loss || packets % (1 + loss))
            twcc_arrivals_add(connection->arrivals, number, connection->now_us + connection->queued_us);
        send_probe(connection);
        if (packets % 16 == 1)
            for (size_t size; (size = twcc_arrivals_write(connection->arrivals, message));)
                take_feedback(connection, message, size, round_trip_us);
    }
}

static void limit(struct connection *connection, struct fuzz_input *input)
{
    gcc_set_max(&connection->gcc, fuzz_number(input, 2) * (GCC_MOST / 65535), connection->now_us);
}

/* A call costs at least a bit of the packet: no small packet keeps its reader busy. */
static void receive(struct connection *connection, struct fuzz_input *input)
{
    struct rtcp_handler handler = HANDLER;
    handler.user_data = connection;
    handler.fir = &connection->firs;
    size_t size;
    g_autofree uint8_t *packet = fuzz_piece(input, &size);
    connection->calls = 0;
    rtcp_parse(packet, size, &handler);
    g_assert_cmpuint(connection->calls, <=, size * 8);
}

static void answer(struct connection *connection, int packets, struct fuzz_input *input)
{
    send_some(connection, packets);
    connection->now_us += (int64_t)fuzz_byte(input) * 10000;
    receive(connection, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct connection connection = { .sent = g_new(struct twcc_sent, 1), .now_us = 1000000 };
    connection.arrivals = g_new(struct twcc_arrivals, 1);
    connection.results = g_array_new(FALSE, FALSE, sizeof(struct twcc_result));
    twcc_arrivals_init(connection.arrivals);
    twcc_sent_init(connection.sent, 65500); /* so that numbers wrap */
    connection.sent_number = 65500;
    gcc_init(&connection.gcc, connection.now_us);
    for (int i = 0; input.size && i < MAX_PACKETS; i++) {
        unsigned packets = fuzz_byte(&input);
        if (packets == ARRIVALS)
            report_arrivals(&connection, &input);
        else if (packets == LIMIT)
            limit(&connection, &input);
        else if (packets == PATH)
            use_path(&connection, &input);
        else
            answer(&connection, (int)packets, &input);
    }
    g_array_unref(connection.results);
    g_free(connection.arrivals);
    g_free(connection.sent);
    return 0;
}
