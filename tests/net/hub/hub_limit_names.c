/* The hub's limits by their names (net/hub/service/limits.h): set, refused with words, and told. */
#include <string.h>

#include "net/hub/service/limits.h"

static void set(struct hub_limits *limits, const char *text)
{
    char *error = NULL;
    if (!hub_limits_set(limits, text, &error))
        g_error("%s: %s", text, error);
}

static void all_are_told(void)
{
    struct hub_limits limits = HUB_LIMITS;
    static const char *const texts[] = { "connections=11", "network-sockets=12", "arrivals=13/0.5", "request-bytes=14",
                                         "requests=15/16", "queue-bytes=17",     "rooms-open=18",   "rooms-joined=19",
                                         "invites=20/21",  "joins=22.5/1000000" };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        set(&limits, texts[i]);
    g_assert_cmpint(limits.connections, ==, 11);
    g_assert_cmpuint(limits.request_bytes, ==, 14);
    g_assert_cmpuint(limits.queue_bytes, ==, 17);
    g_assert_cmpfloat(limits.requests.burst, ==, 15);
    g_assert_cmpfloat(limits.joins.per_second, ==, 1000000);
    g_autoptr(GString) told = g_string_new(NULL);
    hub_limits_write(&limits, told);
    static const char *const samples[] = {
        "\"connections\"} 11\n",   "\"network-sockets\"} 12\n", "\"arrivals\"} 13\n",
        "\"request-bytes\"} 14\n", "\"requests\"} 15\n",        "\"requests-per-second\"} 16\n",
        "\"queue-bytes\"} 17\n",   "\"rooms-open\"} 18\n",      "\"rooms-joined\"} 19\n",
        "\"invites\"} 20\n",       "\"joins\"} 22.5\n",         "\"arrivals-per-second\"} 0.5\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        g_assert_nonnull(strstr(told->str, samples[i]));
}

static void faults(void)
{
    static const char *const wrong[] = {
        "",           "rooms-open",     "rooms-open=",    "rooms-open=0",     "rooms-open=-1",   "rooms-open=1.5",
        "rooms=4",    "rooms-open=4 ",  "rooms-open=4/1", "invites=60",       "invites=60/",     "invites=60/0",
        "invites=/2", "invites=0/2",    "invites=6/2x",   "invites=nan/1",    "invites=1e9/1",   "request-bytes=66561",
        "=4",         "rooms-open=0x4", "ROOMS-OPEN=4",   "queue-bytes=1e30", "connections=inf", "invites=60/-2",
    };
    const struct hub_limits usual = HUB_LIMITS;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct hub_limits limits = usual;
        g_autofree char *error = NULL;
        if (hub_limits_set(&limits, wrong[i], &error))
            g_error("'%s' is a limit", wrong[i]);
        g_assert_nonnull(error);
        g_assert_cmpint(limits.rooms_open, ==, usual.rooms_open);
        g_assert_cmpfloat(limits.invites.burst, ==, usual.invites.burst);
        g_assert_cmpuint(limits.request_bytes, ==, usual.request_bytes);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub_limit_names/told", all_are_told);
    g_test_add_func("/hub_limit_names/faults", faults);
    return g_test_run();
}
