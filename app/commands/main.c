/* callapi: one-on-one video calls out of a live room. */
#include <errno.h>
#include <glib.h>
#include <libavutil/log.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "platform/heap.h"
#include "platform/interrupt.h"
#include "platform/log.h"
#include "platform/restart.h"

static const struct {
    const char *name, *purpose;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "demo", "watch a live room, call its broadcaster, come back: all in one program", command_demo },
    { "watch", "watch a live room, and call its broadcaster: --room R --user U", command_watch },
    { "host", "broadcast a live room, and be called: --room R --user U", command_host },
    { "call", "call anyone, or wait for calls: --user A [--to B]", command_call },
    { "kiosk", "a screen that anybody may use: --config FILE", command_kiosk },
    { "hub", "run the signalling server: [--listen ADDR:PORT]", command_hub },
    { "manage", "look after a kiosk: --user U --to KIOSK status|screenshot|reload|restart", command_manage },
    { "history", "the calls there were: [--csv|--json] [--missed]", command_history },
    { "token", "make a token for a hub that wants one: --user U --secret-file FILE", command_token },
    { "load", "many viewers and calls at once: --viewers N --calls C --duration S", command_load },
    { "doctor", "whether calls will work here, by what this machine and --hub, --ice-server, --camera have",
      command_doctor },
};

static void print_help(FILE *to)
{
    fprintf(to, "callapi COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].purpose);
    fprintf(to, "\n'callapi COMMAND --help' lists the options, 'callapi --version' tells which this is.\n");
}

static bool says(int argc, char **argv, const char *option)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], option))
            return true;
    return false;
}

/* Names are UTF-8, in configurations and messages anyway, and GLib would convert them to what the environment has ("C"
 * under a service manager). */
static void choose_encoding(void)
{
    setlocale(LC_CTYPE, "");
    if (!g_get_charset(NULL))
        setlocale(LC_CTYPE, "C.UTF-8");
}

static int run(int (*command)(int argc, char **argv), int argc, char **argv)
{
    g_auto(GStrv) environment = g_get_environ(); /* commands change it */
    int status = command(argc - 1, argv + 1);
    if (status == COMMAND_RESTART) {
        restart_program(argv, environment);
        g_warning("%s cannot be started again: %s", argv[0], g_strerror(errno));
    }
    return status;
}

int main(int argc, char **argv)
{
    heap_return_large();
    choose_encoding();
    log_init();
    log_set_verbose(says(argc, argv, "--verbose") || says(argc, argv, "-v")); /* already while options are read */
    av_log_set_level(AV_LOG_FATAL); /* what matters of it comes back as an error code, and is said in words */
    interrupt_catch();
    if (says(argc, argv, "--version")) {
        print_version();
        return 0;
    }
    if (argc < 2 || !strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        g_autofree char *name = g_strconcat("callapi ", argv[1], NULL);
        g_set_prgname(name); /* for --help */
        return run(commands[i].run, argc, argv);
    }
    fprintf(stderr, "callapi: no command '%s'; 'callapi help' lists them\n", argv[1]);
    return 2;
}
