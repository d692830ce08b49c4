#include "fuzz/differential.h"

#include "base/arena.h"
#include "base/error.h"
#include "x509/certificate.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/spki.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

typedef STACK_OF(X509_EXTENSION) extension_stack;

static void free_extensions(extension_stack *extensions)
{
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

DEFINE_SCOPED(X509 *, X509_free)
DEFINE_SCOPED(X509_REQ *, X509_REQ_free)
DEFINE_SCOPED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_SCOPED(BASIC_CONSTRAINTS *, BASIC_CONSTRAINTS_free)
DEFINE_SCOPED(ASN1_BIT_STRING *, ASN1_BIT_STRING_free)
DEFINE_SCOPED(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)
DEFINE_SCOPED(GENERAL_NAMES *, GENERAL_NAMES_free)
DEFINE_SCOPED(ASN1_OCTET_STRING *, ASN1_OCTET_STRING_free)
DEFINE_SCOPED(extension_stack *, free_extensions)

static bool same_name(struct bytes ours, const X509_NAME *theirs)
{
    const unsigned char *der;
    size_t len;
    return X509_NAME_get0_der(theirs, &der, &len) == 1 &&
           bytes_equal(ours, (struct bytes){ der, len });
}

/* Ours and theirs as one form of the name's text, which neither takes from the other. */
static bool same_common_name(struct bytes ours, const X509_NAME *theirs)
{
    SCOPED(buf_free) struct buf *text = buf_new(NAME_OCTETS_MAX * 4);
    int last = -1;
    for (int i; (i = X509_NAME_get_index_by_NID(theirs, NID_commonName, last)) >= 0;)
        last = i;
    if (name_find(ours, OID_COMMON_NAME, text) != (last >= 0))
        return false;
    if (last < 0)
        return true;
    unsigned char *utf8 = NULL;
    int len =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(theirs, last)));
    bool is_same = len >= 0 && bytes_equal(buf_bytes(text), (struct bytes){ utf8, (size_t)len });
    OPENSSL_free(utf8);
    return is_same;
}

static bool same_time(time_t ours, const ASN1_TIME *theirs)
{
    struct tm tm;
    return ASN1_TIME_to_tm(theirs, &tm) == 1 && timegm(&tm) == ours;
}

static bool same_serial(struct bytes ours, const ASN1_INTEGER *theirs)
{
    SCOPED(buf_free) struct buf *der = buf_new(64);
    unsigned char *out = NULL;
    int len = i2d_ASN1_INTEGER(theirs, &out);
    der_put(der, DER_INTEGER, ours);
    bool is_same = len > 0 && bytes_equal(buf_bytes(der), (struct bytes){ out, (size_t)len });
    OPENSSL_free(out);
    return is_same;
}

/* A key that we would use, they must have, and the same. */
static bool same_key(const struct spki *ours, EVP_PKEY *theirs)
{
    struct error ignored = { 0 };
    if (!spki_check(ours, &ignored))
        return true;
    SCOPED(EVP_PKEY_free) EVP_PKEY *key = spki_to_pkey(ours, &ignored);
    return key && theirs && EVP_PKEY_eq(key, theirs) == 1;
}

static bool same_oids(const struct oids *ours, const EXTENDED_KEY_USAGE *theirs)
{
    if ((int)ours->count != sk_ASN1_OBJECT_num(theirs))
        return false;
    for (int i = 0; i < (int)ours->count; i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(theirs, i);
        struct bytes content = { OBJ_get0_data(oid), OBJ_length(oid) };
        if (!bytes_equal(ours->items[i], content))
            return false;
    }
    return true;
}

static bool same_san(const struct san *ours, const GENERAL_NAME *theirs)
{
    int type;
    const ASN1_STRING *text = GENERAL_NAME_get0_value(theirs, &type);
    if (type != (ours->type == SAN_UPN ? GEN_OTHERNAME : (int)ours->type))
        return false;
    if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI && type != GEN_IPADD)
        return true;
    struct bytes value = { ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text) };
    return bytes_equal(ours->value, value);
}

/* x400Address and ediPartyName are checked in outline only, and never issued. */
static bool has_outlines(const struct sans *sans)
{
    for (size_t i = 0; i < sans->count; i++)
        if (sans->items[i].type == SAN_X400 || sans->items[i].type == SAN_EDI)
            return true;
    return false;
}

static bool same_sans(const struct sans *ours, const GENERAL_NAMES *theirs)
{
    if (has_outlines(ours))
        return true;
    if (ours->count == 0 || !theirs)
        return ours->count == 0 && !theirs;
    if ((int)ours->count != sk_GENERAL_NAME_num(theirs))
        return false;
    for (int i = 0; i < (int)ours->count; i++)
        if (!same_san(&ours->items[i], sk_GENERAL_NAME_value(theirs, i)))
            return false;
    return true;
}

static uint32_t usage_of(const ASN1_BIT_STRING *theirs)
{
    uint32_t bits = 0;
    for (int i = 0; theirs && i < 32; i++)
        if (ASN1_BIT_STRING_get_bit(theirs, i))
            bits |= 1u << i;
    return bits;
}

static const char *differ_constraints(const struct certificate *ours, const X509 *theirs)
{
    int state;
    SCOPED(BASIC_CONSTRAINTS_free)
    BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(theirs, NID_basic_constraints, &state, NULL);
    if (!ours->has_basic_constraints)
        return constraints ? "basicConstraints" : NULL;
    if (!constraints || (constraints->ca != 0) != ours->is_ca)
        return "basicConstraints";
    long path_len = constraints->pathlen ? ASN1_INTEGER_get(constraints->pathlen) : -1;
    return path_len == ours->path_len || path_len > ours->path_len ? NULL : "pathLen";
}

static const char *differ_usages(const struct certificate *ours, const X509 *theirs)
{
    SCOPED(ASN1_BIT_STRING_free)
    ASN1_BIT_STRING *usage = X509_get_ext_d2i(theirs, NID_key_usage, NULL, NULL);
    SCOPED(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *ekus = X509_get_ext_d2i(theirs, NID_ext_key_usage, NULL, NULL);
    if (ours->has_key_usage != (usage != NULL) || ours->key_usage != usage_of(usage))
        return "keyUsage";
    if (ours->has_ekus != (ekus != NULL) || (ekus && !same_oids(&ours->ekus, ekus)))
        return "extKeyUsage";
    return NULL;
}

static const char *differ_identifiers(const struct certificate *ours, const X509 *theirs)
{
    SCOPED(ASN1_OCTET_STRING_free)
    ASN1_OCTET_STRING *identifier =
        X509_get_ext_d2i(theirs, NID_subject_key_identifier, NULL, NULL);
    if (!identifier)
        return ours->subject_key_identifier.len ? "subjectKeyIdentifier" : NULL;
    struct bytes value = { ASN1_STRING_get0_data(identifier),
                           (size_t)ASN1_STRING_length(identifier) };
    return bytes_equal(value, ours->subject_key_identifier) ? NULL : "subjectKeyIdentifier";
}

static const char *differ_extensions(const struct certificate *ours, const X509 *theirs)
{
    SCOPED(GENERAL_NAMES_free)
    GENERAL_NAMES *sans = X509_get_ext_d2i(theirs, NID_subject_alt_name, NULL, NULL);
    const char *field = differ_constraints(ours, theirs);
    if (!field)
        field = differ_usages(ours, theirs);
    if (!field)
        field = differ_identifiers(ours, theirs);
    return field || same_sans(&ours->sans, sans) ? field : "subjectAltName";
}

static const char *differ_fields(const struct certificate *ours, X509 *theirs)
{
    struct error ignored = { 0 };
    if ((long)ours->version != X509_get_version(theirs) + 1)
        return "version";
    if (!same_name(ours->issuer, X509_get_issuer_name(theirs)))
        return "issuer";
    if (!same_name(ours->subject, X509_get_subject_name(theirs)) ||
        !same_common_name(ours->subject, X509_get_subject_name(theirs)))
        return "subject";
    if (!same_serial(ours->serial, X509_get0_serialNumber(theirs)))
        return "serial";
    if (!same_time(ours->not_before, X509_get0_notBefore(theirs)) ||
        !same_time(ours->not_after, X509_get0_notAfter(theirs)))
        return "validity";
    if (!same_key(&ours->spki, X509_get0_pubkey(theirs)))
        return "key";
    if (certificate_verify(ours, &ours->spki, &ignored) &&
        X509_verify(theirs, X509_get0_pubkey(theirs)) != 1)
        return "signature";
    return differ_extensions(ours, theirs);
}

static const char *differ_challenge(const struct csr *ours, const X509_REQ *theirs)
{
    int at = X509_REQ_get_attr_by_NID(theirs, NID_pkcs9_challengePassword, -1);
    if (at < 0)
        return ours->challenge ? "challenge" : NULL;
    const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(theirs, at), 0);
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value->value.asn1_string);
    bool is_same = ours->challenge && len >= 0 &&
                   bytes_equal(bytes_of_text(ours->challenge), (struct bytes){ utf8, (size_t)len });
    OPENSSL_free(utf8);
    return is_same ? NULL : "challenge";
}

static const char *differ_request(const struct csr *ours, X509_REQ *theirs)
{
    SCOPED(free_extensions) extension_stack *extensions = X509_REQ_get_extensions(theirs);
    SCOPED(GENERAL_NAMES_free)
    GENERAL_NAMES *sans = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    SCOPED(EXTENDED_KEY_USAGE_free)
    EXTENDED_KEY_USAGE *ekus = X509V3_get_d2i(extensions, NID_ext_key_usage, NULL, NULL);
    SCOPED(ASN1_BIT_STRING_free)
    ASN1_BIT_STRING *usage = X509V3_get_d2i(extensions, NID_key_usage, NULL, NULL);
    SCOPED(BASIC_CONSTRAINTS_free)
    BASIC_CONSTRAINTS *constraints = X509V3_get_d2i(extensions, NID_basic_constraints, NULL, NULL);
    if (!same_sans(&ours->sans, sans))
        return "subjectAltName";
    if (ours->has_ekus != (ekus != NULL) || (ekus && !same_oids(&ours->ekus, ekus)))
        return "extKeyUsage";
    if (ours->key_usage != usage_of(usage))
        return "keyUsage";
    return constraints && constraints->ca && !ours->asks_ca ? "basicConstraints" : NULL;
}

static const char *differ_csr_fields(struct csr *ours, X509_REQ *theirs)
{
    struct error ignored = { 0 };
    if (!same_name(ours->subject, X509_REQ_get_subject_name(theirs)))
        return "subject";
    if (!same_key(&ours->spki, X509_REQ_get0_pubkey(theirs)))
        return "key";
    if (csr_verify(ours, &ignored) && X509_REQ_verify(theirs, X509_REQ_get0_pubkey(theirs)) != 1)
        return "signature";
    const char *field = differ_challenge(ours, theirs);
    return field ? field : differ_request(ours, theirs);
}

const char *differ_certificate(struct bytes der)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct certificate ours;
    struct error ignored = { 0 };
    if (!certificate_parse(der, arena, &ours, &ignored))
        return NULL;
    const unsigned char *end = der.data;
    SCOPED(X509_free) X509 *theirs = d2i_X509(NULL, &end, (long)der.len);
    const char *field = "the whole";
    if (theirs && end == der.data + der.len)
        field = differ_fields(&ours, theirs);
    ERR_clear_error();
    return field;
}

const char *differ_csr(struct bytes der)
{
    SCOPED(arena_free) struct arena *arena = arena_new();
    struct csr ours;
    struct error ignored = { 0 };
    if (!csr_parse(der, arena, &ours, &ignored))
        return NULL;
    const unsigned char *end = der.data;
    SCOPED(X509_REQ_free) X509_REQ *theirs = d2i_X509_REQ(NULL, &end, (long)der.len);
    const char *field = "the whole";
    if (theirs && end == der.data + der.len)
        field = differ_csr_fields(&ours, theirs);
    ERR_clear_error();
    return field;
}

const char *differ_spki(struct bytes der)
{
    struct spki ours;
    struct error ignored = { 0 };
    if (!spki_parse(der, &ours, &ignored) || !spki_check(&ours, &ignored))
        return NULL;
    const unsigned char *end = der.data;
    SCOPED(EVP_PKEY_free) EVP_PKEY *theirs = d2i_PUBKEY(NULL, &end, (long)der.len);
    bool is_same = theirs && end == der.data + der.len && same_key(&ours, theirs);
    ERR_clear_error();
    return is_same ? NULL : "the key";
}
