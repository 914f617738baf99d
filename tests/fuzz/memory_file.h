/* An input as a file that libavformat can open, without one on a disk. */
#ifndef CALLAPI_TESTS_FUZZ_MEMORY_FILE_H
#define CALLAPI_TESTS_FUZZ_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>

struct memory_file {
    int descriptor;
    char url[64];
};

struct memory_file memory_file_open(const uint8_t *data, size_t size);
void memory_file_close(struct memory_file *file);

#endif
