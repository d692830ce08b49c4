#include "base/text.h"

#include "base/error.h"

#include <string.h>

static uint8_t ascii_lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
}

static int hex_value(uint8_t octet)
{
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    octet = ascii_lower(octet);
    return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

static void encode_hex(struct bytes bytes, const char *digits, struct buf *out)
{
    uint8_t *to = bytes.len <= SIZE_MAX / 2 ? buf_extend(out, 2 * bytes.len) : NULL;
    if (!to)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        *to++ = (uint8_t)digits[bytes.data[i] >> 4];
        *to++ = (uint8_t)digits[bytes.data[i] & 15];
    }
}

/* The octets of the well-formed sequence at the front, 0 if there is none (RFC 3629 §4). */
static size_t utf8_sequence(struct bytes rest)
{
    static const struct {
        uint8_t lead_first, lead_last, second_first, second_last, len;
    } forms[] = {
        // clang-format off
        { 0x01, 0x7F, 0x00, 0x00, 1 },
        { 0xC2, 0xDF, 0x80, 0xBF, 2 },
        { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
        { 0xE1, 0xEC, 0x80, 0xBF, 3 },
        { 0xED, 0xED, 0x80, 0x9F, 3 },
        { 0xEE, 0xEF, 0x80, 0xBF, 3 },
        { 0xF0, 0xF0, 0x90, 0xBF, 4 },
        { 0xF1, 0xF3, 0x80, 0xBF, 4 },
        { 0xF4, 0xF4, 0x80, 0x8F, 4 },
        // clang-format on
    };
    const uint8_t *p = rest.data;
    size_t form = 0;
    while (form < ARRAY_LEN(forms) &&
           (p[0] < forms[form].lead_first || p[0] > forms[form].lead_last))
        form++;
    if (form == ARRAY_LEN(forms) || forms[form].len > rest.len)
        return 0;
    if (forms[form].len > 1 && (p[1] < forms[form].second_first || p[1] > forms[form].second_last))
        return 0;
    for (size_t i = 2; i < forms[form].len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return forms[form].len;
}

static bool is_unreserved(uint8_t octet)
{
    uint8_t lower = ascii_lower(octet);
    return (lower >= 'a' && lower <= 'z') || (octet >= '0' && octet <= '9') ||
           (octet && strchr("-._~", octet));
}

bool text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_equal_caseless(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    while (*a && ascii_lower((uint8_t)*a) == ascii_lower((uint8_t)*b)) {
        a++;
        b++;
    }
    return ascii_lower((uint8_t)*a) == ascii_lower((uint8_t)*b);
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_is_utf8(struct bytes bytes)
{
    while (bytes.len > 0) {
        size_t len = bytes.data[0] && bytes.data[0] < 0x80 ? 1 : utf8_sequence(bytes);
        if (len == 0)
            return false;
        bytes = (struct bytes){ bytes.data + len, bytes.len - len };
    }
    return true;
}

bool text_has_control(const char *text)
{
    for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7F)
            return true;
        if (*p == 0xC2 && p[1] >= 0x80 && p[1] <= 0x9F)
            return true;
    }
    return false;
}

size_t text_characters(const char *text)
{
    size_t count = 0;
    for (const char *p = text; *p; p++)
        count += ((uint8_t)*p & 0xC0) != 0x80;
    return count;
}

bool text_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (!text)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : hex_value((uint8_t)text[i]) < 0)
            return false;
    return text[sizeof form - 1] == '\0';
}

bool text_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    if (!text)
        return false;
    bool is_negative = *text == '-';
    const char *p = text + is_negative;
    int64_t value = 0;
    if (!*p)
        return false;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        int64_t digit = is_negative ? '0' - *p : *p - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

void hex_encode(struct bytes bytes, struct buf *out)
{
    encode_hex(bytes, "0123456789ABCDEF", out);
}

void hex_encode_lower(struct bytes bytes, struct buf *out)
{
    encode_hex(bytes, "0123456789abcdef", out);
}

bool hex_decode(const char *text, struct buf *out, struct error *err)
{
    size_t len = strlen(text);
    if (len % 2 != 0)
        return fail(err, ERR_MALFORMED, "hex: the number of digits is odd");
    for (size_t i = 0; i < len; i++)
        if (hex_value((uint8_t)text[i]) < 0)
            return fail(err, ERR_MALFORMED, "hex: character %zu is no digit", i + 1);
    for (size_t i = 0; i < len; i += 2)
        buf_add_octet(
            out, (uint8_t)(hex_value((uint8_t)text[i]) << 4 | hex_value((uint8_t)text[i + 1])));
    return true;
}

bool percent_decode(struct bytes text, struct buf *out, struct error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t octet = text.data[i];
        if (octet == '%') {
            int high = text.len - i > 2 ? hex_value(text.data[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_value(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(err, ERR_MALFORMED, "RFC 3986 §2.1: '%%' without two hex digits");
            octet = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (octet == 0)
            return fail(err, ERR_MALFORMED, "a NUL character may not be in a URL");
        buf_add_octet(out, octet);
    }
    return true;
}

void percent_encode(const char *text, struct buf *out)
{
    for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
        if (is_unreserved(*p)) {
            buf_add_octet(out, *p);
            continue;
        }
        buf_add_octet(out, '%');
        hex_encode((struct bytes){ p, 1 }, out);
    }
}
