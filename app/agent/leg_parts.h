/* What leg.c and leg_devices.c share. Private to them. */
#ifndef CALLAPI_APP_AGENT_LEG_PARTS_H
#define CALLAPI_APP_AGENT_LEG_PARTS_H

#include "app/agent/leg.h"

struct leg {
    struct leg_config config;
    struct session *session; /* in the sessions; may be the live room's; NULL: none, or `several` */
    char *id;                /* of the current or last call's session */
    bool several;            /* caller: it rings at several devices, each with a session of this id */
    char *shared_offer;      /* callee: of the last invite, that other devices of ours have, too; or NULL */
    bool presends, released;
    int64_t from_us;       /* sender's wall clock of its first picture for the call; 0: any picture */
    int64_t lost_at_us;    /* when the closed connection counts as lost */
    int64_t gone_since_us; /* the hub said that the other side left; 0: it did not */
    uint64_t gone_packets; /* what had been received then */
};

bool leg_is_own(const struct leg *leg); /* not the live room's */
void leg_watch_firsts(struct leg *leg); /* our media go to the call from now on */
bool leg_rings_at_several(const struct leg *leg, const char *session_id);
/* The call's remote accepted: its connection is the call's, as soon as there is one; those to the others go. */
void leg_devices_accepted(struct leg *leg);
void leg_drop_devices(struct leg *leg); /* those that did not become the call's */

#endif
