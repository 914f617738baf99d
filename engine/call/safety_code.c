#include "engine/call/safety_code.h"

#include <glib.h>
#include <stdbool.h>

enum { HASH = 32, HEX = 2 * SAFETY_CODE_CERTIFICATE + 1, WORDS = 256 };

/* By the byte: for the first and third place, for the second and fourth. In no catalogue: both sides have to see the
 * same words, whatever their languages. */
/* clang-format off */
#define WORD(even, odd) { even, odd },

static const char *const words[WORDS][2] = {
#include "assets/web/call/words.inc"
};
/* clang-format on */

static void hex_of(const uint8_t certificate[SAFETY_CODE_CERTIFICATE], char hex[HEX])
{
    for (int i = 0; i < SAFETY_CODE_CERTIFICATE; i++)
        g_snprintf(hex + (size_t)i * 2, 3, "%02x", certificate[i]);
}

static void hash_of(const char *text, uint8_t hash[HASH])
{
    gsize size = HASH;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, hash, &size);
}

void safety_code(const uint8_t one[SAFETY_CODE_CERTIFICATE], const uint8_t other[SAFETY_CODE_CERTIFICATE],
                 const char *call_id, char code[SAFETY_CODE_SIZE])
{
    char first[HEX], second[HEX];
    uint8_t hash[HASH];
    hex_of(one, first);
    hex_of(other, second);
    bool ordered = g_strcmp0(first, second) <= 0;
    g_autofree char *id = g_ascii_strdown(call_id, -1);
    g_autofree char *text = g_strdup_printf("%s\n%s\n%s", id, ordered ? first : second, ordered ? second : first);
    hash_of(text, hash);
    g_snprintf(code, SAFETY_CODE_SIZE, "%s %s %s %s", words[hash[0]][0], words[hash[1]][1], words[hash[2]][0],
               words[hash[3]][1]);
}
