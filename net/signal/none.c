/* No signalling at all: for whoever only watches streams. It never comes up, and nobody waits for it. */
#include "net/signal/backends.h"

#include <glib.h>

static struct signal_backend *none_create(const struct signal_backend_config *config)
{
    (void)config;
    struct signal_backend *backend = g_new0(struct signal_backend, 1);
    backend->ops = &signal_backend_none;
    return backend;
}

static void none_destroy(struct signal_backend *backend)
{
    g_free(backend);
}

static bool none_send(struct signal_backend *backend, const char *text, size_t length)
{
    (void)backend;
    (void)text;
    (void)length;
    return false;
}

const struct signal_backend_ops signal_backend_none = {
    .schemes = { "none" },
    .create = none_create,
    .destroy = none_destroy,
    .send = none_send,
};
