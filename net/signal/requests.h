/* The requests of a signal client that wait for their acknowledgement: a GQueue of struct signal_request, by id. */
#ifndef CALLAPI_NET_SIGNAL_REQUESTS_H
#define CALLAPI_NET_SIGNAL_REQUESTS_H

#include <stdint.h>

#include "net/signal/signal.h"

struct signal_request {
    double id;
    int64_t due_us; /* when it counts as lost */
    signal_done done;
    void *user_data;
};

/* Takes out one request; the caller's (g_free). NULL where there is none. */
struct signal_request *signal_requests_take(GQueue *requests, double id);
struct signal_request *signal_requests_take_overdue(GQueue *requests, int64_t now_us);
struct signal_request *signal_requests_take_until(GQueue *requests, double last_id);

/* The earliest time at which one is due, or INT64_MAX. */
int64_t signal_requests_due(const GQueue *requests);

#endif
