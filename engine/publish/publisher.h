/* Where the public programme goes to (app/outgoing/programme.c): one stream to one server, from which others watch it.
 * The kinds (publish_kind_of) share this interface and the one encoder. Everything here is called on the loop's thread,
 * and nothing blocks. */
#ifndef CALLAPI_ENGINE_PUBLISH_PUBLISHER_H
#define CALLAPI_ENGINE_PUBLISH_PUBLISHER_H

#include "engine/media/media.h"

enum publisher_state {
    PUBLISHER_CONNECTING, /* for the first time, or again at once */
    PUBLISHER_LIVE,       /* pictures are on their way */
    PUBLISHER_WAITING,    /* it broke, or was refused: it is tried again later */
};

struct publisher;

struct publisher_ops {
    /* False: there is no connection that could take any; then nothing needs to be encoded for it. */
    bool (*wants_media)(struct publisher *publisher);
    /* Whether somebody who watches there cannot go on, or begin, without a key frame: told once. NULL: such a server
     * does not say so. */
    bool (*takes_key_frame)(struct publisher *publisher);
    /* The most that the way there, or the server, takes of pictures, bit/s; INT64_MAX: not known. NULL: never known. */
    int64_t (*bit_rate)(struct publisher *publisher);
    /* `why`: what went wrong last, in words (g_free it), or NULL. */
    enum publisher_state (*state)(struct publisher *publisher, char **why);
    /* The system says that the network is another, or there again: what waits is tried at once. */
    void (*network_changed)(struct publisher *publisher);
    void (*destroy)(struct publisher *publisher);
};

/* Embedded first in each kind. */
struct publisher {
    const struct publisher_ops *ops;
    struct packet_sink video;   /* H.264 as an encoder of ours has it (engine/media/media.h) */
    struct packet_sink audio;   /* opened before the first picture, or there is no sound in this stream */
    enum AVCodecID audio_codec; /* that it wants: AV_CODEC_ID_AAC or _OPUS */
    char *words;                /* its address for people, without secrets */
};

#endif
