#include "engine/capture/opener.h"

struct capture_opener {
    struct capture_config config;
    GThread *thread;
    GSource *arrival; /* ready when the thread is done */
    capture_opened opened;
    void *user_data;
    struct capture *capture; /* the thread's until it has ended */
    char *error;
};

static void *open_capture(void *user_data)
{
    struct capture_opener *opener = user_data;
    opener->capture = capture_open(&opener->config, &opener->error);
    g_source_set_ready_time(opener->arrival, 0);
    return NULL;
}

static void join_and_free(struct capture_opener *opener)
{
    g_thread_join(opener->thread);
    g_source_destroy(opener->arrival);
    g_source_unref(opener->arrival);
    capture_destroy(opener->capture);
    g_free((char *)opener->config.file);
    g_free((char *)opener->config.camera);
    g_free((char *)opener->config.audio);
    g_free(opener->error);
    g_free(opener);
}

static gboolean arrived(gpointer user_data)
{
    struct capture_opener *opener = user_data;
    struct capture *capture = g_steal_pointer(&opener->capture);
    opener->opened(opener->user_data, capture, opener->error);
    join_and_free(opener);
    return G_SOURCE_REMOVE;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    g_source_set_ready_time(source, -1);
    return callback(user_data);
}

static GSourceFuncs arrival_functions = { .dispatch = dispatch };

struct capture_opener *capture_opener_start(GMainContext *context, const struct capture_config *config,
                                            capture_opened opened, void *user_data)
{
    struct capture_opener *opener = g_new0(struct capture_opener, 1);
    opener->config = *config;
    opener->config.file = g_strdup(config->file);
    opener->config.camera = g_strdup(config->camera);
    opener->config.audio = g_strdup(config->audio);
    opener->opened = opened;
    opener->user_data = user_data;
    opener->arrival = g_source_new(&arrival_functions, sizeof(GSource));
    g_source_set_callback(opener->arrival, arrived, opener, NULL);
    g_source_attach(opener->arrival, context);
    opener->thread = g_thread_new("capture opener", open_capture, opener);
    return opener;
}

void capture_opener_cancel(struct capture_opener *opener)
{
    if (opener)
        join_and_free(opener);
}
