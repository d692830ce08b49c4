#include "x509/csr.h"

#include "base/arena.h"
#include "base/error.h"
#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/name_walk.h"

#include <string.h>

enum { ATTRIBUTES = DER_CONTEXT_CONSTRUCTED(0), ATTRIBUTES_MAX = 64 };

typedef bool read_attribute_fn(struct der values, struct arena *arena, struct csr *out,
                               struct error *err);

/* RFC 2985 §5.4.1: one DirectoryString; clients also send IA5String. */
static bool read_challenge(struct der values, struct arena *arena, struct csr *out,
                           struct error *err)
{
    struct name_value value = { .id = OID_CHALLENGE_PASSWORD };
    SCOPED(buf_free) struct buf *text = buf_new(CHALLENGE_OCTETS_MAX);
    if (out->challenge)
        return fail(err, ERR_BAD_CSR, "RFC 2985 §5.4.1: two challenge passwords");
    if (!der_any(&values, &value.tag, &value.text, &value.whole) || !der_at_end(&values) ||
        !name_value_text(&value, text) || !buf_ok(text))
        return fail(
            err, ERR_BAD_CSR,
            "RFC 2985 §5.4.1: the challenge password is not one string of at most %d octets",
            CHALLENGE_OCTETS_MAX);
    out->challenge = arena_text_of(arena, buf_bytes(text));
    out->challenge_value = value.whole;
    out->challenge_octets = value.text;
    return true;
}

static bool read_sans(struct bytes value, struct arena *arena, struct csr *out, struct error *err)
{
    if (!sans_parse(value, arena, &out->sans, err))
        return false;
    for (size_t i = 0; i < out->sans.count; i++) {
        if (!san_check(&out->sans.items[i], err))
            return false;
        out->has_sid |= san_is_sid(&out->sans.items[i]);
    }
    return true;
}

static bool read_basic_constraints(struct bytes value, struct csr *out, struct error *err)
{
    bool is_ca;
    int path_len;
    if (!extension_read_basic_constraints(value, &is_ca, &path_len, err))
        return false;
    out->asks_ca |= is_ca;
    return true;
}

static bool read_key_usage(struct bytes value, struct csr *out, struct error *err)
{
    if (!extension_read_key_usage(value, &out->key_usage, err))
        return false;
    out->asks_ca |= (out->key_usage & (KEY_USAGE_KEY_CERT_SIGN | KEY_USAGE_CRL_SIGN)) != 0;
    return true;
}

static bool read_extension(const struct extension *extension, struct arena *arena, struct csr *out,
                           struct error *err)
{
    if (extension->id == OID_SUBJECT_ALT_NAME)
        return read_sans(extension->value, arena, out, err);
    if (extension->id == OID_BASIC_CONSTRAINTS)
        return read_basic_constraints(extension->value, out, err);
    if (extension->id == OID_KEY_USAGE)
        return read_key_usage(extension->value, out, err);
    if (extension->id == OID_EXTENDED_KEY_USAGE) {
        out->has_ekus = true;
        return extension_read_ekus(extension->value, arena, &out->ekus, err);
    }
    out->has_sid |= extension->id == OID_SID;
    return true;
}

/* RFC 2985 §5.4.2; Microsoft's attribute has the same value. */
static bool read_extension_request(struct der values, struct arena *arena, struct csr *out,
                                   struct error *err)
{
    struct extension_list list = { .count = 0 };
    struct extension extension;
    if (!der_enter(&values, DER_SEQUENCE, &list.rest) || !der_at_end(&values) ||
        der_at_end(&list.rest))
        return fail(err, ERR_BAD_CSR, "RFC 2985 §5.4.2: not an extension request");
    while (extension_list_next(&list, &extension, err))
        if (!read_extension(&extension, arena, out, err))
            return false;
    return err->code == ERR_NONE;
}

/* clang-format off */
static const struct attribute_row {
    enum oid id;
    read_attribute_fn *read;
} attribute_rows[] = {
    { OID_CHALLENGE_PASSWORD,   read_challenge },
    { OID_EXTENSION_REQUEST,    read_extension_request },
    { OID_MS_EXTENSION_REQUEST, read_extension_request },
};
/* clang-format on */

static bool is_set(struct der values)
{
    if (der_at_end(&values))
        return false;
    while (der_any(&values, NULL, NULL, NULL))
        ;
    return der_at_end(&values);
}

/* requests counts the extension requests: two could ask for different things. */
static bool read_attribute(struct der *attributes, struct arena *arena, struct csr *out,
                           size_t *requests, struct error *err)
{
    struct der inside;
    struct der values;
    struct bytes type;
    if (!der_enter(attributes, DER_SEQUENCE, &inside) || !der_oid(&inside, &type) ||
        !der_enter(&inside, DER_SET, &values) || !der_at_end(&inside) || !is_set(values))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.1: not an Attribute");
    enum oid id = oid_find(type);
    for (size_t i = 0; i < ARRAY_LEN(attribute_rows); i++) {
        if (attribute_rows[i].id != id)
            continue;
        if (attribute_rows[i].read == read_extension_request && (*requests)++)
            return fail(err, ERR_BAD_CSR, "RFC 2985 §5.4.2: two extension requests");
        return attribute_rows[i].read(values, arena, out, err);
    }
    return true;
}

/* RFC 2986 §4.1 wants an empty [0]; some clients leave it out. */
static bool read_attributes(struct der *info, struct arena *arena, struct csr *out,
                            struct error *err)
{
    struct der attributes = { 0 };
    size_t count = 0;
    size_t requests = 0;
    if (der_next_is(info, ATTRIBUTES) && !der_enter(info, ATTRIBUTES, &attributes))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.1: not Attributes");
    while (!der_at_end(&attributes)) {
        if (++count > ATTRIBUTES_MAX)
            return fail(err, ERR_BAD_CSR, "more than %d attributes", ATTRIBUTES_MAX);
        if (!read_attribute(&attributes, arena, out, &requests, err))
            return false;
    }
    return true;
}

static bool read_info(struct der info, struct arena *arena, struct csr *out, struct error *err)
{
    int64_t version;
    struct bytes spki;
    if (!der_small(&info, &version) || version != 0)
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.1: version is not v1");
    if (!der_take_whole(&info, DER_SEQUENCE, &out->subject))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.1: no subject");
    if (!der_take_whole(&info, DER_SEQUENCE, &spki))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.1: no public key");
    return name_check(out->subject, err) && spki_parse(spki, &out->spki, err) &&
           read_attributes(&info, arena, out, err) &&
           der_end_of(&info, "CertificationRequestInfo", err);
}

static bool read_whole(struct bytes der, struct arena *arena, struct csr *out, struct error *err)
{
    struct der whole = der_of(der);
    struct der inside;
    struct der info;
    if (!der_enter(&whole, DER_SEQUENCE, &inside) || !der_at_end(&whole))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.2: not one SEQUENCE");
    struct der again = inside;
    if (!der_take_whole(&inside, DER_SEQUENCE, &out->info) ||
        !der_enter(&again, DER_SEQUENCE, &info) ||
        !der_take_whole(&inside, DER_SEQUENCE, &out->algorithm) ||
        !algorithm_is_identifier(out->algorithm) || !der_bits(&inside, &out->signature))
        return fail(err, ERR_BAD_CSR, "RFC 2986 §4.2: not a CertificationRequest");
    return der_end_of(&inside, "CertificationRequest", err) && read_info(info, arena, out, err);
}

/* What is malformed inside makes a CSR that we may not sign, and the peer is told so. */
static bool bad_csr(struct error *err)
{
    if (err->code == ERR_MALFORMED || err->code == ERR_INVALID || err->code == ERR_TOO_LARGE)
        err->code = ERR_BAD_CSR;
    return error_context(err, "csr");
}

bool csr_parse(struct bytes der, struct arena *arena, struct csr *out, struct error *err)
{
    *out = (struct csr){ .der = der };
    if (der.len > CSR_OCTETS_MAX)
        return fail(err, ERR_BAD_CSR, "csr: more than %d octets", CSR_OCTETS_MAX);
    return read_whole(der, arena, out, err) || bad_csr(err);
}

/* An EC key needs no check of its own: verifying puts the point on its curve. */
bool csr_verify(struct csr *csr, struct error *err)
{
    if (csr->spki.is_rsa && !spki_check(&csr->spki, err))
        return bad_csr(err);
    csr->spki.is_checked = spki_verify(&csr->spki, csr->algorithm, csr->info, csr->signature, err);
    return csr->spki.is_checked || bad_csr(err);
}

/* UTF8String has every length, which BMPString and UniversalString have not. */
struct bytes csr_without_challenge(const struct csr *csr, struct arena *arena)
{
    if (!csr->challenge)
        return csr->der;
    uint8_t *octets = arena_take(arena, csr->der.len);
    memcpy(octets, csr->der.data, csr->der.len);
    octets[csr->challenge_value.data - csr->der.data] = DER_UTF8_STRING;
    memset(octets + (csr->challenge_octets.data - csr->der.data), 'x', csr->challenge_octets.len);
    return (struct bytes){ octets, csr->der.len };
}

void csr_encode_info(struct bytes subject, struct bytes spki, struct bytes extensions,
                     struct buf *out)
{
    struct der_mark info = der_begin(out, DER_SEQUENCE);
    der_put_small(out, 0);
    buf_add(out, subject);
    buf_add(out, spki);
    struct der_mark attributes = der_begin(out, ATTRIBUTES);
    if (extensions.len) {
        struct der_mark attribute = der_begin(out, DER_SEQUENCE);
        der_put_oid(out, oid_bytes(OID_EXTENSION_REQUEST));
        struct der_mark values = der_begin(out, DER_SET);
        der_put(out, DER_SEQUENCE, extensions);
        der_end(out, values);
        der_end(out, attribute);
    }
    der_end(out, attributes);
    der_end(out, info);
}

void csr_encode(struct bytes info, struct bytes algorithm, struct bytes signature, struct buf *out)
{
    struct der_mark csr = der_begin(out, DER_SEQUENCE);
    buf_add(out, info);
    buf_add(out, algorithm);
    der_put_bits(out, signature);
    der_end(out, csr);
}
