/* A codec on a thread of its own, for those that may hang: FFmpeg's V4L2 codecs wait for their driver without a limit,
 * and so may any driver. What it is to do goes into a bounded mailbox, what it gives comes back by a queue. Nobody
 * waits for it but for a moment: where a call does not return in time it is left behind on purpose, the thread and its
 * memory, since nothing else can end it. Else whoever lets go last frees what both have. */
#ifndef CALLAPI_ENGINE_VIDEO_CODEC_THREAD_H
#define CALLAPI_ENGINE_VIDEO_CODEC_THREAD_H

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/video/codec_item.h"

struct codec_thread;

enum codec_fault {
    CODEC_WELL,
    CODEC_DOES_NOT_OPEN,
    CODEC_HANGS,         /* a call does not return */
    CODEC_FALLS_BEHIND,  /* the mailbox is full */
    CODEC_GIVES_NOTHING, /* it takes all and gives none of it */
    CODEC_HOLDS_BACK,    /* what it has comes only with what follows it, or at the end */
    CODEC_FAILS,         /* it says so itself */
    CODEC_GIVES_WRONG,   /* other pictures than the stream has */
    CODEC_FAULTS,
};

/* For the log, after the codec's name: "does not answer". */
const char *codec_fault_text(enum codec_fault fault);

/* What the thread does, with a codec that is its own. All run on the thread, each may hang; after a fault only `close`
 * follows. */
struct codec_ops {
    enum codec_fault (*open)(void *codec);
    /* The next item (borrowed); NULL: time has passed, while it waited for something. What comes out is given to
     * codec_thread_give. */
    enum codec_fault (*work)(void *codec, struct codec_thread *thread, const struct codec_item *item);
    /* Whether something that was sent has not come out yet: then `work` is called again within some milliseconds. */
    bool (*is_waiting)(const void *codec);
    void (*flush)(void *codec);
    void (*close)(void *codec); /* and frees it */
};

struct codec_thread_config {
    const struct codec_ops *ops;
    void *codec;        /* taken, also where no thread begins */
    unsigned room;      /* for so many items in the mailbox */
    GMainContext *loop; /* borrowed, outlives it; NULL: the owner calls codec_thread_wait */
    /* From the loop's dispatch: there is something to take, or a fault. It may destroy the thread. */
    void (*arrived)(void *user_data);
    void *user_data;
};

/* Begins at once, with `open`. NULL: so many hang already in this process that no more are begun. */
struct codec_thread *codec_thread_create(const struct codec_thread_config *config);
/* Takes NULL. Nothing is reported any more. Waits a moment for a codec that is well, so that it is closed before the
 * program ends; never for one that hangs. */
void codec_thread_destroy(struct codec_thread *thread);

/* For who rather leaves an item out. */
bool codec_thread_has_room(struct codec_thread *thread);
/* Takes the item. False: there is no room, which is a fault. */
bool codec_thread_send(struct codec_thread *thread, struct codec_item *item);
/* Nothing of what was sent comes out any more, and the codec is flushed before what is sent next. */
void codec_thread_flush(struct codec_thread *thread);
/* The next that came out, the caller's; NULL: none. */
struct codec_item *codec_thread_take(struct codec_thread *thread);
enum codec_fault codec_thread_fault(struct codec_thread *thread);
/* Without a loop: blocks until it was opened, or failed to (codec_thread_fault); false: the time is over. */
bool codec_thread_wait_open(struct codec_thread *thread, int64_t until_us);
/* Without a loop: blocks until there is something to take, a fault, or the time is over (false). */
bool codec_thread_wait(struct codec_thread *thread, int64_t until_us);
/* It is to count as hung: its time is over. */
void codec_thread_give_up(struct codec_thread *thread);

/* From the codec's `work`. Takes the item. */
void codec_thread_give(struct codec_thread *thread, struct codec_item *item);

/* How many were left behind in this process. */
int codec_threads_left_behind(void);

#endif
