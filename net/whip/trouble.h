/* How it stands with a stream that a server takes or gives over WHIP or WHEP, and what is wrong with it: for a program,
 * and in words for a person. */
#ifndef CALLAPI_NET_WHIP_TROUBLE_H
#define CALLAPI_NET_WHIP_TROUBLE_H

#include "net/http/http.h"

enum whip_state {
    WHIP_CONNECTING, /* to begin with, and at each new attempt */
    WHIP_FLOWING,    /* a player gets media, a publisher may send them */
    WHIP_WAITING,    /* something is wrong: it is tried again by itself */
};

enum whip_trouble {
    WHIP_WELL,
    WHIP_UNREACHABLE,  /* the server, by HTTP */
    WHIP_UNTRUSTED,    /* its certificate */
    WHIP_UNAUTHORIZED, /* it wants a token, or another one */
    WHIP_NOT_FOUND,    /* it knows no such stream (now) */
    WHIP_BUSY,         /* it asks to come back later */
    WHIP_REFUSED,      /* it answers with something else, or with what makes no sense */
    WHIP_NO_PATH,      /* no way for media to or from it, or one that was lost */
    WHIP_SILENT,       /* connected, but no media come */
    WHIP_GONE,         /* it ended the stream */
};

/* A few words for a screen: "the stream was not found"; "" for WHIP_WELL. */
const char *whip_trouble_words(enum whip_trouble trouble);
/* What the owner of the program can do about it, as a sentence; "" where there is nothing. */
const char *whip_trouble_advice(enum whip_trouble trouble);
/* What an answer means that is no success. */
enum whip_trouble whip_trouble_of(const struct http_answer *answer);

#endif
