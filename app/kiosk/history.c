#include "app/kiosk/history.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "engine/text/address.h"
#include "platform/files/private_file.h"

enum {
    VERSION = 1,
    SAFE_AFTER_US = 3000000, /* an fsync may take 50 ms on a memory card: not while the live room comes back */
};

struct history {
    sqlite3 *db;
    sqlite3_stmt *insert;
    struct history_entry current; /* of the running call; no call id: none */
    bool has_names;               /* false: an old file that is only read */
    bool in_file, unsafe;         /* rows are written that a cut of power may take away */
    bool complained;              /* of that; said once until it has worked again */
    int64_t safe_at_us;
    int missed;
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, began_ms INTEGER NOT NULL, call_id TEXT NOT NULL, "
    "remote TEXT NOT NULL,"
    " outgoing INTEGER NOT NULL, video INTEGER NOT NULL, answered INTEGER NOT NULL, seen INTEGER NOT NULL, reason "
    "INTEGER NOT NULL,"
    " duration_ms INTEGER NOT NULL, name TEXT NOT NULL DEFAULT '');"
    "PRAGMA user_version = 1;";

/* In files of before; who wrote those writes and reads these, too. */
static const char add_names[] = "ALTER TABLE calls ADD COLUMN name TEXT NOT NULL DEFAULT ''";

/* What a cut of power or a full disk leaves of a page is zeros to SQLite: rows without a time, or with names of such,
 * which are no calls. The time is cast, since a damaged row may have a text there, which is more than any number. */
#define WHOLE_CALLS "calls WHERE CAST(began_ms AS INTEGER) > 0 AND instr(CAST(call_id || remote AS BLOB), x'00') = 0"

#define COLUMNS "began_ms, call_id, remote, outgoing, video, answered, seen, reason, duration_ms"

static const char insert[] = "INSERT INTO calls (" COLUMNS ", name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* ---- the file ---- */

static int execute(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* SQLite's error; `number` is set only where there is none. */
static int read_number(sqlite3 *db, const char *sql, int *number)
{
    sqlite3_stmt *statement = NULL;
    int error = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (error == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    int later = sqlite3_finalize(statement);
    return error == SQLITE_OK ? later : error;
}

static void close_file(struct history *history)
{
    sqlite3_finalize(history->insert);
    sqlite3_close(history->db); /* makes all of it safe */
    history->insert = NULL;
    history->db = NULL;
}

/* A table of that name with other columns is somebody else's, and as good as damaged; a disk that does not answer just
 * now, or another program that writes, says nothing of the file. */
static int look_at_table(struct history *history)
{
    int number = 0;
    int error = read_number(history->db, "SELECT count(*) FROM (SELECT " COLUMNS " FROM calls)", &number);
    if (error != SQLITE_OK)
        return error == SQLITE_ERROR ? SQLITE_CORRUPT : error;
    error = read_number(history->db, "SELECT count(*) FROM pragma_table_info('calls') WHERE name = 'name'", &number);
    history->has_names = error == SQLITE_OK && number > 0;
    return error;
}

static int prepare_insert(struct history *history)
{
    int error = look_at_table(history);
    if (error != SQLITE_OK || sqlite3_db_readonly(history->db, "main"))
        return error;
    if (!history->has_names)
        error = execute(history->db, add_names);
    if (error != SQLITE_OK)
        return error;
    history->has_names = true;
    error = sqlite3_prepare_v3(history->db, insert, -1, SQLITE_PREPARE_PERSISTENT, &history->insert, NULL);
    return error == SQLITE_ERROR ? SQLITE_CORRUPT : error;
}

static int open_file(struct history *history, const char *path, int flags)
{
    bool writes = !(flags & SQLITE_OPEN_READONLY);
    int error = sqlite3_open_v2(path, &history->db, flags, NULL);
    if (error == SQLITE_OK) /* to look is to change nothing, and tells all the same whether it is a database */
        error = execute(history->db,
                        writes ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" : "PRAGMA schema_version");
    int version = 0;
    if (error == SQLITE_OK)
        error = read_number(history->db, "PRAGMA user_version", &version);
    if (error == SQLITE_OK && version > VERSION)
        error = SQLITE_NOTADB; /* a later program's */
    if (error == SQLITE_OK && writes)
        error = execute(history->db, schema);
    if (error == SQLITE_OK)
        error = prepare_insert(history);
    if (error != SQLITE_OK)
        close_file(history);
    return error;
}

/* What SQLite has written beside it belongs to it. */
static bool put_aside(const char *path)
{
    static const char *const parts[] = { "", "-wal", "-shm" };
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    bool good = true;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *from = g_strconcat(path, parts[i], NULL),
                        *to = g_strconcat(path, ".", time, ".damaged", parts[i], NULL);
        if (g_rename(from, to) && !*parts[i])
            good = false;
    }
    g_warning("the call history %s cannot be read%s", path,
              good ? "; it was put aside beside it, and a new one begins" : "");
    return good;
}

/* Who called whom is nobody else's business, and SQLite would create it for all to read. */
static void make_private(const char *path)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL), *shared = g_strconcat(path, "-shm", NULL);
    private_file_create(path);
    private_file_close_to_others(path);
    private_file_close_to_others(log);
    private_file_close_to_others(shared);
}

static bool is_damaged(int error)
{
    return error == SQLITE_NOTADB || error == SQLITE_CORRUPT;
}

static bool open_or_begin(struct history *history, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    make_private(path);
    int error = open_file(history, path, flags);
    if (is_damaged(error)) /* a disk that fails to read once (EIO) looks like that to SQLite, too */
        error = open_file(history, path, flags);
    if (is_damaged(error) && put_aside(path)) {
        make_private(path);
        error = open_file(history, path, flags);
    }
    if (error != SQLITE_OK)
        g_warning("the call history %s cannot be written (%s): it lasts as long as the program", path,
                  sqlite3_errstr(error));
    return error == SQLITE_OK;
}

char *history_path(void)
{
    const char *service = g_getenv("STATE_DIRECTORY");
    if (service)
        return g_build_filename(service, "history.sqlite", NULL);
    return g_build_filename(g_get_user_state_dir(), "callapi", "history.sqlite", NULL);
}

/* What is in the file cannot be read, or changed, just now. */
static bool complain(const struct history *history, const char *what, int error)
{
    if (error == SQLITE_OK)
        return false;
    g_warning("the call history%s%s %s (%s)", history->in_file ? " " : "",
              history->in_file ? sqlite3_db_filename(history->db, "main") : "", what, sqlite3_errstr(error));
    return true;
}

static void count_missed(struct history *history)
{
    complain(history, "does not tell who called meanwhile",
             read_number(history->db,
                         "SELECT count(*) FROM " WHOLE_CALLS " AND NOT outgoing AND NOT answered AND NOT seen",
                         &history->missed));
}

struct history *history_open(const char *path)
{
    struct history *history = g_new0(struct history, 1);
    history->in_file = path && open_or_begin(history, path);
    if (!history->in_file && open_file(history, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) != SQLITE_OK)
        g_error("SQLite has no memory");
    count_missed(history);
    return history;
}

struct history *history_open_read_only(const char *path, char **error)
{
    struct history *history = g_new0(struct history, 1);
    int failure = open_file(history, path, SQLITE_OPEN_READONLY);
    if (failure == SQLITE_OK)
        return history;
    *error = g_strdup_printf("the call history %s cannot be read: %s", path, sqlite3_errstr(failure));
    g_free(history);
    return NULL;
}

void history_close(struct history *history)
{
    if (!history)
        return;
    close_file(history);
    g_free(history);
}

/* ---- calls ---- */

static void bind(sqlite3_stmt *statement, const struct history_entry *entry)
{
    const int64_t numbers[] = { entry->began_ms, entry->outgoing, entry->video,      entry->answered,
                                entry->seen,     entry->reason,   entry->duration_ms };
    static const int columns[] = { 1, 4, 5, 6, 7, 8, 9 };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sqlite3_bind_int64(statement, columns[i], numbers[i]);
    sqlite3_bind_text(statement, 2, entry->call_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, entry->remote, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 10, entry->name, -1, SQLITE_STATIC);
}

static void store(struct history *history, const struct history_entry *entry)
{
    g_autofree char *prune = g_strdup_printf("DELETE FROM calls WHERE id <= (SELECT max(id) FROM calls) - %d",
                                             HISTORY_ROWS);
    bind(history->insert, entry);
    bool good = sqlite3_step(history->insert) == SQLITE_DONE;
    sqlite3_reset(history->insert);
    if (!good || execute(history->db, prune) != SQLITE_OK)
        g_warning("a call is missing in the history: %s", sqlite3_errmsg(history->db));
    history->missed += good && history_is_missed(entry) && !entry->seen;
    history->unsafe = true;
    history->safe_at_us = g_get_monotonic_time() + SAFE_AFTER_US;
}

static struct history_entry begin(const struct call_notice *notice, bool outgoing)
{
    struct history_entry entry = {
        .began_ms = g_get_real_time() / 1000, .outgoing = outgoing, .video = notice->video, .reason = notice->reason
    };
    g_strlcpy(entry.call_id, notice->call_id, HISTORY_NAME);
    g_autofree char *user = address_user(notice->remote);
    g_strlcpy(entry.remote, user, HISTORY_NAME);
    g_strlcpy(entry.name, notice->name, HISTORY_NAME);
    return entry;
}

void history_call(struct history *history, const struct call_notice *notice)
{
    struct history_entry *current = &history->current;
    if (notice->event == CALL_EVENT_CALL_REFUSED_BUSY) { /* beside the call there is */
        struct history_entry refused = begin(notice, false);
        refused.reason = CALL_REASON_LOCAL_BUSY;
        store(history, &refused);
        return;
    }
    if (notice->state == CALL_CALLING && notice->previous <= CALL_PREPARED)
        *current = begin(notice, notice->role == CALL_ROLE_CALLER);
    if (!current->call_id[0])
        return;
    current->answered |= notice->state == CALL_CONNECTING || notice->state == CALL_CONNECTED;
    if (notice->previous < CALL_CALLING || notice->previous > CALL_CONNECTED ||
        (notice->state != CALL_PREPARED && notice->state != CALL_FAILED))
        return;
    if (*notice->name) /* it was told after the beginning */
        g_strlcpy(current->name, notice->name, HISTORY_NAME);
    current->reason = notice->reason;
    current->duration_ms = notice->duration_ms;
    current->seen = current->reason == CALL_REASON_LOCAL_REJECTED || current->reason == CALL_REASON_ACCEPTED_ELSEWHERE;
    store(history, current);
    *current = (struct history_entry){ 0 };
}

void history_poll(struct history *history, int64_t now_us, bool idle)
{
    if (!history->unsafe || !idle || now_us < history->safe_at_us)
        return;
    int error = SQLITE_OK;
    if (history->in_file)
        error = sqlite3_wal_checkpoint_v2(history->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    history->unsafe = error != SQLITE_OK;
    history->safe_at_us = now_us + SAFE_AFTER_US;
    if (!history->unsafe)
        history->complained = false;
    else if (!history->complained)
        history->complained = complain(history, "is not safe from a cut of power yet", error);
}

/* ---- looking ---- */

bool history_is_missed(const struct history_entry *entry)
{
    return !entry->outgoing && !entry->answered;
}

int history_missed(const struct history *history)
{
    return history->missed;
}

void history_mark_seen(struct history *history)
{
    if (history->missed)
        complain(history, "will tell of calls again that have been looked at",
                 execute(history->db, "UPDATE calls SET seen = 1 WHERE NOT seen"));
    history->missed = 0;
}

static void copy_text(char *to, sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    g_autofree char *valid = g_utf8_make_valid(text ? (const char *)text : "", -1);
    g_strlcpy(to, valid, HISTORY_NAME);
}

static struct history_entry *read_entry(sqlite3_stmt *statement)
{
    struct history_entry *entry = g_new0(struct history_entry, 1);
    entry->began_ms = sqlite3_column_int64(statement, 0);
    copy_text(entry->call_id, statement, 1);
    copy_text(entry->remote, statement, 2);
    entry->outgoing = sqlite3_column_int(statement, 3);
    entry->video = sqlite3_column_int(statement, 4);
    entry->answered = sqlite3_column_int(statement, 5);
    entry->seen = sqlite3_column_int(statement, 6);
    int reason = sqlite3_column_int(statement, 7);
    entry->reason = reason >= 0 && reason <= CALL_REASON_REMOTE_GONE ? (enum call_reason)reason : CALL_REASON_NONE;
    entry->duration_ms = sqlite3_column_int64(statement, 8);
    copy_text(entry->name, statement, 9);
    return entry;
}

GPtrArray *history_list(struct history *history, int limit, bool missed)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *statement = NULL;
    g_autofree char *select = g_strdup_printf(
        "SELECT " COLUMNS ", %s FROM " WHOLE_CALLS " %s ORDER BY id DESC LIMIT %d", history->has_names ? "name" : "''",
        missed ? "AND NOT outgoing AND NOT answered" : "", limit);
    int error = sqlite3_prepare_v2(history->db, select, -1, &statement, NULL);
    if (error == SQLITE_OK)
        while (sqlite3_step(statement) == SQLITE_ROW)
            g_ptr_array_add(entries, read_entry(statement));
    int later = sqlite3_finalize(statement);
    complain(history, "cannot be read to its end", error == SQLITE_OK ? later : error);
    return entries;
}
