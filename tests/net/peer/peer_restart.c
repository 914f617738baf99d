/* ICE restarts of two connected peers: the media go on, whoever begins, and whatever the other side says. */
#include "peer_pair.h"

static char *ufrag_of(const char *sdp)
{
    g_autoptr(GRegex) regex = g_regex_new("a=ice-ufrag:(\\S+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_assert_true(g_regex_match(regex, sdp, 0, &match));
    return g_match_info_fetch(match, 1);
}

static void forget_packets(struct agent *agent)
{
    g_ptr_array_set_size(agent->video.packets, 0);
    g_ptr_array_set_size(agent->audio.packets, 0);
    agent->video.first_was_key = false;
}

/* Whose certificates these are is whom the media are shared with. */
static struct peer_certificates certificates_of(const struct agent *agent)
{
    struct peer_certificates certificates;
    g_assert_true(peer_certificates(agent->peer, &certificates));
    return certificates;
}

/* `from` offers, `to` answers; both have a new path then, and the encryption that they had. */
static void restart(struct pair *pair, struct agent *from, struct agent *to)
{
    g_autofree char *error = NULL;
    int before = from->restarts, before_to = to->restarts;
    struct peer_certificates certificates = certificates_of(from);
    g_autofree char *offer = peer_restart(from->peer);
    g_assert_nonnull(offer);
    g_autofree char *answer = peer_answer(to->peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(peer_set_answer(from->peer, answer, &error));
    g_autofree char *offered = ufrag_of(offer), *answered = ufrag_of(answer);
    g_assert_cmpstr(offered, !=, answered);
    wait_until(pair, from->restarts > before && to->restarts > before_to);
    struct peer_certificates after = certificates_of(from);
    g_assert_cmpmem(&after, sizeof after, &certificates, sizeof certificates);
}

static void media_go_on(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    exchange(&pair, &pair.caller, &pair.callee);
    restart(&pair, &pair.caller, &pair.callee);
    forget_packets(&pair.callee);
    exchange(&pair, &pair.caller, &pair.callee);
    exchange(&pair, &pair.callee, &pair.caller);
    restart(&pair, &pair.callee, &pair.caller); /* whoever offered first */
    restart(&pair, &pair.callee, &pair.caller);
    forget_packets(&pair.caller);
    exchange(&pair, &pair.callee, &pair.caller);
    g_assert_cmpstr(pair.caller.states->str, ==, "cn"); /* it was the same connection all the time */
    g_assert_cmpstr(pair.callee.states->str, ==, "cn");
    close_pair(&pair);
}

/* The offer is lost, and another one is made. */
static void begins_anew(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    g_autofree char *lost G_GNUC_UNUSED = peer_restart(pair.caller.peer);
    run_for(&pair, 50000);
    exchange(&pair, &pair.caller, &pair.callee); /* on the old path meanwhile */
    restart(&pair, &pair.caller, &pair.callee);
    forget_packets(&pair.callee);
    exchange(&pair, &pair.caller, &pair.callee);
    close_pair(&pair);
}

static char *replace(const char *text, const char *pattern, const char *with)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    return g_regex_replace(regex, text, -1, 0, with, 0, NULL);
}

static char *origin_of(const char *sdp)
{
    g_autoptr(GRegex) regex = g_regex_new("o=- (\\d+) (\\d+) ", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_assert_true(g_regex_match(regex, sdp, 0, &match));
    return g_match_info_fetch(match, 1);
}

/* The callee speaks VP8 alone: nothing else is answered when it restarts (RFC 3264, 6.1), and it stays one session (8).
 */
static void answers_what_was_offered(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_VP8);
    g_autofree char *error = NULL, *offer = peer_offer(pair.caller.peer),
                    *vp8 = replace(offer, "H264/90000", "X264/90000");
    g_autofree char *answer = peer_answer(pair.callee.peer, vp8, &error);
    g_assert_null(strstr(answer, "H264"));
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    g_autofree char *again = peer_restart(pair.callee.peer),
                    *answer_again = peer_answer(pair.caller.peer, again, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(strstr(answer_again, "VP8/90000"));
    g_assert_null(strstr(answer_again, "H264"));
    g_assert_true(peer_set_answer(pair.callee.peer, answer_again, &error));
    wait_until(&pair, pair.caller.restarts && pair.callee.restarts);
    g_autofree char *callers = origin_of(offer), *callees = origin_of(answer), *callees_again = origin_of(again),
                    *callers_again = origin_of(answer_again);
    g_assert_cmpstr(callers, ==, callers_again);
    g_assert_cmpstr(callees, ==, callees_again);
    g_assert_cmpstr(callers, !=, callees);
    g_autofree char *second = g_strdup_printf("o=- %s 1 ", callers);
    g_assert_nonnull(strstr(answer_again, second));
    close_pair(&pair);
}

static void glare(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    g_autofree char *callers = peer_restart(pair.caller.peer), *callees = peer_restart(pair.callee.peer);
    g_autofree char *error = NULL;
    g_assert_null(peer_answer(pair.caller.peer, callees, &error));
    g_assert_nonnull(error);
    g_clear_pointer(&error, g_free);
    g_autofree char *answer = peer_answer(pair.callee.peer, callers, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, pair.caller.restarts && pair.callee.restarts);
    exchange(&pair, &pair.caller, &pair.callee);
    close_pair(&pair);
}

static void assert_refused(struct agent *agent, const char *offer)
{
    g_autofree char *error = NULL;
    g_assert_null(peer_answer(agent->peer, offer, &error));
    g_assert_nonnull(error);
}

/* Nothing that comes as a restart can hurt the connection that there is. */
static void refuses_what_is_none(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    g_autofree char *offer = peer_restart(pair.caller.peer);
    g_autofree char *stranger = replace(offer, "sha-256 ..", "sha-256 00");
    g_autofree char *nobody = replace(offer, "a=ice-pwd[^\\n]*\\n", "");
    assert_refused(&pair.callee, stranger);
    assert_refused(&pair.callee, nobody);
    assert_refused(&pair.callee, "v=0\r\n");
    assert_refused(&pair.callee, "nonsense");
    exchange(&pair, &pair.caller, &pair.callee);
    g_autofree char *error = NULL;
    g_assert_false(peer_set_answer(pair.caller.peer, stranger, &error));
    g_clear_pointer(&error, g_free);
    g_assert_false(peer_set_answer(pair.callee.peer, offer, &error)); /* it has offered nothing */
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, NULL);
    g_assert_nonnull(answer);
    assert_refused(&pair.callee, offer); /* twice */
    g_clear_pointer(&error, g_free);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, pair.caller.restarts && pair.callee.restarts);
    close_pair(&pair);
}

static void may_be_destroyed_meanwhile(void)
{
    for (int step = 0; step < 4; step++) {
        struct pair pair;
        open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
        g_assert_null(peer_restart(pair.caller.peer)); /* not connected yet */
        g_autofree char *early = peer_offer(pair.caller.peer);
        assert_refused(&pair.caller, early); /* its own offer waits for its answer */
        connect_pair(&pair);
        g_autofree char *offer = peer_restart(pair.caller.peer);
        g_autofree char *answer = step > 0 ? peer_answer(pair.callee.peer, offer, NULL) : NULL;
        if (step > 1)
            peer_set_answer(pair.caller.peer, answer, NULL);
        run_for(&pair, step > 2 ? 20000 : 1000);
        close_pair(&pair);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-restart/media", media_go_on);
    g_test_add_func("/peer-restart/anew", begins_anew);
    g_test_add_func("/peer-restart/answer", answers_what_was_offered);
    g_test_add_func("/peer-restart/glare", glare);
    g_test_add_func("/peer-restart/refuses", refuses_what_is_none);
    g_test_add_func("/peer-restart/destroyed", may_be_destroyed_meanwhile);
    return g_test_run();
}
