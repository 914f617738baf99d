/* --stats: one line of JSON for each second (statistics_json). */
#ifndef CALLAPI_APP_STATION_STATISTICS_FILE_H
#define CALLAPI_APP_STATION_STATISTICS_FILE_H

#include "engine/statistics/statistics.h"

struct statistics_file;

/* `path` "-": standard output. NULL with words for the user in `error` (g_free it) where it cannot be opened. */
struct statistics_file *statistics_file_open(const char *path, char **error);
void statistics_file_close(struct statistics_file *file); /* takes NULL */
/* Writes the last second if it was not written yet. A reader who is too slow misses whole lines: nothing here waits for
 * one. */
void statistics_file_poll(struct statistics_file *file, const struct statistics *statistics);

#endif
