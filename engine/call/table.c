#include "engine/call/table.h"

#include <stddef.h>

/* clang-format off */
/* What assets/web/call/rules.inc is written in. */
#define IDLE        (1u << CALL_IDLE)
#define PREPARED    (1u << CALL_PREPARED)
#define CALLING     (1u << CALL_CALLING)
#define CONNECTING  (1u << CALL_CONNECTING)
#define CONNECTED   (1u << CALL_CONNECTED)
#define FAILED      (1u << CALL_FAILED)

#define NOBODY      (1u << CALL_ROLE_NONE)
#define CALLER      (1u << CALL_ROLE_CALLER)
#define CALLEE      (1u << CALL_ROLE_CALLEE)

#define NOTHING         0
#define END             CALL_DO_END
#define SEND_CANCEL     CALL_DO_SEND_CANCEL
#define SEND_REJECT     CALL_DO_SEND_REJECT
#define SEND_HANG_UP    CALL_DO_SEND_HANG_UP
#define WITHDRAW        CALL_DO_WITHDRAW
#define STOP            CALL_DO_STOP
#define BEGIN           CALL_DO_BEGIN
#define ADOPT           CALL_DO_ADOPT
#define SEND_INVITE     CALL_DO_SEND_INVITE
#define SEND_ACCEPT     CALL_DO_SEND_ACCEPT
#define SEND_ELSEWHERE  CALL_DO_SEND_ELSEWHERE
#define REFUSE          CALL_DO_REFUSE
#define CONNECT         CALL_DO_CONNECT
#define RELEASE         CALL_DO_RELEASE
#define PRESENT         CALL_DO_PRESENT
#define NOTE_FRAME      CALL_DO_NOTE_FRAME
#define SEND_AGAIN      CALL_DO_SEND_AGAIN
#define QUIETLY         CALL_DO_QUIETLY

#define CALL_SAME       CALL_STATE_SAME

#define ROW(states, roles, input, next, actions, reason, event) \
    { states, roles, CALL_INPUT_##input, CALL_##next, actions, CALL_REASON_##reason, CALL_EVENT_##event }

static const struct call_rule rules[] = {
#include "assets/web/call/rules.inc"
};
/* clang-format on */

const struct call_rule *call_table_find(enum call_state state, enum call_role role, enum call_input input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct call_rule *rule = &rules[i];
        if (rule->input == input && rule->states & 1u << state && rule->roles & 1u << role)
            return rule;
    }
    return NULL;
}
