#include "x509/name_walk.h"

#include "base/text.h"

enum { NUMERIC_STRING = 0x12, LATIN1_MAX = 0xff, ASCII_MAX = 0x7f };

static bool put_point(uint32_t point, uint32_t max, struct buf *out)
{
    if (point == 0 || point > max || (point >= 0xd800 && point <= 0xdfff))
        return false;
    uint8_t utf8[4] = { (uint8_t)(0xf0 | point >> 18), (uint8_t)(0x80 | (point >> 12 & 0x3f)),
                        (uint8_t)(0x80 | (point >> 6 & 0x3f)), (uint8_t)(0x80 | (point & 0x3f)) };
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (len == 1)
        utf8[3] = (uint8_t)point;
    else if (len == 2)
        utf8[2] = (uint8_t)(0xc0 | point >> 6);
    else if (len == 3)
        utf8[1] = (uint8_t)(0xe0 | point >> 12);
    if (out)
        buf_add(out, (struct bytes){ utf8 + 4 - len, len });
    return true;
}

static bool put_wide(struct bytes text, size_t width, uint32_t max, struct buf *out)
{
    for (size_t at = 0; at + width <= text.len; at += width) {
        uint32_t point = 0;
        for (size_t i = 0; i < width; i++)
            point = point << 8 | text.data[at + i];
        if (!put_point(point, max, out))
            return false;
    }
    return true;
}

static bool put_utf8(struct bytes text, struct buf *out)
{
    if (!text_is_utf8(text))
        return false;
    if (out)
        buf_add(out, text);
    return true;
}

struct name_walk name_walk_of(struct bytes der)
{
    struct name_walk walk = { 0 };
    struct der whole = der_of(der);
    walk.is_malformed = !der_enter(&whole, DER_SEQUENCE, &walk.rdns) || !der_at_end(&whole);
    return walk;
}

bool name_walk_next(struct name_walk *walk, struct name_value *out)
{
    if (walk->is_malformed)
        return false;
    out->begins_rdn = der_at_end(&walk->rdn);
    if (out->begins_rdn && der_at_end(&walk->rdns))
        return false;
    struct der pair;
    if ((out->begins_rdn && !der_enter(&walk->rdns, DER_SET, &walk->rdn)) ||
        !der_enter(&walk->rdn, DER_SEQUENCE, &pair) || !der_oid(&pair, &out->type) ||
        !der_any(&pair, &out->tag, &out->text, &out->whole) || !der_at_end(&pair)) {
        walk->is_malformed = true;
        return false;
    }
    out->id = oid_find(out->type);
    return true;
}

bool name_value_text(const struct name_value *value, struct buf *out)
{
    switch (value->tag) {
    case DER_UTF8_STRING:
        return put_utf8(value->text, out);
    case DER_PRINTABLE_STRING: /* '@', '*' and '_' occur in the field */
    case DER_IA5_STRING:
    case NUMERIC_STRING:
        return put_wide(value->text, 1, ASCII_MAX, out);
    case DER_T61_STRING:
        return put_wide(value->text, 1, LATIN1_MAX, out);
    case DER_BMP_STRING:
        return put_wide(value->text, 2, 0xffff, out);
    case DER_UNIVERSAL_STRING:
        return put_wide(value->text, 4, 0x10ffff, out);
    default:
        return false;
    }
}
