#define _GNU_SOURCE /* memmem */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 100, EVENTS = 256, INVITE_SIZE = 1500, PATIENCE_US = 120 * G_USEC_PER_SEC };

static void lose(struct load *load, int index, const char *why)
{
    struct load_client *client = &load->clients[index];
    if (client->state == LOAD_AWAY)
        return;
    fprintf(stderr, "client %d is lost: %s\n", index, why);
    close(client->fd);
    client->state = LOAD_AWAY;
}

void load_write(struct load *load, int index, const void *bytes, size_t length)
{
    /* Nobody sends more than one message in a second or so: a full socket means that the server has stopped. */
    if (load->clients[index].state != LOAD_AWAY &&
        send(load->clients[index].fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        lose(load, index, "its server does not read");
}

void load_is_ready(struct load *load, int index)
{
    if (load->clients[index].state == LOAD_GREETED) {
        load->clients[index].state = LOAD_READY;
        load->ready++;
    }
}

char *load_body(void)
{
    char padding[INVITE_SIZE];
    memset(padding, 'x', sizeof padding);
    padding[sizeof padding - 1] = '\0';
    return g_strdup_printf("{\"us\":%" PRId64 ",\"type\":\"invite\",\"sdp\":\"%s\"}", g_get_monotonic_time(), padding);
}

void load_received(struct load *load, const uint8_t *body, size_t length)
{
    static const char mark[] = "{\"us\":";
    const char *at = memmem(body, length, mark, strlen(mark));
    if (!at)
        return;
    int64_t us = g_get_monotonic_time() - g_ascii_strtoll(at + strlen(mark), NULL, 10);
    g_array_append_val(load->latencies, us);
}

static bool connect_one(struct load *load, int index)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)load->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct load_client *client = &load->clients[index];
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)) {
        fprintf(stderr, "client %d cannot connect: %s\n", index, strerror(errno));
        return false;
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    client->state = LOAD_CONNECTING;
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.fd = index };
    return !epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static void connected(struct load *load, int index)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = index };
    epoll_ctl(load->epoll, EPOLL_CTL_MOD, load->clients[index].fd, &event);
    load->clients[index].state = LOAD_GREETED;
    load->protocol->greet(load, index);
}

/* Most reads hold whole packets, so that only the rest of one is kept. */
static void take_packets(struct load *load, int index, const uint8_t *bytes, size_t length)
{
    struct load_client *client = &load->clients[index];
    if (client->input) {
        g_byte_array_append(client->input, bytes, (guint)length);
        bytes = client->input->data;
        length = client->input->len;
    }
    size_t size;
    while (length && (size = load->protocol->take(load, index, bytes, length))) {
        bytes += size;
        length -= size;
    }
    GByteArray *rest = length ? g_byte_array_append(g_byte_array_new(), bytes, (guint)length) : NULL;
    g_clear_pointer(&client->input, g_byte_array_unref);
    client->input = rest;
}

static void read_some(struct load *load, int index)
{
    uint8_t bytes[64 * 1024];
    ssize_t length = recv(load->clients[index].fd, bytes, sizeof bytes, 0);
    if (length > 0)
        take_packets(load, index, bytes, (size_t)length);
    else if (length == 0 || (errno != EAGAIN && errno != EINTR))
        lose(load, index, length ? strerror(errno) : "its server closed the connection");
}

static void serve(struct load *load, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(load->epoll, events, EVENTS, timeout_ms);
    for (int i = 0; i < n; i++) {
        int index = events[i].data.fd;
        if (load->clients[index].state == LOAD_CONNECTING && (events[i].events & (EPOLLOUT | EPOLLERR)))
            connected(load, index);
        if (load->clients[index].state != LOAD_AWAY && (events[i].events & ~(unsigned)EPOLLOUT))
            read_some(load, index);
    }
}

bool load_connect(struct load *load, const struct load_protocol *protocol, int port, int n, uint32_t seed)
{
    *load = (struct load){ .protocol = protocol,
                           .port = port,
                           .n = n,
                           .epoll = epoll_create1(EPOLL_CLOEXEC),
                           .clients = g_new0(struct load_client, n),
                           .random = g_rand_new_with_seed(seed),
                           .latencies = g_array_new(FALSE, FALSE, sizeof(int64_t)) };
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    for (int begun = 0; load->ready < n && g_get_monotonic_time() < end_us;) {
        while (begun < n && begun - load->ready < AT_ONCE)
            if (!connect_one(load, begun++))
                return false;
        serve(load, 100);
    }
    if (load->ready < n)
        fprintf(stderr, "only %d of %d clients came in\n", load->ready, n);
    return load->ready == n;
}

static void send_one(struct load *load)
{
    int from = g_rand_int_range(load->random, 0, load->n);
    int to = (from + g_rand_int_range(load->random, 1, load->n)) % load->n;
    load->protocol->send(load, from, to);
    load->sent++;
}

bool load_run(struct load *load, double rate, double seconds)
{
    int64_t start_us = g_get_monotonic_time();
    unsigned all = (unsigned)(rate * seconds);
    while (load->sent < all) {
        double us = (double)(g_get_monotonic_time() - start_us);
        /* One between two looks at the sockets: what has come must not wait behind what is to be sent. */
        if ((double)load->sent * G_USEC_PER_SEC / rate <= us)
            send_one(load);
        double due_us = (double)load->sent * G_USEC_PER_SEC / rate;
        serve(load, due_us > us + 1000 ? 1 : 0);
    }
    int64_t end_us = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
    while (load->latencies->len < load->sent && g_get_monotonic_time() < end_us)
        serve(load, 10);
    for (int i = 0; i < load->n; i++)
        if (load->clients[i].state != LOAD_READY)
            return false;
    return true;
}

static int compare(gconstpointer a, gconstpointer b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

double load_quantile(struct load *load, double fraction)
{
    g_array_sort(load->latencies, compare);
    guint at = (guint)(fraction * (double)load->sent);
    return at < load->latencies->len ? (double)g_array_index(load->latencies, int64_t, at) / 1000 : INFINITY;
}

void load_close(struct load *load)
{
    for (int i = 0; i < load->n; i++) {
        if (load->clients[i].state != LOAD_AWAY)
            close(load->clients[i].fd);
        g_clear_pointer(&load->clients[i].input, g_byte_array_unref);
    }
    close(load->epoll);
    g_free(load->clients);
    g_rand_free(load->random);
    g_array_unref(load->latencies);
}
