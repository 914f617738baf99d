#include "platform/sound_device.h"

#include <glib.h>

#include "engine/media.h"

enum {
    PORTION = 480,                      /* wished: 10 ms at a time */
    LOOK_US = 200000,
    FIRST_RETRY_US = 500000, LAST_RETRY_US = 30000000,  /* where the system tells nothing of new devices */
};

/* What the thread works on; the owner reads it when `done`. */
struct opener {
    GThread *thread;
    const char *name;                   /* borrowed from the device, which outlives the thread */
    bool records;
    SDL_AudioDeviceID old, id;
    int portion;
    gint done;
};

struct sound_device {
    char *name;
    bool records;
    SDL_AudioDeviceID id;               /* 0: none */
    int portion;
    struct opener *opener;              /* NULL: nothing under way */
    bool missing;                       /* said so, and not yet that it is back */
    int64_t looked_us, retry_us, retry_after_us;
    gint removed, added;                /* set by SDL's threads: the id of a device that went; whether one came */
};

static const char *word(const struct sound_device *device)
{
    return device->records ? "microphone" : "speaker";
}

/* SDL converts to what the device has. */
static SDL_AudioDeviceID open_by_name(const char *name, bool records, int *portion)
{
    SDL_AudioSpec wanted = { .freq = AUDIO_RATE, .format = AUDIO_S16SYS, .channels = AUDIO_CHANNELS, .samples = PORTION }, got;
    SDL_AudioDeviceID id = SDL_OpenAudioDevice(name, records, &wanted, &got, 0);
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
        g_atomic_int_set(&device->removed, (gint)event->adevice.which);
    else if (event->type == SDL_AUDIODEVICEADDED && !event->adevice.iscapture == !device->records)
        g_atomic_int_set(&device->added, 1);
    return 0;
}

static void say_why(const struct sound_device *device, char **error)
{
    const char *quote = device->name ? "\"" : "";
    g_autofree char *words = g_strdup_printf("%s: the %s %s%s%s cannot be opened: %s; plug one in",
                                             device->records ? "the far end hears nothing" : "no sound", word(device), quote,
                                             device->name ? device->name : "(default)", quote, SDL_GetError());
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
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0) {
        say_why(device, error);
        g_free(device->name);
        g_free(device);
        return NULL;
    }
    device->id = open_by_name(name, records, &device->portion);
    if (!device->id) {
        say_why(device, error);
        device->missing = true;
    }
    SDL_AddEventWatch(watch, device);
    return device;
}

static void end_opener(struct sound_device *device)
{
    g_thread_join(device->opener->thread);
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
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(device->name);
    g_free(device);
}

static void start_opener(struct sound_device *device, SDL_AudioDeviceID old, int64_t now_us)
{
    device->opener = g_new0(struct opener, 1);
    *device->opener = (struct opener){ .name = device->name, .records = device->records, .old = old };
    device->opener->thread = g_thread_new("sound device", open_in_thread, device->opener);
    device->retry_us = now_us + device->retry_after_us;
    device->retry_after_us = MIN(2 * device->retry_after_us, LAST_RETRY_US);
}

static bool is_gone(struct sound_device *device)
{
    bool removed = (SDL_AudioDeviceID)g_atomic_int_get(&device->removed) == device->id;
    return removed || SDL_GetAudioDeviceStatus(device->id) == SDL_AUDIO_STOPPED;
}

/* Another device may be there already: it is tried at once. */
static void give_up(struct sound_device *device, int64_t now_us)
{
    SDL_AudioDeviceID old = device->id;
    g_warning("the %s is gone: the call goes on without, until one is plugged in", word(device));
    device->id = 0;
    device->missing = true;
    device->retry_after_us = FIRST_RETRY_US;
    start_opener(device, old, now_us);
}

/* SDL's list may be empty and yet the default device work (0: none, -1: not known). */
static void try_again(struct sound_device *device, int64_t now_us)
{
    bool added = g_atomic_int_exchange(&device->added, 0);
    if (added)
        device->retry_after_us = FIRST_RETRY_US;
    else if (now_us < device->retry_us || SDL_GetNumAudioDevices(device->records) == 0)
        return;
    start_opener(device, 0, now_us);
}

static bool finish(struct sound_device *device)
{
    if (!g_atomic_int_get(&device->opener->done))
        return false;
    end_opener(device);
    if (!device->id)
        return false;
    device->missing = false;
    device->retry_after_us = FIRST_RETRY_US;
    g_message("the %s is back", word(device));
    return true;
}

bool sound_device_poll(struct sound_device *device, int64_t now_us)
{
    if (device->opener)
        return finish(device);
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
