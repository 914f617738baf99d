/* A film, or a still picture, of whatever container and codec FFmpeg finds in it: opened, read by its thread, decoded,
 * turned upright, its sound in the house's format. The first byte says whether its sound is wanted.
 *
 * What must hold: pictures have a shape, and times that grow; a file of a few KiB takes neither much time nor much
 * memory (the limits of the fuzzer). */
#include "engine/capture/media_reader.h"
#include "engine/capture/picture_track.h"
#include "engine/capture/sound_track.h"
#include "engine/media/media.h"
#include "fuzz.h"
#include "memory_file.h"

enum { MOST_PICTURES = 40, MOST_WAITS = 20, WAIT_US = 5000, FRAMES_PER_PICTURE = 2 };

static void look_at(AVFrame *frame, int64_t *last_us)
{
    g_assert_true(frame->width > 0 && frame->height > 0 && frame->data[0]);
    g_assert_cmpint(frame->pts, >, *last_us);
    *last_us = frame->pts;
    av_frame_free(&frame);
}

static void listen(struct sound_track *sound, int64_t *position)
{
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    for (int i = 0; sound && i < FRAMES_PER_PICTURE; i++) {
        sound_track_read(sound, *position, pcm);
        *position += AUDIO_FRAME;
    }
}

static void play(struct media_reader *reader, struct picture_track *pictures, struct sound_track *sound)
{
    int64_t last_us = INT64_MIN, position = 0;
    for (int seen = 0, waits = 0; seen < MOST_PICTURES && waits < MOST_WAITS;) {
        AVFrame *frame = picture_track_take(pictures);
        if (frame) {
            look_at(frame, &last_us);
            listen(sound, &position);
            seen++;
        } else if (media_reader_ended(reader))
            break;
        else {
            media_reader_wait(reader, g_get_monotonic_time() + WAIT_US);
            waits++;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    bool wants_sound = fuzz_byte(&input) & 1;
    struct memory_file file = memory_file_open(input.data, input.size);
    struct media_reader *reader = NULL;
    struct media_reader_config config = { .url = file.url, .sound = wants_sound };
    if (media_reader_open(&config, &reader) >= 0) {
        struct picture_track *pictures = picture_track_create(reader);
        struct sound_track *sound = media_reader_audio(reader) ? sound_track_create(reader) : NULL;
        if (pictures)
            play(reader, pictures, sound);
        picture_track_destroy(pictures);
        sound_track_destroy(sound);
        media_reader_close(reader);
    }
    memory_file_close(&file);
    return 0;
}
