#include "net/peer/events.h"

enum { MAX_MESSAGES = 16 };

/* The member that holds it, NULL where the type has none. */
static const char **text_of(struct peer_event *event)
{
    switch (event->type) {
    case PEER_EVENT_STATE:
        return &event->why;
    case PEER_EVENT_CANDIDATE:
        return &event->candidate;
    case PEER_EVENT_MESSAGE:
        return &event->message;
    case PEER_EVENT_RESTARTED:
    case PEER_EVENT_KEY_FRAME:
    case PEER_EVENT_PAUSED:
    case PEER_EVENT_BIT_RATE:
        break;
    }
    return NULL;
}

static int count(const GQueue *events, enum peer_event_type type)
{
    int n = 0;
    for (const GList *link = events->head; link; link = link->next)
        n += ((const struct peer_event *)link->data)->type == type;
    return n;
}

void peer_events_push(GQueue *events, const struct peer_event *event)
{
    if (event->type == PEER_EVENT_MESSAGE && count(events, event->type) >= MAX_MESSAGES)
        return;
    struct peer_event *copy = g_memdup2(event, sizeof *event);
    const char **text = text_of(copy);
    if (text)
        *text = g_strdup(*text);
    else
        peer_events_drop(events, event->type);
    g_queue_push_tail(events, copy);
}

struct peer_event *peer_events_pop(GQueue *events)
{
    return g_queue_pop_head(events);
}

void peer_events_drop(GQueue *events, enum peer_event_type type)
{
    for (GList *link = events->head, *next; link; link = next) {
        struct peer_event *event = link->data;
        next = link->next;
        if (event->type != type)
            continue;
        g_queue_delete_link(events, link);
        peer_event_free(event);
    }
}

void peer_event_free(struct peer_event *event)
{
    const char **text = text_of(event);
    if (text)
        g_free((char *)*text);
    g_free(event);
}
