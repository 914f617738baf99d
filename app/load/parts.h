/* What the files of the load share: load.c (who there is), summary.c (what is told of them). Private to them. */
#ifndef CALLAPI_APP_LOAD_PARTS_H
#define CALLAPI_APP_LOAD_PARTS_H

#include "app/endpoint/endpoint.h"
#include "app/load/load.h"
#include "app/load/pairs.h"

struct load {
    struct load_config config; /* its texts are borrowed */
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct ice_servers *ice_servers;
    struct outgoing *outgoing; /* of all callers; viewers have it, and send nothing */
    struct frame_sink nowhere; /* the hosts' screen */
    GPtrArray *hosts;          /* struct endpoint */
    GPtrArray *viewers;        /* struct load_user */
    GPtrArray *pairs;          /* struct load_pair */
    struct load_calls calls;
    int failed; /* users that could not be made */
    int64_t began_us, end_us;
    double cpu_s; /* of this process, until the end */
};

#endif
