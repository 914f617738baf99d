/* What a report of a fault has to say: this program's version, and those of the libraries that it runs with. */
#include <SDL.h>
#include <SDL_ttf.h>
#include <cjson/cJSON.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libwebsockets.h>
#include <mosquitto.h>
#include <openssl/crypto.h>
#include <opus/opus.h>
#include <sqlite3.h>
#include <srtp2/srtp.h>
#include <stdio.h>

#include "app/commands/commands.h"

static void print_sdl(void)
{
    SDL_version sdl;
    const SDL_version *ttf = TTF_Linked_Version();
    SDL_GetVersion(&sdl);
    printf("  SDL %d.%d.%d, SDL_ttf %d.%d.%d\n", sdl.major, sdl.minor, sdl.patch, ttf->major, ttf->minor, ttf->patch);
}

static void print_mosquitto(void)
{
    int major, minor, revision;
    mosquitto_lib_version(&major, &minor, &revision);
    printf("  libmosquitto %d.%d.%d\n", major, minor, revision);
}

void print_version(void)
{
    unsigned codec = avcodec_version();
    printf("callapi %s\n", CALLAPI_VERSION);
    printf("  libavcodec %u.%u.%u, %s\n", AV_VERSION_MAJOR(codec), AV_VERSION_MINOR(codec), AV_VERSION_MICRO(codec),
           opus_get_version_string());
    print_sdl();
    printf("  GLib %u.%u.%u, libnice %s (as it was built)\n", glib_major_version, glib_minor_version,
           glib_micro_version, NICE_VERSION);
    printf("  %s, %s\n", OpenSSL_version(OPENSSL_VERSION), srtp_get_version_string());
    printf("  libwebsockets %s, cJSON %s\n", lws_get_library_version(), cJSON_Version());
    print_mosquitto();
    printf("  SQLite %s\n", sqlite3_libversion());
}
