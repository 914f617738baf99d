/* The events of a peer that wait to be told: their order, and which of them become one. */
#include "net/peer/events.h"

static void push(GQueue *events, struct peer_event event)
{
    peer_events_push(events, &event);
}

static void assert_next(GQueue *events, enum peer_event_type type, const char *message)
{
    struct peer_event *event = peer_events_pop(events);
    g_assert_nonnull(event);
    g_assert_cmpint(event->type, ==, type);
    if (message)
        g_assert_cmpstr(event->message, ==, message);
    peer_event_free(event);
}

/* A request for a key frame that came while everything was paused, and again after it, is told after the pause. */
static void the_later_takes_the_place_of_the_earlier(void)
{
    GQueue events = G_QUEUE_INIT;
    push(&events, (struct peer_event){ PEER_EVENT_BIT_RATE, .bit_rate = 1000 });
    push(&events, (struct peer_event){ PEER_EVENT_KEY_FRAME });
    push(&events, (struct peer_event){ PEER_EVENT_PAUSED });
    push(&events, (struct peer_event){ PEER_EVENT_KEY_FRAME });
    push(&events, (struct peer_event){ PEER_EVENT_BIT_RATE, .bit_rate = 2000 });
    assert_next(&events, PEER_EVENT_PAUSED, NULL);
    assert_next(&events, PEER_EVENT_KEY_FRAME, NULL);
    g_assert_cmpint(((struct peer_event *)g_queue_peek_head(&events))->bit_rate, ==, 2000);
    assert_next(&events, PEER_EVENT_BIT_RATE, NULL);
    g_assert_null(peer_events_pop(&events));
}

static void states_messages_and_candidates_are_all_told(void)
{
    GQueue events = G_QUEUE_INIT;
    char text[] = "first";
    push(&events, (struct peer_event){ PEER_EVENT_STATE, .state = PEER_CONNECTED });
    push(&events, (struct peer_event){ PEER_EVENT_MESSAGE, .message = text });
    push(&events, (struct peer_event){ PEER_EVENT_CANDIDATE, .candidate = "candidate:1" });
    push(&events, (struct peer_event){ PEER_EVENT_MESSAGE, .message = "second" });
    push(&events, (struct peer_event){ PEER_EVENT_CANDIDATE, .candidate = NULL });
    push(&events, (struct peer_event){ PEER_EVENT_STATE, .state = PEER_CLOSED, .why = "goodbye" });
    text[0] = 'x'; /* who pushed it may do so */
    assert_next(&events, PEER_EVENT_STATE, NULL);
    assert_next(&events, PEER_EVENT_MESSAGE, "first");
    assert_next(&events, PEER_EVENT_CANDIDATE, NULL);
    assert_next(&events, PEER_EVENT_MESSAGE, "second");
    peer_events_drop(&events, PEER_EVENT_CANDIDATE);
    assert_next(&events, PEER_EVENT_STATE, NULL);
    g_assert_null(peer_events_pop(&events));
}

static void a_flood_of_messages_is_bounded(void)
{
    GQueue events = G_QUEUE_INIT;
    for (int i = 0; i < 1000; i++)
        push(&events, (struct peer_event){ PEER_EVENT_MESSAGE, .message = "again" });
    g_assert_cmpuint(events.length, ==, 16);
    push(&events, (struct peer_event){ PEER_EVENT_STATE, .state = PEER_CLOSED });
    g_assert_cmpuint(events.length, ==, 17);
    g_queue_clear_full(&events, (GDestroyNotify)peer_event_free);
}

int main(void)
{
    the_later_takes_the_place_of_the_earlier();
    states_messages_and_candidates_are_all_told();
    a_flood_of_messages_is_bounded();
    return 0;
}
