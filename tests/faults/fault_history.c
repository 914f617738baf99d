/* The history of calls while SQLite, the disk and memory fail, each call once: what was kept stays, a call that is not
 * kept is told of, and the program that is started anew has it all again. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/kiosk/history.h"
#include "each_fault.h"

enum { CALLS = 3, KEPT_MAX = 12, LATER_US = 60 * G_USEC_PER_SEC };

struct shelf {
    char *folder, *path;
    int kept; /* rows that are in the file for sure */
};

static void call(struct history *history, int number)
{
    g_autofree char *id = g_strdup_printf("call %d", number);
    struct call_notice notice = { .role = CALL_ROLE_CALLEE, .call_id = id, .remote = "anna", .name = "" };
    notice.previous = CALL_PREPARED;
    notice.state = CALL_CALLING;
    history_call(history, &notice);
    notice.previous = CALL_CALLING;
    notice.state = CALL_PREPARED;
    notice.reason = CALL_REASON_REMOTE_CANCELLED;
    history_call(history, &notice);
}

static guint rows(struct history *history)
{
    g_autoptr(GPtrArray) all = history_list(history, HISTORY_ROWS, false);
    return all->len;
}

/* As the next start of the program finds it. */
static int rows_in_file(const char *path, int *missed)
{
    fail_hold();
    struct history *history = history_open(path);
    int n = (int)rows(history);
    *missed = history_missed(history);
    history_close(history);
    fail_release();
    return n;
}

static void empty(const char *folder)
{
    const char *name;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
}

/* Few rows, so that each run costs the same. */
static void begin_anew_at_times(struct shelf *shelf)
{
    if (shelf->kept < KEPT_MAX)
        return;
    fail_hold();
    empty(shelf->folder);
    shelf->kept = 0;
    fail_release();
}

static bool run(void *user_data)
{
    struct shelf *shelf = user_data;
    int missed;
    begin_anew_at_times(shelf);
    struct history *history = history_open(shelf->path);
    bool good = (int)rows(history) == shelf->kept;
    for (int i = 0; i < CALLS; i++)
        call(history, i);
    history_poll(history, g_get_monotonic_time() + LATER_US, true);
    good = good && history_missed(history) == CALLS && (int)rows(history) == shelf->kept + CALLS;
    history_mark_seen(history);
    history_close(history);
    int now = rows_in_file(shelf->path, &missed);
    g_assert_cmpint(now, >=, shelf->kept);
    g_assert_cmpint(now, <=, shelf->kept + CALLS);
    good = good && now == shelf->kept + CALLS && !missed;
    shelf->kept = now;
    if (!good && missed) { /* whom the fault had it forget */
        struct history *again = history_open(shelf->path);
        history_mark_seen(again);
        history_close(again);
    }
    return good;
}

static void each_call_fails(gconstpointer data)
{
    const struct fault_kind *kind = data;
    struct shelf shelf = { .folder = g_dir_make_tmp("faults-XXXXXX", NULL) };
    shelf.path = g_build_filename(shelf.folder, "calls.sqlite", NULL);
    fault_each(&(struct fault_scenario){ run, &shelf }, kind, 5);
    empty(shelf.folder);
    g_rmdir(shelf.folder);
    g_free(shelf.path);
    g_free(shelf.folder);
}

int main(int argc, char **argv)
{
    static const struct fault_kind kinds[] = {
        { "/faults/history/open", FAIL_OPEN, FAIL_ERROR, false },
        { "/faults/history/open/interrupted", FAIL_OPEN, FAIL_INTERRUPTED, false },
        { "/faults/history/read", FAIL_READ, FAIL_ERROR, false },
        { "/faults/history/read/interrupted", FAIL_READ, FAIL_INTERRUPTED, false },
        { "/faults/history/write", FAIL_WRITE, FAIL_ERROR, false },
        { "/faults/history/write/interrupted", FAIL_WRITE, FAIL_INTERRUPTED, false },
        { "/faults/history/memory", FAIL_SQL_MEMORY, FAIL_ERROR, false },
    };
    fail_sql_prepare();
    return fault_main(argc, argv, kinds, G_N_ELEMENTS(kinds), each_call_fails);
}
