/* A kiosk that is looked after from afar: "manage" messages (net/protocol/PROTOCOL.md) from users whom its owner named.
 * Hub and broker only carry them: each has a token of its own (net/protocol/manage_token.h), whose signature the kiosk
 * checks, and is taken once. Whoever else asks is told that it is not allowed. */
#ifndef CALLAPI_APP_KIOSK_MANAGE_H
#define CALLAPI_APP_KIOSK_MANAGE_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

#include "app/agent/agent.h"

struct manage;

enum manage_wish {
    MANAGE_NOTHING,
    MANAGE_CHECK, /* the configuration is to be looked at, and manage_answer_check called: told until it is */
    MANAGE_RELOAD,
    MANAGE_RESTART, /* the answer is on its way: told once */
};

struct manage_config {
    char *const *managers;    /* user ids, borrowed */
    const char *secret, *key; /* what their requests are signed with, as for hub_keys_create, which takes them */
    bool kept;                /* the configuration is not as its file has it now, which could not be used */
};

/* Outlives the agents whose requests it got. */
struct manage *manage_create(const struct manage_config *config);
void manage_destroy(struct manage *manage); /* takes NULL */
/* An agent's manage. `scene`: what is on the screen. */
void manage_receive(struct manage *manage, struct agent *agent, const char *scene, const char *from, const cJSON *body);
/* Somebody waits for a picture of the screen: at the next presenting. */
bool manage_wants_picture(const struct manage *manage);
/* `argb`: as window_read_argb has it, or NULL where that could not be. */
void manage_give_picture(struct manage *manage, struct agent *agent, const uint8_t *argb, int width, int height);
enum manage_wish manage_take_wish(struct manage *manage);
/* `error`: why the configuration is not taken; NULL: it is, and MANAGE_RELOAD follows. */
void manage_answer_check(struct manage *manage, struct agent *agent, const char *error);

/* The message that the other side sends; cJSON_Delete it. */
cJSON *manage_request(const char *id, const char *ask, const char *token);

#endif
