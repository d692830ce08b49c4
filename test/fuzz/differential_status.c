#include "base/error.h"
#include "fuzz/differential.h"
#include "x509/crl.h"
#include "x509/der.h"
#include "x509/ocsp.h"
#include "x509/oid.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

DEFINE_SCOPED(OCSP_REQUEST *, OCSP_REQUEST_free)
DEFINE_SCOPED(X509_CRL *, X509_CRL_free)
DEFINE_SCOPED(ASN1_INTEGER *, ASN1_INTEGER_free)
DEFINE_SCOPED(ASN1_ENUMERATED *, ASN1_ENUMERATED_free)

static struct bytes octets_of(const ASN1_STRING *string)
{
    return (struct bytes){ ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string) };
}

static bool same_integer(struct bytes ours, const ASN1_INTEGER *theirs)
{
    SCOPED(buf_free) struct buf *der = buf_new(1024);
    unsigned char *out = NULL;
    int len = i2d_ASN1_INTEGER(theirs, &out);
    der_put(der, DER_INTEGER, ours);
    bool is_same = len > 0 && bytes_equal(buf_bytes(der), (struct bytes){ out, (size_t)len });
    OPENSSL_free(out);
    return is_same;
}

static bool same_time(time_t ours, const ASN1_TIME *theirs)
{
    struct tm tm;
    return theirs && ASN1_TIME_to_tm(theirs, &tm) == 1 && timegm(&tm) == ours;
}

static const char *differ_cert_id(const struct ocsp_cert_id *ours, OCSP_CERTID *theirs)
{
    static const struct {
        enum digest digest;
        int nid;
    } digests[] = { { DIGEST_SHA1, NID_sha1 }, { DIGEST_SHA256, NID_sha256 } };
    ASN1_OCTET_STRING *name, *key;
    ASN1_OBJECT *oid;
    ASN1_INTEGER *serial;
    OCSP_id_get0_info(&name, &oid, &key, &serial, theirs);
    enum digest digest = DIGEST_NONE;
    for (size_t i = 0; i < ARRAY_LEN(digests); i++)
        if (OBJ_obj2nid(oid) == digests[i].nid)
            digest = digests[i].digest;
    if (digest != ours->digest)
        return "hashAlgorithm";
    if (!bytes_equal(ours->name_hash, octets_of(name)))
        return "issuerNameHash";
    if (!bytes_equal(ours->key_hash, octets_of(key)))
        return "issuerKeyHash";
    return same_integer(ours->serial, serial) ? NULL : "serialNumber";
}

static const char *differ_nonce(const struct ocsp_request *ours, OCSP_REQUEST *theirs)
{
    int at = OCSP_REQUEST_get_ext_by_NID(theirs, NID_id_pkix_OCSP_Nonce, -1);
    if (!ours->has_nonce)
        return at < 0 ? NULL : "nonce";
    if (at < 0 || OCSP_REQUEST_get_ext_by_NID(theirs, NID_id_pkix_OCSP_Nonce, at) >= 0)
        return "nonce";
    SCOPED(buf_free) struct buf *value = buf_new(1024);
    der_put(value, DER_OCTET_STRING, ours->nonce);
    struct bytes theirs_value =
        octets_of(X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(theirs, at)));
    return bytes_equal(buf_bytes(value), theirs_value) ? NULL : "nonce";
}

/* SEQUENCE of the TBSRequest alone. */
static struct buf *without_signature(struct bytes der)
{
    struct der whole = der_of(der);
    struct der request;
    struct bytes tbs = BYTES_NONE;
    struct buf *out = buf_new(der.len + 16);
    if (der_enter(&whole, DER_SEQUENCE, &request) && der_take_whole(&request, DER_SEQUENCE, &tbs))
        der_put(out, DER_SEQUENCE, tbs);
    return out;
}

const char *differ_ocsp_request(struct bytes der)
{
    struct error err = { .code = ERR_NONE };
    struct ocsp_request ours;
    if (!ocsp_request_parse(der, &ours, &err))
        return NULL;
    SCOPED(buf_free) struct buf *unsigned_der = without_signature(der);
    const unsigned char *p = buf_bytes(unsigned_der).data;
    const unsigned char *end = p + buf_len(unsigned_der);
    SCOPED(OCSP_REQUEST_free)
    OCSP_REQUEST *theirs = d2i_OCSP_REQUEST(NULL, &p, (long)buf_len(unsigned_der));
    ERR_clear_error();
    if (!theirs || p != end)
        return "everything: OpenSSL refuses it";
    if (OCSP_request_onereq_count(theirs) != (int)ours.count)
        return "requestList";
    for (size_t i = 0; i < ours.count; i++) {
        const char *field = differ_cert_id(
            &ours.cert_ids[i], OCSP_onereq_get0_id(OCSP_request_onereq_get0(theirs, (int)i)));
        if (field)
            return field;
    }
    return differ_nonce(&ours, theirs);
}

static const char *differ_number(int64_t ours, X509_CRL *theirs, int nid)
{
    int critical;
    SCOPED(ASN1_INTEGER_free)
    ASN1_INTEGER *number = X509_CRL_get_ext_d2i(theirs, nid, &critical, NULL);
    int64_t value = -1;
    if (number && ASN1_INTEGER_get_int64(&value, number) != 1)
        return "a list number";
    return value == ours ? NULL : "a list number";
}

static const char *differ_entry(const struct crl_entry *ours, const X509_REVOKED *theirs)
{
    if (!same_integer(ours->serial, X509_REVOKED_get0_serialNumber(theirs)))
        return "userCertificate";
    if (!same_time(ours->revoked_at, X509_REVOKED_get0_revocationDate(theirs)))
        return "revocationDate";
    int critical;
    SCOPED(ASN1_ENUMERATED_free)
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(theirs, NID_crl_reason, &critical, NULL);
    long value = reason ? ASN1_ENUMERATED_get(reason) : REASON_UNSPECIFIED;
    return value == ours->reason ? NULL : "reasonCode";
}

static bool reads_all(const struct crl *crl)
{
    struct der entries = der_of(crl->entries);
    struct crl_entry entry;
    struct error err = { .code = ERR_NONE };
    while (crl_next_entry(&entries, &entry, &err))
        ;
    return err.code == ERR_NONE;
}

static const char *differ_entries(const struct crl *ours, X509_CRL *theirs)
{
    STACK_OF(X509_REVOKED) *stack = X509_CRL_get_REVOKED(theirs);
    struct der entries = der_of(ours->entries);
    struct crl_entry entry;
    struct error err = { .code = ERR_NONE };
    int count = 0;
    while (crl_next_entry(&entries, &entry, &err)) {
        const char *field = count < sk_X509_REVOKED_num(stack)
                                ? differ_entry(&entry, sk_X509_REVOKED_value(stack, count))
                                : "revokedCertificates";
        if (field)
            return field;
        count++;
    }
    return count == (stack ? sk_X509_REVOKED_num(stack) : 0) ? NULL : "revokedCertificates";
}

const char *differ_crl(struct bytes der)
{
    struct error err = { .code = ERR_NONE };
    struct crl ours;
    if (!crl_parse(der, &ours, &err) || !reads_all(&ours))
        return NULL;
    const unsigned char *p = der.data;
    SCOPED(X509_CRL_free) X509_CRL *theirs = d2i_X509_CRL(NULL, &p, (long)der.len);
    ERR_clear_error();
    if (!theirs || p != der.data + der.len)
        return "everything: OpenSSL refuses it";
    const unsigned char *name;
    size_t name_len;
    if (X509_NAME_get0_der(X509_CRL_get_issuer(theirs), &name, &name_len) != 1 ||
        !bytes_equal(ours.issuer, (struct bytes){ name, name_len }))
        return "issuer";
    if (!same_time(ours.this_update, X509_CRL_get0_lastUpdate(theirs)) ||
        !same_time(ours.next_update, X509_CRL_get0_nextUpdate(theirs)))
        return "thisUpdate, nextUpdate";
    const char *field = differ_number(ours.number, theirs, NID_crl_number);
    if (!field)
        field = differ_number(ours.is_delta ? ours.base_number : -1, theirs, NID_delta_crl);
    return field ? field : differ_entries(&ours, theirs);
}
