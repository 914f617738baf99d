/* loopback:NAME: a hub without sockets, for tests. All clients of one reactor that give the same NAME meet.
 *
 * The hubs hang on the reactor's GMainContext, as a source that is never ready: the first client attaches it, the
 * others find it by its functions, the last one takes it away. So no global knows of them, and two reactors
 * never meet. */
#include "net/signal/backends.h"

#include <string.h>

#include "net/hub/service/service.h"
#include "net/protocol/hub_protocol.h"
#include "platform/deadline.h"

enum { CONNECT_AGAIN_US = G_USEC_PER_SEC / 4 };

struct hub_entry {
    char *name;
    struct hub_service *service;
    int users;
};

struct world {
    GSource source;  /* first: the GSource that g_source_new made */
    GPtrArray *hubs; /* struct hub_entry */
};

struct loopback_backend {
    struct signal_backend base; /* first: what the front has */
    struct signal_backend_config config;
    struct hub_entry *hub;
    struct hub_session *session; /* NULL while not connected */
    struct deadline *connect;
    bool dropped;
};

static void world_finalize(GSource *source)
{
    g_ptr_array_unref(((struct world *)source)->hubs);
}

static gboolean world_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    (void)source;
    (void)callback;
    (void)user_data;
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs world_functions = { .dispatch = world_dispatch, .finalize = world_finalize };

static gboolean no_callback(gpointer user_data)
{
    (void)user_data;
    return G_SOURCE_CONTINUE;
}

static struct world *find_world(GMainContext *context)
{
    GSource *source = g_main_context_find_source_by_funcs_user_data(context, &world_functions, &world_functions);
    if (source)
        return (struct world *)source;
    source = g_source_new(&world_functions, sizeof(struct world));
    ((struct world *)source)->hubs = g_ptr_array_new();
    g_source_set_callback(source, no_callback, &world_functions, NULL);
    g_source_attach(source, context);
    g_source_unref(source); /* the context holds it */
    return (struct world *)source;
}

/* The front queues what it is told, so nobody calls back into the service from here. */
static bool carry(void *connection, const char *text, size_t length)
{
    struct loopback_backend *backend = connection;
    backend->config.events->received(backend->config.front, text, length);
    return true;
}

static void drop(void *connection, const char *reason)
{
    struct loopback_backend *backend = connection;
    backend->dropped = true;
    backend->config.events->down(backend->config.front, reason);
    deadline_set(backend->connect, g_get_monotonic_time() + CONNECT_AGAIN_US);
}

static const struct hub_service_ops carrier = { .send = carry, .drop = drop };

static struct hub_entry *enter_hub(GMainContext *context, const char *name)
{
    struct world *world = find_world(context);
    for (guint i = 0; i < world->hubs->len; i++) {
        struct hub_entry *entry = g_ptr_array_index(world->hubs, i);
        if (strcmp(entry->name, name))
            continue;
        entry->users++;
        return entry;
    }
    struct hub_entry *entry = g_new0(struct hub_entry, 1);
    *entry = (struct hub_entry){ .name = g_strdup(name), .service = hub_service_create(&carrier, context), .users = 1 };
    g_ptr_array_add(world->hubs, entry);
    return entry;
}

static void leave_hub(GMainContext *context, struct hub_entry *entry)
{
    if (--entry->users)
        return;
    struct world *world = find_world(context);
    g_ptr_array_remove_fast(world->hubs, entry);
    hub_service_destroy(entry->service);
    g_free(entry->name);
    g_free(entry);
    if (!world->hubs->len)
        g_source_destroy(&world->source);
}

static void connect_hub(void *user_data)
{
    struct loopback_backend *backend = user_data;
    hub_session_close(backend->session);
    backend->dropped = false;
    backend->session = hub_session_open(backend->hub->service, backend);
    backend->config.events->up(backend->config.front);
}

static struct signal_backend *loopback_create(const struct signal_backend_config *config)
{
    struct loopback_backend *backend = g_new0(struct loopback_backend, 1);
    backend->base.ops = &signal_backend_loopback;
    backend->config = *config;
    backend->config.url = backend->config.user = backend->config.token = backend->config.ca_file = NULL;
    backend->hub = enter_hub(reactor_context(config->reactor), config->url + strlen("loopback:"));
    backend->connect = deadline_create(reactor_context(config->reactor), connect_hub, backend);
    deadline_set(backend->connect, 0);
    return &backend->base;
}

static void loopback_destroy(struct signal_backend *base)
{
    struct loopback_backend *backend = (struct loopback_backend *)base;
    hub_session_close(backend->session);
    leave_hub(reactor_context(backend->config.reactor), backend->hub);
    deadline_destroy(backend->connect);
    g_free(backend);
}

static bool loopback_send(struct signal_backend *base, const char *text, size_t length)
{
    struct loopback_backend *backend = (struct loopback_backend *)base;
    if (!backend->session || backend->dropped)
        return false;
    hub_session_receive(backend->session, text, length, g_get_real_time());
    return true;
}

const struct signal_backend_ops signal_backend_loopback = {
    .schemes = { "loopback" },
    .create = loopback_create,
    .destroy = loopback_destroy,
    .send = loopback_send,
};
