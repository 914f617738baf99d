/* What a server recorded, read back by FFmpeg: pictures with their frame numbers, and sound. */
#ifndef CALLAPI_TESTS_RECORDING_H
#define CALLAPI_TESTS_RECORDING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct recorded_picture {
    int64_t pts_us;
    bool key;
    bool coded; /* a frame number was read */
    unsigned source, number;
    int white;    /* its brightest luma */
    double light; /* and the mean of it */
};

struct recording {
    GArray *pictures; /* struct recorded_picture, in the order of the file */
    GArray *sound;    /* float, mono: sample n at n / 48000 s; what is missing is 0 */
};

/* How many pictures are there by now; 0: it can not be read (yet). */
int recording_count(const char *path);
/* Of a file that may end in the middle. Asserts that each picture can be decoded. */
struct recording *recording_read(const char *path);
void recording_free(struct recording *recording);
/* Root mean square of the sound, and of what `frequency` has in it, between two times of the file. */
double recording_loudness(const struct recording *recording, int64_t from_us, int64_t to_us);
double recording_tone(const struct recording *recording, int frequency, int64_t from_us, int64_t to_us);

#endif
