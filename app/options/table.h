/* The one list of all options: for the command line, the environment and configuration files. Private to
 * app/options*.c. */
#ifndef CALLAPI_APP_OPTIONS_TABLE_H
#define CALLAPI_APP_OPTIONS_TABLE_H

#include <glib.h>

#include "app/options/options.h"

#define OPTIONS_DEFAULT_HUB "ws://127.0.0.1:8080"
#define OPTIONS_DEFAULT_LISTEN "127.0.0.1:8080"

struct raw { /* texts and numbers that need more than GOption checks */
    char *size, *screen, *codec;
    char *token, *secret_file, *key_file, *webhook_file, *turn_secret_file, *manager_secret_file, *manager_key_file;
    double duration, timeout, attract_time, idle, reception_ring;
};

struct option_row {
    unsigned commands;   /* options_belongs asks them */
    const char *section; /* of a configuration file; NULL: has no place in one */
    GOptionEntry entry;
};

enum { OPTIONS_MAX = 80 };

/* Returns how many there are. They point into `options` and `raw`. */
int options_table(struct option_row rows[OPTIONS_MAX], struct options *options, struct raw *raw);

/* Whether `command` ("hub") does something with it. All commands take it all the same: one file serves them all. */
bool options_belongs(const struct option_row *row, const char *command);

/* Puts what the files (NULL-terminated) and the environment say before the `n` arguments, as the options that say the
 * same; what is said again later goes from the earlier. NULL with words that name file and line in `error` (NULL
 * before; g_free it): a line for each thing that is wrong. */
char **options_collect(char *const *files, int n, char *const *arguments, char **error);
/* Whether these (the command's name first; it takes them) are good, each by itself and together; else with words in
 * `error`. */
bool options_check_arguments(char **arguments, char **error);

#endif
