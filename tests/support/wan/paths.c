/* What becomes of each packet on its path. Each path has a random sequence of its own, of which every packet takes the
 * same number of draws: the fate of packet n of a path depends on the seed, the path, n and the conditions alone. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wan.h"

static double min(double a, double b)
{
    return a < b ? a : b;
}

static double max(double a, double b)
{
    return a > b ? a : b;
}

/* --- random numbers: splitmix64 */

static uint64_t draw(uint64_t *random)
{
    uint64_t z = *random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* From 0 to 1. */
static double draw_unit(uint64_t *random)
{
    return (double)(draw(random) >> 11) * 0x1p-53;
}

/* About normal, deviation 1, within 3.5: the sum of four 16-bit uniforms of one draw. */
static double draw_normal(uint64_t *random)
{
    uint64_t bits = draw(random);
    double sum = 0;
    for (int i = 0; i < 64; i += 16)
        sum += (double)(bits >> i & 0xffff) / 65535.0;
    return (sum - 2) * 1.7320508;
}

/* What chance has for one packet. */
struct luck {
    double state, loss, jitter, dup, late;
};

static struct luck draw_luck(uint64_t *random)
{
    struct luck luck;
    luck.state = draw_unit(random);
    luck.loss = draw_unit(random);
    luck.jitter = draw_normal(random);
    luck.dup = draw_unit(random);
    luck.late = draw_unit(random);
    return luck;
}

void wan_make_paths(struct wan *wan)
{
    for (int from = 0; from < WAN_HOSTS; from++)
        for (int to = 0; to < WAN_HOSTS; to++) {
            struct wan_path *path = &wan->paths[from][to];
            path->conditions = (struct wan_conditions){ .bad = 100, .late = 20, .queue = 200, .udp = 1 };
            path->random = wan->seed + (uint64_t)(from * WAN_HOSTS + to + 1) * 0xd1342543de82ef95u;
            draw(&path->random);
        }
}

/* --- on its way: a binary heap by due time, then by order of arrival */

static bool before(const struct wan_due *a, const struct wan_due *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct wan_flight *flight, struct wan_due due)
{
    struct wan_due *heap = flight->heap;
    uint32_t i = flight->heaped++;
    for (; i && before(&due, &heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = due;
}

static struct wan_due pop(struct wan_flight *flight)
{
    struct wan_due *heap = flight->heap, top = heap[0], last = heap[--flight->heaped];
    uint32_t i = 0, child;
    for (; (child = 2 * i + 1) < flight->heaped; i = child) {
        if (child + 1 < flight->heaped && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &last))
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
}

int wan_make_pool(struct wan *wan)
{
    struct wan_flight *flight = &wan->flight;
    flight->pool = calloc(WAN_PACKETS, sizeof *flight->pool);
    for (uint32_t i = 0; flight->pool && i < WAN_PACKETS; i++)
        flight->spare[flight->spares++] = WAN_PACKETS - 1 - i;
    return flight->pool ? 0 : -1;
}

static void give_back(struct wan_flight *flight, uint32_t slot)
{
    flight->spare[flight->spares++] = slot;
}

static void enqueue(struct wan *wan, uint32_t slot, int64_t at)
{
    const struct wan_packet *packet = &wan->flight.pool[slot];
    wan->paths[packet->from][packet->to].pending++;
    push(&wan->flight, (struct wan_due){ .at = at, .order = wan->flight.order++, .slot = slot });
}

int64_t wan_next_due(const struct wan *wan)
{
    return wan->flight.heaped ? wan->flight.heap[0].at : INT64_MAX;
}

/* --- where to */

struct route {
    int to; /* a host; -1: nobody's address */
    bool udp;
    size_t udp_at; /* where its UDP header is; 0: this fragment has none, or it is none */
};

/* Is it to or from --turn-port? `transport`: its UDP header; NULL where this fragment has none. */
static bool is_turn(const struct wan *wan, const uint8_t *transport)
{
    return wan->turn_port && transport &&
           ((transport[0] << 8 | transport[1]) == wan->turn_port ||
            (transport[2] << 8 | transport[3]) == wan->turn_port);
}

/* By the last digit of the address: .N, .N+10, .N+20 ... are host N. UDP that --turn-port lets through is none. */
static struct route find_route(const struct wan *wan, const uint8_t *ip, size_t length)
{
    static const uint8_t net4[] = { 10, 77, 0 }, net6[15] = { 0xfd, 0x77 };
    enum { UDP = 17 };
    const uint8_t *transport = NULL;
    int to = -1, protocol = -1;
    if (length >= 20 && ip[0] >> 4 == 4 && !memcmp(ip + 16, net4, sizeof net4) && ip[19] < 250) {
        size_t header = (size_t)(ip[0] & 15) * 4;
        bool later_fragment = (ip[6] & 0x1f) | ip[7];
        to = ip[19] % 10 - 1;
        protocol = ip[9];
        if (!later_fragment && length >= header + 8)
            transport = ip + header;
    } else if (length >= 40 && ip[0] >> 4 == 6 && !memcmp(ip + 24, net6, sizeof net6)) {
        to = ip[39] % 10 - 1;
        protocol = ip[6];
        if (length >= 48)
            transport = ip + 40;
    }
    if (to >= WAN_HOSTS || (to >= 0 && !wan->hosts[to].ns[0]))
        to = -1;
    bool udp = protocol == UDP && !is_turn(wan, transport);
    return (struct route){ .to = to, .udp = udp, .udp_at = udp && transport ? (size_t)(transport - ip) : 0 };
}

/* --- what becomes of it */

/* The chance of a loss now. The share of time in the bad state gives the mean loss asked for. */
static double chance_of_loss(struct wan_path *path, const struct luck *luck)
{
    const struct wan_conditions *c = &path->conditions;
    double lose = c->loss / 100, good = c->good / 100, bad = c->bad / 100;
    if (c->burst <= 1)
        return lose;
    double leave = 1 / c->burst, share = bad > good ? min(max((lose - good) / (bad - good), 0), 0.99) : 0;
    path->in_bad = path->in_bad ? luck->state >= leave : luck->state < leave * share / (1 - share);
    return path->in_bad ? bad : good;
}

/* The counter of what takes it; NULL: nothing does. */
static uint64_t *taken_by(struct wan_path *path, bool udp, int length, bool unlucky, int64_t now)
{
    const struct wan_conditions *c = &path->conditions;
    if (now < path->cut)
        return &path->cutoff;
    if (udp && (c->udp == 0 || (c->size > 0 && length > c->size)))
        return &path->blocked;
    return unlucky ? &path->lost : NULL;
}

/* When the bottleneck has sent it; -1: the queue before it is full. `busy`: when it has sent what it took. */
static int64_t pass_bottleneck(const struct wan_conditions *c, int64_t *busy, int bytes, int64_t now)
{
    if (!(c->rate > 0))
        return now;
    int64_t first = *busy > now ? *busy : now;
    if (c->queue > 0 && (double)(first - now) > c->queue * 1e6)
        return -1;
    return *busy = first + (int64_t)(bytes * 8e6 / c->rate);
}

/* When it arrives. Jitter alone never reorders. */
static int64_t find_due(struct wan_path *path, const struct luck *luck, int64_t sent)
{
    const struct wan_conditions *c = &path->conditions;
    int64_t due = sent + (int64_t)(max(c->delay + luck->jitter * c->jitter, 0) * 1e6);
    if (due < path->last)
        due = path->last;
    if (luck->late < c->reorder / 100) {
        path->late++;
        return due + (int64_t)(c->late * 1e6);
    }
    return path->last = due;
}

static void duplicate(struct wan *wan, struct wan_path *path, const struct wan_packet *packet, int64_t due)
{
    if (!wan->flight.spares)
        return;
    uint32_t slot = wan->flight.spare[--wan->flight.spares];
    memcpy(&wan->flight.pool[slot], packet, offsetof(struct wan_packet, data) + packet->length);
    path->dups++;
    enqueue(wan, slot, due);
}

/* Another port, and the checksum with it (RFC 1624). */
static void change_port(uint8_t *port, uint8_t *checksum, unsigned bits)
{
    unsigned old = (unsigned)(port[0] << 8 | port[1]), new = old ^ bits;
    unsigned sum = (unsigned)(checksum[0] << 8 | checksum[1]);
    port[0] = (uint8_t)(new >> 8);
    port[1] = (uint8_t) new;
    if (!sum)
        return; /* it has none */
    sum = (~sum & 0xffff) + (~old & 0xffff) + new;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    sum = sum ? sum : 0xffff;
    checksum[0] = (uint8_t)(sum >> 8);
    checksum[1] = (uint8_t)sum;
}

/* Who is behind a NAT is another port to the others, and gets what is sent there. */
static void translate(struct wan *wan, struct wan_packet *packet, struct route route)
{
    unsigned out = (unsigned)wan->paths[packet->from][route.to].conditions.nat,
             in = (unsigned)wan->paths[route.to][packet->from].conditions.nat;
    uint8_t *udp = packet->data + route.udp_at;
    if (!route.udp_at)
        return;
    if (out)
        change_port(udp, udp + 6, out & 0xffff);
    if (in)
        change_port(udp + 2, udp + 6, in & 0xffff);
}

/* Whether it goes on its way, and then until when; false: it is gone. */
static bool send_on(struct wan *wan, uint32_t slot, struct route route, int64_t now)
{
    struct wan_packet *packet = &wan->flight.pool[slot];
    struct wan_path *path = &wan->paths[packet->from][route.to];
    struct luck luck = draw_luck(&path->random);
    packet->to = (uint8_t)route.to;
    translate(wan, packet, route);
    path->in++;
    path->in_bytes += packet->length;
    uint64_t *taken = taken_by(path, route.udp, packet->length, luck.loss < chance_of_loss(path, &luck), now);
    if (taken)
        return ++*taken, false;
    int64_t *busy = wan->shared ? &wan->hosts[packet->from].busy : &path->busy;
    int64_t sent = pass_bottleneck(&path->conditions, busy, packet->length, now);
    if (sent < 0)
        return path->tail++, false;
    int64_t due = find_due(path, &luck, sent);
    enqueue(wan, slot, due);
    if (luck.dup < path->conditions.dup / 100)
        duplicate(wan, path, packet, due);
    return true;
}

static void accept_packet(struct wan *wan, uint32_t slot, int64_t now)
{
    const struct wan_packet *packet = &wan->flight.pool[slot];
    struct route route = find_route(wan, packet->data, packet->length);
    bool routed = route.to >= 0 && route.to != packet->from;
    wan->unrouted += !routed;
    if (!routed || !send_on(wan, slot, route, now))
        give_back(&wan->flight, slot);
}

void wan_receive(struct wan *wan, int host)
{
    enum { BATCH = 32 }; /* what is due is not kept waiting for more */
    struct wan_flight *flight = &wan->flight;
    for (int n = 0; n < BATCH; n++) {
        uint8_t waste[WAN_SLOT];
        bool room = flight->spares > 0; /* else it is our own loss */
        uint32_t slot = room ? flight->spare[flight->spares - 1] : 0;
        ssize_t length = read(wan->hosts[host].fd, room ? flight->pool[slot].data : waste, WAN_SLOT);
        if (length <= 0)
            return;
        wan->overflow += !room;
        if (!room)
            continue;
        flight->spares--;
        flight->pool[slot].length = (uint16_t)length;
        flight->pool[slot].from = (uint8_t)host;
        accept_packet(wan, slot, wan_now());
    }
}

void wan_deliver(struct wan *wan, int64_t now)
{
    while (wan_next_due(wan) <= now) {
        struct wan_due due = pop(&wan->flight);
        const struct wan_packet *packet = &wan->flight.pool[due.slot];
        struct wan_path *path = &wan->paths[packet->from][packet->to];
        int64_t us = (now - due.at) / 1000;
        wan->late_us[us < WAN_LATE ? us : WAN_LATE]++;
        path->pending--;
        if (write(wan->hosts[packet->to].fd, packet->data, packet->length) == packet->length) {
            path->out++;
            path->out_bytes += packet->length;
        } else {
            path->refused++; /* the device is down, for example */
        }
        give_back(&wan->flight, due.slot);
        now = wan_now();
    }
}
