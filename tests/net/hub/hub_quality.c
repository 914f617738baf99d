/* What the ends of calls tell of them, counted: once for each end, and only what can be. */
#include "net/hub/service/quality.h"

#include <string.h>

#include "net/protocol/hub_protocol.h"

static void take(struct hub_quality *quality, const char *from, const char *call, const char *milestones,
                 const char *told)
{
    g_autofree char *text = g_strdup_printf(
        "{\"type\":\"timing\",\"map\":{\"call\":\"%s\",\"milestones\":{%s}},\"quality\":{%s}}", call, milestones, told);
    cJSON *body = cJSON_Parse(text);
    g_assert_nonnull(body);
    hub_quality_take(quality, from, body);
    cJSON_Delete(body);
}

static void expect(const struct hub_quality *quality, const char *line)
{
    g_autoptr(GString) text = g_string_new("\n");
    g_autofree char *whole = g_strdup_printf("\n%s\n", line);
    hub_quality_write(quality, text);
    if (!strstr(text->str, whole))
        g_error("no \"%s\" in %s", line, text->str);
}

static const char *const good = "\"seconds\":10,\"frozen\":0.02,\"lost\":0.004,\"round_trip\":0.08";
static const char *const times = "\"accepted\":100,\"connected\":400";

static void each_end_counts_once(void)
{
    struct hub_quality *quality = hub_quality_create();
    expect(quality, "callapi_call_setup_seconds_count 0");
    hub_quality_expect(quality, "one", "anna/1", "bert/2");
    take(quality, "anna/1", "one", times, good);
    expect(quality, "callapi_call_setup_seconds_bucket{le=\"0.2\"} 0");
    expect(quality, "callapi_call_setup_seconds_bucket{le=\"0.5\"} 1");
    expect(quality, "callapi_call_setup_seconds_bucket{le=\"+Inf\"} 1");
    expect(quality, "callapi_call_frozen_ratio_bucket{le=\"0.01\"} 0");
    expect(quality, "callapi_call_frozen_ratio_bucket{le=\"0.02\"} 1");
    expect(quality, "callapi_call_lost_ratio_sum 0.0040000000000000001");
    expect(quality, "callapi_call_round_trip_seconds_bucket{le=\"0.1\"} 1");
    take(quality, "anna/1", "one", times, good);
    take(quality, "eve/3", "one", times, good);
    take(quality, "bert/2", "two", times, good);
    expect(quality, "callapi_call_setup_seconds_count 1");
    take(quality, "bert/9", "one", times, good); /* her device has come back under another address */
    expect(quality, "callapi_call_setup_seconds_count 2");
    hub_quality_expect(quality, "one", "anna/1", "bert/2"); /* another call of that name */
    take(quality, "bert/2", "one", times, good);
    expect(quality, "callapi_call_setup_seconds_count 3");
    hub_quality_destroy(quality);
}

static void nonsense_does_not_count(void)
{
    struct hub_quality *quality = hub_quality_create();
    const char *const told[] = { "", "\"frozen\":-1,\"lost\":1.5,\"round_trip\":1e9",
                                 "\"frozen\":\"0\",\"lost\":null,\"round_trip\":[]" };
    const char *const milestones[] = { "", "\"accepted\":500,\"connected\":400", "\"accepted\":0,\"connected\":1e12" };
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++) {
        g_autofree char *call = g_strdup_printf("call %zu", i);
        hub_quality_expect(quality, call, "anna/1", "bert/2");
        take(quality, "anna/1", call, milestones[i], told[i]);
    }
    cJSON *bare = cJSON_Parse("{\"type\":\"timing\"}");
    hub_quality_take(quality, "anna/1", bare);
    cJSON_Delete(bare);
    const char *const names[] = { "callapi_call_setup_seconds", "callapi_call_frozen_ratio", "callapi_call_lost_ratio",
                                  "callapi_call_round_trip_seconds" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *count = g_strconcat(names[i], "_count 0", NULL), *sum = g_strconcat(names[i], "_sum 0", NULL);
        expect(quality, count);
        expect(quality, sum);
    }
    hub_quality_destroy(quality);
}

/* Ends that never tell anything do not fill the memory. */
static void the_oldest_are_forgotten(void)
{
    struct hub_quality *quality = hub_quality_create();
    for (int i = 0; i <= HUB_CALLS_MAX; i++) {
        g_autofree char *call = g_strdup_printf("%d", i);
        hub_quality_expect(quality, call, "anna/1", "bert/2");
    }
    take(quality, "anna/1", "0", times, good);
    expect(quality, "callapi_call_setup_seconds_count 0");
    take(quality, "anna/1", "1", times, good);
    expect(quality, "callapi_call_setup_seconds_count 1");
    hub_quality_destroy(quality);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub-quality/once", each_end_counts_once);
    g_test_add_func("/hub-quality/nonsense", nonsense_does_not_count);
    g_test_add_func("/hub-quality/bounded", the_oldest_are_forgotten);
    return g_test_run();
}
