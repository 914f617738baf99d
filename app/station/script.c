#include "app/station/script.h"

#include <glib.h>

#include "app/view/language.h"

enum stage {
    STAGE_WAIT_FOR_LIVE, /* the room's first picture */
    STAGE_LIVE,          /* watching, until the next call */
    STAGE_CALLING,       /* pressed, until connected */
    STAGE_CALL,          /* in the call, until hanging up */
    STAGE_RETURNING,     /* hung up, until the room's next picture */
    STAGE_ZAPPING,       /* pressed, until the next room's first picture */
    STAGE_OVER,
};

enum {
    PATIENCE_US = 20000000, /* for what others have to do */
    INVITED_US = 5000000,   /* for somebody to press */
    START_S = 2,            /* of the duration, kept for coming up and the last look */
};

struct script {
    struct client *client;
    struct agent *agent;
    int rounds_left, zaps_left;
    enum stage stage;
    int64_t since_us;         /* when this stage began */
    int64_t first_picture_us; /* of the room; 0: not yet */
    int64_t connected_us;     /* to it */
    int64_t dwell_us;         /* how long to stay in the room and in the call */
    bool invites;
    int64_t end_us;   /* not over before; 0: at its own pace */
    GArray *switches; /* struct script_switch */
    char *failure;
};

static int64_t dwell(const struct script_config *config)
{
    double own_pace = config->rounds + config->zaps > 5 ? 0.8 : 2;
    double s = config->duration > 0 ? (config->duration - START_S) / (2 * config->rounds + config->zaps + 1) : own_pace;
    return (int64_t)(CLAMP(s, 0.3, 3600) * G_USEC_PER_SEC);
}

struct script *script_create(const struct script_config *config, int64_t now_us)
{
    struct script *script = g_new0(struct script, 1);
    *script = (struct script){
        .client = config->client,
        .agent = config->agent,
        .rounds_left = config->rounds,
        .zaps_left = config->zaps,
        .stage = STAGE_WAIT_FOR_LIVE,
        .since_us = now_us,
        .dwell_us = dwell(config),
        .invites = config->invites,
        .end_us = config->duration > 0 ? now_us + (int64_t)(config->duration * G_USEC_PER_SEC) : 0,
        .switches = g_array_new(FALSE, FALSE, sizeof(struct script_switch)),
    };
    return script;
}

void script_destroy(struct script *script)
{
    if (!script)
        return;
    g_array_unref(script->switches);
    g_free(script->failure);
    g_free(script);
}

static struct script_switch *last_switch(struct script *script)
{
    return &g_array_index(script->switches, struct script_switch, script->switches->len - 1);
}

static void enter(struct script *script, enum stage stage, int64_t now_us)
{
    script->stage = stage;
    script->since_us = now_us;
}

static void fail(struct script *script, int64_t now_us, const char *why)
{
    script->failure = g_strdup(why);
    g_warning("the script ends: %s", why);
    enter(script, STAGE_OVER, now_us);
}

/* What the script does is not what is on the screen any more. True: it is over for that. */
static bool is_taken_over(struct script *script, bool as_left, int64_t now_us)
{
    if (!script->invites || as_left)
        return false;
    enter(script, STAGE_OVER, now_us);
    return true;
}

static bool is_free(const struct script *script)
{
    return agent_call_state(script->agent) == CALL_PREPARED;
}

static void invite(struct script *script)
{
    if (script->invites)
        client_tell(script->client, _("Press “Call”, or watch: it plays by itself in 5 s"));
}

static void end(struct script *script, int64_t now_us)
{
    if (script->invites)
        client_tell(script->client, _("Now you: press “Call”, or close the window"));
    enter(script, STAGE_OVER, now_us);
}

static void begin_switch(struct script *script, enum script_switch_kind kind, int64_t now_us)
{
    if (script->switches->len)
        last_switch(script)->until_us = now_us;
    struct script_switch begun = { .kind = kind, .requested_us = now_us, .until_us = now_us };
    g_array_append_val(script->switches, begun);
    client_first_new_picture_us(script->client, now_us); /* watch from here */
}

static void press_call(struct script *script, int64_t now_us)
{
    enum call_error error = agent_call(script->agent, NULL);
    if (error) {
        fail(script, now_us, call_error_text(error));
        return;
    }
    begin_switch(script, SCRIPT_TO_CALL, now_us);
    enter(script, STAGE_CALLING, now_us);
}

static void press_hang_up(struct script *script, int64_t now_us)
{
    begin_switch(script, SCRIPT_TO_LIVE, now_us);
    last_switch(script)->accepted_us = now_us;
    agent_hang_up(script->agent);
    script->rounds_left--;
    enter(script, STAGE_RETURNING, now_us);
}

static void press_next_room(struct script *script, int64_t now_us)
{
    if (!agent_go_to_room_beside(script->agent, 1)) {
        fail(script, now_us, "the next room cannot be gone to now");
        return;
    }
    begin_switch(script, SCRIPT_TO_ROOM, now_us);
    script->zaps_left--;
    enter(script, STAGE_ZAPPING, now_us);
}

static void tick_zapping(struct script *script, int64_t now_us)
{
    struct agent_zap_times times = agent_describe(script->agent).room.zap;
    struct script_switch *change = last_switch(script);
    change->warm = times.warm;
    change->accepted_us = times.gone_us;
    change->first_frame_us = times.first_picture_us;
    if (change->first_frame_us)
        enter(script, STAGE_LIVE, now_us);
}

static void tick_calling(struct script *script, int64_t now_us)
{
    if (agent_call_state(script->agent) == CALL_CONNECTED) {
        struct script_switch *change = last_switch(script);
        change->accepted_us = call_timing_us(agent_timing(script->agent), CALL_MILESTONE_ACCEPTED);
        change->first_frame_us = call_timing_us(agent_timing(script->agent), CALL_MILESTONE_FIRST_FRAME_PRESENTED);
        enter(script, STAGE_CALL, now_us);
    } else if (agent_call_state(script->agent) < CALL_CALLING && !is_taken_over(script, false, now_us)) {
        fail(script, now_us, "the call ended before it was connected");
    }
}

static void tick_returning(struct script *script, int64_t now_us)
{
    struct script_switch *change = last_switch(script);
    change->first_frame_us = client_first_new_picture_us(script->client, change->requested_us);
    if (change->first_frame_us)
        enter(script, STAGE_LIVE, now_us);
}

static bool live_is_over(const struct script *script, int64_t now_us)
{
    bool invited = script->invites && !script->switches->len;
    if (now_us < script->since_us + (invited ? INVITED_US : script->dwell_us))
        return false;
    return script->zaps_left || script->rounds_left || now_us >= script->end_us;
}

static const char *const waits_for[] = {
    [STAGE_WAIT_FOR_LIVE] = "the room's first picture did not come",
    [STAGE_OVER] = NULL,
    [STAGE_CALLING] = "the call was not connected",
    [STAGE_ZAPPING] = "the next room's first picture did not come",
    [STAGE_RETURNING] = "the room did not come back after the call",
};

void script_tick(struct script *script, int64_t now_us)
{
    switch (script->stage) {
    case STAGE_WAIT_FOR_LIVE:
        script->first_picture_us = client_first_new_picture_us(script->client, script->since_us);
        script->connected_us = agent_describe(script->agent).room.connected_us;
        if (script->first_picture_us) {
            enter(script, STAGE_LIVE, now_us);
            invite(script);
        }
        break;
    case STAGE_LIVE:
        if (!is_taken_over(script, is_free(script), now_us) && live_is_over(script, now_us)) {
            if (script->zaps_left)
                press_next_room(script, now_us);
            else if (script->rounds_left)
                press_call(script, now_us);
            else
                end(script, now_us);
        }
        break;
    case STAGE_CALLING:
        tick_calling(script, now_us);
        break;
    case STAGE_CALL:
        if (agent_call_state(script->agent) != CALL_CONNECTED && !is_taken_over(script, false, now_us))
            fail(script, now_us, "the call ended by itself");
        else if (now_us >= script->since_us + script->dwell_us)
            press_hang_up(script, now_us);
        break;
    case STAGE_RETURNING:
        if (!is_taken_over(script, is_free(script), now_us))
            tick_returning(script, now_us);
        break;
    case STAGE_ZAPPING:
        tick_zapping(script, now_us);
        break;
    case STAGE_OVER:
        return;
    }
    bool waits = waits_for[script->stage] != NULL;
    if (waits && now_us >= script->since_us + PATIENCE_US)
        fail(script, now_us, waits_for[script->stage]);
    if (script->stage == STAGE_OVER && script->switches->len)
        last_switch(script)->until_us = now_us;
}

int64_t script_deadline(const struct script *script)
{
    switch (script->stage) {
    case STAGE_LIVE:
        return MAX(script->since_us + (script->invites && !script->switches->len ? INVITED_US : script->dwell_us),
                   script->zaps_left || script->rounds_left ? 0 : script->end_us);
    case STAGE_CALL:
        return script->since_us + script->dwell_us;
    case STAGE_OVER:
        return INT64_MAX;
    default:
        return script->since_us + PATIENCE_US;
    }
}

bool script_is_over(const struct script *script)
{
    return script->stage == STAGE_OVER;
}

const char *script_failure(const struct script *script)
{
    return script->failure;
}

int64_t script_first_picture_us(const struct script *script)
{
    return script->first_picture_us;
}

int64_t script_connected_us(const struct script *script)
{
    return script->connected_us;
}

const struct script_switch *script_switches(const struct script *script, int *n)
{
    *n = (int)script->switches->len;
    return (const struct script_switch *)script->switches->data;
}
