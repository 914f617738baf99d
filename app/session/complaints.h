/* What is wrong with what others sent. A stranger may send nonsense as often as the signalling lets him: he must not
 * fill the log with it, nor drive what matters out of it. */
#ifndef CALLAPI_APP_SESSION_COMPLAINTS_H
#define CALLAPI_APP_SESSION_COMPLAINTS_H

#include "net/protocol/hub_protocol.h"

/* Of all senders together, since one may have many names. All zero at the beginning. */
struct complaints {
    struct hub_bucket bucket;
};

/* One warning; where there were too many, a line that is only shown to who wants all of them. */
void complain(struct complaints *complaints, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
