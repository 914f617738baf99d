/* A live room with whole agents: watching, calling out of it, what the others see of that, who comes and goes. */
#include <string.h>

#include "agent_rig.h"
#include "app/outgoing/parts.h"
#include "bare_user.h"

static void live_call_live(struct world *world, gconstpointer data)
{
    world->options.codec = GPOINTER_TO_INT(data);
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 50);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_ERROR_STATE); /* nothing on the screen yet */
    play_pictures(world, bert, 5);
    int64_t connected_us = agent_describe(agent_of(bert)).room.connected_us;
    g_assert_cmpint(connected_us, >, 0);
    for (int round = 1; round <= 3; round++) {
        uint64_t before = decoded(anna);
        g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK);
        g_assert_cmpint(agent_call(agent_of(bert), NULL), ==, CALL_OK); /* pressed twice */
        WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        play_pictures(world, bert, 5);
        play_pictures(world, anna, 5);
        g_assert_cmpuint(decoded(anna), >, before);
        g_assert_cmpstr(agent_describe(agent_of(bert)).room.state, ==, "private");
        agent_hang_up(agent_of(round % 2 ? bert : anna));
        WAIT_FOR(world, state_of(bert) == CALL_PREPARED);
        /* Whose call it was needs no word of the hub */
        g_assert_cmpstr(agent_describe(agent_of(bert)).room.state, ==, "live");
        WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
        play_pictures(world, bert, 5);
        g_assert_cmpint(bert->connected, ==, round);
    }
    g_assert_cmpint(agent_describe(agent_of(bert)).room.connected_us, ==, connected_us); /* no new negotiation */
    uint64_t at_rest = decoded(anna);
    run_for(world, 300);
    g_assert_cmpuint(decoded(anna), ==, at_rest); /* the viewer's camera reaches nobody after the call */
}

/* Who watches knows why there is no picture or no sound: who was there, who comes, and who calls. */
static void the_room_knows_what_is_off(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 50);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    g_assert_true(agent_describe(agent_of(bert)).room.host_camera_on &&
                  !agent_describe(agent_of(bert)).room.host_muted);
    agent_set_camera(agent_of(anna), false);
    agent_set_muted(agent_of(anna), true);
    WAIT_FOR(world,
             !agent_describe(agent_of(bert)).room.host_camera_on && agent_describe(agent_of(bert)).room.host_muted);
    agent_set_muted(agent_of(anna), false);
    WAIT_FOR(world, !agent_describe(agent_of(bert)).room.host_muted);

    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world,
             agent_describe(agent_of(cleo)).room.connected_us && !agent_describe(agent_of(cleo)).room.host_camera_on);
    g_assert_cmpint(agent_call(agent_of(cleo), NULL), ==, CALL_OK); /* without having seen a picture */
    WAIT_FOR(world, both_are(anna, cleo, CALL_CONNECTED));
    g_assert_false(agent_describe(agent_of(cleo)).call.remote_camera_on);
    agent_hang_up(agent_of(cleo));
    WAIT_FOR(world, both_are(anna, cleo, CALL_PREPARED));
    g_assert_false(agent_describe(agent_of(cleo)).room.host_camera_on);
    agent_set_camera(agent_of(anna), true);
    WAIT_FOR(world,
             agent_describe(agent_of(bert)).room.host_camera_on && agent_describe(agent_of(cleo)).room.host_camera_on);
    play_pictures(world, cleo, 3);
}

static void others_see_a_private_call(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    play_pictures(world, cleo, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(cleo)).room.state, "private"));
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 1);
    run_for(world, 100); /* what was on its way */
    uint64_t seen = decoded(cleo);
    run_for(world, 300);
    g_assert_cmpuint(decoded(cleo), ==, seen);

    agent_call(agent_of(cleo), NULL); /* she is busy */
    WAIT_FOR(world, cleo->ended == CALL_REASON_REMOTE_BUSY);
    g_assert_cmpint(anna->busy, ==, 1);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    agent_hang_up(agent_of(bert));
    play_pictures(world, cleo, 3);
    g_assert_cmpint(outgoing_recipients(agent_outgoing(agent_of(anna))), ==, 2);
}

static void five_viewers_share_an_encoder(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0), *viewers[5];
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("viewer %d", i);
        viewers[i] = join(world, name, "studio", CALL_PARTY_AUDIENCE, -1);
    }
    for (int i = 0; i < 5; i++)
        play_pictures(world, viewers[i], 1);
    WAIT_FOR(world, agent_describe(agent_of(viewers[0])).room.viewers == 5);
    const struct outgoing *outgoing = agent_outgoing(agent_of(anna));
    uint64_t encoded = outgoing_encoded(outgoing), captured = outgoing->captured, before[5];
    for (int i = 0; i < 5; i++)
        before[i] = decoded(viewers[i]);
    for (int i = 0; i < 5; i++)
        WAIT_FOR(world, decoded(viewers[i]) >= before[i] + 30);
    /* Once for all who get the same size, however many those are. */
    g_assert_cmpuint(outgoing_encoded(outgoing) - encoded, <=, OUTGOING_SIZES * (outgoing->captured - captured + 1));
}

static void the_broadcaster_comes_and_goes(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "away")); /* who is there first waits for her */
    g_assert_cmpstr(agent_describe(agent_of(bert)).room.host, ==, "");
    g_assert_null(bert->status);
    for (int i = 0; i < 2; i++) {
        struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
        play_pictures(world, bert, 3);
        g_assert_null(bert->status);
        if (i == 0) {
            agent_call(agent_of(bert), NULL);
            WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
        }
        leave(anna);
        WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "away"));
        WAIT_FOR(world, state_of(bert) == CALL_PREPARED);
    }
}

static void the_viewer_dies_in_the_call(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    struct party *cleo = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    play_pictures(world, cleo, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    leave(bert);
    WAIT_FOR(world, state_of(anna) == CALL_PREPARED);
    play_pictures(world, cleo, 3);
}

static void the_call_goes_on_without_the_hub(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 3);
    agent_call(agent_of(bert), NULL);
    WAIT_FOR(world, both_are(anna, bert, CALL_CONNECTED));
    hub_destroy(world->hub);
    world->hub = NULL;
    WAIT_FOR(world, !agent_describe(agent_of(bert)).online && !agent_describe(agent_of(anna)).online);
    g_assert_nonnull(bert->status);
    play_pictures(world, bert, 10);
    play_pictures(world, anna, 10);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    open_hub(world);
    WAIT_FOR(world, agent_describe(agent_of(bert)).online && agent_describe(agent_of(anna)).online);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(bert)).room.state, "private"));
    play_pictures(world, bert, 10);
    g_assert_true(both_are(anna, bert, CALL_CONNECTED));
    g_assert_cmpint(bert->connected, ==, 1);
    agent_hang_up(agent_of(bert));
    WAIT_FOR(world, both_are(anna, bert, CALL_PREPARED));
    play_pictures(world, bert, 3);
}

static void keep_reply(void *user_data, enum signal_result result, const cJSON *reply)
{
    char *text = cJSON_PrintUnformatted(reply);
    g_assert_cmpint(result, ==, SIGNAL_DELIVERED);
    g_free(*(char **)user_data);
    *(char **)user_data = g_strdup(text);
    cJSON_free(text);
}

/* Asked until it is so: the room's change is on its way. */
static void expect_list(struct world *world, struct signal_client *client, const char *part)
{
    g_autofree char *list = NULL;
    do {
        g_clear_pointer(&list, g_free);
        signal_room_list(client, keep_reply, &list);
        WAIT_FOR(world, list);
        run_for(world, 20);
    } while (!strstr(list, part));
}

/* Who chooses a room is told whether there is a picture, after the hub was away, too. */
static void lists_tell_of_the_camera(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, -1);
    WAIT_FOR(world, !strcmp(agent_describe(agent_of(anna)).room.state, "live"));
    struct signal_client *visitor = come(world, "visitor");
    expect_list(world, visitor, "\"camera\":true");
    agent_set_camera(agent_of(anna), false);
    expect_list(world, visitor, "\"camera\":false");
    hub_destroy(world->hub);
    WAIT_FOR(world, !signal_client_is_online(visitor) && !agent_describe(agent_of(anna)).online);
    open_hub(world);
    WAIT_FOR(world, signal_client_is_online(visitor) && agent_describe(agent_of(anna)).online);
    expect_list(world, visitor, "\"camera\":false");
    agent_set_camera(agent_of(anna), true);
    expect_list(world, visitor, "\"camera\":true");
    signal_client_destroy(visitor);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/live-call-live/h264", live_call_live, AV_CODEC_ID_H264 },
        { "/agents/live-call-live/vp8", live_call_live, AV_CODEC_ID_VP8 },
        { "/agents/what-is-off", the_room_knows_what_is_off, 0 },
        { "/agents/private", others_see_a_private_call, 0 },
        { "/agents/five-viewers", five_viewers_share_an_encoder, 0 },
        { "/agents/broadcaster-comes-and-goes", the_broadcaster_comes_and_goes, 0 },
        { "/agents/viewer-dies", the_viewer_dies_in_the_call, 0 },
        { "/agents/without-hub", the_call_goes_on_without_the_hub, 0 },
        { "/agents/list/camera", lists_tell_of_the_camera, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
