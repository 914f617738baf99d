#include "app/load/user.h"

#include <glib.h>

#include "engine/statistics/framecode.h"

enum { CODES = 4, MOST_MISSING = 1000 /* more: another stream, or it began anew */ };

static void read_code(struct load_user *user, const AVFrame *frame)
{
    struct framecode found[CODES];
    if (!framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], found, CODES))
        return;
    struct framecode_place now = { found[0].source, found[0].number };
    if (user->codes && now.source == user->newest.source && now.number > user->newest.number &&
        now.number - user->newest.number < MOST_MISSING)
        user->missing += now.number - user->newest.number - 1;
    user->codes += !user->codes || now.source != user->newest.source || now.number != user->newest.number;
    user->newest = now;
}

static void note_break(struct load_user *user, int64_t from_us, int64_t to_us)
{
    int64_t offset_us = g_get_real_time() - g_get_monotonic_time();
    struct load_break interval = { from_us + offset_us, to_us ? to_us + offset_us : 0 };
    g_array_append_val(user->breaks, interval);
}

static void push(struct frame_sink *sink, const AVFrame *frame)
{
    struct load_user *user = container_of(sink, struct load_user, screen);
    int64_t now_us = g_get_monotonic_time();
    if (!user->first_us) {
        user->first_us = now_us;
        user->dropped_before = player_stats(user->player).video.dropped;
    }
    if (user->last_us && now_us - user->last_us > LOAD_BREAK_US)
        note_break(user, user->last_us, now_us);
    user->last_us = now_us;
    user->pictures++;
    if (user->decodes)
        read_code(user, frame);
    if (user->agent)
        agent_presented(user->agent, frame->pts, now_us);
}

static const struct frame_sink_ops screen_ops = { .push = push };

struct load_user *load_user_create(const struct load_user_config *config)
{
    struct load_user *user = g_new0(struct load_user, 1);
    struct agent_config agent = config->agent;
    user->name = g_strdup(config->name);
    user->screen.ops = &screen_ops;
    user->decodes = config->decodes;
    user->breaks = g_array_new(FALSE, FALSE, sizeof(struct load_break));
    user->began_us = g_get_monotonic_time();
    user->player = player_create(&(struct player_config){ .video = &user->screen, .blind = !config->decodes });
    agent.user = user->name;
    agent.player = user->player;
    user->agent = user->player ? agent_create(&agent) : NULL;
    if (user->agent)
        return user;
    load_user_destroy(user);
    return NULL;
}

void load_user_destroy(struct load_user *user)
{
    if (!user)
        return;
    struct agent *agent = user->agent;
    user->agent = NULL;
    agent_destroy(agent);
    player_destroy(user->player);
    g_array_unref(user->breaks);
    g_free(user->name);
    g_free(user);
}

void load_user_poll(struct load_user *user, int64_t now_us)
{
    agent_poll(user->agent, now_us);
    if (user->media_us && user->online_us && user->entered_us)
        return;
    struct agent_description is = agent_describe(user->agent);
    if (is.online && !user->online_us)
        user->online_us = now_us;
    if (is.room.name && *is.room.state && !user->entered_us)
        user->entered_us = now_us;
    if (is.room.connected_us && !user->media_us)
        user->media_us = is.room.connected_us;
}

void load_user_forget_last(struct load_user *user)
{
    user->last_us = 0;
}

void load_user_finish(struct load_user *user)
{
    if (user->last_us && g_get_monotonic_time() - user->last_us > LOAD_BREAK_US)
        note_break(user, user->last_us, 0);
}

double load_user_loss(const struct load_user *user)
{
    if (user->codes)
        return 100.0 * (double)user->missing / (double)(user->codes + user->missing);
    double dropped = (double)(player_stats(user->player).video.dropped - user->dropped_before);
    return user->pictures ? 100 * dropped / (dropped + (double)user->pictures) : 100;
}
