/* Whole agents among strangers who cost too much or say what makes no sense, and without descriptors to spare. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "agent_rig.h"
#include "engine/call/attempts.h"
#include "engine/text/json.h"
#include "platform/descriptors.h"

/* GLib and libnice end a process that gets no descriptor: a few are kept back, and what is new is refused. */
static void descriptors_run_out(struct world *world, gconstpointer data)
{
    (void)data;
    join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    int allowed = descriptors_allowed(), lowest = dup(0);
    close(lowest);
    descriptors_set(lowest + 50);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    run_for(world, 500);
    g_assert_cmpuint(decoded(cleo), ==, 0);
    leave(cleo);
    play_pictures(world, bert, 3);
    descriptors_set(allowed);
    cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, cleo, 3);
}

/* ---- who comes and goes ---- */

struct restless { /* joins a room, leaves it, and never looks at what it is offered */
    int answers, refusals, offers;
};

static void on_restless_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct restless *restless = user_data;
    (void)reply;
    restless->answers++;
    restless->refusals += result != SIGNAL_DELIVERED;
}

static void on_restless_message(void *user_data, const char *from, const cJSON *body)
{
    struct restless *restless = user_data;
    (void)from;
    restless->offers += !g_strcmp0(json_string(body, "kind"), "offer");
}

/* A hub that lets everybody do anything: what a host bears is the host's own. */
static void use_lenient_hub(struct world *world)
{
    static struct hub_limits limits = HUB_LIMITS;
    limits.requests.burst = limits.joins.burst = 100000;
    hub_destroy(world->hub);
    world->hub_config.limits = &limits;
    open_hub(world);
}

/* Each joining would cost the host a connection: one viewer gets only so many of those that come to nothing. */
static void a_restless_viewer_costs_little(struct world *world, gconstpointer data)
{
    (void)data;
    enum { ROUNDS = 300, FEW_CONNECTIONS = 60 };
    static const struct signal_listener listens = { .message = on_restless_message };
    use_lenient_hub(world);
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct restless restless = { 0 };
    struct signal_config config = {
        .url = world->url, .user = "mallory", .listener = &listens, .user_data = &restless
    };
    struct signal_client *mallory = signal_client_create(world->reactor, &config);
    play_pictures(world, bert, 3);
    WAIT_FOR(world, signal_client_is_online(mallory));
    struct belongings before = belongings_now();
    int64_t start_us = g_get_monotonic_time();
    for (int i = 1; i <= ROUNDS; i++) {
        signal_room_join(mallory, "studio", on_restless_done, &restless);
        signal_room_leave(mallory, "studio", on_restless_done, &restless);
        WAIT_FOR(world, restless.answers == 2 * i);
        g_assert_cmpint(belongings_now().descriptors, <, before.descriptors + FEW_CONNECTIONS);
    }
    play_pictures(world, bert, 3);
    int64_t regained = (g_get_monotonic_time() - start_us) / 1000 / ATTEMPTS_REGAIN_MS;
    g_assert_cmpint(restless.refusals, ==, 0);
    g_assert_cmpint(restless.offers, >, 0);
    g_assert_cmpint(restless.offers, <=, ATTEMPTS_AT_ONCE + regained + 1);
    signal_client_destroy(mallory);
    WAIT_FOR(world, belongings_now().descriptors <= before.descriptors);
    play_pictures(world, join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1), 3);
    g_assert_cmpint(agent_describe(agent_of(anna)).room.viewers, ==, 2);
}

/* ---- who talks nonsense ---- */

static void send_text(struct signal_client *client, const char *to, const char *text)
{
    cJSON *body = cJSON_Parse(text);
    g_assert_nonnull(body);
    signal_send(client, to, body, NULL, NULL);
    cJSON_Delete(body);
}

static void count_line(const char *domain, GLogLevelFlags level, const char *line, void *lines)
{
    (void)domain;
    (void)level;
    (void)line;
    ++*(int *)lines;
}

static void nonsense_changes_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    static const struct signal_listener deaf = { 0 };
    struct signal_config config = { .url = world->url, .user = "mallory", .listener = &deaf };
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", NULL, CALL_PARTY_ANYONE, 0);
    struct signal_client *mallory = signal_client_create(world->reactor, &config);
    play_pictures(world, bert, 3);
    WAIT_FOR(world, signal_client_is_online(mallory) && agent_describe(agent_of(cleo)).online);
    static const char *const texts[] = {
        "{}",
        "[]",
        "7",
        "{\"type\":\"call\"}",
        "{\"type\":\"media\"}",
        "{\"type\":\"media\",\"kind\":\"offer\",\"session\":\"x\",\"sdp\":\"v=0\"}",
        "{\"type\":\"media\",\"kind\":\"candidate\",\"session\":\"x\",\"candidate\":\"candidate:1\"}",
        "{\"type\":\"call\",\"action\":\"hangup\",\"call\":\"11111111-1111-1111-1111-111111111111\",\"seq\":1,"
        "\"sent_at\":1,\"lifetime\":1}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        for (int to = 0; to < 3; to++)
            send_text(mallory, (const char *[]){ "anna", "bert", "cleo" }[to], texts[i]);

    enum { MANY = 60, LINES_MAX = 30 };
    int lines = 0;
    guint handler = g_log_set_handler("callapi", G_LOG_LEVEL_WARNING, count_line, &lines);
    for (int i = 0; i < MANY; i++)
        send_text(mallory, "cleo", i % 2 ? texts[3] : texts[7]);

    /* An offer in which nothing can be spoken: the call ends, nobody else notices. */
    g_autofree char *invite = g_strdup_printf(
        "{\"type\":\"call\",\"action\":\"invite\",\"call\":\"22222222-2222-2222-2222-222222222222\",\"seq\":1,"
        "\"sent_at\":%" PRId64
        ",\"lifetime\":15000,\"video\":true,\"media\":{\"session\":\"22222222-2222-2222-2222-222222222222\","
        "\"sdp\":\"v=0\\r\\nm=video 9 "
        "UDP/TLS/RTP/SAVPF 100\\r\\na=rtpmap:100 NONSENSE/90000\\r\\n\"}}",
        signal_client_now_ms(mallory));
    send_text(mallory, "cleo", invite);
    WAIT_FOR(world, cleo->ended == CALL_REASON_MEDIA_LOST);
    g_log_remove_handler("callapi", handler);
    g_assert_cmpint(lines, >, 0);
    g_assert_cmpint(lines, <=, LINES_MAX);
    play_pictures(world, bert, 10);
    g_assert_true(both_are(anna, bert, CALL_PREPARED));
    g_assert_cmpint(state_of(cleo), ==, CALL_PREPARED);
    signal_client_destroy(mallory);
}

struct goodbyes {
    int n;
    bool named; /* the connection that was offered */
};

static void on_goodbye(void *user_data, const char *from, const cJSON *body)
{
    struct goodbyes *goodbyes = user_data;
    (void)from;
    if (g_strcmp0(json_string(body, "kind"), "bye"))
        return;
    goodbyes->n++;
    goodbyes->named = !g_strcmp0(json_string(body, "session"), "of-yesterday");
}

/* Who restarts a connection that nobody has any more learns it, but not as often as he likes. */
static void an_offer_of_yesterday(struct world *world, gconstpointer data)
{
    (void)data;
    enum { OFFERS = 50 };
    static const struct signal_listener listens = { .message = on_goodbye };
    struct goodbyes goodbyes = { 0 };
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct signal_config config = { .url = world->url, .user = "dora", .listener = &listens, .user_data = &goodbyes };
    struct signal_client *dora = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(dora) && agent_describe(agent_of(anna)).online);
    cJSON *offer = cJSON_Parse("{\"type\":\"media\",\"kind\":\"offer\",\"session\":\"of-yesterday\",\"sdp\":\"v=0\"}");
    for (int i = 0; i < OFFERS; i++)
        signal_send(dora, "anna", offer, NULL, NULL);
    cJSON_Delete(offer);
    WAIT_FOR(world, goodbyes.n);
    run_for(world, 500);
    g_assert_true(goodbyes.named);
    g_assert_cmpint(goodbyes.n, <, OFFERS / 2);
    signal_client_destroy(dora);
}

/* The same from who broadcasts the room that is watched: what she stood still for is over, and no offer of the room. */
static void an_offer_of_yesterdays_call(struct world *world, gconstpointer data)
{
    (void)data;
    static const struct signal_listener listens = { .message = on_goodbye };
    struct goodbyes goodbyes = { 0 };
    join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    struct signal_config config = { .url = world->url, .user = "anna", .listener = &listens, .user_data = &goodbyes };
    struct signal_client *anna = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(anna));
    cJSON *offer = cJSON_Parse("{\"type\":\"media\",\"kind\":\"offer\",\"session\":\"of-yesterday\",\"sdp\":\"v=0\"}");
    signal_send(anna, "bert", offer, NULL, NULL);
    cJSON_Delete(offer);
    WAIT_FOR(world, goodbyes.n);
    g_assert_true(goodbyes.named);
    play_pictures(world, bert, 3);
    signal_client_destroy(anna);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/descriptors", descriptors_run_out, 0 },
        { "/agents/restless-viewer", a_restless_viewer_costs_little, 0 },
        { "/agents/nonsense", nonsense_changes_nothing, 0 },
        { "/agents/offer-of-yesterday", an_offer_of_yesterday, 0 },
        { "/agents/offer-of-yesterdays-call", an_offer_of_yesterdays_call, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
