#include "net/rtp/frame_assembler.h"

#include <string.h>

#include <glib.h>

#include "net/rtp/h264_payload.h"
#include "net/rtp/vp8_payload.h"

enum {
    RING = 1024,
    MAX_BYTES = 4 << 20,
    START_PACKETS = 3, /* so many may overtake a stream's first one */
};

/* Slots are taken between position and position + RING only, so that a slot's index tells its sequence number. */
struct slot {
    uint8_t *payload; /* owned; NULL: missing */
    size_t size;      /* 0: a packet of padding only, which belongs to no frame */
    uint32_t timestamp;
    bool marker;
    bool malformed;
    int orientation; /* -1: not said */
    /* H.264: has a piece of an IDR picture, or a recovery point; VP8: the beginning of a key frame */
    bool key;
    bool may_begin;  /* a frame can begin here */
    bool must_begin; /* a frame does begin here, whatever stands before */
    int picture_id;  /* VP8, where a frame begins here; else -1 */
};

struct frame_assembler {
    enum AVCodecID codec;
    struct slot ring[RING]; /* [sequence % RING] */
    size_t bytes;
    int keys;         /* slots with key */
    bool started;     /* position and highest are known */
    bool untouched;   /* nothing was taken yet: packets before the position are welcome */
    int64_t position; /* where the next frame begins */
    int64_t highest;
    int64_t complete;   /* from position to here (exclusive) nothing is missing and no frame ends */
    bool aligned;       /* the frame before position was taken as a whole: a frame begins there */
    bool false_markers; /* H.264: set on each NAL unit, so that only another time stamp ends a frame */
    uint32_t taken;     /* time stamp of the frame before position, where aligned */
    bool synchronised;  /* the decoder has all that the next frame refers to */
    bool loss_pending;  /* FRAME_LOST is to be told */
    int picture_id;     /* VP8: of the frame before position, where it was taken as a whole; else -1 */
    struct h264_depacketiser *h264;
    GByteArray *vp8;
};

struct frame_assembler *frame_assembler_create(void)
{
    struct frame_assembler *assembler = g_new0(struct frame_assembler, 1);
    assembler->h264 = h264_depacketiser_create();
    assembler->vp8 = g_byte_array_new();
    return assembler;
}

static struct slot *slot_at(struct frame_assembler *assembler, int64_t sequence)
{
    return &assembler->ring[(uint64_t)sequence % RING];
}

static void release(struct frame_assembler *assembler, struct slot *slot)
{
    if (!slot->payload)
        return;
    assembler->bytes -= slot->size;
    assembler->keys -= slot->key;
    g_free(slot->payload);
    *slot = (struct slot){ 0 };
}

static void release_all(struct frame_assembler *assembler)
{
    for (int i = 0; i < RING; i++)
        release(assembler, &assembler->ring[i]);
}

void frame_assembler_destroy(struct frame_assembler *assembler)
{
    if (!assembler)
        return;
    release_all(assembler);
    h264_depacketiser_destroy(assembler->h264);
    g_byte_array_unref(assembler->vp8);
    g_free(assembler);
}

void frame_assembler_restart(struct frame_assembler *assembler, enum AVCodecID codec)
{
    release_all(assembler);
    h264_depacketiser_reset(assembler->h264);
    assembler->codec = codec;
    assembler->started = assembler->synchronised = assembler->loss_pending = assembler->false_markers =
        assembler->aligned = false;
    assembler->picture_id = -1;
}

void frame_assembler_await_key(struct frame_assembler *assembler)
{
    assembler->synchronised = assembler->loss_pending = false;
}

static void move_to(struct frame_assembler *assembler, int64_t position, bool aligned)
{
    assembler->position = assembler->complete = position;
    assembler->aligned = aligned;
    assembler->untouched = false;
}

static void desynchronise(struct frame_assembler *assembler)
{
    assembler->loss_pending |= assembler->synchronised;
    assembler->synchronised = false;
}

/* Drops what stands before `position`; only its parameter sets are kept: some senders never repeat them. */
static void skip_to(struct frame_assembler *assembler, int64_t position, bool aligned)
{
    int64_t end = MIN(position, assembler->position + RING);
    for (int64_t s = assembler->position; s < end; s++) {
        struct slot *slot = slot_at(assembler, s);
        if (assembler->codec == AV_CODEC_ID_H264 && slot->payload && !slot->malformed)
            h264_depacketiser_learn(assembler->h264, slot->payload, slot->size);
        release(assembler, slot);
    }
    move_to(assembler, position, aligned);
}

void frame_assembler_give_up(struct frame_assembler *assembler, int64_t sequence)
{
    if (!assembler->started || sequence < assembler->position)
        return;
    desynchronise(assembler);
    skip_to(assembler, sequence + 1, false);
    assembler->highest = MAX(assembler->highest, sequence);
}

/* ---- packets in ---- */

static void describe(const struct frame_assembler *assembler, struct slot *slot)
{
    if (assembler->codec == AV_CODEC_ID_H264) {
        struct h264_payload_info info;
        slot->malformed = !h264_parse_payload(slot->payload, slot->size, &info);
        slot->key = info.random_access;
        slot->may_begin = info.first_slice;
        slot->must_begin = info.parameter_sets;
    } else {
        struct vp8_descriptor descriptor = { 0 };
        slot->malformed = !vp8_parse_descriptor(slot->payload, slot->size, &descriptor);
        slot->may_begin = slot->must_begin = descriptor.start_of_partition && !descriptor.partition;
        slot->picture_id = slot->may_begin && !slot->malformed ? descriptor.picture_id : -1;
        slot->key = slot->may_begin && !slot->malformed &&
                    vp8_is_key_frame(slot->payload + descriptor.size, slot->size - descriptor.size);
    }
}

static void store(struct frame_assembler *assembler, struct slot *slot, const struct rtp_packet *packet)
{
    *slot = (struct slot){ .size = packet->payload_size,
                           .timestamp = packet->timestamp,
                           .marker = packet->marker,
                           .orientation = packet->orientation };
    slot->payload = g_malloc(packet->payload_size + 1);
    memcpy(slot->payload, packet->payload, packet->payload_size);
    if (slot->size)
        describe(assembler, slot);
    assembler->bytes += slot->size;
    assembler->keys += slot->key;
}

/* Where the buffer is full, its oldest packets make room: their frame could not be completed in it. */
static void make_room(struct frame_assembler *assembler, int64_t sequence, size_t size)
{
    if (sequence - assembler->position >= RING)
        frame_assembler_give_up(assembler, sequence - RING);
    while (assembler->bytes + size > MAX_BYTES)
        frame_assembler_give_up(assembler, assembler->position);
}

bool frame_assembler_insert(struct frame_assembler *assembler, int64_t sequence, const struct rtp_packet *packet)
{
    if (!assembler->started) {
        assembler->started = true;
        move_to(assembler, sequence, false);
        assembler->highest = sequence;
        assembler->untouched = true;
    } else if (sequence < assembler->position && assembler->untouched && assembler->highest - sequence < RING) {
        assembler->position = assembler->complete = sequence;
    }
    if (sequence >= assembler->position)
        make_room(assembler, sequence, packet->payload_size);
    struct slot *slot = slot_at(assembler, sequence);
    if (sequence < assembler->position || slot->payload)
        return false;
    assembler->highest = MAX(assembler->highest, sequence);
    store(assembler, slot, packet);
    return true;
}

/* ---- frames out ---- */

/* Where the frame that begins with the packet `begin` ends (exclusive): behind its marker bit, or before another time
 * stamp. -1: it is not complete. Looks from `*reached` on, and says there how far it got. */
static int64_t find_end(struct frame_assembler *assembler, int64_t begin, int64_t *reached)
{
    for (int64_t s = *reached; s <= assembler->highest && slot_at(assembler, s)->payload; s++) {
        const struct slot *slot = slot_at(assembler, s);
        *reached = s + 1;
        if (!slot->size)
            continue;
        if (slot->timestamp != slot_at(assembler, begin)->timestamp)
            return s;
        if (slot->marker && !assembler->false_markers)
            return s + 1;
    }
    return -1;
}

/* What a range of packets is as a frame. */
struct range {
    bool key, malformed;
    int orientation;
};

static struct range describe_range(struct frame_assembler *assembler, int64_t begin, int64_t end)
{
    struct range range = { .orientation = -1 };
    for (int64_t s = begin; s < end; s++) {
        range.key |= slot_at(assembler, s)->key;
        range.malformed |= slot_at(assembler, s)->malformed;
        if (slot_at(assembler, s)->orientation >= 0)
            range.orientation = slot_at(assembler, s)->orientation;
    }
    return range;
}

/* Padding may stand between two frames. */
static int64_t skip_padding(struct frame_assembler *assembler, int64_t from)
{
    while (from <= assembler->highest && slot_at(assembler, from)->payload && !slot_at(assembler, from)->size)
        from++;
    return from;
}

static bool begins_frame(struct frame_assembler *assembler, int64_t sequence)
{
    const struct slot *slot = slot_at(assembler, sequence), *before = slot_at(assembler, sequence - 1);
    if (!slot->payload || !slot->may_begin)
        return false;
    if (slot->must_begin || sequence == assembler->position)
        return true;
    bool marked = before->marker && !assembler->false_markers;
    return before->payload && (!before->size || marked || before->timestamp != slot->timestamp);
}

/* Something is missing; a complete key frame behind it makes that unimportant. */
static bool jump_to_key_frame(struct frame_assembler *assembler)
{
    for (int64_t s = assembler->position + 1; assembler->keys && s <= assembler->highest; s++) {
        if (!begins_frame(assembler, s))
            continue;
        int64_t reached = s, end = find_end(assembler, s, &reached);
        struct range range = describe_range(assembler, s, end);
        if (range.key && !range.malformed) {
            desynchronise(assembler);
            skip_to(assembler, s, true);
            return true;
        }
        s = MAX(end, reached) - 1; /* what it has none of, its later parts have none of */
    }
    return false;
}

/* VP8 numbers its pictures in 7 or 15 bits (RFC 7741, 4.2). */
static bool follows(int picture_id, int before)
{
    return picture_id >= 0 && before >= 0 &&
           (picture_id == ((before + 1) & 0x7fff) || (before == 0x7f && picture_id == 0));
}

/* Packets are missing where a frame should begin, but the next frame that is here is the next one of all: what is
 * missing was none of media. Redundancy in the same stream is not sent again when it is lost. */
static bool skip_lost_redundancy(struct frame_assembler *assembler)
{
    int64_t s = assembler->position;
    if (assembler->codec != AV_CODEC_ID_VP8 || !assembler->aligned || s > assembler->highest ||
        slot_at(assembler, s)->payload)
        return false;
    while (s < assembler->highest && (!slot_at(assembler, s)->payload || !slot_at(assembler, s)->size))
        s++;
    const struct slot *slot = slot_at(assembler, s);
    if (!slot->payload || !slot->must_begin || !follows(slot->picture_id, assembler->picture_id))
        return false;
    skip_to(assembler, s, true);
    return true;
}

static bool build_h264(struct frame_assembler *assembler, int64_t end, struct video_frame *frame)
{
    h264_depacketiser_begin(assembler->h264);
    for (int64_t s = assembler->position; s < end; s++) {
        const struct slot *slot = slot_at(assembler, s);
        if (slot->size && !h264_depacketiser_add(assembler->h264, slot->payload, slot->size))
            return false;
    }
    const GByteArray *unit = h264_depacketiser_end(assembler->h264, &frame->key);
    if (!unit)
        return false;
    frame->data = unit->data;
    frame->size = unit->len;
    return true;
}

static bool build_vp8(struct frame_assembler *assembler, int64_t end, struct video_frame *frame)
{
    GByteArray *data = assembler->vp8;
    g_byte_array_set_size(data, 0);
    for (int64_t s = assembler->position; s < end; s++) {
        const struct slot *slot = slot_at(assembler, s);
        struct vp8_descriptor descriptor;
        if (!slot->size)
            continue;
        if (!vp8_parse_descriptor(slot->payload, slot->size, &descriptor) || (!data->len && !slot->may_begin))
            return false;
        g_byte_array_append(data, slot->payload + descriptor.size, (guint)(slot->size - descriptor.size));
    }
    frame->data = data->data;
    frame->size = data->len;
    frame->key = vp8_is_key_frame(data->data, data->len);
    return !frame->key || vp8_key_frame_size(data->data, data->len, &frame->width, &frame->height);
}

static bool build(struct frame_assembler *assembler, int64_t end, struct video_frame *frame)
{
    struct range range = describe_range(assembler, assembler->position, end);
    *frame = (struct video_frame){ .timestamp = slot_at(assembler, assembler->position)->timestamp,
                                   .orientation = range.orientation };
    if (!assembler->aligned && !slot_at(assembler, assembler->position)->may_begin)
        return false;
    if (range.malformed)
        return false;
    return assembler->codec == AV_CODEC_ID_H264 ? build_h264(assembler, end, frame) : build_vp8(assembler, end, frame);
}

/* The stream has only just begun: its true beginning may have been overtaken. */
static bool may_begin_earlier(const struct frame_assembler *assembler)
{
    return assembler->untouched && assembler->highest - assembler->position < START_PACKETS;
}

/* Takes the packets up to `end`, which are one frame. */
static enum frame_event take(struct frame_assembler *assembler, int64_t end, struct video_frame *frame)
{
    bool usable = build(assembler, end, frame) && (assembler->synchronised || frame->key);
    if (!usable && may_begin_earlier(assembler)) {
        assembler->complete = assembler->position;
        return FRAME_NONE;
    }
    assembler->taken = slot_at(assembler, assembler->position)->timestamp;
    assembler->picture_id = assembler->codec == AV_CODEC_ID_VP8 ? slot_at(assembler, assembler->position)->picture_id
                                                                : -1;
    skip_to(assembler, end, true);
    if (usable) {
        assembler->synchronised = true;
        return FRAME_READY;
    }
    if (!assembler->synchronised)
        return FRAME_UNUSABLE;
    assembler->synchronised = false;
    return FRAME_LOST;
}

/* Some senders set the marker bit on every NAL unit. What follows a frame with its own time stamp, and begins none, is
 * the rest of it, which was taken too early. */
static void notice_false_markers(struct frame_assembler *assembler, int64_t begin)
{
    const struct slot *slot = slot_at(assembler, begin);
    if (assembler->codec != AV_CODEC_ID_H264 || assembler->false_markers || !assembler->aligned || !slot->payload ||
        slot->may_begin || slot->timestamp != assembler->taken)
        return;
    assembler->false_markers = true;
    assembler->aligned = false;
    desynchronise(assembler);
}

enum frame_event frame_assembler_next(struct frame_assembler *assembler, struct video_frame *frame)
{
    if (!assembler->started)
        return FRAME_NONE;
    for (;;) {
        if (assembler->loss_pending) {
            assembler->loss_pending = false;
            return FRAME_LOST;
        }
        int64_t begin = skip_padding(assembler, assembler->position);
        if (begin != assembler->position)
            skip_to(assembler, begin, assembler->aligned);
        if (skip_lost_redundancy(assembler))
            begin = assembler->position;
        notice_false_markers(assembler, begin);
        int64_t end = find_end(assembler, begin, &assembler->complete);
        enum frame_event event = end >= 0 ? take(assembler, end, frame) : FRAME_NONE;
        if (event != FRAME_NONE)
            return event;
        if (assembler->complete > assembler->highest || !jump_to_key_frame(assembler))
            return FRAME_NONE;
    }
}

int64_t frame_assembler_position(const struct frame_assembler *assembler)
{
    return assembler->position;
}

size_t frame_assembler_bytes(const struct frame_assembler *assembler)
{
    return assembler->bytes;
}
