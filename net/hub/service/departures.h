/* Devices whose connection ended, for as long as they may be back: a network that changes is no departure. */
#ifndef CALLAPI_NET_HUB_SERVICE_DEPARTURES_H
#define CALLAPI_NET_HUB_SERVICE_DEPARTURES_H

#include <glib.h>

enum hub_departure {
    HUB_DEPARTURE_CLOSED, /* the connection was closed: a program that ended, mostly */
    HUB_DEPARTURE_SILENT, /* nothing was heard any more: a network that is away, mostly, which a call outlasts */
    HUB_DEPARTURES,
};

enum {
    HUB_DEPARTURE_US = 2 * G_USEC_PER_SEC,
    /* Together with the 15 s that it takes to notice: a call's own patience, RFC 7675, 5.1. */
    HUB_SILENT_DEPARTURE_US = 15 * G_USEC_PER_SEC,
};

struct hub_departures;

/* `gone` runs from the context's dispatch, so long after the connection's end; whether the device is back by then is
 * for it to know. It must not add or destroy. */
struct hub_departures *hub_departures_create(GMainContext *context, void (*gone)(void *user_data, const char *address),
                                             void *user_data);
void hub_departures_destroy(struct hub_departures *departures); /* takes NULL; calls nobody */
/* The connection of the device with this address ended now, and before, if ever, it had been back: that counts no
 * more. */
void hub_departures_add(struct hub_departures *departures, const char *address, enum hub_departure how);

#endif
