/* live_screen - what a player has on a virtual screen, and when: the file that `Xvfb -fbdir` keeps the screen in is
 * looked at 250 times a second, which costs the player and the X server nothing.
 *
 *   live_screen FILE
 *     A line on stdout whenever it is another: the time (CLOCK_MONOTONIC, seconds), then the frame code's source and
 *     number (engine/statistics/framecode.h), "black" (nothing is on the screen) or "other" (no code can be read). */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/statistics/framecode.h"

enum { PERIOD_US = 4000, ROWS = 4, GRID = 24, DARK = 40, CODES = 8 };

/* The head of an X window dump (XWDFile.h): words of 32 bits, the most significant byte first. */
enum {
    XWD_HEADER_SIZE = 0,
    XWD_WIDTH = 4,
    XWD_HEIGHT = 5,
    XWD_BITS_PER_PIXEL = 11,
    XWD_BYTES_PER_LINE = 12,
    XWD_COLOURS = 19,
    XWD_WORDS = 25,
    XWD_COLOUR_BYTES = 12
};

struct screen {
    const uint8_t *pixels; /* B G R x */
    int width, height;
    size_t stride;
    int left_width;               /* what is looked at: the left third, where the codes are */
    uint8_t *grey, *before[ROWS]; /* of that part; some of its lines when it was read last */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "live_screen: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void screen_open(struct screen *screen, const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) || (size_t)status.st_size < XWD_WORDS * sizeof(uint32_t))
        die(path);
    const uint32_t *words = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (words == MAP_FAILED)
        die(path);
    close(file);
    errno = EINVAL;
    if (GUINT32_FROM_BE(words[XWD_BITS_PER_PIXEL]) != 32)
        die("not 32 bits a pixel");
    screen->width = (int)GUINT32_FROM_BE(words[XWD_WIDTH]);
    screen->height = (int)GUINT32_FROM_BE(words[XWD_HEIGHT]);
    screen->stride = GUINT32_FROM_BE(words[XWD_BYTES_PER_LINE]);
    screen->pixels = (const uint8_t *)words + GUINT32_FROM_BE(words[XWD_HEADER_SIZE]) +
                     (size_t)GUINT32_FROM_BE(words[XWD_COLOURS]) * XWD_COLOUR_BYTES;
    if (screen->pixels + screen->stride * (size_t)screen->height > (const uint8_t *)words + status.st_size)
        die("cut short");
    screen->left_width = screen->width / 3;
    screen->grey = g_malloc((size_t)screen->left_width * (size_t)screen->height);
    for (int i = 0; i < ROWS; i++)
        screen->before[i] = g_malloc0((size_t)screen->left_width * 4);
}

static const uint8_t *line_of(const struct screen *screen, int y)
{
    return screen->pixels + (size_t)y * screen->stride;
}

/* The lines through the middle of what the codes' cells say. */
static bool screen_changed(const struct screen *screen)
{
    static const double at[ROWS] = { 0.34, 0.36, 0.64, 0.66 };
    size_t length = (size_t)screen->left_width * 4;
    bool changed = false;
    for (int i = 0; i < ROWS; i++) {
        const uint8_t *line = line_of(screen, (int)(at[i] * screen->height));
        if (memcmp(screen->before[i], line, length) != 0) {
            memcpy(screen->before[i], line, length);
            changed = true;
        }
    }
    return changed;
}

static bool screen_is_black(const struct screen *screen)
{
    for (int row = 0; row < GRID; row++)
        for (int column = 0; column < GRID; column++) {
            const uint8_t *pixel = line_of(screen, (2 * row + 1) * screen->height / (2 * GRID)) +
                                   (ptrdiff_t)4 * ((2 * column + 1) * screen->width / (2 * GRID));
            if (pixel[0] > DARK || pixel[1] > DARK || pixel[2] > DARK)
                return false;
        }
    return true;
}

/* Green says enough of black and white. The newer one of a picture that is just being drawn. */
static bool screen_read(struct screen *screen, struct framecode *code)
{
    struct framecode codes[CODES];
    for (int y = 0; y < screen->height; y++) {
        const uint8_t *line = line_of(screen, y);
        for (int x = 0; x < screen->left_width; x++)
            screen->grey[y * screen->left_width + x] = line[4 * x + 1];
    }
    int count = framecode_find(screen->grey, screen->left_width, screen->height, screen->left_width, codes, CODES);
    if (!count)
        return false;
    *code = codes[0];
    for (int i = 1; i < count; i++)
        if (codes[i].source == code->source && codes[i].width > 0.95 * code->width && codes[i].number > code->number)
            *code = codes[i];
    return true;
}

static void look(struct screen *screen, char *said, size_t room)
{
    struct framecode code;
    char words[32];
    bool changed = screen_changed(screen);
    if (screen_is_black(screen))
        g_strlcpy(words, "black", sizeof words);
    else if (!changed && strcmp(said, "black") != 0)
        return;
    else if (screen_read(screen, &code))
        g_snprintf(words, sizeof words, "%u %u", code.source, code.number);
    else
        g_strlcpy(words, "other", sizeof words);
    if (strcmp(words, said) != 0) {
        printf("%.4f %s\n", (double)g_get_monotonic_time() / 1e6, words);
        fflush(stdout);
        g_strlcpy(said, words, room);
    }
}

int main(int argc, char **argv)
{
    struct screen screen = { 0 };
    char said[32] = "";
    errno = EINVAL;
    if (argc != 2)
        die("live_screen FILE");
    for (screen_open(&screen, argv[1]);; g_usleep(PERIOD_US))
        look(&screen, said, sizeof said);
}
