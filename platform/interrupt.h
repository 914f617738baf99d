/* Ctrl-C and a service manager's stop, as a flag for the loop. */
#ifndef CALLAPI_PLATFORM_INTERRUPT_H
#define CALLAPI_PLATFORM_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM only set the flag and end the loop's wait; one that comes half a second later or more
 * ends the program at once. */
void interrupt_catch(void);
bool interrupt_seen(void);
/* From now on SIGHUP means that the configuration is to be read again; not where a terminal may be meant, whose end is
 * to end the program. */
void interrupt_catch_reload(void);
/* It came: told once. */
bool interrupt_reload_seen(void);

#endif
