#include "engine/call/attempts.h"

#include <glib.h>
#include <string.h>

#include "engine/call/parts.h"

/* -1: he has tried nothing lately. */
static int find(const struct attempts *attempts, const char *user)
{
    for (int i = 0; i < ATTEMPTS_USERS; i++)
        if (!strcmp(attempts->users[i].user, user))
            return i;
    return -1;
}

/* Forgets whoever tried least lately. */
static int begin(struct attempts *attempts, const char *user, int64_t now_ms)
{
    int least = 0;
    for (int i = 1; i < ATTEMPTS_USERS; i++)
        if (attempts->users[i].since_ms < attempts->users[least].since_ms)
            least = i;
    g_strlcpy(attempts->users[least].user, user, sizeof attempts->users[least].user);
    attempts->users[least].tried = 0;
    attempts->users[least].since_ms = now_ms;
    return least;
}

static void regain(struct attempts *attempts, int i, int64_t now_ms)
{
    attempts->users[i].since_ms = MIN(attempts->users[i].since_ms, now_ms); /* a clock was set back */
    int64_t times = (now_ms - attempts->users[i].since_ms) / ATTEMPTS_REGAIN_MS;
    attempts->users[i].tried -= (int)MIN(times, attempts->users[i].tried);
    attempts->users[i].since_ms = attempts->users[i].tried ? attempts->users[i].since_ms + times * ATTEMPTS_REGAIN_MS
                                                           : now_ms;
}

bool attempts_take(struct attempts *attempts, const char *address, int64_t now_ms)
{
    char user[CALL_USER_SIZE];
    call_address_user(address, user);
    int i = find(attempts, user);
    if (i < 0)
        i = begin(attempts, user, now_ms);
    regain(attempts, i, now_ms);
    if (attempts->users[i].tried <= ATTEMPTS_AT_ONCE)
        attempts->users[i].tried++;
    if (attempts->users[i].tried == ATTEMPTS_AT_ONCE + 1)
        g_info("%s tries too often: refused for a while", user);
    return attempts->users[i].tried <= ATTEMPTS_AT_ONCE;
}

void attempts_forgive(struct attempts *attempts, const char *address)
{
    char user[CALL_USER_SIZE];
    call_address_user(address, user);
    int i = find(attempts, user);
    if (i >= 0)
        attempts->users[i].tried = 0;
}
