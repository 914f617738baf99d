/* "Continue on your phone": an address, shown as a code, whose page goes on with the kiosk's call as another device of
 * its user. The pass in it is the hub's (net/hub/service/passes.h), and soon over. */
#ifndef CALLAPI_APP_KIOSK_HANDOVER_H
#define CALLAPI_APP_KIOSK_HANDOVER_H

#include "app/agent/agent.h"

struct handover;

/* `page`: the address of the hub's page, as phones reach it (http, https). Copied. */
struct handover *handover_create(const char *page);
void handover_destroy(struct handover *handover); /* takes NULL; not before the agent */

/* Asks for a code, or does away with the one that is shown. */
void handover_press(struct handover *handover, struct agent *agent);
/* Nothing is shown any more: the call is over, or another one. */
void handover_forget(struct handover *handover);
/* Told once: there is no code to be had. */
bool handover_has_failed(struct handover *handover);
/* Told once: the code has come, or is over. */
bool handover_has_changed(struct handover *handover, int64_t now_us);
/* What the code holds, borrowed; NULL: none is shown. */
const char *handover_address(const struct handover *handover);

/* The page of the hub at this ws: or wss: URL; g_free it. NULL: it is no hub's. */
char *handover_page_of_hub(const char *hub_url);

#endif
