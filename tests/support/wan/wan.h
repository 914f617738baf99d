/* The emulated network as its parts share it: hosts, the paths between them, what is on its way, and what will change
 * when. wan.c says what it is and has the options and the loop. Times are in ns of CLOCK_MONOTONIC; what returns int
 * returns 0 for success and has said on stderr what was wrong. */
#ifndef CALLAPI_TESTS_WAN_H
#define CALLAPI_TESTS_WAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    WAN_HOSTS = 9,
    WAN_SLOT = 2048,     /* bytes of a packet, at most */
    WAN_PACKETS = 16384, /* on their way at once, at most */
    WAN_EVENTS = 256,
    WAN_LINE = 256,   /* bytes of a line of conditions, at most */
    WAN_LATE = 20000, /* us of lateness that are told apart */
    WAN_SECOND = 1000000000,
};

/* What a path does to its packets; each is a key of the same name, in the units that the head of wan.c says. */
struct wan_conditions {
    double delay, jitter, loss, burst, good, bad, dup, reorder, late, rate, queue, udp, size, nat;
};

struct wan_key {
    const char *name;
    size_t at; /* its place in struct wan_conditions */
};

struct wan_host {
    char ns[64];   /* its namespace; "": there is no such host */
    char name[72]; /* as paths call it */
    int fd;        /* of its TUN; -1: none */
    int unit;      /* N of its device wanN */
    bool made;     /* the namespace is ours, and goes at the end */
    int64_t busy;  /* with --shared: when the uplink has sent what it took */
};

struct wan_path {
    struct wan_conditions conditions;
    uint64_t random;
    bool in_bad;  /* the state of the Gilbert-Elliott model */
    int64_t busy; /* when the bottleneck has sent what it took */
    int64_t last; /* when the last packet that kept the order is due */
    int64_t cut;  /* everything is lost until then */
    uint64_t in, in_bytes, out, out_bytes, lost, tail, cutoff, blocked, dups, late, refused, pending;
};

struct wan_packet {
    uint16_t length;
    uint8_t from, to;
    uint8_t data[WAN_SLOT];
};

struct wan_due {
    int64_t at;
    uint64_t order; /* of arrival, where two are due at the same time */
    uint32_t slot;
};

/* The packets on their way: slots of a pool, those that are free, and a heap of those that are due. */
struct wan_flight {
    struct wan_packet *pool;
    uint32_t spare[WAN_PACKETS], spares;
    struct wan_due heap[WAN_PACKETS];
    uint32_t heaped;
    uint64_t order;
};

struct wan_event {
    int64_t at; /* from the start */
    char text[WAN_LINE];
};

struct wan {
    struct wan_host hosts[WAN_HOSTS];
    struct wan_path paths[WAN_HOSTS][WAN_HOSTS]; /* from, to */
    struct wan_flight flight;
    struct wan_event events[WAN_EVENTS]; /* in the order of their times */
    int n_events, next_event;
    uint64_t overflow, unrouted, late_us[WAN_LATE + 1];
    uint64_t seed;
    bool shared, verbose, ipv6;
    int mtu, turn_port; /* turn_port 0: none */
    int64_t start, spin;
};

/* --- conditions.c: what --set, --at and the control file say */
extern const struct wan_key wan_keys[];
extern const int wan_n_keys;

/* Is the way from host `from` to host `to` among the paths "X>Y", "X-Y" or "*"? */
bool wan_matches(const struct wan *wan, const char *spec, int from, int to);
/* Nothing is changed by a line that is wrong somewhere. */
int wan_apply(struct wan *wan, const char *line);
/* To be applied at its "t=", or at the start. */
int wan_add_event(struct wan *wan, const char *line);
/* Applies what is due `since_start` after the start. */
void wan_apply_events(struct wan *wan, int64_t since_start);

/* --- paths.c: the fate of each packet */
void wan_make_paths(struct wan *wan);
int wan_make_pool(struct wan *wan);
/* Takes what a host has sent, a bounded batch. */
void wan_receive(struct wan *wan, int host);
/* Hands over what is due at `now`. */
void wan_deliver(struct wan *wan, int64_t now);
/* When the next packet is due; INT64_MAX: none is on its way. */
int64_t wan_next_due(const struct wan *wan);

/* --- hosts.c: namespaces and their devices */
/* `slot`: its number, from 0; -1: the next one that is free after the three that have options of their own. */
int wan_add_host(struct wan *wan, int slot, const char *ns);
int wan_set_up_hosts(struct wan *wan);
/* Ends what still runs in the namespaces that we made, and removes them. */
void wan_tear_down(struct wan *wan);

/* --- loop.c */
struct wan_watch {
    pid_t child;          /* the command; 0: there is none */
    int signals, control; /* descriptors; control -1: there is none */
    int64_t end;
};

int64_t wan_now(void);
/* Until the command ends, a signal comes or time is up: the exit status. */
int wan_run(struct wan *wan, const struct wan_watch *watch);

/* --- report.c */
void wan_report(const struct wan *wan, FILE *file);

#endif
