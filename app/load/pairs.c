#include "app/load/pairs.h"

#include <glib.h>

#include "app/load/figures.h"

enum {
    LEAST_TALK_MS = 3000,
    MOST_TALK_MS = 8000,
    LEAST_PAUSE_MS = 500,
    MOST_PAUSE_MS = 2000,
    RING_MS = 300, /* until it is accepted */
    MOST_WORDS = 50,
};

struct load_pair {
    struct load_user *users[2];
    struct agent_listener listener;
    struct load_calls *calls;
    int64_t next_us;    /* to call, or to hang up */
    int64_t pressed_us; /* since when there is a call; 0: there is none */
    bool connected, hung_up, over;
};

static int64_t in_ms(int least, int most)
{
    return g_get_monotonic_time() + 1000 * (int64_t)g_random_int_range(least, most);
}

static void complain(struct load_pair *pair, const char *what, enum call_reason reason)
{
    if (pair->calls->why->len < MOST_WORDS)
        g_ptr_array_add(pair->calls->why,
                        g_strdup_printf("%s: %s, %s", pair->users[0]->name, what, call_reason_name(reason)));
}

static void note_connected(struct load_pair *pair)
{
    pair->connected = true;
    pair->calls->connected++;
    figures_add(pair->calls->setup_ms, (double)(g_get_monotonic_time() - pair->pressed_us) / 1000);
    pair->next_us = in_ms(LEAST_TALK_MS, MOST_TALK_MS);
}

static void note_over(struct load_pair *pair, enum call_reason reason)
{
    bool lost = pair->connected && !pair->hung_up;
    pair->calls->ended += pair->connected && pair->hung_up;
    pair->calls->lost += lost;
    pair->calls->missed += !pair->connected;
    if (lost || !pair->connected)
        complain(pair, lost ? "lost" : "never connected", reason);
    pair->connected = pair->hung_up = false;
    pair->pressed_us = 0;
    pair->next_us = in_ms(LEAST_PAUSE_MS, MOST_PAUSE_MS);
    for (int i = 0; i < 2; i++)
        load_user_forget_last(pair->users[i]);
}

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct load_pair *pair = user_data;
    if (notice->state == notice->previous)
        return;
    if (notice->state == CALL_CONNECTED && !pair->connected)
        note_connected(pair);
    else if (notice->state == CALL_PREPARED && pair->pressed_us)
        note_over(pair, notice->reason);
}

static struct load_user *create_user(struct load_pair *pair, const char *name, bool decodes,
                                     const struct agent_config *common, bool calls)
{
    static const struct agent_listener nobody = { 0 };
    struct load_user_config config = { .name = name, .decodes = decodes, .agent = *common };
    config.agent.party = CALL_PARTY_ANYONE;
    config.agent.auto_accept_ms = calls ? -1 : RING_MS;
    config.agent.listener = calls ? &pair->listener : &nobody;
    config.agent.user_data = pair;
    return load_user_create(&config);
}

struct load_pair *load_pair_create(const char *name, bool decodes, const struct agent_config *common,
                                   struct load_calls *calls)
{
    struct load_pair *pair = g_new0(struct load_pair, 1);
    g_autofree char *caller = g_strconcat(name, "-from", NULL), *callee = g_strconcat(name, "-to", NULL);
    pair->listener.call = on_call;
    pair->calls = calls;
    pair->next_us = in_ms(LEAST_PAUSE_MS, MOST_PAUSE_MS);
    pair->users[1] = create_user(pair, callee, decodes, common, false);
    pair->users[0] = pair->users[1] ? create_user(pair, caller, decodes, common, true) : NULL;
    if (pair->users[0])
        return pair;
    load_pair_destroy(pair);
    return NULL;
}

void load_pair_destroy(struct load_pair *pair)
{
    if (!pair)
        return;
    pair->pressed_us = 0;
    load_user_destroy(pair->users[0]);
    load_user_destroy(pair->users[1]);
    g_free(pair);
}

/* Before the other one is known to the signalling, or while that is away, there is nobody to call. */
static void begin(struct load_pair *pair, int64_t now_us)
{
    if (!agent_describe(pair->users[0]->agent).online || !agent_describe(pair->users[1]->agent).online) {
        pair->calls->waited++;
        pair->next_us = in_ms(LEAST_PAUSE_MS, MOST_PAUSE_MS);
        return;
    }
    for (int i = 0; i < 2; i++)
        load_user_forget_last(pair->users[i]); /* of the last call some came after its end */
    pair->pressed_us = now_us;
    pair->calls->begun++;
    enum call_error error = agent_call(pair->users[0]->agent, pair->users[1]->name);
    if (error != CALL_OK && pair->pressed_us)
        note_over(pair, CALL_REASON_MESSAGE_FAILED);
}

void load_pair_poll(struct load_pair *pair, int64_t now_us)
{
    for (int i = 0; i < 2; i++)
        load_user_poll(pair->users[i], now_us);
    if (now_us < pair->next_us)
        return;
    if (!pair->pressed_us && !pair->over)
        begin(pair, now_us);
    if (!pair->connected || pair->hung_up)
        return;
    pair->hung_up = true;
    agent_hang_up(pair->users[0]->agent);
}

void load_pair_finish(struct load_pair *pair)
{
    pair->over = true;
}

struct load_user *load_pair_user(struct load_pair *pair, int which)
{
    return pair->users[which];
}
