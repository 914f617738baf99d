#include "net/hub/pages.h"

#include <glib.h>
#include <string.h>

/* Folders of the assets by the address they have: a longer one goes before a shorter one. */
static const struct {
    const char *folder, *address;
} folders[] = {
    { "fonts", "/fonts" }, { "i18n", "/i18n" }, { "theme", "/theme" }, { "tones", "/tones" }, { "web", "/" },
};

struct hub_pages {
    struct lws_http_mount mounts[G_N_ELEMENTS(folders)];
    char *origins[G_N_ELEMENTS(folders)];
};

/* Those that libwebsockets does not know, which it serves to nobody. */
static const struct lws_protocol_vhost_options types[] = {
    { &types[1], NULL, ".inc", "text/plain; charset=utf-8" },
    { &types[2], NULL, ".ini", "text/plain; charset=utf-8" },
    { &types[3], NULL, ".po", "text/plain; charset=utf-8" },
    { &types[4], NULL, ".otf", "font/otf" },
    { &types[5], NULL, ".opus", "audio/ogg" },
    { NULL, NULL, ".webmanifest", "application/manifest+json" },
};

/* A room's streams (WHEP, HLS) may be anywhere; all else is of the hub. */
#define SOURCES                                                                                                        \
    "script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; img-src 'self'; "   \
    "media-src 'self' blob: http: https:; connect-src 'self' ws: wss: http: https:"
#define CONTENT_SECURITY_POLICY                                                                                        \
    "default-src 'none'; " SOURCES "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#define PERMISSIONS_POLICY                                                                                             \
    "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), "         \
    "screen-wake-lock=(self), speaker-selection=(self), autoplay=(self), geolocation=(), payment=(), usb=(), "         \
    "serial=(), hid=(), midi=()"

static const struct lws_protocol_vhost_options headers[] = {
    { &headers[1], NULL, "content-security-policy:", CONTENT_SECURITY_POLICY },
    { &headers[2], NULL, "permissions-policy:", PERMISSIONS_POLICY },
    { &headers[3], NULL, "x-content-type-options:", "nosniff" },
    { NULL, NULL, "referrer-policy:", "no-referrer" },
};

struct hub_pages *hub_pages_create(const char *asset_dir)
{
    g_autofree char *web = asset_dir ? g_build_filename(asset_dir, "web", NULL) : NULL;
    if (!web || !g_file_test(web, G_FILE_TEST_IS_DIR))
        return NULL;
    struct hub_pages *pages = g_new0(struct hub_pages, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        pages->origins[i] = g_build_filename(asset_dir, folders[i].folder, NULL);
        pages->mounts[i] = (struct lws_http_mount){
            .mount_next = i + 1 < G_N_ELEMENTS(folders) ? &pages->mounts[i + 1] : NULL,
            .mountpoint = folders[i].address,
            .mountpoint_len = (unsigned char)strlen(folders[i].address),
            .origin = pages->origins[i],
            .origin_protocol = LWSMPRO_FILE,
            .def = "index.html",
            .extra_mimetypes = types,
        };
    }
    return pages;
}

void hub_pages_destroy(struct hub_pages *pages)
{
    if (!pages)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        g_free(pages->origins[i]);
    g_free(pages);
}

const struct lws_http_mount *hub_pages_mounts(const struct hub_pages *pages)
{
    return pages ? pages->mounts : NULL;
}

const struct lws_protocol_vhost_options *hub_pages_headers(void)
{
    return headers;
}
