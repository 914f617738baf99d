#include "net/sdp/fragment.h"

#include <string.h>

#include "net/sdp/sdp.h"

static void append_media(GString *text, const struct sdp *sdp, const struct sdp_media *media)
{
    g_string_append(text, "a=ice-options:trickle\r\na=group:BUNDLE");
    for (int i = 0; i < sdp->n_media; i++)
        if (!sdp->media[i].rejected && sdp->media[i].bundled)
            g_string_append_printf(text, " %s", sdp->media[i].mid);
    g_string_append_printf(text, "\r\nm=%s 9 %s %s\r\na=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", media->name,
                           media->protocol, media->first_format, media->mid, media->transport.ufrag,
                           media->transport.pwd);
}

static const struct sdp_media *first_accepted(const struct sdp *sdp)
{
    for (int i = 0; i < sdp->n_media; i++)
        if (!sdp->media[i].rejected)
            return &sdp->media[i];
    return NULL;
}

char *sdp_fragment_write(const char *description, const GPtrArray *candidates, bool complete)
{
    g_autofree char *error = NULL;
    struct sdp *sdp = sdp_parse(description, &error);
    const struct sdp_media *media = sdp ? first_accepted(sdp) : NULL;
    g_assert(media); /* it is our own */
    GString *text = g_string_new(NULL);
    append_media(text, sdp, media);
    for (guint i = 0; candidates && i < candidates->len; i++)
        g_string_append_printf(text, "a=%s\r\n", (const char *)candidates->pdata[i]);
    for (int i = 0; !candidates && i < sdp->n_candidates; i++)
        g_string_append_printf(text, "a=%s\r\n", sdp->candidates[i]);
    if (complete)
        g_string_append(text, "a=end-of-candidates\r\n");
    sdp_free(sdp);
    return g_string_free(text, FALSE);
}

/* Some servers leave the m-line out, too. */
char *sdp_fragment_describe(const char *fragment)
{
    static const char head[] = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    bool has_media = g_str_has_prefix(fragment, "m=") || strstr(fragment, "\nm=");
    return g_strconcat(head, has_media ? "" : "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", fragment, NULL);
}
