/* Many clients of one server in one process: they connect, log in, send call messages to each other at a steady rate,
 * and measure how long each takes. Two kinds of server: the hub and an MQTT broker. */
#ifndef CALLAPI_BENCH_LOAD_H
#define CALLAPI_BENCH_LOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct load_client {
    int fd;
    enum { LOAD_AWAY, LOAD_CONNECTING, LOAD_GREETED, LOAD_READY } state;
    GByteArray *input; /* what has come and is not a whole packet yet; NULL: nothing */
};

struct load;

/* How a kind of server is spoken to. */
struct load_protocol {
    void (*greet)(struct load *load, int index);
    /* Takes one packet off the front of `bytes`: its size, or 0 while it is not whole. */
    size_t (*take)(struct load *load, int index, const uint8_t *bytes, size_t length);
    void (*send)(struct load *load, int from, int to);
};
extern const struct load_protocol load_hub, load_mqtt;

struct load {
    const struct load_protocol *protocol;
    struct load_client *clients;
    int n, ready, port, epoll;
    unsigned sent;
    GArray *latencies; /* int64_t microseconds, one for each message that came */
    GRand *random;
};

/* False, with words on standard error, where not all clients come in. */
bool load_connect(struct load *load, const struct load_protocol *protocol, int port, int n, uint32_t seed);
/* Sends `rate` messages a second for `seconds`, then waits up to two seconds for the last. */
bool load_run(struct load *load, double rate, double seconds);
/* Milliseconds; a message that never came counts as infinitely late. */
double load_quantile(struct load *load, double fraction);
void load_close(struct load *load);

/* For the protocols. */
void load_write(struct load *load, int index, const void *bytes, size_t length);
void load_is_ready(struct load *load, int index);
/* The body of an invite: its sending time, and as much session description as one has. */
char *load_body(void);
void load_received(struct load *load, const uint8_t *body, size_t length);

#endif
