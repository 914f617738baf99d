/* The file of calls there were, damaged in any way: it is read or put aside, and a call finds its place. */
#include "app/kiosk/history.h"
#include "fuzz.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Of memory, of its own for each process. */
static void empty(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
}

static void look(struct history *history)
{
    GPtrArray *entries = history_list(history, 20, false);
    for (guint i = 0; i < entries->len; i++) {
        const struct history_entry *entry = g_ptr_array_index(entries, i);
        g_assert_cmpint(entry->began_ms, >, 0);
        history_is_missed(entry);
    }
    g_ptr_array_unref(entries);
    g_ptr_array_unref(history_list(history, 20, true));
    history_missed(history);
    history_mark_seen(history);
}

static void call(struct history *history)
{
    struct call_notice notice = { .state = CALL_CALLING,
                                  .role = CALL_ROLE_CALLEE,
                                  .call_id = "11111111-2222-4333-8444-555555555555",
                                  .remote = "bob/1",
                                  .name = "Bob" };
    history_call(history, &notice);
    notice.previous = CALL_CALLING;
    notice.state = CALL_PREPARED;
    history_call(history, &notice);
    history_poll(history, g_get_monotonic_time() + 10 * G_USEC_PER_SEC, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *folder = g_strdup_printf("/dev/shm/callapi-fuzz-%d", (int)getpid());
    g_autofree char *path = g_build_filename(folder, "calls.sqlite", NULL), *error = NULL;
    g_mkdir(folder, 0700);
    g_assert_true(
        g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    struct history *history = history_open_read_only(path, &error);
    if (history)
        look(history);
    history_close(history);
    history = history_open(path);
    look(history);
    call(history);
    look(history);
    history_close(history);
    empty(folder);
    g_rmdir(folder);
    return 0;
}
