#include "app/commands/first_start.h"

#include <glib.h>
#include <glib/gstdio.h>

#include "app/setup/setup.h"

struct start {
    const struct station_kind *kind;
    int argc;
    char **argv;
    const char *kept; /* the file of what a code says */
};

/* Without the folder: on the screen the rest says enough. g_free it. */
static char *name_file_alone(const char *words, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file), *prefix = g_strdup_printf("%s/", folder);
    GString *shown = g_string_new(words);
    g_string_replace(shown, prefix, "", 0);
    return g_string_free(shown, FALSE);
}

/* It holds secrets, and counts as soon as it is there. */
static char *keep_setup(const char *text, void *user_data)
{
    const struct start *start = user_data;
    struct options options;
    g_autoptr(GError) failure = NULL;
    if (!g_file_set_contents_full(start->kept, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, &failure))
        return g_strdup(failure->message);
    g_autofree char *wrong = station_kind_read(start->kind, &options, start->argc, start->argv);
    if (!wrong && !options_name_place(&options))
        wrong = g_strdup("no hub and no stream is named");
    options_clear(&options);
    if (!wrong) {
        g_message("set up: what the code said is in %s", start->kept);
        return NULL;
    }
    g_unlink(start->kept);
    return name_file_alone(wrong, start->kept);
}

static enum setup_end ask_for_setup(struct start *start, const struct options *options, const char *wrong,
                                    struct service *service)
{
    start->kept = options->setup[0];
    g_autofree char *shown = wrong ? name_file_alone(wrong, start->kept) : NULL;
    struct setup_config config = {
        .options = options, .wrong = shown, .service = service, .take = keep_setup, .user_data = start
    };
    if (wrong)
        options_complain(start->kind->name, wrong);
    g_message("this kiosk is not set up: it waits %s",
              wrong ? "until that is mended, and it is told to read it again" : "for a code before its camera");
    return setup_run(&config);
}

bool first_start(const struct station_kind *kind, int argc, char **argv, struct service *service, int *status)
{
    struct start start = { kind, argc, argv, NULL };
    enum setup_end end = SETUP_TAKEN;
    while (end == SETUP_TAKEN || end == SETUP_READ_AGAIN) {
        struct options options;
        g_autofree char *wrong = NULL, *unclear = NULL;
        bool read = options_read(&options, argc, argv, &wrong), named = read && options_name_place(&options);
        if (named)
            wrong = station_kind_find_wrong(kind, &options);
        if (!read) {
            options_clear(&options);
            options_read_arguments(&options, argc, argv, &unclear);
        }
        bool asks = options.setup && (wrong || !named);
        if (asks)
            end = ask_for_setup(&start, &options, wrong, service);
        options_clear(&options);
        if (!asks)
            return true;
    }
    *status = end == SETUP_ENDED ? 0 : 1;
    return false;
}
