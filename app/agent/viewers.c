/* A broadcaster's viewers: each is offered a connection when she comes. */
#include "app/agent/parts.h"

#include <string.h>

static void offer_live(struct agent *agent, const char *viewer)
{
    struct session *known = sessions_find_to(agent->sessions, viewer);
    if (known && peer_current_state(session_peer(known)) < PEER_FAILED)
        return; /* only the signalling was away */
    if (!attempts_take(&agent->joins, viewer, agent_now_ms(agent)))
        return;
    struct session *session = sessions_add(agent->sessions, NULL, viewer, true);
    if (session && !session_send_offer(session, rooms_watched(agent->rooms)->name))
        sessions_drop(agent->sessions, session);
}

static void viewer_left(struct agent *agent, const char *viewer)
{
    struct session *session = sessions_find_to(agent->sessions, viewer);
    if (!session)
        return;
    if (session != leg_session(agent->leg)) {
        sessions_drop(agent->sessions, session);
        return;
    }
    leg_note_gone(agent->leg);
}

void agent_on_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct agent *agent = user_data;
    const struct live_room *own = rooms_watched(agent->rooms);
    if (!own || strcmp(room, own->name))
        return;
    if (joined)
        offer_live(agent, viewer);
    else
        viewer_left(agent, viewer);
}
