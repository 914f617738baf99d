/* Many users of a hub, of a broadcaster and of a media server in one program and one loop: viewers of rooms or streams,
 * and calls that come and go. Each is an agent as in every other program, with a player that decodes for one in some
 * only (engine/video/blind_decoder.h); all callers send the pictures of one camera, which are encoded once. */
#ifndef CALLAPI_APP_LOAD_LOAD_H
#define CALLAPI_APP_LOAD_LOAD_H

#include <stdbool.h>

struct load_config {
    const char *hub;                                    /* URL */
    const char *ca_file, *stream_token, *publish_token; /* or NULL */
    const char *secret;   /* text that tokens for the hub are signed with; NULL: it wants none */
    const char *prefix;   /* of the users' and rooms' names */
    int rooms;            /* that are hosted here, by synthetic cameras; 0: none */
    char *const *watched; /* rooms of others to watch instead; NULL: none */
    /* By which the rooms that are hosted here may be watched as well, or what is watched where there are no rooms; and
     * what is published to. {room} stands for the room's name. NULL: none. */
    char *const *streams, *const *publish;
    int direct;         /* viewers of a hosted room with streams that are offered a connection all the same */
    int viewers, calls; /* at the same time */
    double duration;    /* seconds, from the start of the first */
    double per_second;  /* so many users begin in a second */
    int width, height, fps, kbit_rate; /* of the cameras here; kbit/s of the pictures */
    int sample;                        /* one viewer in so many decodes, and reads the frame codes */
};

struct load;

/* Begins. NULL with words in `error` (g_free it) where it cannot. */
struct load *load_create(const struct load_config *config, char **error);
void load_destroy(struct load *load); /* takes NULL */
/* Until the time is over, or somebody ends the program. */
void load_run(struct load *load);

/* What was seen, as a table on standard output, and as JSON (g_free it). */
void load_print(struct load *load);
char *load_to_json(struct load *load);
/* Whether every viewer saw pictures, and every call that was begun came to be and lasted. */
bool load_is_well(const struct load *load);

#endif
