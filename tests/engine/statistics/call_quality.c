/* A call's seconds, summed up: shares of the time in which each was known. */
#include "engine/statistics/call_quality.h"

#include <glib.h>
#include <math.h>

#include "engine/text/json.h"

static double number(const cJSON *json, const char *name)
{
    const cJSON *member = json_member(json, name);
    g_assert_true(cJSON_IsNumber(member));
    return member->valuedouble;
}

static struct statistics_second second(double frozen, double lost, double round_trip)
{
    struct statistics_second second;
    statistics_second_clear(&second);
    second.connected = true;
    second.length = 1;
    second.freezes_duration = frozen;
    second.fraction_lost = lost;
    second.round_trip_time = round_trip;
    return second;
}

static void seconds_are_summed_up(void)
{
    struct call_quality quality = { 0 };
    const struct statistics_second seconds[] = { second(NAN, NAN, NAN), second(0, 0.1, 0.02), second(0.5, 0, 0.04),
                                                 second(0, 0.2, NAN), second(0, 0.1, 0.03) };
    for (size_t i = 0; i < G_N_ELEMENTS(seconds); i++)
        call_quality_add(&quality, &seconds[i]);
    cJSON *json = call_quality_to_json(&quality);
    g_assert_cmpfloat(number(json, "seconds"), ==, 5);
    g_assert_cmpfloat_with_epsilon(number(json, "frozen"), 0.5 / 4, 1e-9);
    g_assert_cmpfloat_with_epsilon(number(json, "lost"), 0.1, 1e-9);
    g_assert_cmpfloat_with_epsilon(number(json, "round_trip"), 0.03, 1e-9);
    cJSON_Delete(json);
}

static void what_is_not_known_is_left_out(void)
{
    struct call_quality quality = { 0 };
    struct statistics_second nothing;
    statistics_second_clear(&nothing);
    call_quality_add(&quality, &nothing);
    g_assert_null(call_quality_to_json(&quality));
    struct statistics_second sound = second(NAN, 0.5, NAN);
    call_quality_add(&quality, &sound);
    cJSON *json = call_quality_to_json(&quality);
    g_assert_true(!json_member(json, "frozen") && !json_member(json, "round_trip"));
    g_assert_cmpfloat(number(json, "lost"), ==, 0.5);
    cJSON_Delete(json);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call-quality/sums", seconds_are_summed_up);
    g_test_add_func("/call-quality/unknown", what_is_not_known_is_left_out);
    return g_test_run();
}
