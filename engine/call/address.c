#include "engine/call/parts.h"

#include <string.h>

#include "engine/text/address.h"

enum { USER_MAX = 64 }; /* bytes, without device */

static bool is_plain(const char *text, size_t length)
{
    if (!length || !g_utf8_validate(text, (gssize)length, NULL))
        return false;
    for (size_t i = 0; i < length; i++)
        if (g_ascii_iscntrl(text[i]))
            return false;
    return true;
}

bool call_address_is_valid(const char *address)
{
    size_t user = address_user_length(address);
    if (user > USER_MAX || !is_plain(address, user) || strlen(address) >= CALL_USER_SIZE)
        return false;
    const char *device = address_device(address);
    return !device || (is_plain(device, strlen(device)) && !strchr(device, '/'));
}

void call_address_user(const char *address, char user[CALL_USER_SIZE])
{
    g_strlcpy(user, address, MIN(address_user_length(address) + 1, (size_t)CALL_USER_SIZE));
}
