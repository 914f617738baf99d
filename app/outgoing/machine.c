/* The most that this machine manages to send, which both sizes of pictures follow, and to receive. */
#include "app/outgoing/parts.h"

#include <glib.h>
#include <inttypes.h>

#include "engine/video/capacity_proof.h"
#include "engine/video/hardware.h"

static const struct video_ladder *usual_ladder(const struct outgoing *outgoing)
{
    return &outgoing->encodings[OUTGOING_USUAL].ladder;
}

/* What the bit rate allows may be less. */
static void apply(struct outgoing *outgoing)
{
    for (int i = 0; i < OUTGOING_SIZES; i++)
        if (video_ladder_limit(&outgoing->encodings[i].ladder, outgoing->capacity.step))
            outgoing_take_new_size(&outgoing->encodings[i]);
}

/* What hardware encodes is none of the loop's work. */
void machine_init(struct outgoing *outgoing)
{
    const struct video_ladder *ladder = usual_ladder(outgoing);
    struct capacity_proof proof = {
        .codec = AV_CODEC_ID_H264, .width = ladder->width, .height = ladder->height, .quick = true
    };
    double cost_us[CAPACITY_WORKS] = { 0 };
    capacity_init(&outgoing->capacity, CAPACITY_ENCODING);
    reception_init(&outgoing->reception);
    if ((outgoing->loop && hardware_best_encoder(proof.codec)) || !capacity_prove(&proof, cost_us))
        return;
    capacity_begin(&outgoing->capacity, ladder, cost_us);
    apply(outgoing);
    struct video_rung most = video_ladder_rung_of(ladder, outgoing->capacity.step);
    if (outgoing->capacity.step)
        g_message("this machine manages pictures of %dx%d, %.3g a second, to begin with", most.width, most.height,
                  ladder->fps / most.divisor);
}

void machine_poll(struct outgoing *outgoing, int64_t now_us)
{
    const struct video_ladder *ladder = usual_ladder(outgoing);
    const double *load = outgoing->capacity.load;
    if (!capacity_update(&outgoing->capacity, ladder, now_us))
        return;
    struct video_rung most = video_ladder_rung_of(ladder, outgoing->capacity.step);
    g_info("of the loop's time encoding takes %.0f %%, decoding %.0f %%, drawing %.0f %%: at most %dx%d, %.3g a second",
           load[CAPACITY_ENCODING] * 100, load[CAPACITY_DECODING] * 100, load[CAPACITY_DRAWING] * 100, most.width,
           most.height, ladder->fps / most.divisor);
    apply(outgoing);
}

void outgoing_spent(struct outgoing *outgoing, enum capacity_work work, int64_t took_us)
{
    capacity_spend(&outgoing->capacity, work, took_us);
    reception_spend(&outgoing->reception, work, took_us);
}

int64_t outgoing_manageable_bit_rate(struct outgoing *outgoing, int width, int height, int64_t now_us)
{
    const double *load = outgoing->reception.capacity.load;
    bool changed = reception_update(&outgoing->reception, width, height, now_us);
    int64_t bit_rate = reception_bit_rate(&outgoing->reception);
    if (changed)
        g_info("of the loop's time decoding takes %.0f %%, encoding %.0f %%, drawing %.0f %%: the other side may send "
               "%" PRId64 " kbit/s of pictures (0: all)",
               load[CAPACITY_DECODING] * 100, load[CAPACITY_ENCODING] * 100, load[CAPACITY_DRAWING] * 100,
               bit_rate / 1000);
    return bit_rate;
}

void machine_tell(const struct outgoing *outgoing, struct encoding_statistics *out)
{
    const struct video_ladder *ladder = usual_ladder(outgoing);
    struct video_rung most = video_ladder_rung_of(ladder, outgoing->capacity.step);
    G_STATIC_ASSERT((int)STATISTICS_LOADS == (int)CAPACITY_WORKS);
    for (int i = 0; i < CAPACITY_WORKS; i++)
        out->loads[i] = outgoing->capacity.load[i];
    out->most_width = most.width;
    out->most_height = most.height;
    out->most_frames_per_second = ladder->fps / most.divisor;
}
