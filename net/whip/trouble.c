#include "net/whip/trouble.h"

static const struct {
    const char *words, *advice;
} texts[] = {
    [WHIP_WELL] = { "", "" },
    [WHIP_UNREACHABLE] = { "the server cannot be reached", "Are its address and the network right?" },
    [WHIP_UNTRUSTED] = { "the server is not to be trusted",
                         "A certificate of an authority of one's own wants --ca-file." },
    [WHIP_UNAUTHORIZED] = { "the server refuses us", "Is the token there, the right one, and still valid?" },
    [WHIP_NOT_FOUND] = { "the stream was not found", "Is the address right, and does the stream run?" },
    [WHIP_BUSY] = { "the server is busy", "" },
    [WHIP_REFUSED] = { "the server gives no stream", "Does it speak WHIP or WHEP at that address?" },
    [WHIP_NO_PATH] = { "no connection for sound and picture", "UDP may be blocked: a TURN server goes round that." },
    [WHIP_SILENT] = { "nothing comes", "Does somebody send to that stream?" },
    [WHIP_GONE] = { "the stream has ended", "" },
};

const char *whip_trouble_words(enum whip_trouble trouble)
{
    return texts[trouble].words;
}

const char *whip_trouble_advice(enum whip_trouble trouble)
{
    return texts[trouble].advice;
}

/* Codes beyond these few mean what their hundred means (RFC 9725, 4.1). */
enum whip_trouble whip_trouble_of(const struct http_answer *answer)
{
    if (answer->outcome != HTTP_ANSWERED)
        return answer->outcome == HTTP_UNTRUSTED                                     ? WHIP_UNTRUSTED
               : answer->outcome == HTTP_UNREACHABLE || answer->outcome == HTTP_LATE ? WHIP_UNREACHABLE
                                                                                     : WHIP_REFUSED;
    switch (answer->status) {
    case 401:
    case 403:
    case 407:
        return WHIP_UNAUTHORIZED;
    case 404:
    case 410:
        return WHIP_NOT_FOUND;
    case 429:
    case 503:
        return WHIP_BUSY;
    default:
        return WHIP_REFUSED;
    }
}
