#include "app/session/path.h"

#include "platform/deadline.h"

enum {
    SILENT_US = 600000, /* where media came, which is 50 times a second and more */
    /* A gap of media ends by itself, mostly, and a change of network is told: a restart waits so much longer */
    GAP_US = 1000000,
    QUIET_US = 5000000, /* where only reports did, once or twice a second: so many are not lost in a row */
    FLOWING = 10,       /* packets in COUNT_US */
    COUNT_US = 500000,
    SECOND_US = 400000, /* the other side waits so much longer, for both would offer at once */
    AGAIN_US = 2000000, /* between restarts */
    TRIED_US = 500000,  /* what is tried has so long once the network changed */
    ANEW_AFTER = 2,     /* restarts that found a way over which nothing comes all the same */
    LOST_US = 30000000, /* as long as RFC 7675, 5.1 lets a consent live */
};

void session_path_init(struct session_path *path, int64_t now_us)
{
    *path = (struct session_path){ .heard_us = now_us, .counted_us = now_us, .attempt_at_us = INT64_MAX };
}

static void count(struct session_path *path, int64_t now_us)
{
    if (now_us - path->counted_us < COUNT_US)
        return;
    if (path->media - path->counted >= FLOWING)
        path->flowing_us = now_us;
    path->counted = path->media;
    path->counted_us = now_us;
}

/* Media came until the silence began. */
static bool was_flowing(const struct session_path *path)
{
    return path->flowing_us && path->heard_us - path->flowing_us < 2 * COUNT_US;
}

static void hear(struct session_path *path, uint64_t media, uint64_t reports, int64_t now_us)
{
    path->received = media + reports;
    path->media = media;
    path->heard_us = now_us;
    count(path, now_us);
}

static enum session_path_news back(struct session_path *path)
{
    path->silent = false;
    path->attempt_at_us = INT64_MAX;
    path->found = 0;
    return SESSION_PATH_BACK;
}

static enum session_path_news attempt(struct session_path *path, int64_t now_us)
{
    path->attempt_at_us = path->silent ? now_us + AGAIN_US : INT64_MAX;
    path->attempted_us = now_us;
    if (path->found < ANEW_AFTER)
        return SESSION_PATH_RESTART;
    path->found = 0;
    return SESSION_PATH_ANEW;
}

enum session_path_news session_path_check(struct session_path *path, uint64_t media, uint64_t reports, bool first,
                                          int64_t now_us)
{
    if (media + reports != path->received) {
        hear(path, media, reports, now_us);
        if (path->silent)
            return back(path);
    }
    int64_t silence_us = now_us - path->heard_us;
    bool flowing = was_flowing(path);
    if (!path->silent && silence_us >= (flowing ? SILENT_US : QUIET_US)) {
        path->silent = true;
        path->attempt_at_us = MIN(path->attempt_at_us, now_us + (flowing ? GAP_US : 0) + (first ? 0 : SECOND_US));
        return SESSION_PATH_SILENT;
    }
    if (path->silent && silence_us >= LOST_US)
        return SESSION_PATH_LOST;
    return path->attempt_at_us <= now_us ? attempt(path, now_us) : SESSION_PATH_NOTHING;
}

enum session_path_news session_path_check_connecting(struct session_path *path, int64_t now_us)
{
    if (path->attempt_at_us == INT64_MAX || now_us - path->attempt_at_us < TRIED_US)
        return SESSION_PATH_NOTHING;
    path->attempt_at_us = INT64_MAX;
    return SESSION_PATH_ANEW;
}

void session_path_changed(struct session_path *path, int64_t now_us)
{
    path->attempt_at_us = now_us;
}

void session_path_retry(struct session_path *path, int64_t now_us)
{
    if (path->silent)
        path->attempt_at_us = now_us;
}

void session_path_asked(struct session_path *path, int64_t now_us)
{
    if (!path->attempted_us || now_us - path->attempted_us >= AGAIN_US / 2)
        path->attempt_at_us = now_us;
}

void session_path_found(struct session_path *path)
{
    path->found += path->silent;
}
