#include "app/view/words.h"

#include <glib.h>

#include "app/view/language.h"

char *words_with(const char *pattern, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "%s", -1);
    return g_strjoinv(name, parts);
}

struct words_trouble words_of_status(enum agent_status status)
{
    switch (status) {
    case AGENT_STATUS_NOT_ADMITTED:
        return (struct words_trouble){ _("This device is not admitted"),
                                       _("Its token is missing, wrong or over. Please tell who looks after it.") };
    case AGENT_STATUS_OFFLINE:
        return (struct words_trouble){ _("No connection"), _("Trying again. Please check the network.") };
    case AGENT_STATUS_ROOM_REFUSED:
        return (struct words_trouble){ _("This room cannot be entered"),
                                       _("Please try another room, or tell who looks after this device.") };
    case AGENT_STATUS_ROOM_UNPLAYABLE:
        return (struct words_trouble){ _("This room’s video cannot be played here"), _("Please try another room.") };
    case AGENT_STATUS_WELL:
        break;
    }
    return (struct words_trouble){ NULL, NULL };
}

struct words_trouble words_of_stream(enum stream_fault fault)
{
    switch (fault) {
    case STREAM_UNREACHABLE:
    case STREAM_SILENT:
        return (struct words_trouble){ _("The stream cannot be reached"),
                                       _("Trying again. Please check the network.") };
    case STREAM_NOT_FOUND:
    case STREAM_ENDED:
        return (struct words_trouble){ _("The stream is not on air"), _("It is shown as soon as it begins") };
    case STREAM_REFUSED:
    case STREAM_UNTRUSTED:
        return (struct words_trouble){ _("The stream may not be watched here"),
                                       _("Please tell who looks after this device.") };
    case STREAM_UNREADABLE:
        return (struct words_trouble){ _("The stream cannot be played here"), _("Trying again.") };
    case STREAM_WELL:
        break;
    }
    return (struct words_trouble){ NULL, NULL };
}

static const char *end_with(enum call_reason reason)
{
    switch (reason) {
    case CALL_REASON_REMOTE_REJECTED:
        return _("%s declined the call");
    case CALL_REASON_REMOTE_BUSY:
        return _("%s is in another call");
    case CALL_REASON_OFFLINE:
        return _("%s is not online");
    case CALL_REASON_REMOTE_GONE:
        return _("%s is gone");
    case CALL_REASON_CALLING_TIMEOUT:
    case CALL_REASON_REMOTE_TIMEOUT:
        return _("No answer from %s");
    case CALL_REASON_REMOTE_CANCELLED:
        return _("%s called");
    case CALL_REASON_REMOTE_HANGUP:
        return _("%s ended the call");
    case CALL_REASON_FIRST_FRAME_TIMEOUT:
        return _("No picture came from %s");
    case CALL_REASON_REMOTE_FIRST_FRAME_TIMEOUT:
        return _("No picture reached %s");
    case CALL_REASON_MEDIA_LOST:
        return _("The connection to %s was lost");
    case CALL_REASON_MESSAGE_FAILED: /* the hub's reason is in the log: it is written for who looks after it */
    case CALL_REASON_NOT_ALLOWED:
        return _("%s cannot be called here");
    default:
        return NULL;
    }
}

/* It rang here: who called is not who did not answer. */
static bool was_missed(enum call_reason reason, enum call_role role)
{
    return role == CALL_ROLE_CALLEE && (reason == CALL_REASON_CALLING_TIMEOUT || reason == CALL_REASON_REMOTE_TIMEOUT);
}

char *words_of_end(enum call_reason reason, enum call_role role, const char *who)
{
    if (reason == CALL_REASON_ACCEPTED_ELSEWHERE)
        return g_strdup(_("Answered on another device"));
    const char *pattern = was_missed(reason, role) ? _("%s called") : end_with(reason);
    return pattern ? words_with(pattern, who) : NULL;
}

static const char *without_camera(enum capture_trouble trouble)
{
    switch (trouble) {
    case CAPTURE_BUSY:
        return _("Another program uses the camera, please close it: you are heard, and your initials are seen");
    case CAPTURE_FORBIDDEN:
        return _("The camera is not allowed here, please allow it: you are heard, and your initials are seen");
    default:
        return _("No camera works here: you are heard, and your initials are seen");
    }
}

const char *words_of_missing(enum capture_trouble camera, bool microphone, bool speaker)
{
    if (camera && microphone)
        return _("No camera and no microphone work here: you see and hear, but are not seen or heard");
    if (camera)
        return without_camera(camera);
    if (microphone)
        return _("No microphone works here: you are seen, but not heard");
    return speaker ? _("No loudspeaker works here: nothing can be heard") : NULL;
}

char *words_of_time(int seconds)
{
    int hours = seconds / 3600, minutes = seconds / 60 % 60;
    return hours ? g_strdup_printf("%d:%02d:%02d", hours, minutes, seconds % 60)
                 : g_strdup_printf("%d:%02d", minutes, seconds % 60);
}

static const char *day_of_week(GDateTime *time)
{
    switch (g_date_time_get_day_of_week(time)) {
    case 1:
        return _("Mon");
    case 2:
        return _("Tue");
    case 3:
        return _("Wed");
    case 4:
        return _("Thu");
    case 5:
        return _("Fri");
    case 6:
        return _("Sat");
    default:
        return _("Sun");
    }
}

char *words_of_moment(int64_t unix_ms)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(unix_ms / 1000), now = g_date_time_new_now_local();
    g_autofree char *time = then ? g_date_time_format(then, "%H:%M") : NULL;
    if (!then)
        return g_strdup("");
    if (g_date_time_difference(now, then) < G_TIME_SPAN_DAY &&
        g_date_time_get_day_of_month(now) == g_date_time_get_day_of_month(then))
        return g_steal_pointer(&time);
    if (g_date_time_difference(now, then) < 6 * G_TIME_SPAN_DAY)
        return g_strdup_printf("%s %s", day_of_week(then), time);
    return g_date_time_format(then, "%Y-%m-%d");
}

char *words_of_closing(GDateTime *now, GDateTime *opens)
{
    bool today = g_date_time_get_day_of_year(now) == g_date_time_get_day_of_year(opens) &&
                 g_date_time_difference(opens, now) < G_TIME_SPAN_DAY;
    g_autofree char *time = g_date_time_format(opens, "%H:%M");
    g_autofree char *when = today ? g_strdup(time) : g_strdup_printf("%s %s", day_of_week(opens), time);
    return words_with(_("Closed until %s"), when);
}

const char *words_of_error(enum call_error error)
{
    switch (error) {
    case CALL_ERROR_OFFLINE:
        return _("Not online now: please try again later");
    case CALL_ERROR_SIGNALLING_LOST:
        return _("No connection: please try again in a moment");
    case CALL_ERROR_MEDIA:
        return _("The connection was lost: please call again");
    case CALL_ERROR_DEVICE:
        return _("Camera or microphone do not work: are they plugged in?");
    case CALL_ERROR_PARTY:
    case CALL_ERROR_REFUSED:
        return _("Calls are not allowed here");
    default:
        return _("Not possible now: please try again in a moment");
    }
}
