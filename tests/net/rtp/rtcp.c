/* RTCP: there and back, against packets made by hand, and cut off at every place. */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "net/rtp/rtcp.h"

/* What the handler was called with, one line for each call. */
static void log_sender_report(void *user_data, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp)
{
    g_string_append_printf(user_data, "sr %x %" G_GINT64_MODIFIER "x %x\n", ssrc, ntp, rtp_timestamp);
}

static void log_block(void *user_data, uint32_t reporter, const struct rtcp_block *block)
{
    const struct rtp_report *report = &block->report;
    g_string_append_printf(user_data, "block %x %x %u %d %x %u %x %u\n", reporter, block->ssrc, report->fraction_lost,
                           report->cumulative_lost, report->highest_sequence, report->jitter, report->last_sr,
                           report->delay_since_last_sr);
}

static void log_nack(void *user_data, uint32_t media_ssrc, uint16_t sequence)
{
    g_string_append_printf(user_data, "nack %x %u\n", media_ssrc, sequence);
}

static void log_key_frame(void *user_data, uint32_t media_ssrc)
{
    g_string_append_printf(user_data, "key %x\n", media_ssrc);
}

static void log_remb(void *user_data, uint64_t bit_rate)
{
    g_string_append_printf(user_data, "remb %" PRIu64 "\n", bit_rate);
}

static void log_bye(void *user_data, uint32_t ssrc)
{
    g_string_append_printf(user_data, "bye %x\n", ssrc);
}

static void log_transport_cc(void *user_data, const uint8_t *information, size_t size)
{
    g_string_append_printf(user_data, "transport-cc %zu bytes from %d\n", size, information[0]);
}

static void log_pause(void *user_data, enum rtcp_pause what, uint32_t media_ssrc, uint16_t pause_id)
{
    g_string_append_printf(user_data, "pause %d %x %u\n", (int)what, media_ssrc, pause_id);
}

static void log_app(void *user_data, const char *name, const char *text)
{
    g_string_append_printf(user_data, "app %.4s %s\n", name, text);
}

static struct rtcp_handler logging_to(GString *log)
{
    return (struct rtcp_handler){
        .sender_report = log_sender_report,
        .report_block = log_block,
        .nack = log_nack,
        .key_frame_request = log_key_frame,
        .remb = log_remb,
        .transport_cc = log_transport_cc,
        .pause = log_pause,
        .app = log_app,
        .bye = log_bye,
        .user_data = log,
    };
}

static void assert_parses(const uint8_t *data, size_t size, bool good, const char *expected)
{
    g_autofree uint8_t *copy = g_memdup2(data, MAX(size, 1)); /* so that the sanitizer sees a read past the end */
    g_autoptr(GString) log = g_string_new(NULL);
    struct rtcp_handler handler = logging_to(log);
    g_assert_true(rtcp_parse(copy, size, &handler) == good);
    g_assert_cmpstr(log->str, ==, expected);
}

static const struct rtcp_block BLOCK = { 0x11223344, { 64, -5, 0x00021234, 77, 0xabcd1234, 65536 } };

static void write_all(struct rtcp_writer *writer)
{
    static const uint16_t missing[] = { 65534, 65535, 1, 14, 15, 200 };
    static const uint32_t ssrcs[] = { 5, 6 };
    rtcp_begin(writer);
    g_assert_true(rtcp_add_sender_report(writer, 1, 0x0123456789abcdef, 90000, 10, 1000, &BLOCK, 1));
    g_assert_true(rtcp_add_receiver_report(writer, 2, &BLOCK, 1));
    g_assert_true(rtcp_add_cname(writer, 1, "somebody"));
    g_assert_true(rtcp_add_nack(writer, 1, 3, missing, G_N_ELEMENTS(missing)));
    g_assert_true(rtcp_add_pli(writer, 1, 4));
    g_assert_true(rtcp_add_remb(writer, 1, 1000000, ssrcs, 2));
    g_assert_true(rtcp_add_bye(writer, 9));
}

static void there_and_back(void)
{
    struct rtcp_writer writer;
    write_all(&writer);
    g_assert_cmpuint(writer.size % 4, ==, 0);
    assert_parses(writer.data, writer.size, true,
                  "sr 1 123456789abcdef 15f90\n"
                  "block 1 11223344 64 -5 21234 77 abcd1234 65536\n"
                  "block 2 11223344 64 -5 21234 77 abcd1234 65536\n"
                  "nack 3 65534\nnack 3 65535\nnack 3 1\nnack 3 14\nnack 3 15\nnack 3 200\n"
                  "key 4\nremb 1000000\nbye 9\n");
    struct rtcp_handler deaf = { 0 };
    g_assert_true(rtcp_parse(writer.data, writer.size, &deaf));
}

/* A NACK entry covers 16 numbers after its first one: 65534 + 16 = 14, so 15 needs another. */
static void byte_for_byte(void)
{
    static const uint8_t sender_report[] = {
        0x81, 200,  0,    12,   0, 0,  0, 1,  0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0,    1,
        0x5f, 0x90, 0,    0,    0, 10, 0, 0,  3,    0xe8, 0x11, 0x22, 0x33, 0x44, 64,   0xff, 0xff, 0xfb,
        0,    2,    0x12, 0x34, 0, 0,  0, 77, 0xab, 0xcd, 0x12, 0x34, 0,    1,    0,    0,
    };
    static const uint8_t rest[] = {
        0x81, 202, 0,   4,   0,   0, 0,    1,    1,    8, 's',  'o',  'm',  'e',  'b',  'o', 'd', 'y', 0, 0,    0x81,
        205,  0,   4,   0,   0,   0, 1,    0,    0,    0, 3,    0xff, 0xfe, 0x80, 0x05, 0,   15,  0,   0, 0x81, 206,
        0,    2,   0,   0,   0,   1, 0,    0,    0,    4, 0x8f, 206,  0,    5,    0,    0,   0,   1,   0, 0,    0,
        0,    'R', 'E', 'M', 'B', 1, 0x0b, 0xd0, 0x90, 0, 0,    0,    7,    0x81, 203,  0,   1,   0,   0, 0,    9,
    };
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    g_assert_true(rtcp_add_sender_report(&writer, 1, 0x0123456789abcdef, 90000, 10, 1000, &BLOCK, 1));
    g_assert_cmpmem(writer.data, writer.size, sender_report, sizeof sender_report);
    rtcp_begin(&writer);
    g_assert_true(rtcp_add_cname(&writer, 1, "somebody"));
    g_assert_true(rtcp_add_nack(&writer, 1, 3, (uint16_t[]){ 65534, 65535, 1, 14, 15 }, 5));
    g_assert_true(rtcp_add_pli(&writer, 1, 4));
    g_assert_true(rtcp_add_remb(&writer, 1, 0x3d090 << 2, (uint32_t[]){ 7 }, 1));
    g_assert_true(rtcp_add_bye(&writer, 9));
    g_assert_cmpmem(writer.data, writer.size, rest, sizeof rest);
}

/* A text that fills its words exactly still gets its terminating zero. */
static void cname_lengths(void)
{
    char name[300];
    memset(name, 'x', sizeof name);
    for (size_t length = 0; length < 256; length++) {
        struct rtcp_writer writer;
        rtcp_begin(&writer);
        g_autofree char *text = g_strndup(name, length);
        g_assert_true(rtcp_add_cname(&writer, 1, text));
        g_assert_cmpuint(writer.size % 4, ==, 0);
        g_assert_cmpuint(writer.size, >, 10 + length);
        g_assert_cmpuint(writer.size, <=, 10 + length + 4);
        g_assert_cmpint(writer.data[writer.size - 1], ==, 0);
        assert_parses(writer.data, writer.size, true, "");
    }
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    g_autofree char *too_long = g_strndup(name, 256);
    g_assert_false(rtcp_add_cname(&writer, 1, too_long));
    g_assert_cmpuint(writer.size, ==, 0);
}

static void refuses_what_does_not_fit(void)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    while (rtcp_add_pli(&writer, 1, 2))
        ;
    size_t full = writer.size;
    g_assert_cmpuint(full, ==, sizeof writer.data);
    g_assert_false(rtcp_add_bye(&writer, 1));
    g_assert_false(rtcp_add_receiver_report(&writer, 1, NULL, 0));
    g_assert_false(rtcp_add_nack(&writer, 1, 2, (uint16_t[]){ 1 }, 1));
    g_assert_cmpuint(writer.size, ==, full);
    uint16_t far_apart[400];
    for (int i = 0; i < 400; i++)
        far_apart[i] = (uint16_t)(i * 100);
    rtcp_begin(&writer);
    g_assert_false(rtcp_add_nack(&writer, 1, 2, far_apart, 400));
    g_assert_false(rtcp_add_nack(&writer, 1, 2, far_apart, 0));
    g_assert_false(rtcp_add_receiver_report(&writer, 1, &BLOCK, 32));
    g_assert_cmpuint(writer.size, ==, 0);
}

/* Cut anywhere but between two packets, the compound is malformed. */
static void truncated(void)
{
    struct rtcp_writer writer;
    write_all(&writer);
    gboolean ends[sizeof writer.data + 1] = { FALSE };
    for (size_t at = 0; at < writer.size;) {
        at += 4 * ((size_t)(writer.data[at + 2] << 8 | writer.data[at + 3]) + 1);
        ends[at] = TRUE;
    }
    for (size_t size = 0; size <= writer.size; size++) {
        g_autofree uint8_t *cut = g_memdup2(writer.data, MAX(size, 1));
        g_autoptr(GString) log = g_string_new(NULL);
        struct rtcp_handler handler = logging_to(log);
        g_assert_true(rtcp_parse(cut, size, &handler) == ends[size]);
    }
}

/* Each packet says to be shorter than its contents. */
static void lies_about_its_length(void)
{
    assert_parses((uint8_t[]){ 0x80, 200, 0, 1, 0, 0, 0, 1 }, 8, false, "");
    assert_parses((uint8_t[]){ 0x81, 201, 0, 1, 0, 0, 0, 1 }, 8, false, "");
    assert_parses((uint8_t[]){ 0x80, 201, 0, 0 }, 4, false, "");
    assert_parses((uint8_t[]){ 0x82, 203, 0, 1, 0, 0, 0, 1 }, 8, false, "");
    assert_parses((uint8_t[]){ 0x81, 205, 0, 1, 0, 0, 0, 1 }, 8, false, "");
    assert_parses((uint8_t[]){ 0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, false, "");
    assert_parses((uint8_t[]){ 0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, false, "");
    assert_parses((uint8_t[]){ 0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B' }, 16, false, "");
    assert_parses((uint8_t[]){ 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 0, 0, 1 }, 20, false,
                  "");
    assert_parses((uint8_t[]){ 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0xff, 0xff, 0xff }, 20,
                  false, "");
    assert_parses((uint8_t[]){ 0x40, 203, 0, 0 }, 4, false, "");
    assert_parses((uint8_t[]){ 0xa0, 203, 0, 1, 0, 0, 0, 8 }, 8, false, "");
    assert_parses((uint8_t[]){ 0xa0, 203, 0, 1, 0, 0, 0, 0 }, 8, false, "");
    assert_parses((uint8_t[]){ 0xa1, 203, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4 }, 12, true, "bye 7\n");
}

/* What stands behind it in the compound has its own length and is heard. */
static void malformed_in_the_middle(void)
{
    assert_parses((uint8_t[]){ 0x80, 200, 0, 1, 0, 0, 0, 1, 0x40, 203, 0, 0, 0x81, 203, 0, 1, 0, 0, 0, 7 }, 20, false,
                  "bye 7\n");
}

/* What other agents send and we have no use for. */
static void skips_the_unknown(void)
{
    assert_parses((uint8_t[]){ 0x80, 207, 0, 1, 0, 0, 0, 1, 0x8f, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x82, 206, 0, 2,
                               0,    0,   0, 1, 0, 0, 0, 2, 0x8f, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 203, 0, 0 },
                  48, true, "");
}

static void full_intra_requests(void)
{
    uint8_t request[] = { 0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 5, 0, 0, 0 };
    g_autoptr(GString) log = g_string_new(NULL);
    struct rtcp_fir_state state = { 0 };
    struct rtcp_handler handler = logging_to(log);
    g_assert_true(rtcp_parse(request, sizeof request, &handler) && rtcp_parse(request, sizeof request, &handler));
    g_assert_cmpstr(log->str, ==, "key 2\nkey 2\n");
    handler.fir = &state;
    g_string_truncate(log, 0);
    for (int i = 0; i < 3; i++)
        g_assert_true(rtcp_parse(request, sizeof request, &handler));
    g_assert_cmpstr(log->str, ==, "key 2\n");
    request[16] = 6;
    g_assert_true(rtcp_parse(request, sizeof request, &handler) && rtcp_parse(request, sizeof request, &handler));
    g_assert_cmpstr(log->str, ==, "key 2\nkey 2\n");
    for (int i = 0; i < 100; i++) { /* many pairs: the state stays small */
        request[7] = (uint8_t)i;
        g_assert_true(rtcp_parse(request, sizeof request, &handler));
    }
}

static void remb_rates(void)
{
    static const uint64_t exact[] = {
        0, 1, 30000, 0x3ffff, 0x40000, 2500000, 0x3ffff * (1ull << 40), 0x3ffffull << 46
    };
    for (size_t i = 0; i < G_N_ELEMENTS(exact); i++) {
        struct rtcp_writer writer;
        rtcp_begin(&writer);
        g_assert_true(rtcp_add_remb(&writer, 1, exact[i], NULL, 0));
        g_autofree char *expected = g_strdup_printf("remb %" PRIu64 "\n", exact[i]);
        assert_parses(writer.data, writer.size, true, expected);
    }
}

static void ntp_times(void)
{
    g_assert_cmphex(ntp_from_unix_us(0), ==, 0x83aa7e8000000000);
    g_assert_cmphex(ntp_from_unix_us(500000), ==, 0x83aa7e8080000000);
    g_assert_cmphex(ntp_from_unix_us(-500000), ==, 0x83aa7e7f80000000);
    static const int64_t times[] = {
        0, 1, 999999, 1700000000123456, 2085978495999999, 2085978496000000, 2500000000000001
    };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        g_assert_cmpint(ntp_to_unix_us(ntp_from_unix_us(times[i])), ==, times[i]);
}

/* Unlike all other padding, this one may end within a word. */
/* RFC 7728, 8.1: an entry has the target, the type and its parameters' length in words. */
static void pauses(void)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    g_assert_true(rtcp_add_pause(&writer, 1, RTCP_PAUSE, 0xabc, 7));
    g_assert_true(rtcp_add_pause(&writer, 1, RTCP_REFUSED, 0xabd, 65535));
    assert_parses(writer.data, writer.size, true, "pause 0 abc 7\npause 3 abd 65535\n");
    for (size_t size = 1; size < 20; size++)
        assert_parses(writer.data, size, false, "");
    static const uint8_t with_parameters[] = {
        0x89, 205, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0x20, 1, 0, 3, 1, 2, 3, 4, 0, 0, 0, 5, 0x10, 0, 0, 6,
    };
    assert_parses(with_parameters, sizeof with_parameters, true, "pause 2 2 3\npause 1 5 6\n");
    uint8_t too_long[sizeof with_parameters];
    memcpy(too_long, with_parameters, sizeof too_long);
    too_long[17] = 200;
    assert_parses(too_long, sizeof too_long, false, "pause 2 2 3\n");
}

/* RFC 3550, 6.7. */
static void application(void)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    g_assert_true(rtcp_add_app(&writer, 1, "CALL", "12345"));
    g_assert_cmpuint(writer.size, ==, 12 + 8);
    g_assert_true(rtcp_add_app(&writer, 1, "none", ""));
    assert_parses(writer.data, writer.size, true, "app CALL 12345\napp none \n");
    for (size_t size = 1; size < 20; size++)
        assert_parses(writer.data, size, false, "");
    static const uint8_t nameless[] = { 0x80, 204, 0, 1, 0, 0, 0, 1 };
    assert_parses(nameless, sizeof nameless, false, "");
    g_autofree char *long_one = g_strnfill(sizeof writer.data, 'x');
    g_assert_false(rtcp_add_app(&writer, 1, "CALL", long_one));
}

static void transport_cc(void)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    uint8_t information[12] = { 7, 0, 0, 1, 0, 0, 1, 0, 0x20, 1, 4, 0 };
    g_assert_true(rtcp_add_transport_cc(&writer, 1, 2, information, sizeof information));
    assert_parses(writer.data, writer.size, true, "transport-cc 12 bytes from 7\n");
    writer.data[0] |= 0x20;
    writer.data[writer.size - 1] = 1;
    assert_parses(writer.data, writer.size, true, "transport-cc 11 bytes from 7\n");
    writer.data[writer.size - 1] = 21;
    assert_parses(writer.data, writer.size, false, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtcp/there_and_back", there_and_back);
    g_test_add_func("/rtcp/byte_for_byte", byte_for_byte);
    g_test_add_func("/rtcp/cname_lengths", cname_lengths);
    g_test_add_func("/rtcp/refuses_what_does_not_fit", refuses_what_does_not_fit);
    g_test_add_func("/rtcp/truncated", truncated);
    g_test_add_func("/rtcp/lies_about_its_length", lies_about_its_length);
    g_test_add_func("/rtcp/malformed_in_the_middle", malformed_in_the_middle);
    g_test_add_func("/rtcp/skips_the_unknown", skips_the_unknown);
    g_test_add_func("/rtcp/full_intra_requests", full_intra_requests);
    g_test_add_func("/rtcp/remb_rates", remb_rates);
    g_test_add_func("/rtcp/ntp", ntp_times);
    g_test_add_func("/rtcp/transport-cc", transport_cc);
    g_test_add_func("/rtcp/pause", pauses);
    g_test_add_func("/rtcp/application", application);
    return g_test_run();
}
