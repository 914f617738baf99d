/* The window of one agent: draws its scene, answers presses, presents, and measures from the presented pixels what a
 * viewer saw. */
#ifndef CALLAPI_APP_CLIENT_CLIENT_H
#define CALLAPI_APP_CLIENT_CLIENT_H

#include "app/agent/agent.h"
#include "app/client/screen_meter.h"
#include "app/kiosk/manage.h"
#include "app/screen/layout.h"
#include "render/window.h"

struct client;
struct history;
struct input;
struct kiosk;

struct client_config {
    const char *title, *asset_dir;
    const char *theme; /* a file over that of asset_dir, or NULL */
    int width, height;
    bool headless, fullscreen;
    bool measure;          /* read every presented picture back */
    bool overlay;          /* the figures are on the screen from the start */
    char *const *managers; /* these as in manage_config */
    const char *manager_secret, *manager_key;
    bool configuration_kept;
    bool speak;                      /* says aloud what is on the screen */
    bool shots;                      /* keep a picture of each scene for client_save_shots */
    struct kiosk *kiosk;             /* borrowed, outlives the client; NULL: it is none */
    struct history *history;         /* borrowed, outlives the client; or NULL */
    const char *start_room;          /* where a kiosk returns to; or NULL */
    int camera_width, camera_height; /* of these, wished; 0: the usual */
    const char *attract;             /* as attract_create; NULL: nothing */
    int64_t attract_each_us;
    GMainContext *context;  /* the loop's; borrowed */
    char *const *cameras;   /* names of those to switch among, the first is used; NULL: none */
    bool preview_of_caller; /* who calls is seen before the call is accepted */
};

/* NULL with words for the user in `error` (g_free it) where no window can be opened. */
struct client *client_create(const struct client_config *config, char **error);
void client_destroy(struct client *client);

/* Where the player's and the camera's pictures go. */
struct frame_sink *client_remote_sink(struct client *client);
struct frame_sink *client_preview_sink(struct client *client);
/* For an agent_config: the client listens to its agent. Set the agent before the first tick. */
const struct agent_listener *client_agent_listener(void);
void client_set_agent(struct client *client, struct agent *agent);

struct speaker;
/* Borrowed, outlives the client; NULL: there is none. */
void client_set_speaker(struct client *client, const struct speaker *speaker);

/* Events, drawing, presenting: whatever is due. A new remote picture is presented at once. */
void client_tick(struct client *client, int64_t now_us);
int64_t client_deadline(const struct client *client);
bool client_wants_to_quit(const struct client *client);
/* Words for who looks on, for some seconds; copied. */
void client_tell(struct client *client, const char *words);
/* What a manager wants, as manage_take_wish and manage_answer_check have it. */
enum manage_wish client_take_wish(struct client *client);
void client_answer_check(struct client *client, const char *error);

/* When the first new remote picture after `since_us` was presented; 0: none yet. Watches from the first call with this
 * `since_us` on. */
int64_t client_first_new_picture_us(struct client *client, int64_t since_us);
/* Writes the pictures of the scenes so far into `folder`, "1-live.png" and so on: encoding waits for the end of the
 * show. */
bool client_save_shots(const struct client *client, const char *folder);

/* NULL where the client does not measure. */
const struct screen_meter *client_meter(const struct client *client);
/* What is on the screen now. */
const struct scene *client_scene(const struct client *client);
const struct layout *client_layout(const struct client *client);
const struct input *client_input(const struct client *client);
struct window *client_window(const struct client *client);

#endif
