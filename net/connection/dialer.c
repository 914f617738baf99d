#include "net/connection/dialer.h"

#include <gio/gio.h>

#include "net/connection/dialer_race.h"

struct dialer {
    GMainContext *context; /* borrowed */
    char *host;
    uint16_t port;
    dialer_looked_up looked_up;
    void *user_data;
    GCancellable *look_up;    /* while it runs */
    struct dialer_race *race; /* after it, where there are several */
    GQueue untried;           /* GInetAddress */
    char *tried;              /* the one that was given last */
};

struct dialer *dialer_create(GMainContext *context, const char *host, uint16_t port, dialer_looked_up looked_up,
                             void *user_data)
{
    struct dialer *dialer = g_new0(struct dialer, 1);
    dialer->context = context;
    dialer->host = g_strdup(host);
    dialer->port = port;
    dialer->looked_up = looked_up;
    dialer->user_data = user_data;
    return dialer;
}

static void cancel(struct dialer *dialer)
{
    if (dialer->look_up)
        g_cancellable_cancel(dialer->look_up);
    g_clear_object(&dialer->look_up);
    g_clear_pointer(&dialer->race, dialer_race_destroy);
}

void dialer_finish(struct dialer *dialer)
{
    g_queue_clear_full(&dialer->untried, g_object_unref);
}

void dialer_destroy(struct dialer *dialer)
{
    if (!dialer)
        return;
    cancel(dialer);
    dialer_finish(dialer);
    g_free(dialer->tried);
    g_free(dialer->host);
    g_free(dialer);
}

/* The first address of a family, taken out of the list; of any family where it has none. */
static GInetAddress *take(GList **addresses, GSocketFamily family)
{
    GList *at = *addresses;
    while (at && g_inet_address_get_family(at->data) != family)
        at = at->next;
    at = at ? at : *addresses;
    GInetAddress *address = at->data;
    *addresses = g_list_delete_link(*addresses, at);
    return address;
}

/* The resolver's order (RFC 6724), but the families in turns: where one of them is broken, the other has not to wait
 * for all of it. */
static void fill(struct dialer *dialer, GList *addresses)
{
    GSocketFamily family = g_inet_address_get_family(addresses->data);
    while (addresses) {
        g_queue_push_tail(&dialer->untried, take(&addresses, family));
        family = family == G_SOCKET_FAMILY_IPV6 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6;
    }
}

/* Where all have failed, whoever connects finds out why. */
static void race_over(void *user_data, GQueue *hopeful)
{
    struct dialer *dialer = user_data;
    dialer->race = NULL;
    if (hopeful->length)
        dialer_finish(dialer);
    for (GInetAddress *address; (address = g_queue_pop_head(hopeful));)
        g_queue_push_tail(&dialer->untried, address);
    dialer->looked_up(dialer->user_data, NULL);
}

static void resolved(GObject *resolver, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GList *addresses = g_resolver_lookup_by_name_finish(G_RESOLVER(resolver), result, &error);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the dialer may be gone */
    struct dialer *dialer = user_data;
    g_clear_object(&dialer->look_up);
    if (addresses)
        fill(dialer, addresses);
    if (dialer->port && dialer->untried.length > 1)
        dialer->race = dialer_race_create(dialer->context, &dialer->untried, dialer->port, race_over, dialer);
    else
        dialer->looked_up(dialer->user_data, addresses ? NULL : error ? error->message : "the name has no address");
}

void dialer_look_up(struct dialer *dialer)
{
    g_autoptr(GResolver) resolver = g_resolver_get_default();
    cancel(dialer);
    dialer_finish(dialer);
    dialer->look_up = g_cancellable_new();
    g_main_context_push_thread_default(dialer->context);
    g_resolver_lookup_by_name_async(resolver, dialer->host, dialer->look_up, resolved, dialer);
    g_main_context_pop_thread_default(dialer->context);
}

bool dialer_has_next(const struct dialer *dialer)
{
    return dialer->untried.length > 0;
}

const char *dialer_next(struct dialer *dialer)
{
    g_autoptr(GInetAddress) address = g_queue_pop_head(&dialer->untried);
    g_free(dialer->tried);
    return dialer->tried = address ? g_inet_address_to_string(address) : NULL;
}
