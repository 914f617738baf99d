#include "app/screen/overlay_data.h"

#include <glib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/view/language.h"

#define UNKNOWN "–"

/* ---- words ---- */

static void say(struct overlay_row *row, const char *label, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void say(struct overlay_row *row, const char *label, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    row->label = label;
    g_vsnprintf(row->value, sizeof row->value, format, arguments);
    va_end(arguments);
}

struct number {
    char text[24];
};

static struct number number(double value, int decimals)
{
    struct number number = { UNKNOWN };
    if (isfinite(value))
        g_snprintf(number.text, sizeof number.text, "%.*f", decimals, CLAMP(value, -1e9, 1e9));
    return number;
}

static void say_pair(struct overlay_row *row, const char *label, double a, double b, int decimals, const char *unit)
{
    if (!isfinite(a) && !isfinite(b))
        say(row, label, UNKNOWN);
    else
        say(row, label, "%s / %s %s", number(a, decimals).text, number(b, decimals).text, unit);
}

static void say_one(struct overlay_row *row, const char *label, double value, int decimals, const char *unit)
{
    if (isfinite(value))
        say(row, label, "%s %s", number(value, decimals).text, unit);
    else
        say(row, label, UNKNOWN);
}

static void say_picture(struct overlay_row *row, const char *label, int width, int height, double fps)
{
    if (width > 0)
        say(row, label, "%d×%d, %s fps", width, height, number(fps, 0).text);
    else
        say(row, label, UNKNOWN);
}

/* Not a number is no judgement. */
static enum overlay_tone judge(double value, double worse, double bad)
{
    return value >= bad ? OVERLAY_BAD : value >= worse ? OVERLAY_WORSE : OVERLAY_PLAIN;
}

/* ---- rows ---- */

static void describe_path(const struct statistics_second *second, struct overlay_row *rows)
{
    say_one(&rows[0], _("Round trip"), second->round_trip_time * 1000, 0, "ms");
    rows[0].tone = judge(second->round_trip_time, 0.15, 0.5);
    say_pair(&rows[1], _("Loss in / out"), second->fraction_lost * 100, second->remote_fraction_lost * 100, 1, "%");
    rows[1].tone = judge(fmax(second->fraction_lost, second->remote_fraction_lost), 0.01, 0.08);
    say_pair(&rows[2], _("Jitter sound / video"), second->jitter[STATISTICS_AUDIO] * 1000,
             second->jitter[STATISTICS_VIDEO] * 1000, 0, "ms");
    say_pair(&rows[3], _("Resent in / out"), second->retransmissions_received, second->retransmissions_sent, 0,
             _("per s"));
}

static void describe_received(const struct statistics_second *second, const struct playback_statistics *playback,
                              struct overlay_row *rows)
{
    say_picture(&rows[0], _("Received"), playback->width, playback->height, second->frames_decoded);
    rows[0].begins_group = true;
    say_pair(&rows[1], _("Video / sound in"), second->received_bitrate[STATISTICS_VIDEO] / 1000,
             second->received_bitrate[STATISTICS_AUDIO] / 1000, 0, "kbit/s");
    say(&rows[2], _("Freezes"), "%" PRIu64 " (%.1f s)", playback->freeze_count, playback->total_freezes_duration);
    rows[2].tone = second->freezes > 0 ? OVERLAY_BAD : OVERLAY_PLAIN;
    say_one(&rows[3], _("Concealed sound"), second->concealed * 100, 1, "%");
    rows[3].tone = judge(second->concealed, 0.01, 0.05);
    say_one(&rows[4], _("Sound delay"), playback->audio_delay_ms ? (float)playback->audio_delay_ms : NAN, 0, "ms");
}

static const char *limitation(const struct statistics_snapshot *now)
{
    const char *const words[QUALITY_LIMITATIONS] = { _("nothing"), _("bandwidth"), _("this machine") };
    return now->encodes ? words[now->encoding.limitation] : UNKNOWN;
}

static void describe_sent(const struct statistics_second *second, const struct statistics_snapshot *now,
                          struct overlay_row *rows)
{
    say_picture(&rows[0], _("Sent"), now->encoding.width, now->encoding.height, second->frames_encoded);
    rows[0].begins_group = true;
    say_pair(&rows[1], _("Video / sound out"), second->sent_bitrate[STATISTICS_VIDEO] / 1000,
             second->sent_bitrate[STATISTICS_AUDIO] / 1000, 0, "kbit/s");
    say_pair(&rows[2], _("Target / available"), second->target_bitrate / 1000,
             second->available_outgoing_bitrate / 1000, 0, "kbit/s");
    say(&rows[3], _("Limited by"), "%s", limitation(now));
    rows[3].tone = now->encodes && now->encoding.limitation ? OVERLAY_WORSE : OVERLAY_PLAIN;
}

/* Of the loop's time. Over three quarters of it pictures become smaller (engine/adaptation/capacity.h). */
static void describe_loads(const struct statistics_snapshot *now, struct overlay_row *row)
{
    const double *loads = now->encoding.loads;
    if (now->encodes)
        say(row, _("Encode / decode / draw"), "%.0f / %.0f / %.0f %%", loads[STATISTICS_ENCODING] * 100,
            loads[STATISTICS_DECODING] * 100, loads[STATISTICS_DRAWING] * 100);
    else
        say(row, _("Encode / decode / draw"), UNKNOWN);
    row->tone = judge(loads[STATISTICS_ENCODING] + loads[STATISTICS_DECODING] + loads[STATISTICS_DRAWING], 0.6, 0.75);
}

void overlay_describe(const struct statistics *statistics, struct overlay_row *rows)
{
    static const struct statistics_snapshot nothing;
    const struct statistics_snapshot *now = statistics_last(statistics);
    const struct statistics_second *second = statistics_second(statistics, 0);
    memset(rows, 0, OVERLAY_ROWS * sizeof *rows);
    struct statistics_second unknown;
    if (!second) {
        statistics_second_clear(&unknown);
        second = &unknown;
        now = &nothing;
    }
    say(&rows[0], *now->remote ? now->remote : _("No connection"), "%s",
        !now->has_connection ? ""
        : second->connected  ? _("connected")
                             : _("connecting"));
    describe_path(second, &rows[1]);
    rows[1].begins_group = true;
    describe_received(second, &now->playback, &rows[5]);
    describe_sent(second, now, &rows[10]);
    say_pair(&rows[14], _("Loop stall 99 % / most"), second->stall_p99_ms, second->stall_max_ms, 0, "ms");
    rows[14].tone = judge(second->stall_p99_ms, 16, 33);
    rows[14].begins_group = true;
    describe_loads(now, &rows[15]);
    say_pair(&rows[16], _("Key frames asked / NACK"), second->plis_sent, second->nacks_sent, 0, _("per s"));
}

/* ---- graphs ---- */

/* The next of 1, 2, 5, 10, ...: a scale that does not move with every second. */
static double round_up(double value, double least)
{
    double top = pow(10, floor(log10(fmax(value, least))));
    static const double steps[] = { 1, 2, 5, 10 };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (top * steps[i] >= fmax(value, least) * 0.999)
            return top * steps[i];
    return top * 10;
}

static double sum_known(const double values[STATISTICS_KINDS])
{
    return values[STATISTICS_VIDEO] + values[STATISTICS_AUDIO];
}

static void take_second(const struct statistics_second *second, int at, struct overlay_graph *graphs)
{
    graphs[0].values[0][at] = sum_known(second->received_bitrate) / 1000;
    graphs[0].values[1][at] = sum_known(second->sent_bitrate) / 1000;
    graphs[1].values[0][at] = second->fraction_lost * 100;
    graphs[1].values[1][at] = second->remote_fraction_lost * 100;
    graphs[2].values[0][at] = second->round_trip_time * 1000;
}

static void scale_graph(struct overlay_graph *graph, double least, int decimals, const char *unit)
{
    double most = 0;
    for (int series = 0; series < OVERLAY_SERIES; series++)
        for (int i = 0; i < STATISTICS_HISTORY; i++)
            most = fmax(most, graph->values[series][i]);
    graph->top = round_up(most, least);
    const double *first = graph->values[0], *other = graph->values[1];
    struct number a = number(first[STATISTICS_HISTORY - 1], decimals),
                  b = number(other[STATISTICS_HISTORY - 1], decimals);
    g_snprintf(graph->most, sizeof graph->most, "%g", graph->top);
    if (graph->names[1])
        g_snprintf(graph->now, sizeof graph->now, "%s / %s %s", a.text, b.text, unit);
    else
        g_snprintf(graph->now, sizeof graph->now, "%s %s", a.text, unit);
}

void overlay_plot(const struct statistics *statistics, struct overlay_graph *graphs)
{
    graphs[0] = (struct overlay_graph){ .title = _("Bit rate"), .names = { _("in"), _("out") } };
    graphs[1] = (struct overlay_graph){ .title = _("Loss"), .names = { _("in"), _("out") } };
    graphs[2] = (struct overlay_graph){ .title = _("Round trip") };
    struct statistics_second unknown;
    statistics_second_clear(&unknown);
    for (int i = 0; i < STATISTICS_HISTORY; i++) {
        const struct statistics_second *second = statistics_second(statistics, STATISTICS_HISTORY - 1 - i);
        for (int g = 0; g < OVERLAY_GRAPHS; g++)
            graphs[g].values[1][i] = NAN;
        take_second(second ? second : &unknown, i, graphs);
    }
    scale_graph(&graphs[0], 100, 0, "kbit/s");
    scale_graph(&graphs[1], 5, 1, "%");
    scale_graph(&graphs[2], 50, 0, "ms");
}

/* ---- where it goes ---- */

enum { LEAST_FONT = 11, GRAPH_LINES = 4 }; /* pixels that can be read; a graph's height, in rows */

/* The buttons' place at the bottom of the screen, in points (app/client/client.c, render/ui.c). */
#define BUTTONS 100
/* The badge's, at the top. */
#define BADGE 50

static int rows_height(const struct overlay_layout *layout)
{
    return OVERLAY_ROWS * layout->line + OVERLAY_GROUPS * layout->group;
}

static void stack(SDL_Rect *places, int n, SDL_Rect area, int gap)
{
    int height = (area.h - (n - 1) * gap) / n;
    for (int i = 0; i < n; i++)
        places[i] = (SDL_Rect){ area.x, area.y + i * (height + gap), area.w, height };
}

/* Rows above graphs; the frame times in a panel of their own, at the right. */
static void lay_out_high(struct overlay_layout *layout, SDL_Rect room)
{
    int padding = layout->padding, gap = layout->line / 2, width = layout->font * 24;
    int graphs = OVERLAY_GRAPHS * GRAPH_LINES * layout->line + (OVERLAY_GRAPHS - 1) * gap;
    layout->panel = (SDL_Rect){ room.x, room.y, width + 2 * padding, rows_height(layout) + gap + graphs + 2 * padding };
    layout->rows = (SDL_Rect){ room.x + padding, room.y + padding, width, rows_height(layout) };
    stack(layout->graphs, OVERLAY_GRAPHS,
          (SDL_Rect){ layout->rows.x, layout->rows.y + layout->rows.h + gap, width, graphs }, gap);
}

/* Rows beside graphs, over the whole width. */
static void lay_out_low(struct overlay_layout *layout, SDL_Rect room, bool frames)
{
    int padding = layout->padding, column = room.w / 2 - 2 * padding;
    SDL_Rect places[OVERLAY_GRAPHS + 1],
        right = { room.x + 3 * padding + column, room.y + padding, column, room.h - 2 * padding };
    layout->panel = room;
    layout->rows = (SDL_Rect){ room.x + padding, room.y + padding, column, room.h - 2 * padding };
    stack(places, OVERLAY_GRAPHS + frames, right, padding);
    memcpy(layout->graphs, places, sizeof layout->graphs);
    if (frames)
        layout->frames = places[OVERLAY_GRAPHS];
}

static void lay_out_frames(struct overlay_layout *layout, SDL_Rect room)
{
    int padding = layout->padding, width = MIN(layout->font * 24, room.w - 2 * padding), height = 6 * layout->line;
    layout->frames_panel = (SDL_Rect){ room.x + room.w - width - 2 * padding, room.y, width + 2 * padding,
                                       height + 2 * padding };
    layout->frames = (SDL_Rect){ layout->frames_panel.x + padding, room.y + padding, width, height };
}

void overlay_lay_out(struct overlay_layout *layout, int width, int height, float scale, bool rows, bool frames)
{
    int margin = (int)(10 * scale), buttons = (int)(BUTTONS * scale);
    int font = MAX((int)(13 * scale + 0.5f), LEAST_FONT);
    *layout = (struct overlay_layout){
        .font = font, .line = font * 4 / 3, .group = font * 2 / 5, .padding = font * 2 / 3
    };
    SDL_Rect room = { margin, margin, width - 2 * margin, height - 2 * margin };
    int high = rows_height(layout) + (OVERLAY_GRAPHS * GRAPH_LINES + 2) * layout->line + 2 * layout->padding;
    bool is_high = high <= height - 2 * margin && 2 * (font * 24 + 2 * layout->padding) + 3 * margin <= width;
    if (rows && is_high)
        lay_out_high(layout, room);
    else if (rows)
        lay_out_low(layout,
                    (SDL_Rect){ room.x, room.y, room.w,
                                MIN(room.h, MAX(room.h - buttons, rows_height(layout) + 2 * layout->padding)) },
                    frames);
    room.y += (int)(BADGE * scale);
    if (frames && (is_high || !rows))
        lay_out_frames(layout, room);
}
