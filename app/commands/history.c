/* history: the calls there were, for people and for programs. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "app/kiosk/history.h"

struct wish {
    int csv, json, missed, limit; /* the first three gboolean */
    char *file;
};

static char *time_of(const struct history_entry *entry, bool local)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(entry->began_ms / 1000);
    g_autoptr(GDateTime) here = utc && local ? g_date_time_to_local(utc) : NULL;
    return utc ? g_date_time_format(here ? here : utc, local ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%SZ")
               : g_strdup("");
}

static const char *direction(const struct history_entry *entry)
{
    return entry->outgoing ? "outgoing" : history_is_missed(entry) ? "missed" : "incoming";
}

/* RFC 4180; what a table would take for a formula begins with an apostrophe. */
static void print_field(const char *text, bool last)
{
    g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
    g_autofree char *doubled = g_strjoinv("\"\"", parts);
    bool formula = *text && strchr("=+-@\t\r", *text);
    printf("\"%s%s\"%s", formula ? "'" : "", doubled, last ? "\r\n" : ",");
}

static void print_csv(const GPtrArray *entries)
{
    printf("began,direction,user,media,ended,seconds,call,name\r\n");
    for (guint i = 0; i < entries->len; i++) {
        const struct history_entry *entry = entries->pdata[i];
        g_autofree char *time = time_of(entry, false),
                        *seconds = g_strdup_printf("%.1f", (double)entry->duration_ms / 1000);
        print_field(time, false);
        print_field(direction(entry), false);
        print_field(entry->remote, false);
        print_field(entry->video ? "video" : "audio", false);
        print_field(call_reason_name(entry->reason), false);
        print_field(seconds, false);
        print_field(entry->call_id, false);
        print_field(entry->name, true);
    }
}

static void print_json(const GPtrArray *entries)
{
    cJSON *array = cJSON_CreateArray();
    for (guint i = 0; i < entries->len; i++) {
        const struct history_entry *entry = entries->pdata[i];
        g_autofree char *time = time_of(entry, false);
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "began", time);
        cJSON_AddStringToObject(object, "direction", direction(entry));
        cJSON_AddStringToObject(object, "user", entry->remote);
        cJSON_AddStringToObject(object, "name", entry->name);
        cJSON_AddStringToObject(object, "media", entry->video ? "video" : "audio");
        cJSON_AddStringToObject(object, "ended", call_reason_name(entry->reason));
        cJSON_AddNumberToObject(object, "seconds", (double)entry->duration_ms / 1000);
        cJSON_AddStringToObject(object, "call", entry->call_id);
        cJSON_AddItemToArray(array, object);
    }
    char *text = cJSON_Print(array);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(array);
}

static void print_table(const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct history_entry *entry = entries->pdata[i];
        g_autofree char *time = time_of(entry, true);
        int seconds = (int)(entry->duration_ms / 1000);
        g_autofree char *who = *entry->name ? g_strdup_printf("%s (%s)", entry->name, entry->remote) : NULL;
        printf("%s  %-8s  %-5s  %4d:%02d  %-24s  %s\n", time, direction(entry), entry->video ? "video" : "audio",
               seconds / 60, seconds % 60, who ? who : entry->remote, call_reason_name(entry->reason));
    }
    if (!entries->len)
        printf("no calls\n");
}

static int print(const struct wish *wish)
{
    g_autofree char *custom = history_path(), *error = NULL;
    struct history *history = history_open_read_only(wish->file ? wish->file : custom, &error);
    if (!history) {
        fprintf(stderr, "callapi history: %s\n", error);
        return 1;
    }
    g_autoptr(GPtrArray) entries = history_list(history, wish->limit, wish->missed);
    if (wish->json)
        print_json(entries);
    else if (wish->csv)
        print_csv(entries);
    else
        print_table(entries);
    history_close(history);
    return 0;
}

int command_history(int argc, char **argv)
{
    struct wish wish = { .limit = 100 };
    const GOptionEntry entries[] = {
        { "csv", 0, 0, G_OPTION_ARG_NONE, &wish.csv, "As a table for other programs (RFC 4180)", NULL },
        { "json", 0, 0, G_OPTION_ARG_NONE, &wish.json, "As an array of objects", NULL },
        { "missed", 0, 0, G_OPTION_ARG_NONE, &wish.missed, "Only calls that nobody took", NULL },
        { "limit", 0, 0, G_OPTION_ARG_INT, &wish.limit, "So many of the newest (100)", "N" },
        { "history", 0, 0, G_OPTION_ARG_FILENAME, &wish.file, "The file, where it is not in its custom place", "FILE" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int status = 2;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        fprintf(stderr, "callapi history: %s\n", error->message);
    else if (argc > 1 || wish.limit < 1 || wish.limit > HISTORY_ROWS || (wish.csv && wish.json))
        fprintf(stderr, "callapi history: wants --csv or --json, and --limit from 1 to %d\n", HISTORY_ROWS);
    else
        status = print(&wish);
    g_free(wish.file);
    return status;
}
