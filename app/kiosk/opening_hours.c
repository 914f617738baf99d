#include "app/kiosk/opening_hours.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 24 * 60, WEEK = 7 * DAY };

struct span {
    int begin, end;
}; /* minutes from Monday 0:00; the end may lie in the next week */

struct opening_hours {
    GArray *spans; /* struct span, sorted by begin */
};

/* ---- reading ---- */

static int read_day(const char *text)
{
    static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    for (int i = 0; i < 7; i++)
        if (!g_ascii_strncasecmp(text, days[i], 3))
            return i;
    return -1;
}

/* "Mon" or "Mon-Fri"; returns what comes after it, or NULL. */
static const char *read_days(const char *text, int *first, int *last)
{
    *first = *last = read_day(text);
    if (*first < 0)
        return NULL;
    text += 3;
    if (*text == '-') {
        *last = read_day(text + 1);
        text += 4;
    }
    return *last >= 0 && *text == ' ' ? text + 1 : NULL;
}

static bool read_times(const char *text, int *begin, int *end)
{
    int hours[2], minutes[2], length = 0;
    if (sscanf(text, "%2d:%2d-%2d:%2d%n", &hours[0], &minutes[0], &hours[1], &minutes[1], &length) != 4 || text[length])
        return false;
    for (int i = 0; i < 2; i++)
        if (hours[i] < 0 || minutes[i] < 0 || minutes[i] > 59 || hours[i] * 60 + minutes[i] > DAY)
            return false;
    *begin = hours[0] * 60 + minutes[0];
    *end = hours[1] * 60 + minutes[1];
    if (*end <= *begin)
        *end += DAY;
    return *begin < DAY;
}

static bool read_part(struct opening_hours *hours, const char *text)
{
    int first, last, begin, end;
    const char *times = read_days(text, &first, &last);
    if (!times || !read_times(g_strchug((char *)times), &begin, &end))
        return false;
    for (int day = first;; day = (day + 1) % 7) {
        struct span span = { day * DAY + begin, day * DAY + end };
        g_array_append_val(hours->spans, span);
        if (day == last)
            return true;
    }
}

static gint by_begin(gconstpointer a, gconstpointer b)
{
    return ((const struct span *)a)->begin - ((const struct span *)b)->begin;
}

struct opening_hours *opening_hours_parse(const char *text, char **error)
{
    struct opening_hours *hours = g_new0(struct opening_hours, 1);
    g_auto(GStrv) parts = g_strsplit_set(*text ? text : " ", ",;", -1);
    hours->spans = g_array_new(FALSE, FALSE, sizeof(struct span));
    for (char **part = parts; *part; part++)
        if (!read_part(hours, g_strstrip(*part))) {
            *error = g_strdup_printf("'%s' is no day and time such as Mon-Fri 09:00-18:00", *part);
            opening_hours_free(hours);
            return NULL;
        }
    g_array_sort(hours->spans, by_begin);
    return hours;
}

void opening_hours_free(struct opening_hours *hours)
{
    if (!hours)
        return;
    g_array_unref(hours->spans);
    g_free(hours);
}

/* ---- asking ---- */

static int minute_of_week(GDateTime *now)
{
    return (g_date_time_get_day_of_week(now) - 1) * DAY + g_date_time_get_hour(now) * 60 + g_date_time_get_minute(now);
}

bool opening_hours_is_open(const struct opening_hours *hours, GDateTime *now)
{
    int minute = hours ? minute_of_week(now) : 0;
    for (guint i = 0; hours && i < hours->spans->len; i++) {
        struct span span = g_array_index(hours->spans, struct span, i);
        if ((minute >= span.begin && minute < span.end) || minute + WEEK < span.end)
            return true;
    }
    return !hours;
}

GDateTime *opening_hours_next(const struct opening_hours *hours, GDateTime *now)
{
    int minute = minute_of_week(now), least = WEEK;
    for (guint i = 0; i < hours->spans->len; i++) {
        int wait = (g_array_index(hours->spans, struct span, i).begin - minute + WEEK) % WEEK;
        least = MIN(least, wait);
    }
    /* By the clock on the wall, whatever that does to summer time in between. */
    g_autoptr(GDateTime) day = g_date_time_add_days(now, (minute % DAY + least) / DAY);
    int at = (minute + least) % DAY;
    g_autoptr(GTimeZone) zone = g_time_zone_ref(g_date_time_get_timezone(now));
    return g_date_time_new(zone, g_date_time_get_year(day), g_date_time_get_month(day),
                           g_date_time_get_day_of_month(day), at / 60, at % 60, 0);
}
