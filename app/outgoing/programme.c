#include "app/outgoing/parts.h"
#include "engine/media/objects.h"

#include <glib.h>

enum {
    /* Who watches what is published comes in at a key frame. One in two seconds is what players and servers expect. It
     * costs those who watch directly about 3 % of the bit rate: a key frame has what 100 ms may have (engine/video/
     * encoder.c), three pictures of 30 a second. */
    KEY_FRAMES_US = 1900000, /* and a picture: no more than two seconds */
    ASKED_FOR = 6,           /* key frames that viewers behind servers get at once, all together; then: */
    DARK_US = 2000000,       /* without a picture of the camera */
    /* A private call has just begun, and its first picture comes before the curtain's, which takes some milliseconds.
     */
    CURTAIN_AFTER_US = 500000,
    LOOK_US = 200000, /* how often publishers are asked whether they have a connection */
};

static const double ASKED_FOR_PER_SECOND = 1; /* hundreds come and go there, and each costs all of them */

static bool is_publisher(const struct recipient *recipient)
{
    return recipient->publisher != NULL;
}

bool programme_is_wanted(const struct outgoing *outgoing)
{
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (outgoing_recipient_at(outgoing, i)->wants)
            return true;
    return false;
}

struct publisher *outgoing_publisher(const struct outgoing *outgoing, int index)
{
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (is_publisher(outgoing_recipient_at(outgoing, i)) && index-- == 0)
            return outgoing_recipient_at(outgoing, i)->publisher;
    return NULL;
}

void outgoing_network_changed(struct outgoing *outgoing)
{
    struct publisher *publisher;
    for (int i = 0; (publisher = outgoing_publisher(outgoing, i)); i++)
        publisher->ops->network_changed(publisher);
}

/* ---- who gets the camera's pictures ---- */

/* From the next key frame on, told anew what the stream is. */
static void begin(const struct outgoing *outgoing, struct recipient *publisher)
{
    publisher->pictures = publisher->wants && !outgoing->programme.is_private;
    publisher->waits = true;
    publisher->video_open = publisher->audio_open = false;
}

static void begin_all(struct outgoing *outgoing)
{
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (is_publisher(outgoing_recipient_at(outgoing, i)))
            begin(outgoing, outgoing_recipient_at(outgoing, i));
    outgoing_update_devices(outgoing);
    outgoing_sort_recipients(outgoing, g_get_monotonic_time());
}

static void look(struct outgoing *outgoing, int64_t now_us)
{
    bool wanted = programme_is_wanted(outgoing), changed = false;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (is_publisher(recipient) && recipient->publisher->ops->bit_rate)
            recipient->bit_rate = recipient->publisher->ops->bit_rate(recipient->publisher);
        bool wants = is_publisher(recipient) && recipient->publisher->ops->wants_media(recipient->publisher);
        if (wants == recipient->wants)
            continue;
        changed = true;
        recipient->wants = wants;
        begin(outgoing, recipient);
        if (wants)
            programme_sound_open(outgoing, recipient);
    }
    if (!changed)
        return;
    if (!wanted) /* the camera may have rested until now */
        outgoing->programme.pictured_us = outgoing->programme.sound_end_us = now_us;
    curtain_set(&outgoing->programme.curtain, outgoing->programme.curtain.reason, now_us);
    outgoing_update_devices(outgoing);
    outgoing_sort_recipients(outgoing, now_us);
}

void programme_forget_picture(struct outgoing *outgoing)
{
    av_frame_unref(outgoing->programme.last);
}

/* The packet's time is that of its picture's capture: the newest one of a call may be encoded after its end. What
 * follows refers to nothing before the key frame. */
void programme_deliver(const struct outgoing *outgoing, struct recipient *publisher,
                       const AVCodecParameters *parameters, const AVPacket *packet)
{
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (outgoing->programme.curtain.reason || packet->pts < outgoing->programme.public_from_us ||
        (publisher->waits && !key))
        return;
    publisher->waits = false;
    outgoing_deliver(&publisher->publisher->video, &publisher->video_open, parameters, packet);
}

/* ---- the curtain ---- */

static enum curtain_reason why_closed(const struct outgoing *outgoing, int64_t now_us)
{
    const struct programme *programme = &outgoing->programme;
    if (programme->is_private)
        return CURTAIN_PRIVATE;
    if (outgoing->camera_off)
        return CURTAIN_CAMERA_OFF;
    return now_us - programme->pictured_us > DARK_US ? CURTAIN_NO_PICTURE : CURTAIN_OPEN;
}

static void follow(struct outgoing *outgoing, int64_t now_us)
{
    struct programme *programme = &outgoing->programme;
    enum curtain_reason reason = why_closed(outgoing, now_us);
    if (reason == programme->curtain.reason)
        return;
    curtain_set(&programme->curtain, reason, programme->is_private ? now_us + CURTAIN_AFTER_US : now_us);
    begin_all(outgoing);
}

/* Who comes to a server sees nothing before: asked at each picture, since that is when one can be had. */
static bool was_asked(struct outgoing *outgoing, int64_t now_us)
{
    bool asked = false;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        const struct publisher_ops *ops = is_publisher(recipient) ? recipient->publisher->ops : NULL;
        if (!ops || !ops->takes_key_frame || !recipient->pictures)
            continue;
        recipient->asked |= ops->takes_key_frame(recipient->publisher);
        asked |= recipient->asked;
    }
    return asked && hub_bucket_take(&outgoing->programme.key_frames, ASKED_FOR, ASKED_FOR_PER_SECOND, now_us);
}

static void forget_asked(struct outgoing *outgoing)
{
    for (guint i = 0; i < outgoing->recipients->len; i++)
        outgoing_recipient_at(outgoing, i)->asked = false;
}

static bool needs_key_frame(const struct outgoing *outgoing, int64_t now_us)
{
    bool old = now_us - outgoing->encodings[OUTGOING_USUAL].last_key_frame_us > KEY_FRAMES_US;
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        const struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (is_publisher(recipient) && recipient->pictures && (old || recipient->waits))
            return true;
    }
    return false;
}

void programme_note_picture(struct outgoing *outgoing, const AVFrame *frame, int64_t now_us)
{
    struct programme *programme = &outgoing->programme;
    if (programme->is_private || frame->pts < programme->public_from_us || !programme_is_wanted(outgoing))
        return;
    programme->pictured_us = now_us;
    follow(outgoing, now_us);
    av_frame_unref(programme->last);
    if (av_frame_ref(programme->last, frame) < 0)
        av_frame_unref(programme->last);
    bool asked = was_asked(outgoing, now_us);
    if (!asked && !needs_key_frame(outgoing, now_us))
        return;
    outgoing->encodings[OUTGOING_USUAL].key_frame_wanted = true;
    forget_asked(outgoing);
}

void outgoing_set_private(struct outgoing *outgoing, bool on)
{
    struct programme *programme = &outgoing->programme;
    int64_t now_us = g_get_monotonic_time();
    if (programme->is_private == on)
        return;
    programme->is_private = on;
    if (!on)
        programme->public_from_us = programme->pictured_us = now_us;
    if (outgoing_publisher(outgoing, 0))
        follow(outgoing, now_us);
}

/* ---- life ---- */

void programme_init(struct outgoing *outgoing, const char *font)
{
    struct programme *programme = &outgoing->programme;
    programme->font = g_strdup(font);
    programme->last = frame_new();
    programme->gain = (struct gain){ GAIN_FULL, GAIN_FULL };
    programme->due_us = INT64_MAX;
    curtain_init(outgoing);
    programme_sound_init(outgoing);
}

void programme_clear(struct outgoing *outgoing)
{
    struct programme *programme = &outgoing->programme;
    struct publisher *publisher;
    for (int i = 0; (publisher = outgoing_publisher(outgoing, i)); i++)
        publisher->ops->destroy(publisher);
    curtain_clear(&programme->curtain);
    programme_sound_clear(programme);
    av_frame_free(&programme->last);
    g_free(programme->font);
}

void outgoing_add_publisher(struct outgoing *outgoing, struct publisher *publisher)
{
    struct recipient recipient = { .publisher = publisher, .outlier = RATE_OUTLIER_NONE, .bit_rate = INT64_MAX };
    g_array_append_val(outgoing->recipients, recipient);
    programme_sound_open(outgoing, &recipient);
    curtain_prepare(&outgoing->programme.curtain, outgoing->programme.font);
    outgoing->programme.due_us = 0;
}

void programme_poll(struct outgoing *outgoing, int64_t now_us)
{
    struct programme *programme = &outgoing->programme;
    if (!outgoing_publisher(outgoing, 0))
        return;
    look(outgoing, now_us);
    programme->due_us = now_us + LOOK_US;
    if (!programme_is_wanted(outgoing))
        return;
    follow(outgoing, now_us);
    programme_sound_poll(outgoing, now_us);
    curtain_poll(outgoing, now_us);
    programme->due_us = MIN(programme->due_us, programme_sound_due(outgoing));
    programme->due_us = MIN(programme->due_us, curtain_due(&programme->curtain));
}
