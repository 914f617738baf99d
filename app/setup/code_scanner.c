#include "app/setup/code_scanner.h"

#include <glib.h>
#include <string.h>
#include <zbar.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/scaler.h"

enum { MOST_PIXELS = 1 << 21 }; /* of more, a part: a code that is held before a camera is large */

struct code_scanner {
    zbar_image_scanner_t *scanner;
    zbar_image_t *image;
    struct picture_scaler *scaler;
    AVFrame *grey;
};

struct code_scanner *code_scanner_create(void)
{
    struct code_scanner *scanner = g_new0(struct code_scanner, 1);
    scanner->scanner = zbar_image_scanner_create();
    scanner->image = zbar_image_create();
    scanner->scaler = picture_scaler_create();
    scanner->grey = frame_new();
    zbar_image_scanner_set_config(scanner->scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner->scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    /* Its bytes as they are: what they mean is not to be guessed. */
    zbar_image_scanner_set_config(scanner->scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
    zbar_image_set_format(scanner->image, zbar_fourcc('Y', '8', '0', '0'));
    return scanner;
}

void code_scanner_destroy(struct code_scanner *scanner)
{
    if (!scanner)
        return;
    zbar_image_destroy(scanner->image);
    zbar_image_scanner_destroy(scanner->scanner);
    picture_scaler_destroy(scanner->scaler);
    av_frame_free(&scanner->grey);
    g_free(scanner);
}

/* Its rows without a gap between them, as zbar has them. */
static uint8_t *pack(const AVFrame *grey)
{
    uint8_t *packed = g_malloc((size_t)grey->width * (size_t)grey->height);
    for (int y = 0; y < grey->height; y++)
        memcpy(packed + y * grey->width, grey->data[0] + y * grey->linesize[0], (size_t)grey->width);
    return packed;
}

/* False: libswscale cannot, or there is no memory. */
static bool make_grey(struct code_scanner *scanner, const AVFrame *frame)
{
    int smaller = 1;
    while ((int64_t)frame->width * frame->height / (smaller * smaller) > MOST_PIXELS)
        smaller++;
    if (!frame_allocate(scanner->grey, AV_PIX_FMT_GRAY8, frame->width / smaller, frame->height / smaller))
        return false;
    colour_set(scanner->grey, (struct colour){ AVCOL_SPC_BT709, true });
    return picture_scale(scanner->scaler, frame, scanner->grey);
}

static char *text_of(const zbar_image_t *image)
{
    const zbar_symbol_t *symbol = zbar_image_first_symbol(image);
    unsigned length = symbol ? zbar_symbol_get_data_length(symbol) : 0;
    const char *data = symbol ? zbar_symbol_get_data(symbol) : NULL;
    return length && g_utf8_validate(data, (gssize)length, NULL) ? g_strndup(data, length) : NULL;
}

char *code_scanner_read(struct code_scanner *scanner, const AVFrame *frame)
{
    if (!make_grey(scanner, frame))
        return NULL;
    unsigned width = (unsigned)scanner->grey->width, height = (unsigned)scanner->grey->height;
    g_autofree uint8_t *packed = pack(scanner->grey);
    zbar_image_set_size(scanner->image, width, height);
    zbar_image_set_data(scanner->image, packed, (unsigned long)width * height, NULL);
    char *text = zbar_scan_image(scanner->scanner, scanner->image) > 0 ? text_of(scanner->image) : NULL;
    zbar_image_set_data(scanner->image, NULL, 0, NULL);
    return text;
}
