/* The timing map: once each, there and back, and both ends on one clock. */
#include <glib.h>
#include <string.h>

#include "engine/call/timing.h"

#define ID "11111111-2222-4333-8444-555555555555"
#define WALL_MS G_GINT64_CONSTANT(1700000000000)

/* The callee's machine was started later: its monotonic clock shows less. It heard of the call 30 ms after its start.
 */
static void two_ends(struct call_timing *caller, struct call_timing *callee)
{
    call_timing_start(caller, ID, CALL_ROLE_CALLER, 5000000, WALL_MS);
    call_timing_pass(caller, CALL_MILESTONE_DELIVERED, 5060000);
    call_timing_pass(caller, CALL_MILESTONE_CONNECTED, 6500250);
    call_timing_start(callee, ID, CALL_ROLE_CALLEE, 100000, WALL_MS + 30);
    call_timing_pass(callee, CALL_MILESTONE_ACCEPTED, 1100000);
}

static void once_each(void)
{
    struct call_timing timing;
    double ms = -1;
    call_timing_start(&timing, ID, CALL_ROLE_CALLER, 5000000, WALL_MS);
    g_assert_cmpint(call_timing_us(&timing, CALL_MILESTONE_STARTED), ==, 5000000);
    g_assert_false(call_timing_since_start(&timing, CALL_MILESTONE_ACCEPTED, &ms));
    call_timing_pass(&timing, CALL_MILESTONE_ACCEPTED, 0);
    g_assert_cmpint(call_timing_us(&timing, CALL_MILESTONE_ACCEPTED), ==, 0);
    call_timing_pass(&timing, CALL_MILESTONE_ACCEPTED, 5100000);
    call_timing_pass(&timing, CALL_MILESTONE_ACCEPTED, 5200000);
    g_assert_true(call_timing_since_start(&timing, CALL_MILESTONE_ACCEPTED, &ms));
    g_assert_cmpfloat(ms, ==, 100);
    call_timing_pass(&timing, CALL_MILESTONE_DTLS_DONE, 4000000); /* the room's connection: there before */
    g_assert_true(call_timing_since_start(&timing, CALL_MILESTONE_DTLS_DONE, &ms));
    g_assert_cmpfloat(ms, ==, -1000);
    call_timing_start(&timing, ID, CALL_ROLE_CALLER, 9000000, WALL_MS);
    g_assert_cmpint(call_timing_us(&timing, CALL_MILESTONE_ACCEPTED), ==, 0);
}

static void names(void)
{
    for (int i = 0; i < CALL_MILESTONES; i++) {
        g_assert_nonnull(call_milestone_name((enum call_milestone)i));
        for (int k = 0; k < i; k++)
            g_assert_cmpstr(call_milestone_name((enum call_milestone)i), !=,
                            call_milestone_name((enum call_milestone)k));
    }
}

static void one_clock(void)
{
    struct call_timing caller, callee, received;
    const char *error;
    two_ends(&caller, &callee);
    cJSON *json = call_timing_to_json(&callee);
    char *text = cJSON_PrintUnformatted(json);
    cJSON *parsed = cJSON_Parse(text);
    g_assert_true(call_timing_from_json(parsed, &caller, &received, &error));
    g_assert_null(error);
    g_assert_cmpint(received.role, ==, CALL_ROLE_CALLEE);
    g_assert_cmpint(call_timing_us(&received, CALL_MILESTONE_STARTED), ==, 5030000);
    g_assert_cmpint(call_timing_us(&received, CALL_MILESTONE_ACCEPTED), ==, 6030000);
    g_assert_cmpint(call_timing_us(&received, CALL_MILESTONE_CONNECTED), ==, 0);
    cJSON_Delete(parsed);
    cJSON_Delete(json);
    cJSON_free(text);
}

static double in(const cJSON *json, const char *role, const char *name)
{
    const cJSON *milestones = cJSON_GetObjectItemCaseSensitive(json, role);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(milestones, name);
    return cJSON_IsNumber(item) ? item->valuedouble : -1e9;
}

/* Whichever end merges, the picture is the same. */
static void merged_alike(void)
{
    struct call_timing caller, callee, callee_there, caller_there;
    const char *error;
    two_ends(&caller, &callee);
    cJSON *from_callee = call_timing_to_json(&callee), *from_caller = call_timing_to_json(&caller);
    g_assert_true(call_timing_from_json(from_callee, &caller, &callee_there, &error));
    g_assert_true(call_timing_from_json(from_caller, &callee, &caller_there, &error));
    cJSON *at_caller = call_timing_merge(&caller, &callee_there),
          *at_callee = call_timing_merge(&callee, &caller_there);
    g_assert_cmpfloat(in(at_caller, "caller", "call_started"), ==, 0);
    g_assert_cmpfloat(in(at_caller, "caller", "connected"), ==, 1500.25);
    g_assert_cmpfloat(in(at_caller, "callee", "call_started"), ==, 30);
    g_assert_cmpfloat(in(at_caller, "callee", "accepted"), ==, 1030);
    g_assert_true(cJSON_Compare(at_caller, at_callee, true));
    cJSON *alone = call_timing_merge(&callee, NULL);
    g_assert_cmpfloat(in(alone, "callee", "accepted"), ==, 1000);
    g_assert_false(cJSON_HasObjectItem(alone, "caller"));
    cJSON_Delete(alone);
    cJSON_Delete(at_caller);
    cJSON_Delete(at_callee);
    cJSON_Delete(from_caller);
    cJSON_Delete(from_callee);
}

static void refused(void)
{
    static const char *const bad[] = {
        "null",
        "{}",
        "[]",
        "{\"call\":\"x\",\"role\":\"callee\",\"base_ms\":1700000000000,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"caller\",\"base_ms\":1700000000000,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":7,\"base_ms\":1700000000000,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":-1,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1e999,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":7,\"milestones\":{}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1700000000000}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1700000000000,\"milestones\":[]}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1700000000000,\"milestones\":{\"accepted\":\"1\"}}",
        "{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1700000000000,\"milestones\":{\"accepted\":1e300}}",
    };
    struct call_timing caller, callee, received;
    const char *error;
    two_ends(&caller, &callee);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cJSON *json = cJSON_Parse(bad[i]);
        g_test_message("%s", bad[i]);
        g_assert_false(call_timing_from_json(json, &caller, &received, &error));
        g_assert_nonnull(error);
        cJSON_Delete(json);
    }
    cJSON *later_version = cJSON_Parse("{\"call\":\"" ID "\",\"role\":\"callee\",\"base_ms\":1700000000000,"
                                       "\"milestones\":{\"hologram\":5}}");
    g_assert_true(call_timing_from_json(later_version, &caller, &received, &error));
    cJSON_Delete(later_version);
    g_assert_false(call_timing_from_json(NULL, &caller, &received, &error));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/timing/once", once_each);
    g_test_add_func("/call/timing/names", names);
    g_test_add_func("/call/timing/one-clock", one_clock);
    g_test_add_func("/call/timing/merged", merged_alike);
    g_test_add_func("/call/timing/refused", refused);
    return g_test_run();
}
