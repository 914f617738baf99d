/* A TCP socket that listens in the loop. It is ours, and not libwebsockets', so that a busy port, and the one that was
 * chosen, are known at once. */
#ifndef CALLAPI_NET_CONNECTION_LISTENER_H
#define CALLAPI_NET_CONNECTION_LISTENER_H

#include <glib.h>

struct listener;

/* From the context's dispatch: takes `fd`, which does not block. */
typedef void (*listener_arrived)(void *user_data, int fd);

/* `listen`: "127.0.0.1:8080", "[::1]:0", "localhost:8080"; no name is looked up. Arrivals wait until listener_start.
 * NULL with words for the user in `error` (g_free it). */
struct listener *listener_create(const char *listen, char **error);
void listener_destroy(struct listener *listener); /* takes NULL */
/* While the process is out of file descriptors, it is tried again every second. */
void listener_start(struct listener *listener, GMainContext *context, listener_arrived arrived, void *user_data);
/* "SCHEME://ADDRESS:PORT" as this machine reaches it: a socket on all addresses at the loopback one. g_free it. */
char *listener_url(const struct listener *listener, const char *scheme);

#endif
