/* Two DTLS sessions over a simulated link, and SRTP with the keys they agree upon. */
#include "net/transport/dtls.h"

#include <openssl/x509.h>
#include <string.h>

#include "left_behind.h"
#include "net/connection/reactor.h"
#include "net/transport/dtls_identity.h"
#include "platform/deadline.h"

enum { HANDSHAKE = 22, RECORD_HEADER = 13, CLIENT_HELLO = 1 }; /* RFC 6347, 4.1 and 4.2.2 */

struct end {
    struct dtls *dtls;
    struct dtls_identity *identity;
    struct end *other;
    struct deadline *wire; /* delivers what lies in `inbox` */
    GQueue inbox;          /* GBytes */
    bool blocked;          /* nothing can be sent yet */
    bool early;            /* what is sent may arrive, and does */
    bool answered;         /* something came */
    int sent;              /* datagrams */
    int hellos;            /* of them: ClientHellos, after something came */
    int loss_percent;
    enum dtls_state state;
    char *why;
};

struct link {
    struct reactor *reactor;
    struct belongings before;
    struct end client, server;
};

static bool send_over(void *user_data, const uint8_t *data, size_t size)
{
    struct end *end = user_data;
    if (end->blocked)
        return false;
    end->sent++;
    end->hellos += end->answered && data[0] == HANDSHAKE && data[RECORD_HEADER] == CLIENT_HELLO;
    if (g_test_rand_int_range(0, 100) >= end->loss_percent) {
        g_queue_push_tail(&end->other->inbox, g_bytes_new(data, size));
        deadline_set(end->other->wire, g_get_monotonic_time());
    }
    return !end->early;
}

static void on_state(void *user_data, enum dtls_state state, const char *why)
{
    struct end *end = user_data;
    end->state = state;
    g_free(end->why);
    end->why = g_strdup(why);
}

static void deliver(void *user_data)
{
    struct end *end = user_data;
    GBytes *datagram;
    while ((datagram = g_queue_pop_head(&end->inbox))) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(datagram, &size);
        end->answered = true;
        dtls_receive(end->dtls, data, size);
        g_bytes_unref(datagram);
    }
}

static const struct dtls_listener listener = { .send = send_over, .state = on_state };

static void open_end(struct link *link, struct end *end, struct end *other, bool client)
{
    GMainContext *context = reactor_context(link->reactor);
    end->other = other;
    g_queue_init(&end->inbox);
    end->identity = dtls_identity_create();
    end->wire = deadline_create(context, deliver, end);
    end->dtls = dtls_create(&(struct dtls_config){ context, end->identity, client, &listener, end });
    g_assert_nonnull(end->dtls);
}

static void open_link(struct link *link)
{
    *link = (struct link){ .reactor = reactor_create(), .before = belongings_now() };
    open_end(link, &link->client, &link->server, true);
    open_end(link, &link->server, &link->client, false);
}

static void close_end(struct end *end)
{
    dtls_destroy(end->dtls);
    dtls_identity_destroy(end->identity);
    deadline_destroy(end->wire);
    g_queue_clear_full(&end->inbox, (GDestroyNotify)g_bytes_unref);
    g_free(end->why);
}

static void close_link(struct link *link)
{
    close_end(&link->client);
    close_end(&link->server);
    end_reactor(link->reactor, &link->before);
}

static void exchange_fingerprints(struct link *link)
{
    dtls_set_remote_fingerprints(link->client.dtls, dtls_identity_fingerprint(link->server.identity), 1);
    dtls_set_remote_fingerprints(link->server.dtls, dtls_identity_fingerprint(link->client.identity), 1);
}

static void start(struct link *link)
{
    dtls_start(link->server.dtls);
    dtls_start(link->client.dtls);
}

static void run_until(struct link *link, enum dtls_state state)
{
    int64_t limit = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    while (link->client.state != state || link->server.state != state) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        reactor_wait(link->reactor, g_get_monotonic_time() + 10000);
    }
}

static void run_for(struct link *link, int64_t us)
{
    int64_t until = g_get_monotonic_time() + us;
    while (g_get_monotonic_time() < until)
        reactor_wait(link->reactor, until);
}

/* An RTP packet with SRTP_OVERHEAD of room behind. */
static size_t make_packet(uint8_t *packet, uint16_t sequence, uint32_t ssrc)
{
    memset(packet, 0, 12);
    packet[0] = 0x80;
    packet[1] = 96;
    packet[2] = (uint8_t)(sequence >> 8);
    packet[3] = (uint8_t)sequence;
    for (int i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    memcpy(packet + 12, "hello", 5);
    return 17;
}

static void check_srtp(const struct srtp_keys *a, const struct srtp_keys *b)
{
    struct srtp_session *from = srtp_session_create(a), *to = srtp_session_create(b);
    uint8_t packet[64 + SRTP_OVERHEAD], copy[sizeof packet];
    size_t size = make_packet(packet, 1, 7), copied;
    g_assert_true(srtp_session_protect_rtp(from, packet, &size));
    g_assert_cmpuint(size, >, 17);
    memcpy(copy, packet, sizeof copy);
    copied = size;
    copy[14] ^= 1;
    g_assert_false(srtp_session_unprotect_rtp(to, copy, &copied)); /* damaged */
    memcpy(copy, packet, sizeof copy);
    copied = size;
    g_assert_true(srtp_session_unprotect_rtp(to, copy, &copied));
    g_assert_cmpmem(copy + 12, copied - 12, "hello", 5);
    g_assert_false(srtp_session_unprotect_rtp(to, packet, &size)); /* repeated */
    uint8_t report[8 + SRTP_OVERHEAD] = { 0x80, 201, 0, 1, 0, 0, 0, 7 };
    size_t report_size = 8;
    g_assert_true(srtp_session_protect_rtcp(from, report, &report_size));
    g_assert_true(srtp_session_unprotect_rtcp(to, report, &report_size));
    g_assert_cmpuint(report_size, ==, 8);
    size = 3;
    g_assert_false(srtp_session_unprotect_rtp(to, packet, &size));
    srtp_session_destroy(from);
    srtp_session_destroy(to);
}

static void agrees_on_keys(void)
{
    struct link link;
    open_link(&link);
    exchange_fingerprints(&link);
    start(&link);
    run_until(&link, DTLS_CONNECTED);
    struct srtp_keys client, server;
    g_assert_true(dtls_export_keys(link.client.dtls, &client));
    g_assert_true(dtls_export_keys(link.server.dtls, &server));
    g_assert_cmpint(client.protection, ==, SRTP_AEAD_GCM);
    g_assert_cmpmem(client.local, sizeof client.local, server.remote, sizeof server.remote);
    check_srtp(&client, &server);
    check_srtp(&server, &client);
    dtls_close(link.client.dtls);
    run_for(&link, 2000);
    g_assert_cmpint(link.server.state, ==, DTLS_CLOSED);
    close_link(&link);
}

static void protects_with_the_older_profile(void)
{
    struct srtp_keys a = { .protection = SRTP_CM_SHA1_80 }, b = a;
    for (size_t i = 0; i < sizeof a.local; i++) {
        a.local[i] = b.remote[i] = (uint8_t)i;
        a.remote[i] = b.local[i] = (uint8_t)(200 - i);
    }
    check_srtp(&a, &b);
}

/* A sender that is who it says may still not make us keep a context for every SSRC there is. */
static void bounds_the_ssrcs(void)
{
    struct srtp_keys keys = { .protection = SRTP_AEAD_GCM };
    struct srtp_session *from = srtp_session_create(&keys), *to = srtp_session_create(&keys);
    int accepted = 0;
    for (uint32_t ssrc = 1; ssrc <= 100; ssrc++) {
        uint8_t packet[64 + SRTP_OVERHEAD];
        size_t size = make_packet(packet, 1, ssrc);
        g_assert_true(srtp_session_protect_rtp(from, packet, &size));
        accepted += srtp_session_unprotect_rtp(to, packet, &size);
    }
    g_assert_cmpint(accepted, ==, 32);
    srtp_session_destroy(from);
    srtp_session_destroy(to);
}

static void survives_loss(void)
{
    struct link link;
    open_link(&link);
    exchange_fingerprints(&link);
    link.client.loss_percent = link.server.loss_percent = 30;
    start(&link);
    run_until(&link, DTLS_CONNECTED);
    close_link(&link);
}

static void waits_for_the_path(void)
{
    struct link link;
    open_link(&link);
    exchange_fingerprints(&link);
    link.client.blocked = true;
    start(&link);
    run_for(&link, 5000);
    g_assert_cmpint(link.server.state, ==, DTLS_NEW);
    link.client.blocked = false;
    dtls_flush(link.client.dtls);
    run_until(&link, DTLS_CONNECTED);
    close_link(&link);
}

/* What was sent on a path that is not sure arrived and was answered: only the answer to that is sent once more. */
static void repeats_the_last_flight_only(void)
{
    struct link link;
    open_link(&link);
    exchange_fingerprints(&link);
    link.client.early = link.server.early = true;
    start(&link);
    run_until(&link, DTLS_CONNECTED);
    link.client.early = link.server.early = false;
    dtls_flush(link.client.dtls);
    dtls_flush(link.server.dtls);
    run_for(&link, 5000);
    g_assert_cmpint(link.client.hellos, ==, 0);
    g_assert_cmpint(link.client.state, ==, DTLS_CONNECTED);
    g_assert_cmpint(link.server.state, ==, DTLS_CONNECTED);
    close_link(&link);
}

/* The path took long to open, and is long: what has just left is not sent again before its answer can be there. */
static void repeats_in_time(void)
{
    enum { LATE_US = 300000, ROUND_TRIP_US = 1500000 };
    struct link link;
    open_link(&link);
    link.client.blocked = true;
    link.client.loss_percent = 100;
    start(&link);
    run_for(&link, LATE_US);
    link.client.blocked = false;
    dtls_set_round_trip(link.client.dtls, ROUND_TRIP_US);
    int64_t left_us = g_get_monotonic_time();
    dtls_flush(link.client.dtls);
    int flight = link.client.sent;
    g_assert_cmpint(flight, >, 0);
    run_for(&link, LATE_US);
    if (g_get_monotonic_time() < left_us + ROUND_TRIP_US)
        g_assert_cmpint(link.client.sent, ==, flight);
    link.client.loss_percent = 0;
    exchange_fingerprints(&link);
    run_until(&link, DTLS_CONNECTED);
    close_link(&link);
}

static void waits_for_the_fingerprint(void)
{
    struct link link;
    open_link(&link);
    dtls_set_remote_fingerprints(link.client.dtls, dtls_identity_fingerprint(link.server.identity), 1);
    start(&link);
    while (link.client.state != DTLS_CONNECTED)
        reactor_wait(link.reactor, g_get_monotonic_time() + 10000);
    g_assert_cmpint(dtls_current_state(link.server.dtls), ==, DTLS_HANDSHAKE);
    dtls_set_remote_fingerprints(link.server.dtls, dtls_identity_fingerprint(link.client.identity), 1);
    g_assert_cmpint(link.server.state, ==, DTLS_CONNECTED);
    close_link(&link);
}

/* By another hash, behind one that does not match: any may be the certificate's (RFC 8122, 5). */
static void one_of_several_fingerprints(void)
{
    struct link link;
    open_link(&link);
    struct fingerprint named[] = { { FINGERPRINT_SHA_256, { 1 } },
                                   { .size = FINGERPRINT_SHA_512 },
                                   { .size = FINGERPRINT_SHA_384 } };
    const X509 *certificate = SSL_CTX_get0_certificate(dtls_identity_ssl(link.server.identity));
    g_assert_true(dtls_certificate_fingerprint(certificate, &named[1]));
    dtls_set_remote_fingerprints(link.client.dtls, named, G_N_ELEMENTS(named));
    dtls_set_remote_fingerprints(link.server.dtls, dtls_identity_fingerprint(link.client.identity), 1);
    start(&link);
    struct fingerprint seen;
    g_assert_false(dtls_remote_fingerprint(link.client.dtls, &seen));
    run_until(&link, DTLS_CONNECTED);
    g_assert_true(dtls_remote_fingerprint(link.client.dtls, &seen)); /* its own, not one of those named */
    const struct fingerprint *own = dtls_identity_fingerprint(link.server.identity);
    g_assert_cmpmem(seen.bytes, seen.size, own->bytes, own->size);
    close_link(&link);
}

static void refuses_a_wrong_fingerprint(bool known_before)
{
    struct link link;
    open_link(&link);
    dtls_set_remote_fingerprints(link.client.dtls, dtls_identity_fingerprint(link.server.identity), 1);
    const struct fingerprint *wrong = dtls_identity_fingerprint(link.server.identity);
    if (known_before)
        dtls_set_remote_fingerprints(link.server.dtls, wrong, 1);
    start(&link);
    if (!known_before) {
        while (link.client.state != DTLS_CONNECTED)
            reactor_wait(link.reactor, g_get_monotonic_time() + 10000);
        dtls_set_remote_fingerprints(link.server.dtls, wrong, 1);
    } else {
        run_until(&link, DTLS_FAILED); /* the client by the server's alert */
    }
    g_assert_cmpint(link.server.state, ==, DTLS_FAILED);
    g_assert_nonnull(strstr(link.server.why, "certificate"));
    close_link(&link);
}

static void refuses_a_wrong_fingerprint_early(void)
{
    refuses_a_wrong_fingerprint(true);
}

static void refuses_a_wrong_fingerprint_late(void)
{
    refuses_a_wrong_fingerprint(false);
}

static void garbage_does_no_harm(void)
{
    struct link link;
    open_link(&link);
    exchange_fingerprints(&link);
    dtls_start(link.server.dtls);
    for (int i = 0; i < 200; i++) {
        uint8_t garbage[100];
        for (size_t b = 0; b < sizeof garbage; b++)
            garbage[b] = (uint8_t)g_test_rand_int();
        garbage[0] = (uint8_t)g_test_rand_int_range(20, 64);
        dtls_receive(link.server.dtls, garbage, (size_t)g_test_rand_int_range(0, sizeof garbage));
    }
    dtls_start(link.client.dtls);
    run_until(&link, DTLS_CONNECTED);
    close_link(&link);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dtls/keys", agrees_on_keys);
    g_test_add_func("/srtp/older-profile", protects_with_the_older_profile);
    g_test_add_func("/srtp/ssrcs", bounds_the_ssrcs);
    g_test_add_func("/dtls/loss", survives_loss);
    g_test_add_func("/dtls/path", waits_for_the_path);
    g_test_add_func("/dtls/last-flight-only", repeats_the_last_flight_only);
    g_test_add_func("/dtls/repeats-in-time", repeats_in_time);
    g_test_add_func("/dtls/fingerprint/waits", waits_for_the_fingerprint);
    g_test_add_func("/dtls/fingerprint/several", one_of_several_fingerprints);
    g_test_add_func("/dtls/fingerprint/early", refuses_a_wrong_fingerprint_early);
    g_test_add_func("/dtls/fingerprint/late", refuses_a_wrong_fingerprint_late);
    g_test_add_func("/dtls/garbage", garbage_does_no_harm);
    return g_test_run();
}
