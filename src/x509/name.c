#include "x509/name.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/der.h"
#include "x509/name_walk.h"

#include <string.h>

enum { UB_NAME = 32768 };

struct attribute_rule {
    uint8_t tag;
    size_t characters_min;
    size_t characters_max;
};

/* clang-format off */
static const struct attribute_rule rules[OID_COUNT] = { /* RFC 5280 Appendix A; X.520 for the rest */
    [OID_COMMON_NAME]       = { DER_UTF8_STRING,      1, 64 },
    [OID_SURNAME]           = { DER_UTF8_STRING,      1, UB_NAME },
    [OID_SERIAL_NUMBER]     = { DER_PRINTABLE_STRING, 1, 64 },
    [OID_COUNTRY]           = { DER_PRINTABLE_STRING, 2, 2 },
    [OID_LOCALITY]          = { DER_UTF8_STRING,      1, 128 },
    [OID_STATE]             = { DER_UTF8_STRING,      1, 128 },
    [OID_STREET]            = { DER_UTF8_STRING,      1, 128 },
    [OID_ORGANIZATION]      = { DER_UTF8_STRING,      1, 64 },
    [OID_ORGANIZATION_UNIT] = { DER_UTF8_STRING,      1, 64 },
    [OID_TITLE]             = { DER_UTF8_STRING,      1, 64 },
    [OID_GIVEN_NAME]        = { DER_UTF8_STRING,      1, UB_NAME },
    [OID_INITIALS]          = { DER_UTF8_STRING,      1, UB_NAME },
    [OID_GENERATION]        = { DER_UTF8_STRING,      1, UB_NAME },
    [OID_DN_QUALIFIER]      = { DER_PRINTABLE_STRING, 1, 64 },
    [OID_PSEUDONYM]         = { DER_UTF8_STRING,      1, 128 },
    [OID_DOMAIN_COMPONENT]  = { DER_IA5_STRING,       1, 63 },
    [OID_USER_ID]           = { DER_UTF8_STRING,      1, 256 },
    [OID_EMAIL]             = { DER_IA5_STRING,       1, 255 },
    [OID_POSTAL_CODE]       = { DER_UTF8_STRING,      1, 40 },
    [OID_UNSTRUCTURED_NAME] = { DER_UTF8_STRING,      1, 255 },
};
/* clang-format on */

static bool is_printable(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789 '()+,-./:=?";
    return text[strspn(text, letters)] == '\0';
}

static bool is_ascii(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p > 0x7f)
            return false;
    return true;
}

static bool is_of_type(uint8_t tag, const char *value)
{
    if (tag == DER_PRINTABLE_STRING)
        return is_printable(value);
    return tag != DER_IA5_STRING || is_ascii(value);
}

/* What one value may be, whatever its string type on the wire. */
static bool check_value(enum oid type, const char *value, struct error *err)
{
    const struct attribute_rule *rule = &rules[type];
    const char *name = oid_name(type);
    if (!rule->tag)
        return fail(err, ERR_INVALID, "name: an attribute of a type that we do not write");
    if (!text_is_utf8(bytes_of_text(value)) || text_has_control(value))
        return fail(err, ERR_INVALID, "name: %s holds control characters or is not UTF-8", name);
    if (value[strspn(value, " ")] == '\0')
        return fail(err, ERR_INVALID, "name: %s is blank", name);
    size_t characters = text_characters(value);
    if (characters < rule->characters_min || characters > rule->characters_max)
        return fail(err, ERR_INVALID,
                    "name: RFC 5280 Appendix A: %s must have %zu to %zu characters, not %zu", name,
                    rule->characters_min, rule->characters_max, characters);
    if (!is_of_type(rule->tag, value))
        return fail(err, ERR_INVALID, "name: %s holds a character outside its string type", name);
    return true;
}

static void put_attribute(const struct name_attribute *attribute, struct buf *out)
{
    struct der_mark rdn = der_begin(out, DER_SET);
    struct der_mark pair = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(attribute->type));
    der_put(out, rules[attribute->type].tag, bytes_of_text(attribute->value));
    der_end(out, pair);
    der_end(out, rdn);
}

static bool put_attributes(const struct name_attribute *attributes, size_t count, struct buf *out,
                           struct error *err)
{
    struct der_mark name = der_begin(out, DER_SEQUENCE);
    for (size_t i = 0; i < count; i++) {
        if (!attributes[i].value || !attributes[i].value[0])
            continue;
        if (!check_value(attributes[i].type, attributes[i].value, err))
            return false;
        put_attribute(&attributes[i], out);
    }
    der_end(out, name);
    return true;
}

/* The folded value with its ends trimmed: RFC 4518 §2.6.1. Valid while folded lives. */
static struct bytes fold_value(const struct name_value *value, struct buf *folded)
{
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX * 4);
    name_value_text(value, text);
    text_fold(buf_text(text), folded);
    struct bytes result = buf_bytes(folded);
    while (result.len && result.data[0] == ' ')
        result = (struct bytes){ result.data + 1, result.len - 1 };
    while (result.len && result.data[result.len - 1] == ' ')
        result.len--;
    return result;
}

static bool values_equal(const struct name_value *a, const struct name_value *b)
{
    if (!bytes_equal(a->type, b->type))
        return false;
    if (bytes_equal(a->whole, b->whole))
        return true;
    if (!name_value_text(a, NULL) || !name_value_text(b, NULL))
        return false;
    SCOPED(buf_free) struct buf *a_folded = buf_new(NAME_OCTETS_MAX * 8);
    SCOPED(buf_free) struct buf *b_folded = buf_new(NAME_OCTETS_MAX * 8);
    return bytes_equal(fold_value(a, a_folded), fold_value(b, b_folded));
}

/* The values of a whole name, at most NAME_ATTRIBUTES_MAX; false if it is malformed. */
static bool collect(struct bytes der, struct name_value values[NAME_ATTRIBUTES_MAX], size_t *count)
{
    struct name_walk walk = name_walk_of(der);
    struct name_value value;
    *count = 0;
    while (name_walk_next(&walk, &value)) {
        if (*count == NAME_ATTRIBUTES_MAX)
            return false;
        values[(*count)++] = value;
    }
    return !walk.is_malformed;
}

static size_t rdn_len(const struct name_value *values, size_t count)
{
    size_t len = 1;
    while (len < count && !values[len].begins_rdn)
        len++;
    return len;
}

/* RFC 5280 §7.1: the attributes of one RDN are a set. */
static bool rdns_equal(const struct name_value *a, const struct name_value *b, size_t count)
{
    bool is_matched[NAME_ATTRIBUTES_MAX] = { false };
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;
        while (j < count && (is_matched[j] || !values_equal(&a[i], &b[j])))
            j++;
        if (j == count)
            return false;
        is_matched[j] = true;
    }
    return true;
}

bool name_encode(const struct name_attribute *attributes, size_t count, struct buf *out,
                 struct error *err)
{
    size_t before = buf_len(out);
    bool fits = put_attributes(attributes, count, out, err) && buf_ok(out) &&
                buf_len(out) - before <= NAME_OCTETS_MAX && count <= NAME_ATTRIBUTES_MAX;
    if (fits)
        return true;
    buf_truncate(out, before);
    return fail(err, ERR_INVALID, "name: more than %d octets or %d attributes", NAME_OCTETS_MAX,
                NAME_ATTRIBUTES_MAX);
}

bool name_check(struct bytes der, struct error *err)
{
    if (der.len > NAME_OCTETS_MAX)
        return fail(err, ERR_MALFORMED, "name: more than %d octets", NAME_OCTETS_MAX);
    struct name_walk walk = name_walk_of(der);
    struct name_value value;
    size_t count = 0;
    while (name_walk_next(&walk, &value)) {
        if (++count > NAME_ATTRIBUTES_MAX)
            return fail(err, ERR_MALFORMED, "name: more than %d attributes", NAME_ATTRIBUTES_MAX);
        if (!name_value_text(&value, NULL))
            return fail(err, ERR_MALFORMED,
                        "name: RFC 5280 §4.1.2.4: a value is not a string of its type");
    }
    return !walk.is_malformed || fail(err, ERR_MALFORMED, "name: RFC 5280 §4.1.2.4: not a Name");
}

bool name_check_values(struct bytes der, struct error *err)
{
    if (!name_check(der, err))
        return false;
    struct name_walk walk = name_walk_of(der);
    struct name_value value;
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX * 4);
    while (name_walk_next(&walk, &value)) {
        buf_truncate(text, 0);
        name_value_text(&value, text);
        if (!check_value(value.id, buf_text(text), err))
            return false;
    }
    return true;
}

bool name_is_empty(struct bytes der)
{
    struct name_walk walk = name_walk_of(der);
    return !walk.is_malformed && der_at_end(&walk.rdns);
}

bool name_find(struct bytes der, enum oid type, struct buf *out)
{
    struct name_walk walk = name_walk_of(der);
    struct name_value value;
    struct name_value last;
    bool is_found = false;
    while (name_walk_next(&walk, &value)) {
        if (value.id != type)
            continue;
        last = value;
        is_found = true;
    }
    return is_found && name_value_text(&last, out);
}

bool name_equal(struct bytes a, struct bytes b)
{
    if (bytes_equal(a, b))
        return true;
    struct name_value a_values[NAME_ATTRIBUTES_MAX];
    struct name_value b_values[NAME_ATTRIBUTES_MAX];
    size_t count;
    size_t b_count;
    if (!collect(a, a_values, &count) || !collect(b, b_values, &b_count) || count != b_count)
        return false;
    for (size_t at = 0; at < count;) {
        size_t len = rdn_len(a_values + at, count - at);
        if (rdn_len(b_values + at, count - at) != len ||
            !rdns_equal(a_values + at, b_values + at, len))
            return false;
        at += len;
    }
    return true;
}
