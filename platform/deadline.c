#include "platform/deadline.h"

struct deadline {
    GSource source; /* first: a struct deadline is the GSource that g_source_new made */
    void (*fired)(void *user_data);
    void *user_data;
};

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    (void)callback;
    (void)user_data;
    struct deadline *deadline = (struct deadline *)source;
    g_source_set_ready_time(source, -1);
    deadline->fired(deadline->user_data);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = { .dispatch = dispatch };

struct deadline *deadline_create(GMainContext *context, void (*fired)(void *user_data), void *user_data)
{
    struct deadline *deadline = (struct deadline *)g_source_new(&functions, sizeof *deadline);
    deadline->fired = fired;
    deadline->user_data = user_data;
    g_source_attach(&deadline->source, context);
    return deadline;
}

void deadline_destroy(struct deadline *deadline)
{
    if (!deadline)
        return;
    g_source_destroy(&deadline->source);
    g_source_unref(&deadline->source);
}

void deadline_set(struct deadline *deadline, int64_t at_us)
{
    g_source_set_ready_time(&deadline->source, at_us == INT64_MAX ? -1 : MAX(at_us, 0));
}

void deadline_set_priority(struct deadline *deadline, int priority)
{
    g_source_set_priority(&deadline->source, priority);
}
