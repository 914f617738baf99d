/* What the files of outgoing share: outgoing.c (who gets what), outgoing_encoding.c (pictures,
 * encoded and sent, and who gets which of two sizes), outgoing_devices.c (cameras and microphone,
 * what of them is wanted, muting). Private to them. */
#ifndef CALLAPI_APP_OUTGOING_PARTS_H
#define CALLAPI_APP_OUTGOING_PARTS_H

#include "app/outgoing/outgoing.h"
#include "engine/audio/encoder.h"
#include "engine/capture/opener.h"
#include "engine/statistics/encoding_meter.h"
#include "engine/video/encoder.h"
#include "engine/video/ladder.h"
#include "engine/video/rate_outlier.h"
#include "platform/audio/microphone.h"

enum { OUTGOING_CODECS = 3 };
enum outgoing_size { OUTGOING_USUAL, OUTGOING_SMALL, OUTGOING_SIZES };

struct recipient {
    struct peer *peer;
    bool pictures;               /* else sound only */
    bool video_open, audio_open; /* its sinks were told what follows */
    int64_t bit_rate;            /* the most it wants, bit/s */
    struct rate_outlier outlier; /* apart: it gets the small pictures */
    struct hub_bucket *key_frames;
};

/* One encoder and the way of its packets to every recipient of that size that negotiated its codec.
 * */
struct branch {
    struct packet_sink sink;
    struct encoding *encoding; /* that it is a branch of */
    enum AVCodecID codec;
    bool single_nal;               /* H.264 in slices that fit a packet each */
    struct video_encoder *encoder; /* NULL until somebody needs it */
    AVCodecParameters *parameters; /* as the encoder announced them */
    bool failed;                   /* it could not be opened: said once */
    bool newest_encoded;           /* the camera's newest picture has gone through it */
};

/* The pictures of one size. */
struct encoding {
    struct outgoing *outgoing;
    struct branch branches[OUTGOING_CODECS];
    struct video_ladder ladder; /* the size that is encoded */
    bool key_frame_wanted;
    int64_t last_key_frame_us;
    struct encoding_meter meter;
};

struct outgoing {
    struct frame_sink camera; /* capture → preview and encoders */
    struct pcm_sink sound;    /* capture or microphone → audio encoder */
    float level;              /* of it */
    struct packet_sink audio; /* audio encoder → recipients */
    struct capture *capture;
    struct capture_opener *opener; /* of the next capture; or NULL */
    outgoing_switched switched;
    void *switched_data;
    struct microphone *microphone; /* or NULL */
    bool own_sound;                /* the capture's, for want of a microphone */
    bool muted, camera_off, preview_shown;
    struct audio_encoder *audio_encoder;
    AVCodecParameters *audio_parameters;
    struct encoding encodings[OUTGOING_SIZES];
    struct frame_sink *preview;
    GArray *recipients; /* struct recipient */
    uint64_t captured;
    AVFrame *newest; /* picture of the camera; empty before the first and while it is off */
    int64_t bit_rate;
    uint64_t encoded;
    struct picture_times times; /* by the time of capture */
    struct peer *watched;       /* borrowed; whose first packets are noted, or NULL */
    struct outgoing_firsts firsts;
};

/* ---- outgoing_encoding.c ---- */

/* The capture is there; the encoder that is needed first is opened ahead of its first picture. */
void outgoing_encodings_init(struct outgoing *outgoing);
void outgoing_encodings_clear(struct outgoing *outgoing);
struct encoding *outgoing_encoding_of(struct outgoing *outgoing, const struct recipient *recipient);
/* NULL: it gets no pictures, or none were encoded for it yet. */
const struct branch *outgoing_branch_of(const struct outgoing *outgoing, const struct recipient *recipient);
int64_t outgoing_encoding_bit_rate(const struct encoding *encoding);
/* Recipients, or what they manage, are others than before: who gets which size, and how good it may
 * be. */
void outgoing_sort_recipients(struct outgoing *outgoing, int64_t now_us);
/* A recipient of that size has just come: it gets the newest picture at once where that may be. */
void outgoing_encode_at_once(struct encoding *encoding, int64_t now_us);
extern const struct frame_sink_ops outgoing_camera_ops;
/* Passes a packet on, after what the stream is where this recipient does not know yet. */
void outgoing_deliver(struct packet_sink *next, bool *open, const AVCodecParameters *parameters,
                      const AVPacket *packet);
void outgoing_note_sent(const struct outgoing *outgoing, const struct peer *peer, int64_t *first_us);
/* An encoder of our own loses nothing. */
void outgoing_ignore_lose(struct packet_sink *sink);

/* ---- outgoing_devices.c ---- */

/* Opens the microphone that is asked for; takes the capture. */
void outgoing_open_microphone(struct outgoing *outgoing, const struct outgoing_config *config);
/* Recipients have come or gone: devices that nobody looks at or listens to rest. */
void outgoing_update_devices(struct outgoing *outgoing);
extern const struct pcm_sink_ops outgoing_sound_ops;

#endif
