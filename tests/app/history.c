/* The calls there were: what is kept of each, across restarts, cuts and damaged files. */
#include "app/kiosk/history.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

struct shelf {
    char *folder, *path;
    struct history *history;
};

static void set_up(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    shelf->folder = g_dir_make_tmp("history-XXXXXX", NULL);
    shelf->path = g_build_filename(shelf->folder, "deep", "calls.sqlite", NULL);
    shelf->history = history_open(shelf->path);
}

static void remove_all(const char *folder)
{
    const char *name;
    GDir *dir = g_dir_open(folder, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_all(path);
        g_remove(path);
    }
    if (dir)
        g_dir_close(dir);
}

static void tear_down(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    history_close(shelf->history);
    remove_all(shelf->folder);
    g_rmdir(shelf->folder);
    g_free(shelf->path);
    g_free(shelf->folder);
}

static void reopen(struct shelf *shelf)
{
    history_close(shelf->history);
    shelf->history = history_open(shelf->path);
}

static void notice(struct shelf *shelf, enum call_state previous, enum call_state state, struct call_notice rest)
{
    rest.previous = previous;
    rest.name = rest.name ? rest.name : "";
    rest.state = state;
    history_call(shelf->history, &rest);
}

/* A whole call, connected for so long; 0: not answered. */
static void call(struct shelf *shelf, enum call_role role, const char *id, const char *remote, enum call_reason reason,
                 int ms)
{
    struct call_notice about = { .role = role, .call_id = id, .remote = remote, .video = true };
    notice(shelf, CALL_PREPARED, CALL_CALLING, about);
    if (ms) {
        notice(shelf, CALL_CALLING, CALL_CONNECTING, about);
        notice(shelf, CALL_CONNECTING, CALL_CONNECTED, about);
    }
    about.reason = reason;
    about.duration_ms = ms;
    notice(shelf, ms ? CALL_CONNECTED : CALL_CALLING, CALL_PREPARED, about);
}

static const struct history_entry *entry(const GPtrArray *entries, guint i)
{
    g_assert_cmpuint(i, <, entries->len);
    return entries->pdata[i];
}

static void test_kept(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    int64_t before_ms = g_get_real_time() / 1000;
    call(shelf, CALL_ROLE_CALLER, "1", "anna/3f2a", CALL_REASON_LOCAL_HANGUP, 61500);
    call(shelf, CALL_ROLE_CALLEE, "2", "bert/1", CALL_REASON_REMOTE_CANCELLED, 0);
    call(shelf, CALL_ROLE_CALLEE, "3", "chen", CALL_REASON_REMOTE_HANGUP, 10);
    call(shelf, CALL_ROLE_CALLEE, "4", "dora", CALL_REASON_LOCAL_REJECTED, 0);
    g_assert_cmpint(history_missed(shelf->history), ==, 1); /* what we declined ourselves is known */
    reopen(shelf);
    g_assert_cmpint(history_missed(shelf->history), ==, 1);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 10, false), missed = history_list(shelf->history, 10, true);
    g_assert_cmpuint(all->len, ==, 4);
    g_assert_cmpuint(missed->len, ==, 2);
    const struct history_entry *first = entry(all, 3);
    g_assert_cmpstr(first->remote, ==, "anna");
    g_assert_true(first->outgoing && first->answered && first->video);
    g_assert_cmpint(first->duration_ms, ==, 61500);
    g_assert_cmpint(first->reason, ==, CALL_REASON_LOCAL_HANGUP);
    g_assert_cmpint(first->began_ms, >=, before_ms);
    g_assert_false(entry(all, 2)->answered || entry(all, 2)->outgoing);
    history_mark_seen(shelf->history);
    reopen(shelf);
    g_assert_cmpint(history_missed(shelf->history), ==, 0);
}

/* A caller who found us busy is a missed call, and the running call is not touched by it. */
static void test_refused_meanwhile(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    struct call_notice about = { .role = CALL_ROLE_CALLER, .call_id = "1", .remote = "anna" };
    notice(shelf, CALL_PREPARED, CALL_CALLING, about);
    struct call_notice other = {
        .role = CALL_ROLE_CALLER, .event = CALL_EVENT_CALL_REFUSED_BUSY, .call_id = "2", .remote = "bert/7"
    };
    notice(shelf, CALL_CALLING, CALL_CALLING, other);
    about.reason = CALL_REASON_REMOTE_REJECTED;
    notice(shelf, CALL_CALLING, CALL_PREPARED, about);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 10, false);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmpstr(entry(all, 1)->remote, ==, "bert");
    g_assert_false(entry(all, 1)->outgoing);
    g_assert_cmpstr(entry(all, 0)->remote, ==, "anna");
    g_assert_cmpint(history_missed(shelf->history), ==, 1);
}

/* Killed, without a chance to close: the rows are there. */
static void test_killed(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    call(shelf, CALL_ROLE_CALLER, "1", "anna", CALL_REASON_LOCAL_HANGUP, 100);
    g_autofree char *copy = g_build_filename(shelf->folder, "copy.sqlite", NULL), *error = NULL;
    static const char *const parts[] = { "", "-wal" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) { /* what lies on the disk now */
        g_autofree char *from = g_strconcat(shelf->path, parts[i], NULL), *to = g_strconcat(copy, parts[i], NULL),
                        *bytes = NULL;
        size_t size;
        g_assert_true(g_file_get_contents(from, &bytes, &size, NULL));
        g_assert_true(g_file_set_contents(to, bytes, (gssize)size, NULL));
    }
    struct history *found = history_open(copy);
    g_autoptr(GPtrArray) all = history_list(found, 10, false);
    g_assert_cmpuint(all->len, ==, 1);
    history_close(found);
}

static int count_aside(const struct shelf *shelf)
{
    int aside = 0;
    g_autofree char *folder = g_path_get_dirname(shelf->path);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));)
        aside += g_str_has_suffix(name, ".damaged");
    g_dir_close(dir);
    return aside;
}

static void test_damaged(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    call(shelf, CALL_ROLE_CALLER, "1", "anna", CALL_REASON_LOCAL_HANGUP, 100);
    history_close(shelf->history);
    g_assert_true(g_file_set_contents(
        shelf->path, "this is no database, and never was one; it is long enough to be looked at", -1, NULL));
    g_test_expect_message("app", G_LOG_LEVEL_WARNING, "*put aside*");
    shelf->history = history_open(shelf->path);
    g_test_assert_expected_messages();
    call(shelf, CALL_ROLE_CALLER, "2", "bert", CALL_REASON_LOCAL_HANGUP, 100);
    reopen(shelf);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 10, false);
    g_assert_cmpuint(all->len, ==, 1);
    g_assert_cmpint(count_aside(shelf), ==, 1);
}

/* Cut within its last page, which SQLite takes for whole: what is left of the rows is told, and no call of 1970 from
 * nobody. */
static void test_truncated(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    enum { CALLS = 120 };
    for (int i = 0; i < CALLS; i++) {
        g_autofree char *id = g_strdup_printf("%036d", i);
        call(shelf, CALL_ROLE_CALLEE, id, "anna", CALL_REASON_LOCAL_HANGUP, 100);
    }
    history_close(shelf->history);
    GStatBuf about;
    g_assert_cmpint(g_stat(shelf->path, &about), ==, 0);
    g_assert_cmpint(truncate(shelf->path, about.st_size - 1000), ==, 0);
    shelf->history = history_open(shelf->path);
    g_autoptr(GPtrArray) all = history_list(shelf->history, CALLS, false),
                         missed = history_list(shelf->history, CALLS, true);
    g_assert_cmpuint(all->len, >, 0);
    g_assert_cmpuint(all->len, <, CALLS);
    for (guint i = 0; i < all->len; i++) {
        const struct history_entry *entry = all->pdata[i];
        g_assert_cmpint(entry->began_ms, >, 0);
        g_assert_cmpstr(entry->remote, ==, "anna");
    }
    g_assert_cmpint(history_missed(shelf->history), ==, (int)missed->len);
}

static void execute(const struct shelf *shelf, const char *sql)
{
    sqlite3 *db;
    g_assert_cmpint(sqlite3_open(shelf->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(db);
}

/* What they were called then, and a file of before names were kept: it is read, written, and read by who only looks. */
static void test_names(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    g_autofree char *error = NULL;
    sqlite3 *db;
    history_close(shelf->history);
    g_assert_cmpint(g_remove(shelf->path), ==, 0);
    g_assert_cmpint(sqlite3_open(shelf->path, &db), ==, SQLITE_OK);
    const char *old = "CREATE TABLE calls (id INTEGER PRIMARY KEY, began_ms INTEGER NOT NULL, call_id TEXT NOT NULL,"
                      " remote TEXT NOT NULL, outgoing INTEGER NOT NULL, video INTEGER NOT NULL,"
                      " answered INTEGER NOT NULL, seen INTEGER NOT NULL, reason INTEGER NOT NULL,"
                      " duration_ms INTEGER NOT NULL);"
                      "PRAGMA user_version = 1; INSERT INTO calls VALUES (1, 1000, 'a', 'anna', 0, 1, 1, 1, 0, 5000);";
    g_assert_cmpint(sqlite3_exec(db, old, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(db);
    shelf->history = history_open_read_only(shelf->path, &error);
    g_assert_nonnull(shelf->history);
    g_autoptr(GPtrArray) looked = history_list(shelf->history, 10, false);
    g_assert_cmpstr(entry(looked, 0)->remote, ==, "anna");
    g_assert_cmpstr(entry(looked, 0)->name, ==, "");
    reopen(shelf);
    struct call_notice bert = { .role = CALL_ROLE_CALLEE, .call_id = "b", .remote = "bert/1", .name = "Bert Öz" };
    notice(shelf, CALL_PREPARED, CALL_CALLING, bert);
    notice(shelf, CALL_CALLING, CALL_PREPARED, bert);
    struct call_notice carl = { .role = CALL_ROLE_CALLER, .call_id = "c", .remote = "carl" };
    notice(shelf, CALL_PREPARED, CALL_CALLING, carl);
    carl.name = "Carl"; /* known once it rings there */
    notice(shelf, CALL_CALLING, CALL_PREPARED, carl);
    reopen(shelf);
    g_autoptr(GPtrArray) kept = history_list(shelf->history, 10, false);
    g_assert_cmpuint(kept->len, ==, 3);
    g_assert_cmpstr(entry(kept, 0)->name, ==, "Carl");
    g_assert_cmpstr(entry(kept, 1)->name, ==, "Bert Öz");
    g_assert_cmpstr(entry(kept, 1)->remote, ==, "bert");
    g_assert_cmpstr(entry(kept, 2)->name, ==, "");
}

/* A database of somebody else's, with calls of another kind. */
static void test_foreign(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    history_close(shelf->history);
    g_unlink(shelf->path);
    execute(shelf, "CREATE TABLE calls (id INTEGER PRIMARY KEY, number TEXT)");
    g_autofree char *error = NULL;
    g_assert_null(history_open_read_only(shelf->path, &error));
    g_assert_nonnull(strstr(error, "cannot be read"));
    g_test_expect_message("app", G_LOG_LEVEL_WARNING, "*put aside*");
    shelf->history = history_open(shelf->path);
    g_test_assert_expected_messages();
    call(shelf, CALL_ROLE_CALLER, "1", "anna", CALL_REASON_LOCAL_HANGUP, 100);
    reopen(shelf);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 10, false);
    g_assert_cmpuint(all->len, ==, 1);
    g_assert_cmpint(count_aside(shelf), ==, 1);
}

/* One that a copy or another tool left without a write-ahead log, on a disk that is not to be written to. */
static void test_read_only(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    call(shelf, CALL_ROLE_CALLER, "1", "anna", CALL_REASON_LOCAL_HANGUP, 100);
    history_close(shelf->history);
    shelf->history = NULL;
    execute(shelf, "PRAGMA journal_mode = DELETE");
    g_autofree char *error = NULL, *before = NULL, *after = NULL;
    size_t size, size_after;
    g_assert_true(g_file_get_contents(shelf->path, &before, &size, NULL));
    struct history *found = history_open_read_only(shelf->path, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_autoptr(GPtrArray) all = history_list(found, 10, false);
    g_assert_cmpuint(all->len, ==, 1);
    history_close(found);
    g_assert_true(g_file_get_contents(shelf->path, &after, &size_after, NULL));
    g_assert_cmpmem(before, size, after, size_after);
}

static unsigned mode_of(const struct shelf *shelf, const char *part)
{
    g_autofree char *path = g_strconcat(shelf->path, part, NULL);
    GStatBuf about;
    g_assert_cmpint(g_stat(path, &about), ==, 0);
    return about.st_mode & 0777;
}

/* Nobody else reads who called whom: also where a program of before let them. */
static void test_private(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    call(shelf, CALL_ROLE_CALLER, "1", "bert", CALL_REASON_LOCAL_HANGUP, 10);
    g_assert_cmphex(mode_of(shelf, ""), ==, 0600);
    g_assert_cmphex(mode_of(shelf, "-wal"), ==, 0600);
    history_close(shelf->history);
    g_assert_cmpint(g_chmod(shelf->path, 0644), ==, 0);
    shelf->history = history_open(shelf->path);
    g_assert_cmphex(mode_of(shelf, ""), ==, 0600);
    history_close(shelf->history);
    g_remove(shelf->path);
    g_assert_cmpint(g_mkdir(shelf->path, 0755), ==, 0); /* that is no history, and stays as it is */
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    shelf->history = history_open(shelf->path);
    g_log_set_always_fatal(fatal);
    g_assert_cmphex(mode_of(shelf, ""), ==, 0755);
}

static void test_nowhere_to_write(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    history_close(shelf->history);
    g_test_expect_message("app", G_LOG_LEVEL_WARNING, "*as long as the program*");
    g_autofree char *below_a_file = g_build_filename(shelf->path, "calls.sqlite", NULL);
    shelf->history = history_open(below_a_file);
    g_test_assert_expected_messages();
    call(shelf, CALL_ROLE_CALLEE, "1", "anna", CALL_REASON_CALLING_TIMEOUT, 0);
    g_assert_cmpint(history_missed(shelf->history), ==, 1);
}

static void test_bounded(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    history_close(shelf->history);
    shelf->history = history_open(NULL);
    for (int i = 0; i < HISTORY_ROWS + 20; i++)
        call(shelf, CALL_ROLE_CALLER, "x", "anna", CALL_REASON_LOCAL_HANGUP, 1);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 2 * HISTORY_ROWS, false);
    g_assert_cmpuint(all->len, ==, HISTORY_ROWS);
}

static void test_hostile_names(struct shelf *shelf, gconstpointer data)
{
    (void)data;
    static const char *const names[] = { "'); DROP TABLE calls; --", "a\"b", "=cmd()", "\xff\xfe", "line\nbreak", "" };
    g_autofree char *longest = g_strnfill(5000, 'x');
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        call(shelf, CALL_ROLE_CALLEE, "id", names[i], CALL_REASON_REMOTE_CANCELLED, 0);
    call(shelf, CALL_ROLE_CALLEE, "id", longest, CALL_REASON_REMOTE_CANCELLED, 0);
    reopen(shelf);
    g_autoptr(GPtrArray) all = history_list(shelf->history, 100, false);
    g_assert_cmpuint(all->len, ==, G_N_ELEMENTS(names) + 1);
    g_assert_cmpstr(entry(all, 6)->remote, ==, names[0]);
    for (guint i = 0; i < all->len; i++)
        g_assert_true(g_utf8_validate(entry(all, i)->remote, -1, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/history/kept", struct shelf, NULL, set_up, test_kept, tear_down);
    g_test_add("/history/refused-meanwhile", struct shelf, NULL, set_up, test_refused_meanwhile, tear_down);
    g_test_add("/history/killed", struct shelf, NULL, set_up, test_killed, tear_down);
    g_test_add("/history/damaged", struct shelf, NULL, set_up, test_damaged, tear_down);
    g_test_add("/history/truncated", struct shelf, NULL, set_up, test_truncated, tear_down);
    g_test_add("/history/foreign", struct shelf, NULL, set_up, test_foreign, tear_down);
    g_test_add("/history/names", struct shelf, NULL, set_up, test_names, tear_down);
    g_test_add("/history/read-only", struct shelf, NULL, set_up, test_read_only, tear_down);
    g_test_add("/history/private", struct shelf, NULL, set_up, test_private, tear_down);
    g_test_add("/history/nowhere-to-write", struct shelf, NULL, set_up, test_nowhere_to_write, tear_down);
    g_test_add("/history/bounded", struct shelf, NULL, set_up, test_bounded, tear_down);
    g_test_add("/history/hostile-names", struct shelf, NULL, set_up, test_hostile_names, tear_down);
    return g_test_run();
}
