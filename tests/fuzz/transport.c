/* A connection as the network sees it: two ends in this process, and what goes between them delivered, dropped,
 * repeated, changed, cut, mixed up or forged: their DTLS handshake, encrypted media, and whatever else.
 *
 * What must hold: nobody is connected to another certificate than was named; what comes out at an end is what the other
 * one put in, and as often at most; where the network was only bad, and not evil, both ends get connected.
 *
 * ICE is this file's own, in the place of net/transport/ice.c: two queues instead of sockets. Clock and random numbers
 * are ours, so that an input is the same each time. */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_set_rand_method: a provider would take a hundred lines */
#include "net/transport/transport.h"
#include "clock.h"
#include "fuzz.h"
#include "net/transport/ice.h"

#include <openssl/rand.h>
#include <string.h>

enum { ENDS = 2, NOBODY = ENDS, MAX_STEPS = 200, MAX_WAITING = 64, MOST_BYTES = 1500, SETTLES = 100 };
/* What nobody answers for long has failed: that is no fault. */
enum { LONG_US = 8000000 };
/* The first byte of an input. */
enum { OFFERER_IS_CLIENT = 1, WRONG_FINGERPRINT = 2, LITE = 4 };
/* A step is a byte: the high bit is the end, the low ones are what happens there. */
enum step {
    DELIVER,
    DROP,
    REPEAT,
    CHANGE,
    CUT,
    FORGE,
    OVERTAKE,
    WAIT,
    SEND_RTP,
    SEND_RTCP,
    CLOSE,
    FIND_PATH,
    START,
    LOSE_PATH,
    RESTART,
    CANDIDATE,
    STEPS
};

struct ice {
    struct end *end;
    bool connected;
    const struct ice_listener *listener;
    void *user_data;
};

struct end {
    struct transport *transport;
    struct end *other;
    struct ice *ice;  /* the newest */
    GQueue inbox;     /* GBytes: on the way to this end */
    GHashTable *sent; /* GBytes: media that this end sent; how often it has not come out yet */
    enum transport_state state;
    bool started, closed;
};

/* Of the one input that runs: what stands in the place of ICE, clock and chance has no other way to learn of it. */
static struct {
    struct end ends[ENDS];
    struct end *creating; /* whose ICE comes next */
    uint32_t random;
    bool evil; /* something was forged, or an end left */
    unsigned flags;
} world;
static struct dtls_identity *identities[ENDS + 1]; /* the last one's is in nobody's hands */

/* ---- chance ---- */

static int random_bytes(unsigned char *bytes, int n)
{
    for (int i = 0; i < n; i++) {
        world.random = world.random * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(world.random >> 24);
    }
    return 1;
}

static int random_status(void)
{
    return 1;
}

static const RAND_METHOD CHANCE = { .bytes = random_bytes, .pseudorand = random_bytes, .status = random_status };

/* ---- ICE ---- */

struct ice *ice_create(const struct ice_config *config)
{
    struct ice *ice = g_new0(struct ice, 1);
    *ice = (struct ice){ .end = world.creating, .listener = config->listener, .user_data = config->user_data };
    ice->end->ice = ice;
    return ice;
}

void ice_destroy(struct ice *ice)
{
    if (ice && ice->end->ice == ice)
        ice->end->ice = NULL;
    g_free(ice);
}

void ice_local_credentials(struct ice *ice, char **ufrag, char **pwd)
{
    (void)ice;
    *ufrag = g_strdup("ufrag");
    *pwd = g_strdup("a password of enough letters");
}

bool ice_set_remote_credentials(struct ice *ice, const char *ufrag, const char *pwd)
{
    (void)ice;
    return *ufrag && *pwd;
}

bool ice_add_remote_candidate(struct ice *ice, const char *candidate)
{
    (void)ice;
    return g_str_has_prefix(candidate, "candidate:");
}

void ice_end_of_remote_candidates(struct ice *ice)
{
    (void)ice;
}

void ice_set_servers(struct ice *ice, struct ice_servers *servers)
{
    (void)ice;
    (void)servers;
}

void ice_set_controlling(struct ice *ice)
{
    (void)ice;
}

void ice_send_early(struct ice *ice, const uint8_t *data, size_t size)
{
    GQueue *inbox = &ice->end->other->inbox;
    g_assert_cmpuint(size, <=, MOST_BYTES);
    if (inbox->length < MAX_WAITING)
        g_queue_push_tail(inbox, g_bytes_new(data, size));
}

bool ice_send(struct ice *ice, const uint8_t *data, size_t size)
{
    if (ice->connected)
        ice_send_early(ice, data, size);
    return ice->connected;
}

/* ---- what an end is told ---- */

static void on_candidate(void *user_data, const char *candidate)
{
    (void)user_data;
    (void)candidate;
}

static void on_end(void *user_data)
{
    (void)user_data;
}

static void on_state(void *user_data, enum transport_state state, const char *why)
{
    struct end *end = user_data;
    struct fingerprint own, remote;
    g_assert_true(end->state < TRANSPORT_FAILED && state != end->state && !end->closed);
    g_assert_true(state == TRANSPORT_CONNECTED || why);
    end->state = state;
    if (state != TRANSPORT_CONNECTED)
        return;
    g_assert_false(world.flags & WRONG_FINGERPRINT);
    g_assert_true(transport_fingerprints(end->transport, &own, &remote));
    const struct fingerprint *named = dtls_identity_fingerprint(identities[end->other - world.ends]);
    g_assert_cmpmem(remote.bytes, remote.size, named->bytes, named->size);
}

/* Nothing that the other end did not send, and nothing twice. */
static void on_receive(void *user_data, const uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    g_autoptr(GBytes) received = g_bytes_new(packet, size);
    int left = GPOINTER_TO_INT(g_hash_table_lookup(end->other->sent, received));
    g_assert_cmpint(left, >, 0);
    g_assert_true(rtcp == (packet[1] >= 192 && packet[1] <= 223));
    g_hash_table_insert(end->other->sent, g_steal_pointer(&received), GINT_TO_POINTER(left - 1));
}

static const struct transport_listener LISTENER = {
    .candidate = on_candidate,
    .restarted = on_end,
    .state = on_state,
    .receive = on_receive,
    .begin = on_end,
    .end = on_end,
};

/* ---- what happens ---- */

static void open_end(struct reactor *reactor, int i)
{
    struct end *end = world.creating = &world.ends[i];
    end->other = &world.ends[!i];
    end->sent = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    g_queue_init(&end->inbox);
    end->transport = transport_create(&(struct transport_config){
        .reactor = reactor, .identity = identities[i], .offerer = i == 0, .listener = &LISTENER, .user_data = end });
}

static void close_end(struct end *end)
{
    transport_destroy(end->transport);
    g_queue_clear_full(&end->inbox, (GDestroyNotify)g_bytes_unref);
    g_hash_table_destroy(end->sent);
    *end = (struct end){ 0 };
}

static void describe(struct end *end, struct sdp_transport *description)
{
    *description = (struct sdp_transport){ 0 };
    transport_describe(end->transport, description);
    if (world.flags & WRONG_FINGERPRINT)
        description->fingerprints[0] = *dtls_identity_fingerprint(identities[NOBODY]);
}

static void start(struct end *end)
{
    struct sdp_transport remote;
    if (end->started)
        return;
    end->started = true;
    describe(end->other, &remote);
    bool offerer = end == &world.ends[0];
    g_assert_true(
        transport_start(end->transport, &remote, world.flags & LITE, offerer == !!(world.flags & OFFERER_IS_CLIENT)));
}

static void find_path(struct end *end, enum ice_state state)
{
    end->ice->connected = state == ICE_CONNECTED;
    end->ice->listener->state(end->ice->user_data, state);
}

static void receive(struct end *end, const uint8_t *data, size_t size)
{
    g_autofree uint8_t *exact = g_malloc(MAX(size, 1)); /* a read past its end is seen */
    memcpy(exact, data, size);
    end->ice->listener->receive(end->ice->user_data, exact, size);
}

static void receive_bytes(struct end *end, GBytes *datagram)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(datagram, &size);
    receive(end, data, size);
}

/* The next datagram with `cut` bytes or one byte of it changed. */
static void receive_changed(struct end *end, GBytes *datagram, struct fuzz_input *input, enum step how)
{
    size_t size;
    g_autofree uint8_t *data = g_memdup2(g_bytes_get_data(datagram, &size), g_bytes_get_size(datagram));
    size_t at = fuzz_number(input, 2) % size;
    world.evil = true;
    if (how == CHANGE)
        data[at] ^= (uint8_t)MAX(fuzz_byte(input), 1);
    receive(end, data, how == CHANGE ? size : at);
}

/* A datagram on its way to `end`. */
static void handle_next(struct end *end, struct fuzz_input *input, enum step step)
{
    g_autoptr(GBytes) datagram = g_queue_pop_head(&end->inbox);
    if (!datagram)
        return;
    if (step == DELIVER || step == REPEAT)
        receive_bytes(end, datagram);
    if (step == REPEAT && end->inbox.length < MAX_WAITING)
        g_queue_push_tail(&end->inbox, g_bytes_ref(datagram));
    else if (step == CHANGE || step == CUT)
        receive_changed(end, datagram, input, step);
    else if (step == OVERTAKE)
        g_queue_push_tail(&end->inbox, g_steal_pointer(&datagram));
}

static void send_media(struct end *end, struct fuzz_input *input, bool rtcp)
{
    size_t size;
    g_autofree uint8_t *piece = fuzz_piece(input, &size);
    if (size < 12 || size > MOST_BYTES - SRTP_OVERHEAD)
        return;
    piece[0] = (uint8_t)((piece[0] & 0x3f) | 0x80); /* RTP, version 2 */
    piece[1] = rtcp ? (uint8_t)(192 + piece[1] % 32) : piece[1] >= 192 && piece[1] <= 223 ? 96 : piece[1];
    g_autoptr(GBytes) media = g_bytes_new(piece, size);
    piece = g_realloc(piece, size + SRTP_OVERHEAD);
    if (!transport_send(end->transport, piece, size, rtcp))
        return;
    int sent = GPOINTER_TO_INT(g_hash_table_lookup(end->sent, media));
    g_hash_table_insert(end->sent, g_steal_pointer(&media), GINT_TO_POINTER(sent + 1));
}

static void restart(struct end *end)
{
    struct sdp_transport remote;
    if (end->state != TRANSPORT_CONNECTED)
        return;
    world.creating = end;
    g_assert_true(transport_restart(end->transport));
    describe(end->other, &remote);
    transport_follow_restart(end->transport, &remote);
}

static void forge(struct end *end, struct fuzz_input *input)
{
    size_t size;
    g_autofree uint8_t *piece = fuzz_piece(input, &size);
    world.evil = true;
    receive(end, piece, size);
}

static void leave(struct end *end)
{
    end->closed = true;
    transport_close(end->transport);
}

static void add_candidate(struct end *end, struct fuzz_input *input)
{
    bool last = fuzz_byte(input) & 1;
    transport_add_candidate(end->transport, last ? NULL : "candidate:1 1 UDP 1 192.0.2.1 9 typ host");
}

static void step(struct fuzz_input *input)
{
    uint8_t byte = fuzz_byte(input);
    struct end *end = &world.ends[byte >> 7];
    enum step what = byte % STEPS;
    world.evil |= what == CLOSE || what == LOSE_PATH;
    if (what == WAIT)
        fuzz_clock_pass(fuzz_byte(input) * 4000);
    else if (what == SEND_RTP || what == SEND_RTCP)
        send_media(end, input, what == SEND_RTCP);
    else if (what == FIND_PATH || what == LOSE_PATH)
        find_path(end, what == FIND_PATH ? ICE_CONNECTED : ICE_FAILED);
    else if (what == FORGE)
        forge(end, input);
    else if (what == CLOSE)
        leave(end);
    else if (what == START)
        start(end);
    else if (what == RESTART)
        restart(end);
    else if (what == CANDIDATE)
        add_candidate(end, input);
    else
        handle_next(end, input, what);
}

/* From now on the network is a good one. */
static void settle(void)
{
    world.evil |= fuzz_clock_now() > LONG_US;
    for (int i = 0; i < ENDS; i++) {
        start(&world.ends[i]);
        find_path(&world.ends[i], ICE_CONNECTED);
    }
    for (int turn = 0; turn < SETTLES; turn++) {
        for (int i = 0; i < ENDS; i++)
            while (world.ends[i].inbox.length)
                handle_next(&world.ends[i], NULL, DELIVER);
        if (world.ends[0].state != TRANSPORT_NEW && world.ends[1].state != TRANSPORT_NEW)
            break;
        fuzz_clock_pass(100000);
    }
    if (world.evil)
        return;
    const struct end *ends = world.ends;
    if (world.flags & WRONG_FINGERPRINT) { /* who notices tells it once: an alert is not repeated (RFC 6347, 4.1.2.7) */
        g_assert_true(ends[0].state == TRANSPORT_FAILED || ends[1].state == TRANSPORT_FAILED);
        g_assert_true(ends[0].state != TRANSPORT_CONNECTED && ends[1].state != TRANSPORT_CONNECTED);
    } else {
        g_assert_true(ends[0].state == TRANSPORT_CONNECTED && ends[1].state == TRANSPORT_CONNECTED);
    }
}

static void make_identities(void)
{
    RAND_set_rand_method(&CHANCE);
    for (int i = 0; i <= ENDS; i++)
        g_assert_nonnull(identities[i] = dtls_identity_create());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    if (!identities[0])
        make_identities();
    fuzz_clock_start();
    world.random = 1;
    world.evil = false;
    world.flags = fuzz_byte(&input);
    struct reactor *reactor = reactor_create();
    for (int i = 0; i < ENDS; i++)
        open_end(reactor, i);
    for (int i = 0; input.size && i < MAX_STEPS; i++)
        step(&input);
    settle();
    for (int i = 0; i < ENDS; i++)
        close_end(&world.ends[i]);
    reactor_destroy(reactor);
    return 0;
}
