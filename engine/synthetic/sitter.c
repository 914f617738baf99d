#include "engine/synthetic/sitter.h"

#include <math.h>
#include <stdbool.h>

#include <glib.h>

/* In shares of the picture's height, from the middle of its lower edge: up is negative. */
struct pose {
    double breath, sway, nod;
    double eyes; /* 1: open, 0: closed */
    double hand; /* 0: down, 1: up */
    double wave; /* the forearm's angle */
};

static const double WAVE_EVERY_S = 14, WAVE_AT_S = 3, WAVE_S = 3.2, BLINK_EVERY_S = 3.7, BLINK_S = 0.22;

static double smooth(double share)
{
    share = CLAMP(share, 0, 1);
    return share * share * (3 - 2 * share);
}

static struct pose pose_at(double seconds)
{
    double wave = fmod(seconds, WAVE_EVERY_S) - WAVE_AT_S, blink = fmod(seconds, BLINK_EVERY_S) / BLINK_S;
    return (struct pose){
        .breath = sin(2 * G_PI * seconds / 4.2),
        .sway = sin(2 * G_PI * seconds / 7.3) + 0.4 * sin(2 * G_PI * seconds / 3.1),
        .nod = sin(2 * G_PI * seconds / 5.3),
        .eyes = blink < 1 ? fabs(1 - 2 * blink) : 1,
        .hand = smooth(wave / 0.7) * smooth((WAVE_S - wave) / 0.7),
        .wave = 0.24 * sin(2 * G_PI * wave / 0.9),
    };
}

/* Right of the middle where there is room: the left edge has the frame's number. */
static void place(struct brush *brush, double x, double y, double angle)
{
    const AVFrame *frame = brush->frame;
    double unit = MIN(frame->height, 0.9 * frame->width);
    brush->scale = unit;
    brush->x = 0.57 * frame->width + x * unit;
    brush->y = frame->height + y * unit;
    brush->angle = angle;
    brush->opacity = 1;
}

/* ---- body ---- */

static void draw_neck(struct brush *brush, uint32_t skin)
{
    brush_colour(brush, look_shade(skin, -0.24), look_shade(skin, -0.1));
    brush_curve(brush,
                (struct point[]){ { -0.066, -0.47 },
                                  { 0.066, -0.47 },
                                  { 0.066, -0.38 },
                                  { 0.075, -0.31 },
                                  { 0, -0.26 },
                                  { -0.075, -0.31 },
                                  { -0.066, -0.38 } },
                7);
}

static void draw_body(struct brush *brush, uint32_t colour)
{
    brush_colour(brush, look_shade(colour, 0.1), look_shade(colour, -0.25));
    brush_curve(brush,
                (struct point[]){ { -0.1, -0.315 },
                                  { -0.19, -0.285 },
                                  { -0.285, -0.235 },
                                  { -0.345, -0.13 },
                                  { -0.37, 0.02 },
                                  { -0.37, 0.2 },
                                  { 0.37, 0.2 },
                                  { 0.37, 0.02 },
                                  { 0.345, -0.13 },
                                  { 0.285, -0.235 },
                                  { 0.19, -0.285 },
                                  { 0.1, -0.315 },
                                  { 0.0, -0.30 } },
                13);
}

static void draw_collar(struct brush *brush, const struct look *look)
{
    brush_colour(brush, look_shade(look->clothes, -0.12), look_shade(look->clothes, -0.3));
    brush_curve(
        brush,
        (struct point[]){
            { -0.112, -0.33 }, { 0, -0.30 }, { 0.112, -0.33 }, { 0.1, -0.275 }, { 0, -0.222 }, { -0.1, -0.275 } },
        6);
    brush_colour(brush, look_shade(look->skin, -0.2), look_shade(look->skin, -0.04));
    brush_curve(
        brush,
        (struct point[]){
            { -0.072, -0.345 }, { 0, -0.36 }, { 0.072, -0.345 }, { 0.074, -0.295 }, { 0, -0.243 }, { -0.074, -0.295 } },
        6);
    brush_colour(brush, 0, 0);
    brush->opacity = 0.09; /* where the arms begin */
    brush_stroke(brush, (struct point){ -0.262, -0.1 }, (struct point){ -0.285, 0.03 }, 0.012);
    brush_stroke(brush, (struct point){ 0.262, -0.1 }, (struct point){ 0.285, 0.03 }, 0.012);
    brush->opacity = 1;
}

/* ---- head, from its own middle ---- */

static void draw_hair_behind(struct brush *brush, const struct look *look)
{
    brush_colour(brush, look_shade(look->hair, -0.05), look_shade(look->hair, -0.35));
    if (look->style == HAIR_LONG)
        brush_curve(brush,
                    (struct point[]){ { 0, -0.205 },
                                      { 0.1, -0.18 },
                                      { 0.155, -0.09 },
                                      { 0.165, 0.05 },
                                      { 0.178, 0.18 },
                                      { 0.13, 0.235 },
                                      { -0.13, 0.235 },
                                      { -0.178, 0.18 },
                                      { -0.165, 0.05 },
                                      { -0.155, -0.09 },
                                      { -0.1, -0.18 } },
                    11);
    else if (look->style == HAIR_BUN)
        brush_ellipse(brush, 0.012, -0.215, 0.062, 0.055);
}

static void draw_face(struct brush *brush, uint32_t skin)
{
    brush_colour(brush, look_shade(skin, -0.06), look_shade(skin, -0.14));
    brush_ellipse(brush, -0.127, 0.01, 0.021, 0.034);
    brush_ellipse(brush, 0.127, 0.01, 0.021, 0.034);
    brush_colour(brush, look_shade(skin, 0.1), look_shade(skin, -0.05));
    brush_curve(brush,
                (struct point[]){ { 0, -0.17 },
                                  { 0.082, -0.15 },
                                  { 0.124, -0.08 },
                                  { 0.127, 0.02 },
                                  { 0.104, 0.1 },
                                  { 0.05, 0.155 },
                                  { 0, 0.166 },
                                  { -0.05, 0.155 },
                                  { -0.104, 0.1 },
                                  { -0.127, 0.02 },
                                  { -0.124, -0.08 },
                                  { -0.082, -0.15 } },
                12);
    brush_colour(brush, 0xE0705C, 0xE0705C);
    brush->opacity = 0.13;
    brush_ellipse(brush, -0.073, 0.058, 0.03, 0.022);
    brush_ellipse(brush, 0.073, 0.058, 0.03, 0.022);
    brush->opacity = 1;
}

static void draw_eye(struct brush *brush, const struct look *look, double x, double open)
{
    double height = 0.0035 + 0.0155 * open;
    brush_colour(brush, 0x2A2220, 0x3A2C27);
    brush_ellipse(brush, x, 0.004, 0.0135, height);
    if (open > 0.5) {
        brush_colour(brush, 0xFFFFFF, 0xFFFFFF);
        brush_ellipse(brush, x + 0.004, -0.003, 0.0038, 0.0042);
    }
    brush_colour(brush, look_shade(look->hair, -0.15), look_shade(look->hair, -0.15));
    brush_line(
        brush,
        (struct point[]){
            { x - 0.025, -0.036 }, { x - 0.013, -0.042 }, { x, -0.044 }, { x + 0.013, -0.042 }, { x + 0.025, -0.036 } },
        5, 0.0085);
}

static void draw_features(struct brush *brush, const struct look *look, double open)
{
    draw_eye(brush, look, -0.05, open);
    draw_eye(brush, look, 0.05, open);
    brush_colour(brush, look_shade(look->skin, -0.2), look_shade(look->skin, -0.2));
    brush_line(brush, (struct point[]){ { -0.011, 0.052 }, { -0.005, 0.056 }, { 0.005, 0.056 }, { 0.011, 0.052 } }, 4,
               0.008);
    brush_colour(brush, 0x9C4A42, 0x9C4A42);
    brush_line(brush,
               (struct point[]){ { -0.038, 0.092 },
                                 { -0.03, 0.1 },
                                 { -0.02, 0.1055 },
                                 { -0.007, 0.1085 },
                                 { 0.007, 0.1085 },
                                 { 0.02, 0.1055 },
                                 { 0.03, 0.1 },
                                 { 0.038, 0.092 } },
               8, 0.009);
}

static void draw_parting(struct brush *brush)
{
    brush_curve(brush,
                (struct point[]){ { -0.01, -0.207 },
                                  { 0.085, -0.188 },
                                  { 0.143, -0.11 },
                                  { 0.15, 0.02 },
                                  { 0.128, 0.045 },
                                  { 0.112, -0.045 },
                                  { 0.075, -0.1 },
                                  { 0.0, -0.128 } },
                8);
    brush_curve(brush,
                (struct point[]){ { 0.03, -0.207 },
                                  { -0.08, -0.19 },
                                  { -0.143, -0.11 },
                                  { -0.15, 0.02 },
                                  { -0.128, 0.045 },
                                  { -0.116, -0.03 },
                                  { -0.09, -0.085 },
                                  { -0.02, -0.118 },
                                  { 0.03, -0.15 } },
                9);
}

static void draw_short(struct brush *brush)
{
    brush_curve(brush,
                (struct point[]){ { -0.04, -0.212 },
                                  { 0.05, -0.212 },
                                  { 0.118, -0.168 },
                                  { 0.142, -0.09 },
                                  { 0.136, 0.0 },
                                  { 0.124, -0.01 },
                                  { 0.113, -0.075 },
                                  { 0.05, -0.112 },
                                  { -0.06, -0.122 } },
                9);
    brush_curve(brush,
                (struct point[]){ { 0.06, -0.212 },
                                  { -0.05, -0.214 },
                                  { -0.118, -0.168 },
                                  { -0.142, -0.09 },
                                  { -0.136, 0.0 },
                                  { -0.124, -0.01 },
                                  { -0.116, -0.06 },
                                  { -0.085, -0.098 },
                                  { 0.06, -0.125 } },
                9);
}

static void draw_hair(struct brush *brush, const struct look *look)
{
    brush_colour(brush, look_shade(look->hair, 0.14), look_shade(look->hair, -0.1));
    if (look->style == HAIR_LONG)
        draw_parting(brush);
    else
        draw_short(brush);
}

/* ---- the hand that waves, from the elbow, upwards ---- */

static void draw_fingers(struct brush *brush)
{
    static const struct point tips[] = { { -0.044, -0.392 }, { -0.016, -0.412 }, { 0.014, -0.408 }, { 0.042, -0.384 } };
    for (size_t i = 0; i < G_N_ELEMENTS(tips); i++)
        brush_stroke(brush, (struct point){ tips[i].x * 0.62, -0.31 }, tips[i], 0.025);
    brush_line(brush, (struct point[]){ { -0.022, -0.262 }, { -0.056, -0.298 }, { -0.066, -0.326 } }, 3, 0.026);
}

static void draw_arm(struct brush *brush, const struct look *look)
{
    brush_colour(brush, look->skin, look_shade(look->skin, -0.08));
    brush_stroke(brush, (struct point){ 0, -0.12 }, (struct point){ 0, -0.27 }, 0.058);
    draw_fingers(brush);
    brush_ellipse(brush, 0, -0.298, 0.042, 0.05);
    brush_colour(brush, look_shade(look->clothes, 0.06), look_shade(look->clothes, -0.2));
    brush_polygon(brush, (struct point[]){ { -0.046, -0.185 }, { 0.046, -0.185 }, { 0.075, 0.12 }, { -0.075, 0.12 } },
                  4);
}

void sitter_draw(struct brush *brush, const struct look *look, double seconds)
{
    struct pose pose = pose_at(seconds);
    double head_x = 0.006 * pose.sway, head_y = -0.56 - 0.0035 * pose.breath, tilt = 0.016 * pose.sway;
    place(brush, head_x, head_y, tilt);
    draw_hair_behind(brush, look);
    place(brush, 0.3 * head_x, -0.003 * pose.breath, 0);
    draw_neck(brush, look->skin);
    draw_body(brush, look->clothes);
    draw_collar(brush, look);
    place(brush, head_x, head_y, tilt);
    draw_face(brush, look->skin);
    place(brush, head_x + 0.003 * pose.sway, head_y + 0.002 * pose.nod, tilt);
    draw_features(brush, look, pose.eyes);
    place(brush, head_x, head_y, tilt);
    draw_hair(brush, look);
    if (pose.hand > 0) {
        place(brush, 0.35, 0.42 - 0.44 * pose.hand, 0.12 + pose.wave * pose.hand);
        draw_arm(brush, look);
    }
}
