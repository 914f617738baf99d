/* When a silent connection is restarted, made anew, or given up. */
#include "app/session/path.h"

#include <string.h>

enum { MS = 1000, S = 1000000 };

struct run {
    struct session_path path;
    int64_t now_us;
    uint64_t received, reports;
    GString *log; /* s silent, b back, r restart, a anew, l lost */
    bool first;
};

static struct run *run_new(bool first)
{
    struct run *run = g_new0(struct run, 1);
    run->first = first;
    run->now_us = 10 * S;
    run->log = g_string_new(NULL);
    session_path_init(&run->path, run->now_us);
    return run;
}

static void run_free(struct run *run)
{
    g_string_free(run->log, TRUE);
    g_free(run);
}

/* `packets` arrive in each check. */
static void pass(struct run *run, int64_t us, int packets)
{
    for (int64_t end_us = run->now_us + us; run->now_us < end_us; run->now_us += SESSION_PATH_CHECK_US) {
        enum session_path_news news;
        run->received += (uint64_t)packets;
        while ((news = session_path_check(&run->path, run->received, run->reports, run->first, run->now_us)) !=
               SESSION_PATH_NOTHING) {
            g_string_append_c(run->log, "-sbral"[news]);
            if (news == SESSION_PATH_LOST)
                return;
        }
    }
}

static void assert_log(struct run *run, const char *expected)
{
    g_assert_cmpstr(run->log->str, ==, expected);
    g_string_truncate(run->log, 0);
}

static void silence_of_media(void)
{
    struct run *run = run_new(true);
    pass(run, 2 * S, 8);
    pass(run, 500 * MS, 0);
    assert_log(run, "");
    pass(run, 300 * MS, 0);
    assert_log(run, "s");
    pass(run, S, 0);
    assert_log(run, "r");
    pass(run, 2 * S, 0);
    assert_log(run, "r");
    pass(run, S, 8);
    assert_log(run, "b");
    pass(run, 1700 * MS, 0);
    assert_log(run, "sr");
    run_free(run);
}

/* Nothing to be done about it: it was over before a restart could have helped. */
static void a_short_gap(void)
{
    struct run *run = run_new(true);
    for (int i = 0; i < 5; i++) {
        pass(run, 2 * S, 8);
        pass(run, 1400 * MS, 0);
    }
    pass(run, S, 8);
    assert_log(run, "sbsbsbsbsb");
    run_free(run);
}

/* Half of the reports of an otherwise quiet connection are lost. */
static void lost_reports(void)
{
    struct run *run = run_new(true);
    for (int i = 0; i < 10; i++) {
        run->reports++;
        pass(run, 3500 * MS, 0);
    }
    assert_log(run, "");
    run_free(run);
}

/* A viewer who sends nothing reports on what she gets, 20 times a second; in another's private call she gets nothing.
 */
static void many_reports_are_no_media(void)
{
    struct run *run = run_new(true);
    for (int i = 0; i < 20; i++) {
        run->reports += 2;
        pass(run, 100 * MS, 0);
    }
    pass(run, 4500 * MS, 0);
    assert_log(run, "");
    pass(run, 700 * MS, 0);
    assert_log(run, "sr");
    run_free(run);
}

/* A paused connection only has reports. */
static void silence_of_reports(void)
{
    struct run *run = run_new(true);
    for (int i = 0; i < 10; i++) {
        pass(run, 100 * MS, 2);
        pass(run, 1400 * MS, 0);
    }
    assert_log(run, "");
    pass(run, 5 * S, 0);
    assert_log(run, "sr");
    run_free(run);
}

static void the_other_side_waits(void)
{
    struct run *run = run_new(false);
    pass(run, 2 * S, 8);
    pass(run, 1800 * MS, 0);
    assert_log(run, "s");
    pass(run, 500 * MS, 0);
    assert_log(run, "r");
    run_free(run);
}

static void made_anew_where_restarts_do_not_help(void)
{
    struct run *run = run_new(true);
    pass(run, 2 * S, 8);
    pass(run, 2 * S, 0);
    session_path_found(&run->path);
    pass(run, 2 * S, 0);
    session_path_found(&run->path);
    pass(run, 2 * S, 0);
    assert_log(run, "srra");
    run_free(run);
}

static void lost_at_last(void)
{
    struct run *run = run_new(true);
    pass(run, 2 * S, 8);
    pass(run, 29 * S, 0);
    g_assert_null(strchr(run->log->str, 'l'));
    g_assert_null(strchr(run->log->str, 'a')); /* no way was found */
    pass(run, 2 * S, 0);
    g_assert_true(g_str_has_suffix(run->log->str, "l"));
    run_free(run);
}

static void another_network(void)
{
    struct run *run = run_new(false);
    pass(run, 2 * S, 8);
    session_path_changed(&run->path, run->now_us);
    pass(run, S, 8);
    assert_log(run, "r");
    pass(run, S, 0);
    g_string_truncate(run->log, 0);
    session_path_retry(&run->path, run->now_us);
    pass(run, 100 * MS, 0);
    assert_log(run, "r");
    run_free(run);
}

/* At once, but not while one is on its way. */
static void the_other_side_asks(void)
{
    struct run *run = run_new(true);
    pass(run, 2 * S, 8);
    session_path_asked(&run->path, run->now_us);
    session_path_asked(&run->path, run->now_us);
    pass(run, 300 * MS, 8);
    session_path_asked(&run->path, run->now_us);
    pass(run, 300 * MS, 8);
    assert_log(run, "r");
    pass(run, S, 8);
    session_path_asked(&run->path, run->now_us);
    pass(run, 300 * MS, 8);
    assert_log(run, "r");
    run_free(run);
}

static void the_network_changed_before_there_was_a_connection(void)
{
    struct run *run = run_new(true);
    for (int i = 0; i < 20; i++)
        g_assert_cmpint(session_path_check_connecting(&run->path, run->now_us + i * S), ==, SESSION_PATH_NOTHING);
    session_path_changed(&run->path, run->now_us);
    g_assert_cmpint(session_path_check_connecting(&run->path, run->now_us + 400 * MS), ==, SESSION_PATH_NOTHING);
    g_assert_cmpint(session_path_check_connecting(&run->path, run->now_us + 500 * MS), ==, SESSION_PATH_ANEW);
    g_assert_cmpint(session_path_check_connecting(&run->path, run->now_us + 600 * MS), ==, SESSION_PATH_NOTHING);
    run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session-path/short-gap", a_short_gap);
    g_test_add_func("/session-path/lost-reports", lost_reports);
    g_test_add_func("/session-path/media", silence_of_media);
    g_test_add_func("/session-path/reports", silence_of_reports);
    g_test_add_func("/session-path/many-reports", many_reports_are_no_media);
    g_test_add_func("/session-path/second", the_other_side_waits);
    g_test_add_func("/session-path/anew", made_anew_where_restarts_do_not_help);
    g_test_add_func("/session-path/lost", lost_at_last);
    g_test_add_func("/session-path/network", another_network);
    g_test_add_func("/session-path/asked", the_other_side_asks);
    g_test_add_func("/session-path/connecting", the_network_changed_before_there_was_a_connection);
    return g_test_run();
}
