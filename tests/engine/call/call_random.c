/* Two, three and four machines against each other over a simulated network, in virtual time: delays, duplicates,
 * reordering and drops, with random operations, policies, and with times in which one of them has no signalling. The
 * third is another user, the fourth a second device of the second. One run has some seconds of operations and then
 * peace, until nothing is under way.
 *
 * Checked all the time: nobody is in calling or connecting past its time-out; media commands come in their order, a
 * call's CONNECT first and STOP last, one call at a time; a notice tells the state that is stored. Checked in peace:
 * whoever is in a call shares its id with exactly one other who is in it too, connected, in the other role; all
 * others are free. Without drops also: glare between two idle users who do nothing else ends in exactly one call, and
 * an accept or hang-up in a time without signalling reaches the other side when it is over.
 *
 * Hangups can be lost, so media loss is modelled: whoever is connected alone hears so MEDIA_LOSS_MS later.
 *
 * CALL_RANDOM_RUNS=n: how many runs; CALL_RANDOM_SEED=n: the first one's seed (each run has the next one). */
#include <glib.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "engine/call/call.h"

enum {
    DEVICES_MAX = 4,
    TIMEOUT_MS = 15000,
    ACTIVE_MS = 20000,
    DELAY_MAX_MS = 3000,
    MEDIA_LOSS_MS = 10000,
    FRAME_MAX_MS = 2000,
    FRAME_TIMEOUT_MS = 6000,
    OUTAGE_MAX_MS = 6000,
    PEACE_MS = 60000,
    RUNS = 40000,
};
#define START_MS G_GINT64_CONSTANT(1700000000000)

struct network {
    GRand *random;
    struct device *devices;
    unsigned count;
    int64_t now;
    double drop, duplicate;   /* of a packet */
    double outage, blindness; /* each tick; no picture in a call */
    int delay_max;
    bool restless;  /* random operations; else peace */
    GQueue packets; /* struct packet, in order of arrival */
};

struct device {
    struct network *network;
    struct call *call;
    char user[8], address[16];
    bool alive;
    int64_t frame_at, lonely_since; /* 0: none */
    int64_t calling_since, connecting_since;
    int64_t back_at; /* no signalling until then; 0: there is */
    bool frame_timeout, waits_for_frame;
    bool blind; /* sees no picture in this call */
    bool media_connected, media_released;
    char media_id[CALL_ID_SIZE];
    unsigned calls; /* that became connected */
};

struct packet {
    int64_t at;
    struct device *from, *to;
    struct call_message message;
    bool is_outcome, lost; /* what became of an invite, on its way back to `to` */
    unsigned delivered;    /* to which devices: bits */
};

static bool chance(struct network *network, double p)
{
    return g_rand_double(network->random) < p;
}

static int by_time(gconstpointer a, gconstpointer b, gpointer user_data)
{
    (void)user_data;
    int64_t left = ((const struct packet *)a)->at, right = ((const struct packet *)b)->at;
    return (left > right) - (left < right);
}

static void post(struct network *network, const struct packet *packet)
{
    struct packet *copy = g_memdup2(packet, sizeof *packet);
    copy->at = network->now + g_rand_int_range(network->random, 1, network->delay_max + 1);
    g_queue_insert_sorted(&network->packets, copy, by_time, NULL);
}

static bool is_addressed(const char *to, const struct device *device)
{
    return strchr(to, '/') ? !strcmp(to, device->address) : !strcmp(to, device->user);
}

static void on_send(void *user_data, const char *to, const struct call_message *message)
{
    struct device *device = user_data;
    struct network *network = device->network;
    unsigned delivered = 0;
    g_assert_true(device->alive);
    if (device->back_at) {
        struct packet lost = { .from = device, .to = device, .message = *message, .is_outcome = true, .lost = true };
        post(network, &lost);
        return;
    }
    for (unsigned i = 0; i < network->count; i++) {
        struct packet packet = { .from = device, .to = &network->devices[i], .message = *message };
        if (!is_addressed(to, packet.to) || !packet.to->alive || packet.to->back_at)
            continue;
        delivered |= 1u << i;
        if (!chance(network, network->drop))
            post(network, &packet);
        if (chance(network, network->duplicate))
            post(network, &packet);
    }
    struct packet outcome = {
        .from = device, .to = device, .message = *message, .is_outcome = true, .delivered = delivered
    };
    if (!chance(network, network->drop))
        post(network, &outcome);
}

static void on_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                     const char *remote, const cJSON *media)
{
    struct device *device = user_data;
    (void)remote;
    (void)media;
    g_assert_true(device->alive);
    g_assert_cmpint(role, !=, CALL_ROLE_NONE);
    if (command == CALL_MEDIA_CONNECT) {
        g_assert_false(device->media_connected);
        device->media_connected = true;
        g_strlcpy(device->media_id, call_id, sizeof device->media_id);
        return;
    }
    g_assert_true(device->media_connected);
    g_assert_cmpstr(device->media_id, ==, call_id);
    if (command == CALL_MEDIA_PRESEND) {
        g_assert_false(device->media_released);
    } else if (command == CALL_MEDIA_RELEASE) {
        g_assert_false(device->media_released);
        device->media_released = true;
    } else if (command == CALL_MEDIA_PRESENT) {
        g_assert_true(device->media_released);
    } else {
        device->media_connected = device->media_released = false;
    }
}

/* --- The application: it sometimes acts from within the notice. */

static void operate(struct device *device);

static void on_notify(void *user_data, const struct call_notice *notice)
{
    struct device *device = user_data;
    struct network *network = device->network;
    g_assert_true(device->alive);
    g_assert_cmpint(notice->state, ==, call_current_state(device->call));
    bool lost_glare = notice->event == CALL_EVENT_GLARE && notice->role == CALL_ROLE_CALLEE;
    if (notice->state == notice->previous && !lost_glare)
        return;
    device->frame_at = device->lonely_since = 0;
    if (notice->state == CALL_CALLING)
        device->calling_since = network->now;
    if (notice->state == CALL_CONNECTING) {
        device->connecting_since = network->now;
        device->blind = network->blindness && chance(network, network->blindness);
    }
    if (notice->state == CALL_CONNECTED)
        device->calls++;
    if (network->restless && chance(network, 0.1))
        operate(device);
}

static enum call_policy on_policy(void *user_data, enum call_role role, const char *remote, const cJSON *extension)
{
    struct device *device = user_data;
    (void)role;
    (void)remote;
    (void)extension;
    return (enum call_policy)g_rand_int_range(device->network->random, 0, 3);
}

static void on_completed(void *user_data, const struct call_completion *completion)
{
    struct device *device = user_data;
    g_assert_true(device->alive);
    g_assert_cmpint(completion->error, !=, CALL_ERROR_STATE);
}

static const struct call_ops ops = {
    .send = on_send,
    .media = on_media,
    .notify = on_notify,
    .policy = on_policy,
    .completed = on_completed,
};

static void operate(struct device *device)
{
    struct network *network = device->network;
    struct call *call = device->call;
    struct device *other = &network->devices[g_rand_int_range(network->random, 0, (int32_t)network->count)];
    switch (g_rand_int_range(network->random, 0, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        call_start(call, chance(network, 0.8) ? other->user : other->address, true, NULL, NULL, network->now);
        break;
    case 4:
    case 5:
    case 6:
        call_accept(call, NULL, network->now);
        break;
    case 7:
        call_reject(call, CALL_REASON_NONE, network->now);
        break;
    case 8:
        call_cancel(call, network->now);
        break;
    case 9:
        call_hang_up(call, CALL_REASON_NONE, network->now);
        break;
    case 10:
        call_first_frame(call, network->now);
        break;
    case 11:
        if (chance(network, 0.2))
            call_fail(call, CALL_REASON_NONE, network->now);
        call_prepare(call, network->now);
        break;
    }
}

/* --- Media: a picture some time after both are in the call, loss some time after only one is. */

/* Mutual: a second device that accepted too has no media with a caller who is in the call with the first one. */
static struct device *partner(struct device *device)
{
    struct network *network = device->network;
    for (unsigned i = 0; i < network->count; i++) {
        struct device *other = &network->devices[i];
        if (other != device && other->alive && is_addressed(call_current_remote(device->call), other) &&
            is_addressed(call_current_remote(other->call), device) &&
            !strcmp(call_current_id(other->call), call_current_id(device->call)))
            return other;
    }
    return NULL;
}

static bool has_answered(const struct device *device)
{
    enum call_state state = call_current_state(device->call);
    return state == CALL_CONNECTING || state == CALL_CONNECTED;
}

static void run_media(struct device *device)
{
    struct network *network = device->network;
    if (!device->alive || !has_answered(device))
        return;
    struct device *other = partner(device);
    if (other && has_answered(other)) {
        device->lonely_since = 0;
        if (!device->frame_at)
            device->frame_at = network->now + g_rand_int_range(network->random, 1, FRAME_MAX_MS);
        if (!device->blind && network->now >= device->frame_at && call_current_state(device->call) == CALL_CONNECTING)
            call_first_frame(device->call, network->now);
    } else if (!device->lonely_since) {
        device->lonely_since = network->now;
    } else if (network->now - device->lonely_since > MEDIA_LOSS_MS) {
        call_media_lost(device->call, network->now);
    }
}

/* --- Time */

static enum call_error outcome_of(const struct packet *packet)
{
    return packet->lost ? CALL_ERROR_SIGNALLING_LOST : packet->delivered ? CALL_OK : CALL_ERROR_OFFLINE;
}

static const char *const *reached(struct network *network, unsigned bits, const char *devices[DEVICES_MAX + 1])
{
    unsigned n = 0;
    for (unsigned i = 0; i < network->count; i++)
        if (bits >> i & 1)
            devices[n++] = network->devices[i].address;
    devices[n] = NULL;
    return devices;
}

/* What was on its way to him is lost with his connection. */
static void deliver(struct network *network)
{
    struct packet *packet;
    while ((packet = g_queue_peek_head(&network->packets)) && packet->at <= network->now) {
        g_queue_pop_head(&network->packets);
        struct call *call = packet->to->call;
        const char *devices[DEVICES_MAX + 1];
        if (packet->to->alive && packet->is_outcome)
            call_delivered(call, packet->message.call_id, packet->message.sequence, outcome_of(packet),
                           reached(network, packet->delivered, devices), network->now);
        else if (packet->to->alive && !packet->to->back_at)
            call_receive(call, packet->from->address, &packet->message, network->now);
        g_free(packet);
    }
}

static void destroy_device(struct device *device)
{
    call_destroy(device->call);
    device->call = NULL;
    device->alive = false; /* callbacks assert it */
}

/* The hub tells the others. */
static void kill_device(struct network *network, struct device *device)
{
    destroy_device(device);
    for (unsigned i = 0; i < network->count; i++)
        if (network->devices[i].alive)
            call_device_gone(network->devices[i].call, device->address, network->now);
}

static void check_device(struct device *device)
{
    if (!device->alive)
        return;
    enum call_state state = call_current_state(device->call);
    bool in_call = state == CALL_CALLING || state == CALL_CONNECTING || state == CALL_CONNECTED;
    g_assert_true(in_call == (call_current_role(device->call) != CALL_ROLE_NONE));
    g_assert_true(in_call == (call_current_id(device->call)[0] != '\0'));
    g_assert_true(device->media_connected ? in_call : state != CALL_CONNECTING && state != CALL_CONNECTED);
    if (state == CALL_CALLING || state == CALL_CONNECTING)
        g_assert_cmpint(device->network->now - device->calling_since, <=, TIMEOUT_MS);
    if (state == CALL_CONNECTING && device->frame_timeout && device->waits_for_frame)
        g_assert_cmpint(device->network->now - device->connecting_since, <=, FRAME_TIMEOUT_MS);
}

static void lose_signalling(struct device *device, int duration_ms)
{
    device->back_at = device->network->now + duration_ms;
    call_signalling_lost(device->call, device->network->now);
}

static void run_signalling(struct device *device)
{
    struct network *network = device->network;
    if (device->back_at && network->now >= device->back_at) {
        device->back_at = 0;
        call_signalling_restored(device->call, network->now);
    } else if (!device->back_at && network->restless && network->outage && chance(network, network->outage)) {
        lose_signalling(device, g_rand_int_range(network->random, 1, OUTAGE_MAX_MS));
    }
}

static void tick(struct network *network)
{
    deliver(network);
    for (unsigned i = 0; i < network->count; i++) {
        struct device *device = &network->devices[i];
        if (!device->alive)
            continue;
        run_signalling(device);
        if (network->restless && chance(network, 0.06))
            operate(device);
        if (call_deadline(device->call) <= network->now)
            call_poll(device->call, network->now);
        run_media(device);
        check_device(device);
    }
}

static void advance(struct network *network, int64_t until, bool restless)
{
    network->restless = restless;
    for (; network->now < until; network->now += restless ? 100 : 250)
        tick(network);
    network->restless = false;
}

/* --- Runs */

static void open_network(struct network *network, uint32_t seed, const char *const users[], unsigned count,
                         double do_not_disturb)
{
    network->random = g_rand_new_with_seed(seed);
    network->devices = g_new0(struct device, count);
    network->count = count;
    network->now = START_MS;
    network->delay_max = chance(network, 0.5) ? DELAY_MAX_MS : 200;
    g_queue_init(&network->packets);
    for (unsigned i = 0; i < count; i++) {
        struct device *device = &network->devices[i];
        device->network = network;
        device->alive = true;
        g_strlcpy(device->user, users[i], sizeof device->user);
        g_snprintf(device->address, sizeof device->address, "%s/%u", users[i], i);
        device->waits_for_frame = chance(network, 0.8);
        device->frame_timeout = chance(network, 0.5);
        struct call_config config = {
            .user = device->user,
            .timeout_ms = TIMEOUT_MS,
            .wait_first_frame = device->waits_for_frame,
            .first_frame_timeout_ms = device->frame_timeout ? FRAME_TIMEOUT_MS : 0,
            .do_not_disturb = chance(network, do_not_disturb),
            .ops = &ops,
            .user_data = device,
        };
        device->call = call_create(&config);
        call_prepare(device->call, network->now);
    }
}

static void close_network(struct network *network)
{
    for (unsigned i = 0; i < network->count; i++)
        if (network->devices[i].alive)
            destroy_device(&network->devices[i]);
    g_queue_clear_full(&network->packets, g_free);
    g_free(network->devices);
    g_rand_free(network->random);
}

static void check_peace(struct network *network)
{
    for (unsigned i = 0; i < network->count; i++) {
        struct device *device = &network->devices[i];
        if (!device->alive)
            continue;
        enum call_state state = call_current_state(device->call);
        g_assert_true(state == CALL_PREPARED || state == CALL_CONNECTED || state == CALL_FAILED);
        if (state != CALL_CONNECTED)
            continue;
        struct device *other = partner(device);
        g_assert_nonnull(other);
        g_assert_true(partner(other) == device);
        g_assert_cmpint(call_current_state(other->call), ==, CALL_CONNECTED);
        g_assert_cmpint(call_current_role(other->call), !=, call_current_role(device->call));
    }
}

static void run_chaos(uint32_t seed)
{
    static const char *const users[DEVICES_MAX] = { "alice", "bob", "carol", "bob" };
    static const double drops[] = { 0, 0.05, 0.3 };
    struct network network = { 0 };
    open_network(&network, seed, users, 2 + seed % 3, 0.05);
    network.drop = drops[g_rand_int_range(network.random, 0, G_N_ELEMENTS(drops))];
    network.duplicate = chance(&network, 0.5) ? 0.2 : 0;
    network.outage = chance(&network, 0.3) ? 0.01 : 0;
    network.blindness = chance(&network, 0.3) ? 0.3 : 0;
    advance(&network, START_MS + ACTIVE_MS, true);
    if (chance(&network, 0.1))
        kill_device(&network, &network.devices[g_rand_int_range(network.random, 0, (int32_t)network.count)]);
    advance(&network, START_MS + ACTIVE_MS + PEACE_MS, false);
    check_peace(&network);
    close_network(&network);
}

/* Both call at about the same time, nothing is lost: one call, the same for both. */
static void run_glare(uint32_t seed)
{
    static const char *const users[] = { "alice", "bob" };
    struct network network = { 0 };
    open_network(&network, seed, users, G_N_ELEMENTS(users), 0);
    network.duplicate = chance(&network, 0.5) ? 0.3 : 0;
    unsigned first = seed % 2;
    call_start(network.devices[first].call, users[!first], true, NULL, NULL, network.now);
    int64_t second = network.now + g_rand_int_range(network.random, 0, 400);
    advance(&network, second, false);
    bool glare = call_start(network.devices[!first].call, users[first], true, NULL, NULL, network.now) == CALL_OK;
    if (!glare) /* the first invite was there already: an ordinary call */
        call_accept(network.devices[!first].call, NULL, network.now);
    advance(&network, START_MS + ACTIVE_MS, false);
    check_peace(&network);
    if (glare || network.devices[0].calls) {
        g_assert_cmpuint(network.devices[0].calls, ==, 1);
        g_assert_cmpuint(network.devices[1].calls, ==, 1);
        g_assert_cmpint(call_current_state(network.devices[0].call), ==, CALL_CONNECTED);
    }
    close_network(&network);
}

/* One of them has no signalling when the call is accepted, and who hangs up has none then; nothing else goes wrong. The
 * other side learns of it as soon as it is back: nobody waits for a time-out, nobody needs the media to tell. */
static void run_outage(uint32_t seed)
{
    static const char *const users[] = { "alice", "bob" };
    struct network network = { 0 };
    open_network(&network, seed, users, G_N_ELEMENTS(users), 0);
    network.delay_max = 200;
    struct device *caller = &network.devices[seed % 2], *callee = &network.devices[!(seed % 2)];
    g_assert_cmpint(call_start(caller->call, callee->user, true, NULL, NULL, network.now), ==, CALL_OK);
    advance(&network, START_MS + 1000, false);
    g_assert_cmpint(call_current_state(callee->call), ==, CALL_CALLING);
    lose_signalling(chance(&network, 0.5) ? caller : callee, 1500);
    call_accept(callee->call, NULL, network.now);
    advance(&network, START_MS + 5500, false);
    g_assert_cmpint(call_current_state(caller->call), ==, CALL_CONNECTED);
    g_assert_cmpint(call_current_state(callee->call), ==, CALL_CONNECTED);
    struct device *quitter = chance(&network, 0.5) ? caller : callee;
    lose_signalling(quitter, 1500);
    call_hang_up(quitter->call, CALL_REASON_NONE, network.now);
    advance(&network, START_MS + 7750, false);
    g_assert_cmpint(call_current_state(caller->call), ==, CALL_PREPARED);
    g_assert_cmpint(call_current_state(callee->call), ==, CALL_PREPARED);
    close_network(&network);
}

static uint64_t number(const char *variable, uint64_t otherwise)
{
    const char *text = g_getenv(variable);
    return text ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

/* Printed on any failure, an assertion's abort included. */
static volatile uint32_t current_seed;

static void print_seed(int number_of_signal)
{
    g_printerr("to see it again: CALL_RANDOM_RUNS=1 CALL_RANDOM_SEED=%u\n", current_seed);
    signal(number_of_signal, SIG_DFL);
}

static void many_runs(gconstpointer data)
{
    void (*run)(uint32_t seed) = (void (*)(uint32_t))data;
    uint64_t runs = number("CALL_RANDOM_RUNS", run == run_outage ? RUNS / 2 : RUNS);
    uint32_t seed = (uint32_t)number("CALL_RANDOM_SEED", g_test_rand_int());
    g_test_message("first seed %u, %" PRIu64 " runs", seed, runs);
    for (uint64_t i = 0; i < runs; i++) {
        current_seed = seed + (uint32_t)i;
        run(current_seed);
    }
}

/* GLib's test handler prints every debug line: with millions of them, that is where the time would go. */
static void keep_quiet(const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
    if (level & G_LOG_LEVEL_WARNING || g_getenv("G_MESSAGES_DEBUG"))
        g_log_default_handler(domain, level, message, user_data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_default_handler(keep_quiet, NULL);
    signal(SIGABRT, print_seed);
    g_test_add_data_func("/call/random/chaos", (gconstpointer)run_chaos, many_runs);
    g_test_add_data_func("/call/random/outage", (gconstpointer)run_outage, many_runs);
    g_test_add_data_func("/call/random/glare", (gconstpointer)run_glare, many_runs);
    return g_test_run();
}
