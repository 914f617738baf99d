#include "app/kiosk/handover.h"

#include <string.h>

#include "engine/text/json.h"

enum { PASS_MAX_S = 86400 }; /* a hub that says more is wrong */

struct handover {
    char *page;
    char *user;     /* whose call it is */
    char *room;     /* where the call is that is asked for; NULL: in none */
    char *address;  /* with the pass; NULL: there is none */
    int64_t end_us; /* of the pass; g_get_monotonic_time */
    bool asked, failed, changed;
};

struct handover *handover_create(const char *page)
{
    struct handover *handover = g_new0(struct handover, 1);
    handover->page = g_strdup(page);
    return handover;
}

void handover_destroy(struct handover *handover)
{
    if (!handover)
        return;
    g_free(handover->page);
    g_free(handover->user);
    g_free(handover->room);
    g_free(handover->address);
    g_free(handover);
}

/* As assets/web/page/links.js reads it: what is behind the "#" is sent to nobody. */
static char *make_address(const struct handover *handover, const char *pass)
{
    g_autofree char *user = g_uri_escape_string(handover->user, NULL, false);
    g_autofree char *room = handover->room ? g_uri_escape_string(handover->room, NULL, false) : NULL;
    return g_strconcat(handover->page, "#pass=", pass, "&user=", user, room ? "&room=" : NULL, room, NULL);
}

static void take_pass(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct handover *handover = user_data;
    const char *pass = json_string(reply, "pass");
    int64_t seconds;
    bool asked = handover->asked;
    handover->asked = false;
    if (!asked)
        return; /* not wanted any more */
    if (result != SIGNAL_DELIVERED || !pass || !json_integer(reply, "seconds", 0, PASS_MAX_S, &seconds)) {
        const char *why = json_string(reply, "message");
        g_message("the call cannot be continued elsewhere: %s", why ? why : "the hub does not answer");
        handover->failed = true;
        return;
    }
    handover->address = make_address(handover, pass);
    handover->end_us = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    handover->changed = true;
}

void handover_press(struct handover *handover, struct agent *agent)
{
    struct agent_description seen = agent_describe(agent);
    if (handover->asked)
        return;
    if (handover->address) {
        handover_forget(handover);
        return;
    }
    g_free(handover->user);
    g_free(handover->room);
    handover->user = g_strdup(seen.user);
    handover->room = seen.room.local ? NULL : g_strdup(seen.room.name);
    handover->asked = true;
    agent_ask_pass(agent, take_pass, handover);
}

void handover_forget(struct handover *handover)
{
    handover->changed = handover->address;
    handover->asked = false;
    g_clear_pointer(&handover->address, g_free);
}

bool handover_has_failed(struct handover *handover)
{
    bool failed = handover->failed;
    handover->failed = false;
    return failed;
}

bool handover_has_changed(struct handover *handover, int64_t now_us)
{
    if (handover->address && now_us >= handover->end_us)
        handover_forget(handover);
    bool changed = handover->changed;
    handover->changed = false;
    return changed;
}

const char *handover_address(const struct handover *handover)
{
    return handover->address;
}

char *handover_page_of_hub(const char *hub_url)
{
    bool safe = hub_url && g_str_has_prefix(hub_url, "wss://");
    if (!safe && !(hub_url && g_str_has_prefix(hub_url, "ws://")))
        return NULL;
    const char *rest = strstr(hub_url, "//");
    return g_strconcat(safe ? "https:" : "http:", rest, g_str_has_suffix(rest, "/") ? "" : "/", NULL);
}
