#include "net/hub/service/limits.h"

#include <stddef.h>
#include <string.h>

enum { MANY = 1000000 };

static const struct row {
    const char *name;
    enum { AN_INT, A_SIZE, A_PACE } kind;
    size_t offset;
    double most;
} rows[] = {
    { "connections", AN_INT, offsetof(struct hub_limits, connections), MANY },
    { "network-sockets", AN_INT, offsetof(struct hub_limits, network_sockets), MANY },
    { "arrivals", A_PACE, offsetof(struct hub_limits, arrivals), MANY },
    { "request-bytes", A_SIZE, offsetof(struct hub_limits, request_bytes), HUB_REQUEST_MAX },
    { "requests", A_PACE, offsetof(struct hub_limits, requests), MANY },
    { "queue-bytes", A_SIZE, offsetof(struct hub_limits, queue_bytes), 1 << 30 },
    { "rooms-open", AN_INT, offsetof(struct hub_limits, rooms_open), MANY },
    { "rooms-joined", AN_INT, offsetof(struct hub_limits, rooms_joined), MANY },
    { "invites", A_PACE, offsetof(struct hub_limits, invites), MANY },
    { "joins", A_PACE, offsetof(struct hub_limits, joins), MANY },
};

static const struct row *find(const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strlen(rows[i].name) == length && !memcmp(rows[i].name, name, length))
            return &rows[i];
    return NULL;
}

/* `*text` goes on behind the number. */
static bool read_number(const char **text, double most, double *number)
{
    const char *begin = *text, *end = begin + strspn(begin, "0123456789."); /* strtod knows 0x4, 1e9 and nan */
    char *read;
    *number = g_ascii_strtod(begin, &read);
    *text = end;
    return end > begin && read == end && *number <= most;
}

/* At least 1 of each; a rate may be less. */
static bool read_value(const struct row *row, const char *text, struct hub_pace *value)
{
    *value = (struct hub_pace){ 0 };
    if (!read_number(&text, row->most, &value->burst) || value->burst < 1)
        return false;
    if (row->kind != A_PACE)
        return !*text && value->burst == (double)(int)value->burst;
    return *text++ == '/' && read_number(&text, row->most, &value->per_second) && value->per_second > 0 && !*text;
}

static char *names(void)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", rows[i].name);
    return g_string_free(text, FALSE);
}

bool hub_limits_set(struct hub_limits *limits, const char *text, char **error)
{
    size_t length = strcspn(text, "=");
    const struct row *row = find(text, length);
    g_autofree char *known = names();
    struct hub_pace value;
    if (!row || !text[length]) {
        *error = g_strdup_printf("'%s' is no limit; NAME=VALUE, where NAME is one of %s", text, known);
        return false;
    }
    if (!read_value(row, text + length + 1, &value)) {
        *error = g_strdup_printf(row->kind == A_PACE ? "'%s': BURST/PER_SECOND, at most %.0f of each, such as %s=60/2"
                                                     : "'%s': a whole number from 1 to %.0f, such as %s=60",
                                 text, row->most, row->name);
        return false;
    }
    void *member = (char *)limits + row->offset;
    if (row->kind == A_PACE)
        *(struct hub_pace *)member = value;
    else if (row->kind == A_SIZE)
        *(size_t *)member = (size_t)value.burst;
    else
        *(int *)member = (int)value.burst;
    return true;
}

static void write_sample(GString *text, const char *name, const char *suffix, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(text, "callapi_limit{name=\"%s%s\"} %s\n", name, suffix,
                           g_ascii_dtostr(digits, sizeof digits, value));
}

void hub_limits_write(const struct hub_limits *limits, GString *text)
{
    g_string_append(text, "# HELP callapi_limit What --limit sets; of a pace at once, and per second.\n"
                          "# TYPE callapi_limit gauge\n");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const void *member = (const char *)limits + rows[i].offset;
        if (rows[i].kind == AN_INT)
            write_sample(text, rows[i].name, "", *(const int *)member);
        else if (rows[i].kind == A_SIZE)
            write_sample(text, rows[i].name, "", (double)*(const size_t *)member);
        else
            write_sample(text, rows[i].name, "", ((const struct hub_pace *)member)->burst);
        if (rows[i].kind == A_PACE)
            write_sample(text, rows[i].name, "-per-second", ((const struct hub_pace *)member)->per_second);
    }
}
