#include "net/signal/requests.h"

#include "platform/deadline.h"

static struct signal_request *take_link(GQueue *requests, GList *link)
{
    struct signal_request *request = link->data;
    g_queue_delete_link(requests, link);
    return request;
}

struct signal_request *signal_requests_take(GQueue *requests, double id)
{
    for (GList *at = requests->head; at; at = at->next)
        if (((struct signal_request *)at->data)->id == id)
            return take_link(requests, at);
    return NULL;
}

struct signal_request *signal_requests_take_overdue(GQueue *requests, int64_t now_us)
{
    for (GList *at = requests->head; at; at = at->next)
        if (((struct signal_request *)at->data)->due_us <= now_us)
            return take_link(requests, at);
    return NULL;
}

struct signal_request *signal_requests_take_until(GQueue *requests, double last_id)
{
    struct signal_request *first = g_queue_peek_head(requests);
    return first && first->id <= last_id ? g_queue_pop_head(requests) : NULL;
}

int64_t signal_requests_due(const GQueue *requests)
{
    int64_t due_us = INT64_MAX;
    for (GList *at = requests->head; at; at = at->next)
        due_us = MIN(due_us, ((struct signal_request *)at->data)->due_us);
    return due_us;
}
