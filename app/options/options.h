/* The command line. One set of options for every command, so that what works in one works in all; --help lists those
 * that do something. */
#ifndef CALLAPI_APP_OPTIONS_OPTIONS_H
#define CALLAPI_APP_OPTIONS_OPTIONS_H

#include <stdbool.h>

#include "engine/capture/capture.h"
#include "engine/video/encoder.h"

struct options {
    bool hub_is_default; /* nobody named one */
    char *hub, *listen, *room, *user, *name, *to;
    char *stream_token, *publish_token; /* texts */
    char **streams, *call;              /* URLs to watch, whom to call from them; NULL: none */
    char **carried;                     /* host: URLs by which the room may be watched as well; NULL: none */
    char *video, *camera, *audio;
    char **cameras; /* all of --camera, the first of which is `camera`; NULL: none */
    char *report, *shots, *asset_dir;
    char *language;     /* as LANGUAGE; NULL: the environment's */
    char *theme;        /* file; NULL: that of asset_dir */
    char *stats;        /* file; "-": standard output */
    char **ice_servers; /* URLs; NULL: none */
    char **publish;     /* addresses (engine/publish/address.h), files read; NULL: none */
    char *ice_user, *ice_credential;
    char *token, *token_file, *ca;  /* the token's text, and the file that it was read from; NULL: none */
    char *tls;                      /* "self", or NULL */
    char *tls_cert, *tls_key;       /* files */
    char *token_secret, *token_key; /* texts: the files have been read */
    char **limits;                  /* of a hub, NAME=VALUE (net/hub/service/limits.h), or NULL */
    char **origins;                 /* of pages that may connect to a hub; NULL: its own alone */
    char *webhook, *webhook_secret; /* URL; text of its file */
    char *turn_secret;              /* text of its file */
    char *log_level;                /* as log_find_level; NULL: as usual */
    int width, height;              /* of the camera (--size); 0: as it is */
    int screen_width, screen_height;
    enum AVCodecID codec;
    int switches;             /* 0: no script (watch), the custom number (demo) */
    int direct;               /* host: viewers with a connection where there are streams */
    int warm, zaps;           /* watch: rooms beside that are kept connected; so often to the next room */
    double accept_after;      /* seconds */
    double duration, timeout; /* seconds; 0: without end */
    char *config;             /* file that was read; NULL: none */
    char **setup;             /* files of a first start; NULL: it has been told where it belongs */
    char **allow;             /* whose calls are accepted; NULL: nobody's */
    char *attract, *opening_hours;
    char *phone;                               /* "hub", or a page's address; NULL: no calls go on on phones */
    char **managers;                           /* who may look after it from afar; NULL: nobody */
    char *manager_secret, *manager_key;        /* texts that prove it: the files have been read */
    char *history;                             /* file; "none"; NULL: the custom place, for a kiosk and for call */
    char *ring, *ring_back;                    /* files of tones, "none", or NULL */
    char **reception;                          /* as reception_create; NULL: no buttons */
    double attract_time, idle, reception_ring; /* seconds */
    int do_not_disturb, no_directory, preview_caller, voice, speak;                                /* gboolean */
    int headless, fullscreen, auto_accept, software, verbose, relay, overlay, no_audio_processing; /* gboolean */
};

/* Reads `argv` of `command` (argv[0] is the command); before it, and overruled by it, the environment
 * (CALLAPI_TIMEOUT=20 is --timeout 20), and before that the files of --config and --setup: INI files whose keys are the
 * options. False after a clear line on stderr for each thing that is wrong, or after --help (then *status is 0). Fills
 * in the defaults. options_clear in any case. */
bool options_parse(struct options *options, const char *command, int argc, char **argv, int *status);
/* The same, with what is wrong in `error` (a line for each; NULL before; g_free it); knows no --help. */
bool options_read(struct options *options, int argc, char **argv, char **error);
/* The same without any file: what there is to go by where one of them is wrong. */
bool options_read_arguments(struct options *options, int argc, char **argv, char **error);
/* Whether it is said where to belong: a hub, or something to watch. */
bool options_name_place(const struct options *options);
/* Whether there is anything to signal: who only watches streams needs no hub. */
bool options_use_hub(const struct options *options);
/* How much the log says: --verbose, --log-level. options_parse does it. */
void options_apply_log(const struct options *options);
/* Says it on stderr. */
void options_complain(const char *command, const char *wrong);
void options_clear(struct options *options);

#endif
