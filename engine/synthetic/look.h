/* How the synthetic cameras differ: who sits there, in what, and where. Colours are 0xRRGGBB. */
#ifndef CALLAPI_ENGINE_SYNTHETIC_LOOK_H
#define CALLAPI_ENGINE_SYNTHETIC_LOOK_H

#include <stdint.h>

struct room_look {
    uint32_t wall, wall_below, sky, horizon, far_hills, hills, accent;
};

enum hair_style { HAIR_BUN, HAIR_LONG, HAIR_SHORT, HAIR_STYLES };

struct look {
    struct room_look room;
    uint32_t skin, hair, clothes;
    enum hair_style style;
};

/* Sources 0 to 15 are sixteen different looks. */
struct look look_of_source(unsigned source);
/* Lighter (above 0, to white) or darker (below 0, to black). */
uint32_t look_shade(uint32_t colour, double share);

#endif
