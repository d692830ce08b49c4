/* The text forms of a Name: RFC 4514, and the reversed form that the admin API shows. */
#include "x509/name.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/der.h"
#include "x509/name_walk.h"

#include <string.h>

enum { VALUE_OCTETS_MAX = 1024 };

struct type_name {
    const char *name;
    enum oid type;
};

/* What people write besides oid_name's. */
static const struct type_name other_names[] = {
    { "S", OID_STATE },         { "E", OID_EMAIL },     { "EMAIL", OID_EMAIL },
    { "SURNAME", OID_SURNAME }, { "UID", OID_USER_ID }, { "givenName", OID_GIVEN_NAME },
};

struct form {
    const char *separator;
    const char *state; /* the attribute stateOrProvinceName */
};

static const struct form rfc4514 = { ",", "ST" };
static const struct form reversed = { ", ", "S" };

/* RFC 4514 §2.4; control characters too, so that text stays one line. */
static void put_escaped(const char *text, struct buf *out)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == len && c == ' ');
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            buf_add_format(out, "\\%02X", (unsigned)c);
            continue;
        }
        if (is_edge || strchr("\"+,;<>\\", c))
            buf_add_octet(out, '\\');
        buf_add_octet(out, (uint8_t)c);
    }
}

/* RFC 4514 §2.4: a type without a short name is dotted, and its value #hex of the encoding. */
static bool put_unknown(const struct name_value *value, struct buf *out)
{
    char dotted[OID_TEXT_OCTETS_MAX];
    if (!oid_text(value->type, dotted))
        return false;
    buf_add_format(out, "%s=#", dotted);
    hex_encode_lower(value->whole, out);
    return true;
}

static bool put_value(const struct name_value *value, const struct form *form, struct buf *out)
{
    const char *name = value->id == OID_STATE ? form->state : oid_name(value->id);
    if (!name)
        return put_unknown(value, out);
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX * 4);
    if (!name_value_text(value, text))
        return false;
    buf_add_text(out, name);
    buf_add_octet(out, '=');
    put_escaped(buf_text(text), out);
    return true;
}

static bool put_rdn(struct bytes rdn, const struct form *form, struct buf *out)
{
    struct name_walk walk = { .rdns = der_of(rdn) };
    struct name_value value;
    bool is_first = true;
    while (name_walk_next(&walk, &value)) {
        if (!is_first)
            buf_add_octet(out, '+');
        if (!put_value(&value, form, out))
            return false;
        is_first = false;
    }
    return !walk.is_malformed;
}

static size_t collect_rdns(struct bytes der, struct bytes rdns[NAME_ATTRIBUTES_MAX])
{
    struct name_walk walk = name_walk_of(der);
    size_t count = 0;
    while (count < NAME_ATTRIBUTES_MAX && der_take_whole(&walk.rdns, DER_SET, &rdns[count]))
        count++;
    return count;
}

static bool put_name(struct bytes der, const struct form *form, struct buf *out)
{
    struct bytes rdns[NAME_ATTRIBUTES_MAX];
    struct error ignored = { 0 };
    if (!name_check(der, &ignored))
        return false;
    size_t count = collect_rdns(der, rdns);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_text(out, form->separator);
        if (!put_rdn(rdns[form == &reversed ? count - 1 - i : i], form, out))
            return false;
    }
    return buf_ok(out);
}

static struct bytes trim(struct bytes text)
{
    while (text.len && text.data[0] == ' ')
        text = (struct bytes){ text.data + 1, text.len - 1 };
    while (text.len && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static struct bytes split(struct bytes *rest, char separator)
{
    const uint8_t *found = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct bytes first = { rest->data, found ? (size_t)(found - rest->data) : rest->len };
    size_t used = first.len + (found != NULL);
    *rest = (struct bytes){ rest->data + used, rest->len - used };
    return first;
}

static enum oid type_from_text(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
        if (text_equal_caseless(other_names[i].name, name))
            return other_names[i].type;
    for (size_t i = OID_COMMON_NAME; i <= OID_UNSTRUCTURED_NAME; i++)
        if (text_equal_caseless(oid_name((enum oid)i), name))
            return (enum oid)i;
    return OID_NONE;
}

/* One "TYPE=value"; its value is copied into values, which must have room and not move. */
static bool read_pair(struct bytes pair, struct name_attribute *out, struct buf *values,
                      struct error *err)
{
    struct bytes value = pair;
    struct bytes type = trim(split(&value, '='));
    value = trim(value);
    if (type.len == 0 || type.len > 32 || value.len == 0)
        return fail(err, ERR_MALFORMED, "name: expected TYPE=value, TYPE=value");
    if (value.len > VALUE_OCTETS_MAX || value.data[0] == '#')
        return fail(err, ERR_MALFORMED, "name: a value is too long or in #hex");
    char name[33] = { 0 };
    memcpy(name, type.data, type.len);
    out->type = type_from_text(name);
    if (out->type == OID_NONE)
        return fail(err, ERR_MALFORMED, "name: unknown attribute type \"%s\"", name);
    out->value = (const char *)buf_bytes(values).data + buf_len(values);
    buf_add(values, value);
    buf_add_octet(values, 0);
    return true;
}

bool name_from_text(const char *text, struct buf *out, struct error *err)
{
    struct bytes rest = bytes_of_text(text);
    if (rest.len == 0 || rest.len > NAME_OCTETS_MAX)
        return fail(err, ERR_MALFORMED, "name: empty or longer than %d octets", NAME_OCTETS_MAX);
    if (strpbrk(text, "\\\"+<>;"))
        return fail(err, ERR_MALFORMED, "name: escapes, quotes and \"+\" are not read");
    struct name_attribute attributes[NAME_ATTRIBUTES_MAX];
    size_t count = 0;
    /* Room taken at once, so that what attributes point to stays where it is. */
    SCOPED(buf_free) struct buf *values = buf_new(NAME_OCTETS_MAX * 2);
    buf_extend(values, NAME_OCTETS_MAX * 2);
    buf_truncate(values, 0);
    bool goes_on = true;
    while (goes_on) {
        if (count == NAME_ATTRIBUTES_MAX)
            return fail(err, ERR_MALFORMED, "name: more than %d attributes", NAME_ATTRIBUTES_MAX);
        goes_on = memchr(rest.data, ',', rest.len) != NULL;
        if (!read_pair(split(&rest, ','), &attributes[count++], values, err))
            return false;
    }
    return name_encode(attributes, count, out, err);
}

bool name_text(struct bytes der, struct buf *out)
{
    return put_name(der, &rfc4514, out);
}

bool name_text_reversed(struct bytes der, struct buf *out)
{
    return put_name(der, &reversed, out);
}
