/* This program anew, in the same process. */
#ifndef CALLAPI_PLATFORM_RESTART_H
#define CALLAPI_PLATFORM_RESTART_H

/* With `argv` and `environment` as main had them; what is open, but for standard streams, is closed. Returns only where
 * it cannot be. */
void restart_program(char **argv, char **environment);

#endif
