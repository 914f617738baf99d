/* Rooms of a hub, or of a broker, that can be watched by a stream as well, with whole agents: who has a connection and
 * who pulls, calls from a stream and the way back to it, and what happens where either fails. */
#include "agent_rig.h"
#include "mqtt_broker.h"
#include "senders.h"

static const char film_codecs[] = "-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a aac -movflags +faststart";

struct air { /* a world with a web server that has a film */
    struct world world;
    struct senders senders;
    char *url, *dead;
    int server;
};

static void wait_for_server(int port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    for (int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;; g_usleep(20000)) {
        g_autoptr(GSocketConnection)
            connection = g_socket_client_connect_to_host(client, "127.0.0.1", (guint16)port, NULL, NULL);
        if (connection)
            return;
        g_assert_cmpint(g_get_monotonic_time(), <, give_up);
    }
}

static void begin(struct air *air, gconstpointer data)
{
    set_up(&air->world, data);
    senders_begin(&air->senders);
    g_autofree char *film = film_make("film.mp4", 6, film_codecs), *folder = g_path_get_dirname(film);
    int port = free_port();
    air->server = sender_start(&air->senders, "python3 -m http.server %d --bind 127.0.0.1 --directory %s", port,
                               folder);
    wait_for_server(port);
    air->url = g_strdup_printf("http://127.0.0.1:%d/film.mp4", port);
    air->dead = g_strdup_printf("http://127.0.0.1:%d/nothing.mp4", port);
}

static void end(struct air *air, gconstpointer data)
{
    senders_end(&air->senders);
    tear_down(&air->world, data);
    g_free(air->url);
    g_free(air->dead);
}

/* A broadcaster whose room carries these. */
static struct party *host(struct world *world, char **urls, int direct, int auto_accept_ms)
{
    struct room_streams carried = { urls, direct };
    world->carried = &carried;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, auto_accept_ms);
    world->carried = NULL;
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(anna)).room.state, "live"));
    return anna;
}

static struct agent_room_description room(const struct party *party)
{
    return agent_describe(agent_of(party)).room;
}

static struct party *watch(struct world *world, const char *user)
{
    struct party *viewer = join(world, user, "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, viewer, 5);
    return viewer;
}

static bool pulls(const struct party *party)
{
    return room(party).pulled;
}

static unsigned recipients(const struct party *party)
{
    return outgoing_recipients(agent_outgoing(agent_of(party)));
}

static void first_come(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct party *anna = host(world, (char *[]){ air->url, NULL }, 1, -1);
    struct party *bert = watch(world, "bert"), *cleo = watch(world, "cleo"), *dora = watch(world, "dora");
    g_assert_false(pulls(bert));
    g_assert_true(pulls(cleo));
    g_assert_true(pulls(dora));
    g_assert_cmpuint(recipients(anna), ==, 1);
    WAIT_FOR(world, room(anna).viewers == 3 && room(cleo).viewers == 3);
    leave(bert);
    WAIT_FOR(world, room(anna).viewers == 2);
    struct party *emma = watch(world, "emma"); /* his place is hers */
    WAIT_FOR(world, !pulls(emma));
    g_assert_true(pulls(cleo));
}

static void call_from_a_stream(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct party *anna = host(world, (char *[]){ air->url, NULL }, 1, -1);
    struct party *bert = watch(world, "bert"), *cleo = watch(world, "cleo");
    for (int i = 0; i < 2; i++) {
        struct source *stream = player_source(agent_player(agent_of(cleo)));
        g_assert_cmpint(agent_call(agent_of(cleo), NULL), ==, CALL_OK);
        WAIT_FOR(world, both_are(anna, cleo, CALL_CALLING));
        WAIT_FOR(world, passed(anna, CALL_MILESTONE_DTLS_DONE) && passed(cleo, CALL_MILESTONE_DTLS_DONE));
        run_for(world, 100);
        g_assert_cmpuint(recipients(anna), ==, 1); /* the call's connection is no viewer's */
        agent_accept(agent_of(anna));
        WAIT_FOR(world, both_are(anna, cleo, CALL_CONNECTED));
        g_assert_true(player_source(agent_player(agent_of(cleo))) != stream);
        g_assert_cmpuint(recipients(anna), ==, 1); /* nobody else has any of it */
        WAIT_FOR(world, !strcmp(room(bert).state, "private"));
        play_pictures(world, anna, 5);
        WAIT_FOR(world, i || agent_describe(agent_of(cleo)).quality);
        agent_hang_up(agent_of(i ? anna : cleo));
        WAIT_FOR(world, both_are(anna, cleo, CALL_PREPARED));
        g_assert_true(player_source(agent_player(agent_of(cleo))) == stream);
        g_assert_cmpint(agent_describe(agent_of(cleo)).quality, ==, 0); /* it was the call's */
        play_pictures(world, cleo, 5);
        play_pictures(world, bert, 5);
        g_assert_cmpuint(recipients(anna), ==, 1);
        WAIT_FOR(world, !strcmp(room(cleo).state, "live"));
    }
}

/* Who has a connection calls over it, as in any room; and the other way round is nothing of the streams' either. */
static void call_from_a_connection(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct party *anna = host(world, (char *[]){ air->url, NULL }, 1, 0);
    struct party *bert = watch(world, "bert");
    struct source *live = player_source(agent_player(agent_of(bert)));
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    g_assert_true(player_source(agent_player(agent_of(bert))) == live);
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    play_pictures(world, bert, 5);
}

/* The second stream plays where the first one does not; where none does, the broadcaster has some connections more, and
 * no more than those. */
static void stream_fails(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct party *anna = host(world, (char *[]){ air->dead, air->url, NULL }, 1, -1);
    watch(world, "bert");
    struct party *cleo = watch(world, "cleo");
    g_assert_true(pulls(cleo));
    leave(anna);
    WAIT_FOR(world, !strcmp(room(cleo).state, "away"));
    g_assert_true(pulls(cleo)); /* others may be sending it */
    play_pictures(world, cleo, 5);
    anna = host(world, (char *[]){ air->dead, NULL }, 1, -1);
    struct party *dora = join(world, "dora", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world, recipients(anna) == 2);
    run_for(world, 1500);
    g_assert_cmpuint(recipients(anna), ==, 2);
    g_assert_cmpint(room(anna).viewers, ==, 3);
    g_assert_nonnull(dora);
}

/* A stream takes the place of a connection that is lost, and what stood stays until then. */
static void connection_fails(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct party *anna = host(world, (char *[]){ air->url, NULL }, 2, -1), *bert = watch(world, "bert");
    g_assert_false(pulls(bert));
    leave(anna);
    WAIT_FOR(world, pulls(bert));
    play_pictures(world, bert, 5);
    anna = host(world, (char *[]){ air->url, NULL }, 2, 0); /* and she offers a connection again */
    WAIT_FOR(world, !pulls(bert));
    play_pictures(world, bert, 5);
    WAIT_FOR(world, recipients(anna) == 1);
}

/* Going there, and away, as to any room. */
static void around(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    host(world, (char *[]){ air->url, NULL }, 0, -1);
    join(world, "otto", "attic", CALL_PARTY_BROADCASTER, -1);
    struct party *bert = join(world, "bert", "attic", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 5);
    for (int i = 0; i < 2; i++) {
        g_assert_true(agent_go_to_room_beside(agent_of(bert), 1));
        WAIT_FOR(world, !strcmp(room(bert).name, "studio") && room(bert).zap.first_picture_us);
        g_assert_true(pulls(bert));
        g_assert_true(agent_go_to_room_beside(agent_of(bert), 1));
        WAIT_FOR(world, !strcmp(room(bert).name, "attic") && room(bert).zap.first_picture_us);
        g_assert_false(pulls(bert));
    }
}

/* Nobody but the broadcaster decides it: without a hub that knows the rooms it is the same. */
static void over_mqtt(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    struct mqtt_broker *broker = mqtt_broker_start(NULL, NULL);
    char *url = world->url;
    world->url = (char *)mqtt_broker_url(broker);
    struct party *anna = host(world, (char *[]){ air->url, NULL }, 1, 0);
    struct party *bert = watch(world, "bert"), *cleo = watch(world, "cleo");
    g_assert_false(pulls(bert));
    g_assert_true(pulls(cleo));
    WAIT_FOR(world, room(cleo).viewers == 2);
    g_assert_cmpint(agent_call(agent_of(cleo), NULL), ==, CALL_OK);
    WAIT_FOR(world, both_are(anna, cleo, CALL_CONNECTED));
    agent_hang_up(agent_of(cleo));
    WAIT_FOR(world, both_are(anna, cleo, CALL_PREPARED));
    play_pictures(world, cleo, 5);
    g_assert_true(pulls(cleo));
    leave(cleo);
    leave(bert);
    leave(anna);
    world->url = url;
    mqtt_broker_stop(broker);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(struct air *air, gconstpointer data);
    } tests[] = {
        { "first-come", first_come },
        { "call-from-a-stream", call_from_a_stream },
        { "call-from-a-connection", call_from_a_connection },
        { "stream-fails", stream_fails },
        { "connection-fails", connection_fails },
        { "around", around },
        { "mqtt", over_mqtt },
    };
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/carried-rooms/", tests[i].path, NULL);
        g_test_add(path, struct air, NULL, begin, tests[i].run, end);
    }
    return g_test_run();
}
