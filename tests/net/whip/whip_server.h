/* Test support: a small WHIP and WHEP server in the test's own reactor, with a real peer behind it, that does what it
 * is told to, also what is wrong. */
#ifndef CALLAPI_TESTS_WHIP_SERVER_H
#define CALLAPI_TESTS_WHIP_SERVER_H

#include <libsoup/soup.h>

#include "peer_pair.h"

struct whip_server {
    struct reactor *reactor;
    struct dtls_identity *identity;
    SoupServer *soup;
    int port;
    /* What it does. */
    bool takes; /* media (WHIP), instead of giving them */
    bool counter_offers, hides_place, never_answers, silent, forgets_tag;
    int status;                                       /* of answers to POST, 0: well */
    int patch_status;                                 /* of answers to candidates and restarts, 0: well */
    const char *redirect, *retry_after, *text, *link; /* Location of a 307; what stands for the description */
    /* What it saw. */
    int offers, answers, trickles, restarts, deletes;
    GString *tokens; /* "HOST TOKEN" of each request, a line each */
    struct peer *peer;
    char *offer, tag[16];
    struct recorder video, audio; /* what came by WHIP */
    SoupServerMessage *held;      /* of never_answers */
    int ticks;
    struct deadline *ticker;
};

void whip_server_open(struct whip_server *server, struct reactor *reactor, struct dtls_identity *identity);
void whip_server_close(struct whip_server *server);
/* Its HTTP side ends, and is there again on the same port. */
void whip_server_vanish(struct whip_server *server);
void whip_server_return(struct whip_server *server);
/* The connection ends from its side. */
void whip_server_hang_up(struct whip_server *server);
/* What was held back by never_answers. */
void whip_server_answer_now(struct whip_server *server);
/* What both sides of a connection to it send: pictures and sound that look like some; `tick`: which ones. */
void whip_media_open(struct peer *peer);
void whip_media_send(struct peer *peer, int tick);

#endif
