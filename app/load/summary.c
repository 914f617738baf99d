/* What is told of a load. */
#include <math.h>
#include <stdio.h>

#include "app/load/figures.h"
#include "app/load/parts.h"

static double ms_between(int64_t from_us, int64_t to_us)
{
    return (double)(to_us - from_us) / 1000;
}

enum { ENTERED, MEDIA, PICTURE, LOSS, ALL_FIGURES };

static const struct {
    const char *name, *words, *unit;
} told[ALL_FIGURES] = {
    [ENTERED] = { "join_ms", "in the room", "ms" },
    [MEDIA] = { "first_packet_ms", "first packet", "ms" },
    [PICTURE] = { "first_picture_ms", "first picture", "ms" },
    [LOSS] = { "loss_percent", "pictures lost", "%" },
};

static void collect_viewer(const struct load_user *viewer, GArray *figures[ALL_FIGURES])
{
    const int64_t at[] = { [ENTERED] = viewer->entered_us, [MEDIA] = viewer->media_us, [PICTURE] = viewer->first_us };
    for (size_t i = 0; i < G_N_ELEMENTS(at); i++)
        if (at[i])
            figures_add(figures[i], ms_between(viewer->began_us, at[i]));
    if (viewer->first_us)
        figures_add(figures[LOSS], load_user_loss(viewer));
}

static void collect(const struct load *load, GArray *figures[ALL_FIGURES])
{
    for (int i = 0; i < ALL_FIGURES; i++)
        figures[i] = figures_create();
    for (guint i = 0; i < load->viewers->len; i++)
        collect_viewer(load->viewers->pdata[i], figures);
}

static void forget(GArray *figures[ALL_FIGURES])
{
    for (int i = 0; i < ALL_FIGURES; i++)
        g_array_unref(figures[i]);
}

static int watching(const struct load *load)
{
    int n = 0;
    for (guint i = 0; i < load->viewers->len; i++)
        n += ((struct load_user *)load->viewers->pdata[i])->pictures > 0;
    return n;
}

struct sample {
    int viewers;
    uint64_t codes, missing;
};

static struct sample sample_of(const struct load *load)
{
    struct sample sample = { 0 };
    for (guint i = 0; i < load->viewers->len; i++) {
        const struct load_user *viewer = load->viewers->pdata[i];
        sample.viewers += viewer->decodes;
        sample.codes += viewer->codes;
        sample.missing += viewer->missing;
    }
    return sample;
}

void load_print(struct load *load)
{
    GArray *figures[ALL_FIGURES];
    struct sample sample = sample_of(load);
    collect(load, figures);
    printf("%-32s %9s %9s %9s\n", "", "50 %", "95 %", "99 %");
    for (int i = 0; i < ALL_FIGURES; i++)
        figures_print(told[i].words, told[i].unit, figures[i]);
    figures_print("call set-up", "ms", load->calls.setup_ms);
    printf("viewers: %d of %d have pictures; %d decoded: %" G_GUINT64_FORMAT " frame codes, %" G_GUINT64_FORMAT
           " missing\n",
           watching(load), load->config.viewers, sample.viewers, sample.codes, sample.missing);
    printf("calls: %d begun, %d connected, %d ended, %d lost, %d never connected\n", load->calls.begun,
           load->calls.connected, load->calls.ended, load->calls.lost, load->calls.missed);
    for (guint i = 0; i < load->calls.why->len; i++)
        printf("  %s\n", (char *)load->calls.why->pdata[i]);
    printf("this program: %.0f %% of a core\n",
           100 * load->cpu_s * G_USEC_PER_SEC / (double)(load->end_us - load->began_us));
    forget(figures);
}

/* ---- JSON ---- */

static void add_breaks(cJSON *array, const struct load_user *user, const char *of)
{
    for (guint i = 0; i < user->breaks->len; i++) {
        const struct load_break *interval = &g_array_index(user->breaks, struct load_break, i);
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "of", of);
        cJSON_AddStringToObject(object, "user", user->name);
        cJSON_AddNumberToObject(object, "from_ms", round((double)interval->from_us / 1000));
        if (interval->to_us)
            cJSON_AddNumberToObject(object, "to_ms", round((double)interval->to_us / 1000));
        else
            cJSON_AddNullToObject(object, "to_ms");
        cJSON_AddItemToArray(array, object);
    }
}

static cJSON *breaks_to_json(const struct load *load)
{
    cJSON *array = cJSON_CreateArray();
    for (guint i = 0; i < load->viewers->len; i++)
        add_breaks(array, load->viewers->pdata[i], "live");
    for (guint i = 0; i < load->pairs->len; i++)
        for (int j = 0; j < 2; j++)
            add_breaks(array, load_pair_user(load->pairs->pdata[i], j), "call");
    return array;
}

static cJSON *calls_to_json(const struct load_calls *calls)
{
    cJSON *object = cJSON_CreateObject(), *why = cJSON_AddArrayToObject(object, "why");
    cJSON_AddNumberToObject(object, "begun", calls->begun);
    cJSON_AddNumberToObject(object, "connected", calls->connected);
    cJSON_AddNumberToObject(object, "ended", calls->ended);
    cJSON_AddNumberToObject(object, "lost", calls->lost);
    cJSON_AddNumberToObject(object, "never_connected", calls->missed);
    cJSON_AddItemToObject(object, "setup_ms", figures_to_json(calls->setup_ms));
    for (guint i = 0; i < calls->why->len; i++)
        cJSON_AddItemToArray(why, cJSON_CreateString(calls->why->pdata[i]));
    return object;
}

static cJSON *viewers_to_json(const struct load *load)
{
    GArray *figures[ALL_FIGURES];
    struct sample sample = sample_of(load);
    cJSON *object = cJSON_CreateObject(), *codes = cJSON_AddObjectToObject(object, "decoded");
    collect(load, figures);
    cJSON_AddNumberToObject(object, "wanted", load->config.viewers);
    cJSON_AddNumberToObject(object, "watching", watching(load));
    for (int i = 0; i < ALL_FIGURES; i++)
        cJSON_AddItemToObject(object, told[i].name, figures_to_json(figures[i]));
    cJSON_AddNumberToObject(codes, "viewers", sample.viewers);
    cJSON_AddNumberToObject(codes, "frame_codes", (double)sample.codes);
    cJSON_AddNumberToObject(codes, "missing", (double)sample.missing);
    forget(figures);
    return object;
}

char *load_to_json(struct load *load)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "viewers", viewers_to_json(load));
    cJSON_AddItemToObject(object, "calls", calls_to_json(&load->calls));
    cJSON_AddItemToObject(object, "breaks", breaks_to_json(load));
    cJSON_AddNumberToObject(object, "seconds", ms_between(load->began_us, load->end_us) / 1000);
    cJSON_AddNumberToObject(object, "cpu_seconds", load->cpu_s);
    char *text = cJSON_Print(object), *copy = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(object);
    return copy;
}

bool load_is_well(const struct load *load)
{
    return !load->failed && watching(load) == load->config.viewers && !load->calls.lost && !load->calls.missed &&
           (!load->config.calls || load->calls.connected);
}
