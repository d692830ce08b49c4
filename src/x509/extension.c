#include "x509/extension.h"

#include "base/error.h"
#include "x509/der.h"

/* Tags of the fields we write, RFC 5280 §4.2.1.1, §4.2.1.6, §4.2.1.13. */
enum {
    KEY_IDENTIFIER = DER_CONTEXT(0),
    GENERAL_NAME_URI = DER_CONTEXT(6),
    DISTRIBUTION_POINT_NAME = DER_CONTEXT_CONSTRUCTED(0),
    FULL_NAME = DER_CONTEXT_CONSTRUCTED(0),
};

struct extension_mark {
    struct der_mark extension;
    struct der_mark value;
};

static struct extension_mark begin(struct buf *out, enum oid id, bool is_critical)
{
    struct extension_mark mark;
    mark.extension = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(id));
    if (is_critical)
        der_put_bool(out, true);
    mark.value = der_begin(out, DER_OCTET_STRING);
    return mark;
}

static void end(struct buf *out, struct extension_mark mark)
{
    der_end(out, mark.value);
    der_end(out, mark.extension);
}

static void put_access(struct buf *out, enum oid method, const char *url)
{
    if (!url)
        return;
    struct der_mark description = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(method));
    der_put(out, GENERAL_NAME_URI, bytes_of_text(url));
    der_end(out, description);
}

/* An explicit FALSE is let through: X.690 §11.5 drops it, encoders in the field do not. */
static bool read_critical(struct der *inside, bool *out)
{
    *out = false;
    return !der_next_is(inside, DER_BOOLEAN) || der_bool(inside, out);
}

bool extension_next(struct der *extensions, struct extension *out, struct error *err)
{
    if (der_at_end(extensions))
        return false;
    struct der inside;
    if (!der_enter(extensions, DER_SEQUENCE, &inside) || !der_oid(&inside, &out->oid) ||
        !read_critical(&inside, &out->is_critical) || !der_octets(&inside, &out->value))
        return fail(err, ERR_MALFORMED, "extension: RFC 5280 §4.2: not an Extension");
    if (!der_end_of(&inside, "extension", err))
        return false;
    out->id = oid_find(out->oid);
    return true;
}

bool oids_contain(const struct oids *oids, struct bytes oid)
{
    for (size_t i = 0; i < oids->count; i++)
        if (bytes_equal(oids->items[i], oid))
            return true;
    return false;
}

void extension_put(struct buf *out, enum oid id, bool is_critical, struct bytes value)
{
    struct extension_mark mark = begin(out, id, is_critical);
    buf_add(out, value);
    end(out, mark);
}

void extension_put_basic_constraints(struct buf *out, bool is_ca, int path_len)
{
    struct extension_mark mark = begin(out, OID_BASIC_CONSTRAINTS, true);
    struct der_mark constraints = der_begin(out, DER_SEQUENCE);
    if (is_ca)
        der_put_bool(out, true);
    if (is_ca && path_len >= 0)
        der_put_small(out, path_len);
    der_end(out, constraints);
    end(out, mark);
}

void extension_put_key_usage(struct buf *out, uint32_t usage)
{
    struct extension_mark mark = begin(out, OID_KEY_USAGE, true);
    der_put_named_bits(out, usage);
    end(out, mark);
}

void extension_put_ekus(struct buf *out, const struct oids *ekus)
{
    if (ekus->count == 0)
        return;
    struct extension_mark mark = begin(out, OID_EXTENDED_KEY_USAGE, false);
    struct der_mark list = der_begin(out, DER_SEQUENCE);
    for (size_t i = 0; i < ekus->count; i++)
        der_put_oid(out, ekus->items[i]);
    der_end(out, list);
    end(out, mark);
}

void extension_put_subject_key_identifier(struct buf *out, struct bytes identifier)
{
    struct extension_mark mark = begin(out, OID_SUBJECT_KEY_IDENTIFIER, false);
    der_put(out, DER_OCTET_STRING, identifier);
    end(out, mark);
}

void extension_put_authority_key_identifier(struct buf *out, struct bytes identifier)
{
    struct extension_mark mark = begin(out, OID_AUTHORITY_KEY_IDENTIFIER, false);
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    der_put(out, KEY_IDENTIFIER, identifier);
    der_end(out, sequence);
    end(out, mark);
}

void extension_put_crl_url(struct buf *out, enum oid id, const char *url)
{
    struct extension_mark mark = begin(out, id, false);
    struct der_mark points = der_begin(out, DER_SEQUENCE);
    struct der_mark point = der_begin(out, DER_SEQUENCE);
    struct der_mark name = der_begin(out, DISTRIBUTION_POINT_NAME);
    struct der_mark full = der_begin(out, FULL_NAME);
    der_put(out, GENERAL_NAME_URI, bytes_of_text(url));
    der_end(out, full);
    der_end(out, name);
    der_end(out, point);
    der_end(out, points);
    end(out, mark);
}

void extension_put_authority_info(struct buf *out, const char *issuers_url, const char *ocsp_url)
{
    if (!issuers_url && !ocsp_url)
        return;
    struct extension_mark mark = begin(out, OID_AUTHORITY_INFO_ACCESS, false);
    struct der_mark list = der_begin(out, DER_SEQUENCE);
    put_access(out, OID_AD_OCSP, ocsp_url);
    put_access(out, OID_AD_CA_ISSUERS, issuers_url);
    der_end(out, list);
    end(out, mark);
}
