#include "engine/stream/pieces.h"

enum { SILENCE_US = 300000, AHEAD_US = 300000 }; /* less is what a player's own patience is for */

/* What began as a piece and went on at its pace, as where a server keeps a group of pictures for who joins, is none. */
static bool was_piece(const struct stream_pieces *pieces)
{
    int64_t ahead_us = pieces->first_late_us - pieces->late_us, took_us = pieces->came_us - pieces->began_us;
    return pieces->came_us && ahead_us >= AHEAD_US && took_us < ahead_us;
}

bool stream_pieces_arrive(struct stream_pieces *pieces, int64_t late_us, int64_t now_us)
{
    bool begins = !pieces->came_us || now_us - pieces->came_us >= SILENCE_US, again = begins && was_piece(pieces);
    if (begins) {
        pieces->began_us = now_us;
        pieces->first_late_us = late_us;
    }
    pieces->late_us = late_us;
    pieces->came_us = now_us;
    return again;
}
