#include "app/station/statistics_file.h"

#include <errno.h>
#include <glib.h>

#include "platform/files/outlet.h"

enum { MOST_WAITING = 65536 }; /* bytes: some ten seconds */

struct statistics_file {
    int descriptor;   /* -1: it failed */
    uint64_t written; /* of statistics_count */
    GString *waiting;
};

struct statistics_file *statistics_file_open(const char *path, char **error)
{
    int descriptor = outlet_open(path);
    if (descriptor < 0) {
        *error = g_strdup_printf("the statistics cannot be written to %s: %s", path, g_strerror(errno));
        return NULL;
    }
    struct statistics_file *file = g_new0(struct statistics_file, 1);
    file->descriptor = descriptor;
    file->waiting = g_string_new(NULL);
    return file;
}

static void give_up(struct statistics_file *file)
{
    outlet_close(file->descriptor);
    file->descriptor = -1;
    g_string_truncate(file->waiting, 0);
}

static void write_waiting(struct statistics_file *file)
{
    int n = 1;
    while (n > 0 && file->waiting->len) {
        n = outlet_write(file->descriptor, file->waiting->str, file->waiting->len);
        if (n > 0)
            g_string_erase(file->waiting, 0, n);
    }
    if (n < 0) {
        g_warning("the statistics end here, they cannot be written any more: %s", g_strerror(errno));
        give_up(file);
    }
}

void statistics_file_poll(struct statistics_file *file, const struct statistics *statistics)
{
    if (file->descriptor < 0)
        return;
    if (file->written != statistics_count(statistics) && file->waiting->len < MOST_WAITING) {
        cJSON *json = statistics_json(statistics);
        char *text = cJSON_PrintUnformatted(json);
        if (text) {
            g_string_append(file->waiting, text);
            g_string_append_c(file->waiting, '\n');
        }
        cJSON_free(text);
        cJSON_Delete(json);
    }
    file->written = statistics_count(statistics);
    write_waiting(file);
}

void statistics_file_close(struct statistics_file *file)
{
    if (!file)
        return;
    write_waiting(file);
    give_up(file);
    g_string_free(file->waiting, TRUE);
    g_free(file);
}
