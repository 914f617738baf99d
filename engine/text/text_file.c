#include "engine/text/text_file.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

char *text_file_read(const char *path, size_t *size, GError **error)
{
    enum { MARK = sizeof BYTE_ORDER_MARK - 1 };
    char *text;
    size_t length;
    if (!g_file_get_contents(path, &text, &length, error))
        return NULL;
    if (g_str_has_prefix(text, BYTE_ORDER_MARK)) {
        length -= MARK;
        memmove(text, text + MARK, length + 1);
    }
    if (size)
        *size = length;
    return text;
}

char *text_file_read_word(const char *path, GError **error)
{
    char *text = text_file_read(path, NULL, error);
    return text ? g_strstrip(text) : NULL;
}
