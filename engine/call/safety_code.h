/* The safety code of a call: four words that both sides show and read to each other. They differ where somebody in
 * between is the other side to each of them (net/protocol/PROTOCOL.md, "Safety code", defines it). Pure. */
#ifndef CALLAPI_ENGINE_CALL_SAFETY_CODE_H
#define CALLAPI_ENGINE_CALL_SAFETY_CODE_H

#include <stdint.h>

enum {
    SAFETY_CODE_CERTIFICATE = 32, /* bytes: the SHA-256 of a certificate (DER) */
    SAFETY_CODE_SIZE = 48,        /* bytes of the text, the closing NUL included; it is ASCII */
};

/* In any order: both sides see the same two. `call_id` as call_message has it. */
void safety_code(const uint8_t one[SAFETY_CODE_CERTIFICATE], const uint8_t other[SAFETY_CODE_CERTIFICATE],
                 const char *call_id, char code[SAFETY_CODE_SIZE]);

#endif
