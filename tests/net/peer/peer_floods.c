/* Floods of packets at a connection that carries media: from who knows no more than its ports, and from the far side
 * itself, whose checks are proved by the password. */
#include <netinet/in.h>
#include <stun/usages/bind.h>
#include <stun/usages/ice.h>

#include "footprint.h"
#include "peer_pair.h"

enum {
    PACKETS = 5000, /* of each kind */
    AT_ONCE = 50,   /* before the loop turns: what a socket's buffer holds */
    TURNS = 50,
    HOSTS = 400,        /* ports that a far side checks from: many times what libnice keeps */
    DESCRIPTORS = 1024, /* are looked at */
    PORTS_MAX = 64,
    MORE_KB = 1024, /* that a flood may leave, whatever its length */
    LARGEST = 1400,
    PRIORITY = 1845501695,
    LINES_MAX = 5,
    ENOUGH = 10, /* pictures */
    AT_MOST = 3000,
    PICTURE_US = 10000,
};

/* ---- who floods ---- */

struct ports {
    GSocketAddress *all[PORTS_MAX]; /* of this process's UDP sockets: both ends' */
    int n;
};

static struct ports find_ports(void)
{
    struct ports ports = { 0 };
    for (int fd = 0; fd < DESCRIPTORS && ports.n < PORTS_MAX; fd++) {
        int type;
        struct sockaddr_in address;
        socklen_t type_size = sizeof type, size = sizeof address;
        if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) && type == SOCK_DGRAM &&
            !getsockname(fd, (struct sockaddr *)&address, &size) && address.sin_family == AF_INET && address.sin_port)
            ports.all[ports.n++] = g_socket_address_new_from_native(&address, size);
    }
    g_assert_cmpint(ports.n, >=, 2);
    return ports;
}

static void forget(struct ports *ports)
{
    for (int i = 0; i < ports->n; i++)
        g_object_unref(ports->all[i]);
}

static GSocket *open_socket(void)
{
    GSocket *socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    g_assert_nonnull(socket);
    return socket;
}

static void send_to_all(GSocket *socket, const struct ports *ports, const uint8_t *packet, size_t size)
{
    for (int i = 0; i < ports->n; i++)
        g_socket_send_to(socket, ports->all[i], (const gchar *)packet, size, NULL, NULL);
}

/* ---- with what: each returns the size of one packet ---- */

static size_t fill(uint8_t *packet, size_t head, size_t size)
{
    for (size_t i = head; i < size; i++)
        packet[i] = (uint8_t)g_test_rand_int();
    return size;
}

static size_t noise(uint8_t *packet)
{
    return fill(packet, 0, (size_t)g_test_rand_int_range(1, LARGEST));
}

static size_t rtp(uint8_t *packet) /* RFC 3550, 5.1: another SSRC in each */
{
    packet[0] = 0x80;
    packet[1] = (uint8_t)g_test_rand_int_range(96, 128);
    return fill(packet, 2, (size_t)g_test_rand_int_range(12, LARGEST));
}

static size_t rtcp(uint8_t *packet)
{
    packet[0] = 0x81;
    packet[1] = (uint8_t)g_test_rand_int_range(192, 224);
    return fill(packet, 2, (size_t)g_test_rand_int_range(8, LARGEST));
}

static size_t dtls(uint8_t *packet) /* RFC 6347, 4.1: a record of a handshake, or an alert */
{
    static const uint8_t head[] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0 };
    size_t size = (size_t)g_test_rand_int_range(14, LARGEST);
    memcpy(packet, head, sizeof head);
    packet[0] = g_test_rand_int_range(20, 24) & 0xff;
    packet[11] = (uint8_t)((size - 13) >> 8);
    packet[12] = (uint8_t)(size - 13);
    return fill(packet, 13, size);
}

static size_t check(uint8_t *packet, const char *user, const char *password, bool controlling)
{
    StunAgent agent;
    StunMessage message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    return stun_usage_ice_conncheck_create(&agent, &message, packet, LARGEST, (const uint8_t *)user, strlen(user),
                                           (const uint8_t *)password, strlen(password), false, controlling, PRIORITY,
                                           (uint64_t)g_test_rand_int(), NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

static size_t forged_check(uint8_t *packet)
{
    g_autofree char *user = g_strdup_printf("%04x:%04x", g_test_rand_int_range(0, 65536),
                                            g_test_rand_int_range(0, 65536));
    return check(packet, user, "a password that nobody has", g_test_rand_int() & 1);
}

static size_t binding(uint8_t *packet)
{
    StunAgent agent;
    StunMessage message;
    stun_agent_init(&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389, 0);
    return stun_usage_bind_create(&agent, &message, packet, LARGEST);
}

static size_t unasked_answer(uint8_t *packet)
{
    size_t size = forged_check(packet);
    packet[0] |= 1; /* RFC 8489, 5: the class of a success, or of an error */
    packet[1] |= g_test_rand_int() & 0x10;
    return size;
}

/* ---- what it does ---- */

static int lines;

static void count_line(const char *domain, GLogLevelFlags level, const char *line, void *user_data)
{
    (void)domain;
    (void)user_data;
    if (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL)) {
        lines++;
        g_test_message("%s", line);
    }
}

/* Pictures go on to come, unchanged, though some may be lost while the socket's buffer is full. */
static void pass_on(struct pair *pair, struct agent *from, struct agent *to)
{
    struct packet_sink *video = peer_video_sink(from->peer);
    GPtrArray *there = to->video.packets;
    g_autoptr(GPtrArray) sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    guint last = 0;
    while (there->len < ENOUGH) {
        g_assert_cmpuint(sent->len, <, AT_MOST);
        GBytes *frame = make_h264(sent->len % ENOUGH == 0);
        push(video, frame, sent->len % ENOUGH == 0);
        g_ptr_array_add(sent, frame);
        run_for(pair, PICTURE_US);
    }
    for (guint i = 0; i < there->len; i++) {
        while (last < sent->len && !g_bytes_equal(sent->pdata[last], there->pdata[i]))
            last++;
        g_assert_cmpuint(last, <, sent->len);
    }
    g_test_message("%u pictures of %u", there->len, sent->len);
    g_ptr_array_set_size(there, 0);
}

static void goes_on(struct pair *pair)
{
    pass_on(pair, &pair->caller, &pair->callee);
    pass_on(pair, &pair->callee, &pair->caller);
    g_assert_cmpstr(pair->caller.states->str, ==, "cn");
    g_assert_cmpstr(pair->callee.states->str, ==, "cn");
}

static void turn(struct pair *pair)
{
    for (int i = 0; i < TURNS; i++)
        reactor_wait(pair->reactor, 0);
}

struct flood {
    struct pair pair;
    struct ports ports;
    char *user, *password; /* of the callee's, as the caller knows them */
    int before_kb;
};

static char *value_of(const char *description, const char *attribute)
{
    const char *at = strstr(description, attribute);
    g_assert_nonnull(at);
    at += strlen(attribute);
    return g_strndup(at, strcspn(at, "\r\n"));
}

static void begin(struct flood *flood)
{
    struct pair *pair = &flood->pair;
    g_autofree char *error = NULL;
    open_pair(pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_autofree char *offer = peer_offer(pair->caller.peer);
    g_autofree char *answer = peer_answer(pair->callee.peer, offer, &error);
    g_assert_true(peer_set_answer(pair->caller.peer, answer, &error));
    wait_until(pair, connected(&pair->caller) && connected(&pair->callee));
    open_sink(peer_video_sink(pair->caller.peer), AV_CODEC_ID_H264);
    open_sink(peer_video_sink(pair->callee.peer), AV_CODEC_ID_H264);
    g_autofree char *callees = value_of(answer, "a=ice-ufrag:"), *callers = value_of(offer, "a=ice-ufrag:");
    flood->user = g_strdup_printf("%s:%s", callees, callers);
    flood->password = value_of(answer, "a=ice-pwd:");
    flood->ports = find_ports();
    goes_on(pair);
    lines = 0;
    flood->before_kb = in_use_kb();
}

static void end(struct flood *flood)
{
    goes_on(&flood->pair);
    g_test_message("%d kB more, %d lines", in_use_kb() - flood->before_kb, lines);
    g_assert_cmpint(in_use_kb(), <, flood->before_kb + MORE_KB);
    g_assert_cmpint(lines, <=, LINES_MAX);
    forget(&flood->ports);
    g_free(flood->user);
    g_free(flood->password);
    close_pair(&flood->pair);
}

struct kind {
    const char *path;
    size_t (*make)(uint8_t *packet);
};

/* Who knows where to send, and nothing else. */
static void by_strangers(gconstpointer data)
{
    const struct kind *kind = data;
    struct flood flood;
    uint8_t packet[LARGEST];
    begin(&flood);
    GSocket *socket = open_socket();
    for (int i = 1; i <= PACKETS; i++) {
        send_to_all(socket, &flood.ports, packet, kind->make(packet));
        if (i % AT_ONCE == 0)
            turn(&flood.pair);
    }
    g_object_unref(socket);
    end(&flood);
}

/* The far side's own checks, each from another port. libnice (0.1.21) hears the fifty addresses that were proved last,
 * so that who does so is not heard any more until its next check from where it is: a few seconds, of its own call. */
static void by_the_far_side(gconstpointer data)
{
    (void)data;
    struct flood flood;
    uint8_t packet[LARGEST];
    begin(&flood);
    for (int host = 0; host < HOSTS; host++) {
        g_autoptr(GSocket) socket = open_socket();
        send_to_all(socket, &flood.ports, packet, check(packet, flood.user, flood.password, true));
        turn(&flood.pair);
    }
    end(&flood);
}

int main(int argc, char **argv)
{
    static const struct kind kinds[] = {
        { "/floods/noise", noise },
        { "/floods/rtp", rtp },
        { "/floods/rtcp", rtcp },
        { "/floods/dtls", dtls },
        { "/floods/forged-checks", forged_check },
        { "/floods/bindings", binding },
        { "/floods/unasked-answers", unasked_answer },
    };
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_log_set_default_handler(count_line, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_test_add_data_func(kinds[i].path, &kinds[i], by_strangers);
    g_test_add_data_func("/floods/checks", NULL, by_the_far_side);
    return g_test_run();
}
