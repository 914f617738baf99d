// Debian 12 has the library's generation 0.3, Debian 13 generation 1.3: they differ in how it is made and set up, not
// in how it is fed. C++ because its interface is; nothing else of the project is.
#include "platform/audio/audio_processing_backend.h"

#ifdef WEBRTC_AUDIO_PROCESSING_1
#include <modules/audio_processing/include/audio_processing.h>
#else
#include <webrtc/common.h>
#include <webrtc/modules/audio_processing/include/audio_processing.h>
#endif

namespace
{

struct canceller {
    webrtc::AudioProcessing *library;
    webrtc::StreamConfig mono{ AUDIO_PROCESSING_RATE, 1 };
    float samples[AUDIO_PROCESSING_BLOCK]; // -1 to 1
};

#ifdef WEBRTC_AUDIO_PROCESSING_1
const char name[] = "libwebrtc-audio-processing 1";

webrtc::AudioProcessing *make()
{
    webrtc::AudioProcessing *library = webrtc::AudioProcessingBuilder().Create();
    if (!library)
        return nullptr;
    library->AddRef();
    webrtc::AudioProcessing::Config config;
    config.echo_canceller.enabled = true;
    config.high_pass_filter.enabled = true;
    config.noise_suppression.enabled = true;
    config.noise_suppression.level = webrtc::AudioProcessing::Config::NoiseSuppression::kHigh;
    config.gain_controller2.enabled = true;
    config.gain_controller2.adaptive_digital.enabled = true;
    library->ApplyConfig(config);
    return library;
}

void drop(webrtc::AudioProcessing *library)
{
    library->Release();
}
#else
const char name[] = "libwebrtc-audio-processing 0.3";

// The extended filter reaches over the delay of slow devices, and the delay is found where a device does not tell it.
webrtc::AudioProcessing *make()
{
    webrtc::Config config;
    config.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
    config.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(true));
    webrtc::AudioProcessing *library = webrtc::AudioProcessing::Create(config);
    if (!library)
        return nullptr;
    library->high_pass_filter()->Enable(true);
    library->echo_cancellation()->set_suppression_level(webrtc::EchoCancellation::kHighSuppression);
    library->echo_cancellation()->Enable(true);
    library->noise_suppression()->set_level(webrtc::NoiseSuppression::kHigh);
    library->noise_suppression()->Enable(true);
    library->gain_control()->set_mode(webrtc::GainControl::kAdaptiveDigital);
    library->gain_control()->Enable(true);
    return library;
}

void drop(webrtc::AudioProcessing *library)
{
    delete library;
}
#endif

void *create()
{
    webrtc::AudioProcessing *library = make();
    return library ? new canceller{ library } : nullptr;
}

void destroy(void *state)
{
    canceller *self = static_cast<canceller *>(state);
    drop(self->library);
    delete self;
}

void load(canceller *self, const int16_t *pcm)
{
    for (int i = 0; i < AUDIO_PROCESSING_BLOCK; i++)
        self->samples[i] = static_cast<float>(pcm[i]) / 32768.f;
}

int16_t rounded(float sample)
{
    float scaled = sample * 32768.f;
    if (scaled >= 32767.f)
        return 32767;
    if (scaled <= -32768.f)
        return -32768;
    return static_cast<int16_t>(scaled < 0 ? scaled - .5f : scaled + .5f);
}

void play(void *state, const int16_t *pcm)
{
    canceller *self = static_cast<canceller *>(state);
    float *channels[] = { self->samples };
    load(self, pcm);
    self->library->ProcessReverseStream(channels, self->mono, self->mono, channels);
}

// Where the library refuses a block the sound stays as it is.
void capture(void *state, int16_t *pcm, int delay_ms)
{
    canceller *self = static_cast<canceller *>(state);
    float *channels[] = { self->samples };
    load(self, pcm);
    self->library->set_stream_delay_ms(delay_ms);
    if (self->library->ProcessStream(channels, self->mono, self->mono, channels) < 0)
        return;
    for (int i = 0; i < AUDIO_PROCESSING_BLOCK; i++)
        pcm[i] = rounded(self->samples[i]);
}

} // namespace

const struct audio_processing_backend audio_processing_webrtc = { name, create, destroy, play, capture };
