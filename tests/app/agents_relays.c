/* Agents that reach each other by the TURN server only that their hub names; a real one, which shares a secret with the
 * hub. */
#include "agent_rig.h"

#include "net/signal/signal.h"
#include "turn_server.h"

enum { VALID_S = 4 };

struct relayed {
    struct turn_server server;
    char *urls[2];
};

/* Whoever joins from now on shows no address but the relay's. */
static void begin(struct world *world, struct relayed *relayed, const char *hubs_secret)
{
    turn_server_open(&relayed->server, "north wind");
    relayed->urls[0] = g_strdup_printf("turn:%s:%d", relayed->server.address, relayed->server.port);
    relayed->urls[1] = NULL;
    hub_destroy(world->hub);
    world->hub_config = (struct hub_config){ .ice_servers = relayed->urls,
                                             .turn_secret = hubs_secret,
                                             .turn_valid_s = VALID_S };
    open_hub(world);
    world->options.relay = true;
}

static void end(struct world *world, struct relayed *relayed)
{
    for (int i = 0; i < STATIONS; i++)
        leave(&world->parties[i]);
    turn_server_close(&relayed->server);
    g_free(relayed->urls[0]);
}

static struct party *enter(struct world *world, const char *user)
{
    struct party *party = join(world, user, NULL, CALL_PARTY_ANYONE, 0);
    WAIT_FOR(world, agent_describe(agent_of(party)).online);
    return party;
}

static void call(const struct party *caller, const struct party *callee)
{
    g_assert_cmpint(agent_call(agent_of(caller), callee->user), ==, CALL_OK);
}

static void the_hub_names_a_relay(struct world *world, gconstpointer data)
{
    (void)data;
    struct relayed relayed;
    begin(world, &relayed, "north wind");
    struct party *anna = enter(world, "anna"), *bert = enter(world, "bert");
    call(anna, bert);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, anna, 5);
    play_pictures(world, bert, 5);
    end(world, &relayed);
}

static void is_not_reached(struct world *world)
{
    struct party *anna = enter(world, "anna"), *bert = enter(world, "bert");
    call(anna, bert);
    WAIT_FOR(world, anna->ended);
    g_assert_cmpint(anna->connected + bert->connected, ==, 0);
}

static void another_secret_opens_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    struct relayed relayed;
    begin(world, &relayed, "south wind");
    is_not_reached(world);
    end(world, &relayed);
}

struct listening {
    int named;
    char *user;
};

static void on_ice_servers(void *user_data, const cJSON *servers)
{
    struct listening *listening = user_data;
    const cJSON *user = cJSON_GetObjectItem(cJSON_GetArrayItem(servers, 0), "username");
    g_assert_true(cJSON_IsString(user));
    g_assert_cmpstr(listening->user, !=, user->valuestring);
    g_free(listening->user);
    listening->user = g_strdup(user->valuestring);
    listening->named++;
}

/* The credentials of the login are no good any more when the call begins. */
static void a_credential_is_renewed_in_time(struct world *world, gconstpointer data)
{
    (void)data;
    static const struct signal_listener hears = { .ice_servers = on_ice_servers };
    struct relayed relayed;
    struct listening listening = { 0 };
    begin(world, &relayed, "north wind");
    struct party *anna = enter(world, "anna"), *bert = enter(world, "bert");
    struct signal_config config = { world->url, "carl", &hears, &listening };
    struct signal_client *carl = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, listening.named);
    run_for(world, (VALID_S + 1) * 1000);
    g_assert_cmpint(listening.named, >, 1);
    call(anna, bert);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    play_pictures(world, anna, 5);
    signal_client_destroy(carl);
    g_free(listening.user);
    end(world, &relayed);
}

/* Who has servers of her own uses them alone. */
static void own_servers_go_first(struct world *world, gconstpointer data)
{
    (void)data;
    struct relayed relayed;
    begin(world, &relayed, "north wind");
    world->options.ice_servers = g_strsplit("turn:127.0.0.1:9", " ", -1);
    world->options.ice_user = g_strdup("anna");
    world->options.ice_credential = g_strdup("secret");
    is_not_reached(world);
    end(world, &relayed);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/relays/named", the_hub_names_a_relay, 0 },
        { "/agents/relays/another-secret", another_secret_opens_nothing, 0 },
        { "/agents/relays/renewed", a_credential_is_renewed_in_time, 0 },
        { "/agents/relays/own", own_servers_go_first, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
