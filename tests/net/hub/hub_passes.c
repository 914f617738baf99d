/* A call is continued on another device: the hub's part of it, without sockets. */
#include "hub_box.h"
#include "net/hub/service/control.h"
#include "net/protocol/hub_token.h"

enum { SECOND_US = 1000000 };

/* The kiosk is in a call with anna, who accepted. */
struct scene {
    struct hub_service *service;
    struct hub_keys *keys;
    struct box kiosk, anna, phone;
    char *pass;
};

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){ .service = hub_service_create(&ops, NULL) };
    open_box(scene->service, &scene->kiosk, "kiosk");
    open_box(scene->service, &scene->anna, "anna");
    call(&scene->kiosk, "anna", "invite", "first");
    call(&scene->anna, scene->kiosk.address, "accept", "first");
}

static void close_scene(struct scene *scene)
{
    if (scene->phone.session)
        close_box(&scene->phone);
    close_box(&scene->kiosk);
    close_box(&scene->anna);
    hub_service_destroy(scene->service);
    g_free(scene->pass);
}

static void take_pass(struct scene *scene)
{
    const cJSON *ack = ask(&scene->kiosk, "\"op\":\"pass\"");
    g_assert_true(json_is_true(ack, "ok"));
    g_assert_cmpfloat(json_member(ack, "seconds")->valuedouble, ==, 120);
    g_free(scene->pass);
    scene->pass = g_strdup(json_string(ack, "pass"));
    g_assert_cmpuint(strlen(scene->pass), ==, 32);
}

static const cJSON *use_pass(struct scene *scene, struct box *box, const char *more, int64_t now_us)
{
    g_autofree char *login = g_strdup_printf("\"op\":\"login\",\"pass\":\"%s\"%s", scene->pass, more);
    memset(box, 0, sizeof *box);
    box->session = hub_session_open(scene->service, box);
    const cJSON *ack = ask_at(box, login, now_us);
    box->address = g_strdup(json_string(ack, "address"));
    return ack;
}

static void come_by_phone(struct scene *scene)
{
    take_pass(scene);
    g_assert_true(json_is_true(use_pass(scene, &scene->phone, "", HUB_BOX_NOW_US), "ok"));
    g_assert_true(g_str_has_prefix(scene->phone.address, "kiosk/"));
}

static const cJSON *invite_with(struct box *box, const char *to, const char *id, const char *match)
{
    g_autofree char *text = g_strdup_printf("\"op\":\"send\",\"to\":\"%s\",\"body\":{\"type\":\"call\",\"action\":"
                                            "\"invite\",\"call\":\"%s\",\"match\":\"%s\"}",
                                            to, id, match);
    return ask(box, text);
}

static void a_call_goes_on(void)
{
    struct scene scene;
    open_scene(&scene);
    come_by_phone(&scene);
    forget(&scene.kiosk);
    expect_ok(&scene.phone, "\"op\":\"continue\"");
    g_assert_cmpstr(json_string(newest(&scene.kiosk, "hangup"), "continued"), ==, scene.phone.address);
    expect_error(&scene.phone, "\"op\":\"continue\"", "not-allowed"); /* once */
    forget(&scene.phone);
    forget(&scene.anna);
    call(&scene.kiosk, "anna", "hangup", "first");
    const cJSON *caller = newest(&scene.phone, "match"), *callee = newest(&scene.anna, "match");
    g_assert_cmpstr(json_string(caller, "role"), ==, "caller");
    g_assert_cmpstr(json_string(caller, "with"), ==, scene.anna.address);
    g_assert_cmpstr(json_string(callee, "with"), ==, scene.phone.address);
    g_autofree char *match = g_strdup(json_string(caller, "call"));
    g_assert_cmpstr(json_string(callee, "call"), ==, match);
    g_assert_cmpstr(json_string(invite_with(&scene.phone, scene.anna.address, "x", "another"), "error"), ==,
                    "not-allowed");
    g_assert_true(json_is_true(invite_with(&scene.phone, scene.anna.address, "second", match), "ok"));
    call(&scene.anna, scene.phone.address, "accept", "second");
    g_assert_null(scene.phone.dropped);
    call(&scene.anna, scene.phone.address, "hangup", "second");
    g_assert_cmpstr(scene.phone.dropped, ==, "the call that it came for is over");
    close_scene(&scene);
}

/* A code on a screen is seen by many. */
static void a_pass_is_used_once(void)
{
    struct scene scene;
    struct box other;
    open_scene(&scene);
    take_pass(&scene);
    g_autofree char *old = g_steal_pointer(&scene.pass);
    come_by_phone(&scene);
    g_assert_cmpstr(json_string(use_pass(&scene, &other, "", HUB_BOX_NOW_US), "error"), ==, "not-allowed");
    close_box(&other);
    g_autofree char *newer = g_steal_pointer(&scene.pass);
    scene.pass = g_steal_pointer(&old); /* another one was asked for since */
    g_assert_cmpstr(json_string(use_pass(&scene, &other, "", HUB_BOX_NOW_US), "error"), ==, "not-allowed");
    close_box(&other);
    close_scene(&scene);
}

static void a_pass_ends(void)
{
    struct scene scene;
    open_scene(&scene);
    take_pass(&scene);
    const cJSON *ack = use_pass(&scene, &scene.phone, "", HUB_BOX_NOW_US + 121 * SECOND_US);
    g_assert_cmpstr(json_string(ack, "error"), ==, "not-allowed");
    close_scene(&scene);
    open_scene(&scene); /* used, and then nothing is done with it */
    come_by_phone(&scene);
    ask_at(&scene.anna, "\"op\":\"ping\"", HUB_BOX_NOW_US + 241 * SECOND_US);
    g_assert_nonnull(scene.phone.dropped);
    close_scene(&scene);
}

/* Its device that lost its connection, and nobody else. */
static void the_holder_comes_back(void)
{
    struct scene scene;
    struct box again, thief;
    open_scene(&scene);
    take_pass(&scene);
    const cJSON *ack = use_pass(&scene, &scene.phone, "", HUB_BOX_NOW_US);
    const char *device = strchr(scene.phone.address, '/') + 1;
    g_autofree char *wrong = g_strdup_printf(",\"device\":\"%s\",\"resume\":\"guessed\"", device);
    g_autofree char *right = g_strdup_printf(",\"device\":\"%s\",\"resume\":\"%s\"", device,
                                             json_string(ack, "resume"));
    g_assert_cmpstr(json_string(use_pass(&scene, &thief, wrong, HUB_BOX_NOW_US), "error"), ==, "not-allowed");
    close_box(&thief);
    g_assert_true(json_is_true(use_pass(&scene, &again, right, HUB_BOX_NOW_US), "ok"));
    g_assert_cmpstr(again.address, ==, scene.phone.address);
    g_assert_cmpstr(scene.phone.dropped, ==, "the same device logged in again");
    expect_ok(&again, "\"op\":\"continue\"");
    close_box(&again);
    close_scene(&scene);
}

/* Who came for one call has nothing else of the user's: neither her rooms nor her calls. */
static void it_is_for_one_call(void)
{
    static const char *const refused[] = { "\"op\":\"pass\"", "\"op\":\"room-open\",\"room\":\"r\"",
                                           "\"op\":\"renew\",\"token\":\"x\"" };
    struct scene scene;
    struct box bert;
    open_scene(&scene);
    come_by_phone(&scene);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        expect_error(&scene.phone, refused[i], "not-allowed");
    g_assert_cmpstr(json_string(call(&scene.phone, "anna", "invite", "own"), "error"), ==, "not-allowed");
    open_box(scene.service, &bert, "bert");
    const cJSON *ack = call(&bert, "kiosk", "invite", "of bert");
    g_assert_cmpint(cJSON_GetArraySize(json_member(ack, "rung")), ==, 1); /* the kiosk's own device */
    close_box(&bert);
    close_scene(&scene);
}

static void without_a_call(void)
{
    struct scene scene;
    open_scene(&scene);
    expect_error(&scene.anna, "\"op\":\"continue\"", "not-allowed");
    come_by_phone(&scene);
    call(&scene.anna, scene.kiosk.address, "hangup", "first");
    expect_error(&scene.phone, "\"op\":\"continue\"", "not-found");
    expect_error(&scene.kiosk, "\"op\":\"pass\"", "not-found");
    close_scene(&scene);
}

/* The caller of a live room's call is among its audience. */
static void in_a_room(void)
{
    struct scene scene = { .service = hub_service_create(&ops, NULL) };
    open_box(scene.service, &scene.kiosk, "kiosk");
    open_box(scene.service, &scene.anna, "anna");
    expect_ok(&scene.anna, "\"op\":\"room-open\",\"room\":\"r\"");
    expect_ok(&scene.kiosk, "\"op\":\"room-join\",\"room\":\"r\"");
    call(&scene.kiosk, "anna", "invite", "first");
    call(&scene.anna, scene.kiosk.address, "accept", "first");
    come_by_phone(&scene);
    expect_error(&scene.phone, "\"op\":\"continue\"", "not-allowed");
    expect_error(&scene.phone, "\"op\":\"continue\",\"room\":\"r\"", "not-allowed");
    expect_ok(&scene.phone, "\"op\":\"room-join\",\"room\":\"r\"");
    expect_ok(&scene.phone, "\"op\":\"continue\",\"room\":\"r\"");
    forget(&scene.phone);
    call(&scene.kiosk, scene.anna.address, "hangup", "first");
    g_assert_cmpstr(json_string(newest(&scene.phone, "match"), "room"), ==, "r");
    g_autofree char *match = g_strdup(json_string(newest(&scene.phone, "match"), "call"));
    g_assert_true(json_is_true(invite_with(&scene.phone, scene.anna.address, "second", match), "ok"));
    close_scene(&scene);
}

/* What the kiosk's token allows, as audience. */
static void a_grant_for_a_call(void)
{
    struct hub_grant grant = { .user = "kiosk", .name = "Lobby", .server = true, .expires_s = 5 };
    grant.rooms = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(grant.rooms, "own", GINT_TO_POINTER(HUB_ROLE_HOST));
    struct hub_grant *copy = hub_grant_for_a_call(&grant);
    g_assert_cmpstr(copy->name, ==, "Lobby");
    g_assert_false(copy->server);
    g_assert_cmpint(hub_grant_role(copy, "own"), ==, HUB_ROLE_AUDIENCE);
    g_assert_cmpint(hub_grant_role(copy, "other"), ==, HUB_ROLE_NONE);
    hub_grant_destroy(copy);
    g_hash_table_unref(grant.rooms);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub_passes/goes-on", a_call_goes_on);
    g_test_add_func("/hub_passes/once", a_pass_is_used_once);
    g_test_add_func("/hub_passes/ends", a_pass_ends);
    g_test_add_func("/hub_passes/comes-back", the_holder_comes_back);
    g_test_add_func("/hub_passes/one-call", it_is_for_one_call);
    g_test_add_func("/hub_passes/no-call", without_a_call);
    g_test_add_func("/hub_passes/room", in_a_room);
    g_test_add_func("/hub_passes/grant", a_grant_for_a_call);
    return g_test_run();
}
