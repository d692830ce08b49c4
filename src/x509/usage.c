#include "x509/usage.h"

#include "base/arena.h"
#include "base/error.h"
#include "x509/oid.h"

static const enum oid forbidden[] = { OID_OCSP_SIGNING, OID_ANY_EXTENDED_KEY_USAGE,
                                      OID_MS_CERTIFICATE_TRUST_LIST_SIGNING };

static bool contains_all(const struct oids *whole, const struct oids *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (!oids_contain(whole, part->items[i]))
            return false;
    return true;
}

bool usage_is_forbidden(struct bytes oid)
{
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
        if (bytes_equal(oid, oid_bytes(forbidden[i])))
            return true;
    return false;
}

bool usages_from_texts(const char *const *texts, size_t count, struct arena *arena,
                       struct oids *out, struct error *err)
{
    struct bytes *items = arena_take(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        SCOPED(buf_free) struct buf *oid = buf_new(OID_OCTETS_MAX);
        if (!texts[i])
            return fail(err, ERR_INVALID, "an object identifier is missing");
        if (!oid_from_text(texts[i], oid, err))
            return false;
        items[i] = arena_bytes(arena, buf_bytes(oid));
    }
    *out = (struct oids){ items, count };
    return true;
}

struct oids usages_common(const struct oids *wanted, const struct oids *allowed,
                          struct arena *arena)
{
    if (allowed->count == 0)
        return *wanted;
    if (wanted->count == 0)
        return *allowed;
    struct oids common = { arena_take(arena, wanted->count * sizeof *common.items), 0 };
    for (size_t i = 0; i < wanted->count; i++)
        if (oids_contain(allowed, wanted->items[i]))
            common.items[common.count++] = wanted->items[i];
    return common;
}

bool usages_equal(const struct oids *a, const struct oids *b)
{
    return contains_all(a, b) && contains_all(b, a);
}
