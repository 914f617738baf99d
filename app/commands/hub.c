#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "app/options/options.h"
#include "net/hub/hub.h"
#include "net/hub/own_certificate.h"
#include "net/hub/service/limits.h"
#include "platform/descriptors.h"
#include "platform/interrupt.h"
#include "platform/network/addresses.h"
#include "platform/private_memory.h"
#include "platform/service.h"

enum { OTHER_FDS = 64 }; /* beside one for each connection */
enum { LEAVE_WITHIN_US = 5 * G_USEC_PER_SEC };

static struct hub_config configure(const struct options *options)
{
    return (struct hub_config){
        .listen = options->listen,
        .asset_dir = options->asset_dir,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .token_secret = options->token_secret,
        .token_key = options->token_key,
        .origins = options->origins,
        .webhook = options->webhook,
        .webhook_secret = options->webhook_secret,
        .ice_servers = options->ice_servers,
        .ice_user = options->ice_user,
        .ice_credential = options->ice_credential,
        .turn_secret = options->turn_secret,
    };
}

struct hub *open_hub(const char *command, struct reactor *reactor, const struct options *options,
                     const struct hub_limits *limits)
{
    g_autofree char *error = NULL;
    struct hub_config config = configure(options);
    config.limits = limits;
    struct hub *hub = hub_create(reactor, &config, &error);
    if (!hub)
        fprintf(stderr, "callapi %s: %s\n", command, error);
    return hub;
}

/* --tls self */
static bool make_certificate(struct options *options, char **error)
{
    g_autofree char *folder = g_build_filename(g_get_user_state_dir(), "callapi", NULL);
    g_auto(GStrv) addresses = addresses_of_machine();
    return !options->tls || hub_own_certificate(folder, addresses, &options->tls_cert, &options->tls_key, error);
}

static void reload(struct hub *hub, int argc, char **argv)
{
    struct options options;
    g_autofree char *wrong = NULL;
    if (options_read(&options, argc, argv, &wrong) && make_certificate(&options, &wrong)) {
        struct hub_config config = configure(&options);
        if (hub_reload(hub, &config, &wrong))
            options_apply_log(&options);
    }
    options_clear(&options);
    if (wrong)
        g_warning("the hub goes on as it was: %s", wrong);
    else
        g_message(
            "certificate, keys, secrets and the log's level are read again; everything else is read at the start only");
}

/* Where people open the web client. Others on the network need an address that they can reach, and https. */
static void print_page(const struct hub *hub, const struct options *options)
{
    g_auto(GStrv) addresses = addresses_of_machine();
    const char *port = strrchr(hub_url(hub), ':') + 1, *scheme = options->tls_cert ? "https" : "http";
    bool everywhere = g_str_has_prefix(options->listen, "0.0.0.0:") || g_str_has_prefix(options->listen, "[::]:");
    for (int i = 0; everywhere && addresses[i]; i++)
        printf(strchr(addresses[i], ':') ? "  its page: %s://[%s]:%s/\n" : "  its page: %s://%s:%s/\n", scheme,
               addresses[i], port);
    if (!everywhere)
        printf("  its page: %s://%s/ (a phone on this network opens it with --listen 0.0.0.0:8443 --tls self)\n",
               scheme, strstr(hub_url(hub), "://") + 3);
    else if (!options->tls_cert)
        puts("  browsers give camera and microphone to https pages only: --tls self, or --tls-cert and --tls-key");
    else if (options->tls)
        puts("  the browser says once that it does not know this certificate, for nobody else has signed it: go on");
}

/* Until it is to end. systemd hears that it is ready, reads again, and lives. */
static void turn(struct reactor *reactor, struct hub *hub, int64_t end_us, int argc, char **argv)
{
    struct service *service = service_create();
    interrupt_catch_reload();
    service_ready(service);
    for (int64_t now_us = g_get_monotonic_time(); !interrupt_seen() && now_us < end_us;
         now_us = g_get_monotonic_time()) {
        service_alive(service, now_us);
        reactor_wait(reactor, MIN(MIN(end_us, service_deadline(service)), now_us + G_USEC_PER_SEC));
        if (interrupt_reload_seen()) {
            service_reloading(service);
            reload(hub, argc, argv);
            service_ready(service);
        }
    }
    service_destroy(service);
}

/* Who is connected is told before the program ends. */
static void leave(struct reactor *reactor, struct hub *hub)
{
    int64_t end_us = g_get_monotonic_time() + LEAVE_WITHIN_US;
    hub_retire(hub);
    while (!hub_has_retired(hub) && g_get_monotonic_time() < end_us)
        reactor_wait(reactor, end_us);
}

static bool set_limits(struct hub_limits *limits, const struct options *options, char **error)
{
    for (char **limit = options->limits; limit && *limit; limit++)
        if (!hub_limits_set(limits, *limit, error))
            return false;
    return true;
}

static void allow_descriptors(int connections)
{
    int allowed = descriptors_set(connections + OTHER_FDS);
    if (allowed < connections + OTHER_FDS)
        g_warning("only about %d connections are possible: this system allows %d file descriptors (ulimit -Hn, or "
                  "LimitNOFILE= of a systemd service)",
                  MAX(allowed - OTHER_FDS, 0), allowed);
}

static int serve(const struct options *options, const struct hub_limits *limits, int argc, char **argv)
{
    allow_descriptors(limits->connections);
    if (options->token_secret || options->turn_secret || options->webhook_secret || options->tls_key)
        private_memory_begin();
    struct reactor *reactor = reactor_create();
    struct hub *hub = open_hub("hub", reactor, options, limits);
    if (!hub) {
        reactor_destroy(reactor);
        return 1;
    }
    printf("callapi hub: %s\n", hub_url(hub));
    print_page(hub, options);
    fflush(stdout);
    int64_t end_us = options->duration > 0 ? g_get_monotonic_time() + (int64_t)(options->duration * G_USEC_PER_SEC)
                                           : INT64_MAX;
    turn(reactor, hub, end_us, argc, argv);
    leave(reactor, hub);
    hub_destroy(hub);
    reactor_destroy(reactor);
    return 0;
}

int command_hub(int argc, char **argv)
{
    struct options options;
    int status;
    struct hub_limits limits = HUB_LIMITS;
    g_autofree char *wrong = NULL;
    if (options_parse(&options, "hub", argc, argv, &status)) {
        if (!set_limits(&limits, &options, &wrong))
            status = 2;
        else
            status = make_certificate(&options, &wrong) ? serve(&options, &limits, argc, argv) : 1;
    }
    if (wrong)
        fprintf(stderr, "callapi hub: %s\n", wrong);
    options_clear(&options);
    return status;
}
