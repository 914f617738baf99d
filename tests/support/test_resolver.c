#include "test_resolver.h"

#include <gio/gio.h>

static int waiting;

G_DECLARE_FINAL_TYPE(TestResolver, test_resolver, TEST, RESOLVER, GResolver)
struct _TestResolver {
    GResolver parent;
};
G_DEFINE_TYPE(TestResolver, test_resolver, G_TYPE_RESOLVER)

static void free_addresses(void *addresses)
{
    g_resolver_free_addresses(addresses);
}

static void given_up(GCancellable *cancellable, gpointer task)
{
    (void)cancellable;
    waiting--;
    g_task_return_error_if_cancelled(task);
    g_object_unref(task);
}

static void lookup_by_name_async(GResolver *resolver, const char *name, GCancellable *cancellable,
                                 GAsyncReadyCallback done, gpointer user_data)
{
    GTask *task = g_task_new(resolver, cancellable, done, user_data);
    if (!g_strcmp0(name, "silent.test")) {
        waiting++;
        g_signal_connect(cancellable, "cancelled", G_CALLBACK(given_up), task);
        return;
    }
    if (!g_strcmp0(name, "two.test")) {
        GList *addresses = g_list_append(NULL, g_inet_address_new_from_string("::1"));
        addresses = g_list_append(addresses, g_inet_address_new_from_string("127.0.0.1"));
        g_task_return_pointer(task, addresses, free_addresses);
    } else {
        g_task_return_new_error(task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name: %s", name);
    }
    g_object_unref(task);
}

static GList *lookup_by_name_finish(GResolver *resolver, GAsyncResult *result, GError **error)
{
    (void)resolver;
    return g_task_propagate_pointer(G_TASK(result), error);
}

static void test_resolver_class_init(TestResolverClass *class)
{
    G_RESOLVER_CLASS(class)->lookup_by_name_async = lookup_by_name_async;
    G_RESOLVER_CLASS(class)->lookup_by_name_finish = lookup_by_name_finish;
}

static void test_resolver_init(TestResolver *resolver)
{
    (void)resolver;
}

void test_resolver_use(void)
{
    g_autoptr(GResolver) resolver = g_object_new(test_resolver_get_type(), NULL);
    g_resolver_set_default(resolver);
}

int test_resolver_waiting(void)
{
    return waiting;
}
