/* The rows of signal.c that are in this folder: websocket.c ("ws", "wss"), loopback.c ("loopback", for tests) and
 * none.c ("none", see SIGNAL_NO_HUB). */
#ifndef CALLAPI_NET_SIGNAL_BACKENDS_H
#define CALLAPI_NET_SIGNAL_BACKENDS_H

#include "net/protocol/signal_backend.h"

extern const struct signal_backend_ops signal_backend_websocket, signal_backend_loopback, signal_backend_none;

#endif
