/* The hub's weight and speed with many connected clients, and Mosquitto's under the same load in the same run. Each
 * server is a program of its own, held on one core; the load comes from this process, on the others.
 *
 *   bench_hub --hub CALLAPI [--clients 10000] [--rate 5000] [--seconds 10] [--seed N] [--json FILE] */
#define _GNU_SOURCE /* sched_setaffinity */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

#define MEMORY_GOAL_KIB 10.0
#define P99_GOAL_MS 5.0

struct settings {
    char *hub, *json;
    int clients, seed;
    double rate, seconds;
};

struct figures {
    double idle_kib, loaded_kib; /* for each client: when all are in, and after the load */
    double median_ms, p99_ms;
    double cpu_percent;    /* of one core */
    double waited_percent; /* of the time: it could have run, but another program had the core */
    double lost;
    bool measured;
};

struct server {
    pid_t pid;
    int port;
    char *folder; /* Mosquitto's configuration, or NULL */
};

static void pin(int first, int last)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (int i = first; i <= last; i++)
        CPU_SET(i, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

/* Its standard output, to be closed by the caller; -1 where it does not start. */
static int spawn(struct server *server, char *const *argv)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    server->pid = fork();
    if (server->pid == 0) {
        int last = (int)g_get_num_processors() - 1;
        pin(last, last);
        dup2(ends[1], STDOUT_FILENO);
        execvp(argv[0], argv);
        fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    return ends[0];
}

static bool start_hub(struct server *server, const char *program)
{
    char *argv[] = { (char *)program, "hub", "--listen", "127.0.0.1:0", NULL };
    int out = spawn(server, argv);
    char line[256] = "";
    FILE *file = out >= 0 ? fdopen(out, "r") : NULL;
    const char *colon = file && fgets(line, sizeof line, file) ? strrchr(line, ':') : NULL;
    server->port = colon ? atoi(colon + 1) : 0;
    if (file)
        fclose(file);
    return server->port > 0;
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = connect(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
    return result;
}

static int free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = bind(fd, (struct sockaddr *)&address, sizeof address) ||
                 getsockname(fd, (struct sockaddr *)&address, &length);
    close(fd);
    return failed ? 0 : ntohs(address.sin_port);
}

static bool start_mosquitto(struct server *server)
{
    server->port = free_port();
    server->folder = g_dir_make_tmp("bench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(server->folder, "mosquitto.conf", NULL);
    g_autofree char *text = g_strdup_printf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n"
                                            "log_dest none\nmax_connections -1\nset_tcp_nodelay true\n",
                                            server->port);
    if (!g_file_set_contents(path, text, -1, NULL))
        return false;
    char *argv[] = { "mosquitto", "-c", path, NULL };
    int out = spawn(server, argv);
    if (out < 0)
        return false;
    close(out);
    for (int tries = 0; tries < 100; tries++) {
        if (!connect_to(server->port))
            return true;
        g_usleep(G_USEC_PER_SEC / 20);
    }
    return false;
}

static void stop(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGTERM);
        waitpid(server->pid, NULL, 0);
    }
    if (server->folder) {
        g_autofree char *path = g_build_filename(server->folder, "mosquitto.conf", NULL);
        g_unlink(path);
        g_rmdir(server->folder);
        g_free(server->folder);
    }
}

/* The process's own memory; what the kernel holds for its sockets is not in it. */
static double memory_kib(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/smaps_rollup", (int)pid), *text = NULL;
    const char *at = g_file_get_contents(path, &text, NULL, NULL) ? strstr(text, "\nPss:") : NULL;
    return at ? g_ascii_strtod(at + 5, NULL) : 0;
}

static double cpu_seconds(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL;
    unsigned long user = 0, system = 0;
    const char *at = g_file_get_contents(path, &text, NULL, NULL) ? strrchr(text, ')') : NULL;
    if (at)
        sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double waited_seconds(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/schedstat", (int)pid), *text = NULL;
    unsigned long long ran, waited = 0;
    if (g_file_get_contents(path, &text, NULL, NULL))
        sscanf(text, "%llu %llu", &ran, &waited);
    return (double)waited / 1e9;
}

static bool measure(const struct settings *settings, const struct server *server, const struct load_protocol *protocol,
                    struct figures *figures)
{
    struct load load;
    double before_kib = memory_kib(server->pid);
    bool good = load_connect(&load, protocol, server->port, settings->clients, (uint32_t)settings->seed);
    if (good) {
        g_usleep(G_USEC_PER_SEC / 2);
        figures->idle_kib = (memory_kib(server->pid) - before_kib) / settings->clients;
        double cpu = cpu_seconds(server->pid), waited = waited_seconds(server->pid);
        int64_t start_us = g_get_monotonic_time();
        good = load_run(&load, settings->rate, settings->seconds);
        double seconds = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
        figures->cpu_percent = (cpu_seconds(server->pid) - cpu) / seconds * 100;
        figures->waited_percent = (waited_seconds(server->pid) - waited) / seconds * 100;
        figures->loaded_kib = (memory_kib(server->pid) - before_kib) / settings->clients;
        figures->median_ms = load_quantile(&load, 0.5);
        figures->p99_ms = load_quantile(&load, 0.99);
        figures->lost = (double)load.sent - (double)load.latencies->len;
    }
    load_close(&load);
    figures->measured = good;
    return good;
}

struct row {
    const char *what, *unit;
    double goal, ours, mosquitto; /* goal < 0: none */
};

static bool row_met(const struct row *row)
{
    return row->goal < 0 || row->ours <= row->goal;
}

static void print_row(const struct row *row)
{
    g_autofree char *goal = row->goal < 0 ? g_strdup("-") : g_strdup_printf("%.2f", row->goal);
    printf("%-40s %-8s %8s %9.2f %10.2f  %s\n", row->what, row->unit, goal, row->ours, row->mosquitto,
           row->goal < 0  ? ""
           : row_met(row) ? "met"
                          : "NOT MET");
}

static cJSON *row_to_json(const struct row *row)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "what", row->what);
    cJSON_AddStringToObject(json, "unit", row->unit);
    cJSON_AddItemToObject(json, "goal", row->goal < 0 ? cJSON_CreateNull() : cJSON_CreateNumber(row->goal));
    cJSON_AddNumberToObject(json, "ours", row->ours);
    cJSON_AddNumberToObject(json, "mosquitto", row->mosquitto);
    cJSON_AddBoolToObject(json, "met", row_met(row));
    return json;
}

static bool save(const char *path, cJSON *rows)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "rows", rows);
    char *text = cJSON_Print(json);
    g_autoptr(GError) error = NULL;
    bool saved = g_file_set_contents(path, text, -1, &error);
    if (!saved)
        fprintf(stderr, "%s\n", error->message);
    cJSON_free(text);
    cJSON_Delete(json);
    return saved;
}

/* True where all goals are met and the rows are saved. */
static bool report(const struct settings *settings, const struct figures *ours, const struct figures *theirs)
{
    const struct row rows[] = {
        { "memory for each client, all idle", "KiB", MEMORY_GOAL_KIB, ours->idle_kib, theirs->idle_kib },
        { "memory for each client, after the load", "KiB", MEMORY_GOAL_KIB, ours->loaded_kib, theirs->loaded_kib },
        { "call message, median", "ms", -1, ours->median_ms, theirs->median_ms },
        { "call message, 99th percentile", "ms", P99_GOAL_MS, ours->p99_ms, theirs->p99_ms },
        { "call messages lost", "", 0, ours->lost, theirs->lost },
        { "processor time, of one core", "%", -1, ours->cpu_percent, theirs->cpu_percent },
        { "waited for its core (other programs)", "%", -1, ours->waited_percent, theirs->waited_percent },
    };
    bool met = true;
    cJSON *json = cJSON_CreateArray();
    printf("%-40s %-8s %8s %9s %10s\n", "", "unit", "goal", "hub", "mosquitto");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_row(&rows[i]);
        cJSON_AddItemToArray(json, row_to_json(&rows[i]));
        met &= row_met(&rows[i]);
    }
    return save(settings->json, json) && met;
}

static bool parse(struct settings *settings, int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "hub", 0, 0, G_OPTION_ARG_FILENAME, &settings->hub, "the callapi program", "PATH" },
        { "json", 0, 0, G_OPTION_ARG_FILENAME, &settings->json, "where the figures go", "FILE" },
        { "clients", 0, 0, G_OPTION_ARG_INT, &settings->clients, "connected clients", "N" },
        { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &settings->rate, "messages a second, of all together", "N" },
        { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &settings->seconds, "length of the load", "N" },
        { "seed", 0, 0, G_OPTION_ARG_INT, &settings->seed, "of who sends to whom", "N" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    bool good = g_option_context_parse(context, &argc, &argv, &error) && settings->hub && settings->clients >= 2 &&
                settings->rate > 0 && settings->seconds > 0;
    if (!good)
        fprintf(stderr, "%s\n", error ? error->message : "--hub is needed, two clients, and a load above zero");
    return good;
}

/* Both this process and the servers, which inherit it, hold a descriptor for each client. */
static bool raise_descriptors(int clients)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < (rlim_t)clients + 100)
        fprintf(stderr, "only %lu file descriptors are allowed here: ulimit -Hn\n", (unsigned long)limit.rlim_max);
    return limit.rlim_max >= (rlim_t)clients + 100;
}

int main(int argc, char **argv)
{
    struct settings settings = {
        .json = "hub.json", .clients = 10000, .rate = 5000, .seconds = 10, .seed = (int)(g_random_int() & 0xffffff)
    };
    if (!parse(&settings, argc, argv) || !raise_descriptors(settings.clients))
        return 2;
    printf("%d clients, %.0f messages a second for %.0f s, seed %d\n", settings.clients, settings.rate,
           settings.seconds, settings.seed);
    fflush(stdout);
    struct figures ours = { 0 }, theirs = { 0 };
    struct server hub = { 0 }, mosquitto = { 0 };
    if (g_get_num_processors() > 1)
        pin(0, (int)g_get_num_processors() - 2);
    bool good = start_hub(&hub, settings.hub) && measure(&settings, &hub, &load_hub, &ours);
    stop(&hub);
    good &= start_mosquitto(&mosquitto) && measure(&settings, &mosquitto, &load_mqtt, &theirs);
    stop(&mosquitto);
    if (!good) {
        fprintf(stderr, "the benchmark could not be run to its end\n");
        return 1;
    }
    return report(&settings, &ours, &theirs) ? 0 : 1;
}
