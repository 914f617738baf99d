/* What the files of the reader share: reader.c (the thread, its mailbox and its patience), input.c (one opened stream:
 * what is in it, and its packets as the player wants them). Private to them. */
#ifndef CALLAPI_ENGINE_STREAM_READER_PARTS_H
#define CALLAPI_ENGINE_STREAM_READER_PARTS_H

#include <libavcodec/bsf.h>

#include "engine/stream/reader.h"

/* One stream, opened. The thread's own. */
struct stream_input;

struct stream_input_config {
    const struct stream_address *address;
    const char *ca_file;
    bool over_tcp;                       /* RTSP: not by UDP */
    int (*interrupted)(void *user_data); /* asked in all that blocks */
    void *user_data;
};

/* 0, or libavformat's error. */
int stream_input_open(const struct stream_input_config *config, struct stream_input **input);
bool stream_input_is_in_pieces(const struct stream_input *input); /* playlists, fragments: by what was found in it */
void stream_input_close(struct stream_input *input);              /* takes NULL */

/* The next item: packets of the stream's best picture and sound, and before them what they are. 0: there is one in
 * *item, or none in *item (NULL), since it was of no use; else libavformat's error. */
int stream_input_read(struct stream_input *input, struct stream_item **item);

struct stream_item *stream_item_new(enum stream_news news);

#endif
