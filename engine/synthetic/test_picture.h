/* The synthetic camera's picture: somebody in a room, other for each source, with a clock on the wall, and the frame
 * number as framecode.h draws it. Cheap enough for a Raspberry Pi beside a call: the room is drawn once and copied. */
#ifndef CALLAPI_ENGINE_SYNTHETIC_TEST_PICTURE_H
#define CALLAPI_ENGINE_SYNTHETIC_TEST_PICTURE_H

#include <libavutil/frame.h>

struct test_picture;

/* Width and height even, at least 116 x 32. */
struct test_picture *test_picture_create(int width, int height, unsigned source);
void test_picture_destroy(struct test_picture *picture);

/* Draws frame `number`, seen at `seconds` of the day, into a new AV_PIX_FMT_YUV420P frame of a pool: the caller owns
 * it. NULL when memory is short. */
AVFrame *test_picture_draw(struct test_picture *picture, unsigned number, double seconds);

#endif
