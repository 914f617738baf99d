/* The packets of one track of a stream: those that were delivered since the last key frame, and those that are not due
 * yet. Whoever begins to play begins with the first of them. Bounded: what grows beyond it loses what was delivered. */
#ifndef CALLAPI_ENGINE_STREAM_BACKLOG_H
#define CALLAPI_ENGINE_STREAM_BACKLOG_H

#include <glib.h>
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <stdbool.h>

enum { BACKLOG_MOST_BYTES = 16 << 20 };

struct backlog_item {
    AVPacket *packet;
    AVCodecParameters *parameters; /* other than before, from this packet on; NULL: the same */
    bool gap;                      /* something is missing between it and the one before */
};

struct backlog {
    GQueue items; /* struct backlog_item, owned */
    GList *next;  /* the first that was not delivered; NULL: all were */
    size_t bytes;
    guint waiting;                 /* from `next` on */
    bool whole;                    /* the first one is a key frame: one can begin with it */
    bool cut;                      /* that had to go, for there is room for no more */
    bool keeps;                    /* what was delivered is kept; else it goes */
    guint most;                    /* so many of these are kept; 0: as many as there is room for */
    AVCodecParameters *parameters; /* of the first item that is kept, or the next to come; NULL: not known */
    AVCodecParameters *announced;  /* for the next packet that comes */
    bool gap;                      /* before the next packet that comes */
};

void backlog_init(struct backlog *backlog, bool keeps);
void backlog_clear(struct backlog *backlog);

/* What follows is that; takes it. */
void backlog_announce(struct backlog *backlog, AVCodecParameters *parameters);
/* Something that was to come is missing: the next packet's `gap`. */
void backlog_note_gap(struct backlog *backlog);
/* Takes the packet. */
void backlog_add(struct backlog *backlog, AVPacket *packet);
/* The next one to be delivered; it counts as delivered then. NULL: none. Borrowed until the backlog is changed. */
const struct backlog_item *backlog_peek(const struct backlog *backlog);
const struct backlog_item *backlog_advance(struct backlog *backlog);
/* All of it is to be delivered again, from its key frame on. False: there is none, and the next one has to come. */
bool backlog_rewind(struct backlog *backlog);
/* What was not delivered and stands before the last key frame is left out, a gap; how many. 0: there is no other. */
guint backlog_skip(struct backlog *backlog);
/* Its newest packet's time of decoding less that of the next one; 0: nothing waits. */
int64_t backlog_span_us(const struct backlog *backlog);

#endif
