#include "app/screen/input_target.h"

#include <glib.h>
#include <string.h>

enum { SEEN_US = 500000, AGAIN_US = 300000 };

struct input_target input_target_of(const struct scene *scene, const struct box *box)
{
    struct input_target target = { 0 };
    if (!box)
        return target;
    target.command = box->command;
    target.index = box->index;
    if (box->kind == BOX_ROW)
        g_strlcpy(target.user, scene->rows[box->index].user, SCENE_TEXT);
    return target;
}

static bool is_same_person(const struct input_target *target, const struct scene *scene, const struct box *box)
{
    return box->kind == BOX_ROW && box->command == target->command && target->user[0] &&
           !strcmp(scene->rows[box->index].user, target->user);
}

bool input_target_is(const struct input_target *target, const struct scene *scene, const struct box *box)
{
    bool same_place = box->command == target->command && box->index == target->index;
    return is_same_person(target, scene, box) || (same_place && !target->user[0]);
}

/* ---- what has been seen ---- */

static bool is_equal(const struct input_target *a, const struct input_target *b)
{
    return a->command == b->command && a->index == b->index && !strcmp(a->user, b->user);
}

static int64_t since(const struct input_seen *seen, const struct input_target *target, const SDL_Rect *area)
{
    for (int i = 0; i < seen->n; i++)
        if (is_equal(&seen->all[i].target, target) && SDL_RectEquals(&seen->all[i].area, area))
            return seen->all[i].since_us;
    return INT64_MAX;
}

static void add(struct input_seen *now, const struct input_seen *before, struct input_target target, SDL_Rect area,
                int64_t now_us)
{
    now->all[now->n].target = target;
    now->all[now->n].area = area;
    now->all[now->n++].since_us = MIN(since(before, &target, &area), now_us);
}

void input_seen_update(struct input_seen *seen, const struct scene *scene, const struct layout *layout, bool visible,
                       int64_t now_us)
{
    struct input_seen now = { .last = seen->last, .last_us = seen->last_us };
    for (int i = 0; i < layout->n; i++) {
        const struct box *box = &layout->boxes[i];
        if (box->command != COMMAND_NONE && (visible || !box->fades))
            add(&now, seen, input_target_of(scene, box), box->area, now_us);
    }
    add(&now, seen, (struct input_target){ .command = scene->escape }, (SDL_Rect){ 0 }, now_us);
    *seen = now;
}

bool input_seen_long_enough(const struct input_seen *seen, const struct input_target *target, const SDL_Rect *area,
                            int64_t now_us)
{
    int64_t since_us = since(seen, target, area);
    return since_us != INT64_MAX && now_us >= since_us + SEEN_US;
}

bool input_seen_again(struct input_seen *seen, struct input_target target, int64_t now_us)
{
    bool again = is_equal(&target, &seen->last) && now_us < seen->last_us + AGAIN_US;
    seen->last = target;
    seen->last_us = again ? seen->last_us : now_us;
    return again;
}
