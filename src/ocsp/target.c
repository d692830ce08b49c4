#include "ocsp/target.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum { UUID_OCTETS = OCSP_CA_ID_OCTETS - 1 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool take_octet(const char **p, uint8_t *out)
{
    if (**p != '%') {
        *out = (uint8_t) * (*p)++;
        return true;
    }
    int high = hex_digit((*p)[1]);
    int low = high < 0 ? -1 : hex_digit((*p)[2]);
    if (low < 0)
        return false;
    *out = (uint8_t)(high << 4 | low);
    *p += 3;
    return true;
}

/* Both alphabets of RFC 4648; 64 for what is none. */
static unsigned base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26u;
    if (c >= '0' && c <= '9')
        return c - '0' + 52u;
    if (c == '+' || c == '-' || c == ' ')
        return 62;
    return c == '/' || c == '_' ? 63 : 64;
}

static bool is_line_break(uint8_t c)
{
    return c == '\r' || c == '\n' || c == '\t';
}

/* Nothing but padding and line breaks may follow the first '='. */
static bool ends_here(const char *p)
{
    uint8_t octet;
    while (*p)
        if (!take_octet(&p, &octet) || (octet != '=' && !is_line_break(octet)))
            return false;
    return true;
}

void target_take_ca(const char **rest, char ca_id[OCSP_CA_ID_OCTETS])
{
    const char *start = *rest + strspn(*rest, "/");
    size_t len = strcspn(start, "/");
    ca_id[0] = '\0';
    if (len == UUID_OCTETS) {
        for (size_t i = 0; i < len; i++)
            ca_id[i] = (char)(start[i] >= 'A' && start[i] <= 'F' ? start[i] | 0x20 : start[i]);
        ca_id[len] = '\0';
        if (!text_is_uuid(ca_id))
            ca_id[0] = '\0';
    }
    if (ca_id[0])
        start += len;
    *rest = start + strspn(start, "/");
}

bool target_decode(const char *text, struct arena *arena, struct bytes *out)
{
    uint8_t *octets = arena_take(arena, strlen(text) * 3 / 4 + 3);
    size_t len = 0;
    unsigned bits = 0, pending = 0;
    while (*text) {
        const char *here = text;
        uint8_t octet;
        if (!take_octet(&text, &octet))
            return false;
        unsigned value = base64_value(octet);
        if (value == 64) {
            if (is_line_break(octet))
                continue;
            if (octet != '=' || !ends_here(here))
                return false;
            break;
        }
        pending = (pending << 6 | value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            octets[len++] = (uint8_t)(pending >> bits);
        }
    }
    *out = (struct bytes){ octets, len };
    return bits < 6;
}
