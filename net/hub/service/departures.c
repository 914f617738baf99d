#include "net/hub/service/departures.h"

#include "platform/deadline.h"

struct departure {
    int64_t due_us;
    char *address;
};

struct hub_departures {
    GQueue waiting[HUB_DEPARTURES]; /* struct departure, the earliest first */
    GHashTable *last;               /* address → of its departures the one that counts; both the departure's */
    struct deadline *deadline;      /* of the first */
    void (*gone)(void *user_data, const char *address);
    void *user_data;
};

static void departure_free(gpointer data)
{
    struct departure *departure = data;
    g_free(departure->address);
    g_free(departure);
}

static void await_first(struct hub_departures *departures)
{
    int64_t due_us = INT64_MAX;
    for (int i = 0; i < HUB_DEPARTURES; i++) {
        const struct departure *first = g_queue_peek_head(&departures->waiting[i]);
        due_us = first ? MIN(due_us, first->due_us) : due_us;
    }
    deadline_set(departures->deadline, due_us);
}

static void let_go(struct hub_departures *departures, GQueue *waiting, int64_t now_us)
{
    const struct departure *first;
    while ((first = g_queue_peek_head(waiting)) && first->due_us <= now_us) {
        struct departure *departure = g_queue_pop_head(waiting);
        if (g_hash_table_lookup(departures->last, departure->address) == departure) {
            g_hash_table_remove(departures->last, departure->address);
            departures->gone(departures->user_data, departure->address);
        }
        departure_free(departure);
    }
}

static void due(void *user_data)
{
    struct hub_departures *departures = user_data;
    int64_t now_us = g_get_monotonic_time();
    for (int i = 0; i < HUB_DEPARTURES; i++)
        let_go(departures, &departures->waiting[i], now_us);
    await_first(departures);
}

struct hub_departures *hub_departures_create(GMainContext *context, void (*gone)(void *user_data, const char *address),
                                             void *user_data)
{
    struct hub_departures *departures = g_new0(struct hub_departures, 1);
    for (int i = 0; i < HUB_DEPARTURES; i++)
        g_queue_init(&departures->waiting[i]);
    departures->last = g_hash_table_new(g_str_hash, g_str_equal);
    departures->deadline = deadline_create(context, due, departures);
    departures->gone = gone;
    departures->user_data = user_data;
    return departures;
}

void hub_departures_destroy(struct hub_departures *departures)
{
    if (!departures)
        return;
    deadline_destroy(departures->deadline);
    g_hash_table_unref(departures->last);
    for (int i = 0; i < HUB_DEPARTURES; i++)
        g_queue_clear_full(&departures->waiting[i], departure_free);
    g_free(departures);
}

void hub_departures_add(struct hub_departures *departures, const char *address, enum hub_departure how)
{
    static const int64_t within_us[] = { HUB_DEPARTURE_US, HUB_SILENT_DEPARTURE_US };
    struct departure *departure = g_new0(struct departure, 1);
    *departure = (struct departure){ .due_us = g_get_monotonic_time() + within_us[how], .address = g_strdup(address) };
    g_queue_push_tail(&departures->waiting[how], departure);
    g_hash_table_replace(departures->last, departure->address, departure);
    await_first(departures);
}
