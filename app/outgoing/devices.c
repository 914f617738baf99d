#include "app/outgoing/parts.h"

#include <glib.h>

#include "engine/audio/sound_level.h"

/* ---- the devices ---- */

/* Where there is none the log says so, and pictures go out alone. */
void outgoing_open_microphone(struct outgoing *outgoing, const struct outgoing_config *config)
{
    outgoing->microphone = microphone_create(*config->microphone ? config->microphone : NULL, NULL);
    if (!outgoing->microphone)
        return;
    microphone_set_processing(outgoing->microphone, config->processing);
}

static bool is_wanted(const struct outgoing *outgoing)
{
    if (outgoing->preview && outgoing->preview_shown)
        return true;
    for (guint i = 0; i < outgoing->recipients->len; i++)
        if (outgoing_recipient_at(outgoing, i)->pictures)
            return true;
    return false;
}

void outgoing_update_devices(struct outgoing *outgoing)
{
    bool wanted = is_wanted(outgoing);
    if (!wanted)
        av_frame_unref(outgoing->newest); /* old by then */
    bool heard = outgoing_recipients(outgoing) || programme_is_wanted(outgoing);
    struct pcm_sink *sound = heard ? &outgoing->sound : NULL;
    capture_set_sinks(outgoing->capture, wanted ? &outgoing->camera : NULL, outgoing->own_sound ? sound : NULL);
    if (outgoing->microphone)
        microphone_set_sink(outgoing->microphone, sound);
}

static void use_capture(struct outgoing *outgoing, struct capture *capture)
{
    capture_destroy(outgoing->capture);
    outgoing->capture = capture;
    outgoing_update_devices(outgoing);
}

void outgoing_show_preview(struct outgoing *outgoing, bool shown)
{
    outgoing->preview_shown = shown;
    outgoing_update_devices(outgoing);
}

void outgoing_set_preview(struct outgoing *outgoing, struct frame_sink *preview)
{
    outgoing->preview = preview;
    outgoing_update_devices(outgoing);
}

static void sound_push(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us)
{
    struct outgoing *outgoing = container_of(sink, struct outgoing, sound);
    struct pcm_sink *encoder = audio_encoder_sink(outgoing->audio_encoder);
    outgoing->level = sound_level(outgoing->level, samples, AUDIO_FRAME);
    if (outgoing_recipients(outgoing))
        encoder->ops->push(encoder, samples, pts_us);
    programme_sound_push(outgoing, samples, pts_us);
}

float outgoing_audio_level(const struct outgoing *outgoing)
{
    return outgoing->muted ? 0 : outgoing->level;
}

const struct pcm_sink_ops outgoing_sound_ops = { .push = sound_push };

/* ---- mute, camera off, another camera ---- */

void outgoing_set_muted(struct outgoing *outgoing, bool muted)
{
    outgoing->muted = muted;
    if (outgoing->audio_encoder)
        audio_encoder_set_muted(outgoing->audio_encoder, muted);
}

void outgoing_set_camera(struct outgoing *outgoing, bool on)
{
    for (int i = 0; on && outgoing->camera_off && i < OUTGOING_SIZES; i++)
        outgoing->encodings[i].key_frame_wanted = true;
    if (!on) {
        av_frame_unref(outgoing->newest);
        programme_forget_picture(outgoing);
    }
    outgoing->camera_off = !on;
}

bool outgoing_is_muted(const struct outgoing *outgoing)
{
    return outgoing->muted;
}

enum capture_trouble outgoing_camera_trouble(const struct outgoing *outgoing)
{
    return capture_trouble(outgoing->capture);
}

bool outgoing_microphone_is_there(const struct outgoing *outgoing)
{
    return outgoing->own_sound || (outgoing->microphone && microphone_is_there(outgoing->microphone));
}

bool outgoing_camera_is_on(const struct outgoing *outgoing)
{
    return !outgoing->camera_off;
}

/* The encoder keeps its size: the far end's decoder goes on without a break. */
static void on_opened(void *user_data, struct capture *capture, const char *error)
{
    struct outgoing *outgoing = user_data;
    outgoing->opener = NULL;
    if (capture)
        use_capture(outgoing, capture);
    if (outgoing->switched)
        outgoing->switched(outgoing->switched_data, capture ? NULL : error);
}

void outgoing_switch_capture(struct outgoing *outgoing, GMainContext *context, const struct capture_config *capture,
                             outgoing_switched done, void *user_data)
{
    capture_opener_cancel(outgoing->opener);
    outgoing->switched = done;
    outgoing->switched_data = user_data;
    outgoing->opener = capture_opener_start(context, capture, on_opened, outgoing);
}
