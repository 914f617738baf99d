/* How a signal client gets to its broker: passwords, token files, TLS, and what stands in its CONNECT. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "certificate.h"
#include "mqtt_rig.h"

static void wrong_password(struct world *world, gconstpointer data)
{
    (void)data;
    begin(world->reactor, &world->carol, world->broker, "carol", "wrong");
    until(world->reactor, world->carol.offline >= 2); /* and it goes on trying */
    g_assert_cmpint(world->carol.online, ==, 0);
    signal_renew_token(world->carol.client, MQTT_BROKER_PASSWORD, NULL, NULL);
}

/* A password is good for a day: whoever makes them puts the next one into the file. It is taken for the next
 * connection, and without one at once. */
static void a_file_has_new_tokens(struct world *world, gconstpointer data)
{
    (void)data;
    struct reactor *reactor = world->reactor;
    struct person *carol = &world->carol;
    g_autofree char *folder = g_dir_make_tmp("token-XXXXXX", NULL), *file = g_build_filename(folder, "token", NULL);
    g_assert_true(g_file_set_contents(file, "yesterday's\n", -1, NULL));
    begin_as(reactor, carol,
             (struct signal_config){
                 .url = mqtt_broker_url(world->broker), .user = "carol", .token = "yesterday's", .token_file = file });
    until(reactor, carol->offline);
    g_assert_cmpint(carol->online, ==, 0);
    g_assert_true(g_file_set_contents(file, MQTT_BROKER_PASSWORD "\n", -1, NULL));
    until(reactor, carol->online == 1);
    int lost = carol->offline;
    g_assert_true(g_file_set_contents(file, "tomorrow's\n", -1, NULL));
    wait_a_while(reactor, 1500);
    g_assert_cmpint(carol->offline, ==, lost); /* the open connection stays */
    mqtt_broker_kill(world->broker);
    mqtt_broker_set_password(world->broker, "carol", "tomorrow's");
    mqtt_broker_restart(world->broker);
    until(reactor, carol->offline > lost && carol->online == 2);
    leave(carol);
    g_assert_cmpint(g_remove(file), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* The host's name is verified, though the connection goes to its address. */
static void tls_is_verified(void)
{
    struct reactor *reactor = reactor_create();
    struct belongings before = belongings_now();
    struct certificate ours = certificate_make("localhost"), other = certificate_make("localhost"),
                       named = certificate_make("example.org");
    struct mqtt_broker *broker = mqtt_broker_start_secure(&ours), *misnamed = mqtt_broker_start_secure(&named);
    struct person good, friend, stranger, distrustful, misled;
    const char *url = mqtt_broker_url(broker);
    begin_at(reactor, &good, url, "good", NULL, ours.cert);
    begin_at(reactor, &friend, url, "friend", NULL, ours.cert);
    until(reactor, good.online && friend.online);
    g_autofree char *large = g_strnfill(60000, 'l');
    say(&good, "friend", large);
    answered(reactor, &good, SIGNAL_DELIVERED, NULL);
    until(reactor, !g_strcmp0(friend.text, large));
    begin_at(reactor, &stranger, url, "stranger", NULL, NULL);
    begin_at(reactor, &distrustful, url, "distrustful", NULL, other.cert);
    begin_at(reactor, &misled, mqtt_broker_url(misnamed), "misled", NULL, named.cert);
    struct person *refusing[] = { &stranger, &distrustful, &misled };
    for (size_t i = 0; i < G_N_ELEMENTS(refusing); i++) {
        until(reactor, refusing[i]->why &&
                           strstr(refusing[i]->why, "certificate is refused")); /* localhost is ::1 first, perhaps */
        g_assert_cmpint(refusing[i]->online, ==, 0);
        leave(refusing[i]);
    }
    struct signal_config unreadable = { .url = url, .user = "nobody", .ca_file = "/nowhere" };
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*cannot be prepared: /nowhere*");
    g_assert_null(signal_client_create(reactor, &unreadable));
    g_test_assert_expected_messages();
    leave(&good);
    leave(&friend);
    mqtt_broker_stop(broker);
    mqtt_broker_stop(misnamed);
    certificate_remove(&ours);
    certificate_remove(&other);
    certificate_remove(&named);
    end_reactor(reactor, &before);
}

static bool holds(const char *bytes, gssize length, const char *part, gssize part_length)
{
    for (gssize i = 0; i + part_length <= length; i++)
        if (!memcmp(bytes + i, part, (size_t)part_length))
            return true;
    return false;
}

/* libmosquitto has no documented way to connect without waiting and with properties: they do stand in the CONNECT. */
static void connect_has_properties(void)
{
    struct reactor *reactor = reactor_create();
    g_autoptr(GSocketListener) server = g_socket_listener_new();
    uint16_t port = g_socket_listener_add_any_inet_port(server, NULL, NULL);
    struct belongings before = belongings_now();
    g_autofree char *url = g_strdup_printf("mqtt://127.0.0.1:%d", port);
    struct person person;
    char packet[512];
    gssize length = 0;
    begin_at(reactor, &person, url, "anna", NULL, NULL);
    wait_a_while(reactor, 50);
    g_autoptr(GSocket) socket = g_socket_listener_accept_socket(server, NULL, NULL, NULL);
    g_socket_set_blocking(socket, FALSE);
    until(reactor, (length = g_socket_receive(socket, packet, sizeof packet, NULL, NULL)) > 0);
    g_assert_true(holds(packet, length, "MQTT\5", 5));
    g_assert_true(holds(packet, length, "\x11\0\0\0\x0a", 5)); /* Session Expiry Interval 10 s */
    g_assert_true(holds(packet, length, "\x27\0\1\x08\0", 5)); /* Maximum Packet Size 67584 */
    g_assert_true(holds(packet, length, "\x18\0\0\0\2", 5));   /* Will Delay Interval 2 s */
    leave(&person);
    g_socket_close(socket, NULL);
    end_reactor(reactor, &before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/mqtt/wrong-password", struct world, NULL, set_up, wrong_password, tear_down);
    g_test_add("/mqtt/token-file", struct world, NULL, set_up, a_file_has_new_tokens, tear_down);
    g_test_add_func("/mqtt/tls", tls_is_verified);
    g_test_add_func("/mqtt/connect-has-properties", connect_has_properties);
    return g_test_run();
}
