#include "engine/synthetic/look.h"

#include <glib.h>

static const struct room_look rooms[] = {
    { 0x6F7C9A, 0x4A5372, 0x5F7DB8, 0xF3BE98, 0x6B7199, 0x4C5278, 0xE0A458 },
    { 0x9DB0A5, 0x6E857B, 0x93C4E8, 0xF6EAD6, 0x8FB09C, 0x668C7C, 0xC9694A },
    { 0x7C8FA6, 0x566A82, 0x86B8E0, 0xF3E2D0, 0x7D9BB0, 0x587A92, 0xD98E5F },
    { 0xCDB79E, 0xA48B70, 0xA3CFEE, 0xFBF0DC, 0xA5B690, 0x80976F, 0x4F7F86 },
    { 0x5C838C, 0x3D5D68, 0x7AB4D4, 0xF8DDB2, 0x5F8B94, 0x406772, 0xE2B25B },
    { 0xC2A09C, 0x957473, 0xB0CFEC, 0xFCE4D2, 0xA898A8, 0x84738C, 0x6D8C7A },
};
static const uint32_t skins[] = { 0xF0C8A8, 0xF3D0B4, 0xD6A079, 0xA97150, 0x7B4E36 };
static const uint32_t hairs[] = { 0x4A3226, 0x6B4329, 0x2C2322, 0xB98A55, 0x8D8A8C, 0x7C3A24, 0x241D20 };
static const uint32_t clothes[] = { 0x3C4250, 0xC0623F, 0x35608F, 0x3F7D6B, 0xD6A448, 0x6D4F80, 0xE4DDD0, 0xB9647A };

struct look look_of_source(unsigned source)
{
    return (struct look){
        .room = rooms[source % G_N_ELEMENTS(rooms)],
        .skin = skins[source % G_N_ELEMENTS(skins)],
        .hair = hairs[source % G_N_ELEMENTS(hairs)],
        .clothes = clothes[source % G_N_ELEMENTS(clothes)],
        .style = source % HAIR_STYLES,
    };
}

uint32_t look_shade(uint32_t colour, double share)
{
    uint32_t shaded = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double value = colour >> shift & 255;
        value += share > 0 ? (255 - value) * share : value * share;
        shaded |= (uint32_t)(value + 0.5) << shift;
    }
    return shaded;
}
