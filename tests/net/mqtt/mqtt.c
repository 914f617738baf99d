/* Messages, rooms and the directory over a real Mosquitto, and brokers that go, come back, or are two. */
#include "mqtt_rig.h"

/* ---- messages ---- */

static void messages(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *alice = &world->alice, *bob = &world->bob, *second = &world->carol;
    say(alice, "carol", "?");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
    say(alice, "bob", "hello");
    g_assert_cmpint(alice->done, ==, 0);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob->messages == 1);
    g_assert_cmpstr(bob->text, ==, "hello");
    g_assert_cmpstr(bob->from, ==, signal_client_address(alice->client));
    g_autofree char *back = g_strdup(bob->from);
    say(bob, back, "and back");
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    until(reactor, alice->messages == 1);

    g_autofree char *large = g_strnfill(60000, 'l'), *too_large = g_strnfill(70000, 'l');
    say(alice, "bob", large);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, bob->messages == 2);
    g_assert_cmpstr(bob->text, ==, large);
    say(alice, "bob", too_large);
    answered(reactor, alice, SIGNAL_REFUSED, "too-large");

    enter(reactor, second, world->broker, "bob");
    until(reactor, (say(alice, "bob", "both"), answered(reactor, alice, SIGNAL_DELIVERED, NULL), second->messages));
    say(alice, signal_client_address(second->client), "one");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(second->text, "one"));
    g_assert_cmpstr(bob->text, ==, "both");
    leave(second);
    leave(bob);
    until(reactor, (say(alice, "bob", "gone?"),
                    answer(reactor, alice) == SIGNAL_OFFLINE)); /* once the broker has read that he is */
    say(alice, "bob", "and stays so");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
    say(alice, "bob/../+/#", "no address");
    answered(reactor, alice, SIGNAL_OFFLINE, "offline");
}

/* More than may wait for the broker at once, and more than a receiver takes of one sender. */
static void too_many_messages(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    enum { MESSAGES = 1200 };
    say(alice, "bob", "so that he is known");
    answered(world->reactor, alice, SIGNAL_DELIVERED, NULL);
    for (int i = 0; i < MESSAGES; i++)
        say(alice, "bob", "too many");
    until(world->reactor, alice->done == MESSAGES);
    g_assert_cmpint(alice->results[SIGNAL_REFUSED], >, 0);
    g_assert_cmpint(alice->results[SIGNAL_REFUSED] + alice->results[SIGNAL_DELIVERED], ==, MESSAGES + 1);
    g_assert_cmpint(bob->messages, >, 0);
    g_assert_cmpint(alice->offline + bob->offline, ==, 0);
}

/* What is said just before the end arrives, and the broker is told of the end. */
static void last_words(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    say(alice, "bob", "so that he is known");
    answered(world->reactor, alice, SIGNAL_DELIVERED, NULL);
    g_autofree char *end = g_strdup_printf("*callapi-%s*disconnected.",
                                           strrchr(signal_client_address(alice->client), '/') + 1);
    for (int i = 0; i < 60; i++) {
        say(alice, "bob", i == 59 ? "bye" : "words");
        say(bob, "alice", "and an answer that she does not read any more");
    }
    leave(alice);
    until(world->reactor, !g_strcmp0(bob->text, "bye"));
    g_assert_cmpint(bob->messages, ==, 61);
    until(world->reactor, mqtt_broker_logged(world->broker, end));
}

/* ---- rooms ---- */

static void rooms(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *host = &world->alice, *rival = &world->bob, *viewer = &world->carol;
    enter(reactor, viewer, world->broker, "carol");
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_REFUSED, "not-found");
    signal_room_open(host->client, "room", NULL, person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    signal_room_open(rival->client, "room", NULL, person_done, rival);
    answered(reactor, rival, SIGNAL_REFUSED, "not-allowed");
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, host->joined == 1 && host->viewers == 1 && viewer->viewers == 1);
    g_assert_cmpstr(host->viewer, ==, signal_client_address(viewer->client));
    signal_room_set_state(rival->client, "room", "private", person_done, rival);
    answered(reactor, rival, SIGNAL_REFUSED, "not-allowed");
    signal_room_set_state(host->client, "room", "private", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(viewer->state, "private"));
    signal_room_list(rival->client, person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(rival->reply, "\"room\":\"room\",\"host\":\"alice\",\"state\":\"private\",\"viewers\":1"));
    leave(host);
    until(reactor, !g_strcmp0(viewer->state, "away"));
    g_assert_cmpstr(viewer->host, ==, "");
    signal_room_join(rival->client, "room", person_done, rival); /* while somebody waits in it */
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(rival->state, "away"));
    signal_room_open(rival->client, "room", NULL, person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor, rival->joined == 1 && !g_strcmp0(viewer->state, "live"));
    g_assert_cmpstr(viewer->host, ==, "bob");
    signal_room_leave(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, rival->left == 1 && rival->viewers == 0);
    signal_room_close(rival->client, "room", person_done, rival);
    answered(reactor, rival, SIGNAL_DELIVERED, NULL);
    until(reactor,
          (signal_room_leave(viewer->client, "room", NULL, NULL),
           signal_room_join(viewer->client, "room", person_done, viewer), answer(reactor, viewer) == SIGNAL_REFUSED));
    g_assert_cmpstr(viewer->error, ==, "not-found");
}

/* Two who open at the same time: one of them broadcasts, both know who. */
static void two_open_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    struct person *alice = &world->alice, *bob = &world->bob;
    for (int round = 0; round < 5; round++) {
        g_autofree char *room = g_strdup_printf("room %d %%+#", round);
        signal_room_open(alice->client, room, NULL, person_done, alice);
        signal_room_open(bob->client, room, NULL, person_done, bob);
        until(world->reactor, alice->done && bob->done);
        g_assert_cmpint((alice->result == SIGNAL_DELIVERED) + (bob->result == SIGNAL_DELIVERED), ==, 1);
        struct person *winner = alice->result == SIGNAL_DELIVERED ? alice : bob;
        alice->done = bob->done = 0;
        signal_room_close(winner->client, room, person_done, winner);
        answered(world->reactor, winner, SIGNAL_DELIVERED, NULL);
    }
}

static void directory(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *alice = &world->alice, *bob = &world->bob, *carol = &world->carol;
    signal_room_open(alice->client, "first", NULL, NULL, NULL);
    signal_watch(bob->client, true, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    until(reactor, g_hash_table_contains(bob->users, "alice") && g_hash_table_contains(bob->users, "bob"));
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "first"), "live"));
    enter(reactor, carol, world->broker, "carol");
    until(reactor, g_hash_table_contains(bob->users, "carol"));
    signal_room_open(carol->client, "second", NULL, NULL, NULL);
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "second"), "live"));
    signal_user_list(bob->client, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(bob->reply, "\"carol\""));
    leave(carol);
    until(reactor, !g_hash_table_contains(bob->users, "carol"));
    until(reactor, !g_strcmp0(g_hash_table_lookup(bob->rooms, "second"), "closed"));
    signal_watch(bob->client, false, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    signal_user_list(bob->client, person_done, bob);
    answered(reactor, bob, SIGNAL_DELIVERED, NULL);
    g_assert_nonnull(strstr(bob->reply, "\"alice\""));
    g_assert_null(strstr(bob->reply, "\"carol\""));
}

/* ---- the broker goes ---- */

static void broker_killed(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *host = &world->alice, *viewer = &world->bob;
    g_autofree char *address = g_strdup(signal_client_address(host->client));
    signal_watch(viewer->client, true, person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    signal_room_open(host->client, "room", NULL, person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    signal_room_set_state(host->client, "room", "private", person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, host->joined == 1);
    say(host, "bob", "on its way");
    mqtt_broker_kill(world->broker);
    until(reactor, host->offline && viewer->offline && host->done);
    g_assert_false(signal_client_is_online(host->client));
    host->done = 0;
    say(host, "bob", "into nothing");
    answered(reactor, host, SIGNAL_LOST, NULL);
    mqtt_broker_restart(world->broker);
    until(reactor, host->online == 2 && viewer->online == 2);
    g_assert_cmpstr(signal_client_address(host->client), ==, address);
    until(reactor, host->joined == 2 && !g_strcmp0(viewer->state, "private") && !strcmp(viewer->host, "alice"));
    until(reactor, g_hash_table_contains(viewer->users, "alice"));
    say(host, "bob", "again");
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(viewer->text, "again"));
}

/* ---- the machine slept ---- */

/* Nobody is told that she left: the session is taken over. */
static void slept(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *host = &world->alice, *viewer = &world->bob;
    signal_room_open(host->client, "room", NULL, person_done, host);
    answered(reactor, host, SIGNAL_DELIVERED, NULL);
    signal_room_join(viewer->client, "room", person_done, viewer);
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, host->joined == 1);
    signal_client_network_changed(viewer->client, false);
    say(viewer, "alice", "still here");
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    g_assert_cmpint(viewer->offline, ==, 0);
    signal_client_network_changed(viewer->client, true);
    until(reactor, viewer->offline == 1 && viewer->online == 2);
    say(viewer, "alice", "here again");
    answered(reactor, viewer, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(host->text, "here again"));
    g_assert_cmpint(host->left, ==, 0);
}

/* ---- two brokers ---- */

static void bridged(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct mqtt_broker *other = mqtt_broker_start(users, world->broker);
    struct person *alice = &world->alice, *bob = &world->bob, *carol = &world->carol;
    enter(reactor, carol, other, "carol");
    signal_room_open(alice->client, "room", NULL, person_done, alice);
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    signal_room_join(carol->client, "room", person_done, carol);
    until(reactor, carol->done);
    for (int tries = 0; carol->result != SIGNAL_DELIVERED && tries < 100;
         tries++) { /* the bridge comes up in its own time */
        carol->done = 0;
        wait_a_while(reactor, 200);
        signal_room_join(carol->client, "room", person_done, carol);
        until(reactor, carol->done);
    }
    answered(reactor, carol, SIGNAL_DELIVERED, NULL);
    until(reactor, alice->joined == 1);
    g_assert_cmpstr(alice->viewer, ==, signal_client_address(carol->client));
    say(carol, "alice", "from there");
    answered(reactor, carol, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(alice->text, "from there"));
    say(alice, alice->from, "from here");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(carol->text, "from here"));

    mqtt_broker_kill(other);
    until(reactor, carol->offline);
    say(alice, "bob", "we two go on");
    answered(reactor, alice, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(bob->text, "we two go on"));
    mqtt_broker_restart(other);
    until(reactor, carol->online == 2);
    until(reactor, !g_strcmp0(carol->state, "live") && !g_strcmp0(carol->host, "alice"));
    until(reactor, (say(carol, "alice", "back"), wait_a_while(reactor, 100), !g_strcmp0(alice->text, "back")));
    mqtt_broker_stop(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/mqtt/messages", struct world, NULL, set_up, messages, tear_down);
    g_test_add("/mqtt/too-many-messages", struct world, NULL, set_up, too_many_messages, tear_down);
    g_test_add("/mqtt/last-words", struct world, NULL, set_up, last_words, tear_down);
    g_test_add("/mqtt/rooms", struct world, NULL, set_up, rooms, tear_down);
    g_test_add("/mqtt/two-open-at-once", struct world, NULL, set_up, two_open_at_once, tear_down);
    g_test_add("/mqtt/directory", struct world, NULL, set_up, directory, tear_down);
    g_test_add("/mqtt/broker-killed", struct world, NULL, set_up, broker_killed, tear_down);
    g_test_add("/mqtt/slept", struct world, NULL, set_up, slept, tear_down);
    g_test_add("/mqtt/bridged", struct world, NULL, set_up, bridged, tear_down);
    return g_test_run();
}
