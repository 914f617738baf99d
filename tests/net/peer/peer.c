/* Two whole peers in one process, over real sockets. */
#include "peer_pair.h"

#include <gio/gio.h>

/* ---- tests ---- */

static void check_milestones(const struct agent *agent)
{
    struct peer_milestones m = peer_milestones(agent->peer);
    g_assert_cmpint(m.created_us, >, 0);
    g_assert_cmpint(m.gathered_us, >=, m.created_us);
    g_assert_cmpint(m.remote_description_us, >=, m.created_us);
    g_assert_cmpint(m.ice_connected_us, >=, m.remote_description_us);
    g_assert_cmpint(m.dtls_done_us, >=, m.remote_description_us);
    g_assert_cmpint(m.first_packet_sent_us, >=, m.dtls_done_us);
    g_assert_cmpint(m.first_packet_received_us, >=, m.dtls_done_us);
    g_assert_cmpint(m.first_frame_received_us, >=, m.first_packet_received_us);
    g_test_message("descriptions to ICE %.1f ms, to DTLS %.1f ms",
                   (double)(m.ice_connected_us - m.remote_description_us) / 1000,
                   (double)(m.dtls_done_us - m.remote_description_us) / 1000);
}

static void check_stats(const struct agent *agent)
{
    struct peer_stats stats = peer_stats(agent->peer);
    g_assert_cmpuint(stats.packets_sent, >=, 20);
    g_assert_cmpuint(stats.packets_received, >=, 20);
    g_assert_cmpuint(stats.frames_received, ==, 10);
    g_assert_cmpuint(stats.packets_lost, ==, 0);
    g_assert_cmpfloat(stats.round_trip_ms, >, 0);
    g_assert_cmpint(stats.available_bit_rate, >, 0);
}

static bool knows_the_path(const struct agent *agent)
{
    struct peer_stats stats = peer_stats(agent->peer);
    return stats.round_trip_ms > 0 && stats.available_bit_rate > 0;
}

static void carries_media_both_ways(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_NONE);
    connect_pair(&pair);
    g_assert_cmpstr(pair.caller.states->str, ==, "cn");
    g_assert_cmpstr(pair.callee.states->str, ==, "cn");
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_H264);
    exchange(&pair, &pair.caller, &pair.callee);
    exchange(&pair, &pair.callee, &pair.caller);
    check_milestones(&pair.caller);
    check_milestones(&pair.callee);
    /* Two rounds of reports give the round trip and the REMB. */
    wait_until(&pair, knows_the_path(&pair.caller) && knows_the_path(&pair.callee));
    check_stats(&pair.caller);
    check_stats(&pair.callee);
    struct source *source = peer_source(pair.caller.peer);
    int64_t video_us, audio_us;
    g_assert_true(source->ops->capture_time(source, AVMEDIA_TYPE_VIDEO, 0, &video_us));
    g_assert_true(source->ops->capture_time(source, AVMEDIA_TYPE_AUDIO, 0, &audio_us));
    close_pair(&pair);
}

static int64_t may_send(const struct agent *agent)
{
    return peer_stats(agent->peer).available_bit_rate;
}

/* A picture now and then keeps the estimate alive. */
static void send_until(struct pair *pair, int64_t least, int64_t most)
{
    int64_t limit = g_get_monotonic_time() + PATIENCE_US;
    while (may_send(&pair->caller) < least || may_send(&pair->caller) > most) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        g_autoptr(GBytes) frame = make_h264(true);
        push(peer_video_sink(pair->caller.peer), frame, true);
        run_for(pair, 33000);
    }
}

static void asks_for_less(void)
{
    enum { LITTLE = 200000, SENT = LITTLE * 11 / 10 + 100000 };
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    open_sink(peer_video_sink(pair.caller.peer), AV_CODEC_ID_H264);
    struct source *source = peer_source(pair.callee.peer);
    send_until(&pair, SENT + 1, INT64_MAX);
    source->ops->limit_bit_rate(source, LITTLE);
    send_until(&pair, 1, SENT);
    source->ops->limit_bit_rate(source, 0);
    send_until(&pair, SENT + 1, INT64_MAX);
    close_pair(&pair);
}

static void asks_for_key_frames(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    g_assert_cmpint(pair.caller.key_frame_requests, ==, 1); /* because it has connected */
    exchange(&pair, &pair.caller, &pair.callee);
    int before = pair.caller.key_frame_requests;
    struct source *source = peer_source(pair.callee.peer);
    source->ops->request_key_frame(source);
    wait_until(&pair, pair.caller.key_frame_requests > before);
    g_assert_cmpuint(peer_stats(pair.callee.peer).plis_sent, >, 0);
    g_assert_cmpuint(peer_stats(pair.caller.peer).plis_received, >, 0);
    close_pair(&pair);
}

static void the_answerers_codec_counts(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_VP8);
    negotiate(&pair);
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_VP8);
    g_assert_cmpint(peer_video_codec(pair.callee.peer), ==, AV_CODEC_ID_VP8);
    close_pair(&pair);
}

static void refuses_a_wrong_fingerprint(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    for (char *at = answer; (at = strstr(at, "sha-256 ")); at++)
        at[8] = at[8] == '0' ? '1' : '0';
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, peer_current_state(pair.caller.peer) == PEER_FAILED && pair.caller.why &&
                          peer_current_state(pair.callee.peer) == PEER_FAILED);
    g_assert_nonnull(strstr(pair.caller.why, "certificate"));
    g_assert_cmpstr(pair.caller.states->str, ==, "cf");
    g_assert_cmpint(peer_milestones(pair.caller.peer).dtls_done_us, ==, 0);
    g_assert_cmpuint(peer_stats(pair.caller.peer).packets_received, ==, 0);
    close_pair(&pair);
}

static void closing_is_seen_at_once(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    exchange(&pair, &pair.callee, &pair.caller);
    peer_destroy(pair.callee.peer);
    pair.callee.peer = NULL;
    wait_until(&pair, g_str_equal(pair.caller.states->str, "cnx"));
    run_for(&pair, 5000);
    g_assert_cmpstr(pair.callee.states->str, ==, "cn"); /* who destroys hears nothing more */
    close_pair(&pair);
}

static void may_be_destroyed_in_a_listener(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    pair.callee.destroys_when_connected = true;
    negotiate(&pair);
    wait_until(&pair, !pair.callee.peer && g_str_has_suffix(pair.caller.states->str, "x"));
    g_assert_cmpint(pair.callee.key_frame_requests, ==, 0);
    close_pair(&pair);
}

static void may_be_destroyed_in_a_sink(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    pair.callee.video.destroys_peer = true;
    open_sink(peer_video_sink(pair.caller.peer), AV_CODEC_ID_H264);
    GBytes *frame = make_h264(true);
    push(peer_video_sink(pair.caller.peer), frame, true);
    g_bytes_unref(frame);
    wait_until(&pair, !pair.callee.peer && g_str_has_suffix(pair.caller.states->str, "x"));
    close_pair(&pair);
}

/* ICE candidates in the descriptions are taken out and given before these. */
static char *without_candidates(const char *sdp, GPtrArray *candidates)
{
    g_auto(GStrv) lines = g_strsplit(sdp, "\r\n", -1);
    GString *rest = g_string_new(NULL);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "a=candidate:"))
            g_ptr_array_add(candidates, g_strdup(*line + 2));
        else if (**line)
            g_string_append_printf(rest, "%s\r\n", *line);
    }
    return g_string_free(rest, FALSE);
}

static void takes_candidates_before_descriptions(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    pair.caller.holds_candidates = pair.callee.holds_candidates = true;
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_autofree char *bare_offer = without_candidates(offer, candidates);
    g_assert_cmpuint(candidates->len, >, 0);
    for (guint i = 0; i < candidates->len; i++)
        peer_add_candidate(pair.callee.peer, g_ptr_array_index(candidates, i));
    peer_add_candidate(pair.callee.peer, NULL);
    g_autofree char *answer = peer_answer(pair.callee.peer, bare_offer, &error);
    g_autofree char *bare_answer = without_candidates(answer, candidates);
    g_assert_true(peer_set_answer(pair.caller.peer, bare_answer, &error));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    close_pair(&pair);
}

static void skips_useless_candidates(void)
{
    static const char *const useless[] = {
        "",
        "candidate:",
        "nonsense",
        "candidate:1 1 udp 2113937151 0d4a2b8c-cafe-4b1c-9c6e-000000000000.local 5000 typ host",
        "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "candidate:1 2 udp 1 192.0.2.1 5001 typ host",
        "candidate:1 1 udp 1 192.0.2.1 0 typ host",
        "candidate:1 1 udp 1 999.0.2.1 1 typ host",
        "candidate:1 1 udp 1 192.0.2.1",
    };
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        peer_add_candidate(pair.caller.peer, useless[i]);
    negotiate(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        peer_add_candidate(pair.callee.peer, useless[i]);
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    for (int i = 0; i < 1000; i++)
        peer_add_candidate(pair.caller.peer, "candidate:1 1 udp 1 192.0.2.1 5000 typ host");
    close_pair(&pair);
}

/* Datagrams from a stranger, of every protocol's first byte, to the port that the candidates name. */
static void send_garbage(const char *candidate)
{
    g_auto(GStrv) words = g_strsplit(candidate, " ", -1);
    g_assert_cmpuint(g_strv_length(words), >, 5);
    guint port = (guint)g_ascii_strtoull(words[5], NULL, 10);
    g_autoptr(GSocketAddress) to = g_inet_socket_address_new_from_string(words[4], port);
    g_autoptr(GSocket)
        socket = g_socket_new(g_socket_address_get_family(to), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    for (int i = 0; i < 256; i++) {
        char garbage[300];
        for (size_t b = 0; b < sizeof garbage; b++)
            garbage[b] = (char)g_test_rand_int();
        garbage[0] = (char)i;
        g_socket_send_to(socket, to, garbage, (size_t)g_test_rand_int_range(0, sizeof garbage), NULL, NULL);
    }
}

static void strangers_do_no_harm(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_free(without_candidates(offer, candidates));
    g_assert_cmpuint(candidates->len, >, 0);
    send_garbage(g_ptr_array_index(candidates, 0));
    run_for(&pair, 5000);
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    send_garbage(g_ptr_array_index(candidates, 0));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    send_garbage(g_ptr_array_index(candidates, 0));
    exchange(&pair, &pair.callee, &pair.caller);
    close_pair(&pair);
}

static void unusable_descriptions_change_nothing(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    char *error = NULL;
    g_assert_null(peer_answer(pair.callee.peer, "hello", &error));
    g_assert_nonnull(error);
    g_clear_pointer(&error, g_free);
    g_assert_false(peer_set_answer(pair.caller.peer, "v=0\r\n", &error)); /* no offer yet */
    g_clear_pointer(&error, g_free);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_false(peer_set_answer(pair.caller.peer, offer, &error)); /* an offer is no answer */
    g_clear_pointer(&error, g_free);
    connect_pair(&pair);
    g_assert_null(peer_answer(pair.callee.peer, offer, &error)); /* one is enough */
    g_clear_pointer(&error, g_free);
    close_pair(&pair);
}

static void carries_short_messages(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_assert_false(peer_send_message(pair.caller.peer, "too early"));
    connect_pair(&pair);
    g_assert_true(peer_send_message(pair.caller.peer, "{\"a\":1}"));
    g_assert_true(peer_send_message(pair.caller.peer, "four"));
    g_assert_true(peer_send_message(pair.callee.peer, "back"));
    g_autofree char *long_one = g_strnfill(1190, 'x');
    g_assert_false(peer_send_message(pair.caller.peer, long_one));
    wait_until(&pair, pair.callee.messages->len == 11 && pair.caller.messages->len == 4);
    g_assert_cmpstr(pair.callee.messages->str, ==, "{\"a\":1}four");
    g_assert_cmpstr(pair.caller.messages->str, ==, "back");
    close_pair(&pair);
}

static void may_be_destroyed_at_any_time(void)
{
    for (int steps = 0; steps < 12; steps++) {
        struct pair pair;
        open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
        if (steps > 1)
            negotiate(&pair);
        for (int i = 0; i < steps; i++)
            reactor_wait(pair.reactor, g_get_monotonic_time() + 2000);
        close_pair(&pair);
    }
    peer_destroy(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer/media", carries_media_both_ways);
    g_test_add_func("/peer/key-frame", asks_for_key_frames);
    g_test_add_func("/peer/less", asks_for_less);
    g_test_add_func("/peer/codec", the_answerers_codec_counts);
    g_test_add_func("/peer/fingerprint", refuses_a_wrong_fingerprint);
    g_test_add_func("/peer/close", closing_is_seen_at_once);
    g_test_add_func("/peer/destroy/listener", may_be_destroyed_in_a_listener);
    g_test_add_func("/peer/destroy/sink", may_be_destroyed_in_a_sink);
    g_test_add_func("/peer/destroy/any-time", may_be_destroyed_at_any_time);
    g_test_add_func("/peer/candidates/early", takes_candidates_before_descriptions);
    g_test_add_func("/peer/candidates/useless", skips_useless_candidates);
    g_test_add_func("/peer/messages", carries_short_messages);
    g_test_add_func("/peer/garbage", strangers_do_no_harm);
    g_test_add_func("/peer/descriptions", unusable_descriptions_change_nothing);
    return g_test_run();
}
