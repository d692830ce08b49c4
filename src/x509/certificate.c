#include "x509/certificate.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/algorithm.h"
#include "x509/der.h"
#include "x509/name.h"

#include <string.h>
#include <strings.h>

enum {
    VERSION = DER_CONTEXT_CONSTRUCTED(0),
    ISSUER_UNIQUE_ID = DER_CONTEXT(1),
    SUBJECT_UNIQUE_ID = DER_CONTEXT(2),
    EXTENSIONS = DER_CONTEXT_CONSTRUCTED(3),
    KEY_IDENTIFIER = DER_CONTEXT(0),
    AUTHORITY_ISSUER = DER_CONTEXT_CONSTRUCTED(1),
    AUTHORITY_SERIAL = DER_CONTEXT(2),
    DISTRIBUTION_POINT_NAME = DER_CONTEXT_CONSTRUCTED(0),
    FULL_NAME = DER_CONTEXT_CONSTRUCTED(0),
    GENERAL_NAME_URI = DER_CONTEXT(6),
};

typedef bool read_extension_fn(struct bytes value, struct arena *arena, struct certificate *out,
                               struct error *err);

/* An http URL as text in the arena; anything else leaves NULL and is no error. */
static const char *http_url(struct bytes uri, struct arena *arena)
{
    static const char scheme[] = "http://";
    if (uri.len < sizeof scheme ||
        strncasecmp((const char *)uri.data, scheme, sizeof scheme - 1) != 0)
        return NULL;
    for (size_t i = 0; i < uri.len; i++)
        if (uri.data[i] <= 0x20 || uri.data[i] > 0x7e)
            return NULL;
    return arena_text_of(arena, uri);
}

static bool read_basic_constraints(struct bytes value, struct arena *arena, struct certificate *out,
                                   struct error *err)
{
    (void)arena;
    out->has_basic_constraints = true;
    return extension_read_basic_constraints(value, &out->is_ca, &out->path_len, err);
}

static bool read_key_usage(struct bytes value, struct arena *arena, struct certificate *out,
                           struct error *err)
{
    (void)arena;
    out->has_key_usage = true;
    return extension_read_key_usage(value, &out->key_usage, err);
}

static bool read_ekus(struct bytes value, struct arena *arena, struct certificate *out,
                      struct error *err)
{
    out->has_ekus = true;
    return extension_read_ekus(value, arena, &out->ekus, err);
}

static bool read_sans(struct bytes value, struct arena *arena, struct certificate *out,
                      struct error *err)
{
    return sans_parse(value, arena, &out->sans, err);
}

static bool read_subject_key_identifier(struct bytes value, struct arena *arena,
                                        struct certificate *out, struct error *err)
{
    (void)arena;
    struct der whole = der_of(value);
    if (!der_octets(&whole, &out->subject_key_identifier))
        return fail(err, ERR_MALFORMED, "subjectKeyIdentifier: RFC 5280 §4.2.1.2: malformed");
    return der_end_of(&whole, "subjectKeyIdentifier", err);
}

static bool read_authority_key_identifier(struct bytes value, struct arena *arena,
                                          struct certificate *out, struct error *err)
{
    (void)arena;
    struct der whole = der_of(value);
    struct der inside;
    if (!der_enter(&whole, DER_SEQUENCE, &inside))
        return fail(err, ERR_MALFORMED, "authorityKeyIdentifier: RFC 5280 §4.2.1.1: malformed");
    der_take(&inside, KEY_IDENTIFIER, &out->authority_key_identifier);
    der_take(&inside, AUTHORITY_ISSUER, NULL);
    der_take(&inside, AUTHORITY_SERIAL, NULL);
    return der_end_of(&inside, "authorityKeyIdentifier", err) &&
           der_end_of(&whole, "authorityKeyIdentifier", err);
}

static bool read_name_constraints(struct bytes value, struct arena *arena, struct certificate *out,
                                  struct error *err)
{
    (void)arena;
    struct der whole = der_of(value);
    out->name_constraints = value;
    if (!der_take(&whole, DER_SEQUENCE, NULL))
        return fail(err, ERR_MALFORMED, "nameConstraints: RFC 5280 §4.2.1.10: malformed");
    return der_end_of(&whole, "nameConstraints", err);
}

/* The first http URL among the full names of one DistributionPoint. */
static bool read_point(struct der point, struct arena *arena, const char **url)
{
    struct der name;
    struct der full;
    uint8_t tag;
    struct bytes content;
    if (der_enter(&point, DISTRIBUTION_POINT_NAME, &name) && der_enter(&name, FULL_NAME, &full)) {
        while (!der_at_end(&full)) {
            if (!der_any(&full, &tag, &content, NULL))
                return false;
            if (!*url && tag == GENERAL_NAME_URI)
                *url = http_url(content, arena);
        }
    }
    while (der_any(&point, NULL, NULL, NULL))
        ;
    return der_at_end(&point);
}

static bool read_distribution_points(struct bytes value, struct arena *arena,
                                     struct certificate *out, struct error *err)
{
    struct der whole = der_of(value);
    struct der points;
    struct der point;
    bool is_good = der_enter(&whole, DER_SEQUENCE, &points) && !der_at_end(&points);
    while (is_good && !der_at_end(&points))
        is_good =
            der_enter(&points, DER_SEQUENCE, &point) && read_point(point, arena, &out->crl_url);
    if (!is_good)
        return fail(err, ERR_MALFORMED, "cRLDistributionPoints: RFC 5280 §4.2.1.13: malformed");
    return der_end_of(&whole, "cRLDistributionPoints", err);
}

static bool read_access(struct der *list, struct arena *arena, struct certificate *out)
{
    struct der description;
    struct bytes method;
    struct bytes location;
    uint8_t tag;
    if (!der_enter(list, DER_SEQUENCE, &description) || !der_oid(&description, &method) ||
        !der_any(&description, &tag, &location, NULL) || !der_at_end(&description))
        return false;
    enum oid id = oid_find(method);
    if (tag != GENERAL_NAME_URI)
        return true;
    if (id == OID_AD_OCSP && !out->ocsp_url)
        out->ocsp_url = http_url(location, arena);
    if (id == OID_AD_CA_ISSUERS && !out->issuers_url)
        out->issuers_url = http_url(location, arena);
    return true;
}

static bool read_authority_info(struct bytes value, struct arena *arena, struct certificate *out,
                                struct error *err)
{
    struct der whole = der_of(value);
    struct der list;
    bool is_good = der_enter(&whole, DER_SEQUENCE, &list) && !der_at_end(&list);
    while (is_good && !der_at_end(&list))
        is_good = read_access(&list, arena, out);
    if (!is_good)
        return fail(err, ERR_MALFORMED, "authorityInfoAccess: RFC 5280 §4.2.2.1: malformed");
    return der_end_of(&whole, "authorityInfoAccess", err);
}

static bool read_ocsp_nocheck(struct bytes value, struct arena *arena, struct certificate *out,
                              struct error *err)
{
    (void)arena;
    struct der whole = der_of(value);
    out->has_ocsp_nocheck = true;
    if (!der_null(&whole))
        return fail(err, ERR_MALFORMED, "ocsp-nocheck: RFC 6960 §4.2.2.2.1: not NULL");
    return der_end_of(&whole, "ocsp-nocheck", err);
}

/* Whatever policies are named, a path is good for anyPolicy; only the constraining policy
 * extensions, which are not in the table, make a critical one matter. */
static bool read_policies(struct bytes value, struct arena *arena, struct certificate *out,
                          struct error *err)
{
    (void)arena;
    (void)out;
    struct der whole = der_of(value);
    struct der list;
    if (!der_enter(&whole, DER_SEQUENCE, &list) || der_at_end(&list))
        return fail(err, ERR_MALFORMED, "certificatePolicies: RFC 5280 §4.2.1.4: malformed");
    return der_end_of(&whole, "certificatePolicies", err);
}

/* clang-format off */
static const struct extension_row {
    enum oid id;
    read_extension_fn *read;
} extension_rows[] = {
    { OID_BASIC_CONSTRAINTS,        read_basic_constraints },
    { OID_KEY_USAGE,                read_key_usage },
    { OID_EXTENDED_KEY_USAGE,       read_ekus },
    { OID_SUBJECT_ALT_NAME,         read_sans },
    { OID_SUBJECT_KEY_IDENTIFIER,   read_subject_key_identifier },
    { OID_AUTHORITY_KEY_IDENTIFIER, read_authority_key_identifier },
    { OID_NAME_CONSTRAINTS,         read_name_constraints },
    { OID_CRL_DISTRIBUTION_POINTS,  read_distribution_points },
    { OID_AUTHORITY_INFO_ACCESS,    read_authority_info },
    { OID_OCSP_NOCHECK,             read_ocsp_nocheck },
    { OID_CERTIFICATE_POLICIES,     read_policies },
};
/* clang-format on */

static bool read_extension(const struct extension *extension, struct arena *arena,
                           struct certificate *out, struct error *err)
{
    if (extension->id == OID_BASIC_CONSTRAINTS)
        out->is_basic_constraints_critical = extension->is_critical;
    for (size_t i = 0; i < ARRAY_LEN(extension_rows); i++)
        if (extension_rows[i].id == extension->id)
            return extension_rows[i].read(extension->value, arena, out, err);
    out->has_unknown_critical |= extension->is_critical;
    return true;
}

static bool read_extensions(struct der *tbs, struct arena *arena, struct certificate *out,
                            struct error *err)
{
    struct der wrapper;
    struct extension_list list = { .count = 0 };
    struct extension extension;
    if (!der_next_is(tbs, EXTENSIONS))
        return true;
    if (out->version != 3)
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.9: version 1 has no extensions");
    if (!der_enter(tbs, EXTENSIONS, &wrapper) || !der_enter(&wrapper, DER_SEQUENCE, &list.rest) ||
        !der_at_end(&wrapper) || der_at_end(&list.rest))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.9: not Extensions");
    while (extension_list_next(&list, &extension, err))
        if (!read_extension(&extension, arena, out, err))
            return false;
    return err->code == ERR_NONE;
}

/* X.690 §11.5 would drop an explicit v1; OpenSSL reads it, and it does no harm. */
static bool read_version(struct der *tbs, unsigned *out)
{
    struct der wrapper;
    int64_t version = 0;
    if (der_next_is(tbs, VERSION) && (!der_enter(tbs, VERSION, &wrapper) ||
                                      !der_small(&wrapper, &version) || !der_at_end(&wrapper)))
        return false;
    *out = (unsigned)version + 1;
    return version == 0 || version == 2;
}

static bool read_unique_id(struct der *tbs, uint8_t tag)
{
    struct bytes bits;
    return !der_next_is(tbs, tag) ||
           (der_take(tbs, tag, &bits) && bits.len > 0 && bits.data[0] <= 7);
}

static bool read_validity(struct der *tbs, struct certificate *out)
{
    struct der validity;
    return der_enter(tbs, DER_SEQUENCE, &validity) && der_time(&validity, &out->not_before) &&
           der_time(&validity, &out->not_after) && der_at_end(&validity);
}

/* The limit is on the number: strongSwan's self-signed serials are SHA-1 values, half of which
 * need a 00 before them (5.9.8, pki --scep).
 * certmonger 0.79 signs its requests with certificates of version 1 whose serial is a SHA-256
 * value; nothing of ours is of version 1. */
static bool serial_fits(struct bytes serial, unsigned version)
{
    size_t sign = serial.len > 1 && serial.data[0] == 0;
    return serial.len - sign <= (version == 1 ? SERIAL_OCTETS_V1_MAX : SERIAL_OCTETS_MAX);
}

static bool read_head(struct der *tbs, struct certificate *out, struct error *err)
{
    struct bytes algorithm;
    if (!read_version(tbs, &out->version))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.1: neither version 1 nor 3");
    if (!der_integer(tbs, &out->serial) || !serial_fits(out->serial, out->version))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.2: serial is not of 1 to 20 octets");
    if (!der_take_whole(tbs, DER_SEQUENCE, &algorithm) || !bytes_equal(algorithm, out->algorithm))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.1.2: the two algorithms differ");
    if (!der_take_whole(tbs, DER_SEQUENCE, &out->issuer))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.4: no issuer");
    if (!read_validity(tbs, out))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.5: not a Validity");
    if (!der_take_whole(tbs, DER_SEQUENCE, &out->subject))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.6: no subject");
    return name_check(out->issuer, err) && name_check(out->subject, err);
}

static bool read_tbs(struct der tbs, struct arena *arena, struct certificate *out,
                     struct error *err)
{
    struct bytes spki;
    if (!read_head(&tbs, out, err))
        return false;
    if (!der_take_whole(&tbs, DER_SEQUENCE, &spki))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.7: no public key");
    if (!spki_parse(spki, &out->spki, err))
        return false;
    if (!read_unique_id(&tbs, ISSUER_UNIQUE_ID) || !read_unique_id(&tbs, SUBJECT_UNIQUE_ID))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1.2.8: not a unique identifier");
    return read_extensions(&tbs, arena, out, err) && der_end_of(&tbs, "TBSCertificate", err);
}

static bool read_whole(struct bytes der, struct arena *arena, struct certificate *out,
                       struct error *err)
{
    struct der whole = der_of(der);
    struct der inside;
    struct der tbs;
    if (!der_enter(&whole, DER_SEQUENCE, &inside))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1: not a SEQUENCE");
    if (!der_end_of(&whole, "Certificate", err))
        return false;
    struct der again = inside;
    if (!der_take_whole(&inside, DER_SEQUENCE, &out->tbs) ||
        !der_enter(&again, DER_SEQUENCE, &tbs) ||
        !der_take_whole(&inside, DER_SEQUENCE, &out->algorithm) ||
        !algorithm_is_identifier(out->algorithm) || !der_bits(&inside, &out->signature))
        return fail(err, ERR_MALFORMED, "RFC 5280 §4.1: not a Certificate");
    return der_end_of(&inside, "Certificate", err) && read_tbs(tbs, arena, out, err);
}

bool certificate_parse(struct bytes der, struct arena *arena, struct certificate *out,
                       struct error *err)
{
    *out = (struct certificate){ .der = der, .path_len = -1 };
    if (der.len > CERTIFICATE_OCTETS_MAX)
        return fail(err, ERR_TOO_LARGE, "certificate: more than %d octets", CERTIFICATE_OCTETS_MAX);
    return read_whole(der, arena, out, err) || error_context(err, "certificate");
}

bool certificate_verify(const struct certificate *certificate, const struct spki *issuer,
                        struct error *err)
{
    return spki_verify(issuer, certificate->algorithm, certificate->tbs, certificate->signature,
                       err) ||
           error_context(err, "certificate");
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return name_equal(certificate->issuer, certificate->subject);
}

void certificate_thumbprint(struct bytes der, char out[41])
{
    uint8_t digest[DIGEST_OCTETS_MAX];
    SCOPED(buf_free) struct buf *hex = buf_new(40);
    digest_of(DIGEST_SHA1, der, digest);
    hex_encode((struct bytes){ digest, digest_octets(DIGEST_SHA1) }, hex);
    memcpy(out, buf_text(hex), 41);
}
