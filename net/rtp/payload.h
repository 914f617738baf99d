/* What the packetisers of all codecs share. */
#ifndef CALLAPI_NET_RTP_PAYLOAD_H
#define CALLAPI_NET_RTP_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest payload a packetiser can be asked for. */
enum { RTP_PAYLOAD_MAX = 1500 };

/* One payload (valid during the call); `last`: the access unit ends with it. */
typedef void (*rtp_payload_emit)(void *user_data, const uint8_t *payload, size_t size, bool last);

#endif
