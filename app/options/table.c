#include "app/options/table.h"

#include <string.h>

/* Whose options they are: each command's --help has its own. */
enum {
    OF_WATCH = 1, OF_HOST = 2, OF_CALL = 4, OF_KIOSK = 8, OF_DEMO = 16, OF_HUB = 32, OF_DOCTOR = 64,
    OF_STATIONS = OF_WATCH | OF_HOST | OF_CALL | OF_KIOSK, OF_ALL = OF_STATIONS | OF_DEMO | OF_HUB | OF_DOCTOR,
};

#define CONNECTION "connection"
#define NETWORK "network"
#define MEDIA "media"
#define CALL "call"
#define SCREEN "screen"
#define KIOSK "kiosk"
#define HUB "hub"
#define DIAGNOSIS "diagnosis"

int options_table(struct option_row rows[OPTIONS_MAX], struct options *options, struct raw *raw)
{
    const struct option_row table[] = {
        { OF_ALL, NULL, { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "Read options from FILE first (assets/kiosk.ini shows them all); what the environment has in CALLAPI_... goes before it", "FILE" } },
        { OF_STATIONS | OF_DOCTOR, CONNECTION, { "hub", 0, 0, G_OPTION_ARG_STRING, &options->hub, "Signalling: ws://HOST:PORT, wss://..., mqtt://HOST:PORT, mqtts://..., or 'embedded' for one inside this program (" OPTIONS_DEFAULT_HUB ")", "URL" } },
        { OF_STATIONS | OF_DOCTOR, CONNECTION, { "token", 0, 0, G_OPTION_ARG_STRING, &raw->token, "Token for a hub that wants one, or @FILE that holds it: read again at each login, before it ends and when it changes", "TOKEN" } },
        { OF_STATIONS | OF_DOCTOR, CONNECTION, { "ca", 0, 0, G_OPTION_ARG_FILENAME, &options->ca, "wss: trust the authority in FILE (PEM), not the system's", "FILE" } },
        { OF_WATCH | OF_HOST | OF_KIOSK | OF_DEMO, CONNECTION, { "room", 0, 0, G_OPTION_ARG_STRING, &options->room, "The live room", "ROOM" } },
        { OF_STATIONS | OF_DOCTOR, CONNECTION, { "user", 0, 0, G_OPTION_ARG_STRING, &options->user, "Who you are", "USER" } },
        { OF_STATIONS, CONNECTION, { "name", 0, 0, G_OPTION_ARG_STRING, &options->name,
          "Your name as the screens of others show it; without it, USER", "NAME" } },
        { OF_CALL, CONNECTION, { "to", 0, 0, G_OPTION_ARG_STRING, &options->to, "Whom to call; without it, wait for calls", "USER" } },
        { OF_WATCH | OF_KIOSK, CONNECTION, { "warm", 0, 0, G_OPTION_ARG_INT, &options->warm, "watch: keep so many rooms beside this one connected, for the arrow keys (0 to 8)", "N" } },
        { OF_STATIONS | OF_DEMO | OF_DOCTOR, NETWORK, { "ice-server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->ice_servers, "For calls across networks: stun:HOST, turn:HOST, turn:HOST?transport=tcp, turns:HOST (TLS); may be repeated", "URL" } },
        { OF_STATIONS | OF_DEMO | OF_DOCTOR, NETWORK, { "ice-user", 0, 0, G_OPTION_ARG_STRING, &options->ice_user, "Who you are to the TURN servers", "USER" } },
        { OF_STATIONS | OF_DEMO | OF_DOCTOR, NETWORK, { "ice-credential", 0, 0, G_OPTION_ARG_STRING, &options->ice_credential, "Password for the TURN servers, or @FILE that holds it", "TEXT" } },
        { OF_STATIONS | OF_DEMO, NETWORK, { "relay", 0, 0, G_OPTION_ARG_NONE, &options->relay, "Send media through a TURN server only", NULL } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "video", 0, 0, G_OPTION_ARG_FILENAME, &options->video, "Send a film (any file FFmpeg reads, looped, with its sound)", "FILE" } },
        { OF_STATIONS | OF_DEMO | OF_DOCTOR, MEDIA, { "camera", 0, 0, G_OPTION_ARG_STRING, &options->camera, "Send a real camera, e.g. /dev/video0; several with a comma between, to switch among", "DEVICE" } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "audio", 0, 0, G_OPTION_ARG_STRING, &options->audio, "Send 'tone', 'none', 'microphone' or a microphone by name", "SOURCE" } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "no-audio-processing", 0, 0, G_OPTION_ARG_NONE, &options->no_audio_processing, "Send the microphone as it is: no echo cancellation, noise suppression, gain control", NULL } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "size", 0, 0, G_OPTION_ARG_STRING, &raw->size, "Size of the camera's picture (1280x720)", "WxH" } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "codec", 0, 0, G_OPTION_ARG_STRING, &raw->codec, "Preferred video codec: h264 or vp8", "CODEC" } },
        { OF_STATIONS | OF_DEMO, MEDIA, { "software", 0, 0, G_OPTION_ARG_NONE, &options->software, "Do not try hardware decoders", NULL } },
        { OF_STATIONS | OF_DEMO, CALL, { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &raw->timeout, "How long it rings and connects at most; 0: without end (15)", "S" } },
        { OF_CALL, CALL, { "voice", 0, 0, G_OPTION_ARG_NONE, &options->voice, "With --to: a call without pictures", NULL } },
        { OF_STATIONS, CALL, { "auto-accept", 0, 0, G_OPTION_ARG_NONE, &options->auto_accept, "Accept every call", NULL } },
        { OF_STATIONS, CALL, { "accept-after", 0, 0, G_OPTION_ARG_DOUBLE, &options->accept_after, "With --auto-accept: let it ring so long (0)", "S" } },
        { OF_KIOSK, CALL, { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->allow, "Accept calls of this user by itself; a * at the end stands for any rest; may be repeated", "USER" } },
        { OF_STATIONS | OF_DEMO, CALL, { "ring", 0, 0, G_OPTION_ARG_FILENAME, &options->ring, "Sound of a call that comes in: a file, or none (assets/tones/ring.opus)", "FILE" } },
        { OF_STATIONS | OF_DEMO, CALL, { "ring-back", 0, 0, G_OPTION_ARG_FILENAME, &options->ring_back, "Sound while it rings at the other side: a file, or none (assets/tones/ring-back.opus)", "FILE" } },
        { OF_STATIONS, CALL, { "history", 0, 0, G_OPTION_ARG_FILENAME, &options->history, "File of the call history, or none; callapi history shows it (history.sqlite in STATE_DIRECTORY or ~/.local/state/callapi)", "FILE" } },
        { OF_STATIONS, CALL, { "do-not-disturb", 0, 0, G_OPTION_ARG_NONE, &options->do_not_disturb, "Be busy for every call", NULL } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "headless", 0, 0, G_OPTION_ARG_NONE, &options->headless, "Draw without a display", NULL } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "fullscreen", 0, 0, G_OPTION_ARG_NONE, &options->fullscreen, "Fill the screen", NULL } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "screen", 0, 0, G_OPTION_ARG_STRING, &raw->screen, "Size of the window (1280x720)", "WxH" } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "speak", 0, 0, G_OPTION_ARG_NONE, &options->speak, "Say aloud what is on the screen and what has the focus (needs espeak-ng)", NULL } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "overlay", 0, 0, G_OPTION_ARG_NONE, &options->overlay, "Begin with these figures on the screen (F3; F4: frame times)", NULL } },
        { OF_STATIONS | OF_DEMO | OF_HUB, SCREEN, { "assets", 0, 0, G_OPTION_ARG_FILENAME, &options->asset_dir, "Folder of fonts and the web client", "DIR" } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "language", 0, 0, G_OPTION_ARG_STRING, &options->language, "Language of the screen: en or zh_CN (the environment's)", "LANG" } },
        { OF_STATIONS | OF_DEMO, SCREEN, { "theme", 0, 0, G_OPTION_ARG_FILENAME, &options->theme, "Colours, sizes and keys that differ from assets/theme.ini", "FILE" } },
        { OF_KIOSK, KIOSK, { "attract", 0, 0, G_OPTION_ARG_FILENAME, &options->attract, "Show this film, or the films and pictures of this folder in turn, until somebody touches or calls", "FILE" } },
        { OF_KIOSK, KIOSK, { "attract-time", 0, 0, G_OPTION_ARG_DOUBLE, &raw->attract_time, "How long each of them stays (10)", "S" } },
        { OF_KIOSK, KIOSK, { "idle", 0, 0, G_OPTION_ARG_DOUBLE, &raw->idle, "Back to the start, and to what attracts, after so long without a touch; 0: never (60)", "S" } },
        { OF_KIOSK, KIOSK, { "reception", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->reception, "A button that calls users in turn: LABEL: USER, USER...; may be repeated (4)", "TEXT" } },
        { OF_KIOSK, KIOSK, { "reception-ring", 0, 0, G_OPTION_ARG_DOUBLE, &raw->reception_ring, "How long it rings at each of them (15)", "S" } },
        { OF_KIOSK, KIOSK, { "opening-hours", 0, 0, G_OPTION_ARG_STRING, &options->opening_hours, "No calls but at these times, such as Mon-Fri 09:00-18:00, Sat 10:00-14:00", "TIMES" } },
        { OF_KIOSK, KIOSK, { "manager", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->managers, "Let this user look after it from afar (callapi manage); may be repeated", "USER" } },
        { OF_KIOSK, KIOSK, { "manager-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw->manager_secret_file, "A manager's requests are signed with the secret in FILE (HS256)", "FILE" } },
        { OF_KIOSK, KIOSK, { "manager-key", 0, 0, G_OPTION_ARG_FILENAME, &raw->manager_key_file, "A manager's requests are signed for the public RSA key in FILE (RS256)", "FILE" } },
        { OF_KIOSK, KIOSK, { "no-directory", 0, 0, G_OPTION_ARG_NONE, &options->no_directory, "Do not show who is online: only the buttons call", NULL } },
        { OF_STATIONS, KIOSK, { "preview-caller", 0, 0, G_OPTION_ARG_NONE, &options->preview_caller, "See who calls before the call is accepted", NULL } },
        { OF_STATIONS | OF_HUB, HUB, { "listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, "Where a hub of this program listens (" OPTIONS_DEFAULT_LISTEN ")", "ADDR:PORT" } },
        { OF_STATIONS | OF_HUB, HUB, { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_cert, "Hub: serve TLS with this certificate chain (PEM)", "FILE" } },
        { OF_STATIONS | OF_HUB, HUB, { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_key, "Hub: the certificate's private key (PEM)", "FILE" } },
        { OF_STATIONS | OF_HUB, HUB, { "token-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw->secret_file, "Hub: want tokens signed with the secret in FILE (HS256)", "FILE" } },
        { OF_STATIONS | OF_HUB, HUB, { "token-key", 0, 0, G_OPTION_ARG_FILENAME, &raw->key_file, "Hub: want tokens signed for the public RSA key in FILE (RS256)", "FILE" } },
        { OF_STATIONS | OF_HUB, HUB, { "origin", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->origins, "Hub: let pages of this origin connect, too, such as https://calls.example; may be repeated", "ORIGIN" } },
        { OF_STATIONS | OF_HUB, HUB, { "webhook", 0, 0, G_OPTION_ARG_STRING, &options->webhook, "Hub: tell this address of calls started, ended and missed", "URL" } },
        { OF_STATIONS | OF_HUB, HUB, { "webhook-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw->webhook_file, "Hub: sign what it is told with the secret in FILE", "FILE" } },
        { OF_STATIONS | OF_DEMO | OF_HUB, DIAGNOSIS, { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &raw->duration, "End after so many seconds", "S" } },
        { OF_WATCH | OF_DEMO, DIAGNOSIS, { "switches", 0, 0, G_OPTION_ARG_INT, &options->switches, "demo, watch: go from live to call and back so many times", "N" } },
        { OF_WATCH | OF_KIOSK, DIAGNOSIS, { "zaps", 0, 0, G_OPTION_ARG_INT, &options->zaps, "watch: go to the next room so many times", "N" } },
        { OF_STATIONS | OF_DEMO, DIAGNOSIS, { "report", 0, 0, G_OPTION_ARG_FILENAME, &options->report, "Write what was seen on the screen, as JSON", "FILE" } },
        { OF_STATIONS | OF_DEMO, DIAGNOSIS, { "shots", 0, 0, G_OPTION_ARG_FILENAME, &options->shots, "Write pictures of each stage into a folder", "DIR" } },
        { OF_STATIONS | OF_DEMO, DIAGNOSIS, { "stats", 0, 0, G_OPTION_ARG_FILENAME, &options->stats, "Write the connection's figures each second, a line of JSON each ('-': to standard output)", "FILE" } },
        { OF_ALL, DIAGNOSIS, { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Say more", NULL } },
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(table) <= OPTIONS_MAX);
    memcpy(rows, table, sizeof table);
    return G_N_ELEMENTS(table);
}

bool options_belongs(const struct option_row *row, const char *command)
{
    static const struct { const char *name; unsigned bit; } commands[] = {
        { "watch", OF_WATCH }, { "host", OF_HOST }, { "call", OF_CALL }, { "kiosk", OF_KIOSK },
        { "demo", OF_DEMO }, { "hub", OF_HUB }, { "doctor", OF_DOCTOR },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (!strcmp(commands[i].name, command))
            return row->commands & commands[i].bit;
    return true;
}
