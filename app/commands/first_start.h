/* A kiosk that may be set up (--setup), until it knows where it belongs. */
#ifndef CALLAPI_APP_COMMANDS_FIRST_START_H
#define CALLAPI_APP_COMMANDS_FIRST_START_H

#include "app/commands/station_kind.h"
#include "platform/service.h"

/* Returns at once where there is nothing to ask, or no --setup. False: the program ends, with *status. */
bool first_start(const struct station_kind *kind, int argc, char **argv, struct service *service, int *status);

#endif
