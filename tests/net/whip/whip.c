/* A WHIP publisher, and what a server says of candidates and TURN servers to publishers and players. */
#include "net/whip/ice_link.h"
#include "turn_server.h"
#include "whip_scene.h"

static void wait_for_arrivals(struct scene *scene, guint n)
{
    guint until = scene->server.video.packets->len + n;
    wait_until(scene, scene->server.video.packets->len >= until && scene->server.audio.packets->len);
}

static void publishes(void)
{
    struct scene scene;
    scene_open(&scene, true);
    scene_start(&scene, TOKEN);
    wait_until(&scene, scene_flows(&scene));
    g_assert_cmpint(scene.user.opened, ==, 1);
    wait_for_arrivals(&scene, 20);
    g_assert_true(scene.server.video.first_was_key);
    g_assert_cmpint(scene.user.key_frames, >, 0);
    g_assert_cmpint(peer_video_codec(scene.user.peer), ==, AV_CODEC_ID_H264);
    g_assert_false(peer_far_end_sends(scene.user.peer, AVMEDIA_TYPE_VIDEO));
    int before = scene.user.key_frames;
    struct source *there = peer_source(scene.server.peer);
    there->ops->request_key_frame(there);
    wait_until(&scene, scene.user.key_frames > before);
    whip_destroy(g_steal_pointer(&scene.user.whip));
    g_assert_null(scene.user.peer);
    wait_until(&scene, scene.server.deletes == 1);
    scene_close(&scene);
}

/* Another peer takes the place of the one that ended, and both are told. */
static void replaces_peer(void)
{
    struct scene scene;
    scene_open(&scene, true);
    scene_start(&scene, NULL);
    for (int i = 1; i <= 3; i++) {
        wait_until(&scene, scene.user.opened == i && scene.user.peer);
        wait_for_arrivals(&scene, 5);
        whip_server_hang_up(&scene.server);
        wait_until(&scene, scene.user.closed == i);
        g_assert_cmpint((int)scene.user.troubles->len, ==, i);
        g_assert_cmpint(scene.user.troubles->str[i - 1] - '0', ==, WHIP_GONE);
    }
    scene_close(&scene);
}

static void restarts(void)
{
    struct scene scene;
    scene_open(&scene, true);
    scene_start(&scene, NULL);
    wait_for_arrivals(&scene, 5);
    whip_network_changed(scene.user.whip);
    wait_until(&scene, scene.server.restarts == 1);
    wait_for_arrivals(&scene, 50);
    g_assert_cmpint(scene.user.opened, ==, 1);
    g_assert_cmpint(scene.server.offers, ==, 1);
    scene_close(&scene);
}

/* The server answers with 406 and a description: that is WHEP's counter-offer, and nothing to a publisher. */
static void no_counter_offer(void)
{
    struct scene scene;
    scene_open(&scene, true);
    scene.server.status = 406;
    scene_start(&scene, NULL);
    wait_until(&scene, scene.user.troubles->len);
    g_assert_cmpint(scene.user.troubles->str[0] - '0', ==, WHIP_REFUSED);
    scene_close(&scene);
}

/* ---- TURN servers in Link fields ---- */

static char *link_of(const struct turn_server *turn)
{
    return g_strdup_printf("<http://127.0.0.1/events>; rel=\"urn:ietf:params:whep:ext:x\", "
                           "<turn:%s:%d?transport=udp>; rel=\"ice-server\"; username=\"anna\"; "
                           "credential=\"sec\\ret\"; credential-type=\"password\"",
                           turn->address, turn->port);
}

static void links(void)
{
    static const struct {
        const char *field;
        int servers;
    } cases[] = {
        { NULL, 0 },
        { "", 0 },
        { "<stun:192.0.2.1:3478>; rel=\"ice-server\"", 1 },
        { "<stun:192.0.2.1>;rel=ice-server,<turn:192.0.2.1?transport=tcp> ; username=a ; REL=\"x ICE-Server\";"
          "credential=\"with \\\" and , and ;\"",
          2 },
        { "<stun:192.0.2.1>; rel=\"alternate\", <https://a.test/?a,b>; rel=\"urn:x\", <stun:192.0.2.2>; rel=ice-server",
          1 },
        { "<turn:192.0.2.1>; rel=\"ice-server\"", 0 }, /* without a user */
        { "<stun:192.0.2.1; rel=\"ice-server\"", 0 },
        { "stun:192.0.2.1; rel=\"ice-server\"", 0 },
        { "<stun:192.0.2.1>; rel=\"ice-server", 1 },
        { "<stun:192.0.2.1>; rel=\"ice-server\\", 0 },
        { "<>; rel=ice-server", 0 },
        { "<https://192.0.2.1>; rel=ice-server", 0 },
        { "<stun:192.0.2.1>; ; = ; rel", 0 },
    };
    struct reactor *reactor = reactor_create();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct ice_servers *servers = ice_servers_create(reactor, NULL);
        g_test_message("%s", cases[i].field);
        g_assert_cmpint(ice_link_add(servers, cases[i].field), ==, cases[i].servers);
        ice_servers_destroy(servers);
    }
    reactor_destroy(reactor);
}

/* Relayed candidates are all there may be, and they are known after the offer only. */
static void relay(struct scene *scene, const struct turn_server *turn, bool takes, int patch_status, bool forgets_tag)
{
    g_autofree char *link = link_of(turn);
    scene_open(scene, takes);
    scene->server.patch_status = patch_status;
    scene->server.forgets_tag = forgets_tag;
    scene->ice_servers = ice_servers_create(scene->reactor, NULL);
    ice_servers_set_relay_only(scene->ice_servers, true);
    scene->server.link = link;
    scene_start(scene, NULL);
    wait_until(scene, scene_flows(scene));
    if (takes)
        wait_for_arrivals(scene, 10);
}

static void relayed(void)
{
    struct turn_server turn;
    struct scene scene;
    turn_server_open(&turn, NULL);
    relay(&scene, &turn, false, 0, false);
    g_assert_cmpint(scene.server.offers, ==, 1);
    wait_until(&scene, scene.server.trickles > 0); /* the check of a candidate may be there before the candidate */
    g_assert_null(strstr(scene.server.offer, "typ host"));
    scene_close(&scene);
    relay(&scene, &turn, true, 0, false);
    wait_until(&scene, scene.server.trickles > 0);
    scene_close(&scene);
    turn_server_close(&turn);
}

/* To a server that takes no candidates after the offer there goes another offer, with all of them. */
static void no_trickle(void)
{
    static const int refusals[] = { 405, 415, 422 };
    struct turn_server turn;
    turn_server_open(&turn, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        struct scene scene;
        relay(&scene, &turn, false, refusals[i], false);
        g_assert_cmpint(scene.server.offers, ==, 2);
        g_assert_nonnull(strstr(scene.server.offer, "typ relay"));
        g_assert_cmpint(scene.server.trickles, ==, 0);
        g_assert_cmpint(scene.user.troubles->len, ==, 0);
        scene_close(&scene);
    }
    turn_server_close(&turn);
}

/* The server has another entity tag than it said: what it holds is not what we hold, and ICE is begun anew, by a
 * restart where there is a connection already. */
static void wrong_tag(void)
{
    struct turn_server turn;
    struct scene scene;
    turn_server_open(&turn, NULL);
    relay(&scene, &turn, false, 0, true);
    wait_until(&scene, scene.server.restarts == 1 || (scene.server.offers == 2 && scene.server.trickles == 2));
    wait_until(&scene, scene_flows(&scene));
    scene_close(&scene);
    turn_server_close(&turn);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what troubles are told by */
    g_test_add_func("/whip/publishes", publishes);
    g_test_add_func("/whip/replaces-peer", replaces_peer);
    g_test_add_func("/whip/restarts", restarts);
    g_test_add_func("/whip/no-counter-offer", no_counter_offer);
    g_test_add_func("/whip/links", links);
    g_test_add_func("/whip/relayed", relayed);
    g_test_add_func("/whip/no-trickle", no_trickle);
    g_test_add_func("/whip/wrong-tag", wrong_tag);
    return g_test_run();
}
