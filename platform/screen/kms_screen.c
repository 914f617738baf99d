#include "platform/screen/kms_screen.h"

#include <SDL_syswm.h>
#include <glib.h>

#if defined(HAVE_LIBDRM) && defined(SDL_VIDEO_DRIVER_KMSDRM)
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

enum { LOOK_US = 500000, UEVENT_BYTES = 8192, KERNEL_GROUP = 1 };

/* What of a monitor tells it from another one. */
struct monitor {
    uint32_t connector;      /* 0: none is plugged in */
    int width, height, rate; /* the mode it shall have */
};

struct kms_screen {
    SDL_Window *window;
    int drm;     /* SDL's: its master, so that it may look (GETCONNECTOR probes for no one else) */
    int uevents; /* the kernel's word that a plug was pulled or put in */
    struct monitor monitor;
    bool changed;
    int64_t looked_us;
};

/* ---- the monitors ---- */

/* The first mode of `type`, or NULL. */
static const drmModeModeInfo *find_mode(const drmModeConnector *connector, uint32_t type)
{
    for (int i = 0; i < connector->count_modes; i++)
        if (connector->modes[i].type & type)
            return &connector->modes[i];
    return NULL;
}

/* Its mode is the owner's choice (video= on the kernel's command line), else the monitor's own. */
static struct monitor describe(const drmModeConnector *connector)
{
    const drmModeModeInfo *mode = find_mode(connector, DRM_MODE_TYPE_USERDEF);
    if (!mode)
        mode = find_mode(connector, DRM_MODE_TYPE_PREFERRED);
    if (!mode)
        mode = connector->modes;
    return (struct monitor){ connector->connector_id, mode->hdisplay, mode->vdisplay, (int)mode->vrefresh };
}

/* The first one, as SDL takes it. Reads its EDID, which takes some milliseconds. */
static struct monitor find_monitor(int drm)
{
    struct monitor found = { 0 };
    drmModeRes *resources = drmModeGetResources(drm);
    for (int i = 0; resources && i < resources->count_connectors && !found.connector; i++) {
        drmModeConnector *connector = drmModeGetConnector(drm, resources->connectors[i]);
        if (connector && connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0)
            found = describe(connector);
        drmModeFreeConnector(connector);
    }
    drmModeFreeResources(resources);
    return found;
}

static bool is_same(const struct monitor *a, const struct monitor *b)
{
    return a->connector == b->connector && a->width == b->width && a->height == b->height && a->rate == b->rate;
}

/* ---- the kernel's events ---- */

static int open_uevents(void)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    g_warning("another monitor will not be noticed: %s", g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* "change@/devices/...", then NAME=VALUE, with a 0 after each (drivers/gpu/drm/drm_sysfs.c). */
static bool is_hotplug(const char *event, const char *end)
{
    bool drm = false, hotplug = false;
    for (const char *line = event; line < end; line += strlen(line) + 1) {
        drm |= !strcmp(line, "SUBSYSTEM=drm");
        hotplug |= !strcmp(line, "HOTPLUG=1");
    }
    return drm && hotplug;
}

/* Whether a plug moved since the last time. */
static bool take_hotplug(const struct kms_screen *screen)
{
    char event[UEVENT_BYTES];
    bool seen = false;
    ssize_t size;
    while ((size = recv(screen->uevents, event, sizeof event - 1, 0)) > 0) {
        event[size] = 0;
        seen |= is_hotplug(event, event + size);
    }
    return seen || (size < 0 && errno == ENOBUFS); /* so much that some of it was lost */
}

/* ---- the window ---- */

/* SDL sets the mode when it gives the window new buffers, and gives it new ones when it leaves and enters full-screen.
 */
static void set_mode_anew(const struct kms_screen *screen)
{
    if (SDL_SetWindowFullscreen(screen->window, 0) != 0 ||
        SDL_SetWindowFullscreen(screen->window, SDL_WINDOW_FULLSCREEN) != 0)
        g_warning("the monitor's mode cannot be set anew: %s", SDL_GetError());
}

/* SDL takes the mode that the console left: with a monitor that was plugged in after it, a far too small one. */
static void fill_monitor(const struct kms_screen *screen)
{
    SDL_DisplayMode mode;
    int display = SDL_GetWindowDisplayIndex(screen->window), modes = SDL_GetNumDisplayModes(display);
    for (int i = 0; i < modes; i++) {
        if (SDL_GetDisplayMode(display, i, &mode) != 0 || mode.w != screen->monitor.width ||
            mode.h != screen->monitor.height || mode.refresh_rate != screen->monitor.rate)
            continue;
        if (SDL_SetWindowDisplayMode(screen->window, &mode) != 0 ||
            SDL_SetWindowFullscreen(screen->window, SDL_WINDOW_FULLSCREEN) != 0)
            g_warning("the monitor stays in the mode it has: %s", SDL_GetError());
        return;
    }
}

struct kms_screen *kms_screen_create(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_KMSDRM)
        return NULL;
    struct kms_screen *screen = g_new0(struct kms_screen, 1);
    screen->window = window;
    screen->drm = info.info.kmsdrm.drm_fd;
    screen->uevents = open_uevents();
    screen->monitor = find_monitor(screen->drm);
    fill_monitor(screen);
    return screen;
}

void kms_screen_destroy(struct kms_screen *screen)
{
    if (screen && screen->uevents >= 0)
        close(screen->uevents);
    g_free(screen);
}

void kms_screen_poll(struct kms_screen *screen, int64_t now_us)
{
    if (!screen || screen->uevents < 0 || now_us - screen->looked_us < LOOK_US)
        return;
    screen->looked_us = now_us;
    if (!take_hotplug(screen))
        return;
    struct monitor monitor = find_monitor(screen->drm);
    if (!monitor.connector) {
        g_message("no monitor is plugged in");
        return;
    }
    if (!is_same(&monitor, &screen->monitor)) {
        g_message("another monitor is plugged in: %d x %d, %d Hz", monitor.width, monitor.height, monitor.rate);
        screen->changed = true;
    }
    screen->monitor = monitor;
    set_mode_anew(screen);
}

bool kms_screen_take_change(struct kms_screen *screen)
{
    bool changed = screen && screen->changed;
    if (screen)
        screen->changed = false;
    return changed;
}

#else

struct kms_screen *kms_screen_create(SDL_Window *window)
{
    (void)window;
    return NULL;
}

void kms_screen_destroy(struct kms_screen *screen)
{
    (void)screen;
}

void kms_screen_poll(struct kms_screen *screen, int64_t now_us)
{
    (void)screen;
    (void)now_us;
}

bool kms_screen_take_change(struct kms_screen *screen)
{
    (void)screen;
    return false;
}

#endif
