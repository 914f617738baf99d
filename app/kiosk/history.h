/* The calls there were, kept in a small SQLite file: who, when, how they ended. Never in a call's way: a row is in the
 * file as soon as the call has ended (the program may be killed), and safe from a cut of power some seconds later, when
 * nobody calls. A file that cannot be read is put aside, where none can be written the history lasts as long as the
 * program. */
#ifndef CALLAPI_APP_KIOSK_HISTORY_H
#define CALLAPI_APP_KIOSK_HISTORY_H

#include <glib.h>
#include <stdint.h>

#include "engine/call/call.h"

struct history;

enum { HISTORY_NAME = 257, HISTORY_ROWS = 10000 }; /* older ones go */

struct history_entry {
    int64_t began_ms;                                 /* since 1970 */
    char call_id[HISTORY_NAME], remote[HISTORY_NAME]; /* remote: user id */
    char name[HISTORY_NAME];                          /* what that was called then, "" where it was not known */
    bool outgoing, video, answered, seen;
    enum call_reason reason; /* how it ended */
    int64_t duration_ms;     /* of the connected time; 0: it never was */
};

/* The custom place: STATE_DIRECTORY (systemd's), else XDG_STATE_HOME/callapi; g_free it. */
char *history_path(void);
/* Never NULL; what is wrong with the file is said on the log. `path` NULL: in memory. */
struct history *history_open(const char *path);
/* For looking only; NULL, with words in `error` (g_free it), where there is no such file. */
struct history *history_open_read_only(const char *path, char **error);
void history_close(struct history *history); /* takes NULL */

/* A call changed: as call_ops has it. */
void history_call(struct history *history, const struct call_notice *notice);
/* Once a tick. `idle`: no call is running. */
void history_poll(struct history *history, int64_t now_us, bool idle);

/* Calls that came in, were not answered, and have not been looked at since. */
int history_missed(const struct history *history);
void history_mark_seen(struct history *history);
/* struct history_entry, owned, the newest first; `missed`: only such. */
GPtrArray *history_list(struct history *history, int limit, bool missed);
/* A call that came in and was not taken: by nobody's fault, or because it was declined elsewhere. */
bool history_is_missed(const struct history_entry *entry);

#endif
