#include "render/icons.h"

#include <math.h>

/* ---- parts ---- */

static float box(float x, float y, float half_w, float half_h, float round)
{
    float dx = fabsf(x) - half_w + round, dy = fabsf(y) - half_h + round;
    return hypotf(fmaxf(dx, 0), fmaxf(dy, 0)) + fminf(fmaxf(dx, dy), 0) - round;
}

static float ring(float x, float y, float radius, float half_width)
{
    return fabsf(hypotf(x, y) - radius) - half_width;
}

static void rotate(float *x, float *y, float degrees)
{
    float a = degrees * (float)M_PI / 180, c = cosf(a), s = sinf(a), rx = *x * c + *y * s;
    *y = *y * c - *x * s;
    *x = rx;
}

/* ---- icons ---- */

/* A handset lying face down: a bow with an ear piece at each end. */
static float handset(float x, float y)
{
    const float bow_y = 0.62f, radius = 0.92f, half_angle = 46;
    x = fabsf(x);
    float bow = fmaxf(ring(x, y - bow_y, radius, 0.17f), y - 0.02f);
    float end_x = radius * sinf(half_angle * (float)M_PI / 180),
          end_y = bow_y - radius * cosf(half_angle * (float)M_PI / 180);
    float px = x - end_x - 0.02f, py = y - end_y - 0.12f;
    rotate(&px, &py, 20);
    return fminf(bow, box(px, py, 0.24f, 0.24f, 0.09f));
}

static float call(float x, float y)
{
    rotate(&x, &y, -135);
    return handset(x, y - 0.05f);
}

static float hang_up(float x, float y)
{
    return handset(x, y);
}

static float person(float x, float y)
{
    float head = hypotf(x, y + 0.38f) - 0.36f;
    float shoulders = fmaxf(hypotf(x, (y - 0.82f) * 1.05f) - 0.68f, y - 0.82f);
    return fminf(head, shoulders);
}

static float dot(float x, float y)
{
    return hypotf(x, y) - 0.5f;
}

static float microphone(float x, float y)
{
    float capsule = box(x, y + 0.3f, 0.27f, 0.55f, 0.27f);
    float holder = fmaxf(ring(x, y + 0.05f, 0.52f, 0.08f), -y - 0.05f);
    float stem = fminf(box(x, y - 0.66f, 0.08f, 0.22f, 0.04f), box(x, y - 0.84f, 0.34f, 0.08f, 0.08f));
    return fminf(capsule, fminf(holder, stem));
}

static float camera(float x, float y)
{
    float body = box(x + 0.22f, y, 0.62f, 0.46f, 0.14f);
    float lens = fmaxf(fabsf(y) - 0.18f - (x - 0.48f) * 0.5f, fmaxf(0.5f - x, x - 0.9f));
    return fminf(body, lens);
}

/* A camera with an arrow around it would be too small: two arrows in a circle. */
static float switch_camera(float x, float y)
{
    float bow = ring(x, y, 0.68f, 0.1f);
    bow = fmaxf(bow, 0.2f - fabsf(y));
    float px = fabsf(x) - 0.68f, py = x > 0 ? y : -y; /* an arrow head at the end of each half */
    float head = fmaxf(fabsf(px) * 0.9f + py * 0.5f - 0.22f, -py - 0.2f);
    return fminf(bow, head);
}

static float volume(float x, float y)
{
    float box_part = box(x + 0.62f, y, 0.24f, 0.28f, 0.05f);
    float horn = fmaxf(fabsf(y) - 0.28f - (x + 0.5f) * 0.8f, fmaxf(-0.62f - x, x + 0.08f));
    float near = fmaxf(ring(x + 0.2f, y, 0.52f, 0.075f), fabsf(y) - (x + 0.2f) * 1.1f);
    float far = fmaxf(ring(x + 0.2f, y, 0.88f, 0.075f), fabsf(y) - (x + 0.2f) * 1.1f);
    return fminf(fminf(box_part, horn), fminf(near, far));
}

static float phone(float x, float y)
{
    float body = fabsf(box(x, y, 0.5f, 0.9f, 0.2f) + 0.08f) - 0.08f;
    return fminf(body, box(x, y - 0.6f, 0.16f, 0.06f, 0.06f));
}

static float search(float x, float y)
{
    float glass = ring(x + 0.18f, y + 0.18f, 0.5f, 0.1f);
    rotate(&x, &y, 45);
    return fminf(glass, box(x - 0.62f, y, 0.3f, 0.11f, 0.1f));
}

static float next(float x, float y)
{
    float aside = fabsf(y);
    return fmaxf(fabsf(x - 0.4f + aside) * 0.71f - 0.12f, aside - 0.7f);
}

static float previous(float x, float y)
{
    return next(-x, y);
}

static float strike(float x, float y)
{
    rotate(&x, &y, 45);
    return box(x, y, 1.05f, 0.09f, 0.09f);
}

shape_distance icon_shape(enum ui_icon icon)
{
    switch (icon) {
    case UI_ICON_CALL:
    case UI_ICON_ACCEPT:
        return call;
    case UI_ICON_HANG_UP:
    case UI_ICON_REJECT:
        return hang_up;
    case UI_ICON_PERSON:
        return person;
    case UI_ICON_LIVE:
        return dot;
    case UI_ICON_MICROPHONE:
        return microphone;
    case UI_ICON_CAMERA:
        return camera;
    case UI_ICON_SWITCH_CAMERA:
        return switch_camera;
    case UI_ICON_VOLUME:
        return volume;
    case UI_ICON_PHONE:
        return phone;
    case UI_ICON_SEARCH:
        return search;
    case UI_ICON_PREVIOUS:
        return previous;
    case UI_ICON_NEXT:
        return next;
    case UI_ICON_STRIKE:
        return strike;
    case UI_ICON_NONE:
        break;
    }
    return NULL;
}
