#include "platform/service.h"

#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#else
static int sd_notify(int unset, const char *state)
{
    (void)unset;
    (void)state;
    return 0;
}

static int sd_watchdog_enabled(int unset, uint64_t *within_us)
{
    (void)unset;
    (void)within_us;
    return 0;
}
#endif

struct service {
    int64_t every_us, next_us; /* INT64_MAX: nobody watches */
    bool reloading;
};

struct service *service_create(void)
{
    struct service *service = g_new0(struct service, 1);
    uint64_t within_us = 0;
    bool watched = sd_watchdog_enabled(0, &within_us) > 0 && within_us < INT64_MAX;
    /* At each second: then whoever stops gets nearly the whole time, and the manager may have a short one. */
    service->every_us = watched ? MIN((int64_t)within_us / 3, G_USEC_PER_SEC) : INT64_MAX;
    service->next_us = watched ? 0 : INT64_MAX;
    return service;
}

void service_destroy(struct service *service)
{
    if (service && !service->reloading)
        sd_notify(0, "STOPPING=1");
    g_free(service);
}

void service_ready(struct service *service)
{
    service->reloading = false;
    sd_notify(0, "READY=1\nWATCHDOG=1");
}

void service_reloading(struct service *service)
{
    service->reloading = true;
    g_autofree char *state = g_strdup_printf("RELOADING=1\nWATCHDOG=1\nMONOTONIC_USEC=%" PRId64,
                                             g_get_monotonic_time());
    sd_notify(0, state);
}

void service_alive(struct service *service, int64_t now_us)
{
    if (now_us < service->next_us)
        return;
    service->next_us = now_us + service->every_us;
    sd_notify(0, "WATCHDOG=1");
}

int64_t service_deadline(const struct service *service)
{
    return service->next_us;
}
