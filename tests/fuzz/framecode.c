/* A grey picture of any size in which frame codes are looked for. The first bytes are its size; what the input lacks
 * is its last row again. */
#include "engine/statistics/framecode.h"
#include "fuzz.h"

enum { ROOM = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    int width = 1 + (int)(fuzz_number(&input, 2) % 400), height = 1 + (int)(fuzz_number(&input, 2) % 200);
    unsigned repeat = 1 + fuzz_byte(&input) % 16;
    g_autofree uint8_t *grey = g_malloc((size_t)width * (size_t)height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            grey[y * width + x] = y % (int)repeat || !input.size ? (y ? grey[(y - 1) * width + x] : 0)
                                                                 : fuzz_byte(&input);
    struct framecode found[ROOM];
    int n = framecode_find(grey, width, height, width, found, ROOM);
    g_assert_true(n >= 0 && n <= ROOM);
    for (int i = 0; i < n; i++)
        g_assert_true(found[i].source < 16 && found[i].number < 1u << 20 && found[i].copies >= 1);
    return 0;
}
