/* Whether a live stream comes in pieces, whatever it is called: a fragment of MP4, or what a server collects, all at
 * once, and then nothing for as long as that lasts. Pure. */
#ifndef CALLAPI_ENGINE_STREAM_PIECES_H
#define CALLAPI_ENGINE_STREAM_PIECES_H

#include <stdbool.h>
#include <stdint.h>

struct stream_pieces {
    int64_t came_us;                /* the packet before; 0: none */
    int64_t began_us;               /* the first packet since the last silence */
    int64_t first_late_us, late_us; /* how late that one was, and the last one */
};

/* A packet came at `now_us`, `late_us` after its time on any clock. True where another piece begins with it: nothing
 * came for a while, and what came before that lasts longer than it took to come. */
bool stream_pieces_arrive(struct stream_pieces *pieces, int64_t late_us, int64_t now_us);

#endif
