/* Conditions of paths as lines of words, such as "path=A>B loss=20% cut=2", at once or later. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "wan.h"

/* clang-format off */
#define KEY(key) { #key, offsetof(struct wan_conditions, key) }
const struct wan_key wan_keys[] = {
    KEY(delay), KEY(jitter), KEY(loss), KEY(burst), KEY(good), KEY(bad),
    KEY(dup), KEY(reorder), KEY(late), KEY(rate), KEY(queue), KEY(udp), KEY(size), KEY(nat),
};
/* clang-format on */
const int wan_n_keys = sizeof wan_keys / sizeof *wan_keys;

static bool names(const char *text, size_t length, const struct wan_host *host)
{
    bool any = length == 1 && *text == '*';
    return host->ns[0] && (any || (strlen(host->name) == length && !memcmp(text, host->name, length)));
}

bool wan_matches(const struct wan *wan, const char *spec, int from, int to)
{
    const struct wan_host *a = &wan->hosts[from], *b = &wan->hosts[to];
    if (from == to || !a->ns[0] || !b->ns[0])
        return false;
    if (!strcmp(spec, "*"))
        return true;
    for (const char *p = spec; *p; p++) { /* names may contain "-": each could be the one between them */
        if (*p != '>' && *p != '-')
            continue;
        size_t left = (size_t)(p - spec), right = strlen(p + 1);
        if (names(spec, left, a) && names(p + 1, right, b))
            return true;
        if (*p == '-' && names(spec, left, b) && names(p + 1, right, a))
            return true;
    }
    return false;
}

/* A line while it is read. */
struct reading {
    char path[160]; /* what the words are about */
    int64_t at;     /* "t=" */
    bool finds;     /* the words are compared with the paths; before that, only read */
    bool changes;   /* and change them */
    int hits;       /* how many conditions of paths the words name */
};

/* wan_n_keys: it is "cut"; -1: there is no such key. */
static int find_key(const char *name)
{
    for (int i = 0; i < wan_n_keys; i++)
        if (!strcmp(name, wan_keys[i].name))
            return i;
    return strcmp(name, "cut") ? -1 : wan_n_keys;
}

static void change(struct wan_path *path, int key, double value)
{
    if (key == wan_n_keys)
        path->cut = wan_now() + (int64_t)((value < 1e9 ? value : 1e9) * 1e9);
    else
        memcpy((char *)&path->conditions + wan_keys[key].at, &value, sizeof value);
}

static void take_condition(struct wan *wan, struct reading *reading, int key, double value)
{
    for (int from = 0; reading->finds && from < WAN_HOSTS; from++)
        for (int to = 0; to < WAN_HOSTS; to++) {
            if (!wan_matches(wan, reading->path, from, to))
                continue;
            reading->hits++;
            if (reading->changes)
                change(&wan->paths[from][to], key, value);
        }
}

static int take_word(struct wan *wan, struct reading *reading, char *word)
{
    char *text = strchr(word, '='), *end;
    if (!text)
        return fprintf(stderr, "wan: no '=' in \"%s\"\n", word), -1;
    *text++ = 0;
    if (!strcmp(word, "path")) {
        snprintf(reading->path, sizeof reading->path, "%s", text);
        return 0;
    }
    double value = strtod(text, &end);
    if (end == text || !(value >= 0) || (*end && strcmp(end, "%") != 0))
        return fprintf(stderr, "wan: bad value \"%s=%s\"\n", word, text), -1;
    if (!strcmp(word, "t")) {
        reading->at = (int64_t)(value * 1e9);
        return 0;
    }
    int key = find_key(word);
    if (key < 0)
        return fprintf(stderr, "wan: unknown key \"%s\"\n", word), -1;
    take_condition(wan, reading, key, value);
    return 0;
}

static int take_words(struct wan *wan, struct reading *reading, const char *line)
{
    static const char blanks[] = " ,;\t\n";
    char words[WAN_LINE], *save;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok_r(words, blanks, &save); word; word = strtok_r(NULL, blanks, &save))
        if (take_word(wan, reading, word))
            return -1;
    return 0;
}

/* Twice: the path may stand behind what it is about, and what is wrong anywhere changes nothing. */
static int read_line(struct wan *wan, struct reading *reading, const char *line)
{
    if (take_words(wan, reading, line))
        return -1;
    reading->finds = true;
    if (take_words(wan, reading, line))
        return -1;
    if (!reading->hits)
        return fprintf(stderr, "wan: nothing matches \"%s\"\n", line), -1;
    return 0;
}

int wan_apply(struct wan *wan, const char *line)
{
    struct reading reading = { .path = "*", .changes = true };
    if (read_line(wan, &reading, line))
        return -1;
    if (wan->verbose)
        fprintf(stderr, "wan: %.3f %s\n", (double)(wan_now() - wan->start) / 1e9, line);
    return 0;
}

int wan_add_event(struct wan *wan, const char *line)
{
    struct reading reading = { .path = "*" };
    if (wan->n_events == WAN_EVENTS || strlen(line) >= WAN_LINE || read_line(wan, &reading, line))
        return -1;
    int i = wan->n_events++;
    for (; i > 0 && wan->events[i - 1].at > reading.at; i--)
        wan->events[i] = wan->events[i - 1];
    wan->events[i].at = reading.at;
    snprintf(wan->events[i].text, WAN_LINE, "%s", line);
    return 0;
}

void wan_apply_events(struct wan *wan, int64_t since_start)
{
    while (wan->next_event < wan->n_events && wan->events[wan->next_event].at <= since_start)
        wan_apply(wan, wan->events[wan->next_event++].text);
}
