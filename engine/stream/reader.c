#include "engine/stream/reader_parts.h"

#include <string.h>

#include <glib.h>

#include "engine/stream/tls_check.h"

enum {
    MOST_ITEMS = 8192,
    MOST_BYTES = 32 << 20,
    OPEN_US = 10000000,  /* to open */
    SILENT_US = 5000000, /* without a packet: it counts as lost */
    SILENT_SEGMENTS_US = 30000000,
    SILENT_UDP_US = 3000000, /* RTSP over UDP: a firewall may be in the way, and TCP is tried */
    LEAST_PATIENCE_US = 500000,
    MOST_PATIENCE_US = 10000000,
};

/* Shared by the loop and the thread, which may outlive the loop's interest: whoever lets go last frees it. */
struct stream_reader {
    gint references; /* atomic */

    GMutex lock;
    GCond changed;
    GQueue items; /* struct stream_item, owned */
    size_t bytes;
    bool overrun;           /* items are left out until a key frame */
    bool impatient, reopen; /* asked for by the loop */
    void (*posted)(void *user_data);
    void *user_data;

    gint stopping; /* atomic: libavformat asks, too, in its blocking calls */

    /* The thread's. */
    struct stream_address address;
    char *ca_file;
    struct stream_input *input;
    bool over_tcp, heard; /* heard: of what is open, there was a packet */
    int64_t quiet_since_us;
    int64_t patience_us; /* before the next attempt */
    bool silent;         /* that is why it was interrupted */
    enum stream_fault told;
    bool told_there; /* and no trouble since: a film begins again and again */
};

/* ---- the mailbox ---- */

void stream_item_free(struct stream_item *item)
{
    if (!item)
        return;
    av_packet_free(&item->packet);
    avcodec_parameters_free(&item->parameters);
    g_free(item);
}

static void free_item(gpointer item)
{
    stream_item_free(item);
}

static size_t size_of(const struct stream_item *item)
{
    return item->packet ? (size_t)item->packet->size : 0;
}

static bool is_full(const struct stream_reader *reader)
{
    return reader->items.length >= MOST_ITEMS || reader->bytes >= MOST_BYTES;
}

/* All packets go, what else was said stays. */
static void drop_packets(struct stream_reader *reader)
{
    for (GList *link = reader->items.head, *next; link; link = next) {
        next = link->next;
        if (((struct stream_item *)link->data)->news != STREAM_PACKET)
            continue;
        stream_item_free(link->data);
        g_queue_delete_link(&reader->items, link);
    }
    reader->bytes = 0;
}

static void push(struct stream_reader *reader, struct stream_item *item)
{
    g_queue_push_tail(&reader->items, item);
    reader->bytes += size_of(item);
}

/* A live stream does not wait for whoever does not take it. */
static void make_room(struct stream_reader *reader)
{
    bool waits = reader->address.pace != STREAM_PACE_LIVE;
    while (waits && is_full(reader) && !g_atomic_int_get(&reader->stopping))
        g_cond_wait(&reader->changed, &reader->lock);
    if (!is_full(reader))
        return;
    drop_packets(reader);
    reader->overrun = true;
    push(reader, stream_item_new(STREAM_OVERRUN));
}

static bool is_left_out(struct stream_reader *reader, const struct stream_item *item)
{
    if (reader->overrun && item->news == STREAM_PACKET && item->track == STREAM_VIDEO &&
        (item->packet->flags & AV_PKT_FLAG_KEY))
        reader->overrun = false;
    return reader->overrun && item->news == STREAM_PACKET && item->track == STREAM_VIDEO;
}

/* Takes the item. */
static void post(struct stream_reader *reader, struct stream_item *item)
{
    g_mutex_lock(&reader->lock);
    make_room(reader);
    bool wanted = !is_left_out(reader, item) && !g_atomic_int_get(&reader->stopping);
    if (wanted) {
        push(reader, item);
        reader->posted(reader->user_data);
    }
    g_mutex_unlock(&reader->lock);
    if (!wanted)
        stream_item_free(item);
}

struct stream_item *stream_reader_take(struct stream_reader *reader)
{
    g_mutex_lock(&reader->lock);
    struct stream_item *item = g_queue_pop_head(&reader->items);
    if (item)
        reader->bytes -= size_of(item);
    g_cond_broadcast(&reader->changed);
    g_mutex_unlock(&reader->lock);
    return item;
}

/* ---- the thread ---- */

static int64_t longest_silence_us(const struct stream_reader *reader)
{
    if (!reader->input)
        return OPEN_US;
    if (reader->address.rtsp && !reader->over_tcp && !reader->heard)
        return SILENT_UDP_US;
    return reader->address.pace == STREAM_PACE_SEGMENTS ? SILENT_SEGMENTS_US : SILENT_US;
}

static bool is_patient(const struct stream_reader *reader)
{
    return reader->input && reader->address.pace == STREAM_PACE_FILE; /* nothing is late of a file or a pipe */
}

static bool wishes(struct stream_reader *reader, const bool *wish)
{
    g_mutex_lock(&reader->lock);
    bool wished = *wish;
    g_mutex_unlock(&reader->lock);
    return wished;
}

static int interrupted(void *user_data)
{
    struct stream_reader *reader = user_data;
    if (g_atomic_int_get(&reader->stopping) || wishes(reader, &reader->reopen))
        return 1;
    reader->silent = !is_patient(reader) &&
                     g_get_monotonic_time() - reader->quiet_since_us > longest_silence_us(reader);
    return reader->silent;
}

static bool take_wish(struct stream_reader *reader, bool *wish)
{
    g_mutex_lock(&reader->lock);
    bool wished = *wish;
    *wish = false;
    g_mutex_unlock(&reader->lock);
    return wished;
}

static int open_input(struct stream_reader *reader)
{
    struct stream_input_config config = {
        .address = &reader->address,
        .ca_file = reader->ca_file,
        .over_tcp = reader->over_tcp,
        .interrupted = interrupted,
        .user_data = reader,
    };
    reader->quiet_since_us = g_get_monotonic_time();
    reader->heard = reader->silent = false;
    struct stream_input *input = NULL;
    int error = stream_input_open(&config, &input);
    reader->input = input;
    reader->quiet_since_us = g_get_monotonic_time();
    return error;
}

/* Until it ends, or is to be opened anew (0). */
static int read_input(struct stream_reader *reader)
{
    struct stream_item *opened = stream_item_new(STREAM_OPENED);
    opened->in_pieces = stream_input_is_in_pieces(reader->input);
    if (opened->in_pieces && reader->address.pace == STREAM_PACE_LIVE) /* its address did not say so */
        reader->address.pace = STREAM_PACE_SEGMENTS;
    post(reader, opened);
    while (!g_atomic_int_get(&reader->stopping) && !wishes(reader, &reader->reopen)) {
        struct stream_item *item;
        int error = stream_input_read(reader->input, &item);
        if (error == AVERROR(EAGAIN))
            continue;
        if (error < 0)
            return error;
        if (!item)
            continue;
        reader->quiet_since_us = g_get_monotonic_time();
        if (!reader->told_there)
            g_message("the stream %s is there", reader->address.shown);
        reader->heard = reader->told_there = true;
        reader->told = STREAM_WELL;
        reader->patience_us = 0;
        post(reader, item);
    }
    return 0;
}

/* Once for each kind of trouble: it is tried again and again. */
static void tell_trouble(struct stream_reader *reader, const struct stream_trouble *trouble)
{
    reader->told_there = false;
    if (trouble->fault == reader->told)
        return;
    reader->told = trouble->fault;
    g_message("the stream %s: %s (%s); it is tried again", reader->address.shown, stream_fault_text(trouble->fault),
              trouble->why);
}

static void look_for_distrust(struct stream_reader *reader, struct stream_trouble *trouble)
{
    g_autofree char *why = NULL;
    if (trouble->fault != STREAM_UNREACHABLE || !tls_check_is_untrusted(reader->address.url, reader->ca_file, &why))
        return;
    trouble->fault = STREAM_UNTRUSTED;
    g_strlcpy(trouble->why, why, sizeof trouble->why);
}

/* `opened`: it could be, before that. */
static void fail(struct stream_reader *reader, int error, bool opened)
{
    struct stream_item *item = stream_item_new(STREAM_FAILED);
    item->trouble = stream_trouble_of(error);
    if (opened && !reader->heard) /* it ended before it began */
        item->trouble.fault = STREAM_UNREADABLE;
    if (reader->silent)
        item->trouble = (struct stream_trouble){ .fault = reader->heard ? STREAM_SILENT : STREAM_UNREACHABLE,
                                                 .why = "no answer" };
    look_for_distrust(reader, &item->trouble);
    tell_trouble(reader, &item->trouble);
    post(reader, item);
}

/* Whether RTSP is to be tried by TCP, at once: refused or silent by UDP. */
static bool turns_to_tcp(struct stream_reader *reader, int error)
{
    bool turns = reader->address.rtsp && !reader->over_tcp && !reader->heard &&
                 (reader->silent || error == AVERROR(EPROTONOSUPPORT) || error == AVERROR_INVALIDDATA);
    reader->over_tcp |= turns;
    return turns;
}

/* A file begins anew where it ended. */
static void be_patient(struct stream_reader *reader)
{
    if (reader->address.pace == STREAM_PACE_FILE && reader->heard && reader->patience_us == 0)
        return;
    reader->patience_us = CLAMP(reader->patience_us * 2, LEAST_PATIENCE_US, MOST_PATIENCE_US);
    int64_t until_us = g_get_monotonic_time() + reader->patience_us;
    g_mutex_lock(&reader->lock);
    while (!reader->impatient && !g_atomic_int_get(&reader->stopping))
        if (!g_cond_wait_until(&reader->changed, &reader->lock, until_us))
            break;
    if (reader->impatient)
        reader->patience_us = 0;
    reader->impatient = false;
    g_mutex_unlock(&reader->lock);
}

static void read_once(struct stream_reader *reader)
{
    take_wish(reader, &reader->reopen); /* it is opened now */
    int error = open_input(reader);
    bool opened = error >= 0;
    if (opened)
        error = read_input(reader);
    stream_input_close(g_steal_pointer(&reader->input));
    bool asked = g_atomic_int_get(&reader->stopping) || take_wish(reader, &reader->reopen);
    if (asked || error >= 0 || turns_to_tcp(reader, error))
        return;
    bool ends = reader->address.pace == STREAM_PACE_FILE && error == AVERROR_EOF && reader->heard;
    if (!ends)
        fail(reader, error, opened);
    be_patient(reader);
}

static void unref(struct stream_reader *reader)
{
    if (!g_atomic_int_dec_and_test(&reader->references))
        return;
    g_queue_clear_full(&reader->items, free_item);
    stream_address_clear(&reader->address);
    g_free(reader->ca_file);
    g_mutex_clear(&reader->lock);
    g_cond_clear(&reader->changed);
    g_free(reader);
}

static void *read_for_ever(void *user_data)
{
    struct stream_reader *reader = user_data;
    while (!g_atomic_int_get(&reader->stopping))
        read_once(reader);
    unref(reader);
    return NULL;
}

/* ---- life ---- */

static struct stream_address copy_address(const struct stream_address *address)
{
    struct stream_address copy = *address;
    copy.url = g_strdup(address->url);
    copy.shown = g_strdup(address->shown);
    copy.name = g_strdup(address->name);
    return copy;
}

struct stream_reader *stream_reader_create(const struct stream_reader_config *config)
{
    struct stream_reader *reader = g_new0(struct stream_reader, 1);
    *reader = (struct stream_reader){
        .references = 2,
        .posted = config->posted,
        .user_data = config->user_data,
        .address = copy_address(config->address),
        .ca_file = g_strdup(config->ca_file),
    };
    g_mutex_init(&reader->lock);
    g_cond_init(&reader->changed);
    g_thread_unref(g_thread_new("stream reader", read_for_ever, reader));
    return reader;
}

static void wish(struct stream_reader *reader, bool *wished)
{
    g_mutex_lock(&reader->lock);
    *wished = true;
    g_cond_broadcast(&reader->changed);
    g_mutex_unlock(&reader->lock);
}

void stream_reader_destroy(struct stream_reader *reader)
{
    if (!reader)
        return;
    g_mutex_lock(&reader->lock);
    g_atomic_int_set(&reader->stopping, 1);
    g_cond_broadcast(&reader->changed);
    g_mutex_unlock(&reader->lock);
    unref(reader);
}

void stream_reader_retry(struct stream_reader *reader)
{
    wish(reader, &reader->impatient);
}

void stream_reader_reopen(struct stream_reader *reader)
{
    wish(reader, &reader->reopen);
}

void stream_reader_awoke(struct stream_reader *reader)
{
    wish(reader, &reader->reopen);
    wish(reader, &reader->impatient);
}
