#include "x509/extension.h"

#include "base/arena.h"
#include "base/error.h"
#include "x509/der.h"

#include <limits.h>

bool extension_read_basic_constraints(struct bytes value, bool *is_ca, int *path_len,
                                      struct error *err)
{
    struct der whole = der_of(value);
    struct der inside;
    int64_t len = -1;
    *is_ca = false;
    if (!der_enter(&whole, DER_SEQUENCE, &inside) ||
        (der_next_is(&inside, DER_BOOLEAN) && !der_bool(&inside, is_ca)) ||
        (der_next_is(&inside, DER_INTEGER) && (!der_small(&inside, &len) || len < 0)))
        return fail(err, ERR_MALFORMED, "basicConstraints: RFC 5280 §4.2.1.9: malformed");
    *path_len = len > INT_MAX ? INT_MAX : (int)len;
    return der_end_of(&inside, "basicConstraints", err) &&
           der_end_of(&whole, "basicConstraints", err);
}

bool extension_read_key_usage(struct bytes value, uint32_t *out, struct error *err)
{
    struct der whole = der_of(value);
    if (!der_named_bits(&whole, out) || *out == 0)
        return fail(err, ERR_MALFORMED, "keyUsage: RFC 5280 §4.2.1.3: malformed or empty");
    return der_end_of(&whole, "keyUsage", err);
}

bool extension_read_ekus(struct bytes value, struct arena *arena, struct oids *out,
                         struct error *err)
{
    struct der whole = der_of(value);
    struct der list;
    struct bytes items[EKUS_MAX];
    size_t count = 0;
    if (!der_enter(&whole, DER_SEQUENCE, &list) || der_at_end(&list))
        return fail(err, ERR_MALFORMED, "extKeyUsage: RFC 5280 §4.2.1.12: malformed or empty");
    while (!der_at_end(&list)) {
        if (count == EKUS_MAX)
            return fail(err, ERR_TOO_LARGE, "extKeyUsage: more than %d", EKUS_MAX);
        if (!der_oid(&list, &items[count++]))
            return fail(err, ERR_MALFORMED, "extKeyUsage: RFC 5280 §4.2.1.12: not an OID");
    }
    out->count = count;
    out->items = arena_take(arena, count * sizeof *out->items);
    for (size_t i = 0; i < count; i++)
        out->items[i] = items[i];
    return der_end_of(&whole, "extKeyUsage", err);
}

bool extension_list_next(struct extension_list *list, struct extension *out, struct error *err)
{
    if (!extension_next(&list->rest, out, err))
        return false;
    if (list->count == EXTENSIONS_MAX)
        return fail(err, ERR_TOO_LARGE, "extensions: more than %d", EXTENSIONS_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (bytes_equal(list->seen[i], out->oid))
            return fail(err, ERR_MALFORMED, "extensions: RFC 5280 §4.2: one stands twice");
    list->seen[list->count++] = out->oid;
    return true;
}
