#include "app/client/tones.h"

#include <glib.h>

#include "engine/audio/sound_clip.h"

struct tones {
    struct sound_clip *ring, *ring_back; /* NULL: silence */
    const struct sound_clip *sounds;     /* one of them, or NULL */
};

static struct sound_clip *load(const char *asset_dir, const char *name, const char *own)
{
    g_autofree char *error = NULL;
    g_autofree char *path = own ? g_strdup(own) : g_build_filename(asset_dir, "tones", name, NULL);
    if (!g_strcmp0(own, "none"))
        return NULL;
    struct sound_clip *tone = sound_clip_load(path, &error);
    if (!tone)
        g_warning("%s; it rings in silence", error);
    return tone;
}

struct tones *tones_create(const char *asset_dir, const char *ring, const char *ring_back)
{
    struct tones *tones = g_new0(struct tones, 1);
    tones->ring = load(asset_dir, "ring.opus", ring);
    tones->ring_back = load(asset_dir, "ring-back.opus", ring_back);
    return tones;
}

void tones_destroy(struct tones *tones)
{
    if (!tones)
        return;
    sound_clip_free(tones->ring);
    sound_clip_free(tones->ring_back);
    g_free(tones);
}

/* The caller hears that it rings there, not that it might. */
static const struct sound_clip *wanted(const struct tones *tones, const struct agent *agent)
{
    if (agent_call_state(agent) != CALL_CALLING)
        return NULL;
    if (agent_describe(agent).call.role == CALL_ROLE_CALLEE)
        return tones->ring;
    return call_timing_us(agent_timing(agent), CALL_MILESTONE_DELIVERED) ? tones->ring_back : NULL;
}

void tones_follow(struct tones *tones, const struct agent *agent)
{
    const struct sound_clip *tone = wanted(tones, agent);
    if (tone != tones->sounds)
        player_ring(agent_player(agent), tone);
    tones->sounds = tone;
}
