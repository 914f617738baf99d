#include "net/hub/service/quality.h"

#include <inttypes.h>
#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

enum { EXPECTED_MAX = HUB_CALLS_MAX, BUCKETS = 8 };

/* A call of which an end has not told yet. */
struct expected {
    char *call, *from, *to;
    bool from_told, to_told;
    GList link; /* its place, the oldest first */
};

static const struct measure {
    const char *name, *help;
    double most; /* more cannot be */
    const char *edges[BUCKETS];
} measures[] = {
    { "callapi_call_setup_seconds",
      "From the accept of a call to its first picture or sound.",
      60,
      { "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10" } },
    { "callapi_call_frozen_ratio",
      "Of a call's time, that its picture stood.",
      1,
      { "0", "0.001", "0.005", "0.01", "0.02", "0.05", "0.1", "0.3" } },
    { "callapi_call_lost_ratio",
      "Of a call's packets, that did not arrive.",
      1,
      { "0", "0.001", "0.005", "0.01", "0.02", "0.05", "0.1", "0.3" } },
    { "callapi_call_round_trip_seconds",
      "Between the ends of a call, on its way.",
      60,
      { "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2" } },
};
enum { SETUP, FROZEN, LOST, ROUND_TRIP, MEASURES = G_N_ELEMENTS(measures) };

struct histogram {
    uint64_t up_to[BUCKETS], all; /* each counts what the ones before do */
    double sum;
};

struct hub_quality {
    GHashTable *by_call; /* call id → struct expected, owned */
    GQueue order;
    struct histogram histograms[MEASURES];
};

static void expected_free(gpointer data)
{
    struct expected *expected = data;
    g_free(expected->call);
    g_free(expected->from);
    g_free(expected->to);
    g_free(expected);
}

struct hub_quality *hub_quality_create(void)
{
    struct hub_quality *quality = g_new0(struct hub_quality, 1);
    quality->by_call = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, expected_free);
    return quality;
}

void hub_quality_destroy(struct hub_quality *quality)
{
    if (!quality)
        return;
    g_hash_table_unref(quality->by_call);
    g_free(quality);
}

static void forget(struct hub_quality *quality, struct expected *expected)
{
    g_queue_unlink(&quality->order, &expected->link);
    g_hash_table_remove(quality->by_call, expected->call);
}

void hub_quality_expect(struct hub_quality *quality, const char *call, const char *from, const char *to)
{
    if (g_hash_table_contains(quality->by_call, call))
        return;
    if (quality->order.length >= EXPECTED_MAX)
        forget(quality, g_queue_peek_head(&quality->order));
    struct expected *expected = g_new0(struct expected, 1);
    *expected = (struct expected){ .call = g_strdup(call), .from = g_strdup(from), .to = g_strdup(to) };
    expected->link.data = expected;
    g_queue_push_tail_link(&quality->order, &expected->link);
    g_hash_table_insert(quality->by_call, expected->call, expected);
}

static void count(struct hub_quality *quality, int which, double value)
{
    struct histogram *histogram = &quality->histograms[which];
    if (!(value >= 0 && value <= measures[which].most))
        return;
    for (int i = 0; i < BUCKETS; i++)
        histogram->up_to[i] += value <= g_ascii_strtod(measures[which].edges[i], NULL);
    histogram->all++;
    histogram->sum += value;
}

/* -1: it does not say. */
static double number(const cJSON *object, const char *name)
{
    const cJSON *member = json_member(object, name);
    return cJSON_IsNumber(member) ? member->valuedouble : -1;
}

static void count_report(struct hub_quality *quality, const cJSON *map, const cJSON *told)
{
    const cJSON *milestones = json_member(map, "milestones");
    double accepted_ms = number(milestones, "accepted"), connected_ms = number(milestones, "connected");
    if (accepted_ms >= 0 && connected_ms >= 0)
        count(quality, SETUP, (connected_ms - accepted_ms) / 1000);
    count(quality, FROZEN, number(told, "frozen"));
    count(quality, LOST, number(told, "lost"));
    count(quality, ROUND_TRIP, number(told, "round_trip"));
}

void hub_quality_take(struct hub_quality *quality, const char *from, const cJSON *body)
{
    const cJSON *map = json_member(body, "map");
    const char *call = json_string(map, "call");
    if (g_strcmp0(json_string(body, "type"), "timing") || !call)
        return;
    struct expected *expected = g_hash_table_lookup(quality->by_call, call);
    if (!expected)
        return;
    bool *told = address_same_user(from, expected->from) ? &expected->from_told
                 : address_same_user(from, expected->to) ? &expected->to_told
                                                         : NULL;
    if (!told || *told)
        return;
    *told = true;
    count_report(quality, map, json_member(body, "quality"));
    if (expected->from_told && expected->to_told)
        forget(quality, expected);
}

void hub_quality_write(const struct hub_quality *quality, GString *text)
{
    char sum[G_ASCII_DTOSTR_BUF_SIZE];
    for (int m = 0; m < MEASURES; m++) {
        const struct histogram *histogram = &quality->histograms[m];
        const char *name = measures[m].name;
        g_string_append_printf(text, "# HELP %s %s\n# TYPE %s histogram\n", name, measures[m].help, name);
        for (int i = 0; i < BUCKETS; i++)
            g_string_append_printf(text, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, measures[m].edges[i],
                                   histogram->up_to[i]);
        g_string_append_printf(text, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %s\n%s_count %" PRIu64 "\n", name,
                               histogram->all, name, g_ascii_dtostr(sum, sizeof sum, histogram->sum), name,
                               histogram->all);
    }
}
