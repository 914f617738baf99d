/* What this machine has, each tried and not only listed. */
#include <SDL.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands.h"
#include "app/options.h"
#include "engine/capture.h"
#include "engine/hardware.h"
#include "engine/video_decoder.h"
#include "engine/video_encoder.h"
#include "platform/audio_processing.h"
#include "platform/camera.h"
#include "platform/microphone.h"
#include "platform/speaker.h"

static void row(const char *name, bool works, const char *detail)
{
    printf("  %-4s %-24s %s\n", works ? "yes" : "no", name, detail ? detail : "");
}

static void try_video_drivers(void)
{
    printf("video drivers (SDL)\n");
    for (int i = 0; i < SDL_GetNumVideoDrivers(); i++) {
        const char *name = SDL_GetVideoDriver(i);
        bool works = SDL_VideoInit(name) == 0;
        g_autofree char *detail = works ? g_strdup_printf("%d display(s)", SDL_GetNumVideoDisplays()) : g_strdup(SDL_GetError());
        row(name, works, detail);
        if (works)
            SDL_VideoQuit();
    }
}

static void try_render_drivers(void)
{
    printf("render drivers (SDL, on the first video driver that works)\n");
    if (SDL_VideoInit(NULL) != 0 && SDL_VideoInit("dummy") != 0) {
        row("none", false, SDL_GetError());
        return;
    }
    for (int i = 0; i < SDL_GetNumRenderDrivers(); i++) {
        SDL_RendererInfo info;
        SDL_GetRenderDriverInfo(i, &info);
        SDL_Window *window = SDL_CreateWindow("doctor", 0, 0, 64, 64, SDL_WINDOW_HIDDEN);
        SDL_Renderer *renderer = window ? SDL_CreateRenderer(window, i, 0) : NULL;
        bool draws = renderer && SDL_RenderClear(renderer) == 0;
        row(info.name, draws, draws ? SDL_GetCurrentVideoDriver() : SDL_GetError());
        if (renderer)
            SDL_DestroyRenderer(renderer);
        if (window)
            SDL_DestroyWindow(window);
    }
    SDL_VideoQuit();
}

static void try_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec)
{
    g_autofree char *why = NULL;
    g_autofree char *name = g_strdup_printf("%s %s", avcodec_get_name(codec), decoder->name);
    bool works = hardware_prove_decoder(decoder, codec, &why);
    row(name, works, why);
}

static void ignore_frame(struct frame_sink *sink, const AVFrame *frame)
{
    (void)sink;
    (void)frame;
}

static void ignore_request(void *user_data)
{
    (void)user_data;
}

static void try_decoders(void)
{
    static const struct frame_sink_ops ops = { .push = ignore_frame };
    struct frame_sink nowhere = { &ops };
    struct video_decoder_listener listener = { .key_frame_needed = ignore_request };
    printf("decoders, the best first\n");
    for (const struct hardware_decoder *decoder = hardware_decoders(); decoder->name; decoder++) {
        if (decoder->h264)
            try_decoder(decoder, AV_CODEC_ID_H264);
        if (decoder->vp8)
            try_decoder(decoder, AV_CODEC_ID_VP8);
    }
    struct video_decoder *software = video_decoder_create(false, &nowhere, &listener);
    row("h264, vp8 software", software != NULL, software ? "FFmpeg, one thread" : "this FFmpeg lacks them");
    video_decoder_destroy(software);
}

static void ignore_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void ignore_packet(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    (void)packet;
}

static void ignore_loss(struct packet_sink *sink)
{
    (void)sink;
}

static void try_encoders(void)
{
    static const struct packet_sink_ops ops = { .open = ignore_open, .push = ignore_packet, .lose = ignore_loss };
    static const enum AVCodecID codecs[] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };
    struct packet_sink nowhere = { &ops };
    printf("encoders, the best first\n");
    for (const struct hardware_encoder *encoder = hardware_encoders(); encoder->name; encoder++) {
        g_autofree char *why = NULL;
        bool works = hardware_prove_encoder(encoder, &why);
        row(encoder->name, works, why);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
        struct video_encoder_config config = {
            .codec = codecs[i], .width = 640, .height = 360, .fps = 30, .bit_rate = 1000000, .next = &nowhere,
        };
        struct video_encoder *encoder = video_encoder_create(&config);
        row(avcodec_get_name(codecs[i]), encoder != NULL, encoder ? video_encoder_name(encoder) : "no encoder opens");
        video_encoder_destroy(encoder);
    }
}

static void try_cameras(void)
{
    g_auto(GStrv) cameras = camera_list();
    printf("cameras\n");
    if (!*cameras)
        row("none", false, "no camera is connected; the synthetic one is used unless --video or --camera says else");
    for (char **camera = cameras; *camera; camera++) {
        g_autofree char *why = NULL;
        g_autofree char *device = g_strndup(*camera, strcspn(*camera, " "));    /* what follows is its name */
        struct capture_config config = { .camera = device, .audio = "none" };
        struct capture *capture = capture_open(&config, &why);
        row(*camera, capture != NULL, why);
        capture_destroy(capture);
    }
}

static void try_sound(void)
{
    g_autofree char *why_speaker = NULL, *why_microphone = NULL;
    printf("sound\n");
    struct speaker *speaker = speaker_create(NULL, &why_speaker);
    row("speaker", !why_speaker, !why_speaker ? SDL_GetCurrentAudioDriver() : why_speaker);
    speaker_destroy(speaker);
    struct microphone *microphone = microphone_create(NULL, &why_microphone);
    row("microphone", !why_microphone, !why_microphone ? SDL_GetCurrentAudioDriver() : why_microphone);
    microphone_destroy(microphone);
    const char *backend = audio_processing_backend(0);
    row("echo cancellation", backend, backend ? backend : "built without libwebrtc-audio-processing and speexdsp");
}

int command_doctor(int argc, char **argv)
{
    struct options options;
    int status;
    if (options_parse(&options, "doctor", argc, argv, &status)) {
        try_video_drivers();
        try_render_drivers();
        try_decoders();
        try_encoders();
        try_cameras();
        try_sound();
        status = 0;
    }
    options_clear(&options);
    return status;
}
