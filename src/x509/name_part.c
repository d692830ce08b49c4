#include "x509/name_part.h"

#include "x509/name.h"
#include "x509/name_walk.h"

/* The attribute as a name of its own, so that name_equal judges it. */
static void put_single(const struct name_value *value, struct buf *out)
{
    struct der_mark name = der_begin(out, DER_SEQUENCE);
    struct der_mark rdn = der_begin(out, DER_SET);
    struct der_mark pair = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, value->type);
    buf_add(out, value->whole);
    der_end(out, pair);
    der_end(out, rdn);
    der_end(out, name);
}

static bool attributes_equal(const struct name_value *a, const struct name_value *b)
{
    if (!bytes_equal(a->type, b->type))
        return false;
    SCOPED(buf_free) struct buf *a_name = buf_new(NAME_OCTETS_MAX * 2);
    SCOPED(buf_free) struct buf *b_name = buf_new(NAME_OCTETS_MAX * 2);
    put_single(a, a_name);
    put_single(b, b_name);
    return name_equal(buf_bytes(a_name), buf_bytes(b_name));
}

/* Marks the first free attribute of whole that equals value. */
static bool take_equal(const struct name_value *value, struct bytes whole,
                       bool is_taken[NAME_ATTRIBUTES_MAX])
{
    struct name_walk walk = name_walk_of(whole);
    struct name_value other;
    for (size_t i = 0; i < NAME_ATTRIBUTES_MAX && name_walk_next(&walk, &other); i++) {
        if (is_taken[i] || !attributes_equal(value, &other))
            continue;
        is_taken[i] = true;
        return true;
    }
    return false;
}

bool name_is_part(struct bytes part, struct bytes whole)
{
    if (name_equal(part, whole))
        return true;
    bool is_taken[NAME_ATTRIBUTES_MAX] = { false };
    struct name_walk walk = name_walk_of(part);
    struct name_value value;
    while (name_walk_next(&walk, &value))
        if (!take_equal(&value, whole, is_taken))
            return false;
    return !walk.is_malformed;
}
