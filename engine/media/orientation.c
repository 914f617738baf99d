#include "engine/media/orientation.h"

#include <libavutil/display.h>
#include <math.h>
#include <stdint.h>

enum { MATRIX_SIZE = 9 * sizeof(int32_t) };

/* libavutil mirrors behind the turn: behind a quarter turn what was left and right is above and
 * below. */
bool orientation_attach(AVPacket *packet, struct orientation orientation)
{
    int32_t *matrix = (int32_t *)(void *)av_packet_new_side_data(packet, AV_PKT_DATA_DISPLAYMATRIX, MATRIX_SIZE);
    bool sideways = orientation.quarter_turns & 1;
    if (!matrix)
        return false;
    av_display_rotation_set(matrix, 90 * orientation.quarter_turns);
    av_display_matrix_flip(matrix, orientation.flipped && !sideways, orientation.flipped && sideways);
    return true;
}

/* The matrix maps (x, y) to (a x + c y, b x + d y), y downwards: the x axis comes to lie along (a,
 * b). */
struct orientation orientation_of(const AVFrame *frame)
{
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (!data || data->size < MATRIX_SIZE)
        return (struct orientation){ 0 };
    const int32_t *matrix = (const int32_t *)(const void *)data->data;
    double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    bool flipped = a * d - b * c < 0;
    double quarters = (flipped ? atan2(-b, -a) : atan2(b, a)) / M_PI_2;
    if (fabs(quarters - round(quarters)) > 0.01)
        return (struct orientation){ 0 };
    return (struct orientation){ .quarter_turns = (int)lround(quarters) & 3, .flipped = flipped };
}
