/* A contact sheet: many screens, made smaller, in rows. Compared with the reference of the same name in assets/screens.
 *
 * Tolerance: another version of the font's rasteriser moves edges by a part of a pixel. Pictures are compared at a
 * fifth of their size or so, in blocks of 8x8 pixels by their mean colour; no block may differ by more than 28 of 255
 * in any channel, and all by 2 in the mean. */
#ifndef CALLAPI_TESTS_SCREENS_SHEET_H
#define CALLAPI_TESTS_SCREENS_SHEET_H

#include <stdbool.h>
#include <stdint.h>

struct sheet;

/* For `n` screens of this size. */
struct sheet *sheet_create(int n, int width, int height);
void sheet_destroy(struct sheet *sheet); /* takes NULL */
/* `name` is a literal; `argb` as window_read_argb has it. */
void sheet_add(struct sheet *sheet, const char *name, const uint8_t *argb, int width, int height);
/* Writes out/screens/NAME.png; compares it with assets/screens/NAME.png, or writes that, too. Fails the test with the
 * names of all screens that look different. */
void sheet_check(const struct sheet *sheet, const char *name, bool renew);

#endif
