/* Rooms that are streams, with whole agents: watched without a hub, gone round, and called from; and what a broadcaster
 * sends to a media server, watched there by somebody who calls her. */
#include "agent_rig.h"
#include "senders.h"
#include "sfu.h"

static const char film_codecs[] = "-c:v libx264 -preset ultrafast -g 30 -bf 2 -pix_fmt yuv420p -c:a aac -b:a 96k";

struct air { /* a world with senders */
    struct world world;
    struct senders senders;
};

static void begin(struct air *air, gconstpointer data)
{
    set_up(&air->world, data);
    senders_begin(&air->senders);
}

static void end(struct air *air, gconstpointer data)
{
    senders_end(&air->senders);
    tear_down(&air->world, data);
}

/* Watches these, with `call` to be called; `hub`: or none at all. */
static struct party *watch(struct world *world, char **urls, const char *call, bool hub, int warm)
{
    struct agent_streams streams = { .urls = urls, .call = call };
    char *url = world->url;
    world->streams = &streams;
    world->url = hub ? url : NULL;
    world->options.warm = warm;
    struct party *party = join(world, "viewer", NULL, CALL_PARTY_AUDIENCE, -1);
    world->url = url;
    world->streams = NULL;
    world->options.warm = 0;
    return party;
}

static char *put_on_air(struct air *air, const char *film)
{
    char *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    sender_start(&air->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f mpegts %s?pkt_size=1316", film,
                 url);
    return url;
}

static struct source *seen(const struct party *party)
{
    return player_source(agent_player(agent_of(party)));
}

static struct agent_room_description room(const struct party *party)
{
    return agent_describe(agent_of(party)).room;
}

static void without_a_hub(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    g_autofree char *film = film_make("film.mp4", 6, film_codecs), *url = put_on_air(air, film);
    struct party *viewer = watch(world, (char *[]){ url, NULL }, NULL, false, 0);
    play_pictures(world, viewer, 10);
    g_assert_true(room(viewer).local && room(viewer).flows && room(viewer).only);
    g_assert_null(viewer->status); /* that there is no hub is no trouble */
    g_assert_cmpint(agent_call(agent_of(viewer), NULL), ==, CALL_ERROR_STATE);
}

/* Both sides of a call from a stream see each other, and after it the stream is there again: the same one, read on. */
static void call_and_back(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    g_autofree char *film = film_make("film.mp4", 6, film_codecs), *url = put_on_air(air, film);
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *viewer = watch(world, (char *[]){ url, NULL }, "anna", true, 0);
    play_pictures(world, viewer, 5);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).online && agent_describe(agent_of(anna)).online);
    struct source *stream = seen(viewer);
    for (int round = 0; round < 3; round++) {
        g_assert_cmpint(agent_call(agent_of(viewer), NULL), ==, CALL_OK);
        WAIT_FOR(world, both_are(anna, viewer, CALL_CALLING));
        play_pictures(world, viewer, 5);
        g_assert_true(seen(viewer) == stream); /* while it rings it is watched */
        agent_accept(agent_of(anna));
        WAIT_FOR(world, both_are(anna, viewer, CALL_CONNECTED));
        g_assert_true(seen(viewer) != stream);
        play_pictures(world, viewer, 5);
        play_pictures(world, anna, 5);
        agent_hang_up(agent_of(round % 2 ? anna : viewer));
        WAIT_FOR(world, both_are(anna, viewer, CALL_PREPARED));
        g_assert_true(seen(viewer) == stream);
        play_pictures(world, viewer, 5);
    }
}

static void cancelled_it_plays_on(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    g_autofree char *film = film_make("film.mp4", 6, film_codecs), *url = put_on_air(air, film);
    struct party *anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1);
    struct party *viewer = watch(world, (char *[]){ url, NULL }, "anna", true, 0);
    play_pictures(world, viewer, 5);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).online && agent_describe(agent_of(anna)).online);
    struct source *stream = seen(viewer);
    agent_call(agent_of(viewer), NULL);
    WAIT_FOR(world, both_are(anna, viewer, CALL_CALLING));
    agent_reject(agent_of(anna));
    WAIT_FOR(world, both_are(anna, viewer, CALL_PREPARED));
    g_assert_true(seen(viewer) == stream);
    play_pictures(world, viewer, 5);
}

/* The streams are a ring; what is on the screen stays there until the next one is. */
static void around(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    g_autofree char *film = film_make("film.mp4", 6, film_codecs), *first = put_on_air(air, film),
                    *second = put_on_air(air, film), *third = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    struct party *viewer = watch(world, (char *[]){ first, second, third, NULL }, NULL, false, 1);
    play_pictures(world, viewer, 5);
    g_autofree char *name = g_strdup(room(viewer).name);
    g_assert_false(room(viewer).only);
    WAIT_FOR(world, room(viewer).warm == 1);
    struct source *left = seen(viewer);
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), 1));
    g_assert_true(seen(viewer) == left); /* until the other one has a picture */
    WAIT_FOR(world, strcmp(room(viewer).name, name) && room(viewer).zap.first_picture_us);
    g_assert_true(room(viewer).zap.warm);
    g_autofree char *there = g_strdup(room(viewer).name);
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), 1)); /* nobody sends there */
    g_assert_nonnull(room(viewer).going_to);
    play_pictures(world, viewer, 10);
    g_assert_cmpstr(room(viewer).name, ==, there);
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), -1));
    WAIT_FOR(world, !room(viewer).going_to);
    g_assert_true(agent_go_to_room_beside(agent_of(viewer), -1));
    WAIT_FOR(world, !strcmp(room(viewer).name, name) && room(viewer).zap.first_picture_us);
}

static bool is_published(const struct party *party)
{
    g_autofree char *why = NULL;
    struct publisher *publisher = outgoing_publisher(agent_outgoing(agent_of(party)), 0);
    return publisher->ops->state(publisher, &why) == PUBLISHER_LIVE;
}

/* What the media server passes on of its viewers' wishes. */
static struct {
    const struct publisher_ops *real;
    struct publisher_ops ops;
    int key_frames;
} heard;

static bool hear_key_frame(struct publisher *publisher)
{
    bool wanted = heard.real->takes_key_frame(publisher);
    heard.key_frames += wanted;
    return wanted;
}

static void listen_in(const struct party *host)
{
    struct publisher *publisher = outgoing_publisher(agent_outgoing(agent_of(host)), 0);
    heard.real = publisher->ops;
    heard.ops = *publisher->ops;
    heard.ops.takes_key_frame = hear_key_frame;
    publisher->ops = &heard.ops;
}

/* Over a real media server: up by WHIP, down by WHEP, and a call out of that, to who takes calls for the broadcaster.
 */
static void by_a_media_server(struct air *air, gconstpointer data)
{
    (void)data;
    struct world *world = &air->world;
    if (!sfu_has_janus()) {
        g_test_skip("this Debian has no package of Janus");
        return;
    }
    struct sfu *server = sfu_start(JANUS, NULL);
    g_autofree char *publish = sfu_publish_url(server), *play = sfu_play_url(server);
    world->options.publish = (char *[]){ publish, NULL };
    struct party *anna = join(world, "anna", "lobby", CALL_PARTY_BROADCASTER, 0);
    world->options.publish = NULL;
    WAIT_FOR(world, is_published(anna));
    listen_in(anna);
    heard.key_frames = 0;
    struct party *maria = join(world, "maria", NULL, CALL_PARTY_ANYONE, 0);
    struct party *viewer = watch(world, (char *[]){ play, NULL }, "maria", true, 0);
    play_pictures(world, viewer, 10);
    g_assert_cmpint(heard.key_frames, >, 0); /* she did not wait for the one that was due */
    struct source *stream = seen(viewer);
    WAIT_FOR(world, agent_describe(agent_of(viewer)).online && agent_describe(agent_of(maria)).online);
    g_assert_cmpint(agent_call(agent_of(viewer), NULL), ==, CALL_OK);
    WAIT_FOR(world, both_are(maria, viewer, CALL_CONNECTED));
    g_assert_true(seen(viewer) != stream);
    play_pictures(world, viewer, 5);
    agent_hang_up(agent_of(viewer));
    WAIT_FOR(world, both_are(maria, viewer, CALL_PREPARED));
    g_assert_true(seen(viewer) == stream);
    play_pictures(world, viewer, 10);
    leave(viewer);
    leave(maria);
    leave(anna);
    sfu_stop(server);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/live-rooms/no-hub", struct air, NULL, begin, without_a_hub, end);
    g_test_add("/live-rooms/call", struct air, NULL, begin, call_and_back, end);
    g_test_add("/live-rooms/rejected", struct air, NULL, begin, cancelled_it_plays_on, end);
    g_test_add("/live-rooms/around", struct air, NULL, begin, around, end);
    g_test_add("/live-rooms/media-server", struct air, NULL, begin, by_a_media_server, end);
    return g_test_run();
}
