/* A WHEP player against a server that gives, refuses, goes away, comes back and talks nonsense. */
#include "whip_scene.h"

static void wait_for_pictures(struct scene *scene, int n)
{
    int until = scene->user.pictures + n;
    wait_until(scene, scene->user.pictures >= until && scene->user.sounds > 0);
}

static void plays(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene_start(&scene, TOKEN);
    wait_until(&scene, scene_flows(&scene));
    wait_for_pictures(&scene, 20);
    g_assert_cmpint(whip_status(scene.user.whip).trouble, ==, WHIP_WELL);
    g_assert_cmpint(scene.server.offers, ==, 1);
    whip_destroy(g_steal_pointer(&scene.user.whip));
    wait_until(&scene, scene.server.deletes == 1);
    g_assert_nonnull(strstr(scene.server.tokens->str, "Bearer " TOKEN));
    scene_close(&scene);
}

static void counter_offer(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene.server.counter_offers = true;
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 20);
    g_assert_cmpint(scene.server.offers, ==, 1);
    g_assert_cmpint(scene.server.answers, ==, 1);
    g_assert_null(strstr(scene.server.tokens->str, "Bearer"));
    scene_close(&scene);
    g_assert_cmpint(scene.server.deletes, ==, 1);
}

/* To another host, which "localhost" is: it never sees the token. */
static void redirect(void)
{
    struct scene scene;
    scene_open(&scene, false);
    g_autofree char *moved = g_strdup_printf("http://localhost:%d/live/moved", scene.server.port),
                    *leaked = g_strdup_printf("localhost:%d Bearer", scene.server.port),
                    *clean = g_strdup_printf("localhost:%d -", scene.server.port),
                    *own = g_strdup_printf("127.0.0.1:%d Bearer " TOKEN, scene.server.port);
    scene.server.redirect = moved;
    scene_start(&scene, TOKEN);
    wait_for_pictures(&scene, 5);
    whip_destroy(g_steal_pointer(&scene.user.whip));
    wait_until(&scene, scene.server.deletes == 1);
    g_assert_nonnull(strstr(scene.server.tokens->str, own));
    g_assert_nonnull(strstr(scene.server.tokens->str, clean));
    g_assert_null(strstr(scene.server.tokens->str, leaked));
    scene_close(&scene);
}

/* Says what is wrong, and plays once the server is well. */
static void mends(struct scene *scene, enum whip_trouble trouble)
{
    scene_start(scene, NULL);
    wait_until(scene, scene->user.troubles->len);
    g_assert_cmpint(scene->user.troubles->str[0] - '0', ==, trouble);
    g_assert_cmpint(*whip_status(scene->user.whip).words, !=, '\0');
    scene->server.status = 0;
    scene->server.text = NULL;
    if (trouble != WHIP_BUSY) /* that one comes by itself */
        whip_network_changed(scene->user.whip);
    wait_until(scene, scene_flows(scene));
    g_assert_cmpint(whip_status(scene->user.whip).trouble, ==, WHIP_WELL);
    wait_for_pictures(scene, 5);
    g_assert_cmpint(scene->user.troubles->len, ==, 1);
    scene_close(scene);
}

static void refusals(void)
{
    static const struct {
        int status;
        enum whip_trouble trouble;
    } cases[] = { { 401, WHIP_UNAUTHORIZED }, { 403, WHIP_UNAUTHORIZED }, { 404, WHIP_NOT_FOUND }, { 503, WHIP_BUSY },
                  { 500, WHIP_REFUSED },      { 418, WHIP_REFUSED },      { 301, WHIP_REFUSED } };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct scene scene;
        scene_open(&scene, false);
        scene.server.status = cases[i].status;
        mends(&scene, cases[i].trouble);
    }
}

static void nonsense(void)
{
    g_autofree char *huge = g_strnfill(100000, 'x');
    const char *const texts[] = { "", "no description", "v=0\r\nm=audio\r\n", "v=0\r\n", huge };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct scene scene;
        scene_open(&scene, false);
        scene.server.text = texts[i];
        mends(&scene, WHIP_REFUSED);
    }
    struct scene scene;
    scene_open(&scene, false);
    scene.server.status = 406;
    scene.server.text = "v=0 but no more";
    mends(&scene, WHIP_REFUSED);
}

/* A server that asks for patience gets it, whatever the network does. */
static void patience(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene.server.status = 503;
    scene.server.retry_after = "30";
    scene_start(&scene, NULL);
    wait_until(&scene, scene.user.troubles->len);
    g_assert_cmpint(whip_status(scene.user.whip).retry_at_us, >, g_get_monotonic_time() + 20 * G_USEC_PER_SEC);
    whip_network_changed(scene.user.whip);
    scene_run(&scene, 300000);
    g_assert_cmpint(scene.server.offers, ==, 1);
    scene_close(&scene);
}

/* Any other is tried again at once when the network is another one. */
static void network(void)
{
    struct scene scene;
    scene_open(&scene, false);
    whip_server_vanish(&scene.server);
    scene_start(&scene, NULL);
    wait_until(&scene, scene.user.troubles->len);
    g_assert_cmpint(scene.user.troubles->str[0] - '0', ==, WHIP_UNREACHABLE);
    whip_server_return(&scene.server);
    whip_network_changed(scene.user.whip);
    wait_for_pictures(&scene, 5);
    scene_close(&scene);
}

/* Without a Location it plays, and there is nothing to end. */
static void no_location(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene.server.hides_place = true;
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 10);
    scene_close(&scene);
    g_assert_cmpint(scene.server.deletes, ==, 0);
}

/* On another network: the same session and the same connection, a new path. */
static void restart(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 5);
    struct peer *peer = whip_peer(scene.user.whip);
    for (int i = 1; i <= 2; i++) {
        whip_network_changed(scene.user.whip);
        wait_until(&scene, scene.server.restarts == i);
        wait_for_pictures(&scene, 50);
    }
    g_assert_true(peer == whip_peer(scene.user.whip));
    g_assert_cmpint(scene.server.offers, ==, 1);
    g_assert_cmpint(scene.user.losses, ==, 0);
    scene_close(&scene);
    g_assert_cmpint(scene.server.deletes, ==, 1);
}

/* Where the server has no restarts it is a new session, and the same source. */
static void no_restart(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene.server.patch_status = 405;
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 5);
    whip_network_changed(scene.user.whip);
    wait_until(&scene, scene.server.offers == 2 && scene_flows(&scene));
    wait_for_pictures(&scene, 5);
    g_assert_cmpint(scene.user.losses, ==, 1);
    scene_close(&scene);
    g_assert_cmpint(scene.server.deletes, ==, 2);
}

/* Ended from there, it is asked for again; the source stays, and its time stamps grow (user_picture looks). */
static void hung_up(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene_start(&scene, NULL);
    for (int i = 1; i <= 3; i++) {
        wait_for_pictures(&scene, 5);
        wait_until(&scene, scene_flows(&scene));
        whip_server_hang_up(&scene.server);
        wait_until(&scene, (int)scene.user.troubles->len == i);
        g_assert_cmpint(scene.user.troubles->str[i - 1] - '0', ==, WHIP_GONE);
    }
    wait_for_pictures(&scene, 5);
    g_assert_cmpint(scene.user.losses, ==, 3);
    scene_close(&scene);
}

static void silence(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 5);
    scene.server.silent = true;
    wait_until(&scene, scene.user.troubles->len);
    g_assert_cmpint(scene.user.troubles->str[0] - '0', ==, WHIP_SILENT);
    scene.server.silent = false;
    wait_for_pictures(&scene, 5);
    scene_close(&scene);
}

static void gone_and_back(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene_start(&scene, NULL);
    wait_for_pictures(&scene, 5);
    whip_server_vanish(&scene.server);
    whip_server_hang_up(&scene.server);
    wait_until(&scene, strchr(scene.user.troubles->str, '0' + WHIP_UNREACHABLE));
    scene_run(&scene, 500000);
    whip_server_return(&scene.server);
    wait_for_pictures(&scene, 20);
    wait_until(&scene, scene_flows(&scene));
    scene_close(&scene);
}

/* Nobody is there any more when the answer comes: the server is told so. */
static void destroyed_early(void)
{
    struct scene scene;
    scene_open(&scene, false);
    scene.server.never_answers = true;
    scene_start(&scene, TOKEN);
    wait_until(&scene, scene.server.held);
    whip_destroy(g_steal_pointer(&scene.user.whip));
    scene_run(&scene, 100000);
    whip_server_answer_now(&scene.server);
    wait_until(&scene, scene.server.deletes == 1);
    scene_close(&scene);
}

static void destroyed_within(void)
{
    for (int status = 0; status <= 404; status += 404) {
        struct scene scene;
        scene_open(&scene, false);
        scene.server.status = status;
        scene.user.destroys_itself = true;
        scene_start(&scene, NULL);
        wait_until(&scene, !scene.user.whip);
        scene_close(&scene);
    }
}

static void addresses(void)
{
    static const char *const bad[] = { "", "whep:", "whep://", "rtsp://host/x", "http:", "whep:/x" };
    struct reactor *reactor = reactor_create();
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *error = NULL;
        g_assert_null(whip_create(&(struct whip_config){ .reactor = reactor, .url = bad[i] }, &error));
        g_assert_nonnull(error);
    }
    g_assert_true(whip_is_url("WHEPS://host/x"));
    g_assert_false(whip_is_url("https://host/x"));
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what troubles are told by */
    g_test_add_func("/whep/addresses", addresses);
    g_test_add_func("/whep/plays", plays);
    g_test_add_func("/whep/counter-offer", counter_offer);
    g_test_add_func("/whep/redirect", redirect);
    g_test_add_func("/whep/refusals", refusals);
    g_test_add_func("/whep/nonsense", nonsense);
    g_test_add_func("/whep/patience", patience);
    g_test_add_func("/whep/network", network);
    g_test_add_func("/whep/no-location", no_location);
    g_test_add_func("/whep/restart", restart);
    g_test_add_func("/whep/no-restart", no_restart);
    g_test_add_func("/whep/hung-up", hung_up);
    g_test_add_func("/whep/silence", silence);
    g_test_add_func("/whep/gone-and-back", gone_and_back);
    g_test_add_func("/whep/destroyed-early", destroyed_early);
    g_test_add_func("/whep/destroyed-within", destroyed_within);
    return g_test_run();
}
