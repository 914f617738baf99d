/* What an agent knows of others, without a network: who is online, which call is a match, how good a connection is. */
#include "app/agent/directory.h"
#include "app/agent/match.h"
#include "app/agent/quality.h"

static const char *nth(const struct directory *directory, guint i)
{
    const struct agent_person *person = g_ptr_array_index(directory_people(directory), i);
    return person->user;
}

static void test_directory(void)
{
    struct directory *directory = directory_create("self");
    g_assert_true(directory_note(directory, "bert", NULL, true));
    g_assert_true(directory_note(directory, "cleo", "anna", true));
    g_assert_false(directory_note(directory, "self", "Me", true));
    g_assert_false(directory_note(directory, "cleo", "anna", true)); /* known */
    g_assert_false(directory_note(directory, "dora", NULL, false));
    g_assert_cmpuint(directory_people(directory)->len, ==, 2);
    g_assert_cmpstr(nth(directory, 0), ==, "cleo"); /* by what is shown */
    g_assert_cmpstr(directory_name(directory, "cleo"), ==, "anna");
    g_assert_null(directory_name(directory, "bert"));

    g_assert_true(directory_note(directory, "cleo", "zoe", true)); /* another name, and place */
    g_assert_cmpstr(nth(directory, 1), ==, "cleo");
    g_assert_true(directory_note(directory, "bert", NULL, false));
    g_assert_cmpuint(directory_people(directory)->len, ==, 1);
    directory_forget(directory);
    g_assert_cmpuint(directory_people(directory)->len, ==, 0);
    g_assert_null(directory_name(directory, "cleo"));
    directory_destroy(directory);
}

static bool takes(struct match *match, const char *from, const char *text)
{
    cJSON *invite = cJSON_Parse(text);
    bool taken = match_take(match, from, invite);
    cJSON_Delete(invite);
    return taken;
}

static void test_match(void)
{
    struct match match = { 0 };
    g_assert_false(takes(&match, "anna/1", "{\"match\":\"m1\"}")); /* none is waited for */
    g_assert_false(takes(&match, "anna/1", "{}"));
    match_await(&match, "m0", "cleo/1");
    match_await(&match, "m1", "anna/1"); /* the last one counts */
    g_assert_false(takes(&match, "cleo/1", "{\"match\":\"m0\"}"));
    g_assert_false(takes(&match, "anna/2", "{\"match\":\"m1\"}")); /* another device */
    g_assert_false(takes(&match, "anna/1", "{\"match\":\"m2\"}"));
    g_assert_true(takes(&match, "anna/1", "{\"match\":\"m1\"}"));
    g_assert_false(takes(&match, "anna/1", "{\"match\":\"m1\"}")); /* once */
    match_await(&match, "m3", "anna/1");
    match_clear(&match);
    g_assert_false(takes(&match, "anna/1", "{\"match\":\"m3\"}"));
}

static void test_quality(void)
{
    enum { SECOND = G_USEC_PER_SEC };
    struct quality quality = { 0 };
    struct agent_quality seen;
    struct peer_stats stats = { .packets_received = 1000, .round_trip_ms = 20 };
    g_assert_true(quality_judge(&quality, &stats, false, 10 * SECOND, &seen));
    g_assert_cmpint(seen.level, ==, 1);
    g_assert_false(quality_judge(&quality, &stats, false, 11 * SECOND, &seen)); /* so soon */
    g_assert_cmpint(quality.level, ==, 1);

    stats.packets_received += 95;
    stats.packets_lost += 5;
    g_assert_true(quality_judge(&quality, &stats, false, 13 * SECOND, &seen));
    g_assert_cmpfloat_with_epsilon(seen.loss, 0.05, 1e-9); /* of the last packets, not of all */
    g_assert_cmpint(seen.level, ==, 3);
    g_assert_true(quality_judge(&quality, &stats, true, 16 * SECOND, &seen));
    g_assert_cmpint(seen.level, ==, 5);

    struct peer_stats another = { .packets_received = 90, .packets_lost = 10, .round_trip_ms = 400 };
    g_assert_true(quality_judge(&quality, &another, false, 19 * SECOND, &seen));
    g_assert_cmpfloat_with_epsilon(seen.loss, 0.1, 1e-9);
    g_assert_cmpint(seen.level, ==, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-facts/directory", test_directory);
    g_test_add_func("/agent-facts/match", test_match);
    g_test_add_func("/agent-facts/quality", test_quality);
    return g_test_run();
}
