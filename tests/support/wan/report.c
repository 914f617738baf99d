/* What became of the packets, as JSON, and how exact the emulation was. */
#include <sys/resource.h>

#include "wan.h"

static long percentile(const struct wan *wan, double share)
{
    uint64_t all = 0, sum = 0;
    for (int i = 0; i <= WAN_LATE; i++)
        all += wan->late_us[i];
    for (int i = 0; i <= WAN_LATE; i++)
        if ((sum += wan->late_us[i]) && (double)sum >= share * (double)all)
            return i;
    return 0;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report_path(const struct wan_path *path, FILE *file)
{
    const struct {
        const char *name;
        uint64_t count;
    } counters[] = {
        { "in", path->in },           { "in_bytes", path->in_bytes },
        { "out", path->out },         { "out_bytes", path->out_bytes },
        { "lost", path->lost },       { "queue_drop", path->tail },
        { "cut", path->cutoff },      { "blocked", path->blocked },
        { "dup", path->dups },        { "reordered", path->late },
        { "refused", path->refused }, { "in_flight", path->pending },
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        fprintf(file, ",\"%s\":%llu", counters[i].name, (unsigned long long)counters[i].count);
}

void wan_report(const struct wan *wan, FILE *file)
{
    const char *separator = "";
    fprintf(file,
            "{\"seed\":%llu,\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"late_us\":{\"p50\":%ld,"
            "\"p99\":%ld,\"p999\":%ld,\"max\":%ld},\"overflow\":%llu,\"unrouted\":%llu,\"paths\":[",
            (unsigned long long)wan->seed, (double)(wan_now() - wan->start) / 1e9, cpu_seconds(), percentile(wan, .5),
            percentile(wan, .99), percentile(wan, .999), percentile(wan, 1), (unsigned long long)wan->overflow,
            (unsigned long long)wan->unrouted);
    for (int from = 0; from < WAN_HOSTS; from++)
        for (int to = 0; to < WAN_HOSTS; to++) {
            if (!wan_matches(wan, "*", from, to))
                continue;
            fprintf(file, "%s\n {\"path\":\"%s>%s\"", separator, wan->hosts[from].name, wan->hosts[to].name);
            report_path(&wan->paths[from][to], file);
            fprintf(file, "}");
            separator = ",";
        }
    fprintf(file, "]}\n");
}
