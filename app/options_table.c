#include "app/options_table.h"

#include <string.h>

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
        { NULL, { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config, "Read options from FILE first (assets/kiosk.ini shows them all); what the environment has in CALLAPI_... goes before it", "FILE" } },
        { CONNECTION, { "hub", 0, 0, G_OPTION_ARG_STRING, &options->hub, "Signalling: ws://HOST:PORT, wss://..., mqtt://HOST:PORT, mqtts://..., or 'embedded' for one inside this program (" OPTIONS_DEFAULT_HUB ")", "URL" } },
        { CONNECTION, { "token", 0, 0, G_OPTION_ARG_STRING, &raw->token, "Token for a hub that wants one, or @FILE that holds it: read again at each login, before it ends and when it changes", "TOKEN" } },
        { CONNECTION, { "ca", 0, 0, G_OPTION_ARG_FILENAME, &options->ca, "wss: trust the authority in FILE (PEM), not the system's", "FILE" } },
        { CONNECTION, { "room", 0, 0, G_OPTION_ARG_STRING, &options->room, "The live room", "ROOM" } },
        { CONNECTION, { "user", 0, 0, G_OPTION_ARG_STRING, &options->user, "Who you are", "USER" } },
        { CONNECTION, { "name", 0, 0, G_OPTION_ARG_STRING, &options->name, "Your name as this screen shows it; without it, USER", "NAME" } },
        { CONNECTION, { "to", 0, 0, G_OPTION_ARG_STRING, &options->to, "Whom to call; without it, wait for calls", "USER" } },
        { CONNECTION, { "warm", 0, 0, G_OPTION_ARG_INT, &options->warm, "watch: keep so many rooms beside this one connected, for the arrow keys (0 to 8)", "N" } },
        { NETWORK, { "ice-server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->ice_servers, "For calls across networks: stun:HOST, turn:HOST, turn:HOST?transport=tcp, turns:HOST (TLS); may be repeated", "URL" } },
        { NETWORK, { "ice-user", 0, 0, G_OPTION_ARG_STRING, &options->ice_user, "Who you are to the TURN servers", "USER" } },
        { NETWORK, { "ice-credential", 0, 0, G_OPTION_ARG_STRING, &options->ice_credential, "Password for the TURN servers", "TEXT" } },
        { NETWORK, { "relay", 0, 0, G_OPTION_ARG_NONE, &options->relay, "Send media through a TURN server only", NULL } },
        { MEDIA, { "video", 0, 0, G_OPTION_ARG_FILENAME, &options->video, "Send a film (any file FFmpeg reads, looped, with its sound)", "FILE" } },
        { MEDIA, { "camera", 0, 0, G_OPTION_ARG_STRING, &options->camera, "Send a real camera, e.g. /dev/video0; several with a comma between, to switch among", "DEVICE" } },
        { MEDIA, { "audio", 0, 0, G_OPTION_ARG_STRING, &options->audio, "Send 'tone', 'none', 'microphone' or a microphone by name", "SOURCE" } },
        { MEDIA, { "no-audio-processing", 0, 0, G_OPTION_ARG_NONE, &options->no_audio_processing, "Send the microphone as it is: no echo cancellation, noise suppression, gain control", NULL } },
        { MEDIA, { "size", 0, 0, G_OPTION_ARG_STRING, &raw->size, "Size of the camera's picture (1280x720)", "WxH" } },
        { MEDIA, { "codec", 0, 0, G_OPTION_ARG_STRING, &raw->codec, "Preferred video codec: h264 or vp8", "CODEC" } },
        { MEDIA, { "software", 0, 0, G_OPTION_ARG_NONE, &options->software, "Do not try hardware decoders", NULL } },
        { CALL, { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &raw->timeout, "How long it rings and connects at most; 0: without end (15)", "S" } },
        { CALL, { "voice", 0, 0, G_OPTION_ARG_NONE, &options->voice, "With --to: a call without pictures", NULL } },
        { CALL, { "auto-accept", 0, 0, G_OPTION_ARG_NONE, &options->auto_accept, "Accept every call", NULL } },
        { CALL, { "accept-after", 0, 0, G_OPTION_ARG_DOUBLE, &options->accept_after, "With --auto-accept: let it ring so long (0)", "S" } },
        { CALL, { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->allow, "Accept calls of this user by itself; a * at the end stands for any rest; may be repeated", "USER" } },
        { CALL, { "ring", 0, 0, G_OPTION_ARG_FILENAME, &options->ring, "Sound of a call that comes in: a file, or none (assets/tones/ring.opus)", "FILE" } },
        { CALL, { "ring-back", 0, 0, G_OPTION_ARG_FILENAME, &options->ring_back, "Sound while it rings at the other side: a file, or none (assets/tones/ring-back.opus)", "FILE" } },
        { CALL, { "history", 0, 0, G_OPTION_ARG_FILENAME, &options->history, "File of the call history, or none; callapi history shows it (history.sqlite in STATE_DIRECTORY or ~/.local/state/callapi)", "FILE" } },
        { CALL, { "do-not-disturb", 0, 0, G_OPTION_ARG_NONE, &options->do_not_disturb, "Be busy for every call", NULL } },
        { SCREEN, { "headless", 0, 0, G_OPTION_ARG_NONE, &options->headless, "Draw without a display", NULL } },
        { SCREEN, { "fullscreen", 0, 0, G_OPTION_ARG_NONE, &options->fullscreen, "Fill the screen", NULL } },
        { SCREEN, { "screen", 0, 0, G_OPTION_ARG_STRING, &raw->screen, "Size of the window (1280x720)", "WxH" } },
        { SCREEN, { "speak", 0, 0, G_OPTION_ARG_NONE, &options->speak, "Say aloud what is on the screen and what has the focus (needs espeak-ng)", NULL } },
        { SCREEN, { "overlay", 0, 0, G_OPTION_ARG_NONE, &options->overlay, "Begin with these figures on the screen (F3; F4: frame times)", NULL } },
        { SCREEN, { "assets", 0, 0, G_OPTION_ARG_FILENAME, &options->asset_dir, "Folder of fonts and the web client", "DIR" } },
        { SCREEN, { "language", 0, 0, G_OPTION_ARG_STRING, &options->language, "Language of the screen: en or zh_CN (the environment's)", "LANG" } },
        { SCREEN, { "theme", 0, 0, G_OPTION_ARG_FILENAME, &options->theme, "Colours, sizes and keys that differ from assets/theme.ini", "FILE" } },
        { KIOSK, { "attract", 0, 0, G_OPTION_ARG_FILENAME, &options->attract, "Show this film, or the films and pictures of this folder in turn, until somebody touches or calls", "FILE" } },
        { KIOSK, { "attract-time", 0, 0, G_OPTION_ARG_DOUBLE, &raw->attract_time, "How long each of them stays (10)", "S" } },
        { KIOSK, { "idle", 0, 0, G_OPTION_ARG_DOUBLE, &raw->idle, "Back to the start, and to what attracts, after so long without a touch; 0: never (60)", "S" } },
        { KIOSK, { "reception", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->reception, "A button that calls users in turn: LABEL: USER, USER...; may be repeated (4)", "TEXT" } },
        { KIOSK, { "reception-ring", 0, 0, G_OPTION_ARG_DOUBLE, &raw->reception_ring, "How long it rings at each of them (15)", "S" } },
        { KIOSK, { "opening-hours", 0, 0, G_OPTION_ARG_STRING, &options->opening_hours, "No calls but at these times, such as Mon-Fri 09:00-18:00, Sat 10:00-14:00", "TIMES" } },
        { KIOSK, { "manager", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->managers, "Let this user look after it from afar (callapi manage); may be repeated", "USER" } },
        { KIOSK, { "no-directory", 0, 0, G_OPTION_ARG_NONE, &options->no_directory, "Do not show who is online: only the buttons call", NULL } },
        { KIOSK, { "preview-caller", 0, 0, G_OPTION_ARG_NONE, &options->preview_caller, "See who calls before the call is accepted", NULL } },
        { HUB, { "listen", 0, 0, G_OPTION_ARG_STRING, &options->listen, "Where a hub of this program listens (" OPTIONS_DEFAULT_LISTEN ")", "ADDR:PORT" } },
        { HUB, { "tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_cert, "Hub: serve TLS with this certificate chain (PEM)", "FILE" } },
        { HUB, { "tls-key", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_key, "Hub: the certificate's private key (PEM)", "FILE" } },
        { HUB, { "token-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw->secret_file, "Hub: want tokens signed with the secret in FILE (HS256)", "FILE" } },
        { HUB, { "token-key", 0, 0, G_OPTION_ARG_FILENAME, &raw->key_file, "Hub: want tokens signed for the public RSA key in FILE (RS256)", "FILE" } },
        { HUB, { "origin", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->origins, "Hub: let pages of this origin connect, too, such as https://calls.example; may be repeated", "ORIGIN" } },
        { HUB, { "webhook", 0, 0, G_OPTION_ARG_STRING, &options->webhook, "Hub: tell this address of calls started, ended and missed", "URL" } },
        { HUB, { "webhook-secret", 0, 0, G_OPTION_ARG_FILENAME, &raw->webhook_file, "Hub: sign what it is told with the secret in FILE", "FILE" } },
        { DIAGNOSIS, { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &raw->duration, "End after so many seconds", "S" } },
        { DIAGNOSIS, { "switches", 0, 0, G_OPTION_ARG_INT, &options->switches, "demo, watch: go from live to call and back so many times", "N" } },
        { DIAGNOSIS, { "zaps", 0, 0, G_OPTION_ARG_INT, &options->zaps, "watch: go to the next room so many times", "N" } },
        { DIAGNOSIS, { "report", 0, 0, G_OPTION_ARG_FILENAME, &options->report, "Write what was seen on the screen, as JSON", "FILE" } },
        { DIAGNOSIS, { "shots", 0, 0, G_OPTION_ARG_FILENAME, &options->shots, "Write pictures of each stage into a folder", "DIR" } },
        { DIAGNOSIS, { "stats", 0, 0, G_OPTION_ARG_FILENAME, &options->stats, "Write the connection's figures each second, a line of JSON each ('-': to standard output)", "FILE" } },
        { DIAGNOSIS, { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Say more", NULL } },
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(table) <= OPTIONS_MAX);
    memcpy(rows, table, sizeof table);
    return G_N_ELEMENTS(table);
}
