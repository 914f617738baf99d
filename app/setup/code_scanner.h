/* QR codes (ISO/IEC 18004) in a camera's pictures: zbar. */
#ifndef CALLAPI_APP_SETUP_CODE_SCANNER_H
#define CALLAPI_APP_SETUP_CODE_SCANNER_H

#include <libavutil/frame.h>

struct code_scanner;

struct code_scanner *code_scanner_create(void);
void code_scanner_destroy(struct code_scanner *scanner); /* takes NULL */

/* The text of a code in the picture, of any size and format: UTF-8, not empty; g_free it. NULL: there is none, or what
 * it holds is no text. Takes some 10 ms for each million pixels. */
char *code_scanner_read(struct code_scanner *scanner, const AVFrame *frame);

#endif
