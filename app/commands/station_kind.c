#include "app/commands/station_kind.h"

#include <glib.h>
#include <string.h>

#include "app/agent/feed.h"
#include "app/kiosk/handover.h"
#include "net/protocol/hub_token.h"
#include "render/theme.h"

struct rule {
    bool broken;
    const char *words;
};

/* NULL, or a line for each that is broken; g_free it. */
static char *list_broken(const struct rule *rules, size_t n)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    for (size_t i = 0; i < n; i++)
        if (rules[i].broken)
            g_strv_builder_add(lines, rules[i].words);
    g_auto(GStrv) all = g_strv_builder_end(lines);
    return *all ? g_strjoinv("\n", all) : NULL;
}

static char *find_wrong_stream(char *const *urls)
{
    char *wrong = NULL;
    for (; urls && *urls && !wrong; urls++) {
        bool path = !strstr(*urls, "://") && **urls != '@' && strcmp(*urls, "-");
        if (path && !g_file_test(*urls, G_FILE_TEST_EXISTS))
            wrong = g_strdup_printf("'%s' is no file, and no URL", *urls);
        else
            g_free(feed_name(*urls, &wrong));
    }
    return wrong;
}

/* Where the page is, it may be as good as any: only a hub gives passes. */
static bool has_phone_page(const struct options *options)
{
    g_autofree char *of_hub = handover_page_of_hub(options->hub);
    bool embedded = !g_strcmp0(options->hub, "embedded"),
         address = g_str_has_prefix(options->phone, "https://") || g_str_has_prefix(options->phone, "http://");
    return (of_hub || embedded) && (address || !strcmp(options->phone, "hub"));
}

char *station_kind_find_wrong(const struct station_kind *kind, const struct options *options)
{
    bool calls = kind->party == CALL_PARTY_ANYONE, watches = kind->party == CALL_PARTY_AUDIENCE;
    bool streams = options->streams != NULL;
    bool kiosk_only = options->reception || options->allow || options->attract || options->opening_hours ||
                      options->no_directory || options->phone;
    const struct rule rules[] = {
        { !options->user, "--user is needed: who you are" },
        { kind->room && !options->room && !streams, "--room is needed: which live room, or the URL of a stream" },
        { streams && options->room, "--room and streams exclude each other: what is to be watched?" },
        { options->call && !streams, "--call belongs to a stream: in a live room its broadcaster is called" },
        { options->to && !calls, "--to belongs to 'callapi call'" },
        { options->publish && kind->party != CALL_PARTY_BROADCASTER, "--publish belongs to 'callapi host'" },
        { options->switches && !watches, "--switches belongs to 'callapi watch' and 'callapi demo'" },
        { (options->warm || options->zaps) && !watches && !kind->kiosk, "--warm and --zaps belong to 'callapi watch'" },
        { kiosk_only && !kind->kiosk,
          "--reception, --allow, --attract, --opening-hours, --no-directory and --phone belong to 'callapi kiosk'" },
        { options->phone && !has_phone_page(options),
          "--phone is 'hub', with a hub (ws, wss) and no broker, or the address of its page (http, https)" },
        { options->room && kind->kiosk && (options->reception || options->allow),
          "--reception and --allow belong to a kiosk without --room: in a live room nobody but its broadcaster is "
          "called" },
        { options->managers && !options->manager_secret && !options->manager_key,
          "--manager wants --manager-secret or --manager-key: a name alone proves nothing" },
    };
    struct theme theme;
    char *wrong = list_broken(rules, G_N_ELEMENTS(rules));
    if (!wrong && options->managers)
        hub_keys_destroy(hub_keys_create(options->manager_secret, options->manager_key, &wrong));
    if (!wrong)
        wrong = find_wrong_stream(options->streams);
    if (!wrong)
        theme_load(&theme, options->asset_dir, options->theme, &wrong);
    return wrong;
}

char *station_kind_read(const struct station_kind *kind, struct options *options, int argc, char **argv)
{
    char *wrong = NULL;
    return options_read(options, argc, argv, &wrong) ? station_kind_find_wrong(kind, options) : wrong;
}
