#include "engine/stream/backlog.h"

static void free_item(gpointer data)
{
    struct backlog_item *item = data;
    av_packet_free(&item->packet);
    avcodec_parameters_free(&item->parameters);
    g_free(item);
}

void backlog_init(struct backlog *backlog, bool keeps)
{
    *backlog = (struct backlog){ .keeps = keeps };
    g_queue_init(&backlog->items);
}

static void forget_packets(struct backlog *backlog)
{
    g_queue_clear_full(&backlog->items, free_item);
    backlog->next = NULL;
    backlog->bytes = 0;
    backlog->waiting = 0;
    backlog->whole = false;
}

void backlog_clear(struct backlog *backlog)
{
    forget_packets(backlog);
    avcodec_parameters_free(&backlog->parameters);
    avcodec_parameters_free(&backlog->announced);
}

static bool is_key(const GList *link)
{
    return ((const struct backlog_item *)link->data)->packet->flags & AV_PKT_FLAG_KEY;
}

/* The first one goes; what it was told of the stream stays. */
static void drop_first(struct backlog *backlog)
{
    struct backlog_item *item = backlog->items.head->data;
    if (backlog->next == backlog->items.head) {
        backlog->next = backlog->next->next;
        backlog->waiting--;
    }
    if (item->parameters) {
        avcodec_parameters_free(&backlog->parameters);
        backlog->parameters = g_steal_pointer(&item->parameters);
    }
    backlog->bytes -= (size_t)item->packet->size;
    free_item(item);
    g_queue_pop_head(&backlog->items);
}

static void drop_until(struct backlog *backlog, const GList *link)
{
    while (backlog->items.head && backlog->items.head != link)
        drop_first(backlog);
}

void backlog_announce(struct backlog *backlog, AVCodecParameters *parameters)
{
    avcodec_parameters_free(&backlog->announced);
    backlog->announced = parameters;
}

void backlog_note_gap(struct backlog *backlog)
{
    backlog->gap = true;
}

/* What was delivered need not be there; what was not has to come. */
static void stay_within_bounds(struct backlog *backlog)
{
    while ((backlog->bytes > BACKLOG_MOST_BYTES || (backlog->most && backlog->items.length > backlog->most)) &&
           backlog->items.head != backlog->next) {
        drop_first(backlog);
        backlog->cut = true;
        backlog->whole = false;
    }
}

void backlog_add(struct backlog *backlog, AVPacket *packet)
{
    struct backlog_item *item = g_new(struct backlog_item, 1);
    *item = (struct backlog_item){ packet, g_steal_pointer(&backlog->announced), backlog->gap };
    backlog->gap = false;
    bool first = !backlog->items.head;
    g_queue_push_tail(&backlog->items, item);
    backlog->bytes += (size_t)packet->size;
    backlog->waiting++;
    if (!backlog->next)
        backlog->next = backlog->items.tail;
    if (first)
        backlog->whole = packet->flags & AV_PKT_FLAG_KEY;
    stay_within_bounds(backlog);
}

const struct backlog_item *backlog_peek(const struct backlog *backlog)
{
    return backlog->next ? backlog->next->data : NULL;
}

const struct backlog_item *backlog_advance(struct backlog *backlog)
{
    GList *link = backlog->next;
    if (!link)
        return NULL;
    if (!backlog->keeps || is_key(link)) {
        drop_until(backlog, link);
        backlog->cut &= !is_key(link);
        backlog->whole = is_key(link);
    }
    backlog->next = link->next;
    backlog->waiting--;
    return link->data;
}

bool backlog_rewind(struct backlog *backlog)
{
    if (!backlog->whole)
        return false;
    backlog->next = backlog->items.head;
    backlog->waiting = backlog->items.length;
    return true;
}

guint backlog_skip(struct backlog *backlog)
{
    guint before = backlog->waiting;
    GList *link = backlog->items.tail;
    while (link && link != backlog->next && !is_key(link))
        link = link->prev;
    if (!link || link == backlog->next || !backlog->next)
        return 0;
    drop_until(backlog, link);
    ((struct backlog_item *)link->data)->gap = true;
    backlog->cut = false;
    backlog->whole = true;
    return before - backlog->waiting;
}

int64_t backlog_span_us(const struct backlog *backlog)
{
    if (!backlog->next)
        return 0;
    const struct backlog_item *last = backlog->items.tail->data, *next = backlog->next->data;
    return last->packet->dts - next->packet->dts;
}
