#include "engine/video/codec_thread.h"

#include "platform/deadline.h"

enum {
    OPEN_US = 3000000, /* a driver may load firmware */
    CALL_US = 1500000, /* any other call: the machine may be busy */
    LOOK_US = 250000,  /* how often the loop looks whether a call hangs */
    LEAVE_US = 100000, /* what a codec that is well has to close */
    FIRST_PAUSE_US = 1000,
    LONGEST_PAUSE_US = 8000,
    MOST_LEFT_BEHIND = 4, /* in a process: then there is no hardware for it any more */
};

/* Shared by its owner and its thread: whoever lets go last frees it. */
struct codec_thread {
    gint references; /* atomic */
    const struct codec_ops *ops;
    unsigned room;
    void (*arrived)(void *user_data);
    void *user_data;

    GMutex lock; /* of these: */
    GCond changed;
    GQueue sent, given;                              /* struct codec_item *, owned */
    bool opened, stopping, flushing, ended, waiting; /* opened: or it could not be */
    enum codec_fault fault;
    int64_t late_us;           /* when the call that goes on counts as hung; 0: none goes on */
    int64_t began_us;          /* the work that goes on, or its last item */
    int64_t spent_us;          /* before it, since the last item */
    struct deadline *deadline; /* the loop's; NULL: there is no loop, or its owner is gone */
    bool looking;              /* the deadline is set */

    void *codec; /* the thread's */
};

static gint left_behind; /* atomic */

const char *codec_fault_text(enum codec_fault fault)
{
    static const char *const texts[CODEC_FAULTS] = {
        [CODEC_WELL] = "works",
        [CODEC_DOES_NOT_OPEN] = "does not open: no such device or driver here",
        [CODEC_HANGS] = "does not answer",
        [CODEC_FALLS_BEHIND] = "does not keep up",
        [CODEC_GIVES_NOTHING] = "takes everything and gives nothing",
        [CODEC_HOLDS_BACK] = "holds pictures back until others follow",
        [CODEC_FAILS] = "reports an error",
        [CODEC_GIVES_WRONG] = "gives wrong pictures",
    };
    return texts[fault];
}

static void free_item(gpointer item)
{
    codec_item_free(item);
}

static void unref(struct codec_thread *thread)
{
    if (!g_atomic_int_dec_and_test(&thread->references))
        return;
    g_queue_clear_full(&thread->sent, free_item);
    g_queue_clear_full(&thread->given, free_item);
    g_mutex_clear(&thread->lock);
    g_cond_clear(&thread->changed);
    g_free(thread);
}

/* ---- the thread ---- */

/* Whoever waits is woken; with the lock. */
static void tell(struct codec_thread *thread)
{
    g_cond_broadcast(&thread->changed);
    if (thread->deadline)
        deadline_set(thread->deadline, 0);
}

void codec_thread_give(struct codec_thread *thread, struct codec_item *item)
{
    int64_t now_us = g_get_monotonic_time();
    g_mutex_lock(&thread->lock);
    item->spent_us = thread->spent_us + now_us - thread->began_us;
    thread->began_us = now_us;
    thread->spent_us = 0;
    bool wanted = !thread->flushing && !thread->stopping;
    if (wanted) {
        g_queue_push_tail(&thread->given, item);
        tell(thread);
    }
    g_mutex_unlock(&thread->lock);
    if (!wanted)
        codec_item_free(item);
}

static void begin_call(struct codec_thread *thread, int64_t most_us)
{
    int64_t now_us = g_get_monotonic_time();
    g_mutex_lock(&thread->lock);
    thread->began_us = now_us;
    thread->late_us = now_us + most_us;
    g_mutex_unlock(&thread->lock);
}

/* False: there was a fault. */
static bool end_call(struct codec_thread *thread, enum codec_fault fault)
{
    bool waiting = !fault && thread->ops->is_waiting(thread->codec);
    g_mutex_lock(&thread->lock);
    thread->spent_us += g_get_monotonic_time() - thread->began_us;
    thread->late_us = 0;
    thread->waiting = waiting;
    if (fault && !thread->fault) {
        thread->fault = fault;
        tell(thread);
    }
    g_mutex_unlock(&thread->lock);
    return !fault;
}

/* Waits for an item; NULL: time has passed, or it is to flush or to stop. */
static struct codec_item *next_item(struct codec_thread *thread, int64_t pause_us, bool *flush, bool *stop)
{
    int64_t until_us = g_get_monotonic_time() + pause_us;
    bool in_time = true;
    g_mutex_lock(&thread->lock);
    while (!thread->stopping && !thread->flushing && !thread->sent.length && in_time)
        if (thread->waiting)
            in_time = g_cond_wait_until(&thread->changed, &thread->lock, until_us);
        else
            g_cond_wait(&thread->changed, &thread->lock);
    *stop = thread->stopping;
    *flush = thread->flushing;
    struct codec_item *item = *flush || *stop ? NULL : g_queue_pop_head(&thread->sent);
    g_mutex_unlock(&thread->lock);
    return item;
}

static void flush_codec(struct codec_thread *thread)
{
    begin_call(thread, CALL_US);
    thread->ops->flush(thread->codec);
    g_mutex_lock(&thread->lock);
    thread->flushing = false;
    g_mutex_unlock(&thread->lock);
    end_call(thread, CODEC_WELL);
}

/* Until it is to stop, or fails. */
static void work(struct codec_thread *thread)
{
    int64_t pause_us = FIRST_PAUSE_US;
    for (;;) {
        bool flush, stop;
        struct codec_item *item = next_item(thread, pause_us, &flush, &stop);
        if (stop)
            return;
        if (flush) {
            flush_codec(thread);
            continue;
        }
        pause_us = item ? FIRST_PAUSE_US : MIN(pause_us * 2, LONGEST_PAUSE_US);
        begin_call(thread, CALL_US);
        bool good = end_call(thread, thread->ops->work(thread->codec, thread, item));
        codec_item_free(item);
        if (!good)
            return;
    }
}

static void *run(void *user_data)
{
    struct codec_thread *thread = user_data;
    begin_call(thread, OPEN_US);
    bool good = end_call(thread, thread->ops->open(thread->codec));
    g_mutex_lock(&thread->lock);
    thread->opened = true;
    g_cond_broadcast(&thread->changed);
    g_mutex_unlock(&thread->lock);
    if (good)
        work(thread);
    thread->ops->close(thread->codec);
    g_mutex_lock(&thread->lock);
    thread->ended = true;
    g_cond_broadcast(&thread->changed);
    g_mutex_unlock(&thread->lock);
    unref(thread);
    return NULL;
}

/* ---- the loop ---- */

/* With the lock. */
static void leave_behind(struct codec_thread *thread)
{
    if (thread->fault)
        return;
    thread->fault = CODEC_HANGS;
    g_atomic_int_inc(&left_behind);
}

/* With the lock: once it has something to do the loop looks after it. */
static void look_again(struct codec_thread *thread)
{
    if (!thread->deadline || thread->looking)
        return;
    bool any = thread->given.length || thread->fault;
    thread->looking = true;
    deadline_set(thread->deadline, any ? 0 : g_get_monotonic_time() + LOOK_US);
}

/* What there is will be taken in this turn, so the next look is for what hangs. */
static void look(void *user_data)
{
    struct codec_thread *thread = user_data;
    int64_t now_us = g_get_monotonic_time();
    g_mutex_lock(&thread->lock);
    if (thread->late_us && now_us > thread->late_us)
        leave_behind(thread);
    thread->looking = !thread->fault && (thread->late_us || thread->sent.length || thread->flushing || thread->waiting);
    if (thread->looking)
        deadline_set(thread->deadline, now_us + LOOK_US);
    bool any = thread->given.length || thread->fault;
    g_mutex_unlock(&thread->lock);
    if (any)
        thread->arrived(thread->user_data);
}

bool codec_thread_has_room(struct codec_thread *thread)
{
    g_mutex_lock(&thread->lock);
    bool room = thread->sent.length < thread->room;
    g_mutex_unlock(&thread->lock);
    return room;
}

bool codec_thread_send(struct codec_thread *thread, struct codec_item *item)
{
    g_mutex_lock(&thread->lock);
    bool fits = thread->sent.length < thread->room && !thread->fault;
    if (fits) {
        g_queue_push_tail(&thread->sent, item);
        g_cond_broadcast(&thread->changed);
        look_again(thread);
    } else if (!thread->fault) {
        thread->fault = CODEC_FALLS_BEHIND;
        tell(thread);
    }
    g_mutex_unlock(&thread->lock);
    if (!fits)
        codec_item_free(item);
    return fits;
}

void codec_thread_flush(struct codec_thread *thread)
{
    g_mutex_lock(&thread->lock);
    g_queue_clear_full(&thread->sent, free_item);
    g_queue_clear_full(&thread->given, free_item);
    thread->flushing = true;
    g_cond_broadcast(&thread->changed);
    look_again(thread);
    g_mutex_unlock(&thread->lock);
}

struct codec_item *codec_thread_take(struct codec_thread *thread)
{
    g_mutex_lock(&thread->lock);
    struct codec_item *item = g_queue_pop_head(&thread->given);
    g_mutex_unlock(&thread->lock);
    return item;
}

enum codec_fault codec_thread_fault(struct codec_thread *thread)
{
    g_mutex_lock(&thread->lock);
    enum codec_fault fault = thread->fault;
    g_mutex_unlock(&thread->lock);
    return fault;
}

bool codec_thread_wait_open(struct codec_thread *thread, int64_t until_us)
{
    bool in_time = true;
    g_mutex_lock(&thread->lock);
    while (!thread->opened && in_time)
        in_time = g_cond_wait_until(&thread->changed, &thread->lock, until_us);
    g_mutex_unlock(&thread->lock);
    return in_time;
}

bool codec_thread_wait(struct codec_thread *thread, int64_t until_us)
{
    bool in_time = true;
    g_mutex_lock(&thread->lock);
    while (!thread->given.length && !thread->fault && in_time)
        in_time = g_cond_wait_until(&thread->changed, &thread->lock, until_us);
    g_mutex_unlock(&thread->lock);
    return in_time;
}

void codec_thread_give_up(struct codec_thread *thread)
{
    g_mutex_lock(&thread->lock);
    leave_behind(thread);
    g_mutex_unlock(&thread->lock);
}

int codec_threads_left_behind(void)
{
    return g_atomic_int_get(&left_behind);
}

/* ---- life ---- */

struct codec_thread *codec_thread_create(const struct codec_thread_config *config)
{
    if (codec_threads_left_behind() >= MOST_LEFT_BEHIND) {
        config->ops->close(config->codec);
        return NULL;
    }
    struct codec_thread *thread = g_new0(struct codec_thread, 1);
    *thread = (struct codec_thread){
        .references = 2,
        .ops = config->ops,
        .room = config->room,
        .arrived = config->arrived,
        .user_data = config->user_data,
        .codec = config->codec,
    };
    g_mutex_init(&thread->lock);
    g_cond_init(&thread->changed);
    if (config->loop)
        thread->deadline = deadline_create(config->loop, look, thread);
    begin_call(thread, OPEN_US);
    look_again(thread);
    g_thread_unref(g_thread_new("codec", run, thread));
    return thread;
}

void codec_thread_destroy(struct codec_thread *thread)
{
    if (!thread)
        return;
    int64_t until_us = g_get_monotonic_time() + LEAVE_US;
    g_mutex_lock(&thread->lock);
    thread->stopping = true;
    g_cond_broadcast(&thread->changed);
    struct deadline *deadline = g_steal_pointer(&thread->deadline);
    while (!thread->ended && !thread->fault)
        if (!g_cond_wait_until(&thread->changed, &thread->lock, until_us))
            break;
    g_mutex_unlock(&thread->lock);
    deadline_destroy(deadline);
    unref(thread);
}
