/* A line in the order in which it is seen: pieces of one direction each (Unicode Standard Annex 9, by FriBidi). */
#ifndef CALLAPI_RENDER_BIDI_H
#define CALLAPI_RENDER_BIDI_H

#include <glib.h>
#include <stdbool.h>

struct bidi_run {
    char *text; /* in the order in which it is read */
    bool right_to_left;
    char script[5]; /* ISO 15924 of its first letter that has one, "Zyyy" for none */
};

/* struct bidi_run, from left to right. `same(user_data, a, b)`: whether two letters that follow each other, but for
 * spaces, may be of one run (of one font); NULL: always. `line` is valid UTF-8. */
typedef bool (*bidi_same)(void *user_data, gunichar a, gunichar b);
GPtrArray *bidi_runs(const char *line, bidi_same same, void *user_data);

#endif
