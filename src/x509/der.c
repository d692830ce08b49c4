#include "x509/der.h"

#include "base/error.h"
#include "base/memory.h"
#include "x509/oid.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLASS_BITS = 0xc0,
    CONSTRUCTED = 0x20,
    NUMBER_BITS = 0x1f,
    LENGTH_OCTETS_MAX = 4,
    UTC_TIME_OCTETS = 13,
    GENERALIZED_TIME_OCTETS = 15,
};

static bool is_minimal_integer(struct bytes content)
{
    if (content.len == 0)
        return false;
    if (content.len == 1)
        return true;
    unsigned nine = (unsigned)content.data[0] << 1 | content.data[1] >> 7; /* X.690 §8.3.2 */
    return nine != 0 && nine != 0x1ff;
}

static bool is_canonical_bool(struct bytes content)
{
    return content.len == 1 && (content.data[0] == 0x00 || content.data[0] == 0xff);
}

static bool is_empty(struct bytes content)
{
    return content.len == 0;
}

/* X.690 §11.2.1: bits that do not count are zero. */
static bool is_canonical_bits(struct bytes content)
{
    if (content.len == 0 || content.data[0] > 7)
        return false;
    unsigned unused = content.data[0];
    if (content.len == 1)
        return unused == 0;
    return (content.data[content.len - 1] & ((1u << unused) - 1)) == 0;
}

static bool is_pairs(struct bytes content)
{
    return content.len % 2 == 0;
}

static bool is_quads(struct bytes content)
{
    return content.len % 4 == 0;
}

/* What the content of a universal type must look like, wherever it is met. */
static bool (*const forms[NUMBER_BITS + 1])(struct bytes content) = {
    [DER_BOOLEAN] = is_canonical_bool,
    [DER_INTEGER] = is_minimal_integer,
    [DER_ENUMERATED] = is_minimal_integer,
    [DER_BIT_STRING] = is_canonical_bits,
    [DER_NULL] = is_empty,
    [DER_OID] = oid_is_valid,
    [DER_BMP_STRING] = is_pairs,
    [DER_UNIVERSAL_STRING] = is_quads,
};

/* EXTERNAL and EMBEDDED PDV would be constructed too; no structure of ours holds them, and
 * OpenSSL takes their content for that of a string. */
static bool is_constructed_type(unsigned number)
{
    return number == (DER_SEQUENCE & NUMBER_BITS) || number == (DER_SET & NUMBER_BITS);
}

static bool has_form(uint8_t tag, struct bytes content)
{
    if (tag & CLASS_BITS)
        return true;
    unsigned number = tag & NUMBER_BITS;
    if (number == 0 || is_constructed_type(number) != ((tag & CONSTRUCTED) != 0))
        return false;
    return !forms[number] || forms[number](content);
}

/* X.690 §10.1: definite, in as few octets as possible. */
static bool read_length(struct bytes *rest, size_t *out)
{
    if (rest->len == 0)
        return false;
    size_t first = rest->data[0];
    size_t octets = first < 0x80 ? 0 : first & 0x7f;
    if (first == 0x80 || octets > LENGTH_OCTETS_MAX || octets + 1 > rest->len)
        return false;
    size_t len = octets ? 0 : first;
    for (size_t i = 1; i <= octets; i++)
        len = len << 8 | rest->data[i];
    if (octets && (len < 0x80 || rest->data[1] == 0))
        return false;
    *rest = (struct bytes){ rest->data + octets + 1, rest->len - octets - 1 };
    *out = len;
    return true;
}

static bool number_of(const uint8_t *digits, size_t count, int *out)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (digits[i] - '0');
    }
    *out = value;
    return true;
}

/* MMDDHHMMSSZ: seconds and Z are required, fractions and offsets refused, RFC 5280 §4.1.2.5. */
static bool read_clock(const uint8_t *text, int year, time_t *out)
{
    struct tm tm = { .tm_year = year - 1900 };
    if (!number_of(text, 2, &tm.tm_mon) || !number_of(text + 2, 2, &tm.tm_mday) ||
        !number_of(text + 4, 2, &tm.tm_hour) || !number_of(text + 6, 2, &tm.tm_min) ||
        !number_of(text + 8, 2, &tm.tm_sec) || text[10] != 'Z')
        return false;
    if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
        return false;
    tm.tm_mon--;
    struct tm normal = tm;
    *out = timegm(&normal);
    return normal.tm_mday == tm.tm_mday && normal.tm_mon == tm.tm_mon; /* no 30 February */
}

static int compare_elements(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static void put_text_time(struct buf *out, uint8_t tag, size_t year_digits, const struct tm *tm)
{
    char text[32];
    size_t len = strftime(text, sizeof text, "%Y%m%d%H%M%SZ", tm);
    size_t skipped = 4 - year_digits;
    der_put(out, tag, (struct bytes){ (const uint8_t *)text + skipped, len - skipped });
}

struct der der_of(struct bytes bytes)
{
    return (struct der){ bytes };
}

bool der_at_end(const struct der *der)
{
    return der->rest.len == 0;
}

bool der_next_is(const struct der *der, uint8_t tag)
{
    return der->rest.len && der->rest.data[0] == tag;
}

bool der_any(struct der *der, uint8_t *tag, struct bytes *content, struct bytes *whole)
{
    if (der->rest.len < 2 || (der->rest.data[0] & NUMBER_BITS) == NUMBER_BITS)
        return false;
    uint8_t first = der->rest.data[0];
    struct bytes rest = { der->rest.data + 1, der->rest.len - 1 };
    size_t len;
    if (!read_length(&rest, &len) || len > rest.len)
        return false;
    struct bytes inside = { rest.data, len };
    if (!has_form(first, inside))
        return false;
    if (tag)
        *tag = first;
    if (content)
        *content = inside;
    if (whole)
        *whole = (struct bytes){ der->rest.data, (size_t)(rest.data - der->rest.data) + len };
    der->rest = (struct bytes){ rest.data + len, rest.len - len };
    return true;
}

bool der_take(struct der *der, uint8_t tag, struct bytes *content)
{
    return der_next_is(der, tag) && der_any(der, NULL, content, NULL);
}

bool der_take_whole(struct der *der, uint8_t tag, struct bytes *whole)
{
    return der_next_is(der, tag) && der_any(der, NULL, NULL, whole);
}

bool der_enter(struct der *der, uint8_t tag, struct der *inside)
{
    return der_take(der, tag, &inside->rest);
}

bool der_bool(struct der *der, bool *out)
{
    struct bytes content;
    if (!der_take(der, DER_BOOLEAN, &content))
        return false;
    *out = content.data[0] != 0;
    return true;
}

bool der_small(struct der *der, int64_t *out)
{
    struct der probe = *der;
    struct bytes content;
    if (!der_take(&probe, DER_INTEGER, &content) || content.len > sizeof *out)
        return false;
    uint64_t value = content.data[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < content.len; i++)
        value = value << 8 | content.data[i];
    *out = (int64_t)value;
    *der = probe;
    return true;
}

bool der_unsigned(struct der *der, struct bytes *out)
{
    struct der probe = *der;
    struct bytes content;
    if (!der_take(&probe, DER_INTEGER, &content) || content.data[0] & 0x80)
        return false;
    bool has_zero = content.len > 1 && content.data[0] == 0;
    *out = (struct bytes){ content.data + has_zero, content.len - has_zero };
    *der = probe;
    return true;
}

bool der_integer(struct der *der, struct bytes *out)
{
    return der_take(der, DER_INTEGER, out);
}

bool der_oid(struct der *der, struct bytes *out)
{
    return der_take(der, DER_OID, out);
}

bool der_octets(struct der *der, struct bytes *out)
{
    return der_take(der, DER_OCTET_STRING, out);
}

bool der_bits(struct der *der, struct bytes *out)
{
    struct der probe = *der;
    struct bytes content;
    if (!der_take(&probe, DER_BIT_STRING, &content) || content.data[0] != 0)
        return false;
    *out = (struct bytes){ content.data + 1, content.len - 1 };
    *der = probe;
    return true;
}

/* Trailing zero bits, which §11.2.2 would have dropped, are let through: encoders that always
 * write nine bits of keyUsage are common, and the value is the same. */
bool der_named_bits(struct der *der, uint32_t *out)
{
    struct der probe = *der;
    struct bytes content;
    if (!der_take(&probe, DER_BIT_STRING, &content) || content.len > 1 + sizeof *out)
        return false;
    uint32_t bits = 0;
    for (size_t i = 0; i < (content.len - 1) * 8; i++)
        if (content.data[1 + i / 8] & (0x80u >> i % 8))
            bits |= 1u << i;
    *out = bits;
    *der = probe;
    return true;
}

bool der_null(struct der *der)
{
    return der_take(der, DER_NULL, NULL);
}

bool der_time(struct der *der, time_t *out)
{
    struct der probe = *der;
    bool is_utc = der_next_is(der, DER_UTC_TIME);
    size_t digits = is_utc ? 2 : 4;
    size_t octets = is_utc ? UTC_TIME_OCTETS : GENERALIZED_TIME_OCTETS;
    struct bytes text;
    int year;
    if (!der_take(&probe, is_utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, &text) ||
        text.len != octets || !number_of(text.data, digits, &year))
        return false;
    if (is_utc)
        year += year < 50 ? 2000 : 1900;
    if (!read_clock(text.data + digits, year, out))
        return false;
    *der = probe;
    return true;
}

bool der_end_of(const struct der *der, const char *what, struct error *err)
{
    return der_at_end(der) || fail(err, ERR_MALFORMED, "%s: trailing octets", what);
}

size_t der_header(uint8_t tag, size_t content_len, uint8_t out[6])
{
    size_t octets = 0;
    if (content_len >= 0x80)
        for (size_t rest = content_len; rest; rest >>= 8)
            octets++;
    out[0] = tag;
    out[1] = (uint8_t)(octets ? 0x80 | octets : content_len);
    for (size_t i = 0; i < octets; i++)
        out[2 + i] = (uint8_t)(content_len >> 8 * (octets - 1 - i));
    return 2 + octets;
}

struct der_mark der_begin(struct buf *out, uint8_t tag)
{
    struct der_mark mark = { buf_len(out) };
    buf_add(out, (struct bytes){ (const uint8_t[]){ tag, 0 }, 2 });
    return mark;
}

void der_end(struct buf *out, struct der_mark mark)
{
    if (!buf_ok(out))
        return;
    size_t len = buf_len(out) - mark.at - 2;
    uint8_t header[6];
    size_t header_len = der_header(buf_bytes(out).data[mark.at], len, header);
    uint8_t *end = buf_extend(out, header_len - 2);
    if (!end)
        return;
    uint8_t *start = end - len - 2;
    memmove(start + header_len, start + 2, len);
    memcpy(start, header, header_len);
}

void der_put(struct buf *out, uint8_t tag, struct bytes content)
{
    uint8_t header[6];
    buf_add(out, (struct bytes){ header, der_header(tag, content.len, header) });
    buf_add(out, content);
}

void der_put_bool(struct buf *out, bool value)
{
    uint8_t octet = value ? 0xff : 0x00;
    der_put(out, DER_BOOLEAN, (struct bytes){ &octet, 1 });
}

void der_put_small(struct buf *out, int64_t value)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)((uint64_t)value >> 8 * (7 - i));
    struct bytes content = BYTES_OF(octets);
    while (!is_minimal_integer(content))
        content = (struct bytes){ content.data + 1, content.len - 1 };
    der_put(out, DER_INTEGER, content);
}

void der_put_unsigned(struct buf *out, struct bytes big_endian)
{
    struct bytes content = big_endian;
    while (content.len && content.data[0] == 0)
        content = (struct bytes){ content.data + 1, content.len - 1 };
    bool needs_zero = content.len == 0 || content.data[0] & 0x80;
    uint8_t header[6];
    buf_add(out,
            (struct bytes){ header, der_header(DER_INTEGER, content.len + needs_zero, header) });
    if (needs_zero)
        buf_add_octet(out, 0);
    buf_add(out, content);
}

void der_put_oid(struct buf *out, struct bytes content)
{
    der_put(out, DER_OID, content);
}

void der_put_bits(struct buf *out, struct bytes octets)
{
    uint8_t header[6];
    buf_add(out, (struct bytes){ header, der_header(DER_BIT_STRING, octets.len + 1, header) });
    buf_add_octet(out, 0);
    buf_add(out, octets);
}

void der_put_named_bits(struct buf *out, uint32_t bits)
{
    uint8_t content[5] = { 0 };
    size_t count = 0;
    for (size_t i = 0; i < 32; i++)
        if (bits & 1u << i) {
            content[1 + i / 8] |= (uint8_t)(0x80u >> i % 8);
            count = i + 1;
        }
    content[0] = (uint8_t)((8 - count % 8) % 8);
    der_put(out, DER_BIT_STRING, (struct bytes){ content, 1 + (count + 7) / 8 });
}

void der_put_null(struct buf *out)
{
    der_put(out, DER_NULL, BYTES_NONE);
}

void der_put_time(struct buf *out, time_t t)
{
    struct tm tm;
    gmtime_r(&t, &tm);
    if (tm.tm_year >= 50 && tm.tm_year < 150)
        put_text_time(out, DER_UTC_TIME, 2, &tm);
    else
        put_text_time(out, DER_GENERALIZED_TIME, 4, &tm);
}

void der_put_generalized(struct buf *out, time_t t)
{
    struct tm tm;
    gmtime_r(&t, &tm);
    put_text_time(out, DER_GENERALIZED_TIME, 4, &tm);
}

void der_sort_set(struct buf *out, size_t from)
{
    if (!buf_ok(out) || buf_len(out) == from)
        return;
    struct bytes all = buf_bytes(out);
    SCOPED(buf_free)
    struct buf *copy = buf_copy((struct bytes){ all.data + from, all.len - from });
    struct der der = der_of(buf_bytes(copy));
    size_t count = 0;
    while (der_any(&der, NULL, NULL, NULL))
        count++;
    struct bytes *elements = memory_new_array(count ? count : 1, sizeof *elements);
    der = der_of(buf_bytes(copy));
    for (size_t i = 0; i < count; i++)
        if (!der_any(&der, NULL, NULL, &elements[i]))
            break;
    qsort(elements, count, sizeof *elements, compare_elements);
    buf_truncate(out, from);
    for (size_t i = 0; i < count; i++)
        buf_add(out, elements[i]);
    buf_add(out, der.rest);
    memory_free(elements);
}
