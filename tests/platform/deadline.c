/* The timer and the reactor's one wait. */
#include "platform/deadline.h"
#include "net/connection/reactor.h"

struct order {
    struct deadline *first, *second;
    GString *seen;
};

static void first(void *user_data)
{
    struct order *order = user_data;
    g_string_append_c(order->seen, '1');
    deadline_set(order->second, g_get_monotonic_time() + 1000);
}

static void second(void *user_data)
{
    struct order *order = user_data;
    g_string_append_c(order->seen, '2');
    deadline_destroy(order->second); /* a timer may destroy itself */
    order->second = NULL;
}

static void fires_in_order_and_once(void)
{
    struct reactor *reactor = reactor_create();
    struct order order = { .seen = g_string_new(NULL) };
    order.first = deadline_create(reactor_context(reactor), first, &order);
    order.second = deadline_create(reactor_context(reactor), second, &order);
    deadline_set(order.first, g_get_monotonic_time());
    while (order.second)
        reactor_wait(reactor, g_get_monotonic_time() + 100000);
    reactor_wait(reactor, g_get_monotonic_time() + 3000);
    g_assert_cmpstr(order.seen->str, ==, "12");
    deadline_destroy(order.first);
    g_string_free(order.seen, TRUE);
    reactor_destroy(reactor);
}

static void waits_until_the_deadline(void)
{
    struct reactor *reactor = reactor_create();
    for (int i = 0; i < 3; i++) {
        int64_t until = g_get_monotonic_time() + 2000;
        while (g_get_monotonic_time() < until)
            reactor_wait(reactor, until);
    }
    g_assert_cmpuint(reactor_stalls(reactor)->count, >=, 2); /* what lies between two waits */
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/deadline/order", fires_in_order_and_once);
    g_test_add_func("/reactor/deadline", waits_until_the_deadline);
    return g_test_run();
}
