/* What the files of outgoing share: outgoing.c (who gets what), encoding.c (pictures, encoded and
 * sent, and who gets which of two sizes), devices.c (cameras and microphone, what of them is wanted,
 * muting), machine.c (how large they may be), programme.c, programme_sound.c and curtain.c (what
 * the public sees and hears). Private to them. */
#ifndef CALLAPI_APP_OUTGOING_PARTS_H
#define CALLAPI_APP_OUTGOING_PARTS_H

#include "app/outgoing/outgoing.h"
#include "engine/adaptation/capacity.h"
#include "engine/adaptation/ladder.h"
#include "engine/adaptation/reception.h"
#include "engine/audio/aac_encoder.h"
#include "engine/audio/encoder.h"
#include "engine/audio/gain.h"
#include "engine/capture/opener.h"
#include "engine/statistics/encoding_meter.h"
#include "engine/video/encoder.h"
#include "engine/video/rate_outlier.h"
#include "platform/audio/microphone.h"

enum { OUTGOING_CODECS = 3 };
enum outgoing_size { OUTGOING_USUAL, OUTGOING_SMALL, OUTGOING_SIZES };

/* A peer, or a publisher: that gets the usual size in H.264, and says of itself only whether it wants
 * any. */
struct recipient {
    struct peer *peer;             /* or NULL, and then: */
    struct publisher *publisher;   /* owned */
    bool wants;                    /* publisher: it has a connection for what it gets */
    bool waits;                    /* publisher: for a key frame that was captured in public */
    bool asked;                    /* publisher: for one, by who watches there */
    bool pictures;                 /* else sound only */
    bool video_open, audio_open;   /* its sinks were told what follows */
    int64_t bit_rate;              /* the most it wants, bit/s */
    struct rate_outlier outlier;   /* apart: it gets the small pictures */
    struct hub_bucket *key_frames; /* a peer's */
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

/* One of the programme's sounds: an encoder for each codec that a publisher wants. It is never the
 * peers' encoder, which has the private call's sound in it. */
struct programme_sound {
    struct packet_sink sink;
    struct outgoing *outgoing;
    enum AVCodecID codec;
    struct aac_encoder *aac; /* one of them, or none: nobody wants it, or it does not open */
    struct audio_encoder *opus;
    AVCodecParameters *parameters; /* as the encoder announced them */
    bool announced;
};

/* What the public sees while it does not see the camera, and why. */
enum curtain_reason { CURTAIN_OPEN, CURTAIN_PRIVATE, CURTAIN_CAMERA_OFF, CURTAIN_NO_PICTURE, CURTAIN_REASONS };
struct curtain {
    struct packet_sink sink;
    enum curtain_reason reason;
    AVFrame *words[CURTAIN_REASONS]; /* NULL: not drawn, or it could not be */
    AVFrame *picture;                /* NULL: not drawn yet */
    struct video_encoder *encoder;   /* of its own: the usual one is the call's then */
    AVCodecParameters *parameters;
    int64_t next_us; /* when its picture is sent again */
};

/* What publishers get. Whether a picture or a sound may be in it is asked of the time at which it was
 * captured. */
enum { PROGRAMME_SOUNDS = 2 };
struct programme {
    bool is_private;
    int64_t public_from_us; /* what was captured before is not shown: the last private call ended then */
    int64_t pictured_us;    /* when the camera was last seen */
    AVFrame *last;          /* picture that the public saw; empty: none, or the camera was switched off after it */
    struct curtain curtain;
    struct programme_sound sounds[PROGRAMME_SOUNDS];
    struct gain gain;             /* muting */
    int64_t sound_end_us;         /* so far there is sound */
    struct hub_bucket key_frames; /* that all who watch at servers may still ask for */
    int64_t due_us;
    char *font; /* file, or NULL */
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
    struct capacity capacity;   /* what of it this machine manages */
    struct reception reception; /* and of what comes */
    struct frame_sink *preview;
    GArray *recipients; /* struct recipient */
    uint64_t captured;
    AVFrame *newest;    /* picture of the camera; empty before the first and while it is off */
    GMainContext *loop; /* borrowed; NULL: no hardware */
    int64_t bit_rate;
    uint64_t encoded;
    struct picture_times times; /* by the time of capture */
    struct peer *watched;       /* borrowed; whose first packets are noted, or NULL */
    struct outgoing_firsts firsts;
    struct programme programme;
};

struct recipient *outgoing_recipient_at(const struct outgoing *outgoing, guint index);

/* ---- encoding.c ---- */

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

/* The ladder has another step now. */
void outgoing_take_new_size(struct encoding *encoding);

/* ---- machine.c ---- */

/* The ladders are there, and no encoder yet: tries what is to begin with, some 10 ms. */
void machine_init(struct outgoing *outgoing);
/* At each picture of the camera. */
void machine_poll(struct outgoing *outgoing, int64_t now_us);
void machine_tell(const struct outgoing *outgoing, struct encoding_statistics *out);

/* ---- devices.c ---- */

/* Opens the microphone that is asked for; takes the capture. */
void outgoing_open_microphone(struct outgoing *outgoing, const struct outgoing_config *config);
/* Recipients have come or gone: devices that nobody looks at or listens to rest. */
void outgoing_update_devices(struct outgoing *outgoing);
extern const struct pcm_sink_ops outgoing_sound_ops;

/* ---- programme.c ---- */

void programme_init(struct outgoing *outgoing, const char *font);
void programme_clear(struct outgoing *outgoing);
void programme_poll(struct outgoing *outgoing, int64_t now_us);
/* A picture of the camera, before it is encoded. */
void programme_note_picture(struct outgoing *outgoing, const AVFrame *frame, int64_t now_us);
/* It is off: what was seen last is not shown any more. */
void programme_forget_picture(struct outgoing *outgoing);
/* A packet of the usual H.264. */
void programme_deliver(const struct outgoing *outgoing, struct recipient *publisher,
                       const AVCodecParameters *parameters, const AVPacket *packet);
bool programme_is_wanted(const struct outgoing *outgoing); /* by a publisher that has a connection */

/* ---- programme_sound.c ---- */

void programme_sound_init(struct outgoing *outgoing);
void programme_sound_clear(struct programme *programme);
/* The publisher is new, or its connection is: tells it what sound it will get. */
void programme_sound_open(struct outgoing *outgoing, const struct recipient *publisher);
/* 20 ms of ours. */
void programme_sound_push(struct outgoing *outgoing, const int16_t *samples, int64_t pts_us);
/* Where there is no sound for a while, silence: what announced sound and has none makes players wait. */
void programme_sound_poll(struct outgoing *outgoing, int64_t now_us);
int64_t programme_sound_due(const struct outgoing *outgoing);

/* ---- curtain.c ---- */

void curtain_init(struct outgoing *outgoing);
void curtain_clear(struct curtain *curtain);
/* The first publisher is there: what takes long is done before the loop starts. */
void curtain_prepare(struct curtain *curtain, const char *font);
/* Its first picture is due at `at_us`, then one each second. */
void curtain_set(struct curtain *curtain, enum curtain_reason reason, int64_t at_us);
void curtain_poll(struct outgoing *outgoing, int64_t now_us);
int64_t curtain_due(const struct curtain *curtain);

#endif
