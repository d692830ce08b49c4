#include "x509/cms.h"

#include "base/error.h"
#include "x509/certificate.h"
#include "x509/cms_inside.h"

static bool take_issuer_and_serial(struct der *der, struct cms_identifier *out)
{
    struct der inside;
    *out = (struct cms_identifier){ 0 };
    return der_enter(der, DER_SEQUENCE, &inside) &&
           der_take_whole(&inside, DER_SEQUENCE, &out->issuer) &&
           der_integer(&inside, &out->serial) && der_at_end(&inside);
}

static struct bytes without_leading_zeros(struct bytes integer)
{
    while (integer.len > 0 && integer.data[0] == 0)
        integer = (struct bytes){ integer.data + 1, integer.len - 1 };
    return integer;
}

bool cms_enter(struct bytes der, enum oid type, const char *what, struct der *inside,
               struct error *err)
{
    struct der outer = der_of(der);
    struct der info;
    struct der content;
    struct bytes oid;
    if (!der_enter(&outer, DER_SEQUENCE, &info) || !der_oid(&info, &oid) ||
        !der_enter(&info, DER_CONTEXT_CONSTRUCTED(0), &content))
        return fail(err, ERR_MALFORMED, "%s: RFC 5652 §3: not a ContentInfo", what);
    if (oid_find(oid) != type)
        return fail(err, ERR_MALFORMED, "%s: RFC 5652 §3: another content type", what);
    if (!der_enter(&content, DER_SEQUENCE, inside))
        return fail(err, ERR_MALFORMED, "%s: RFC 5652 §3: the content is not a SEQUENCE", what);
    return der_end_of(&content, what, err) && der_end_of(&info, what, err) &&
           der_end_of(&outer, what, err);
}

bool cms_take_identifier(struct der *der, struct cms_identifier *out)
{
    if (der_next_is(der, DER_SEQUENCE))
        return take_issuer_and_serial(der, out);
    *out = (struct cms_identifier){ 0 };
    return der_take(der, DER_CONTEXT(0), &out->key_identifier) && out->key_identifier.len;
}

bool cms_take_algorithm(struct der *der, enum oid *oid, struct der *parameters, struct bytes *whole)
{
    struct bytes content;
    struct bytes id;
    if (!der_next_is(der, DER_SEQUENCE) || !der_any(der, NULL, &content, whole))
        return false;
    *parameters = der_of(content);
    if (!der_oid(parameters, &id))
        return false;
    *oid = oid_find(id);
    struct der rest = *parameters;
    return der_at_end(&rest) || (der_any(&rest, NULL, NULL, NULL) && der_at_end(&rest));
}

struct cms_frame cms_begin(struct buf *out, enum oid type, int version)
{
    struct cms_frame frame;
    frame.info = der_begin(out, DER_SEQUENCE);
    der_put_oid(out, oid_bytes(type));
    frame.explicit = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
    frame.body = der_begin(out, DER_SEQUENCE);
    der_put_small(out, version);
    return frame;
}

void cms_end(struct buf *out, const struct cms_frame *frame)
{
    der_end(out, frame->body);
    der_end(out, frame->explicit);
    der_end(out, frame->info);
}

void cms_put_issuer_and_serial(const struct certificate *certificate, struct buf *out)
{
    struct der_mark sequence = der_begin(out, DER_SEQUENCE);
    buf_add(out, certificate->issuer);
    der_put(out, DER_INTEGER, certificate->serial);
    der_end(out, sequence);
}

/* strongSwan 5.9.8 writes the serial of its self-signed certificate, a hash, as a positive INTEGER
 * in one place and as its bare octets in the other. */
bool cms_identifies(const struct cms_identifier *identifier, const struct certificate *certificate)
{
    if (identifier->key_identifier.len)
        return bytes_equal(identifier->key_identifier, certificate->subject_key_identifier);
    return bytes_equal(without_leading_zeros(identifier->serial),
                       without_leading_zeros(certificate->serial)) &&
           bytes_equal(identifier->issuer, certificate->issuer);
}

bool cms_parse_issuer_and_serial(struct bytes der, struct cms_identifier *out, struct error *err)
{
    struct der outer = der_of(der);
    if (!take_issuer_and_serial(&outer, out))
        return fail(err, ERR_MALFORMED, "RFC 5652 §10.2.4: not an IssuerAndSerialNumber");
    return der_end_of(&outer, "IssuerAndSerialNumber", err);
}
