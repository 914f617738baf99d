/* A kiosk that is looked after from afar: "manage" messages (net/PROTOCOL.md) from users whom its owner named. They come by the hub or the broker, who vouch
 * for the sender; whoever else asks is told that it is not allowed. */
#ifndef CALLAPI_APP_MANAGE_H
#define CALLAPI_APP_MANAGE_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

#include "app/agent.h"

struct manage;

enum manage_wish {
    MANAGE_NOTHING,
    MANAGE_CHECK,               /* the configuration is to be looked at, and manage_answer_check called: told until it is */
    MANAGE_RELOAD, MANAGE_RESTART,      /* the answer is on its way: told once */
};

/* `managers`: user ids, borrowed; NULL: nobody. `kept`: the configuration is not as its file has it now, which could not be used.
 * Outlives the agents whose requests it got. */
struct manage *manage_create(char *const *managers, bool kept);
void manage_destroy(struct manage *manage);     /* takes NULL */
/* An agent's manage. `scene`: what is on the screen. */
void manage_receive(struct manage *manage, struct agent *agent, const char *scene, const char *from, const cJSON *body);
/* Somebody waits for a picture of the screen: at the next presenting. */
bool manage_wants_picture(const struct manage *manage);
/* `argb`: as window_read_argb has it, or NULL where that could not be. */
void manage_give_picture(struct manage *manage, struct agent *agent, const uint8_t *argb, int width, int height);
enum manage_wish manage_take_wish(struct manage *manage);
/* `error`: why the configuration is not taken; NULL: it is, and MANAGE_RELOAD follows. */
void manage_answer_check(struct manage *manage, struct agent *agent, const char *error);

/* The request that the other side sends; cJSON_Delete it. */
cJSON *manage_request(const char *id, const char *ask);

#endif
