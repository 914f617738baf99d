#include "engine/capture/kind.h"

#include <glib.h>

enum { RETRY_US = 2000000, USUAL_WIDTH = 1280, USUAL_HEIGHT = 720, USUAL_FPS = 30 };

/* What the thread works on; the owner reads it when `done`. */
struct attempt {
    GThread *thread;
    capture_opening open;
    const struct capture_config *config; /* borrowed from the capture, which outlives the thread */
    struct capture *device;
    struct capture_failure failure;
    gint done;
};

struct returning {
    struct capture capture; /* first: the interface */
    capture_opening open;
    struct capture_config config; /* with texts of its own */
    struct capture *device;       /* NULL: there is none */
    enum capture_trouble trouble; /* why */
    struct attempt *attempt;      /* NULL: none under way */
    int64_t retry_us;
};

static gpointer try_to_open(gpointer data)
{
    struct attempt *attempt = data;
    attempt->device = attempt->open(attempt->config, &attempt->failure);
    g_atomic_int_set(&attempt->done, 1);
    return NULL;
}

static void start_attempt(struct returning *returning)
{
    returning->attempt = g_new0(struct attempt, 1);
    *returning->attempt = (struct attempt){ .open = returning->open, .config = &returning->config };
    returning->attempt->thread = g_thread_new("camera", try_to_open, returning->attempt);
}

static struct capture *end_attempt(struct returning *returning)
{
    g_thread_join(returning->attempt->thread);
    struct capture *device = returning->attempt->device;
    returning->trouble = device ? CAPTURE_WELL : returning->attempt->failure.trouble;
    g_free(returning->attempt->failure.words); /* that there is none has been said */
    g_clear_pointer(&returning->attempt, g_free);
    return device;
}

/* Waits for an attempt that is under way. */
static void returning_destroy(struct capture *capture)
{
    struct returning *returning = container_of(capture, struct returning, capture);
    if (returning->attempt)
        returning->device = end_attempt(returning);
    capture_destroy(returning->device);
    g_free((char *)returning->config.file);
    g_free((char *)returning->config.camera);
    g_free((char *)returning->config.audio);
    g_free(returning);
}

/* A device that is still held does not get its name back when it is plugged in: it is closed at once. */
static void look_for_end(struct returning *returning, int64_t now_us)
{
    if (!returning->device->ops->ended || !returning->device->ops->ended(returning->device))
        return;
    g_clear_pointer(&returning->device, capture_destroy);
    returning->trouble = CAPTURE_MISSING;
    returning->retry_us = now_us;
}

static void look_for_return(struct returning *returning, int64_t now_us)
{
    if (!returning->attempt && now_us >= returning->retry_us)
        start_attempt(returning);
    if (!returning->attempt || !g_atomic_int_get(&returning->attempt->done))
        return;
    returning->device = end_attempt(returning);
    returning->retry_us = now_us + RETRY_US;
    if (returning->device)
        g_message("the camera is back");
}

static void returning_poll(struct capture *capture, int64_t now_us)
{
    struct returning *returning = container_of(capture, struct returning, capture);
    if (!returning->device)
        look_for_return(returning, now_us);
    if (!returning->device)
        return;
    capture_set_sinks(returning->device, capture->video, capture->audio);
    capture_poll(returning->device, now_us);
    look_for_end(returning, now_us);
}

static int64_t returning_deadline(const struct capture *capture)
{
    const struct returning *returning = container_of(capture, const struct returning, capture);
    if (returning->device)
        return capture_deadline(returning->device);
    return returning->attempt ? g_get_monotonic_time() + RETRY_US / 20 : returning->retry_us;
}

static enum capture_trouble returning_trouble(const struct capture *capture)
{
    return container_of(capture, const struct returning, capture)->trouble;
}

static const struct capture_ops returning_ops = {
    .destroy = returning_destroy,
    .poll = returning_poll,
    .deadline = returning_deadline,
    .trouble = returning_trouble,
};

struct capture *capture_returning_open(capture_opening open, const struct capture_config *config,
                                       struct capture_failure *failure)
{
    struct capture *device = open(config, failure);
    if (!device && !config->may_be_missing)
        return NULL;
    if (!device)
        g_warning("%s; it is looked for again and again", failure->words);
    struct returning *returning = g_new0(struct returning, 1);
    returning->capture.ops = &returning_ops;
    returning->capture.width = config->width ? config->width : USUAL_WIDTH;
    returning->capture.height = config->height ? config->height : USUAL_HEIGHT;
    returning->capture.fps = config->fps ? config->fps : USUAL_FPS;
    if (device) {
        capture_format(device, &returning->capture.width, &returning->capture.height, &returning->capture.fps);
        returning->capture.colour = capture_colour(device);
    }
    returning->open = open;
    returning->config = *config;
    returning->config.file = g_strdup(config->file);
    returning->config.camera = g_strdup(config->camera);
    returning->config.audio = g_strdup(config->audio);
    returning->device = device;
    returning->trouble = device ? CAPTURE_WELL : failure->trouble;
    return &returning->capture;
}
