#include "engine/audio/opus_redundancy.h"

#include <stddef.h>

#include <opus.h>

enum { RATE = 48000, FIRST_CELT_CONFIGURATION = 16 };

/* A SILK frame begins with one voice activity flag for each 20 ms and then one that says whether redundancy follows,
 * and the same again for the second channel (RFC 6716, 4.2.3 and 4.2.4). These flags are coded with even odds, so they
 * are simply the first bits. CELT has no redundancy. */
bool opus_has_redundancy(const uint8_t *data, int size)
{
    const unsigned char *frames[48];
    opus_int16 sizes[48];
    if (size < 1 || data[0] >> 3 >= FIRST_CELT_CONFIGURATION ||
        opus_packet_parse(data, size, NULL, frames, sizes, NULL) < 1 || sizes[0] < 1)
        return false;
    int samples = opus_packet_get_samples_per_frame(data, RATE);
    int silk_frames = samples > RATE / 50 ? samples / (RATE / 50) : 1;
    bool redundant = frames[0][0] >> (7 - silk_frames) & 1;
    if (opus_packet_get_nb_channels(data) == 2)
        redundant |= frames[0][0] >> (6 - 2 * silk_frames) & 1;
    return redundant;
}
