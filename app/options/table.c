#include "app/options/table.h"

#include <string.h>

#include "engine/publish/address.h"

/* Whose options they are: each command's --help has its own. */
enum {
    OF_WATCH = 1,
    OF_HOST = 2,
    OF_CALL = 4,
    OF_KIOSK = 8,
    OF_DEMO = 16,
    OF_HUB = 32,
    OF_DOCTOR = 64,
    OF_STATIONS = OF_WATCH | OF_HOST | OF_CALL | OF_KIOSK,
    OF_ALL = OF_STATIONS | OF_DEMO | OF_HUB | OF_DOCTOR,
};

#define CONNECTION "connection"
#define NETWORK "network"
#define MEDIA "media"
#define CALL "call"
#define SCREEN "screen"
#define KIOSK "kiosk"
#define HUB "hub"
#define DIAGNOSIS "diagnosis"

#define ROW(commands, section, name, letter, kind, target, argument, help)                                             \
    {                                                                                                                  \
        commands, section,                                                                                             \
        {                                                                                                              \
            name, letter, 0, G_OPTION_ARG_##kind, target, help, argument                                               \
        }                                                                                                              \
    }

/* clang-format off */
int options_table(struct option_row rows[OPTIONS_MAX], struct options *options, struct raw *raw)
{
    const struct option_row table[] = {
        ROW(OF_ALL, NULL, "config", 0, FILENAME, &options->config, "FILE",
            "Read options from FILE first (assets/kiosk.ini and hub.ini show them); what the environment has in "
            "CALLAPI_... goes before it"),
        ROW(OF_KIOSK, NULL, "setup", 0, FILENAME_ARRAY, &options->setup, "FILE",
            "Read FILE after that of --config, if it is there; where no hub and no stream is named, ask for a set-up "
            "code before the camera, and keep what it says in the first FILE; may be repeated"),
        ROW(OF_STATIONS | OF_DOCTOR, CONNECTION, "hub", 0, STRING, &options->hub, "URL",
            "Signalling: ws://HOST:PORT, wss://..., mqtt://HOST:PORT, mqtts://..., or 'embedded' for one "
            "inside this program (" OPTIONS_DEFAULT_HUB ")"),
        ROW(OF_STATIONS | OF_DOCTOR, CONNECTION, "token", 0, STRING, &raw->token, "TOKEN",
            "Token for a hub that wants one, or @FILE that holds it: read again at each login, before it ends "
            "and when it changes"),
        ROW(OF_STATIONS | OF_DOCTOR, CONNECTION, "ca", 0, FILENAME, &options->ca, "FILE",
            "wss: trust the authority in FILE (PEM), not the system's"),
        ROW(OF_WATCH | OF_HOST | OF_KIOSK | OF_DEMO, CONNECTION, "room", 0, STRING, &options->room, "ROOM",
            "The live room"),
        ROW(OF_STATIONS | OF_DOCTOR, CONNECTION, "user", 0, STRING, &options->user, "USER",
            "Who you are"),
        ROW(OF_STATIONS, CONNECTION, "name", 0, STRING, &options->name, "NAME",
            "Your name as the screens of others show it; without it, USER"),
        ROW(OF_CALL, CONNECTION, "to", 0, STRING, &options->to, "USER",
            "Whom to call; without it, wait for calls"),
        ROW(OF_WATCH | OF_HOST | OF_KIOSK, CONNECTION, "stream", 0, STRING_ARRAY, &options->streams, "URL",
            "Watch this live stream instead of a hub's room (whep, rtsp, rtmp, http: HLS, FLV, TS, WebM; srt, udp, "
            "rtp, a file, - for standard input), or @FILE that holds the address; host: by which the room may be "
            "watched as well; may be repeated, the best first"),
        ROW(OF_HOST, CONNECTION, "direct", 0, INT, &options->direct, "N",
            "With --stream: so many viewers have a connection to here all the same (8), others the stream"),
        ROW(OF_WATCH | OF_KIOSK, CONNECTION, "stream-token", 0, STRING, &options->stream_token, "TOKEN",
            "Bearer token for streams by WHEP, or @FILE that holds it"),
        ROW(OF_WATCH | OF_KIOSK, CONNECTION, "call", 0, STRING, &options->call, "USER",
            "Whom the call button calls while a stream is watched"),
        ROW(OF_WATCH | OF_KIOSK, CONNECTION, "warm", 0, INT, &options->warm, "N",
            "watch: keep so many rooms beside this one connected, for the arrow keys (0 to 8)"),
        ROW(OF_STATIONS | OF_DEMO | OF_HUB | OF_DOCTOR, NETWORK, "ice-server", 0, STRING_ARRAY, &options->ice_servers,
            "URL",
            "For calls across networks: stun:HOST, turn:HOST, turn:HOST?transport=tcp, turns:HOST (TLS); may be "
            "repeated; a hub names them to all who log in"),
        ROW(OF_STATIONS | OF_DEMO | OF_HUB | OF_DOCTOR, NETWORK, "ice-user", 0, STRING, &options->ice_user, "USER",
            "Who you are to the TURN servers"),
        ROW(OF_STATIONS | OF_DEMO | OF_HUB | OF_DOCTOR, NETWORK, "ice-credential", 0, STRING, &options->ice_credential,
            "TEXT",
            "Password for the TURN servers, or @FILE that holds it"),
        ROW(OF_STATIONS | OF_DEMO, NETWORK, "relay", 0, NONE, &options->relay, NULL,
            "Send media through a TURN server only"),
        ROW(OF_STATIONS | OF_DEMO, MEDIA, "video", 0, FILENAME, &options->video, "FILE",
            "Send a film (any file FFmpeg reads, looped, with its sound)"),
        ROW(OF_STATIONS | OF_DEMO | OF_DOCTOR, MEDIA, "camera", 0, STRING, &options->camera, "DEVICE",
            "Send a real camera, e.g. /dev/video0; several with a comma between, to switch among"),
        ROW(OF_STATIONS | OF_DEMO, MEDIA, "audio", 0, STRING, &options->audio, "SOURCE",
            "Send 'tone', 'none', 'microphone' or a microphone by name"),
        ROW(OF_STATIONS | OF_DEMO, MEDIA, "no-audio-processing", 0, NONE, &options->no_audio_processing, NULL,
            "Send the microphone as it is: no echo cancellation, noise suppression, gain control"),
        ROW(OF_STATIONS | OF_DEMO | OF_DOCTOR, MEDIA, "size", 0, STRING, &raw->size, "WxH",
            "Size of the camera's picture (1280x720)"),
        ROW(OF_STATIONS | OF_DEMO, MEDIA, "codec", 0, STRING, &raw->codec, "CODEC",
            "Preferred video codec: h264 or vp8"),
        ROW(OF_STATIONS | OF_DEMO, MEDIA, "software", 0, NONE, &options->software, NULL,
            "Do not try hardware decoders"),
        ROW(OF_HOST | OF_DEMO, MEDIA, "publish", 0, STRING_ARRAY, &options->publish, "URL",
            "Publish it as well, for anybody to watch: " PUBLISH_ADDRESSES "; or @FILE that holds the address, whose "
            "stream key nobody sees then; may be repeated"),
        ROW(OF_HOST | OF_DEMO, MEDIA, "publish-token", 0, STRING, &options->publish_token, "TOKEN",
            "Bearer token for publishing by WHIP, or @FILE that holds it"),
        ROW(OF_STATIONS | OF_DEMO, CALL, "timeout", 0, DOUBLE, &raw->timeout, "S",
            "How long it rings and connects at most; 0: without end (15)"),
        ROW(OF_CALL, CALL, "voice", 0, NONE, &options->voice, NULL,
            "With --to: a call without pictures"),
        ROW(OF_STATIONS, CALL, "auto-accept", 0, NONE, &options->auto_accept, NULL,
            "Accept every call"),
        ROW(OF_STATIONS, CALL, "accept-after", 0, DOUBLE, &options->accept_after, "S",
            "With --auto-accept: let it ring so long (0)"),
        ROW(OF_KIOSK, CALL, "allow", 0, STRING_ARRAY, &options->allow, "USER",
            "Accept calls of this user by itself; a * at the end stands for any rest; may be repeated"),
        ROW(OF_STATIONS | OF_DEMO, CALL, "ring", 0, FILENAME, &options->ring, "FILE",
            "Sound of a call that comes in: a file, or none (assets/tones/ring.opus)"),
        ROW(OF_STATIONS | OF_DEMO, CALL, "ring-back", 0, FILENAME, &options->ring_back, "FILE",
            "Sound while it rings at the other side: a file, or none (assets/tones/ring-back.opus)"),
        ROW(OF_STATIONS, CALL, "history", 0, FILENAME, &options->history, "FILE",
            "File of the call history, or none; callapi history shows it (history.sqlite in STATE_DIRECTORY or "
            "~/.local/state/callapi)"),
        ROW(OF_STATIONS, CALL, "do-not-disturb", 0, NONE, &options->do_not_disturb, NULL,
            "Be busy for every call"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "headless", 0, NONE, &options->headless, NULL,
            "Draw without a display"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "fullscreen", 0, NONE, &options->fullscreen, NULL,
            "Fill the screen"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "screen", 0, STRING, &raw->screen, "WxH",
            "Size of the window (1280x720)"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "speak", 0, NONE, &options->speak, NULL,
            "Say aloud what is on the screen and what has the focus (needs espeak-ng)"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "overlay", 0, NONE, &options->overlay, NULL,
            "Begin with these figures on the screen (F3; F4: frame times)"),
        ROW(OF_STATIONS | OF_DEMO | OF_HUB, SCREEN, "assets", 0, FILENAME, &options->asset_dir, "DIR",
            "Folder of fonts and the web client"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "language", 0, STRING, &options->language, "LANG",
            "Language of the screen: en or zh_CN (the environment's)"),
        ROW(OF_STATIONS | OF_DEMO, SCREEN, "theme", 0, FILENAME, &options->theme, "FILE",
            "Colours, sizes and keys that differ from assets/theme/theme.ini"),
        ROW(OF_KIOSK, KIOSK, "attract", 0, FILENAME, &options->attract, "FILE",
            "Show this film, or the films and pictures of this folder in turn, until somebody touches or calls"),
        ROW(OF_KIOSK, KIOSK, "attract-time", 0, DOUBLE, &raw->attract_time, "S",
            "How long each of them stays (10)"),
        ROW(OF_KIOSK, KIOSK, "idle", 0, DOUBLE, &raw->idle, "S",
            "Back to the start, and to what attracts, after so long without a touch; 0: never (60)"),
        ROW(OF_KIOSK, KIOSK, "reception", 0, STRING_ARRAY, &options->reception, "TEXT",
            "A button that calls users in turn: LABEL: USER, USER...; may be repeated (4)"),
        ROW(OF_KIOSK, KIOSK, "reception-ring", 0, DOUBLE, &raw->reception_ring, "S",
            "How long it rings at each of them (15)"),
        ROW(OF_KIOSK, KIOSK, "opening-hours", 0, STRING, &options->opening_hours, "TIMES",
            "No calls but at these times, such as Mon-Fri 09:00-18:00, Sat 10:00-14:00"),
        ROW(OF_KIOSK, KIOSK, "manager", 0, STRING_ARRAY, &options->managers, "USER",
            "Let this user look after it from afar (callapi manage); may be repeated"),
        ROW(OF_KIOSK, KIOSK, "manager-secret", 0, FILENAME, &raw->manager_secret_file, "FILE",
            "A manager's requests are signed with the secret in FILE (HS256)"),
        ROW(OF_KIOSK, KIOSK, "manager-key", 0, FILENAME, &raw->manager_key_file, "FILE",
            "A manager's requests are signed for the public RSA key in FILE (RS256)"),
        ROW(OF_KIOSK, KIOSK, "no-directory", 0, NONE, &options->no_directory, NULL,
            "Do not show who is online: only the buttons call"),
        ROW(OF_KIOSK, KIOSK, "phone", 0, STRING, &options->phone, "PAGE",
            "In a call show a code by which it goes on on a phone: by the page at this address, or hub: the hub's"),
        ROW(OF_STATIONS, KIOSK, "preview-caller", 0, NONE, &options->preview_caller, NULL,
            "See who calls before the call is accepted"),
        ROW(OF_STATIONS | OF_HUB, HUB, "listen", 0, STRING, &options->listen, "ADDR:PORT",
            "Where a hub of this program listens (" OPTIONS_DEFAULT_LISTEN ")"),
        ROW(OF_HUB, HUB, "tls", 0, STRING, &options->tls, "self",
            "Hub: serve TLS with a certificate of its own making, kept for the next time"),
        ROW(OF_STATIONS | OF_HUB, HUB, "tls-cert", 0, FILENAME, &options->tls_cert, "FILE",
            "Hub: serve TLS with this certificate chain (PEM)"),
        ROW(OF_STATIONS | OF_HUB, HUB, "tls-key", 0, FILENAME, &options->tls_key, "FILE",
            "Hub: the certificate's private key (PEM)"),
        ROW(OF_STATIONS | OF_HUB, HUB, "token-secret", 0, FILENAME, &raw->secret_file, "FILE",
            "Hub: want tokens signed with the secret in FILE (HS256)"),
        ROW(OF_STATIONS | OF_HUB, HUB, "token-key", 0, FILENAME, &raw->key_file, "FILE",
            "Hub: want tokens signed for the public RSA key in FILE (RS256)"),
        ROW(OF_HUB, HUB, "turn-secret", 0, FILENAME, &raw->turn_secret_file, "FILE",
            "Hub: each user gets a TURN credential of her own, by the secret in FILE (coturn: static-auth-secret)"),
        ROW(OF_STATIONS | OF_HUB, HUB, "origin", 0, STRING_ARRAY, &options->origins, "ORIGIN",
            "Hub: let pages of this origin connect, too, such as https://calls.example; may be repeated"),
        ROW(OF_STATIONS | OF_HUB, HUB, "webhook", 0, STRING, &options->webhook, "URL",
            "Hub: tell this address of calls started, ended and missed"),
        ROW(OF_STATIONS | OF_HUB, HUB, "webhook-secret", 0, FILENAME, &raw->webhook_file, "FILE",
            "Hub: sign what it is told with the secret in FILE"),
        ROW(OF_HUB, HUB, "limit", 0, STRING_ARRAY, &options->limits, "NAME=VALUE",
            "What everybody may do at most, such as rooms-open=4 or, at once and per second, invites=60/2; may be "
            "repeated; net/hub/README.md has them all"),
        ROW(OF_STATIONS | OF_DEMO | OF_HUB, DIAGNOSIS, "duration", 0, DOUBLE, &raw->duration, "S",
            "End after so many seconds"),
        ROW(OF_WATCH | OF_DEMO, DIAGNOSIS, "switches", 0, INT, &options->switches, "N",
            "demo, watch: go from live to call and back so many times"),
        ROW(OF_WATCH | OF_KIOSK, DIAGNOSIS, "zaps", 0, INT, &options->zaps, "N",
            "watch: go to the next room so many times"),
        ROW(OF_STATIONS | OF_DEMO, DIAGNOSIS, "report", 0, FILENAME, &options->report, "FILE",
            "Write what was seen on the screen, as JSON"),
        ROW(OF_STATIONS | OF_DEMO, DIAGNOSIS, "shots", 0, FILENAME, &options->shots, "DIR",
            "Write pictures of each stage into a folder"),
        ROW(OF_STATIONS | OF_DEMO, DIAGNOSIS, "stats", 0, FILENAME, &options->stats, "FILE",
            "Write the connection's figures each second, a line of JSON each ('-': to standard output)"),
        ROW(OF_HUB, DIAGNOSIS, "log-level", 0, STRING, &options->log_level, "LEVEL",
            "Hub: say what is at least so important: warning, notice, info (with the access log), debug (notice)"),
        ROW(OF_ALL, DIAGNOSIS, "verbose", 'v', NONE, &options->verbose, NULL,
            "Say more"),
    };
    G_STATIC_ASSERT(G_N_ELEMENTS(table) <= OPTIONS_MAX);
    memcpy(rows, table, sizeof table);
    return G_N_ELEMENTS(table);
}
/* clang-format on */

bool options_belongs(const struct option_row *row, const char *command)
{
    static const struct {
        const char *name;
        unsigned bit;
    } commands[] = {
        { "watch", OF_WATCH }, { "host", OF_HOST }, { "call", OF_CALL },     { "kiosk", OF_KIOSK },
        { "demo", OF_DEMO },   { "hub", OF_HUB },   { "doctor", OF_DOCTOR },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (!strcmp(commands[i].name, command))
            return row->commands & commands[i].bit;
    return true;
}
