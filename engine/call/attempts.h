/* What users try in vain: calls that nobody accepts, rooms that are left before they are seen. Each costs a connection,
 * so each user has only so many; what succeeds costs him nothing. */
#ifndef CALLAPI_ENGINE_CALL_ATTEMPTS_H
#define CALLAPI_ENGINE_CALL_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/call/call.h"

enum { ATTEMPTS_AT_ONCE = 20, ATTEMPTS_REGAIN_MS = 1000, ATTEMPTS_USERS = 64 };

/* All zero: nobody has tried anything. */
struct attempts {
    struct {
        char user[CALL_USER_SIZE];
        int tried;
        int64_t since_ms; /* when `tried` was last made less */
    } users[ATTEMPTS_USERS];
};

/* Counts one more of the user's, an address with or without device. False, logged the first time: they are too many. */
bool attempts_take(struct attempts *attempts, const char *address, int64_t now_ms);
/* It succeeded. */
void attempts_forgive(struct attempts *attempts, const char *address);

#endif
