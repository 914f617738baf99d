/* Who: "user", or "user/device" for one of his devices (net/protocol/PROTOCOL.md). */
#ifndef CALLAPI_ENGINE_TEXT_ADDRESS_H
#define CALLAPI_ENGINE_TEXT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the user's part, which the address begins with. */
size_t address_user_length(const char *address);
/* The user's part; g_free it. */
char *address_user(const char *address);
/* The device's part, within the address; NULL: it names none. */
const char *address_device(const char *address);
bool address_same_user(const char *a, const char *b);

#endif
