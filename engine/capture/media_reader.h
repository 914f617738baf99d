/* Packets of a file or device, read by a thread of its own, because libavformat's reads block.
 *
 * This is the one thread of the engine. It owns the AVFormatContext once it runs, and all that passes between it and
 * the loop is behind one lock: two queues of packets, their size, and its end (`struct mailbox` in media_reader.c).
 *
 * Times are rewritten to microseconds. Of a file: from its start on, and on and on while it is looped. Of a device: the
 * capture time, g_get_monotonic_time(). */
#ifndef CALLAPI_ENGINE_CAPTURE_MEDIA_READER_H
#define CALLAPI_ENGINE_CAPTURE_MEDIA_READER_H

#include <libavformat/avformat.h>
#include <stdbool.h>
#include <stdint.h>

struct media_reader;

struct media_reader_config {
    const char *url;
    const AVInputFormat *format; /* NULL: found out */
    const AVDictionary *options; /* the format's, or NULL */
    bool live;                   /* a device that sets the pace: what is not taken soon is dropped */
    bool sound;                  /* read the sound too, if there is any */
};

/* Opens, looks what is in it, starts to read. 0 or libavformat's error; AVERROR_STREAM_NOT_FOUND: no picture. */
int media_reader_open(const struct media_reader_config *config, struct media_reader **reader);
/* Ends the thread; waits for it. Takes NULL. */
void media_reader_close(struct media_reader *reader);

/* What there is to decode; audio NULL without sound. */
const AVCodecParameters *media_reader_video(const struct media_reader *reader);
const AVCodecParameters *media_reader_audio(const struct media_reader *reader);
/* How the container says that pictures lie: 9 numbers as in libavutil/display.h, or NULL; and how wide a pixel is, 0:
 * it does not. */
const int32_t *media_reader_display_matrix(const struct media_reader *reader);
AVRational media_reader_pixel_aspect(const struct media_reader *reader);
/* Pictures a second as the container says; 0: it does not. */
double media_reader_rate(const struct media_reader *reader);

/* The next packet, the caller's to free, or NULL: none yet, or none any more. Its `opaque` is the number of the lap: at
 * a new one the decoder is drained and flushed. */
AVPacket *media_reader_take(struct media_reader *reader, enum AVMediaType type);
/* Nothing comes any more: a still picture, a file that cannot be rewound, a device that was unplugged. */
bool media_reader_ended(struct media_reader *reader);
/* Blocks until a picture's packet is there, it ended or the time is over. Only while opening. */
void media_reader_wait(struct media_reader *reader, int64_t until_us);

#endif
