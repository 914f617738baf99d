/* What whole agents show of each other's names, and whose word counts for them. */
#include <string.h>

#include "agent_rig.h"
#include "app/agent/parts.h"
#include "app/view/view.h"
#include "bare_user.h"

struct seen {
    char remote[VIEW_NAME], host[VIEW_NAME], self[VIEW_NAME];
};

/* As the screen would have it. */
static struct seen seen_by(const struct party *party)
{
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    struct view view = { 0 };
    struct seen seen;
    view_of_agent(&view, agent_of(party), people, g_get_monotonic_time());
    g_strlcpy(seen.remote, view.remote, VIEW_NAME);
    g_strlcpy(seen.host, view.host, VIEW_NAME);
    g_strlcpy(seen.self, view.name, VIEW_NAME);
    return seen;
}

static bool sees(const struct party *party, const char *remote)
{
    return !strcmp(seen_by(party).remote, remote);
}

static void the_room_shows_names(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join_named(world, "anna", "Anna Berg", "studio", CALL_PARTY_BROADCASTER);
    struct party *bert = join_named(world, "bert", "Bert Öz", "studio", CALL_PARTY_AUDIENCE);
    play_pictures(world, bert, 3);
    g_assert_cmpstr(seen_by(bert).host, ==, "Anna Berg");
    g_assert_cmpstr(seen_by(bert).self, ==, "Bert Öz");
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
    g_assert_true(sees(bert, "Anna Berg")); /* before anybody has answered */
    WAIT_FOR(world, state_of(anna) == CALL_CALLING);
    g_assert_true(sees(anna, "Bert Öz"));
    agent_cancel(agent_of(bert));
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED && state_of(bert) == CALL_PREPARED);
    g_assert_cmpstr(anna->ended_with, ==, "Bert Öz"); /* who called */
    g_assert_cmpstr(bert->ended_with, ==, "Anna Berg");
}

/* Without a directory, too: who is called is known once it rings there. Who has no name is shown by the id, and what a
 * caller says of himself in his invite is not looked at. */
static void calls_show_names(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *dora = join_named(world, "dora", "Dora", NULL, CALL_PARTY_ANYONE);
    struct party *emil = join(world, "emil", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(dora)).online && agent_describe(agent_of(emil)).online);
    g_assert_cmpint(agent_call(agent_of(emil), "dora"), ==, CALL_OK);
    WAIT_FOR(world, state_of(dora) == CALL_CALLING && told(emil, CALL_EVENT_DELIVERED));
    g_assert_true(sees(dora, "emil") && sees(emil, "Dora"));
    g_assert_cmpint(agent_accept(agent_of(dora)), ==, CALL_OK);
    WAIT_FOR(world, both_are(dora, emil, CALL_CONNECTED));
    g_assert_true(sees(dora, "emil") && sees(emil, "Dora"));
    agent_hang_up(agent_of(emil));
    WAIT_FOR(world, both_are(dora, emil, CALL_PREPARED));
    dora->policy = CALL_POLICY_NOTHING;
    struct signal_client *mallory = come(world, "mallory");
    send_invite(mallory, "dora");
    WAIT_FOR(world, state_of(dora) == CALL_CALLING);
    g_assert_true(sees(dora, "mallory"));
    signal_client_destroy(mallory);
}

/* The accept that comes over the connection is the other side's own word. */
static void a_name_over_the_connection_counts_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *dora = join_named(world, "dora", "Dora", NULL, CALL_PARTY_ANYONE);
    struct party *emil = join(world, "emil", NULL, CALL_PARTY_ANYONE, -1);
    WAIT_FOR(world, agent_describe(agent_of(dora)).online && agent_describe(agent_of(emil)).online);
    g_assert_cmpint(agent_call(agent_of(emil), "dora"), ==, CALL_OK);
    WAIT_FOR(world, state_of(dora) == CALL_CALLING && told(dora, CALL_EVENT_LOCAL_JOINED));
    struct agent *callee = agent_of(dora);
    struct call_message accept = {
        .action = CALL_ACCEPT,
        .sequence = 1,
        .sent_at_ms = agent_now_ms(callee),
        .lifetime_ms = 10000,
    };
    g_strlcpy(accept.call_id, agent_describe(callee).call.id, CALL_ID_SIZE);
    cJSON *body = call_message_to_json(&accept);
    cJSON_AddStringToObject(body, "name", "Police");
    while (state_of(emil) == CALL_CALLING) { /* what comes before its keys is lost */
        session_send_beside(leg_session(callee->leg), body);
        run_for(world, 50);
    }
    cJSON_Delete(body);
    g_assert_cmpint(state_of(emil), ==, CALL_CONNECTING);
    g_assert_true(sees(emil, "Dora"));
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/names/room", the_room_shows_names, 0 },
        { "/agents/names/calls", calls_show_names, 0 },
        { "/agents/names/connection", a_name_over_the_connection_counts_nothing, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
