#include "engine/text/address.h"

#include <glib.h>
#include <string.h>

size_t address_user_length(const char *address)
{
    return strcspn(address, "/");
}

char *address_user(const char *address)
{
    return g_strndup(address, address_user_length(address));
}

const char *address_device(const char *address)
{
    const char *slash = strchr(address, '/');
    return slash ? slash + 1 : NULL;
}

bool address_same_user(const char *a, const char *b)
{
    size_t length = address_user_length(a);
    return length == address_user_length(b) && !strncmp(a, b, length);
}
