/* Everything one user of this program needs, opened in the right order: window, speaker, player, camera, agent. The
 * commands and the demo differ only in what they put in. */
#ifndef CALLAPI_APP_STATION_STATION_H
#define CALLAPI_APP_STATION_STATION_H

#include "app/client/client.h"
#include "app/options/options.h"

struct station;

/* A broadcaster with hundreds of viewers needs more than the 1024 that are usual: some ten for each. */
enum { STATION_DESCRIPTORS = 8192 };

struct station_config {
    const struct options *options;
    struct reactor *reactor;
    const struct dtls_identity *identity;
    const char *hub_url, *user, *room, *title;
    const struct agent_streams *streams; /* as agent_config */
    const struct room_streams *carried;  /* likewise */
    const char *name;                    /* what the user is called; NULL: its id */
    enum call_party party;
    int auto_accept_ms;
    bool window;                           /* false: nobody looks; a picture counts as presented when it is decoded */
    const struct agent_listener *listener; /* without window: who hears of calls; may be NULL */
    void *user_data;
    /* These are the options of before: those of the configuration as it is now could not be used */
    bool kept;
    bool kiosk;          /* with the policies of the options */
    const char *history; /* file of the calls there were; NULL: none is kept */
    bool measure, shots; /* as client_config */
    const char *call_to; /* as agent_config */
    struct capture_config capture;
    const char *microphone; /* as outgoing_config */
};

/* NULL after one clear line on stderr. */
struct station *station_open(const struct station_config *config);
void station_close(struct station *station);
void station_tick(struct station *station, int64_t now_us);
/* After it, when what it had to say is on its way. */
void station_draw(struct station *station, int64_t now_us);
int64_t station_deadline(const struct station *station);
struct agent *station_agent(const struct station *station);
struct client *station_client(const struct station *station); /* NULL without window */

/* The window that the options ask for, and nothing else; the texts are theirs. */
struct client_config station_window(const struct options *options, const char *title);
/* The capture that --video, --camera, --audio and --size ask for; `microphone` as in outgoing_config. */
struct capture_config station_capture(const struct options *options, unsigned source, const char **microphone);

#endif
