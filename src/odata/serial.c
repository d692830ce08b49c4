#include "odata/serial.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

/* Twenty octets is the most a certificate may have (RFC 5280 §4.1.2.2); the rest is room for
 * zeros and separators. */
enum { TEXT_OCTETS_MAX = 128, SERIAL_OCTETS_MAX = 20 };

static bool refuse(struct error *err)
{
    return fail(err, ERR_INVALID, "a serial number is 1 to %d octets in hexadecimal",
                SERIAL_OCTETS_MAX);
}

/* The digits alone, an even number of them; "" when there is anything else. */
static const char *digits_of(const char *text, char out[TEXT_OCTETS_MAX + 2])
{
    size_t len = strspn(text, "0123456789abcdefABCDEF: ");
    size_t count = 0;
    if (text[len] || len > TEXT_OCTETS_MAX)
        return "";
    for (const char *p = text; *p; p++)
        count += !strchr(": ", *p);
    size_t at = count % 2;
    out[0] = '0';
    for (const char *p = text; *p; p++)
        if (!strchr(": ", *p))
            out[at++] = *p;
    out[at] = '\0';
    return out;
}

bool serial_from_text(const char *text, struct arena *arena, struct bytes *out, struct error *err)
{
    char digits[TEXT_OCTETS_MAX + 2];
    struct error inner = { 0 };
    SCOPED(buf_free) struct buf *octets = buf_new(TEXT_OCTETS_MAX);
    if (!hex_decode(digits_of(text, digits), octets, &inner) || buf_len(octets) == 0)
        return refuse(err);
    struct bytes number = buf_bytes(octets);
    while (number.len > 1 && number.data[0] == 0)
        number = (struct bytes){ number.data + 1, number.len - 1 };
    bool needs_zero = number.data[0] & 0x80; /* an INTEGER is signed, X.690 §8.3 */
    if (number.len + needs_zero > SERIAL_OCTETS_MAX)
        return refuse(err);
    uint8_t *content = arena_take(arena, number.len + 1);
    memcpy(content + needs_zero, number.data, number.len);
    *out = (struct bytes){ content, number.len + needs_zero };
    return true;
}
