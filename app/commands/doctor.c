/* What this machine has, each tried and not only listed, what was named on the command line above all; and what that
 * means for calls. */
#include <SDL.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "engine/capture/capture.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "engine/video/hardware.h"
#include "net/signal/signal.h"
#include "net/transport/ice_probe.h"
#include "platform/audio/audio_processing.h"
#include "platform/audio/microphone.h"
#include "platform/audio/speaker.h"
#include "platform/devices/camera.h"

enum { HUB_PATIENCE_US = 8 * G_USEC_PER_SEC };

struct doctor {
    const struct options *options;
    GString *missing; /* of the group that is being printed: what it has not, which is nothing wrong */
    GString *verdict;
    bool calls; /* will work */
    bool asked; /* what was named works */
};

static void row(const char *name, bool works, const char *detail)
{
    printf("  %-4s %-24s %s\n", works ? "yes" : "no", name, detail ? detail : "");
}

/* One of several ways: that it is not here is nothing to worry about, and told in detail only to who asks for more. */
static void way(struct doctor *doctor, const char *name, bool works, const char *detail)
{
    if (works || doctor->options->verbose)
        row(name, works, detail);
    else
        g_string_append_printf(doctor->missing, "%s%s", doctor->missing->len ? ", " : "", name);
}

static void end_group(struct doctor *doctor)
{
    if (doctor->missing->len)
        printf("       not here: %s\n", doctor->missing->str);
    g_string_set_size(doctor->missing, 0);
}

static G_GNUC_PRINTF(2, 3) void find(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append(doctor->verdict, "; ");
    g_string_append_vprintf(doctor->verdict, format, arguments);
    va_end(arguments);
}

/* ---- screen ---- */

static void try_video_drivers(struct doctor *doctor)
{
    printf("video drivers (SDL)\n");
    for (int i = 0; i < SDL_GetNumVideoDrivers(); i++) {
        const char *name = SDL_GetVideoDriver(i);
        bool works = SDL_VideoInit(name) == 0;
        g_autofree char *detail = works ? g_strdup_printf("%d display(s)", SDL_GetNumVideoDisplays())
                                        : g_strdup(SDL_GetError());
        way(doctor, name, works, detail);
        if (works)
            SDL_VideoQuit();
    }
    end_group(doctor);
}

static bool draws(int driver)
{
    SDL_Window *window = SDL_CreateWindow("doctor", 0, 0, 64, 64, SDL_WINDOW_HIDDEN);
    SDL_Renderer *renderer = window ? SDL_CreateRenderer(window, driver, 0) : NULL;
    bool draws = renderer && SDL_RenderClear(renderer) == 0;
    if (renderer)
        SDL_DestroyRenderer(renderer);
    if (window)
        SDL_DestroyWindow(window);
    return draws;
}

static void try_render_drivers(struct doctor *doctor)
{
    printf("render drivers (SDL, on the first video driver that works)\n");
    bool screen = SDL_VideoInit(NULL) == 0;
    if (!screen || !strcmp(SDL_GetCurrentVideoDriver(), "dummy") || !strcmp(SDL_GetCurrentVideoDriver(), "offscreen"))
        find(doctor, "no screen here: --headless only");
    if (!screen && SDL_VideoInit("dummy") != 0) {
        row("none", false, SDL_GetError());
        return;
    }
    for (int i = 0; i < SDL_GetNumRenderDrivers(); i++) {
        SDL_RendererInfo info;
        SDL_GetRenderDriverInfo(i, &info);
        bool works = draws(i);
        way(doctor, info.name, works, works ? SDL_GetCurrentVideoDriver() : SDL_GetError());
    }
    end_group(doctor);
    SDL_VideoQuit();
}

/* ---- codecs ---- */

static bool try_decoder(struct doctor *doctor, const struct hardware_decoder *decoder, enum AVCodecID codec)
{
    g_autofree char *why = NULL;
    g_autofree char *name = g_strdup_printf("%s %s", avcodec_get_name(codec), decoder->name);
    bool works = hardware_prove_decoder(decoder, codec, &why);
    way(doctor, name, works, why);
    return works;
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

static void try_decoders(struct doctor *doctor)
{
    static const struct frame_sink_ops ops = { .push = ignore_frame };
    struct frame_sink nowhere = { &ops };
    struct video_decoder_listener listener = { .key_frame_needed = ignore_request };
    bool hardware = false;
    printf("decoders, the best first\n");
    for (const struct hardware_decoder *decoder = hardware_decoders(); decoder->name; decoder++) {
        hardware |= decoder->h264 && try_decoder(doctor, decoder, AV_CODEC_ID_H264);
        hardware |= decoder->vp8 && try_decoder(doctor, decoder, AV_CODEC_ID_VP8);
    }
    struct video_decoder *software = video_decoder_create(NULL, &nowhere, &listener);
    row("h264, vp8 software", software != NULL, software ? "FFmpeg, one thread" : "this FFmpeg lacks them");
    end_group(doctor);
    find(doctor, hardware ? "decoding in hardware" : software ? "decoding in software" : "no decoder");
    doctor->calls &= hardware || software;
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

static bool try_software_encoder(enum AVCodecID codec)
{
    static const struct packet_sink_ops ops = { .open = ignore_open, .push = ignore_packet, .lose = ignore_loss };
    struct packet_sink nowhere = { &ops };
    struct video_encoder_config config = {
        .codec = codec, .width = 640, .height = 360, .fps = 30, .bit_rate = 1000000, .next = &nowhere
    };
    struct video_encoder *encoder = video_encoder_create(&config);
    row(avcodec_get_name(codec), encoder != NULL, encoder ? video_encoder_name(encoder) : "no encoder opens");
    video_encoder_destroy(encoder);
    return encoder != NULL;
}

static void try_encoders(struct doctor *doctor)
{
    bool hardware = false;
    printf("encoders, the best first\n");
    for (const struct hardware_encoder *encoder = hardware_encoders(); encoder->name; encoder++) {
        g_autofree char *why = NULL;
        bool works = hardware_prove_encoder(encoder, &why);
        hardware |= works;
        way(doctor, encoder->name, works, why);
    }
    bool h264 = try_software_encoder(AV_CODEC_ID_H264), vp8 = try_software_encoder(AV_CODEC_ID_VP8);
    end_group(doctor);
    find(doctor, hardware ? "encoding in hardware" : h264 || vp8 ? "encoding in software" : "no encoder");
    doctor->calls &= hardware || h264 || vp8;
}

static void try_capacity(struct doctor *doctor)
{
    g_autofree char *words = describe_capacity(doctor->options->width, doctor->options->height);
    if (words)
        find(doctor, "%s", words);
}

/* ---- devices ---- */

static bool try_camera(const char *name, const char *device)
{
    g_autofree char *why = NULL;
    struct capture_config config = { .camera = device, .audio = "none" };
    struct capture *capture = capture_open(&config, &why);
    row(name, capture != NULL, why);
    capture_destroy(capture);
    return capture != NULL;
}

static void try_own_cameras(struct doctor *doctor)
{
    for (char **camera = doctor->options->cameras; *camera; camera++)
        if (!try_camera(*camera, *camera)) {
            find(doctor, "camera %s does not work", *camera);
            doctor->asked = false;
        }
}

static void try_cameras(struct doctor *doctor)
{
    g_auto(GStrv) cameras = camera_list();
    bool works = false;
    printf("cameras\n");
    if (doctor->options->cameras) {
        try_own_cameras(doctor);
        return;
    }
    for (char **camera = cameras; *camera; camera++) {
        g_autofree char *device = g_strndup(*camera, strcspn(*camera, " ")); /* what follows is its name */
        works |= try_camera(*camera, device);
    }
    if (!*cameras)
        printf("       none is connected\n");
    if (!works)
        find(doctor, "no camera: a synthetic picture is sent, or --video FILE");
}

static void try_sound(struct doctor *doctor)
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
    if (why_speaker)
        find(doctor, "no speaker: calls are silent here");
    if (why_microphone)
        find(doctor, "no microphone: the other side hears nothing");
}

/* ---- network ---- */

struct login {
    bool online;
    char *why; /* NULL: no word yet */
};

static void on_online(void *user_data)
{
    ((struct login *)user_data)->online = true;
}

static void on_offline(void *user_data, const char *why)
{
    struct login *login = user_data;
    g_free(login->why);
    login->why = g_strdup(why);
}

static bool log_in(const struct options *options, struct reactor *reactor, char **detail)
{
    static const struct signal_listener listener = { .online = on_online, .offline = on_offline };
    struct login login = { 0 };
    struct signal_config config = {
        .url = options->hub,
        .user = options->user ? options->user : "doctor",
        .token = options->token,
        .ca_file = options->ca,
        .listener = &listener,
        .user_data = &login,
    };
    int64_t end_us = g_get_monotonic_time() + HUB_PATIENCE_US;
    struct signal_client *client = signal_client_create(reactor, &config);
    while (client && !login.online && !login.why && g_get_monotonic_time() < end_us)
        reactor_wait(reactor, MIN(end_us, g_get_monotonic_time() + G_USEC_PER_SEC / 10));
    if (login.online)
        *detail = g_strdup_printf("logged in as %s", signal_client_address(client));
    else
        *detail = login.why ? g_strdup(login.why) : g_strdup("it does not answer");
    signal_client_destroy(client);
    g_free(login.why);
    return login.online;
}

static void try_hub(struct doctor *doctor, struct reactor *reactor)
{
    g_autofree char *detail = NULL;
    printf("signalling\n");
    bool works = log_in(doctor->options, reactor, &detail);
    row(doctor->options->hub, works, detail);
    find(doctor, works ? "%s lets us in" : "%s does not let us in: %s", doctor->options->hub, detail);
    doctor->calls &= works;
}

static void try_ice_servers(struct doctor *doctor, struct reactor *reactor)
{
    const struct options *options = doctor->options;
    if (options->ice_servers)
        printf("STUN and TURN servers\n");
    for (char **url = options->ice_servers; url && *url; url++) {
        struct ice_probe_config config = { reactor, *url, options->ice_user, options->ice_credential, options->ca };
        g_autofree char *detail = NULL;
        bool works = ice_probe(&config, &detail);
        row(*url, works, detail);
        if (!works)
            find(doctor, "%s does not work", *url);
        doctor->asked &= works;
    }
}

static void try_network(struct doctor *doctor)
{
    struct reactor *reactor = reactor_create();
    if (!doctor->options->hub_is_default && strcmp(doctor->options->hub, "embedded") != 0)
        try_hub(doctor, reactor);
    try_ice_servers(doctor, reactor);
    reactor_destroy(reactor);
}

static int examine(const struct options *options)
{
    struct doctor doctor = {
        .options = options, .missing = g_string_new(NULL), .verdict = g_string_new(NULL), .calls = true, .asked = true
    };
    try_network(&doctor);
    try_decoders(&doctor);
    try_encoders(&doctor);
    try_cameras(&doctor);
    try_sound(&doctor);
    try_video_drivers(&doctor);
    try_render_drivers(&doctor);
    try_capacity(&doctor);
    printf("\n%s%s\n", doctor.calls ? "calls will work" : "calls will not work", doctor.verdict->str);
    g_string_free(doctor.missing, TRUE);
    g_string_free(doctor.verdict, TRUE);
    return doctor.calls && doctor.asked ? 0 : 1;
}

int command_doctor(int argc, char **argv)
{
    struct options options;
    int status;
    if (options_parse(&options, "doctor", argc, argv, &status))
        status = examine(&options);
    options_clear(&options);
    return status;
}
