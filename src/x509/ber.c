#include "x509/ber.h"

#include "base/error.h"
#include "x509/der.h"

enum {
    CONSTRUCTED = 0x20,
    NUMBER_BITS = 0x1f,
    OCTET_STRING_CONSTRUCTED = DER_OCTET_STRING | CONSTRUCTED,
    LENGTH_OCTETS_MAX = 8,
};

struct header {
    uint8_t tag;
    bool is_indefinite;
    size_t len; /* when definite */
};

/* One pass over one message: where it stands, and what it may still do. */
struct pass {
    struct bytes rest;
    struct buf *out;
    struct error *err;
    unsigned elements_left;
};

static bool copy_element(struct pass *pass, unsigned depth);

static bool malformed(struct pass *pass, const char *what)
{
    return fail(pass->err, ERR_MALFORMED, "ber: X.690 §8.1: %s", what);
}

static struct bytes take(struct pass *pass, size_t len)
{
    struct bytes taken = { pass->rest.data, len };
    pass->rest = (struct bytes){ pass->rest.data + len, pass->rest.len - len };
    return taken;
}

/* §8.1.3: leading zeroes are fine, a length past the end is not. */
static bool read_long_length(struct pass *pass, size_t octets, size_t *out)
{
    if (octets > LENGTH_OCTETS_MAX || octets > pass->rest.len)
        return malformed(pass, "a length is cut off or too long");
    struct bytes digits = take(pass, octets);
    uint64_t len = 0;
    for (size_t i = 0; i < octets; i++)
        len = len << 8 | digits.data[i];
    if (len > pass->rest.len)
        return malformed(pass, "an element is cut off");
    *out = (size_t)len;
    return true;
}

static bool read_header(struct pass *pass, struct header *out)
{
    if (pass->rest.len < 2)
        return malformed(pass, "an element is cut off");
    if (pass->elements_left-- == 0)
        return fail(pass->err, ERR_TOO_LARGE, "ber: more than %d elements", BER_ELEMENTS_MAX);
    struct bytes first = take(pass, 2);
    *out = (struct header){ .tag = first.data[0], .len = first.data[1] };
    if ((out->tag & NUMBER_BITS) == NUMBER_BITS || out->tag == 0)
        return malformed(pass, "a tag that no message of ours has");
    out->is_indefinite = first.data[1] == 0x80;
    if (out->is_indefinite)
        return out->tag & CONSTRUCTED || malformed(pass, "indefinite length of a primitive");
    if (first.data[1] > 0x80)
        return read_long_length(pass, first.data[1] & 0x7f, &out->len);
    return out->len <= pass->rest.len || malformed(pass, "an element is cut off");
}

static bool is_end_of_contents(const struct pass *pass)
{
    return pass->rest.len >= 2 && pass->rest.data[0] == 0 && pass->rest.data[1] == 0;
}

typedef bool part_fn(struct pass *pass, unsigned depth);

/* Calls part for each element inside: up to the length given or to the end-of-contents. */
static bool each_part(struct pass *pass, const struct header *header, part_fn *part, unsigned depth)
{
    if (header->is_indefinite) {
        while (!is_end_of_contents(pass))
            if (!part(pass, depth))
                return false;
        take(pass, 2);
        return true;
    }
    size_t behind = pass->rest.len - header->len;
    struct bytes after = { pass->rest.data + header->len, behind };
    pass->rest.len = header->len;
    while (pass->rest.len)
        if (!part(pass, depth))
            return false;
    pass->rest = after;
    return true;
}

/* §8.7.3: the parts of a constructed OCTET STRING, its own kind again included. */
static bool join_part(struct pass *pass, unsigned depth)
{
    struct header header;
    if (depth > BER_STRING_DEPTH_MAX)
        return fail(pass->err, ERR_TOO_LARGE, "ber: strings in strings past %d levels",
                    BER_STRING_DEPTH_MAX);
    if (!read_header(pass, &header))
        return false;
    if (header.tag == OCTET_STRING_CONSTRUCTED)
        return each_part(pass, &header, join_part, depth + 1);
    if (header.tag != DER_OCTET_STRING)
        return malformed(pass, "an OCTET STRING has a part that is none");
    buf_add(pass->out, take(pass, header.len));
    return true;
}

static bool copy_element(struct pass *pass, unsigned depth)
{
    struct header header;
    if (depth > BER_DEPTH_MAX)
        return fail(pass->err, ERR_TOO_LARGE, "ber: nested past %d levels", BER_DEPTH_MAX);
    if (!read_header(pass, &header))
        return false;
    bool is_string = header.tag == OCTET_STRING_CONSTRUCTED;
    if (!(header.tag & CONSTRUCTED)) {
        der_put(pass->out, header.tag, take(pass, header.len));
        return true;
    }
    struct der_mark mark = der_begin(pass->out, is_string ? DER_OCTET_STRING : header.tag);
    if (!each_part(pass, &header, is_string ? join_part : copy_element, is_string ? 1 : depth + 1))
        return false;
    der_end(pass->out, mark);
    return true;
}

bool ber_to_der(struct bytes ber, struct buf *out, struct error *err)
{
    struct pass pass = { ber, out, err, BER_ELEMENTS_MAX };
    if (!copy_element(&pass, 1))
        return false;
    if (pass.rest.len)
        return malformed(&pass, "trailing octets");
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "ber: the message is too large");
}

bool ber_octets(struct bytes der, struct buf *out, struct error *err)
{
    struct pass pass = { der, out, err, BER_ELEMENTS_MAX };
    while (pass.rest.len)
        if (!join_part(&pass, 1))
            return false;
    return buf_ok(out) || fail(err, ERR_TOO_LARGE, "ber: a string is too large");
}
