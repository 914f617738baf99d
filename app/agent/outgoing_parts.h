/* What the files of outgoing share: outgoing.c (pictures and sound, encoded and sent), outgoing_devices.c (cameras and microphone, what of them is
 * wanted, muting). Private to them. */
#ifndef CALLAPI_APP_AGENT_OUTGOING_PARTS_H
#define CALLAPI_APP_AGENT_OUTGOING_PARTS_H

#include "app/agent/outgoing.h"
#include "engine/audio/encoder.h"
#include "engine/capture/opener.h"
#include "engine/statistics/encoding_meter.h"
#include "engine/video/encoder.h"
#include "engine/video/ladder.h"
#include "platform/audio/microphone.h"

enum { OUTGOING_CODECS = 2 };

struct recipient {
    struct peer *peer;
    bool pictures;                      /* else sound only */
    bool video_open, audio_open;        /* its sinks were told what follows */
    int64_t bit_rate;           /* the most it wants, bit/s */
};

/* One encoder and the way of its packets to every recipient that negotiated its codec. */
struct branch {
    struct packet_sink sink;
    struct outgoing *outgoing;
    enum AVCodecID codec;
    struct video_encoder *encoder;      /* NULL until somebody needs it */
    AVCodecParameters *parameters;      /* as the encoder announced them */
    bool failed;                        /* it could not be opened: said once */
    bool newest_encoded;                /* the camera's newest picture has gone through it */
};

struct outgoing {
    struct frame_sink camera;           /* capture → preview and encoders */
    struct pcm_sink sound;              /* capture or microphone → audio encoder */
    float level;                        /* of it */
    struct packet_sink audio;           /* audio encoder → recipients */
    struct capture *capture;
    struct capture_opener *opener;      /* of the next capture; or NULL */
    outgoing_switched switched;
    void *switched_data;
    struct microphone *microphone;      /* or NULL */
    bool own_sound;                     /* the capture's, for want of a microphone */
    bool muted, camera_off, preview_shown;
    struct audio_encoder *audio_encoder;
    AVCodecParameters *audio_parameters;
    struct branch branches[OUTGOING_CODECS];
    struct frame_sink *preview;
    GArray *recipients;                 /* struct recipient */
    struct video_ladder ladder;         /* the size that is encoded */
    uint64_t captured;
    AVFrame *newest;                    /* picture of the camera; empty before the first and while it is off */
    int64_t bit_rate;
    bool key_frame_wanted;
    int64_t last_key_frame_us;
    uint64_t encoded;
    struct encoding_meter meter;
    struct picture_times times;         /* by the time of capture */
    struct peer *watched;               /* borrowed; whose first packets are noted, or NULL */
    struct outgoing_firsts firsts;
};

/* Opens the microphone that is asked for; takes the capture. */
void outgoing_open_microphone(struct outgoing *outgoing, const struct outgoing_config *config);
void outgoing_use_capture(struct outgoing *outgoing, struct capture *capture);
/* Recipients have come or gone: devices that nobody looks at or listens to rest. */
void outgoing_update_devices(struct outgoing *outgoing);
extern const struct pcm_sink_ops outgoing_sound_ops;

#endif
