#include "net/connection/dialer_race.h"

#include "platform/deadline.h"

enum {
    STAGGER_US = 250000, /* RFC 8305, 5: the recommended Connection Attempt Delay */
    GIVE_UP_S = 5,
};

struct dialer_race {
    GMainContext *context; /* borrowed */
    GSocketClient *client;
    GCancellable *cancellable;
    GQueue *hopeful; /* GInetAddress, those that have not failed */
    GList *next;     /* of them, to begin with */
    uint16_t port;
    struct deadline *stagger;
    dialer_race_over over;
    void *user_data;
};

struct attempt {
    struct dialer_race *race; /* gone where `cancellable` says so */
    GCancellable *cancellable;
    GList *at; /* in its `hopeful` */
};

static void attempt_free(struct attempt *attempt)
{
    g_object_unref(attempt->cancellable);
    g_free(attempt);
}

static void begin_next(void *user_data);

static void finish(struct dialer_race *race)
{
    g_autoptr(GQueue) hopeful = g_steal_pointer(&race->hopeful);
    dialer_race_over over = race->over;
    void *user_data = race->user_data;
    dialer_race_destroy(race);
    over(user_data, hopeful);
}

static void won(struct dialer_race *race, GList *at)
{
    g_queue_unlink(race->hopeful, at);
    g_queue_push_head_link(race->hopeful, at);
    finish(race);
}

static void failed(struct dialer_race *race, GList *at)
{
    g_object_unref(at->data);
    g_queue_delete_link(race->hopeful, at);
    if (race->next)
        begin_next(race);
    else if (!race->hopeful->length)
        finish(race);
}

static void connected(GObject *client, GAsyncResult *result, gpointer user_data)
{
    struct attempt *attempt = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketConnection) connection = g_socket_client_connect_finish(G_SOCKET_CLIENT(client), result, &error);
    if (connection)
        g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
    if (!g_cancellable_is_cancelled(attempt->cancellable)) { /* else the race is gone */
        if (connection)
            won(attempt->race, attempt->at);
        else
            failed(attempt->race, attempt->at);
    }
    attempt_free(attempt);
}

static void begin_next(void *user_data)
{
    struct dialer_race *race = user_data;
    struct attempt *attempt = g_new(struct attempt, 1);
    *attempt = (struct attempt){ race, g_object_ref(race->cancellable), race->next };
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(race->next->data, race->port);
    race->next = race->next->next;
    deadline_set(race->stagger, race->next ? g_get_monotonic_time() + STAGGER_US : INT64_MAX);
    g_main_context_push_thread_default(race->context);
    g_socket_client_connect_async(race->client, G_SOCKET_CONNECTABLE(address), race->cancellable, connected, attempt);
    g_main_context_pop_thread_default(race->context);
}

struct dialer_race *dialer_race_create(GMainContext *context, GQueue *addresses, uint16_t port, dialer_race_over over,
                                       void *user_data)
{
    struct dialer_race *race = g_new0(struct dialer_race, 1);
    race->context = context;
    race->client = g_socket_client_new();
    g_socket_client_set_enable_proxy(race->client, FALSE);
    g_socket_client_set_timeout(race->client, GIVE_UP_S);
    race->cancellable = g_cancellable_new();
    race->hopeful = g_queue_copy(addresses);
    for (GList *at = race->hopeful->head; at; at = at->next)
        g_object_ref(at->data);
    race->next = race->hopeful->head;
    race->port = port;
    race->stagger = deadline_create(context, begin_next, race);
    race->over = over;
    race->user_data = user_data;
    begin_next(race);
    return race;
}

void dialer_race_destroy(struct dialer_race *race)
{
    if (!race)
        return;
    g_cancellable_cancel(race->cancellable);
    g_object_unref(race->cancellable);
    g_object_unref(race->client);
    if (race->hopeful)
        g_queue_free_full(race->hopeful, g_object_unref);
    deadline_destroy(race->stagger);
    g_free(race);
}
