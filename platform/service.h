/* A service manager that watches over this program: systemd by sd_notify(3); elsewhere, and where the program was
 * started by hand, nothing. */
#ifndef CALLAPI_PLATFORM_SERVICE_H
#define CALLAPI_PLATFORM_SERVICE_H

#include <stdint.h>

struct service;

struct service *service_create(void);
/* Takes NULL; says that the program ends, unless it was told that it begins anew */
void service_destroy(struct service *service);
/* The window, or what listens, is there and the loop begins. */
void service_ready(struct service *service);
/* The configuration is read again, or the program begins anew in its process; service_ready follows. */
void service_reloading(struct service *service);
/* Once a turn of the loop, and when the picture has been drawn: a loop that hangs is not alive, and is restarted
 * (WatchdogSec). */
void service_alive(struct service *service, int64_t now_us);
/* When that is due the next time; INT64_MAX: nobody watches. */
int64_t service_deadline(const struct service *service);

#endif
