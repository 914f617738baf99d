#include "net/hub/access_log.h"

#include <inttypes.h>
#include <string.h>

#define DOMAIN "access"

/* What a program that reads key=value pairs could take for the end of a value is put between quotation marks. */
static void add(GString *line, const char *key, const char *value)
{
    bool quoted = !*value || strpbrk(value, " \"=\\");
    g_string_append_printf(line, quoted ? " %s=\"" : " %s=", key);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            g_string_append_c(line, '\\');
        g_string_append_c(line, *value);
    }
    if (quoted)
        g_string_append_c(line, '"');
}

static void add_number(GString *line, const char *key, int64_t value)
{
    g_string_append_printf(line, " %s=%" PRId64, key, value);
}

static GString *begin(const char *event)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
    GString *line = g_string_new(NULL);
    g_string_printf(line, "at=%s.%03dZ event=%s", time, g_date_time_get_microsecond(now) / 1000, event);
    return line;
}

static void end(GString *line, GLogLevelFlags level)
{
    g_log_structured(DOMAIN, level, "MESSAGE", "%s", line->str);
    g_string_free(line, TRUE);
}

static bool is_routine(const char *path)
{
    return !strcmp(path, "/healthz") || !strcmp(path, "/metrics");
}

void access_log_request(const char *peer, const char *method, const char *path, int status, size_t bytes,
                        int64_t took_us)
{
    GString *line = begin("request");
    add(line, "peer", peer);
    add(line, "method", method);
    add(line, "path", path);
    add_number(line, "status", status);
    add_number(line, "bytes", (int64_t)bytes);
    add_number(line, "took_us", took_us);
    end(line, status >= 400 ? G_LOG_LEVEL_MESSAGE : is_routine(path) ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_INFO);
}

void access_log_login(const char *peer, const char *address)
{
    GString *line = begin("login");
    add(line, "peer", peer);
    add(line, "user", address);
    end(line, G_LOG_LEVEL_INFO);
}

void access_log_logout(const char *peer, const char *address, int64_t lasted_us, const char *why)
{
    GString *line = begin("logout");
    add(line, "peer", peer);
    add(line, "user", address);
    add_number(line, "seconds", lasted_us / G_USEC_PER_SEC);
    add(line, "why", why);
    end(line, G_LOG_LEVEL_INFO);
}

void access_log_call(enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    static const char *const states[] = {
        [HUB_CALL_STARTED] = "started", [HUB_CALL_ENDED] = "ended", [HUB_CALL_MISSED] = "missed"
    };
    GString *line = begin("call");
    add(line, "call", call->match ? call->match : call->id);
    add(line, "state", states[event]);
    add(line, "from", call->from);
    add(line, "to", call->to);
    if (event == HUB_CALL_ENDED)
        add_number(line, "seconds", (now_us - call->accepted_us) / G_USEC_PER_SEC);
    end(line, G_LOG_LEVEL_INFO);
}
