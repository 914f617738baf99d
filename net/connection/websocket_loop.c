#include "net/connection/websocket_loop.h"

#include <uv.h>

enum { TURNS_TO_CLOSE = 100, CALLS_TO_DESTROY = 3 };

struct websocket_loop {
    uv_loop_t uv;
    GSource *source;
};

struct loop_source {
    GSource source;
    uv_loop_t *uv;
    GPollFD fd;
};

/* uv_backend_timeout is 0 also while watchers wait to be told to the kernel, which uv_run does. */
static gboolean prepare(GSource *source, gint *timeout_ms)
{
    uv_loop_t *uv = ((struct loop_source *)source)->uv;
    uv_update_time(uv);
    *timeout_ms = uv_loop_alive(uv) ? uv_backend_timeout(uv) : -1;
    return *timeout_ms == 0;
}

static gboolean check(GSource *source)
{
    struct loop_source *ours = (struct loop_source *)source;
    if (ours->fd.revents)
        return TRUE;
    uv_update_time(ours->uv);
    return uv_loop_alive(ours->uv) && uv_backend_timeout(ours->uv) == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc function, gpointer user_data)
{
    (void)function;
    (void)user_data;
    uv_run(((struct loop_source *)source)->uv, UV_RUN_NOWAIT);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = { .prepare = prepare, .check = check, .dispatch = dispatch };

struct websocket_loop *websocket_loop_create(struct reactor *reactor)
{
    struct websocket_loop *loop = g_new0(struct websocket_loop, 1);
    if (uv_loop_init(&loop->uv)) {
        g_free(loop);
        return NULL;
    }
    loop->source = g_source_new(&functions, sizeof(struct loop_source));
    struct loop_source *ours = (struct loop_source *)loop->source;
    ours->uv = &loop->uv;
    ours->fd = (GPollFD){ .fd = uv_backend_fd(&loop->uv), .events = G_IO_IN };
    g_source_add_poll(loop->source, &ours->fd);
    g_source_attach(loop->source, reactor_context(reactor));
    return loop;
}

void websocket_loop_use(struct websocket_loop *loop, struct lws_context_creation_info *info, void *loops[1])
{
    info->options = (info->options & ~(uint64_t)LWS_SERVER_OPTION_GLIB) | LWS_SERVER_OPTION_LIBUV;
    loops[0] = &loop->uv;
    info->foreign_loops = loops;
}

static void run_out(uv_loop_t *uv)
{
    for (int i = 0; i < TURNS_TO_CLOSE && uv_run(uv, UV_RUN_NOWAIT); i++)
        ;
}

/* libuv closes handles in later turns, so libwebsockets asks to be called again after those, until `*context` is NULL.
 */
static void destroy_context(uv_loop_t *uv, struct lws_context **context)
{
    for (int i = 0; *context && i < CALLS_TO_DESTROY; i++) {
        lws_context_destroy(*context);
        run_out(uv);
    }
}

static void close_handle(uv_handle_t *handle, void *user_data)
{
    (void)user_data;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void websocket_loop_destroy(struct websocket_loop *loop, struct lws_context **context)
{
    if (!loop)
        return;
    destroy_context(&loop->uv, context);
    g_source_destroy(loop->source);
    g_source_unref(loop->source);
    run_out(&loop->uv);
    if (uv_loop_close(&loop->uv) == UV_EBUSY) {
        uv_walk(&loop->uv, close_handle, NULL);
        run_out(&loop->uv);
        uv_loop_close(&loop->uv);
    }
    g_free(loop);
}
