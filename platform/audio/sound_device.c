#include "platform/audio/sound_device.h"

#include <glib.h>

#include "engine/media/media.h"
#include "platform/alsa_log.h"

enum {
    PORTION = 480, /* wished: 10 ms at a time */
    LOOK_US = 200000,
    FIRST_RETRY_US = 500000,
    LAST_RETRY_US = 30000000, /* where the system tells nothing of new devices */
    SETTLED_US = 5000000,     /* a device that goes sooner is tried ever more seldom */
};

/* What the thread works on; the owner reads it when `done`. */
struct opener {
    GThread *thread;
    const char *name; /* borrowed from the device, which outlives the thread */
    bool records;
    SDL_AudioDeviceID old, id;
    int portion;
    gint done;
};

struct sound_device {
    char *name;
    bool records;
    SDL_AudioDeviceID id, stale; /* 0: none; stale: unplugged and not closed yet */
    int portion;
    struct opener *opener; /* NULL: nothing under way */
    int64_t opened_us, looked_us, retry_us, retry_after_us;
    guint removed; /* set by SDL's threads: a bit for the id of each device that went */
    gint added;    /* and whether one came */
};

/* SDL's ids are small numbers. */
static guint bit(SDL_AudioDeviceID id)
{
    return id < 32 ? 1u << id : 0;
}

static const char *word(const struct sound_device *device)
{
    return device->records ? "microphone" : "speaker";
}

/* SDL converts to what the device has. */
static SDL_AudioDeviceID open_by_name(const char *name, bool records, int *portion)
{
    SDL_AudioSpec wanted = { .freq = AUDIO_RATE,
                             .format = AUDIO_S16SYS,
                             .channels = AUDIO_CHANNELS,
                             .samples = PORTION },
                  got;
    alsa_log_handler before = alsa_log_take_thread();
    SDL_AudioDeviceID id = SDL_OpenAudioDevice(name, records, &wanted, &got, 0);
    alsa_log_leave_thread(before);
    if (id) {
        *portion = got.samples;
        SDL_PauseAudioDevice(id, 0);
    }
    return id;
}

static gpointer open_in_thread(gpointer data)
{
    struct opener *opener = data;
    if (opener->old)
        SDL_CloseAudioDevice(opener->old);
    if (opener->name)
        opener->id = open_by_name(opener->name, opener->records, &opener->portion);
    if (!opener->id)
        opener->id = open_by_name(NULL, opener->records, &opener->portion);
    g_atomic_int_set(&opener->done, 1);
    return NULL;
}

/* On any thread. A device that goes is named by its id, one that comes by its place in a list. */
static int SDLCALL watch(void *data, SDL_Event *event)
{
    struct sound_device *device = data;
    if (event->type == SDL_AUDIODEVICEREMOVED && !event->adevice.iscapture == !device->records)
        g_atomic_int_or(&device->removed, bit(event->adevice.which));
    else if (event->type == SDL_AUDIODEVICEADDED && !event->adevice.iscapture == !device->records)
        g_atomic_int_set(&device->added, 1);
    return 0;
}

static void say_why(const struct sound_device *device, char **error)
{
    const char *quote = device->name ? "\"" : "";
    g_autofree char *words = g_strdup_printf("%s: the %s %s%s%s cannot be opened: %s; plug one in",
                                             device->records ? "the far end hears nothing" : "no sound", word(device),
                                             quote, device->name ? device->name : "(default)", quote, SDL_GetError());
    g_warning("%s", words);
    if (error)
        *error = g_steal_pointer(&words);
}

struct sound_device *sound_device_create(const char *name, bool records, char **error)
{
    struct sound_device *device = g_new0(struct sound_device, 1);
    device->name = g_strdup(name);
    device->records = records;
    device->portion = PORTION;
    device->retry_after_us = FIRST_RETRY_US;
    device->opened_us = g_get_monotonic_time();
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0) {
        say_why(device, error);
        g_free(device->name);
        g_free(device);
        return NULL;
    }
    device->id = open_by_name(name, records, &device->portion);
    if (!device->id)
        say_why(device, error);
    SDL_AddEventWatch(watch, device);
    return device;
}

static void end_opener(struct sound_device *device)
{
    g_thread_join(device->opener->thread);
    g_atomic_int_set(&device->removed, 0); /* ids are used again */
    device->id = device->opener->id;
    device->portion = device->id ? device->opener->portion : PORTION;
    g_clear_pointer(&device->opener, g_free);
}

void sound_device_destroy(struct sound_device *device)
{
    if (!device)
        return;
    SDL_DelEventWatch(watch, device);
    if (device->opener)
        end_opener(device);
    if (device->id)
        SDL_CloseAudioDevice(device->id);
    if (device->stale)
        SDL_CloseAudioDevice(device->stale);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(device->name);
    g_free(device);
}

static void put_off(struct sound_device *device, int64_t now_us)
{
    device->retry_us = now_us + device->retry_after_us;
    device->retry_after_us = MIN(2 * device->retry_after_us, LAST_RETRY_US);
}

static void start_opener(struct sound_device *device, int64_t now_us)
{
    device->opener = g_new0(struct opener, 1);
    *device->opener = (struct opener){ .name = device->name, .records = device->records, .old = device->stale };
    device->stale = 0;
    device->opener->thread = g_thread_new("sound device", open_in_thread, device->opener);
    put_off(device, now_us);
}

static bool is_gone(struct sound_device *device)
{
    return (guint)g_atomic_int_get(&device->removed) & bit(device->id) ||
           SDL_GetAudioDeviceStatus(device->id) == SDL_AUDIO_STOPPED;
}

/* The system needs a moment to choose another default device, where it has one. */
static void give_up(struct sound_device *device, int64_t now_us)
{
    g_warning("the %s is gone: the call goes on without, until one is plugged in", word(device));
    device->stale = device->id;
    device->id = 0;
    if (now_us - device->opened_us >= SETTLED_US)
        device->retry_after_us = FIRST_RETRY_US;
    put_off(device, now_us);
}

/* -1: how many devices there are is not known. */
static void try_again(struct sound_device *device, int64_t now_us)
{
    bool added = g_atomic_int_exchange(&device->added, 0);
    if (added)
        device->retry_after_us = FIRST_RETRY_US;
    if (added || (now_us >= device->retry_us && SDL_GetNumAudioDevices(device->records) != 0))
        start_opener(device, now_us);
}

static bool finish(struct sound_device *device, int64_t now_us)
{
    if (!g_atomic_int_get(&device->opener->done))
        return false;
    end_opener(device);
    if (!device->id)
        return false;
    device->opened_us = now_us;
    g_message("the %s is back", word(device));
    return true;
}

bool sound_device_poll(struct sound_device *device, int64_t now_us)
{
    if (device->opener)
        return finish(device, now_us);
    if (now_us - device->looked_us < LOOK_US)
        return false;
    device->looked_us = now_us;
    if (device->id && is_gone(device)) {
        give_up(device, now_us);
        return true;
    }
    if (!device->id)
        try_again(device, now_us);
    return false;
}

SDL_AudioDeviceID sound_device_id(const struct sound_device *device)
{
    return device->id;
}

int sound_device_portion(const struct sound_device *device)
{
    return device->portion;
}
