/* Weaker than the WebRTC library against echo, and smaller. */
#include "platform/audio/audio_processing_backend.h"

#include <string.h>

#include <glib.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

enum {
    TAIL = AUDIO_PROCESSING_RATE / 5, /* the longest echo, samples: the devices' delay and the room */
    NOISE_DB = -25,
    ECHO_DB = -45,
    ECHO_ACTIVE_DB = -20, /* what is left of them at most */
    GAIN_LEVEL = 24000,
    GAIN_DB = 9, /* of speech, and at most so much: noise that is left grows too */
};

struct canceller {
    SpeexEchoState *echo;
    SpeexPreprocessState *preprocessor;
    int16_t far[AUDIO_PROCESSING_BLOCK];
};

static void destroy(void *state)
{
    struct canceller *canceller = state;
    if (canceller->preprocessor)
        speex_preprocess_state_destroy(canceller->preprocessor);
    if (canceller->echo)
        speex_echo_state_destroy(canceller->echo);
    g_free(canceller);
}

static void set_up(struct canceller *canceller)
{
    spx_int32_t rate = AUDIO_PROCESSING_RATE, on = 1, noise = NOISE_DB, echo = ECHO_DB, active = ECHO_ACTIVE_DB,
                gain = GAIN_DB;
    float level = GAIN_LEVEL;
    speex_echo_ctl(canceller->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    SpeexPreprocessState *preprocessor = canceller->preprocessor;
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_ECHO_STATE, canceller->echo);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, &echo);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, &active);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_DENOISE, &on);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_AGC, &on);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_AGC_LEVEL, &level);
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, &gain);
}

static void *create(void)
{
    struct canceller *canceller = g_new0(struct canceller, 1);
    canceller->echo = speex_echo_state_init(AUDIO_PROCESSING_BLOCK, TAIL);
    canceller->preprocessor = speex_preprocess_state_init(AUDIO_PROCESSING_BLOCK, AUDIO_PROCESSING_RATE);
    if (!canceller->echo || !canceller->preprocessor) {
        destroy(canceller);
        return NULL;
    }
    set_up(canceller);
    return canceller;
}

static void play(void *state, const int16_t *pcm)
{
    struct canceller *canceller = state;
    memcpy(canceller->far, pcm, sizeof canceller->far);
}

/* The delay is within the filter's reach: it is learnt. */
static void capture(void *state, int16_t *pcm, int delay_ms)
{
    (void)delay_ms;
    struct canceller *canceller = state;
    int16_t clean[AUDIO_PROCESSING_BLOCK];
    speex_echo_cancellation(canceller->echo, pcm, canceller->far, clean);
    speex_preprocess_run(canceller->preprocessor, clean);
    memcpy(pcm, clean, sizeof clean);
}

const struct audio_processing_backend audio_processing_speex = {
    .name = "speexdsp",
    .create = create,
    .destroy = destroy,
    .play = play,
    .capture = capture,
};
