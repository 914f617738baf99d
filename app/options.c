#include "app/options.h"

#include <glib.h>
#include <stdio.h>

#include "app/agent.h"
#include "app/assets.h"

#define DEFAULT_HUB "ws://127.0.0.1:8080"
#define DEFAULT_LISTEN "127.0.0.1:8080"

struct raw {                    /* texts that need more than GOption checks */
    char *size, *screen, *codec;
    char *token, *secret_file, *key_file, *webhook_file;
    double duration, timeout;
};

static bool parse_size(const char *text, const char *option, int *width, int *height, GError **error)
{
    char rest;
    if (!text)
        return true;
    if (sscanf(text, "%dx%d%c", width, height, &rest) == 2 && *width >= 64 && *height >= 64 && *width <= 7680 &&
        *height <= 4320 && *width % 2 == 0 && *height % 2 == 0)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "%s wants an even WIDTHxHEIGHT from 64x64 to 7680x4320, not '%s'", option, text);
    return false;
}

static bool read_text(const char *file, char **text, GError **error)
{
    return !file || g_file_get_contents(file, text, NULL, error);
}

/* Secrets come from files, so that they stand in no list of processes; a token may be given as it is. */
static bool read_files(struct options *options, const struct raw *raw, GError **error)
{
    if (raw->token && raw->token[0] != '@')
        options->token = g_strdup(raw->token);
    else if (!read_text(raw->token ? raw->token + 1 : NULL, &options->token, error))
        return false;
    if (options->token)
        g_strstrip(options->token);
    return read_text(raw->secret_file, &options->token_secret, error) && read_text(raw->key_file, &options->token_key, error) &&
           read_text(raw->webhook_file, &options->webhook_secret, error);
}

static bool check(struct options *options, const struct raw *raw, int rest, char **arguments, GError **error)
{
    if (rest > 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument '%s'", arguments[0]);
        return false;
    }
    if (!parse_size(raw->size, "--size", &options->width, &options->height, error) ||
        !parse_size(raw->screen, "--screen", &options->screen_width, &options->screen_height, error))
        return false;
    if (raw->codec && g_strcmp0(raw->codec, "h264") && g_strcmp0(raw->codec, "vp8")) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--codec wants h264 or vp8, not '%s'", raw->codec);
        return false;
    }
    options->codec = !g_strcmp0(raw->codec, "vp8") ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264;
    if (raw->duration < 0 || raw->duration > 1e7 || raw->timeout < 0 || raw->timeout > 86400 || options->switches < 0 ||
        options->switches > 100000 || options->accept_after < 0 || options->accept_after > 86400) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--duration, --timeout, --accept-after and --switches want numbers that are not negative (times: a day at most)");
        return false;
    }
    if (options->warm < 0 || options->warm > AGENT_MAX_WARM || options->zaps < 0 || options->zaps > 100000) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--warm wants 0 to %d rooms, --zaps a number that is not negative", AGENT_MAX_WARM);
        return false;
    }
    if (!read_files(options, raw, error))
        return false;
    options->duration = raw->duration;
    options->timeout = raw->timeout;
    if (options->video && options->camera) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--video and --camera exclude each other");
        return false;
    }
    return true;
}

static void fill_defaults(struct options *options)
{
    if (!options->hub)
        options->hub = g_strdup(DEFAULT_HUB);
    if (!options->listen)
        options->listen = g_strdup(DEFAULT_LISTEN);
    if (!options->asset_dir)
        options->asset_dir = assets_find();
    if (!options->screen_width) {
        options->screen_width = 1280;
        options->screen_height = 720;
    }
}

bool options_parse(struct options *options, const char *command, int argc, char **argv, int *status)
{
    *options = (struct options){ 0 };
    struct raw raw = { .timeout = 15 };
    const GOptionEntry entries[] = {
        { "hub", 0, 0, G_OPTION_ARG_STRING, &options->hub, "Signalling: ws://HOST:PORT, wss://..., mqtt://HOST:PORT, mqtts://..., or 'embedded' for one inside this program (" DEFAULT_HUB ")", "URL" },
        { "listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, "Where a hub of this program listens (" DEFAULT_LISTEN ")", "ADDR:PORT" },
        { "token", 0, 0, G_OPTION_ARG_STRING, &raw.token, "Token for a hub that wants one, or @FILE that holds it", "TOKEN" },
        { "ca", 0, 0, G_OPTION_ARG_FILENAME, &options->ca, "wss: trust the authority in FILE (PEM), not the system's", "FILE" },
        { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_cert, "Hub: serve TLS with this certificate chain (PEM)", "FILE" },
        { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_key, "Hub: the certificate's private key (PEM)", "FILE" },
        { "token-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw.secret_file, "Hub: want tokens signed with the secret in FILE (HS256)", "FILE" },
        { "token-key", 0, 0, G_OPTION_ARG_FILENAME, &raw.key_file, "Hub: want tokens signed for the public RSA key in FILE (RS256)", "FILE" },
        { "webhook", 0, 0, G_OPTION_ARG_STRING, &options->webhook, "Hub: tell this address of calls started, ended and missed", "URL" },
        { "webhook-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw.webhook_file, "Hub: sign what it is told with the secret in FILE", "FILE" },
        { "room", 0, 0, G_OPTION_ARG_STRING, &options->room, "The live room", "ROOM" },
        { "user", 0, 0, G_OPTION_ARG_STRING, &options->user, "Who you are", "USER" },
        { "to", 0, 0, G_OPTION_ARG_STRING, &options->to, "Whom to call; without it, wait for calls", "USER" },
        { "video", 0, 0, G_OPTION_ARG_FILENAME, &options->video, "Send a film (any file FFmpeg reads, looped, with its sound)", "FILE" },
        { "camera", 0, 0, G_OPTION_ARG_STRING, &options->camera, "Send a real camera, e.g. /dev/video0", "DEVICE" },
        { "audio", 0, 0, G_OPTION_ARG_STRING, &options->audio, "Send 'tone', 'none', 'microphone' or a microphone by name", "SOURCE" },
        { "no-audio-processing", 0, 0, G_OPTION_ARG_NONE, &options->no_audio_processing, "Send the microphone as it is: no echo cancellation, noise suppression, gain control", NULL },
        { "size", 0, 0, G_OPTION_ARG_STRING, &raw.size, "Size of the camera's picture (1280x720)", "WxH" },
        { "codec", 0, 0, G_OPTION_ARG_STRING, &raw.codec, "Preferred video codec: h264 or vp8", "CODEC" },
        { "ice-server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->ice_servers, "For calls across networks: stun:HOST, turn:HOST, turn:HOST?transport=tcp, turns:HOST (TLS); may be repeated", "URL" },
        { "ice-user", 0, 0, G_OPTION_ARG_STRING, &options->ice_user, "Who you are to the TURN servers", "USER" },
        { "ice-credential", 0, 0, G_OPTION_ARG_STRING, &options->ice_credential, "Password for the TURN servers", "TEXT" },
        { "relay", 0, 0, G_OPTION_ARG_NONE, &options->relay, "Send media through a TURN server only", NULL },
        { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &raw.timeout, "How long it rings and connects at most; 0: without end (15)", "S" },
        { "auto-accept", 0, 0, G_OPTION_ARG_NONE, &options->auto_accept, "Accept every call", NULL },
        { "accept-after", 0, 0, G_OPTION_ARG_DOUBLE, &options->accept_after, "With --auto-accept: let it ring so long (0)", "S" },
        { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &raw.duration, "End after so many seconds", "S" },
        { "switches", 0, 0, G_OPTION_ARG_INT, &options->switches, "demo, watch: go from live to call and back so many times", "N" },
        { "warm", 0, 0, G_OPTION_ARG_INT, &options->warm, "watch: keep so many rooms beside this one connected, for the arrow keys (0 to 8)", "N" },
        { "zaps", 0, 0, G_OPTION_ARG_INT, &options->zaps, "watch: go to the next room so many times", "N" },
        { "headless", 0, 0, G_OPTION_ARG_NONE, &options->headless, "Draw without a display", NULL },
        { "fullscreen", 0, 0, G_OPTION_ARG_NONE, &options->fullscreen, "Fill the screen", NULL },
        { "screen", 0, 0, G_OPTION_ARG_STRING, &raw.screen, "Size of the window (1280x720)", "WxH" },
        { "software", 0, 0, G_OPTION_ARG_NONE, &options->software, "Do not try hardware decoders", NULL },
        { "report", 0, 0, G_OPTION_ARG_FILENAME, &options->report, "Write what was seen on the screen, as JSON", "FILE" },
        { "shots", 0, 0, G_OPTION_ARG_FILENAME, &options->shots, "Write pictures of each stage into a folder", "DIR" },
        { "stats", 0, 0, G_OPTION_ARG_FILENAME, &options->stats, "Write the connection's figures each second, a line of JSON each ('-': to standard output)", "FILE" },
        { "overlay", 0, 0, G_OPTION_ARG_NONE, &options->overlay, "Begin with these figures on the screen (F3; F4: frame times)", NULL },
        { "assets", 0, 0, G_OPTION_ARG_FILENAME, &options->asset_dir, "Folder of fonts and the web client", "DIR" },
        { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Say more", NULL },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    g_autofree char *name = g_strdup_printf("callapi %s", command);
    g_option_context_set_help_enabled(context, FALSE);
    for (int i = 1; i < argc; i++)
        if (!g_strcmp0(argv[i], "--help") || !g_strcmp0(argv[i], "-h")) {
            g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
            printf("%s", help);
            *status = 0;
            return false;
        }
    bool good = g_option_context_parse(context, &argc, &argv, &error) && check(options, &raw, argc - 1, argv + 1, &error);
    if (good)
        fill_defaults(options);
    else
        fprintf(stderr, "%s: %s\n", name, error->message);
    g_free(raw.size);
    g_free(raw.screen);
    g_free(raw.codec);
    g_free(raw.token);
    g_free(raw.secret_file);
    g_free(raw.key_file);
    g_free(raw.webhook_file);
    *status = 2;
    return good;
}

void options_clear(struct options *options)
{
    char **texts[] = { &options->hub, &options->listen, &options->room, &options->user, &options->to, &options->video,
                       &options->camera, &options->audio, &options->report, &options->shots, &options->ice_user, &options->ice_credential,
                       &options->stats, &options->asset_dir, &options->token, &options->ca, &options->tls_cert, &options->tls_key,
                       &options->token_secret, &options->token_key, &options->webhook, &options->webhook_secret };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&options->ice_servers, g_strfreev);
}
