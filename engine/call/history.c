/* Calls that are over, the last few of them: what arrives late about one is told from a new call by its id and user.
 * The ring is bounded; who floods it gains that a message which is even later may ring once more, nothing else. */
#include "engine/call/parts.h"

#include <string.h>

#include "engine/text/address.h"

struct call_past *call_history_find(struct call_history *history, const char *call_id, const char *address)
{
    for (size_t i = 0; i < G_N_ELEMENTS(history->calls); i++) {
        struct call_past *past = &history->calls[i];
        if (past->id[0] && !strcmp(past->id, call_id) && address_same_user(past->user, address))
            return past;
    }
    return NULL;
}

void call_history_add(struct call_history *history, const struct call_past *past)
{
    history->calls[history->next] = *past;
    history->next = (history->next + 1) % G_N_ELEMENTS(history->calls);
}
