/* What the fuzz targets share. Each is one file with LLVMFuzzerTestOneInput: libFuzzer calls it with inputs that it
 * invents, replay.c with those that were kept. */
#ifndef CALLAPI_TESTS_FUZZ_FUZZ_H
#define CALLAPI_TESTS_FUZZ_FUZZ_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of an input, taken from its front; where nothing is left, zeros come. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

uint8_t fuzz_byte(struct fuzz_input *input);
uint32_t fuzz_number(struct fuzz_input *input, int bytes); /* big-endian, of 1 to 4 bytes */
/* A piece that is led by its length, of two bytes; it ends where the input ends. In memory of exactly its size, so that
 * a read past its end is seen; g_free it. */
uint8_t *fuzz_piece(struct fuzz_input *input, size_t *size);
/* The next line, or all where no other follows, as a string; NULL: there is none. g_free it. */
char *fuzz_line(struct fuzz_input *input);
/* All that is left, as a string; g_free it. */
char *fuzz_text(struct fuzz_input *input);

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
