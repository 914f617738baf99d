#include "mqtt_broker.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certificate.h"
#include "free_port.h"

struct mqtt_broker {
    char *folder, *url;
    const struct certificate *certificate; /* borrowed; NULL: no TLS */
    bool open;                             /* no access list */
    int port;
    GPid pid; /* 0: not running */
};

static void run(char **arguments)
{
    int status;
    g_assert_true(g_spawn_sync(NULL, arguments, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                               NULL, NULL, NULL, &status, NULL));
    g_assert_true(g_spawn_check_wait_status(status, NULL));
}

static char *file_of(const struct mqtt_broker *broker, const char *name)
{
    return g_build_filename(broker->folder, name, NULL);
}

void mqtt_broker_set_password(struct mqtt_broker *broker, const char *user, const char *password)
{
    g_autofree char *file = file_of(broker, "passwords");
    char *arguments[] = { "mosquitto_passwd", "-b", file, (char *)user, (char *)password, NULL };
    run(arguments);
    if (broker->pid)
        kill(broker->pid, SIGHUP); /* reads it again */
}

static void write_passwords(struct mqtt_broker *broker, const char *const *users)
{
    g_autofree char *file = file_of(broker, "passwords");
    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    for (int i = 0; users[i]; i++)
        mqtt_broker_set_password(broker, users[i], MQTT_BROKER_PASSWORD);
}

static void write_configuration(const struct mqtt_broker *broker, const char *const *users,
                                const struct mqtt_broker *bridged_to)
{
    g_autofree char *file = file_of(broker, "mosquitto.conf"), *passwords = file_of(broker, "passwords");
    g_autofree char *acl = file_of(broker, "acl"), *text = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    /* A copy, since a broker started as root gives up its rights before it reads the list. */
    g_assert_true(g_file_get_contents(SOURCE_DIR "/net/mqtt/mosquitto.acl", &text, NULL, NULL));
    g_assert_true(g_file_set_contents(acl, text, -1, NULL));
    g_string_append_printf(lines, "user %s\nlistener %d 127.0.0.1\nmax_queued_messages 10000\nlog_dest file %s/log\n",
                           g_get_user_name(), broker->port, broker->folder);
    if (users)
        g_string_append_printf(lines, "max_packet_size 67584\nallow_anonymous false\npassword_file %s\n", passwords);
    if (users && !broker->open)
        g_string_append_printf(lines, "acl_file %s\n", acl);
    if (!users)
        g_string_append(lines, "allow_anonymous true\n");
    if (broker->certificate)
        g_string_append_printf(lines, "certfile %s\nkeyfile %s\n", broker->certificate->cert, broker->certificate->key);
    if (bridged_to)
        g_string_append_printf(
            lines,
            "connection other\naddress 127.0.0.1:%d\ntopic callapi/# both 1\nbridge_protocol_version mqttv50\n"
            "cleansession true\nnotifications false\nrestart_timeout 1 2\nremote_username bridge\n"
            "remote_password " MQTT_BROKER_PASSWORD "\n",
            bridged_to->port);
    g_assert_true(g_file_set_contents(file, lines->str, -1, NULL));
}

static bool listens(const struct mqtt_broker *broker)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect_to_host(client, "127.0.0.1", (uint16_t)broker->port, NULL, NULL);
    return connection != NULL;
}

/* Between fork and exec: a broker does not outlive its test, even one that aborts. */
static void die_with_parent(gpointer parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != GPOINTER_TO_INT(parent))
        _exit(1);
}

void mqtt_broker_restart(struct mqtt_broker *broker)
{
    g_autofree char *file = file_of(broker, "mosquitto.conf");
    g_autofree char *installed = g_find_program_in_path("mosquitto");
    char *arguments[] = { installed ? installed : "/usr/sbin/mosquitto", "-c", file, NULL };
    g_assert_true(g_spawn_async(NULL, arguments, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                die_with_parent, GINT_TO_POINTER(getpid()), &broker->pid, NULL));
    for (int i = 0; i < 1000 && !listens(broker); i++)
        g_usleep(20000);
    g_assert_true(listens(broker));
}

static struct mqtt_broker *start(const char *const *users, const struct mqtt_broker *bridged_to,
                                 const struct certificate *certificate, bool open)
{
    struct mqtt_broker *broker = g_new0(struct mqtt_broker, 1);
    broker->open = open;
    broker->folder = g_dir_make_tmp("callapi-mqtt-XXXXXX", NULL);
    g_assert_nonnull(broker->folder);
    broker->port = free_port();
    broker->certificate = certificate;
    broker->url = g_strdup_printf(certificate ? "mqtts://localhost:%d" : "mqtt://127.0.0.1:%d", broker->port);
    if (users)
        write_passwords(broker, users);
    write_configuration(broker, users, bridged_to);
    mqtt_broker_restart(broker);
    return broker;
}

struct mqtt_broker *mqtt_broker_start(const char *const *users, const struct mqtt_broker *bridged_to)
{
    return start(users, bridged_to, NULL, false);
}

struct mqtt_broker *mqtt_broker_start_without_acl(const char *const *users)
{
    return start(users, NULL, NULL, true);
}

struct mqtt_broker *mqtt_broker_start_secure(const struct certificate *certificate)
{
    return start(NULL, NULL, certificate, false);
}

bool mqtt_broker_logged(const struct mqtt_broker *broker, const char *pattern)
{
    g_autofree char *file = file_of(broker, "log"), *log = NULL;
    if (!g_file_get_contents(file, &log, NULL, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    for (char **line = lines; *line; line++)
        if (g_pattern_match_simple(pattern, *line))
            return true;
    return false;
}

void mqtt_broker_kill(struct mqtt_broker *broker)
{
    if (!broker->pid)
        return;
    kill(broker->pid, SIGKILL);
    waitpid(broker->pid, NULL, 0);
    g_spawn_close_pid(broker->pid);
    broker->pid = 0;
}

void mqtt_broker_stop(struct mqtt_broker *broker)
{
    if (!broker)
        return;
    mqtt_broker_kill(broker);
    static const char *const files[] = { "mosquitto.conf", "passwords", "acl", "log" };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *file = file_of(broker, files[i]);
        g_unlink(file);
    }
    g_rmdir(broker->folder);
    g_free(broker->folder);
    g_free(broker->url);
    g_free(broker);
}

const char *mqtt_broker_url(const struct mqtt_broker *broker)
{
    return broker->url;
}

int mqtt_broker_port(const struct mqtt_broker *broker)
{
    return broker->port;
}
