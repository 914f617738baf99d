/* The first start of a kiosk: its screen asks for a set-up code, and looks for one before its camera: a QR code whose
 * text is a configuration, the lines of a kiosk.ini. Or it says what is wrong with the configuration that there is:
 * then no code is asked for, since whoever stands there may not be the owner. */
#ifndef CALLAPI_APP_SETUP_SETUP_H
#define CALLAPI_APP_SETUP_SETUP_H

#include "app/options/options.h"
#include "platform/service.h"

struct setup_config {
    const struct options *options; /* the screen's and the camera's, as far as they are known */
    const char *wrong;             /* with the configuration that there is; NULL: it only names no place */
    struct service *service;       /* is fed meanwhile */
    /* Unless something is wrong: what a code says. NULL: it can be used, and was kept; else what is wrong with it, a
     * line each; g_free it. */
    char *(*take)(const char *text, void *user_data);
    void *user_data;
};

enum setup_end {
    SETUP_TAKEN,      /* a code's configuration was kept */
    SETUP_READ_AGAIN, /* somebody else asked that the configuration be read (SIGHUP) */
    SETUP_ENDED,      /* the window was closed, the program is to stop, or its time is over */
    SETUP_FAILED,     /* there is no window: said on stderr */
};

/* A loop of its own, until one of these. */
enum setup_end setup_run(const struct setup_config *config);

#endif
