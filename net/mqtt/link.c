#include "net/mqtt/link.h"

#include <glib.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <string.h>

#include "net/connection/backoff.h"
#include "net/connection/dialer.h"
#include "net/mqtt/tls.h"
#include "net/protocol/hub_protocol.h"
#include "platform/deadline.h"
#include "platform/fd_source.h"
#include "platform/network/network_watch.h"

enum {
    CONNECT_TIMEOUT_US = 10 * G_USEC_PER_SEC,
    TICK_US = G_USEC_PER_SEC,
    LINGER_US = 250 * 1000,
    KEEPALIVE_S = 10,
    WILL_DELAY_S = 2,
    SESSION_EXPIRY_S = 10,
    PACKET_MAX = HUB_REQUEST_MAX + 1024,
    MESSAGES_WAITING_MAX = 1024,
};

struct mqtt_link {
    struct mqtt_link_config config; /* its strings are null */
    char *host, *client_id, *user, *password, *will_topic;
    int port;
    SSL_CTX *tls;                /* NULL: mqtt:// */
    struct mosquitto *mosquitto; /* NULL while not connecting or connected */
    GSource *socket;
    GIOCondition waits_for;
    bool up, closing; /* closing: nothing is told any more */
    bool renews;      /* what there is of a connection is given up at the next tick */
    char *why;        /* the broker's last words, or what is wrong with its certificate */
    struct backoff backoff;
    struct deadline *connect, *tick, *settle;
    int64_t give_up_us; /* a connection that has not come up by then */
    struct dialer *dialer;
    GHashTable *unacknowledged; /* message id -> bytes */
    size_t waiting;             /* bytes of these */
};

static void lost(struct mqtt_link *link, const char *why);

/* ---- the socket in the reactor ---- */

static gboolean socket_ready(gint fd, GIOCondition condition, gpointer user_data);

static void unwatch(struct mqtt_link *link)
{
    if (!link->socket)
        return;
    g_source_destroy(link->socket);
    g_clear_pointer(&link->socket, g_source_unref);
    link->waits_for = 0;
}

/* A new socket may have the old one's number, so unwatch() comes first wherever one is closed. While TCP connects
 * nothing is wanted by libmosquitto's own account, but the socket becomes writable when it has. */
static void watch(struct mqtt_link *link)
{
    int fd = mosquitto_socket(link->mosquitto);
    GIOCondition wanted = G_IO_IN | (mosquitto_want_write(link->mosquitto) ? G_IO_OUT : 0);
    if (fd < 0 || wanted == link->waits_for)
        return;
    unwatch(link);
    link->waits_for = wanted;
    link->socket = fd_source_create(fd, wanted);
    g_source_set_callback(link->socket, G_SOURCE_FUNC(socket_ready), link, NULL);
    g_source_attach(link->socket, link->config.context);
}

static bool check(struct mqtt_link *link, int result)
{
    if (result == MOSQ_ERR_SUCCESS)
        return true;
    bool vague = result == MOSQ_ERR_UNKNOWN || result == MOSQ_ERR_ERRNO || result == MOSQ_ERR_CONN_LOST;
    const char *words = vague && !link->up ? "the broker cannot be reached" : mosquitto_strerror(result);
    lost(link, link->why ? link->why : words);
    return false;
}

static gboolean socket_ready(gint fd, GIOCondition condition, gpointer user_data)
{
    struct mqtt_link *link = user_data;
    (void)fd;
    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR) && !check(link, mosquitto_loop_read(link->mosquitto, 1)))
        return G_SOURCE_REMOVE;
    if (condition & G_IO_OUT && !check(link, mosquitto_loop_write(link->mosquitto, 1)))
        return G_SOURCE_REMOVE;
    if (link->why && !link->up) {
        lost(link, link->why);
        return G_SOURCE_REMOVE;
    }
    GSource *same = link->socket;
    watch(link);
    return same == link->socket ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Keep-alive, and connections that do not come up. */
static void tick(void *user_data)
{
    struct mqtt_link *link = user_data;
    if (link->renews) {
        lost(link, "the network changed");
        deadline_set(link->connect, 0);
        return;
    }
    if (!link->mosquitto || !check(link, mosquitto_loop_misc(link->mosquitto)))
        return;
    if (!link->up && g_get_monotonic_time() > link->give_up_us) {
        lost(link, "the broker does not answer");
        return;
    }
    watch(link);
    deadline_set(link->tick, g_get_monotonic_time() + TICK_US);
}

/* What was said from outside of socket_ready waits for the socket. */
static void settle(void *user_data)
{
    struct mqtt_link *link = user_data;
    if (link->mosquitto && link->socket)
        watch(link);
}

/* ---- what libmosquitto tells ---- */

static void on_connect(struct mosquitto *mosquitto, void *user_data, int reason, int flags,
                       const mosquitto_property *properties)
{
    struct mqtt_link *link = user_data;
    (void)mosquitto;
    (void)flags;
    (void)properties;
    g_clear_pointer(&link->why, g_free);
    if (reason) {
        link->why = g_strdup_printf("the broker refuses: %s", mosquitto_reason_string(reason));
        return;
    }
    link->up = true;
    backoff_succeeded(&link->backoff);
    dialer_finish(link->dialer);
    link->config.events->up(link->config.user_data);
}

static void on_message(struct mosquitto *mosquitto, void *user_data, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct mqtt_link *link = user_data;
    uint32_t expires_s = 0;
    bool expires = mosquitto_property_read_int32(properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &expires_s, false) !=
                   NULL;
    (void)mosquitto;
    if (link->closing)
        return;
    link->config.events->received(link->config.user_data, message->topic, message->payload ? message->payload : "",
                                  message->payloadlen > 0 ? (size_t)message->payloadlen : 0,
                                  expires ? (int)MIN(expires_s, (uint32_t)G_MAXINT) : -1);
}

static void on_publish(struct mosquitto *mosquitto, void *user_data, int id, int reason,
                       const mosquitto_property *properties)
{
    struct mqtt_link *link = user_data;
    (void)mosquitto;
    (void)properties;
    link->waiting -= MIN(link->waiting,
                         GPOINTER_TO_SIZE(g_hash_table_lookup(link->unacknowledged, GINT_TO_POINTER(id))));
    g_hash_table_remove(link->unacknowledged, GINT_TO_POINTER(id));
    if (!link->closing)
        link->config.events->published(link->config.user_data, id, reason);
}

static void on_subscribe(struct mosquitto *mosquitto, void *user_data, int id, int n, const int *granted,
                         const mosquitto_property *properties)
{
    (void)mosquitto;
    (void)user_data;
    (void)id;
    (void)properties;
    for (int i = 0; i < n; i++)
        if (granted[i] >= 0x80)
            g_warning(
                "the broker refuses a subscription (%s); does its access list hold what net/mqtt/MQTT.md asks for?",
                mosquitto_reason_string(granted[i]));
}

static void on_disconnect(struct mosquitto *mosquitto, void *user_data, int reason,
                          const mosquitto_property *properties)
{
    struct mqtt_link *link = user_data;
    (void)mosquitto;
    (void)properties;
    if (reason >= 0x80 && !link->why)
        link->why = g_strdup_printf("the broker ends the connection: %s", mosquitto_reason_string(reason));
}

/* ---- connecting ---- */

static void connect_later(struct mqtt_link *link)
{
    deadline_set(link->connect, g_get_monotonic_time() + backoff_next_us(&link->backoff, g_random_double()));
}

static void drop_connection(struct mqtt_link *link)
{
    unwatch(link);
    deadline_set(link->tick, INT64_MAX);
    g_clear_pointer(&link->mosquitto, mosquitto_destroy);
    g_hash_table_remove_all(link->unacknowledged);
    link->waiting = 0;
    link->up = link->renews = false;
}

static void lost(struct mqtt_link *link, const char *why)
{
    g_autofree char *reason = g_strdup(why);
    drop_connection(link);
    g_clear_pointer(&link->why, g_free);
    if (dialer_has_next(link->dialer)) {
        deadline_set(link->connect, 0);
        return;
    }
    connect_later(link);
    link->config.events->down(link->config.user_data, reason);
}

static bool make_mosquitto(struct mqtt_link *link)
{
    mosquitto_property *will = NULL;
    link->mosquitto = mosquitto_new(link->client_id, false, link);
    if (!link->mosquitto)
        return false;
    mosquitto_int_option(link->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(link->mosquitto, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_v5_callback_set(link->mosquitto, on_connect);
    mosquitto_disconnect_v5_callback_set(link->mosquitto, on_disconnect);
    mosquitto_message_v5_callback_set(link->mosquitto, on_message);
    mosquitto_publish_v5_callback_set(link->mosquitto, on_publish);
    mosquitto_subscribe_v5_callback_set(link->mosquitto, on_subscribe);
    if (link->password && mosquitto_username_pw_set(link->mosquitto, link->user, link->password))
        return false;
    if (link->tls && (mosquitto_int_option(link->mosquitto, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0) ||
                      mosquitto_void_option(link->mosquitto, MOSQ_OPT_SSL_CTX, link->tls)))
        return false;
    mosquitto_property_add_int32(&will, MQTT_PROP_WILL_DELAY_INTERVAL, WILL_DELAY_S);
    if (!mosquitto_will_set_v5(link->mosquitto, link->will_topic, 0, NULL, 1, true, will))
        return true; /* which took `will` */
    mosquitto_property_free_all(&will);
    return false;
}

/* libmosquitto 2.0 has no call that connects without waiting and takes CONNECT properties; but
 * mosquitto_connect_bind_v5 keeps them for all connections to come before it finds that no host is given. Should
 * another version not, the broker's defaults hold: the session and its Will end with the connection. */
static int connect_with_properties(struct mqtt_link *link, const char *address)
{
    mosquitto_property *properties = NULL;
    mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_EXPIRY_S);
    mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, PACKET_MAX);
    mosquitto_connect_bind_v5(link->mosquitto, NULL, link->port, KEEPALIVE_S, NULL, properties);
    mosquitto_property_free_all(&properties);
    return mosquitto_connect_async(link->mosquitto, address, link->port, KEEPALIVE_S);
}

static void connect_to(struct mqtt_link *link, const char *address)
{
    if (!make_mosquitto(link)) {
        lost(link, "libmosquitto cannot start");
        return;
    }
    if (!check(link, connect_with_properties(link, address)))
        return;
    link->give_up_us = g_get_monotonic_time() + CONNECT_TIMEOUT_US;
    deadline_set(link->tick, g_get_monotonic_time() + TICK_US);
    watch(link);
}

static void looked_up(void *user_data, const char *error)
{
    struct mqtt_link *link = user_data;
    if (error)
        lost(link, error);
    else
        connect_to(link, dialer_next(link->dialer));
}

/* libmosquitto, too, would look names up while we wait; it is given one numeric address at a time. */
static void connect_broker(void *user_data)
{
    struct mqtt_link *link = user_data;
    const char *address = dialer_next(link->dialer);
    if (address)
        connect_to(link, address);
    else
        dialer_look_up(link->dialer);
}

/* ---- public ---- */

/* A socket that is closed while something still comes resets the connection; then the broker cannot acknowledge, and
 * drops what it has not read yet: a hang-up, the end of our presence, the DISCONNECT. So it is given a moment to take
 * all, and to close first. */
static void linger(struct mqtt_link *link, bool until_acknowledged, int64_t end_us)
{
    int64_t left_us;
    while (mosquitto_socket(link->mosquitto) >= 0 && (left_us = end_us - g_get_monotonic_time()) > 0 &&
           !(until_acknowledged && !g_hash_table_size(link->unacknowledged)))
        if (mosquitto_loop(link->mosquitto, (int)(left_us / 1000) + 1, 1))
            return;
}

/* A DISCONNECT deletes the Will: what is to be cleared has been. */
static void log_out(struct mqtt_link *link)
{
    int64_t end_us = g_get_monotonic_time() + LINGER_US;
    mosquitto_property *properties = NULL;
    link->closing = true;
    linger(link, true, end_us);
    mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 0);
    mosquitto_disconnect_v5(link->mosquitto, MQTT_RC_NORMAL_DISCONNECTION, properties);
    mosquitto_property_free_all(&properties);
    linger(link, false, end_us);
}

static bool parse_url(struct mqtt_link *link, const char *url, const char *ca_file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_SCHEME_NORMALIZE, &error);
    if (!uri || !g_uri_get_host(uri) || !*g_uri_get_host(uri)) {
        g_warning("\"%s\" is no broker's address: %s", url, error ? error->message : "it names no host");
        return false;
    }
    bool tls = !g_ascii_strcasecmp(g_uri_get_scheme(uri), "mqtts");
    link->host = g_strdup(g_uri_get_host(uri));
    link->port = g_uri_get_port(uri) > 0 ? g_uri_get_port(uri) : tls ? 8883 : 1883;
    if (tls)
        link->tls = mqtt_tls_create(link->host, ca_file, &link->why);
    return !tls || link->tls;
}

struct mqtt_link *mqtt_link_create(const struct mqtt_link_config *config)
{
    struct mqtt_link *link = g_new0(struct mqtt_link, 1);
    link->config = (struct mqtt_link_config){ .context = config->context,
                                              .events = config->events,
                                              .user_data = config->user_data };
    link->client_id = g_strdup(config->client_id);
    link->user = g_strdup(config->user);
    link->password = g_strdup(config->password);
    link->will_topic = g_strdup(config->will_topic);
    link->unacknowledged = g_hash_table_new(NULL, NULL);
    mosquitto_lib_init(); /* counted: each has its mosquitto_lib_cleanup */
    if (!parse_url(link, config->url, config->ca_file)) {
        mqtt_link_destroy(link);
        return NULL;
    }
    link->dialer = dialer_create(config->context, link->host, (uint16_t)link->port, looked_up, link);
    link->connect = deadline_create(config->context, connect_broker, link);
    link->tick = deadline_create(config->context, tick, link);
    link->settle = deadline_create(config->context, settle, link);
    deadline_set(link->connect, 0);
    return link;
}

void mqtt_link_destroy(struct mqtt_link *link)
{
    if (!link)
        return;
    dialer_destroy(link->dialer);
    if (link->up)
        log_out(link);
    if (link->mosquitto)
        drop_connection(link);
    deadline_destroy(link->connect);
    deadline_destroy(link->tick);
    deadline_destroy(link->settle);
    SSL_CTX_free(link->tls);
    g_hash_table_unref(link->unacknowledged);
    g_free(link->why);
    g_free(link->host);
    g_free(link->client_id);
    g_free(link->user);
    g_free(link->password);
    g_free(link->will_topic);
    g_free(link);
    mosquitto_lib_cleanup();
}

void mqtt_link_network_changed(struct mqtt_link *link, bool slept)
{
    if (link->up && !slept && network_carries(mosquitto_socket(link->mosquitto)))
        return;
    backoff_succeeded(&link->backoff);
    link->renews = link->mosquitto;
    deadline_set(link->mosquitto ? link->tick : link->connect, 0);
}

void mqtt_link_set_password(struct mqtt_link *link, const char *password)
{
    g_free(link->password);
    link->password = g_strdup(password);
}

bool mqtt_link_is_up(const struct mqtt_link *link)
{
    return link->up;
}

int mqtt_link_publish(struct mqtt_link *link, const char *topic, const char *payload, size_t length, bool retain,
                      int expires_s)
{
    if (!link->up || link->waiting + length > HUB_QUEUE_MAX ||
        g_hash_table_size(link->unacknowledged) >= MESSAGES_WAITING_MAX)
        return 0;
    mosquitto_property *properties = NULL;
    int id = 0;
    if (expires_s)
        mosquitto_property_add_int32(&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, (uint32_t)expires_s);
    int result = mosquitto_publish_v5(link->mosquitto, &id, topic, (int)length, payload, 1, retain, properties);
    mosquitto_property_free_all(&properties);
    if (result) {
        g_info("cannot publish: %s", mosquitto_strerror(result));
        return 0;
    }
    g_hash_table_insert(link->unacknowledged, GINT_TO_POINTER(id), GSIZE_TO_POINTER(length));
    link->waiting += length;
    deadline_set(link->settle, 0);
    return id;
}

bool mqtt_link_subscribe(struct mqtt_link *link, const char *filter)
{
    if (!link->up || mosquitto_subscribe_v5(link->mosquitto, NULL, filter, 1, 0, NULL))
        return false;
    deadline_set(link->settle, 0);
    return true;
}

void mqtt_link_unsubscribe(struct mqtt_link *link, const char *filter)
{
    if (!link->up)
        return;
    mosquitto_unsubscribe_v5(link->mosquitto, NULL, filter, NULL);
    deadline_set(link->settle, 0);
}
