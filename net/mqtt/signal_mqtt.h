/* Signalling over an MQTT 5 broker (net/mqtt/MQTT.md): the row for "mqtt" and "mqtts". */
#ifndef CALLAPI_NET_MQTT_SIGNAL_MQTT_H
#define CALLAPI_NET_MQTT_SIGNAL_MQTT_H

#include "net/protocol/signal_backend.h"

extern const struct signal_backend_ops signal_backend_mqtt;

#endif
