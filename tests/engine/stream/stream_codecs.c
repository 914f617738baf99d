/* What libavcodec decodes, in every shape, from files: seen upright and whole, and heard. */
#include "stream_rig.h"

struct coded {
    const char *name, *words;
    int width, height;
    bool silent;
};

static const struct coded coded[] = {
    { "hevc.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=30 -c:a ac3", 320, 180, false },
    { "vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 500k -g 30 -c:a libvorbis", 320, 180, false },
    { "av1.mkv", "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 30 -b:v 500k -c:a eac3", 320, 180, false },
    { "vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 500k -g 30 -c:a libopus", 320, 180, false },
    { "mpeg2.ts", "-c:v mpeg2video -q:v 3 -g 12 -bf 2 -c:a mp2 -ar 44100 -ac 1", 320, 180, false },
    { "mpeg4.mkv", "-c:v mpeg4 -q:v 3 -g 30 -bf 2 -c:a pcm_s16le -ar 22050", 320, 180, false },
    { "mjpeg.mkv", "-c:v mjpeg -q:v 3 -c:a libmp3lame", 320, 180, false },
    { "interlaced.ts", "-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params interlaced=1:keyint=30 -c:a aac",
      320, 180, false },
    { "ten-bit.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -g 30 -c:a aac", 320, 180, false },
    { "wide.mp4", "-vf scale=160:180,setsar=2/1 -c:v libx264 -preset ultrafast -g 30 -c:a aac", 320, 180, false },
    { "odd.mkv", "-vf scale=321:181 -c:v libx264 -preset ultrafast -pix_fmt yuv444p -g 30 -c:a aac", 321, 181, false },
    { "silent.mp4", "-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -an", 320, 180, true },
};

static void codec(struct rig *rig, gconstpointer data)
{
    const struct coded *row = data;
    g_autofree char *film = film_make(row->name, 3, row->words);
    watch(rig, film);
    pictures_come(rig);
    g_assert_cmpint(rig->width, ==, row->width);
    g_assert_cmpint(rig->height, ==, row->height);
    if (!row->silent)
        sound_comes(rig);
}

static void sound_only(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("radio.mp3", 3, "-vn -c:a libmp3lame");
    watch(rig, film);
    sound_comes(rig);
    g_assert_false(stream_has(rig->stream, AVMEDIA_TYPE_VIDEO));
    g_assert_cmpuint(rig->shown, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct stream_test tests[] = {
        { "sound-only", sound_only, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        add_stream_test(&tests[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(coded); i++) {
        g_autofree char *path = g_strconcat("codec/", coded[i].name, NULL);
        add_stream_test(&(struct stream_test){ path, codec, &coded[i] });
    }
    return g_test_run();
}
