#include "app/outgoing/parts.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#include "engine/media/objects.h"
#include "engine/video/hardware.h"

enum {
    AUDIO_BIT_RATE = 64000,
    VIDEO_BIT_RATE = 2000000,
    FIRST_BIT_RATE = 1000000, /* for a path that nothing is known of */
    KEY_FRAMES = 6,           /* that one viewer may ask for at once, where others see them, too */
};
static const double KEY_FRAMES_PER_SECOND = 0.5; /* and go on asking for */

struct recipient *outgoing_recipient_at(const struct outgoing *outgoing, guint index)
{
    return &g_array_index(outgoing->recipients, struct recipient, index);
}

static struct recipient *find_recipient(const struct outgoing *outgoing, const struct peer *peer)
{
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (peer && recipient->peer == peer)
            return recipient;
    }
    return NULL;
}

static void audio_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, audio);
    avcodec_parameters_copy(outgoing->audio_parameters, parameters);
}

static void audio_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, audio);
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (!recipient->peer)
            continue;
        outgoing_note_sent(outgoing, recipient->peer, &outgoing->firsts.audio_sent_us);
        outgoing_deliver(peer_audio_sink(recipient->peer), &recipient->audio_open, outgoing->audio_parameters, packet);
    }
}

static const struct packet_sink_ops audio_ops = {
    .open = audio_open,
    .push = audio_push,
    .lose = outgoing_ignore_lose,
};

/* ---- life ---- */

struct outgoing *outgoing_create(const struct outgoing_config *config, char **error)
{
    struct capture *capture = capture_open(&config->capture, error);
    if (!capture)
        return NULL;
    struct outgoing *outgoing = g_new0(struct outgoing, 1);
    outgoing->camera.ops = &outgoing_camera_ops;
    outgoing->sound.ops = &outgoing_sound_ops;
    outgoing->audio.ops = &audio_ops;
    outgoing->audio_parameters = parameters_new();
    outgoing->newest = frame_new();
    outgoing->recipients = g_array_new(FALSE, FALSE, sizeof(struct recipient));
    outgoing->loop = config->loop;
    outgoing->bit_rate = config->bit_rate ? config->bit_rate : VIDEO_BIT_RATE;
    outgoing->audio_encoder = audio_encoder_create(AUDIO_BIT_RATE, &outgoing->audio);
    outgoing->capture = capture;
    outgoing_encodings_init(outgoing);
    programme_init(outgoing, config->font);
    if (config->microphone && outgoing->audio_encoder)
        outgoing_open_microphone(outgoing, config);
    outgoing->preview_shown = true;
    outgoing->own_sound = !config->microphone && outgoing->audio_encoder;
    outgoing_update_devices(outgoing);
    return outgoing;
}

void outgoing_destroy(struct outgoing *outgoing)
{
    if (!outgoing)
        return;
    capture_opener_cancel(outgoing->opener);
    microphone_destroy(outgoing->microphone);
    capture_destroy(outgoing->capture);
    audio_encoder_destroy(outgoing->audio_encoder);
    avcodec_parameters_free(&outgoing->audio_parameters);
    programme_clear(outgoing);
    av_frame_free(&outgoing->newest);
    outgoing_encodings_clear(outgoing);
    g_array_unref(outgoing->recipients);
    g_free(outgoing);
}

static struct recipient *add_recipient(struct outgoing *outgoing, struct peer *peer, struct hub_bucket *key_frames)
{
    /* One more viewer must not make it worse for those who are there, until the path is known. */
    struct recipient recipient = { .peer = peer,
                                   .key_frames = key_frames,
                                   .outlier = RATE_OUTLIER_NONE,
                                   .bit_rate = outgoing->recipients->len ? INT64_MAX : FIRST_BIT_RATE };
    g_array_append_val(outgoing->recipients, recipient);
    peer_set_max_bit_rate(peer, outgoing->bit_rate);
    return outgoing_recipient_at(outgoing, outgoing->recipients->len - 1);
}

static void remove_recipient(struct outgoing *outgoing, const struct recipient *recipient)
{
    guint index = (guint)(recipient - outgoing_recipient_at(outgoing, 0));
    g_array_remove_index_fast(outgoing->recipients, index);
}

static void begin_pictures(struct outgoing *outgoing, const struct recipient *recipient, int64_t now_us)
{
    /* A call shows nothing from before the press. */
    bool captured_before = recipient->peer == outgoing->watched && !outgoing->firsts.captured_us;
    outgoing_request_key_frame(outgoing, recipient->peer);
    if (!captured_before)
        outgoing_encode_at_once(outgoing_encoding_of(outgoing, recipient), now_us);
}

void outgoing_set_recipient(struct outgoing *outgoing, struct peer *peer, enum outgoing_share share,
                            struct hub_bucket *key_frames)
{
    int64_t now_us = g_get_monotonic_time();
    struct recipient *recipient = find_recipient(outgoing, peer);
    bool had_pictures = recipient && recipient->pictures, gets_pictures = share == OUTGOING_ALL;
    if (!recipient && share == OUTGOING_NOTHING)
        return;
    if (!recipient)
        recipient = add_recipient(outgoing, peer, key_frames);
    recipient->pictures = gets_pictures;
    if (share == OUTGOING_NOTHING)
        remove_recipient(outgoing, recipient);
    outgoing_update_devices(outgoing);
    outgoing_sort_recipients(outgoing, now_us);
    if (gets_pictures && !had_pictures)
        begin_pictures(outgoing, recipient, now_us);
}

int outgoing_recipients(const struct outgoing *outgoing)
{
    int n = 0;
    for (guint i = 0; i < outgoing->recipients->len; i++)
        n += outgoing_recipient_at(outgoing, i)->peer != NULL;
    return n;
}

/* ---- what recipients wish ---- */

static bool has_company(const struct outgoing *outgoing, const struct recipient *recipient)
{
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        const struct recipient *other = outgoing_recipient_at(outgoing, i);
        if (other != recipient && other->pictures && other->outlier.apart == recipient->outlier.apart)
            return true;
    }
    return false;
}

void outgoing_request_key_frame(struct outgoing *outgoing, const struct peer *peer)
{
    const struct recipient *recipient = find_recipient(outgoing, peer);
    struct encoding *encoding = recipient ? outgoing_encoding_of(outgoing, recipient) : NULL;
    if (!encoding || encoding->key_frame_wanted)
        return;
    encoding->key_frame_wanted = !has_company(outgoing, recipient) ||
                                 hub_bucket_take(recipient->key_frames, KEY_FRAMES, KEY_FRAMES_PER_SECOND,
                                                 g_get_monotonic_time());
}

void outgoing_limit_bit_rate(struct outgoing *outgoing, struct peer *peer, int64_t bit_rate)
{
    struct recipient *recipient = find_recipient(outgoing, peer);
    if (!recipient)
        return;
    recipient->bit_rate = bit_rate;
    outgoing_sort_recipients(outgoing, g_get_monotonic_time());
}

bool outgoing_is_apart(const struct outgoing *outgoing, const struct peer *peer)
{
    const struct recipient *recipient = find_recipient(outgoing, peer);
    return recipient && recipient->outlier.apart;
}

void outgoing_poll(struct outgoing *outgoing, int64_t now_us)
{
    capture_poll(outgoing->capture, now_us);
    if (outgoing->microphone)
        microphone_poll(outgoing->microphone, now_us);
    programme_poll(outgoing, now_us);
}

int64_t outgoing_deadline(const struct outgoing *outgoing)
{
    int64_t due = MIN(capture_deadline(outgoing->capture), outgoing->programme.due_us);
    return outgoing->microphone ? MIN(due, microphone_deadline(outgoing->microphone)) : due;
}

void outgoing_watch(struct outgoing *outgoing, struct peer *peer)
{
    outgoing->watched = peer;
    outgoing->firsts = (struct outgoing_firsts){ 0 };
}

struct outgoing_firsts outgoing_firsts(const struct outgoing *outgoing)
{
    return outgoing->firsts;
}

uint64_t outgoing_encoded(const struct outgoing *outgoing)
{
    return outgoing->encoded;
}

bool outgoing_statistics(const struct outgoing *outgoing, const struct peer *peer, struct encoding_statistics *out)
{
    const struct recipient *recipient = find_recipient(outgoing, peer);
    const struct branch *branch = recipient ? outgoing_branch_of(outgoing, recipient) : NULL;
    if (!branch)
        return false;
    struct video_rung rung = video_ladder_rung(&branch->encoding->ladder);
    *out = branch->encoding->meter.statistics;
    out->width = rung.width;
    out->height = rung.height;
    machine_tell(outgoing, out);
    out->target_bitrate = outgoing_encoding_bit_rate(branch->encoding);
    out->encoder_fallbacks = (uint64_t)hardware_encoders_given_up();
    g_strlcpy(out->encoder, video_encoder_name(branch->encoder), sizeof out->encoder);
    return true;
}

const struct picture_times *outgoing_times(const struct outgoing *outgoing)
{
    return &outgoing->times;
}
