#include "fuzz.h"

#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (!input->size)
        return 0;
    input->size--;
    return *input->data++;
}

uint32_t fuzz_number(struct fuzz_input *input, int bytes)
{
    uint32_t number = 0;
    while (bytes-- > 0)
        number = number << 8 | fuzz_byte(input);
    return number;
}

static void skip(struct fuzz_input *input, size_t size)
{
    input->data += size;
    input->size -= size;
}

uint8_t *fuzz_piece(struct fuzz_input *input, size_t *size)
{
    *size = fuzz_number(input, 2);
    *size = MIN(*size, input->size);
    uint8_t *piece = g_malloc(MAX(*size, 1)); /* g_malloc(0) is NULL */
    if (*size)
        memcpy(piece, input->data, *size);
    skip(input, *size);
    return piece;
}

char *fuzz_line(struct fuzz_input *input)
{
    if (!input->size)
        return NULL;
    const uint8_t *end = memchr(input->data, '\n', input->size);
    size_t length = end ? (size_t)(end - input->data) : input->size;
    char *line = g_strndup((const char *)input->data, length);
    skip(input, length + (end != NULL));
    return line;
}

char *fuzz_text(struct fuzz_input *input)
{
    char *text = g_strndup((const char *)input->data, input->size);
    skip(input, input->size);
    return text;
}

/* What is wrong with an input is said on the log, a million times: nobody reads it. Critical is what GLib calls a
 * programmer's error, and no input may lead there. */
static void silence(const char *domain, GLogLevelFlags level, const char *message, void *user_data)
{
    if (!(level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)))
        return;
    g_log_default_handler(domain, level & ~(GLogLevelFlags)G_LOG_FLAG_FATAL, message, user_data);
    abort(); /* GLib's own end is a trap, of which libFuzzer hears nothing: it would not keep the input */
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    g_log_set_default_handler(silence, NULL);
    av_log_set_level(AV_LOG_QUIET);
    return 0;
}
